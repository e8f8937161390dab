"""`lab.request_builder()`: a request to click together. What it sends is an ordinary call, and looks like one.

The widget comes beside the static form, in one bundle: where nobody can click, text or table are shown.
"""

import html
import re
from typing import Any

from cloudlab.client.errors import LabError
from cloudlab.client.operations import Operation, Place, find, places
from cloudlab.client.paste import HEADER_NAME, has
from cloudlab.client.session import Session
from cloudlab.client.transport import forms
from cloudlab.language import N_, _
from cloudlab.show.calls import call_line
from cloudlab.show.operations_table import OperationsTable
from cloudlab.show.versions import HEADER
from cloudlab.widgets.builder_parts import Parts
from cloudlab.widgets.form import fields
from cloudlab.widgets.form_box import FormBox
from cloudlab.widgets.kernel import Judge, bundle

LOGIN = ("POST", "identity", "/v3/auth/tokens")
LIST = ("GET", "compute", "/servers")
KEPT = 8  # lines of what happened
# What each service with microversions calls itself in that header.
VERSION_NAMES = {
    **dict.fromkeys(("block-storage", "volumev3", "volume"), "volume"),
    "compute": "compute",
    "placement": "placement",
}
TOKEN = N_("Your token (lab.token) is set, and sent as X-Auth-Token.")
NO_TOKEN = N_("No token is set (lab.token): the call goes without one.")
BY_HAND = N_(
    "The text was changed by hand, and is what is sent. Empty it, and the form writes it at the next change."
)


class RequestBuilder:
    """Shows itself as a widget where it is `live`, and as a table of operations everywhere. Keeps what was typed."""

    def __init__(self, session: Session, judge: Judge, live: bool) -> None:
        self._session, self._judge, self._live = session, judge, live
        self._operations = [Operation(*row) for row in forms()]
        self._panel: Panel | None = None
        self._static = OperationsTable([_row(operation) for operation in self._operations])

    def __repr__(self) -> str:
        return repr(self._static)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return bundle(self._static, self._live, self._box)

    def _box(self, widgets: Any) -> Any:
        self._panel = self._panel or Panel(self._session, self._judge, self._operations, widgets)
        return self._panel.parts.box


class Draft:
    """The body of one operation while it is written: its form, if there is one, and the text."""

    def __init__(self, form: FormBox | None) -> None:
        self.form = form
        self.text = self.written = form.text() if form else ""

    @property
    def by_hand(self) -> bool:
        return self.text not in ("", self.written)


class Panel:
    """What a click does, and what follows from what was typed. Begins where the learner stands: a list, or a login."""

    def __init__(self, session: Session, judge: Judge, operations: list[Operation], widgets: Any) -> None:
        self._session, self._judge, self._operations, self._widgets = session, judge, operations, widgets
        self._lines, self._drafts = list[str](), dict[Any, Draft]()
        self._places = places(session)
        self.parts = parts = Parts(widgets)
        self._begin(*(LOGIN if session.catalog is None else LIST))
        for part in (parts.method, parts.service, parts.path):
            part.observe(self._look, "value")
        parts.text.observe(self._wrote, "value")
        parts.send.on_click(lambda button: self._do(self._send))
        parts.curl.on_click(lambda button: self._do(self._as_curl))
        self._look()

    def _begin(self, method: str, service: str, path: str) -> None:
        of_it = [label for label, place in self._places.items() if place.service == service]
        self.parts.service.options = tuple(self._places)
        self.parts.service.value = next(iter([*of_it, *self._places]), None)
        self.parts.method.value, self.parts.path.value = method, path

    # What the parts say.

    @property
    def _place(self) -> Place | None:
        return self._places.get(self.parts.service.value)

    def _whole_url(self) -> str:
        """The service's URL and the path; a path that is a whole URL stands alone. Raises LabError."""
        path = self.parts.path.value.strip()
        if re.match(r"https?://", path):
            return path
        if self._place is None:
            raise LabError(
                _("The catalog names no service that you could call: write a whole URL as the path.")
            )
        return self._place.url + path if path[:1] in ("", "/", "?") else f"{self._place.url}/{path}"

    def _all_headers(self) -> dict[str, str]:
        """Those that were typed, the microversion's, and the body's type. Raises LabError."""
        headers = read_headers(self.parts.headers.value)
        named = {name.lower() for name in headers}
        version = self.parts.version.value.strip()
        service = VERSION_NAMES.get(self._place.service) if self._place else None
        if version and service is None:
            raise LabError(
                _("{service} has no microversions: empty that field.", service=self.parts.service.value)
            )
        if version and HEADER.lower() not in named:
            headers[HEADER] = f"{service} {version}"
        if self.parts.text.value and "content-type" not in named:
            headers["Content-Type"] = "application/json"
        return headers

    def _call(self) -> tuple[str, str, dict[str, Any]]:
        """Method, URL, and the arguments of a call. Raises LabError."""
        more = {"data": self.parts.text.value} if self.parts.text.value else {}
        return self.parts.method.value, self._whole_url(), {"headers": self._all_headers(), **more}

    # What a click does.

    def _do(self, act: Any) -> None:
        try:
            line = act()
        except LabError as error:
            line = str(error)
        self._say(line)
        self._look()

    def _say(self, line: str) -> None:
        self._lines = [*self._lines, self._session.redactor.text(line)][-KEPT:]
        text = html.escape("\n".join(self._lines))
        self.parts.said.value = f'<pre class="clb-code" role="log" aria-live="polite">{text}</pre>'

    def _send(self) -> str:
        method, url, arguments = self._call()
        exchange = self._session.request(method, url, **arguments)
        self.parts.shown.value = exchange._repr_mimebundle_()["text/html"]
        return "\n".join([call_line(exchange.redacted()), *map(str, self._judge(exchange))])

    def _as_curl(self) -> str:
        method, url, arguments = self._call()
        command = self._session.unsent(method, url, **arguments).as_curl()
        self.parts.shown.value = f'<pre class="clb-code">{html.escape(command)}</pre>'
        return _("Nothing was sent: the command is below.")

    # What follows from what was typed.

    def _look(self, change: Any = None) -> None:
        """Show where the call would go, whether a token would go with it, and the form of its body."""
        self._refresh_services()
        # Of every method: JupyterLab drops what is being typed when a field's options change, so they change seldom.
        known = [o.path for o in self._operations if self._place and self._place.has(o)]
        self.parts.path.options = tuple(dict.fromkeys(known))
        self.parts.url.value = self._seen_url()
        self.parts.token.value = _(TOKEN) if self._session.token else _(NO_TOKEN)
        self._take_up(self._draft())

    def _refresh_services(self) -> None:
        """A login brings a catalog. What was chosen stays chosen, if it is still there."""
        self._places = places(self._session)
        labels, chosen = tuple(self._places), self.parts.service.value
        if labels != self.parts.service.options:
            self.parts.service.options = labels
            self.parts.service.value = chosen if chosen in labels else next(iter(labels), None)

    def _seen_url(self) -> str:
        try:
            url = self._whole_url()
        except LabError as error:
            return html.escape(str(error))
        shown = self._session.redactor.text(url)
        open_ = html.escape(", ".join(re.findall(r"\{\w+\}", url)))
        # Translators: {names} are what stands open in a path: {id}, {server_id}
        hint = "<br>" + _("Put the real thing in place of {names}.", names=open_) if open_ else ""
        return f'<div class="clb-code">{self.parts.method.value} {html.escape(shown)}</div>{hint}'

    def _draft(self) -> Draft:
        """Each operation has its own, so that nothing is lost by looking at another one."""
        method, path = self.parts.method.value, self.parts.path.value.strip()
        operation = find(self._operations, method, self._place, path)
        key = operation[:3] if operation else method
        if key not in self._drafts:
            schema = operation.schema if operation else None
            form = FormBox(schema, self._widgets, lambda: self._filled_in(key)) if schema else None
            self._drafts[key] = Draft(form)
        return self._drafts[key]

    def _take_up(self, draft: Draft) -> None:
        part = draft.form.box if draft.form else self.parts.no_form
        if self.parts.form.children != (part,):
            self.parts.form.children = (part,)
        self.parts.text.value = draft.text

    def _wrote(self, change: Any) -> None:
        self._draft().text = change["new"]

    def _filled_in(self, key: Any) -> None:
        """A form writes its own text, unless a hand has changed it; the one in sight may be another's by now."""
        draft = self._drafts[key]
        if draft.by_hand:
            self._say(_(BY_HAND))
        elif draft.form:
            draft.text = draft.written = draft.form.text()
        self._take_up(self._draft())


def read_headers(text: str) -> dict[str, str]:
    """`Name: value` lines as headers; empty lines are none. Raises LabError."""
    headers: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, colon, value = line.partition(":")
        if not colon or not HEADER_NAME.fullmatch(name) or not value.isascii():
            raise LabError(
                _(
                    "{line!r} isn't a header. One looks like Accept: application/json, in plain letters.",
                    line=line,
                )
            )
        if has(headers, name):
            raise LabError(_("The header {name} is there twice: leave one.", name=name))
        headers[name] = value.strip()
    return headers


def _row(operation: Operation) -> tuple[str, str, str, str]:
    method, service, path, schema = operation
    required = [field.path[-1] for field in fields(schema or {}) if field.required]
    return method, service, path, ", ".join(required)

"""`lab.check("05-server.make")`: graded by the wire and by the cloud's state; the feedback names the misconception.

A lesson's module `lesson_NN.py` has CHECKS: names → functions of the evidence, which yield findings in the order of
the exercise; ANSWERS, if some of them ask for what can't be seen on the wire: names → what they ask for; and NEEDS, if
some can't be done on every cloud: names → words of client/needs.py.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from markupsafe import Markup

from cloudlab.client.catalog import read_catalog
from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.client.inside import Arrow, Inside
from cloudlab.client.journal import Journal
from cloudlab.client.needs import lacking
from cloudlab.client.session import Session
from cloudlab.language import N_, _
from cloudlab.lessons.drills import Drill
from cloudlab.lessons.prepare import LESSONS
from cloudlab.lessons.register import Misconception, register

# What a learner makes, in the learner's words; the keys are those of the wire.
KINDS = {
    "project": N_("project"),
    "user": N_("user"),
    "role": N_("role"),
    "server": N_("server"),
    "volume": N_("volume"),
}


@dataclass(frozen=True)
class Finding:
    """One thing that the exercise asks for. `seen`: what the wire shows while it isn't there, and what to do next.
    `misconception`: the id of what probably stands behind it, "" where nothing was tried yet."""

    ok: bool
    message: str
    seen: str = ""
    misconception: str = ""


@dataclass(frozen=True)
class Report:
    """All findings of one check. True when the exercise is done; shows itself.

    `lacking` says why it can't be done on this cloud: then there are no findings, and it is neither done nor not yet.
    """

    name: str
    findings: tuple[Finding, ...]
    lacking: str = ""

    @property
    def met(self) -> int:
        return sum(finding.ok for finding in self.findings)

    @property
    def done(self) -> bool:
        return not self.lacking and self.met == len(self.findings)

    def __bool__(self) -> bool:
        return self.done

    @property
    def _first(self) -> Finding | None:
        """The first thing that isn't there: one step at a time."""
        return next((finding for finding in self.findings if not finding.ok), None)

    @property
    def seen(self) -> str:
        """What the wire shows of the first thing that isn't there."""
        return self._first.seen if self._first else ""

    @property
    def misconception(self) -> Misconception | None:
        """What probably stands behind it."""
        return register()[self._first.misconception] if self._first and self._first.misconception else None

    @property
    def _title(self) -> str:
        if self.lacking:
            return f"{self.name}: {self.lacking}"
        count: dict[str, Any] = {"name": self.name, "met": self.met, "total": len(self.findings)}
        if self.done:
            # Translators: {name} is a check's: 05-server.make. {met} of the {total} things that it asks for are there.
            return _("{name}: done ({met} of {total})", **count)
        return _("{name}: not yet ({met} of {total})", **count)

    def __repr__(self) -> str:
        lines = [f"  {'✓' if finding.ok else '·'} {finding.message}" for finding in self.findings]
        said = [f"  {line}" for line in (self.seen, str(self.misconception or "")) if line]
        return "\n".join([self._title, *lines, *said])

    def _repr_html_(self) -> str:
        if self.lacking:
            return str(Markup("<p>{}</p>").format(self._title))
        items = Markup("").join(
            Markup("<li>{} {}</li>").format(_("✓ done:") if f.ok else _("· not yet:"), f.message)
            for f in self.findings
        )
        bar = Markup('<progress aria-label="{}" value="{}" max="{}"></progress>')
        bar = bar.format(self._title, self.met, len(self.findings))
        title = Markup("<p><b>{}</b> {}</p>").format(self._title, bar)
        seen = Markup("<p>{}</p>").format(self.seen) if self.seen else Markup("")
        why = (
            Markup("<p><b>{0.name}.</b> {0.says}</p>").format(self.misconception)
            if self.misconception
            else ""
        )
        return str(title + Markup('<ul style="list-style:none">{}</ul>').format(items) + seen + why)


class Evidence:
    """What a check may look at: the learner's exchanges, their answers, and the cloud by GETs of its own."""

    def __init__(self, session: Session, answers: dict[str, Any], drill: Drill | None = None) -> None:
        self.wire = session.recorder.by("learner")
        self.answers = answers
        self.drill = drill
        self.polls = session.recorder.by("wait")
        self.urls = session.transport.urls
        self._me = session.here.account("me")
        self.project = session.here.project
        self.inside = Inside(session.transport)
        self._session = session
        self._login: Exchange | None = None

    def sent(self, method: str, path: str) -> list[Exchange]:
        """The learner's calls of a method whose URL path ends in a pattern (a regular expression)."""
        pattern = re.compile(rf"(?:{path})/?$")
        return [e for e in self.wire if e.request.method == method and pattern.search(path_of(e))]

    def accepted(self, kind: str, name: str) -> list[str]:
        """The ids of those that the learner asked for under that name, and were accepted (202), in order."""
        posts = [e for e in named(self.sent("POST", f"/{kind}s"), kind, name) if e.status_code == 202]
        return [str(inside(body_of(e), kind).get("id")) for e in posts]

    def caused_by(self, exchange: Exchange) -> list[Arrow]:
        """What an exchange set in motion inside the embedded cloud; nothing where its answer has no request id."""
        try:
            return Journal(self.inside, self._session.redactor).by_request(exchange).arrows
        except LabError:
            return []

    def get(self, service: str, path: str) -> Exchange:
        """The cloud's state: GET under a service's endpoint, with the learner's token, or as demo without one."""
        token, catalog = self._session.token, self._session.catalog
        if token is None or catalog is None:
            if not self.inside.is_open:
                raise LabError(
                    _("The check looks at the cloud with your token: set lab.token, and check again.")
                )
            token, catalog = self._as_me()
        url = self._session.endpoint(service, catalog=catalog) + path
        return self._session.request("GET", url, headers={"X-Auth-Token": token}, purpose="check")

    def find(self, service: str, path: str, key: str) -> dict[str, Any]:
        """A resource by its URL, or {} if there is none (or it can't be seen)."""
        answer = self.get(service, path)
        return body_of(answer).get(key, {}) if answer.ok else {}

    def gone(self, service: str, path: str) -> bool:
        """Whether the cloud says that there is no such thing; what can't be seen for another reason isn't gone."""
        return self.get(service, path).status_code == 404

    def is_mine(self, project: dict[str, Any]) -> bool:
        """Whether a token's project is the one to work in; with an application credential there is no other."""
        return bool(project) and self._me.project in ("", project.get("name"), project.get("id"))

    def _as_me(self) -> tuple[str, list[dict[str, Any]] | None]:
        if self._login is None:
            url = self.urls["keystone"] + "/v3/auth/tokens"
            self._login = self._session.request(
                "POST", url, json=self._me.login, headers={"X-Auth-Token": None}, purpose="check"
            )
        return self._login.headers.get("X-Subject-Token", ""), read_catalog(self._login)


def you_say(answer: str) -> str:
    return _("You say: {answer}", answer=answer or "?")


def path_of(exchange: Exchange) -> str:
    return exchange.request.url.split("?", 1)[0]


def body_of(exchange: Exchange) -> dict[str, Any]:
    """The response's JSON object; {} if it has none."""
    return _object(exchange.response)


def sent_body(exchange: Exchange) -> dict[str, Any]:
    """The request's JSON object; {} if it has none."""
    return _object(exchange.request)


def minor_of(exchange: Exchange) -> int:
    """Of the microversion that was answered in; 1 for none. A header that Nova took for nobody's asked for none."""
    minor = str(exchange.headers.get("OpenStack-API-Version") or "").rpartition(".")[2]
    return int(minor) if minor.isdigit() else 1


def _object(message: Any) -> dict[str, Any]:
    try:
        body = message.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def inside(body: dict[str, Any], key: str) -> dict[str, Any]:
    """`body[key]` if it is an object, else {}: a learner's body may have any shape."""
    found = body.get(key)
    return found if isinstance(found, dict) else {}


Check = Callable[[Evidence], Iterator[Finding]]


def names() -> list[str]:
    """Of all checks, in the order of the lessons."""
    return [f"{lesson}.{name}" for lesson in LESSONS for name in _checks(lesson)]


def _checks(lesson: str) -> dict[str, Check]:
    return _module(lesson).CHECKS


def _module(lesson: str) -> Any:
    return import_module(f"cloudlab.lessons.lesson_{lesson[:2]}")


def need_known(name: str, unnamed: Sequence[Any], answers: Iterable[str]) -> None:
    """Raises LabError for a check that there isn't, and for answers that it doesn't ask for."""
    lesson, _dot, which = name.partition(".")
    if lesson not in LESSONS or which not in _checks(lesson):
        known = ", ".join(names())
        raise LabError(_("There is no check {name!r}. There are: {known}.", name=name, known=known))
    asked = getattr(_module(lesson), "ANSWERS", {}).get(which, ())
    call = ", ".join([f'lab.check("{name}"', *(f'{answer}="…"' for answer in asked)]) + ")"
    strange = next((answer for answer in answers if answer not in asked), None)
    if strange is not None:
        # Translators: {strange} is an answer's name, {call} the right call: lab.check("…", flavor="…")
        told = _("This check doesn't ask for {strange}. It is called as {call}.", strange=strange, call=call)
        raise LabError(told)
    if unnamed and asked:
        raise LabError(_("An answer goes by its name: {call}.", call=call))
    if unnamed:
        raise LabError(_("It takes no answers: {call}.", call=call))


def named(exchanges: list[Exchange], kind: str, name: str) -> list[Exchange]:
    """Those whose body asks for a `kind` of that name: `{"server": {"name": "web-1"}}`."""
    return [e for e in exchanges if inside(sent_body(e), kind).get("name") == name]


def tried(exchanges: list[Exchange], kind: str, name: str) -> list[Exchange]:
    """As `named`, and those that forgot to wrap the body: the last of them is the attempt that feedback is about."""
    return [e for e in exchanges if asked(e, kind).get("name") == name]


def asked(exchange: Exchange, kind: str) -> dict[str, Any]:
    """What a body asks for, wrapped in its `kind` or not."""
    return inside(sent_body(exchange), kind) or sent_body(exchange)


def unwrapped(exchange: Exchange, kind: str) -> bool:
    """It was refused, and the key around its body is missing."""
    return exchange.status_code == 400 and kind not in sent_body(exchange)


def wrap(kind: str) -> tuple[str, str]:
    """What to say to that, and the misconception behind it."""
    told = _('Your POST got 400: wrap the body, {{"{kind}": {{…}}}}.', kind=kind)
    return told, "wrong-inside-the-body"


def check(session: Session, name: str, answers: dict[str, Any], drill: Drill | None = None) -> Report:
    """Run a check that there is, with answers that it asks for."""
    lesson, _dot, which = name.partition(".")
    need = getattr(_module(lesson), "NEEDS", {}).get(which)
    missing = lacking(session.transport, need) if need else ""
    if missing:
        return Report(name, (), missing)
    return Report(name, tuple(_checks(lesson)[which](Evidence(session, answers, drill))))

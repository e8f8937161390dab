"""`lab.versions(…)`: what differs between two microversions, and fields to try others.

The static form, beside the widget in one bundle, is the difference alone.
"""

import html
from typing import Any

from cloudlab.client import microversions
from cloudlab.client.errors import LabError
from cloudlab.client.session import Session
from cloudlab.language import _
from cloudlab.show.versions import VersionDifference
from cloudlab.widgets.kernel import bundle, ipywidgets_here

WIDTH, BUTTON_WIDTH = "11em", "8em"


class Versions(VersionDifference):
    """A VersionDifference that shows itself with fields for other versions where somebody watches, in real time."""

    def __init__(self, session: Session, url: str, a: str, b: str) -> None:
        asked = microversions.compare(session, url, a, b)
        super().__init__(asked.a, asked.b, session.redactor)
        self._session, self._url, self._versions = session, url, (a, b)
        self._live = not session.transport.deterministic
        # Asked for now, so that showing it makes no call; and only where it will be shown.
        self._range = range_of(session, url) if self._live and ipywidgets_here() else ""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return bundle(self, self._live, self._box)

    def _box(self, widgets: Any) -> Any:
        panel = Panel(self._session, self._url, self._range, *self._versions, widgets)
        panel.shown.value = self._repr_html_()
        return panel.box


class Panel:
    """The widget: two versions, a button, the range that the service names, and the difference."""

    def __init__(self, session: Session, url: str, span: str, a: str, b: str, widgets: Any) -> None:
        self._session, self._url = session, url
        # Translators: "From" and "To" are the labels of two versions that are compared
        self.first = self._field(_("From"), _("The first version"), a, widgets)
        self.second = self._field(_("To"), _("The second version"), b, widgets)
        what, layout = _("Make the same GET in both versions"), widgets.Layout(width=BUTTON_WIDTH)
        self.compare = widgets.Button(description=_("Compare"), icon="refresh", tooltip=what, layout=layout)
        self.compare.on_click(lambda button: self._compare())
        self.range = widgets.HTML(f'<div style="line-height:1.5">{html.escape(span)}</div>')
        self.shown = widgets.HTML()
        row = widgets.HBox(
            [self.first, self.second, self.compare], layout=widgets.Layout(flex_flow="row wrap")
        )
        self.box = widgets.VBox([self.range, row, self.shown])

    def _field(self, name: str, what: str, value: str, widgets: Any) -> Any:
        look = {"layout": widgets.Layout(width=WIDTH), "style": {"description_width": "4em"}}
        # What is typed counts once the field is left: single keys may come after the click that follows them.
        return widgets.Text(value=value, description=name, tooltip=what, continuous_update=False, **look)

    def _compare(self) -> None:
        try:
            found = microversions.compare(self._session, self._url, self.first.value, self.second.value)
            self.shown.value = found._repr_html_()
        except LabError as error:
            self.shown.value = f'<p role="status">{html.escape(str(error))}</p>'


def range_of(session: Session, url: str) -> str:
    """Which versions there are; the call for it is in the history, for `versions`."""
    try:
        kind = microversions.type_of(session, url)
        found = microversions.span(session, kind)
    except LabError as error:
        return str(error)
    if found is None:
        return _("Which versions of {kind} there are, the service doesn't say.", kind=kind)
    lowest, highest, answer = found
    url = answer.redacted().url
    return _(
        "{kind} has {lowest} to {highest}, says GET {url}", kind=kind, lowest=lowest, highest=highest, url=url
    )

"""`lab.console()`: a small web console, in which each click shows the API calls that it makes.

The widget comes beside the static form, a table of buttons and calls, in one bundle. Nothing is asked until you click.
"""

import html
from typing import Any

from cloudlab.client.console_calls import BUTTONS, COLUMNS, TITLES, Button, Call, press, table_rows
from cloudlab.client.console_rows import Row, made_in, rows_in
from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.client.session import Session
from cloudlab.language import N_, _
from cloudlab.show.calls import CallLog
from cloudlab.show.table import Table
from cloudlab.widgets.kernel import Judge, bundle

LEAD = N_(
    "A web console is a client of the API like any other: each of its buttons makes ordinary calls, with your token."
)
HOW = N_(
    "Nothing is asked by itself: Refresh asks what there is now. 202: accepted, not done: press Refresh."
)
FILLED_BY = {
    "flavor": "flavors",
    "image": "images",
    "server": "servers",
}  # a field, and the list it chooses from
LABELS = {
    "name": N_("Name"),
    "size": N_("Size (GiB)"),
    "flavor": N_("Flavor"),
    "image": N_("Image"),
    "server": N_("To server"),
}
TOOLTIPS = {
    "name": N_("The name that it will have"),
    "size": N_("How many GiB it will have"),
    "flavor": N_("How big the server will be"),
    "image": N_("What the server's disk will be made from"),
    "server": N_("The server to attach the chosen volume to"),
}
NAMES = {"servers": "ConsoleVm", "volumes": "ConsoleVolume", "keypairs": "ConsoleKey"}
FIELD_WIDTH, BUTTON_WIDTH, LABEL_WIDTH = "18em", "7em", "5.5em"
WHOLE_LINE = "calc(100% - 4px)"  # a control has a margin of 2 px at each side


class Console:
    """A console on a session. Shows itself as a widget where somebody watches, in real time."""

    def __init__(self, session: Session, judge: Judge, public_key: str) -> None:
        self._session, self._judge, self._public_key = session, judge, public_key
        self._table = Table([_(column) for column in COLUMNS], table_rows())

    def __repr__(self) -> str:
        return f"{_(LEAD)}\n\n{self._table!r}"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(_(LEAD))}</p>{self._table._repr_html_()}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        live = not self._session.transport.deterministic
        return bundle(self, live, self._box)

    def _box(self, widgets: Any) -> Any:
        return Panel(self._session, self._judge, self._public_key, widgets).box


class Panel:
    """The widget: a tab for each kind of resource, and below them the log of calls."""

    def __init__(self, session: Session, judge: Judge, public_key: str, widgets: Any) -> None:
        self._session, self._judge, self._public_key = session, judge, public_key
        self._rows, self._log = dict[str, list[Row]](), CallLog()
        self.sections = {kind: Section(kind, widgets) for kind in TITLES}
        for section in self.sections.values():
            for button in section.table:
                section.buttons[button.name].on_click(lambda pressed, button=button: self._press(button))
        self.tabs = widgets.Tab(
            [section.box for section in self.sections.values()],
            titles=[_(title) for title in TITLES.values()],
        )
        self.said = widgets.HTML()
        how = widgets.HTML(f'<div style="line-height:1.5">{_(HOW)}</div>')
        self.box = widgets.VBox([how, self.tabs, self.said])

    def _press(self, button: Button) -> None:
        """Make the calls, one line each in the log; what keeps one from being made is a sentence there."""
        try:
            for call, answer in press(self._session, button, self._values(button)):
                self._log.call(answer)
                for point in self._judge(answer):  # the click's first call decides
                    self._log.say(str(point))
                self._take(button, call, answer)
        except LabError as error:
            self._log.say(str(error))
        self.said.value = self._log.html()

    def _values(self, button: Button) -> dict[str, Any]:
        section = self.sections[button.kind]
        chosen = section.list.value
        holders = {row.id: row.holder for row in self._rows.get(button.kind, [])}
        fixed = {"id": chosen, "holder": holders.get(chosen), "public_key": self._public_key}
        return {**{word: field.value for word, field in section.fields.items()}, **fixed}

    def _take(self, button: Button, call: Call, answer: Exchange) -> None:
        """Put an answer's list into every control that shows it, and choose what was just made."""
        rows = rows_in(answer, call.brings) if call.brings and answer.ok else None
        if rows is not None:
            self._rows[call.brings] = rows
            for section in self.sections.values():
                section.show(call.brings, rows, self._session.redactor.text)
        elif call.method == "POST" and button.name in ("Make", "Import") and answer.ok:
            self.sections[button.kind].wanted = made_in(answer)


class Section:
    """One tab's controls, laid out from the table of buttons."""

    def __init__(self, kind: str, widgets: Any) -> None:
        self.kind, self.wanted, self._widgets = kind, "", widgets
        self.table = [button for button in BUTTONS if button.kind == kind]
        self.buttons = {button.name: self._clickable(button) for button in self.table}
        self.fields = {word: self._field(word) for button in self.table for word in button.fields}
        self.list, self.chosen = self._select(), widgets.HTML()
        self.list.observe(lambda change: self._choose(), "value")
        self._choose()
        plain = [self.buttons[button.name] for button in self.table if not button.fields]
        forms = [self._form(button) for button in self.table if button.fields]
        self.box = widgets.VBox([self.list, self.chosen, self._row(plain), *forms])

    def show(self, name: str, rows: list[Row], safe: Any) -> None:
        """The list `name` has these rows now: what was chosen stays chosen while it is there."""
        if name == self.kind:
            wanted, self.wanted = self.wanted or self.list.value, ""
            _offer(self.list, rows, wanted, safe)
            self._choose()
        for word, field in self.fields.items():
            if FILLED_BY.get(word) == name:
                _offer(field, rows, field.value or (rows[0].id if rows else None), safe)

    def _choose(self) -> None:
        """Say what is chosen, with its whole id; a key pair's is its name."""
        name, id = html.escape(self.list.label or ""), html.escape(self.list.value or "")
        whole = f'<br><code title="{id}">{id}</code>' if id != name else ""
        # Translators: {what} is the name and the id of a server, a volume or a key pair
        text = _("Chosen: {what}", what=name + whole) if id else _("Chosen: nothing yet")
        self.chosen.value = f'<div style="overflow-wrap:anywhere;line-height:1.4">{text}</div>'

    def _select(self) -> Any:
        many = _(TITLES[self.kind])
        return self._widgets.Select(
            options=[],
            description=many,
            # Translators: {many} is "Servers", "Volumes" or "Key pairs"; Refresh is a button
            tooltip=_("{many} as of the last Refresh", many=many),
            rows=5,
            layout=self._widgets.Layout(width=WHOLE_LINE, max_width="44em"),
            style={"description_width": LABEL_WIDTH},
        )

    def _clickable(self, button: Button) -> Any:
        layout = self._widgets.Layout(width=BUTTON_WIDTH)
        return self._widgets.Button(
            description=_(button.name), icon=button.icon, tooltip=_(button.what), layout=layout
        )

    def _field(self, word: str) -> Any:
        widgets = self._widgets
        look = {
            "description": _(LABELS[word]),
            "tooltip": _(TOOLTIPS[word]),
            "layout": widgets.Layout(width=FIELD_WIDTH, max_width=WHOLE_LINE),
            "style": {"description_width": LABEL_WIDTH},
        }
        if word in FILLED_BY:
            return widgets.Dropdown(options=[], **look)
        if word == "size":
            return widgets.BoundedIntText(value=1, min=1, max=1000, **look)
        # What is typed counts once the field is left: single keys may come after the click that follows them.
        return widgets.Text(value=NAMES[self.kind], continuous_update=False, **look)

    def _form(self, button: Button) -> Any:
        """A button behind the fields that it needs."""
        return self._row([*(self.fields[word] for word in button.fields), self.buttons[button.name]])

    def _row(self, controls: list[Any]) -> Any:
        return self._widgets.HBox(controls, layout=self._widgets.Layout(flex_flow="row wrap"))


def _offer(control: Any, rows: list[Row], wanted: str | None, safe: Any) -> None:
    """New options; `wanted` is chosen if it is among them, else nothing."""
    control.options = [(safe(row.label), row.id) for row in rows]
    control.value = wanted if any(row.id == wanted for row in rows) else None

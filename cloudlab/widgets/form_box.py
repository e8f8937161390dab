"""A form to click: a control for each field of a schema, the optional ones folded."""

import html
import json
from collections.abc import Callable
from typing import Any

from cloudlab.language import _
from cloudlab.widgets.form import Field, Path, Schema, body, fields, note

NOTHING = "—"


class FormBox:
    """`box` is the form, `text()` the body that it says; `changed` is called after each change."""

    def __init__(self, schema: Schema, widgets: Any, changed: Callable[[], None]) -> None:
        self._schema, self._changed = schema, changed
        self._fields = fields(schema)
        self.controls: dict[Path, Any] = {
            field.path: labelled(_control(field, widgets)) for field in self._fields
        }
        self.notes = widgets.HTML()
        self.box = widgets.VBox([*self._columns(widgets), self.notes])
        for control in self.controls.values():
            control.observe(self._typed, "value")

    def _columns(self, widgets: Any) -> list[Any]:
        required = [self.controls[field.path] for field in self._fields if field.required]
        optional = [self.controls[field.path] for field in self._fields if not field.required]
        if not optional:
            return required
        title = _("Optional fields ({count})", count=len(optional))
        fold = widgets.Accordion([widgets.VBox(optional)], titles=(title,), selected_index=None)
        return [*required, fold]

    def _typed(self, change: Any) -> None:
        notes = [note(field, self.controls[field.path].value) for field in self._fields]
        self.notes.value = "<br>".join(html.escape(line) for line in notes if line)
        self._changed()

    def text(self) -> str:
        typed = {path: control.value for path, control in self.controls.items()}
        return json.dumps(body(self._schema, typed), indent=2, ensure_ascii=False)


def _control(field: Field, widgets: Any) -> Any:
    named = {"description": field.label, "tooltip": ".".join(field.path)}
    if field.kind in ("boolean", "choice"):
        choices = field.choices or ("true", "false")
        return widgets.Dropdown(
            options=[(NOTHING, ""), *((each, each) for each in choices)], value="", **named
        )
    if field.kind == "json":
        return widgets.Textarea(placeholder=field.hint, rows=2, **named)
    return widgets.Text(placeholder=field.hint, **named)


def labelled(control: Any) -> Any:
    """The control with its label above it, whole, as wide as there is room: it fits a narrow window, too.

    What is typed comes when the control is left. Each key by itself could come after the click on 'Send' (a page holds
    keys back while the kernel is busy, but not clicks), and half a path would be called.
    """
    if hasattr(control, "continuous_update"):
        control.continuous_update = False
    control.layout.flex_flow, control.layout.align_items = "column", "stretch"
    control.layout.width, control.layout.max_width, control.layout.height = "auto", "100%", "auto"
    control.style.description_width = "auto"
    control.add_class("clb-labelled")
    return control

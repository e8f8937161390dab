"""Questions to answer by mouse or keyboard. What an answer means is the asker's: here it is only taken."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cloudlab.language import _
from cloudlab.widgets.kernel import bundle

WIDE = {"width": "calc(100% - 4px)", "max_width": "40em"}  # a control has a margin of 2 px
# A choice may be a whole sentence: a button of it breaks into lines, and is as high as they are.
STYLE = "<style>.clq button{white-space:normal;height:auto;text-align:left;line-height:1.6;padding:2px 8px}</style>"


@dataclass(frozen=True)
class Question:
    """`take(choice)` is called with what was chosen, and says a line about it.

    `choices` are (what is shown, what it means) pairs. `free`: anything may be typed, and the choices are suggestions.
    """

    text: str
    choices: Sequence[tuple[str, str]]
    take: Callable[[str], str]
    free: bool = False


class Askable:
    """Something that shows itself as text and HTML, with its questions to click beside it where it is `live`."""

    def __init__(self, static: Any, questions: Sequence[Question], live: bool) -> None:
        self._static, self._questions, self._live = static, questions, live

    def __repr__(self) -> str:
        return repr(self._static)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return bundle(self._static, self._live and bool(self._questions), self._box)

    def _box(self, widgets: Any) -> Any:
        asked = [part for question in self._questions for part in _asked(question, widgets)]
        box = widgets.VBox([widgets.HTML(STYLE), *asked])
        box.add_class("clq")
        return box


def _asked(question: Question, widgets: Any) -> list[Any]:
    """The question's words, what to answer it with, and the line that says what was taken."""
    said = widgets.HTML()

    def taken(answer: str) -> None:
        line = html.escape(question.take(answer))
        said.value = f'<span role="status" aria-live="polite">{line}</span>'

    field = _typed(question, taken, widgets) if question.free else _buttons(question, taken, widgets)
    return [widgets.HTML(f"<b>{html.escape(question.text)}</b>"), field, said]


def _typed(question: Question, taken: Callable[[str], None], widgets: Any) -> Any:
    """A line to type in, with suggestions; what was typed counts once it is left."""
    field = widgets.Combobox(
        options=tuple(text for text, answer in question.choices),
        placeholder=_("type or choose"),
        ensure_option=False,
        continuous_update=False,
        description=_("Answer"),
        style={"description_width": "initial"},
        layout=widgets.Layout(**WIDE),
    )
    field.observe(lambda change: taken(change["new"]) if change["new"].strip() else None, "value")
    return field


def _buttons(question: Question, taken: Callable[[str], None], widgets: Any) -> Any:
    """A button for each choice. (In a notebook, JupyterLab takes the arrows and digits that other controls need.)"""
    buttons: list[Any] = []
    for text, answer in question.choices:
        button = widgets.Button(description=text, layout=widgets.Layout(width="auto", max_width="40em"))
        button.on_click(lambda pressed, answer=answer: _pressed(pressed, buttons, taken, answer))
        buttons.append(button)
    return widgets.HBox(buttons, layout=widgets.Layout(flex_flow="row wrap"))


def _pressed(pressed: Any, buttons: list[Any], taken: Callable[[str], None], answer: str) -> None:
    for button in buttons:
        button.button_style = "primary" if button is pressed else ""
    taken(answer)

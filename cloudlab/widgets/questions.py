"""Questions to answer by mouse or keyboard. What an answer means is the asker's: here it is only taken."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cloudlab.widgets.kernel import ipywidgets_here

WIDE = {"width": "100%", "max_width": "40em"}


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
        static = {"text/plain": repr(self._static), "text/html": self._static._repr_html_()}
        widgets = ipywidgets_here() if self._live and self._questions else None
        if widgets is None:
            return static
        box = widgets.VBox([part for question in self._questions for part in _asked(question, widgets)])
        return {**box._repr_mimebundle_(), **static}


def _asked(question: Question, widgets: Any) -> list[Any]:
    """The question's words, what to answer it with, and the line that says what was taken."""
    field, said = _field(question, widgets), widgets.HTML()

    def taken(change: Any) -> None:
        if change["new"] is not None and str(change["new"]).strip():
            line = html.escape(question.take(change["new"]))
            said.value = f'<span role="status" aria-live="polite">{line}</span>'

    field.observe(taken, "value")
    return [widgets.HTML(f"<b>{html.escape(question.text)}</b>"), field, said]


def _field(question: Question, widgets: Any) -> Any:
    layout = widgets.Layout(**WIDE)
    about = {"description": "Answer", "style": {"description_width": "initial"}, "layout": layout}
    if question.free:
        shown = tuple(text for text, _ in question.choices)
        field = widgets.Combobox(options=shown, placeholder="type or choose", ensure_option=False, **about)
        field.continuous_update = False
        return field
    if len(question.choices) > 5:
        return widgets.Dropdown(options=[("choose …", None), *question.choices], value=None, **about)
    return widgets.RadioButtons(options=list(question.choices), value=None, **about)

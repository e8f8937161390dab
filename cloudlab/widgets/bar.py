"""The bar of a long wait, for who watches in a notebook; everybody has the lines."""

from typing import Any

from cloudlab.client import wait
from cloudlab.language import _
from cloudlab.widgets.kernel import ipywidgets_here


def printer(live: bool) -> wait.Say:
    """Lines for everybody; a bar besides where somebody watches in real time."""
    bar = _bar() if live else None

    def say(line: str, how_far: float, state: str) -> None:
        if bar is not None:
            bar.value, bar.description = how_far, state.split(" / ")[-1][:16]
        wait.print_line(line, how_far, state)

    return say


def _bar() -> Any:
    """An ipywidgets bar in a notebook's kernel; None elsewhere."""
    widgets = ipywidgets_here()
    if widgets is None:
        return None
    from IPython.display import display

    bar = widgets.FloatProgress(min=0.0, max=1.0, tooltip=_("How far the resource is"))
    display(bar)
    return bar

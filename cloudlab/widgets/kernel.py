"""Whether somebody can click here, and what is shown then: the widget beside its static forms."""

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from cloudlab.client.exchange import Exchange

# Told of the answer to a click: gives the lines about what the learner had predicted.
Judge = Callable[[Exchange], Iterable[object]]


def ipywidgets_here() -> ModuleType | None:
    """ipywidgets in a notebook's kernel; None elsewhere, or where it is missing."""
    try:
        import ipywidgets
        from IPython import get_ipython
    except ImportError:
        return None
    return ipywidgets if hasattr(get_ipython(), "kernel") else None


def bundle(shown: Any, live: bool, build: Callable[[ModuleType], Any]) -> dict[str, Any]:
    """A mimebundle of what shows itself as text and HTML, and where it is `live` the widget that `build` makes."""
    static = {"text/plain": repr(shown), "text/html": shown._repr_html_()}
    widgets = ipywidgets_here() if live else None
    return static if widgets is None else {**build(widgets)._repr_mimebundle_(), **static}

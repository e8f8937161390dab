"""Whether anybody can click here."""

from types import ModuleType


def ipywidgets_here() -> ModuleType | None:
    """ipywidgets in a notebook's kernel; None elsewhere, or where it isn't installed."""
    try:
        import ipywidgets
        from IPython import get_ipython
    except ImportError:
        return None
    return ipywidgets if hasattr(get_ipython(), "kernel") else None

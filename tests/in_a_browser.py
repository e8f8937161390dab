"""Run a notebook's code cells in a plain process with a browser's poverty. `python -m tests.in_a_browser X.ipynb`

JupyterLite's Python has no threads, no sockets, no processes and no key stretching: here they raise. No kernel is
needed either: each cell is run, and its last value is rendered as a notebook would render it.
"""

import ast
import hashlib
import importlib
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from cloudlab import LabError

HERE = "a browser has no"


def list_fonts() -> None:
    """matplotlib looks for a machine's fonts once, in a thread and a process; a browser's brings its list."""
    importlib.import_module("matplotlib.font_manager")


def forbid() -> None:
    """Have everything raise that a browser lacks. Classes stay classes: others derive from them."""

    def no(what: str) -> Any:
        def raises(*args: Any, **kwargs: Any) -> Any:
            raise AssertionError(f"{HERE} {what}")

        return raises

    threading.Thread.start = no("threads")  # type: ignore[method-assign]
    socket.socket.__init__ = no("sockets")  # type: ignore[method-assign]
    subprocess.Popen.__init__ = no("processes")  # type: ignore[method-assign]
    hashlib.scrypt = no("scrypt")
    hashlib.pbkdf2_hmac = no("pbkdf2")


def code_cells(notebook: Path) -> list[tuple[str, bool]]:
    """Source of each code cell, in order, and whether it is there to raise (nbval's tag for it).

    Magics are left out: they need IPython's shell (tests/unit/test_widgets_magics.py has one).
    """
    cells = [cell for cell in json.loads(notebook.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    found = [("".join(c["source"]), "raises-exception" in c["metadata"].get("tags", [])) for c in cells]
    return [(source, raises) for source, raises in found if not source.startswith("%%")]


def run_cell(source: str, names: dict[str, Any]) -> Any:
    """Run one cell; its last expression's value, as a notebook takes it."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)  # type: ignore[attr-defined]


def show_cell(source: str, raises: bool, names: dict[str, Any]) -> int:
    """Run one cell and render its value: characters of HTML. A cell that is there to raise must."""
    if not raises:
        return render(run_cell(source, names))
    try:
        run_cell(source, names)
    except LabError:
        return 0
    raise AssertionError(f"this cell did not raise: {source}")


def render(value: Any) -> int:
    """Ask for the value's looks as Jupyter does; how many characters of HTML there were."""
    for method in ("_repr_mimebundle_", "_repr_html_"):
        if hasattr(value, method):
            looks = getattr(value, method)()
            return len(looks.get("text/html", "") if isinstance(looks, dict) else looks or "")
    repr(value)
    return 0


def main(notebook: Path) -> int:
    """Run all cells; how many, and how much HTML they gave, is printed."""
    os.environ["CLOUDLAB_MODE"] = "process"
    list_fonts()
    forbid()
    os.chdir(notebook.parent)
    names: dict[str, Any] = {"__name__": "__main__", "display": render}
    cells = code_cells(notebook)
    html = sum(show_cell(source, raises, names) for source, raises in cells)
    print(f"{len(cells)} cells, {html} characters of HTML")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))

"""A lesson's exercises, read out of its notebook: what begins each, its solution from its fold, and its check."""

import ast
import re
from collections.abc import Iterator

from nbformat import NotebookNode


def exercises(notebook: NotebookNode) -> Iterator[tuple[str, str, str]]:
    """(the cell that begins its drill, or ""; the solution; the check's name) of each."""
    begins, name = "", ""
    for cell in notebook.cells:
        if cell.cell_type == "code" and "lab.drill(" in cell.source:
            begins = cell.source
        if found := re.fullmatch(r'lab\.check\("([^"]+)"\)', cell.source):
            name = found[1]
        for solution in re.findall(
            r"<summary>Solution</summary>.*?```python\n(.*?)```", cell.source, flags=re.S
        ):
            yield begins, solution, name


def verdict(solution: str, name: str) -> str:
    """Code that runs the check, with the answers that the solution gives it, and keeps it as `report`."""
    calls = [ast.unparse(node) for node in ast.walk(ast.parse(solution)) if isinstance(node, ast.Call)]
    asked = [call for call in calls if call.startswith("lab.check(")]
    return f"report = {asked[0] if asked else f'lab.check({name!r})'}"

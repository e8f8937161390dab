"""A lesson in another language: the same cells, ids and code; what is Markdown comes out of the catalogue."""

import os
from collections.abc import Callable
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

import nbformat
from nbclient import NotebookClient

from docs.editions.extract import ROOT

LESSONS = ROOT / "notebooks"
EXPECTED = "raises-exception"  # the tag of a cell whose error the lesson is about


def sources() -> list[Path]:
    return sorted(LESSONS.glob("*.ipynb"))


def edition(path: Path, translate: Callable[[str], str]) -> nbformat.NotebookNode:
    """The English lesson at `path` with other words, and without outputs."""
    lesson = nbformat.read(path, 4)
    for cell in lesson.cells:
        if cell.cell_type == "markdown":
            cell.source = translate(cell.source)
        elif cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return lesson


def execute(lesson: nbformat.NotebookNode, folder: Path) -> list[str]:
    """Run it in its folder, which decides on the language, against the cloud in the kernel: same inputs, same bytes.

    Returns which cells failed without being meant to.
    """
    environment = {**os.environ, "CLOUDLAB_MODE": "process", "PYTHONPATH": str(ROOT)}
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(lesson, timeout=120, allow_errors=True, resources=resources)
    client.execute(env=environment, stderr=DEVNULL)  # the kernel's own warnings are not the lesson's
    for cell in lesson.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
    return [cell.id for cell in lesson.cells if _failed(cell)]


def _failed(cell: Any) -> bool:
    failed = any(output.output_type == "error" for output in cell.get("outputs", ()))
    return failed and EXPECTED not in cell.metadata.get("tags", ())


def _joined(outputs: list[Any]) -> list[Any]:
    """What was printed in a row is one output, however many pieces it came in."""
    joined: list[Any] = []
    for output in outputs:
        before = joined[-1] if joined else {}
        if output.output_type == "stream" and before.get("name") == output.name:
            before["text"] += output.text
        else:
            joined.append(output)
    return joined


def is_current(lesson: nbformat.NotebookNode, path: Path) -> bool:
    """Whether the file has these cells. What they showed, nbval compares."""
    return path.exists() and _plain(nbformat.read(path, 4)) == _plain(lesson)


def _plain(lesson: nbformat.NotebookNode) -> list[Any]:
    return [(cell.id, cell.cell_type, cell.source, cell.metadata) for cell in lesson.cells]

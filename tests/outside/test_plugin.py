"""The judges sit beside every test: a wrong answer fails the very test, or the very cell, that received it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
SPOIL = """
from cloudlab import connect
from cloudlab.sim.nova import flavors
flavors.Flavors.get = lambda self, call: {"flavors": [{"id": 1}]}
lab = connect()
"""
ASK = """
lab.start("02-flavors")
lab.get(lab.endpoint("compute") + "/flavors")
"""
TEST = f"""
import pytest

def test_before(): pass

def test_wrong():
{SPOIL.replace(chr(10), chr(10) + "    ")}
{ASK.replace(chr(10), chr(10) + "    ")}

@pytest.mark.unjudged("breaks it on purpose")
def test_wrong_on_purpose():
{SPOIL.replace(chr(10), chr(10) + "    ")}
{ASK.replace(chr(10), chr(10) + "    ")}

def test_after(): pass
"""
COMPLAINT = "(flavors.list_flavors, 2.1): flavors.*.id: 1 is not of type 'string'"


def run_pytest(*words: str) -> str:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "CLOUDLAB_MODE": "process"}
    command = [sys.executable, "-m", "pytest", "-p", "tests.outside.plugin", "--rootdir=.", "-v", *words]
    return subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=False).stdout


def test_a_wrong_answer_fails_the_test_that_received_it(tmp_path: Path) -> None:
    file = tmp_path / "test_spoilt.py"
    file.write_text(TEST, "utf-8")
    said = run_pytest(f"--confcutdir={tmp_path}", str(file))
    assert COMPLAINT in said
    assert "1 failed, 3 passed" in said
    assert "::test_wrong FAILED" in said


def test_a_wrong_answer_fails_the_cell_that_received_it(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    cells = [
        "x = 1",
        SPOIL,
        'lab.start("02-flavors");',
        'lab.get(lab.endpoint("compute") + "/flavors");',
        "x",
    ]
    notebook.cells = [nbformat.v4.new_code_cell(source, id=f"cell{n}") for n, source in enumerate(cells)]
    file = tmp_path / "spoilt.ipynb"
    nbformat.write(notebook, file)
    said = run_pytest(f"--confcutdir={tmp_path}", "--nbval-lax", str(file))
    assert COMPLAINT in said
    assert "1 failed, 4 passed" in said
    assert "::Cell 3 FAILED" in said

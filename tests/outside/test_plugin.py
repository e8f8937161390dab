"""The judges sit beside every test: a wrong answer fails the very test, or the very cell, that received it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest

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
CELLS = ("x = 1", SPOIL, 'lab.start("02-flavors");', 'lab.get(lab.endpoint("compute") + "/flavors");', "x")


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What pytest says, by name, of each failure in a test file and a notebook that are spoilt in the same way."""
    folder = tmp_path_factory.mktemp("spoilt")
    (folder / "test_spoilt.py").write_text(TEST, "utf-8")
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    notebook.cells = [nbformat.v4.new_code_cell(source, id=f"cell{n}") for n, source in enumerate(CELLS)]
    nbformat.write(notebook, folder / "spoilt.ipynb")
    report = folder / "report.xml"
    where = [f"--confcutdir={folder}", f"--junitxml={report}", "--rootdir=.", str(folder)]
    command = [sys.executable, "-m", "pytest", "-p", "tests.outside.plugin", "--nbval-lax", *where]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "CLOUDLAB_MODE": "process"}
    subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, check=False)
    cases = list(ElementTree.parse(report).iter("testcase"))
    assert len(cases) == 4 + len(CELLS)
    return {case.attrib["name"]: (case.findtext("failure") or "") for case in cases if len(case)}


def test_nothing_else_fails(failures: dict[str, str]) -> None:
    assert set(failures) == {"test_wrong", "Cell 3"}


def test_a_wrong_answer_fails_the_test_that_received_it(failures: dict[str, str]) -> None:
    assert COMPLAINT in failures["test_wrong"]


def test_a_wrong_answer_fails_the_cell_that_received_it(failures: dict[str, str]) -> None:
    assert COMPLAINT in failures["Cell 3"]

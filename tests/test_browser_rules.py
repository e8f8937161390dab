"""The lessons and the cloud in process need nothing that a browser's Python lacks."""

import os
import re
import subprocess
import sys

import pytest

from tests.source import ROOT

LESSONS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
SPECIMENS = (
    ("import threading\nthreading.Thread(target=print).start()", "threads"),
    ("import requests\nrequests.get('http://127.0.0.1:1')", "sockets"),
    ("import os, subprocess\nsubprocess.run(['true'])", "processes"),
    ("import hashlib\nhashlib.scrypt(b'', salt=b'', n=2, r=1, p=1)", "scrypt"),
    ("import hashlib\nhashlib.pbkdf2_hmac('sha1', b'', b'', 1)", "pbkdf2"),
)


def in_a_browser(*words: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    line = [sys.executable, *words]
    return subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_there_are_lessons():
    assert LESSONS


@pytest.mark.parametrize("notebook", LESSONS)
def test_a_lesson_runs_with_what_a_browser_has(notebook):
    done = in_a_browser("-m", "tests.in_a_browser", notebook)
    assert done.returncode == 0, done.stderr[-3000:]
    cells, html = re.findall(r"(\d+) cells, (\d+) characters of HTML", done.stdout)[-1]
    assert int(cells) >= 5
    assert int(html) > 5_000


TIME = """
from tests.in_a_browser import forbid
forbid()
from cloudlab import connect
lab = connect()
lab.start("02-flavors")
lab.clock.pause()
lab.clock.step()
print(lab.clock._repr_mimebundle_())
lab.save("here", replace=True)
lab.restore("here")
print(lab.diff("here"))
"""


def test_time_and_saving_need_nothing_more(tmp_path):
    done = in_a_browser("-c", TIME.replace("lab = ", f"import os; os.chdir({str(tmp_path)!r}); lab = "))
    assert done.returncode == 0, done.stderr[-3000:]
    assert "here → now: no resource differs." in done.stdout


@pytest.mark.parametrize(("specimen", "what"), SPECIMENS)
def test_what_a_browser_lacks_raises_here(specimen, what):
    done = in_a_browser("-c", f"from tests.in_a_browser import forbid\nforbid()\n{specimen}")
    assert done.returncode == 1
    assert f"a browser has no {what}" in done.stderr

"""What tests leave behind: nothing in the checkout but what git ignores, and no process of the embedded cloud.

`make test` runs this file among the others in any order, so it looks at what would be left by all that ran before it.
"""

import os
import subprocess
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]


def git(*words: str) -> list[str]:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return done.stdout.splitlines()


def test_nothing_is_left_in_the_checkout_that_looks_like_a_tests() -> None:
    """Files that git doesn't know and nobody would have written: states, logs, examples of hypothesis."""
    unknown = git("ls-files", "--others", "--exclude-standard")
    names = {
        "cloud.db",
        "cloud.json",
        "cloud.lock",
        "cloud.log",
        "settings.json",
        "clouds.yaml",
        "runner.log",
    }
    left = [path for path in unknown if Path(path).name in names or ".hypothesis" in path or "-wal" in path]
    assert left == []


def test_no_cloud_runs_any_more(tmp_path_factory: pytest.TempPathFactory) -> None:
    """None whose state is in a folder of this worker's tests; the other workers may be in the middle of one."""
    mine = f"{tmp_path_factory.getbasetemp()}{os.sep}"
    lines = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    left = [line for line in lines if "cloudlab.sim.server" in line and any(mine in word for word in line)]
    assert left == []


def test_what_tools_leave_is_ignored_and_goes_with_make_clean() -> None:
    ignored = git("check-ignore", ".hypothesis/x", ".pytest_cache/x", ".mypy_cache/x", ".ruff_cache/x")
    assert len(ignored) == 4
    clean = next(line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith("\trm -rf"))
    assert all(folder in clean for folder in (".hypothesis", ".pytest_cache", ".mypy_cache", ".ruff_cache"))

"""Prints the table equal / different / allowed after the tests, whoever ran them (workers too).

The root conftest.py loads this: xdist's controller, who prints, never loads this folder's conftest.py.
"""

from __future__ import annotations

from collections import Counter

import pytest

PROPERTY = "gold"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    rows: dict[str, Counter[str]] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, counts in (held for key, held in report.user_properties if key == PROPERTY):
                rows.setdefault(name, Counter()).update(counts)
    if rows:
        from .report import (
            COLUMNS,
            lines,
        )  # with the simulator, that runs without these tests need not wait for

        terminalreporter.section("recorded answers, and ours: " + " / ".join(COLUMNS))
        for line in lines(rows):
            terminalreporter.line(line)

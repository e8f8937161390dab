"""Prints what tests have measured, after them, whoever ran them (workers too).

A test says it by `record_property("measured", ("a title", ["line", …]))`.
"""

import pytest

PROPERTY = "measured"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for title, lines in (held for key, held in report.user_properties if key == PROPERTY):
                terminalreporter.section(f"measured: {title}")
                for line in lines:
                    terminalreporter.line(line)

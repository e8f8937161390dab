"""An IPython shell of a test's own, which leaves the process as it was."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("IPython", reason="IPython isn't installed")

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

HOOKS = ("displayhook", "excepthook", "breakpointhook")


@contextmanager
def a_shell(folder: Path) -> Iterator[InteractiveShell]:
    config = Config()
    config.HistoryManager.enabled = False
    InteractiveShell.clear_instance()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(folder))
        for hook in HOOKS:
            patch.setattr(sys, hook, getattr(sys, hook))
        yield InteractiveShell.instance(config=config)
    InteractiveShell.clear_instance()

"""The unmodified `openstack` command, run in this process: importing it anew for every line would cost a second."""

import io
import json
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from unittest.mock import patch

from cliff.display import DisplayCommandBase
from openstackclient.shell import OpenStackShell
from osc_lib.clientmanager import ClientCache, ClientManager


@dataclass(frozen=True)
class Outcome:
    """What one command line did. `data` is its parsed JSON, None where the command has no such output."""

    code: int
    out: bytes
    err: str
    data: Any = None

    @property
    def text(self) -> str:
        return self.out.decode()


def run(*words: str) -> Outcome:
    """One command line, as typed after `openstack`: what its console script does, and its streams caught."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True), io.StringIO()
    _forget_clients()
    with _as_a_program(), redirect_stdout(out), redirect_stderr(err):
        try:
            code = OpenStackShell().run(list(words))
        except SystemExit as stopped:  # argparse's way to refuse a line
            code = stopped.code if isinstance(stopped.code, int) else 1
    return Outcome(code, out.buffer.getvalue(), err.getvalue())  # type: ignore[attr-defined]


def _forget_clients() -> None:
    """A program has its clients for itself; in one process the next line would ask as the first line's user."""
    for kept in vars(ClientManager).values():
        if isinstance(kept, ClientCache):
            kept._handle = None


def run_for_json(login: tuple[str, ...], *words: str) -> Outcome:
    """The same with `-f json`, parsed, where the command's output has a format."""
    if not _has_formats(words):
        return run(*login, *words)
    outcome = run(*login, *words, "-f", "json")
    try:
        return replace(outcome, data=json.loads(outcome.out))
    except ValueError:  # it failed, or printed something of its own, as `keypair create` does
        return outcome


def _has_formats(words: tuple[str, ...]) -> bool:
    if "-f" in words:
        return False
    try:
        factory, _, _ = _commands().find_command(list(words))
    except ValueError:  # no such command: the shell itself shall say so
        return False
    return isinstance(factory, type) and issubclass(factory, DisplayCommandBase)


@cache
def _commands() -> Any:
    """The command's own table. It is full once a shell has run; `complete` asks no cloud for anything."""
    with _as_a_program(), redirect_stdout(io.StringIO()):
        shell = OpenStackShell()
        shell.run(["complete"])
    return shell.command_manager


@contextmanager
def _as_a_program() -> Iterator[None]:
    """Called `openstack`. A run adds handlers to the root logger, sets levels and filters: they go when it ends."""
    root = logging.getLogger()
    names = ("requests", "cliff", "stevedore", "iso8601")
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in names}
    root.handlers[:] = []
    try:
        with warnings.catch_warnings(), patch.object(OpenStackShell, "NAME", "openstack"):
            yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for name, was in levels.items():
            logging.getLogger(name).setLevel(was)


def script() -> list[str]:
    """How the same command is started as a program of its own."""
    return [sys.executable, "-m", "openstackclient.shell"]

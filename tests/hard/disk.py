"""A small disk that fills up: a tmpfs of its own where this process may mount one (Linux, as root).

Elsewhere the tests that need it are skipped and say so; only `test_disk.py` has a stand-in, for a running cloud's disk.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Disk:
    """A mounted file system of a few megabytes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self, but: int = 0) -> None:
        """Leave `but` bytes free."""
        free = os.statvfs(self.path).f_bavail * os.statvfs(self.path).f_frsize
        (self.path / "ballast").write_bytes(bytes(max(0, free - but)))

    def empty(self) -> None:
        (self.path / "ballast").unlink()

    def make_read_only(self) -> None:
        _mount("-o", "remount,ro", str(self.path))

    def make_writable(self) -> None:
        _mount("-o", "remount,rw", str(self.path))


@contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[Disk]:
    """The disk at `path` while the block runs; the test is skipped where none can be mounted."""
    path.mkdir()
    try:
        _mount("-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "cloudlab-test", str(path))
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs the right to mount a tmpfs, to have a small disk")
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)

"""Files with a saved cloud: how one is written and read, and what may be wrong with it, in sentences.

Work is done on copies in the system's folder for temporary files, and the result is put in its place at once. A file
that came from somebody else is believed nothing: it must be a plain file and whole, and hold tables and indexes only.
"""

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from cloudlab.language import said
from cloudlab.sim.errors import BadOrder
from cloudlab.sim.home import FULL
from cloudlab.sim.store import Store, trouble

HEAD = b"SQLite format 3\x00"
PAGE = 4096  # bytes of a database's page, as SQLite has it unless told otherwise


def path_of(order: dict[str, Any], name: str) -> Path:
    """The absolute path that the order names. Raises BadOrder."""
    path = order.get(name)
    if not isinstance(path, str) or not Path(path).is_absolute() or "\0" in path:
        raise BadOrder(said("{name} is the absolute path of a file", name=name))
    return Path(path)


def damaged(path: Path) -> str:
    return said(
        "{path} is damaged, or no saved cloud. Take another file, or save again: lab.save(name)", path=path
    )


def require_free(path: Path, replace: bool) -> None:
    """Raises BadOrder for a file that may not be replaced, and for what can't be."""
    if path.is_dir():
        raise BadOrder(said("{path} is a folder. Choose another name.", path=path))
    if not replace and os.path.lexists(path):
        raise BadOrder(
            said("{path} is there already. Choose another name, or have it replaced: replace=True", path=path)
        )


@contextmanager
def explaining(path: Path) -> Iterator[None]:
    """What the system and SQLite refuse inside becomes a BadOrder that says what to do."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise BadOrder(_sentence(error, path)) from error


def _sentence(error: OSError | sqlite3.Error, path: Path) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if getattr(error, "errno", None) in FULL or code == sqlite3.SQLITE_FULL:
        return said(
            "The disk is full, so {path} can't be used. Make room, and try again. Nothing has changed.",
            path=path,
        )
    if isinstance(error, OSError):
        return said(
            "{path} can't be used ({why}). Look at its folder, and who may read and write there.",
            path=path,
            why=error.strerror or error,
        )
    if trouble(error) is None or code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return damaged(path)
    return said(
        "{path} can't be used ({error}). Look after its disk, and try again. Nothing has changed.",
        path=path,
        error=error,
    )


def write(store: Store, draft: Path, facts: Sequence[tuple[str, str]]) -> None:
    """All of a store into a new file, and the facts as rows of `saved_fact`."""
    with closing(sqlite3.connect(draft, isolation_level=None)) as file:
        store.copy_to(file)
        file.execute("PRAGMA journal_mode=DELETE")  # one file: not the cloud's own way, which has three
        file.execute("BEGIN")
        file.executemany("INSERT INTO saved_fact (name, value) VALUES (?, ?)", facts)
        file.execute("COMMIT")


def put(draft: Path, path: Path) -> None:
    """The draft's bytes at `path`, all or nothing, for their owner only."""
    near = path.with_name(f".{path.name}.{os.getpid()}.new")
    near.unlink(missing_ok=True)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(near, flags, 0o600), "wb") as file, draft.open("rb") as made:
            shutil.copyfileobj(made, file)
            file.flush()
            os.fsync(file.fileno())
        near.replace(path)
    except OSError:
        near.unlink(missing_ok=True)
        raise


def fetch(path: Path, draft: Path) -> None:
    """A saved file's bytes as the draft, which is looked through as a database. Raises BadOrder."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        raise BadOrder(said("There is no file {path}. lab.save(name) makes one.", path=path)) from None
    if not stat.S_ISREG(found.st_mode):
        raise BadOrder(
            said("{path} is no plain file but a folder, a link or a device. Name the file itself.", path=path)
        )
    with path.open("rb") as file:
        if file.read(len(HEAD)) != HEAD:
            raise BadOrder(damaged(path))
    shutil.copyfile(path, draft)
    draft.chmod(0o600)
    with closing(sqlite3.connect(draft, isolation_level=None)) as database:
        _look_through(database, path)


def _look_through(database: sqlite3.Connection, path: Path) -> None:
    database.execute("PRAGMA trusted_schema=OFF")
    whole = database.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
    paged = database.execute("PRAGMA page_size").fetchone() == (PAGE,)
    kinds = {kind for (kind,) in database.execute("SELECT DISTINCT type FROM sqlite_master")}
    ours = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'saved_fact'").fetchone()
    if not (whole and paged and ours and kinds <= {"table", "index"}):
        raise BadOrder(damaged(path))

"""Where the cloud keeps its rows: one SQLite connection, one transaction at a time.

A second connection would meet 'database is locked', so there is one, and the cloud's lock guards it. It stays open: to
take it from a pool and give it back would cost each request more than its BEGIN and COMMIT.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, Engine, create_engine, event
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import StaticPool
from sqlalchemy.types import TypeDecorator

from cloudlab.language import said
from cloudlab.sim.errors import disk_full

FULL, DAMAGED, LOCKED = {sqlite3.SQLITE_FULL}, {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}, {5, 6}
CLOSED = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
OUTSIDE = FULL | DAMAGED | LOCKED | CLOSED | {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM}


class Base(DeclarativeBase):
    """The parent of every table."""


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC datetime in Python, a naive one in SQLite (which knows no zones)."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class StoreError(Exception):
    """The state file can't be used; the message says what to do."""


def trouble(error: BaseException) -> sqlite3.Error | None:
    """SQLite's own error when the file or its disk is the trouble (full, read-only, damaged), else None.

    It may be what other errors followed from. Then the statement was right, and may succeed later: nothing that was
    acknowledged may be dropped for it.
    """
    cause: BaseException | None = error
    while cause is not None:
        ours = getattr(cause, "orig", cause)
        if isinstance(ours, sqlite3.Error) and _code(ours) in OUTSIDE:
            return ours
        cause = cause.__cause__ or cause.__context__
    return None


def _code(error: sqlite3.Error) -> int:
    """The primary error code; 0 for what is no error of SQLite itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


class Store:
    """The connection and its transactions. `database` is a path or ':memory:'. Raises StoreError."""

    def __init__(self, database: str | Path = ":memory:") -> None:
        self.database = str(database)
        self.in_memory = self.database == ":memory:"
        self.engine = create_engine(
            "sqlite://" if self.in_memory else f"sqlite:///{self.database}",
            poolclass=StaticPool,
            connect_args={"check_same_thread": False},
        )
        _own_transactions(self.engine, wal=not self.in_memory)
        self.open()

    def open(self) -> None:
        """Connect; also again after `close`. Raises StoreError."""
        with self.explained():
            self._connection = self.engine.connect()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One BEGIN IMMEDIATE; committed at the end, rolled back when an exception leaves it.

        SQLAlchemy joins it when it is first asked for something: most requests only read, the short way of `plain`.
        """
        session = Session(self._connection, expire_on_commit=False)
        try:
            self._driver.execute("BEGIN IMMEDIATE")
            yield session
            if session.in_transaction():
                session.commit()
            else:
                self._driver.execute("COMMIT")
        except BaseException:
            self._undo(session)
            raise
        finally:
            session.close()

    def _undo(self, session: Session) -> None:
        """Roll back, also where SQLAlchemy and SQLite disagree on what there is to undo, as on a full disk.

        There SQLite may have undone all by itself, with every savepoint; or a COMMIT failed and left all as it was.
        """
        driver = self._driver
        try:
            session.rollback()
        except DBAPIError:
            self._connection.close()
            self._connection = self.engine.connect()
        driver.rollback()

    def copy_to(self, other: sqlite3.Connection) -> None:
        """All that is here into another database. What was there goes, in one transaction of SQLite's."""
        self._driver.backup(other)

    def become(self, other: "Store") -> None:
        """Have what the other one has; all of it, or nothing if that fails."""
        other.copy_to(self._driver)

    @property
    def _driver(self) -> Any:
        return self._connection.connection.driver_connection

    @contextmanager
    def explained(self) -> Iterator[None]:
        """SQLite's errors as sentences that say what to do; the connection is closed."""
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            self.close()
            why = trouble(error)
            if why is None:
                raise
            raise StoreError(_sentence(why, self.database)) from error
        except StoreError:
            self.close()
            raise

    def close(self) -> None:
        if hasattr(self, "_connection"):
            self._connection.close()
        self.engine.dispose()


def _sentence(error: sqlite3.Error, database: str) -> str:
    """What is the matter with the file, and what to do."""
    code, folder = _code(error), Path(database).parent
    if code in FULL:
        return disk_full(folder)
    if code in CLOSED:
        return said(
            "{database} can't be opened for writing. Give yourself the right to write it and its folder "
            "(chmod u+rwX {folder} {folder}/*), or choose another folder: --state DIR",
            database=database,
            folder=folder,
        )
    if code in LOCKED:
        return said("Another program has {database} open. Close it, then try again", database=database)
    if code in DAMAGED:
        return damaged(database)
    return said(
        "{database} can't be read or written ({error}). Look after its disk, or choose another folder: --state DIR",
        database=database,
        error=error,
    )


def damaged(database: str) -> str:
    return said(
        "{database} is damaged, or no cloud's file. It was left as it is: move it away to keep it. "
        "To start over: python -m cloudlab reset",
        database=database,
    )


def _own_transactions(engine: Engine, wal: bool) -> None:
    """Take BEGIN out of the driver's hands, so that ours is the only one, and savepoints work."""

    @event.listens_for(engine, "connect")
    def connect(connection, _record):  # type: ignore[no-untyped-def]
        connection.isolation_level = None
        if wal:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")

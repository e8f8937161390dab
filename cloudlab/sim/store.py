"""Where the cloud keeps its rows: one SQLite connection, one transaction at a time.

A second connection would meet 'database is locked', so there is one (`StaticPool`), and the cloud's lock guards it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import DateTime, Engine, create_engine, event
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import StaticPool
from sqlalchemy.types import TypeDecorator

SCHEMA_VERSION = 1


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


class Store:
    """The engine and its transactions. `database` is a path or ':memory:'."""

    def __init__(self, database: str | Path = ":memory:") -> None:
        self.database = str(database)
        self.engine = create_engine(
            f"sqlite:///{self.database}" if self.database != ":memory:" else "sqlite://",
            poolclass=StaticPool,
            connect_args={"check_same_thread": False},
        )
        _own_transactions(self.engine, wal=self.database != ":memory:")

    def prepare(self, fill: Callable[[Session], None]) -> None:
        """Make the tables in an empty database and `fill` them, both or nothing. StoreError for another version's."""
        with self.transaction() as session:
            found = session.connection().exec_driver_sql("PRAGMA user_version").scalar()
            if found == SCHEMA_VERSION:
                return
            if found:
                raise StoreError(
                    f"{self.database} was written by another version of cloudlab (schema {found}, "
                    f"this one is {SCHEMA_VERSION}). Move it away, or run: python -m cloudlab reset"
                )
            Base.metadata.create_all(session.connection())
            session.connection().exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
            fill(session)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One BEGIN IMMEDIATE; committed at the end, rolled back when an exception leaves it."""
        session = Session(self.engine, expire_on_commit=False)
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.close()

    def close(self) -> None:
        self.engine.dispose()


def _own_transactions(engine: Engine, wal: bool) -> None:
    """Take BEGIN out of the driver's hands, so that it is IMMEDIATE and savepoints work."""

    @event.listens_for(engine, "connect")
    def connect(connection, _record):  # type: ignore[no-untyped-def]
        connection.isolation_level = None
        if wal:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")

    @event.listens_for(engine, "begin")
    def begin(connection):  # type: ignore[no-untyped-def]
        connection.exec_driver_sql("BEGIN IMMEDIATE")

"""Which tables a database file has, and how an older file becomes one of this version.

What a version adds (tables, columns, indexes) is found by comparing the file with the tables in the code, and added.
New tables get the rows that a fresh cloud has there. Any other change raises SCHEMA_VERSION and is a function in
MIGRATIONS. A later version's file is never touched.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Connection, Table, insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateColumn, CreateIndex

from cloudlab.language import said
from cloudlab.sim.store import Base, Store, StoreError, damaged

SCHEMA_VERSION = 4  # kept in the file as SQLite's user_version


def _groups_are_neutrons(connection: Connection) -> None:
    """From 3: nova keeps no names of security groups any more (early files had none), it asks neutron for them."""
    if "group_names" in _columns(connection, "nova_server"):
        connection.exec_driver_sql("ALTER TABLE nova_server DROP COLUMN group_names")


# From that version to the next.
MIGRATIONS: dict[int, Callable[[Connection], None]] = {3: _groups_are_neutrons}


def prepare(store: Store, fill: Callable[[Session], None]) -> None:
    """Make the tables in an empty database and `fill` them; bring an older one up to date. All or nothing.

    Raises StoreError, and leaves the file as it was, where that can't be done.
    """
    with store.explained(), store.transaction() as session:
        connection = session.connection()
        found = _ask(connection, "PRAGMA user_version")[0][0]
        if found or _ask(connection, "SELECT 1 FROM sqlite_master LIMIT 1"):
            new = _bring_up_to_date(connection, store.database, found)
            _fill_new(connection, new, fill)
        else:
            Base.metadata.create_all(connection)
            fill(session)
        # Written each time: only so a file that can't be written is found out before a learner's work goes there.
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _bring_up_to_date(connection: Connection, database: str, found: int) -> list[Table]:
    """The tables that the file lacked, and now has. Raises StoreError."""
    if _ask(connection, "PRAGMA quick_check(1)") != [("ok",)] or not found:
        raise StoreError(damaged(database))
    known = {"database": database, "found": found, "known": SCHEMA_VERSION}
    newer = said(
        "{database} was written by a newer cloudlab (its tables have version {found}, this one knows {known}). Update "
        "cloudlab and try again. Move it away to keep it, or start over: python -m cloudlab reset",
        **known,
    )
    if found > SCHEMA_VERSION:
        raise StoreError(newer)
    for version in range(found, SCHEMA_VERSION):
        if version not in MIGRATIONS:
            raise StoreError(
                said(
                    "{database} was written by a cloudlab too old to be taken over (its tables have version {found}, "
                    "this one knows {known}). Move it away to keep it, or start over: python -m cloudlab reset",
                    **known,
                )
            )
        MIGRATIONS[version](connection)
    if _unknown(connection):
        raise StoreError(newer)
    new = [table for table in Base.metadata.sorted_tables if not _columns(connection, table.name)]
    for table in Base.metadata.sorted_tables:
        _add_missing(connection, table, database)
    return new


def _fill_new(connection: Connection, new: list[Table], fill: Callable[[Session], None]) -> None:
    """Give new tables the rows that a fresh cloud has there: nova finds no host without its compute service."""
    if not new:
        return
    fresh = Store()
    with fresh.transaction() as session:
        Base.metadata.create_all(session.connection())
        fill(session)
        for table in new:
            rows = [row._asdict() for row in session.execute(select(table))]
            if rows:
                connection.execute(insert(table), rows)
    fresh.close()


def _unknown(connection: Connection) -> bool:
    """Whether the file holds tables or columns that this version doesn't know."""
    for (name,) in _ask(connection, "SELECT name FROM sqlite_master WHERE type = 'table'"):
        table = Base.metadata.tables.get(name)
        if table is None and not name.startswith("sqlite_"):
            return True
        if table is not None and not _columns(connection, name) <= set(table.columns.keys()):
            return True
    return False


def _columns(connection: Connection, table: str) -> set[str]:
    return {row[1] for row in _ask(connection, f'PRAGMA table_info("{table}")')}


def _add_missing(connection: Connection, table: Table, database: str) -> None:
    """The table, or those of its columns and indexes that the file lacks."""
    have = _columns(connection, table.name)
    if not have:
        table.create(connection)
        return
    for column in table.columns:
        if column.name not in have:
            _add_column(connection, table, column, database)
    indexes = {row[1] for row in _ask(connection, f'PRAGMA index_list("{table.name}")')}
    for index in table.indexes:
        if index.name not in indexes:
            connection.execute(CreateIndex(index))


def _add_column(connection: Connection, table: Table, column: "Column[Any]", database: str) -> None:
    """With the value that a new row would get, as old rows never had one. Raises StoreError where there is none."""
    default = None if column.default is None else _value(column)
    if default is None and not column.nullable:
        raise StoreError(
            said(
                "{database} lacks {table}.{column}, which can't be made up. Move it away to keep it, or start over: "
                "python -m cloudlab reset",
                database=database,
                table=table.name,
                column=column.name,
            )
        )
    declared = CreateColumn(column).compile(dialect=sqlite.dialect())
    value = "" if default is None else f" DEFAULT {default}"
    connection.exec_driver_sql(f'ALTER TABLE "{table.name}" ADD COLUMN {declared}{value}')


def _value(column: "Column[Any]") -> str | None:
    """The column's default as SQL, converted as the column would."""
    default: Any = column.default
    value = default.arg(None) if default.is_callable else default.arg if default.is_scalar else None
    convert = column.type.bind_processor(sqlite.dialect())
    value = convert(value) if convert and value is not None else value
    if value is None:
        return None
    return str(int(value)) if isinstance(value, bool | int) else "'" + str(value).replace("'", "''") + "'"


def _ask(connection: Connection, statement: str) -> list[Any]:
    return [tuple(row) for row in connection.exec_driver_sql(statement)]

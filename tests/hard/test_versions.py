"""A file of another version of the kit: an older one gains what it lacks, a newer one is refused and kept."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cloudlab.sim import schema
from cloudlab.sim.clock import ManualClock
from cloudlab.sim.cloud import create_cloud
from cloudlab.sim.store import StoreError
from tests.hard.runner import Inside


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file of this version, with a server in it."""
    path = tmp_path_factory.mktemp("made") / "cloud.db"
    cloud = create_cloud(ManualClock(), path, profile="instant")
    server = {"server": {"name": "kept", "imageRef": "", "flavorRef": "1"}}
    demo = Inside(cloud).log_in("demo", "demo")
    server["server"]["imageRef"] = demo.ask("GET", "glance", "/v2/images").json["images"][0]["id"]
    assert demo.ask("POST", "nova", "/v2.1/servers", server).ok
    cloud.close()
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, made: bytes) -> Path:
    (tmp_path / "cloud.db").write_bytes(made)
    return tmp_path / "cloud.db"


def change(path: Path, *statements: str) -> bytes:
    """Run these; the file as it is then."""
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()
        db.execute("PRAGMA journal_mode=DELETE")
    return path.read_bytes()


@pytest.fixture
def opened(path: Path) -> Iterator:
    """Opens the file as a cloud, as often as it is asked to; the servers that demo has."""
    clouds = []

    def servers() -> list[str]:
        clouds.append(create_cloud(ManualClock(), path, profile="instant"))
        demo = Inside(clouds[-1]).log_in("demo", "demo")
        return [server["name"] for server in demo.ask("GET", "nova", "/v2.1/servers/detail").json["servers"]]

    yield servers
    for cloud in clouds:
        cloud.close()


def test_an_older_file_gains_tables_columns_and_indexes(path: Path, opened) -> None:
    change(
        path,
        "DROP TABLE glance_image_data",
        "ALTER TABLE nova_server DROP COLUMN locked",  # never null: old rows get what a new row would
        "ALTER TABLE nova_server DROP COLUMN tags",  # JSON
        "ALTER TABLE nova_server DROP COLUMN locked_reason",
        "DROP INDEX nova_server_page",
    )
    assert opened() == ["kept"]
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT locked, tags, locked_reason FROM nova_server").fetchall() == [
            (0, "[]", None)
        ]
        names = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    assert {"glance_image_data", "nova_server_page"} <= names


def test_a_new_table_gets_a_fresh_clouds_rows(path: Path) -> None:
    """Nova finds no host without its compute service, so a file from before that table must gain its row, too."""
    change(path, "DROP TABLE nova_service")
    cloud = create_cloud(ManualClock(), path, profile="instant")
    demo = Inside(cloud).log_in("demo", "demo")
    image = demo.ask("GET", "glance", "/v2/images").json["images"][0]["id"]
    order = {"server": {"name": "new", "imageRef": image, "flavorRef": "1"}}
    made = demo.ask("POST", "nova", "/v2.1/servers", order).json["server"]["id"]
    assert demo.ask("GET", "nova", f"/v2.1/servers/{made}").json["server"]["status"] == "ACTIVE"
    cloud.close()


def test_an_older_version_is_migrated_step_by_step(path: Path, opened, monkeypatch) -> None:
    monkeypatch.setattr(schema, "SCHEMA_VERSION", 9)
    change(path, "PRAGMA user_version = 7")
    rename = "UPDATE nova_server SET name = name || "
    monkeypatch.setitem(schema.MIGRATIONS, 7, lambda db: db.exec_driver_sql(f"{rename}'-8'"))
    monkeypatch.setitem(schema.MIGRATIONS, 8, lambda db: db.exec_driver_sql(f"{rename}'-9'"))
    assert opened() == ["kept-8-9"]
    assert opened() == ["kept-8-9"]  # the second time it is a 9


def test_a_migration_that_fails_leaves_the_file_as_it_was(path: Path, opened, monkeypatch) -> None:
    monkeypatch.setattr(schema, "SCHEMA_VERSION", 8)
    before = change(path, "PRAGMA user_version = 7")
    monkeypatch.setitem(
        schema.MIGRATIONS, 7, lambda db: db.exec_driver_sql("DROP TABLE nova_server") and 1 / 0
    )
    with pytest.raises(ZeroDivisionError):
        opened()
    assert unlike(path, before) == []


def unlike(path: Path, before: bytes) -> list[str]:
    """What differs from that file's contents, row for row (the mode of its journal may)."""
    path.with_name("before.db").write_bytes(before)
    with closing(sqlite3.connect(path)) as now, closing(sqlite3.connect(path.with_name("before.db"))) as then:
        return sorted(set(now.iterdump()) ^ set(then.iterdump()))


@pytest.mark.parametrize(
    ("change_it", "said"),
    [
        ("PRAGMA user_version = 999", "newer cloudlab.*version 999.*Update cloudlab"),
        ("ALTER TABLE nova_server ADD COLUMN invented TEXT", "newer cloudlab"),
        ("CREATE TABLE invented (x)", "newer cloudlab"),
        ("ALTER TABLE nova_flavor DROP COLUMN ram", "lacks nova_flavor.ram, which can't be made up"),
        ("PRAGMA user_version = 0", "no cloud's file"),
    ],
)
def test_what_cannot_be_taken_over_is_refused_and_kept(path: Path, opened, change_it: str, said: str) -> None:
    before = change(path, change_it)
    with pytest.raises(StoreError, match=said) as refused:
        opened()
    assert str(path) in str(refused.value) and "python -m cloudlab reset" in str(refused.value)
    assert unlike(path, before) == []


def test_a_version_too_old_is_refused_and_kept(path: Path, opened, monkeypatch) -> None:
    monkeypatch.setattr(schema, "SCHEMA_VERSION", 9)
    before = change(path, "PRAGMA user_version = 7")
    with pytest.raises(StoreError, match="too old to be taken over"):
        opened()
    assert unlike(path, before) == []

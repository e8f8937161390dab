"""A whole cloud as one file: what comes back, and what a file may not do. In process and over sockets."""

import json
import os
import shutil
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from cloudlab import Lab, LabError
from cloudlab.sim import saved_file, saves
from cloudlab.sim.clock import ManualClock, SteeredClock
from cloudlab.sim.cloud import DEFAULT_PORTS, create_cloud
from cloudlab.sim.errors import BadOrder
from cloudlab.sim.identity import Ids
from tests.steered import (
    clouds,
    lab_in_process,
    lab_over_sockets,
    lab_transport,
    new_server,
    post_server,
    status_of,
)

OTHER_PORTS = {name: port + 10_000 for name, port in DEFAULT_PORTS.items()}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """The notebook's folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(params=[lab_in_process, lab_over_sockets])
def lab(request):
    with request.param() as lab:
        lab.start("02-flavors")
        yield lab


@pytest.fixture
def quick():
    """In this process only, for what doesn't depend on the transport."""
    with lab_in_process() as lab:
        lab.start("02-flavors")
        yield lab


def names(lab, what="servers", service="compute"):
    return [item["name"] for item in lab.get(f"{lab.endpoint(service)}/{what}").json()[what]]


def wire(exchange):
    return exchange.status_code, list(exchange.headers.items()), exchange.content


def all_rows() -> list[str]:
    return list(clouds("process").live.iterdump())


# --- back, and on from there ---


def test_what_was_made_since_is_gone_and_what_was_there_is_back(lab, capsys):
    kept = new_server(lab, "kept")
    lab.wait(kept)
    lab.save("before")
    lab.delete(lab.endpoint("compute") + "/servers/" + kept.json()["server"]["id"])
    new_server(lab, "new")
    lab.clock.run(100)
    capsys.readouterr()
    lab.restore("before")
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(
        "Restored before.cloud: 1 server, 0 volumes; the cloud's clock shows 2026-01-01 00:00:0"
    )
    assert said[0].endswith("UTC, running at ×1.")
    assert said[1:] == ["lab.token still works."]
    assert names(lab) == ["kept"]
    assert status_of(lab, kept) == "ACTIVE"


def test_the_same_calls_after_a_restore_give_the_same_bytes(quick):
    lab = quick
    image = lab.get(lab.urls["glance"] + "/v2/images?name=cirros").json()["images"][0]["id"]

    def walk():
        made = post_server(lab, image, "twice")
        key = lab.post(lab.endpoint("compute") + "/os-keypairs", json={"keypair": {"name": "a"}})
        login = lab.post(
            lab.urls["keystone"] + "/v3/auth/tokens", json=json.loads(lab.history[0].request.content)
        )
        return [
            wire(x)
            for x in (made, key, login, lab.wait(made), lab.get(lab.endpoint("network") + "/v2.0/ports"))
        ]

    post_server(lab, image, "first")
    lab.save("here")
    first = walk()
    lab.restore("here")
    assert walk() == first
    lab.restore("here")
    assert walk() == first


def test_nothing_is_overdue_after_a_restore_and_what_was_under_way_goes_on(lab):
    made = new_server(lab)
    lab.save("building")
    moment = lab.clock.now
    lab._session.transport.clock.sleep(24 * 3600)
    assert lab.get(lab.endpoint("compute") + "/servers").status_code == 401
    lab.restore("building")
    assert lab.clock.now - moment < timedelta(seconds=1)
    assert status_of(lab, made) == "BUILD"
    assert lab.wait(made).json()["server"]["status"] == "ACTIVE"


def test_a_paused_clock_is_restored_paused(lab, capsys):
    lab.clock.run(10)
    lab.clock.pause()
    lab.save("paused")
    lab.clock.run(2)
    capsys.readouterr()
    lab.restore("paused")
    assert "UTC, paused." in capsys.readouterr().out
    assert (lab.clock.paused, lab.clock.speed) == (True, 10)


def test_a_token_that_is_not_known_there_is_mentioned(quick, capsys):
    lab = quick
    lab.save("before")
    lab.token = "gAAAAABnobody-knows-this-one"
    capsys.readouterr()
    lab.restore("before")
    assert capsys.readouterr().out.splitlines()[1] == "lab.token isn't known there: log in again."
    lab.token = None
    lab.restore("before")
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_one_can_branch(lab):
    lab.save("trunk")
    new_server(lab, "left")
    lab.save("left")
    lab.restore("trunk")
    new_server(lab, "right")
    lab.save("right")
    lab.restore("left")
    assert names(lab) == ["left"]
    lab.restore("right")
    assert names(lab) == ["right"]


def test_a_classmates_file_on_another_machine(quick):
    """Other ports, another seed: the catalog is the running cloud's, ids go on as in the file."""
    theirs = quick
    new_server(theirs, "theirs")
    theirs.save("theirs")
    next_id = new_server(theirs, "next").json()["server"]["id"]
    with lab_in_process("classmate", OTHER_PORTS) as lab:
        cloud = lab._session.transport.adapter._app
        cloud.ids = Ids(7)
        lab.start("02-flavors")
        new_server(lab, "mine")
        lab.restore("theirs")
        lab.start("02-flavors")
        assert names(lab) == ["theirs"]
        assert f":{OTHER_PORTS['nova']}/" in lab.endpoint("compute")
        assert new_server(lab, "next").json()["server"]["id"] == next_id
        assert cloud.ids.seed == 1


def test_images_bytes_come_back(quick):
    lab = quick
    image = {"name": "mine", "disk_format": "raw", "container_format": "bare"}
    made = lab.post(lab.urls["glance"] + "/v2/images", json=image).json()
    url = f"{lab.urls['glance']}/v2/images/{made['id']}/file"
    lab.put(url, data=b"bytes " * 10_000, headers={"Content-Type": "application/octet-stream"})
    lab.save("with-bytes")
    lab.delete(url.removesuffix("/file"))
    lab.restore("with-bytes")
    assert lab.get(url).content == b"bytes " * 10_000


# --- the file ---


def test_the_file_is_one_whole_database_and_its_owners_only(lab, folder):
    lab.save("a")
    assert [path.name for path in folder.iterdir()] == ["a.cloud"]
    if os.name != "nt":
        assert stat.S_IMODE((folder / "a.cloud").stat().st_mode) == 0o600
    with closing(sqlite3.connect(f"file:{folder / 'a.cloud'}?mode=ro", uri=True)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        facts = dict(database.execute("SELECT name, value FROM saved_fact"))
    assert {
        "format",
        "kit",
        "seed",
        "now",
        "speed",
        "paused",
        "counts",
        "service_tokens",
        "token_cache",
    } == set(facts)


def test_to_save_changes_nothing(quick):
    before = all_rows()
    quick.save("a")
    quick.diff("a")
    assert all_rows() == before
    cloud = quick._session.transport.adapter._app
    counts = cloud.ids.counts()
    quick.save("b")
    quick.diff("a", "b")
    assert cloud.ids.counts() == counts


def test_a_file_is_not_replaced_silently(lab, folder):
    lab.save("a")
    new_server(lab)
    before = (folder / "a.cloud").read_bytes()
    with pytest.raises(LabError, match=r"^a\.cloud is there already.*replace=True"):
        lab.save("a")
    assert (folder / "a.cloud").read_bytes() == before
    lab.save("a", replace=True)
    assert (folder / "a.cloud").read_bytes() != before


def test_the_name_may_have_its_ending(quick, folder):
    quick.save("a.cloud")
    quick.restore("a.cloud")
    quick.restore(folder / "a.cloud")
    quick.restore("./a.cloud")
    assert [path.name for path in folder.iterdir()] == ["a.cloud"]


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", ".hidden", "-rf", "a b", "a\0b", "a\n", "é", "x" * 65, "a:b", "$HOME", 5, None, b"a"],
)
def test_names_that_are_none(quick, folder, name):
    for act in (quick.save, quick.restore, quick.diff):
        with pytest.raises(LabError):
            act(name)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["../a", "/tmp/a", "a/b", "..\\a", Path("a")])
def test_a_save_takes_no_path(quick, folder, name):
    with pytest.raises(LabError, match="not a path"):
        quick.save(name)
    assert list(folder.iterdir()) == []


def test_a_link_in_the_way_is_replaced_not_followed(quick, folder):
    (folder / "precious").write_text("stays")
    (folder / "a.cloud").symlink_to(folder / "precious")
    with pytest.raises(LabError, match="there already"):
        quick.save("a")
    quick.save("a", replace=True)
    assert (folder / "precious").read_text() == "stays"
    assert not (folder / "a.cloud").is_symlink()


def test_a_folder_in_the_way(quick, folder):
    (folder / "a.cloud").mkdir()
    with pytest.raises(LabError, match="is a folder"):
        quick.save("a", replace=True)


def test_a_full_disk_leaves_no_half_of_a_file(quick, folder, monkeypatch):
    def full(source, target):
        target.write(b"half")
        raise OSError(28, "No space left on device")

    quick.save("a")
    before = (folder / "a.cloud").read_bytes()
    monkeypatch.setattr(saved_file.shutil, "copyfileobj", full)
    with pytest.raises(LabError, match="disk is full"):
        quick.save("a", replace=True)
    assert [path.name for path in folder.iterdir()] == ["a.cloud"]
    assert (folder / "a.cloud").read_bytes() == before


def test_a_notebooks_folder_that_is_gone(quick, tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(LabError, match="folder is gone"):
        quick.save("a")


# --- files that are none ---


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.executescript(";".join(statements))


HOSTILE = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("no database " * 100),
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "head only": lambda path: path.write_bytes(path.read_bytes()[:100]),
    "overwritten": lambda path: path.write_bytes(
        path.read_bytes()[:20_000] + b"\xff" * 8192 + path.read_bytes()[28_192:]
    ),
    "another database": lambda path: change(path, *(f'DROP TABLE "{t}"' for t in ("saved_fact",))),
    "no facts": lambda path: change(path, "DELETE FROM saved_fact"),
    "another format": lambda path: change(path, "UPDATE saved_fact SET value = 2 WHERE name = 'format'"),
    "facts that are no JSON": lambda path: change(
        path, "UPDATE saved_fact SET value = '{' WHERE name = 'now'"
    ),
    "a bad time": lambda path: change(path, "UPDATE saved_fact SET value = '\"soon\"' WHERE name = 'now'"),
    "a bad speed": lambda path: change(path, "UPDATE saved_fact SET value = '1e9' WHERE name = 'speed'"),
    "bad counts": lambda path: change(path, "UPDATE saved_fact SET value = '{}' WHERE name = 'counts'"),
    "bad tokens": lambda path: change(path, "UPDATE saved_fact SET value = '[1]' WHERE name = 'token_cache'"),
    "a row that is no JSON": lambda path: change(path, "UPDATE keystone_user SET extra = '{'"),
    "a newer one": lambda path: change(path, "PRAGMA user_version = 99"),
    "too old a one": lambda path: change(path, "PRAGMA user_version = 1"),
    "an unknown table": lambda path: change(path, "CREATE TABLE evil (id)"),
    "a trigger": lambda path: change(
        path, "CREATE TRIGGER evil AFTER INSERT ON nova_server BEGIN DELETE FROM keystone_user; END"
    ),
    "a view": lambda path: change(path, "CREATE VIEW evil AS SELECT 1"),
    "other pages": lambda path: change(path, "PRAGMA page_size = 1024", "VACUUM"),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a link": lambda path: (path.rename(path.with_name("b")), path.symlink_to("b")),
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "nothing": lambda path: path.unlink(),
}


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    """A saved cloud, to be spoiled as a copy."""
    path = tmp_path_factory.mktemp("good") / "good.cloud"
    cloud = clouds("process").make(clock=SteeredClock(ManualClock()))
    saves.save(cloud, {"file": str(path)})
    return path


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_saved_cloud_changes_nothing(quick, folder, good, kind):
    lab = quick
    shutil.copy(good, folder / "a.cloud")
    HOSTILE[kind](folder / "a.cloud")
    new_server(lab, "mine")
    cloud = lab._session.transport.adapter._app
    before = (
        all_rows(),
        cloud.ids.counts(),
        cloud.clock.steering,
        cloud.peers.as_dict(),
        cloud.token_cache.as_list(),
    )
    for act in (lab.restore, lab.diff):
        with pytest.raises(LabError, match=r"a\.cloud") as caught:
            act("a")
        assert str(folder) not in str(caught.value)
    after = (
        all_rows(),
        cloud.ids.counts(),
        cloud.clock.steering,
        cloud.peers.as_dict(),
        cloud.token_cache.as_list(),
    )
    assert after == before
    assert names(lab) == ["mine"]


def test_the_good_file_is_good(quick, folder, good):
    """Else the test above would prove nothing."""
    shutil.copy(good, folder / "a.cloud")
    quick.restore("a")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="modes don't hold root back")
def test_a_file_that_may_not_be_read(quick, folder, good):
    shutil.copy(good, folder / "a.cloud")
    (folder / "a.cloud").chmod(0)
    with pytest.raises(LabError, match="Permission denied"):
        quick.restore("a")


def test_an_older_file_is_brought_up_to_date(quick, folder, good):
    shutil.copy(good, folder / "a.cloud")
    change(
        folder / "a.cloud", "DROP TABLE cinder_message", "ALTER TABLE nova_server DROP COLUMN locked_reason"
    )
    cloud = quick._session.transport.adapter._app
    counts = cloud.ids.counts()
    quick.diff("a")
    assert cloud.ids.counts() == counts
    quick.restore("a")
    quick.start("02-flavors")
    assert names(quick) == []


@pytest.mark.parametrize("where", [":memory:", "cloud.db"])
def test_a_restore_that_fails_half_way_leaves_the_old_state(folder, where):
    """The cloud's own disk is full: SQLite may not add a page."""
    watch = ManualClock()
    cloud = create_cloud(clock=SteeredClock(watch), database=where)
    lab = Lab(lab_transport(cloud, watch))
    lab.start("02-flavors")
    image = {"name": "big", "disk_format": "raw", "container_format": "bare"}
    made = lab.post(lab.urls["glance"] + "/v2/images", json=image).json()
    url = f"{lab.urls['glance']}/v2/images/{made['id']}"
    lab.put(url + "/file", data=bytes(3_000_000), headers={"Content-Type": "application/octet-stream"})
    lab.save("big")
    lab.restore("big")
    cloud.store._driver.execute("VACUUM")
    lab.delete(url)
    cloud.store._driver.execute("VACUUM")
    new_server(lab, "mine")
    cloud.store._driver.execute("PRAGMA max_page_count = 400")
    rows, steering = list(cloud.store._driver.iterdump()), cloud.clock.steering
    with pytest.raises(LabError, match="disk is full"):
        lab.restore("big")
    assert list(cloud.store._driver.iterdump()) == rows
    assert cloud.clock.steering == steering
    assert names(lab) == ["mine"]
    cloud.store._driver.execute("PRAGMA max_page_count = 100000")
    lab.restore("big")
    assert lab.get(url + "/file").content == bytes(3_000_000)
    cloud.close()


def test_a_cloud_that_was_killed_right_after_the_rows_were_there_ends_the_restore_when_it_starts(
    folder, good
):
    shutil.copy(good, folder / "cloud.db")
    kept = {}
    watch = ManualClock(ManualClock().now() + timedelta(days=3))
    cloud = create_cloud(clock=SteeredClock(watch), database="cloud.db", seed=7, keep=kept.update)
    assert cloud.clock.now() == ManualClock().now()
    assert cloud.ids.seed == kept["restored_seed"] == 1
    assert kept["clock"] == cloud.clock.steering.as_dict()
    with cloud.store.transaction() as session:
        assert saves.facts_of(session) == {}
    cloud.close()


def test_what_cannot_be_kept_is_found_out_before_the_rows_go(quick, folder, good):
    shutil.copy(good, folder / "a.cloud")

    def refuse(settings):
        raise BadOrder("the disk is full")

    quick._session.transport.adapter._app.keep = refuse
    new_server(quick, "mine")
    before = all_rows()
    for act in (lambda: quick.restore("a"), quick.clock.pause, lambda: quick.clock.step()):
        with pytest.raises(LabError, match="full"):
            act()
    assert all_rows() == before
    assert not quick.clock.paused


def test_a_relative_path_is_no_order(quick):
    with pytest.raises(LabError, match="absolute"):
        quick._inside.order("POST", "/restore", file="a.cloud")

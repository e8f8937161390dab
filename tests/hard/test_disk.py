"""The disk fills up while the cloud runs: each service's own 500, nothing acknowledged is lost, it goes on later.

Twice: on a real small disk (a tmpfs, where one can be mounted), and with `PRAGMA max_page_count` as its stand-in, which
gives SQLite's same error at the page after the last.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cloudlab.sim.clock import ManualClock
from cloudlab.sim.cloud import Cloud, create_cloud
from tests.hard.disk import small_disk
from tests.hard.runner import Inside
from tests.hard.state import State, half_made
from tests.hard.stream import FLAVOR, IMAGE, a_public_key
from tests.hard.wire import CINDER, GLANCE, NOVA, Got, Wire

PAGE = 4096


@dataclass
class Place:
    """A cloud, and how its disk fills up and empties."""

    cloud: Cloud
    fill: Callable[[], None]
    empty: Callable[[], None]

    def log_in(self, user: str) -> Wire:
        return Inside(self.cloud).log_in(user, user)


@pytest.fixture(params=["disk", "stand-in"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "stand-in":
        cloud = create_cloud(ManualClock(), tmp_path / "cloud.db")
        yield Place(cloud, lambda: limit(cloud, 0), lambda: limit(cloud, 1_000_000))
        cloud.close()
        return
    with small_disk(tmp_path / "disk", megabytes=16) as disk:  # the WAL alone grows to 4
        cloud = create_cloud(ManualClock(), disk.path / "cloud.db")
        yield Place(cloud, disk.fill, disk.empty)
        cloud.close()


def limit(cloud: Cloud, more: int) -> None:
    """Let the file grow by so many pages from now on; spare ones in it are used up first."""
    with cloud.store.transaction() as session:
        pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar_one()
        session.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages + more}")


def order(name: str) -> dict:
    return {"server": {"name": name, "imageRef": IMAGE, "flavorRef": FLAVOR}}


def make_until_full(demo: Wire) -> tuple[list[str], Got]:
    """Key pairs until there is no more room: the names that were acknowledged, and the refusal."""
    made: list[str] = []
    while True:
        name = f"key-{len(made)}"
        body = {"keypair": {"name": name, "public_key": f"{a_public_key(name)} {'x' * 50_000}"}}
        got = demo.ask("POST", "nova", f"{NOVA}/os-keypairs", body)
        if not got.ok:
            return made, got
        made.append(name)


def keys(demo: Wire) -> list[str]:
    return [one["keypair"]["name"] for one in demo.ask("GET", "nova", f"{NOVA}/os-keypairs").json["keypairs"]]


def test_a_full_disk_is_novas_own_500_and_loses_nothing(place: Place, caplog) -> None:
    demo = place.log_in("demo")
    place.fill()
    made, got = make_until_full(demo)
    assert got.status == 500
    assert got.json["computeFault"]["code"] == 500
    assert got.json["computeFault"]["message"].startswith("Unexpected API Error. Please report this at")
    assert keys(demo) == made  # what only reads goes on, and sees what was acknowledged, no more
    assert "Traceback" not in caplog.text and "database or disk is full" in caplog.text
    place.empty()
    again = {"keypair": {"name": "again", "public_key": a_public_key("again")}}
    assert demo.ask("POST", "nova", f"{NOVA}/os-keypairs", again).ok
    assert sorted(keys(demo)) == sorted([*made, "again"])


def test_every_service_has_its_own_500(place: Place) -> None:
    demo, admin = place.log_in("demo"), place.log_in("admin")
    place.fill()
    make_until_full(demo)
    long = {"extra": "x" * 60_000}
    calls = {
        "keystone": ("/v3/users", {"user": {"name": "kim", **long}}),
        "cinder": (f"{CINDER}/{admin.project_id}/volumes", {"volume": {"size": 1, "metadata": many()}}),
        "glance": (
            f"{GLANCE}/images",
            {"name": "i", "disk_format": "raw", "container_format": "bare", **long},
        ),
        "neutron": ("/v2.0/networks", {"network": {"name": "n", "description": "d" * 255}}),
    }
    said = {}
    for service, (path, body) in calls.items():
        for _ in range(100):  # the smaller ones fit in for a while
            got = admin.ask("POST", service, path, body)
            if got.status != 201 and got.status != 202:
                break
        said[service] = (got.status, got.content.decode())
    assert {status for status, _ in said.values()} == {500}, said
    assert json.loads(said["keystone"][1])["error"]["title"] == "Internal Server Error"
    assert json.loads(said["cinder"][1])["computeFault"]["code"] == 500
    assert "500 Internal Server Error" in said["glance"][1]
    assert json.loads(said["neutron"][1])["NeutronError"]["type"] == "HTTPInternalServerError"


def many() -> dict[str, str]:
    return {f"name-{number}": "v" * 255 for number in range(100)}


def test_what_was_acknowledged_is_finished_when_there_is_room(place: Place, caplog) -> None:
    """The steps of servers' builds find the disk full: they wait, and none is dropped."""
    demo, admin = place.log_in("demo"), place.log_in("admin")
    assert all(demo.ask("POST", "nova", f"{NOVA}/servers", order(f"s{n}")).status == 202 for n in range(8))
    place.fill()
    make_until_full(demo)
    statuses = wait(place, demo)
    assert set(statuses) <= {"BUILD", "ACTIVE"} and "BUILD" in statuses  # a small step may still find room
    assert "could not be kept: database or disk is full" in caplog.text.split("task ", 1)[1]
    place.empty()
    assert wait(place, demo) == ["ACTIVE"] * 8
    state = State(demo, admin)
    assert list(half_made(state)) == []
    assert all(demo.ask("DELETE", "nova", f"{NOVA}/servers/{id}").status == 204 for id in state.servers)
    assert wait(place, demo) == []
    assert list(half_made(State(demo, admin))) == []


def test_wherever_it_gets_full(tmp_path: Path, caplog) -> None:
    """In the middle of a call between services, of a savepoint, of a COMMIT: a page later each time."""
    cloud = create_cloud(ManualClock(), tmp_path / "cloud.db")
    place = Place(cloud, lambda: limit(cloud, 0), lambda: limit(cloud, 1_000_000))
    demo, admin = place.log_in("demo"), place.log_in("admin")
    for number in range(10):
        place.fill()
        make_until_full(demo)
        limit(cloud, number)
        statuses = [
            demo.ask("POST", "nova", f"{NOVA}/servers", order(f"s{number}-{n}")).status for n in range(3)
        ]
        assert set(statuses) <= {202, 500, 403}, statuses
        wait(place, demo)
        place.empty()
        wait(place, demo)
        state = State(demo, admin)
        assert list(half_made(state)) == []
        for id in state.servers:
            assert demo.ask("DELETE", "nova", f"{NOVA}/servers/{id}").status == 204
        for name in keys(demo):
            demo.ask("DELETE", "nova", f"{NOVA}/os-keypairs/{name}")
        wait(place, demo)
    assert list(half_made(State(demo, admin))) == []
    assert "Traceback" not in caplog.text
    cloud.close()


def wait(place: Place, demo: Wire) -> list[str]:
    """Twenty seconds of the cloud's time, in which every list is answered; the servers' statuses at the end."""
    assert isinstance(place.cloud.clock, ManualClock)
    for _ in range(10):
        place.cloud.clock.advance(2)
        got = demo.ask("GET", "nova", f"{NOVA}/servers/detail")
        assert got.status == 200
    return [server["status"] for server in got.json["servers"]]


def test_an_upload_that_finds_no_room(place: Place) -> None:
    demo = place.log_in("demo")
    image = {"name": "big", "disk_format": "raw", "container_format": "bare"}
    path = f"{GLANCE}/images/{demo.ask('POST', 'glance', f'{GLANCE}/images', image).json['id']}"
    place.fill()
    assert demo.ask("PUT", "glance", f"{path}/file", raw=bytes(3_000_000)).status == 500
    assert demo.ask("GET", "glance", path).json["status"] == "queued"
    place.empty()
    assert demo.ask("PUT", "glance", f"{path}/file", raw=bytes(300_000)).status == 204
    assert demo.ask("GET", "glance", f"{path}/file").content == bytes(300_000)

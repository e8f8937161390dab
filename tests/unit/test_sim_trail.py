"""The trail: each change of a state leaves one mark, in the recorded order; what is undone leaves none."""

import itertools
import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from cloudlab import LabError
from cloudlab.sim import trail
from cloudlab.sim.cinder.life import SNAPSHOT_MOVES, VOLUME_MOVES
from cloudlab.sim.cinder.model import Volume
from cloudlab.sim.cloud import create_cloud
from cloudlab.sim.nova import actions, life
from cloudlab.sim.nova.states import ASKED, MACHINES
from tests.gold.story import STORIES, read_text
from tests.unit.learner import Learner

BUILD = [
    "BUILD / scheduling",
    "BUILD",
    "BUILD / networking",
    "BUILD / block_device_mapping",
    "BUILD / spawning",
    "ACTIVE",
]
# Recorded step → the action that was recorded there, and the status in which it ends.
ACTIONS = {
    "after_stop_STATES": ({"os-stop": None}, "SHUTOFF"),
    "after_start_STATES": ({"os-start": None}, "ACTIVE"),
    "after_reboot_soft_STATES": ({"reboot": {"type": "SOFT"}}, "ACTIVE"),
    "after_reboot_hard_STATES": ({"reboot": {"type": "HARD"}}, "ACTIVE"),
    "after_pause_STATES": ({"pause": None}, "PAUSED"),
    "after_unpause_STATES": ({"unpause": None}, "ACTIVE"),
    "after_suspend_STATES": ({"suspend": None}, "SUSPENDED"),
    "after_resume_STATES": ({"resume": None}, "ACTIVE"),
    "after_rescue_STATES": ({"rescue": None}, "RESCUE"),
    "after_unrescue_STATES": ({"unrescue": None}, "ACTIVE"),
    "after_shelve_STATES": ({"shelve": None}, "SHELVED_OFFLOADED"),
    "after_unshelve_STATES": ({"unshelve": None}, "ACTIVE"),
    "after_resize_STATES": ({"resize": {"flavorRef": "2"}}, "VERIFY_RESIZE"),
    "after_confirm_resize_STATES": ({"confirmResize": None}, "ACTIVE"),
    "after_resize2_STATES": ({"resize": {"flavorRef": "3"}}, "VERIFY_RESIZE"),
    "after_revert_resize_STATES": ({"revertResize": None}, "ACTIVE"),
}


def recorded() -> dict[str, list[str]]:
    """The orders of states that a real cloud showed, by step, as `STATUS / task`; its 404 is `gone`."""
    found = {}
    for story in STORIES:
        for step in json.loads(read_text(story))["steps"]:
            if step.get("states"):
                found[f"{story} {step['step'].split('_', 1)[1]}"] = [shown(state) for state in step["states"]]
    return found


def shown(state: dict) -> str:
    if "http" in state:
        return "gone"
    task = state.get("OS-EXT-STS:task_state")
    return f"{state['status']} / {task}" if task else state["status"]


@pytest.fixture(scope="module")
def learner():
    return Learner()


def test_a_server_is_built_in_the_recorded_order(learner):
    id = learner.server()
    assert learner.road(id) == BUILD == recorded()["nova_v21 server_STATES"]
    told = learner.order(id)
    assert (told["kind"], told["id"], told["name"]) == ("server", id, "MyFirstApiVm")
    times = [datetime.fromisoformat(mark["time"]) for mark in told["path"]]
    assert [(time - times[0]).total_seconds() for time in times] == [0, 0.4, 0.9, 1.7, 2.0, 3.0]


def test_every_action_takes_the_recorded_road(learner):
    id = learner.server("walker")
    orders = recorded()
    for step, (action, until) in ACTIONS.items():
        before = learner.road(id)
        learner.act(id, until, **action)
        ours = learner.road(id)[len(before) :]
        wanted = [state for state in orders[f"nova_v2 {step}"] if state != before[-1]]  # a poll's first look
        assert wanted == [state for state in ours if state in wanted], (step, ours)
        assert len(ours) - len(wanted) <= 1, (step, ours)  # a poll may miss a short one


def test_a_server_that_is_deleted_has_its_whole_road(learner):
    id = learner.server("leaver")
    learner.ask("DELETE", "compute", f"/servers/{id}")
    learner.until("compute", f"/servers/{id}", "gone")
    assert learner.road(id) == [*BUILD, *recorded()["nova_v21 server_deleted_STATES"]]


def test_a_volume_that_is_attached_and_detached(learner):
    server, volume = learner.server("host"), learner.volume()
    learner.attach(server, volume)
    learner.ask("DELETE", "compute", f"/servers/{server}/os-volume_attachments/{volume}")
    learner.until("block-storage", f"/volumes/{volume}", "available")
    snapshot = learner.ask("POST", "block-storage", "/snapshots", snapshot={"volume_id": volume}).json()[
        "snapshot"
    ]["id"]
    learner.until("block-storage", f"/snapshots/{snapshot}", "available")
    learner.ask("DELETE", "block-storage", f"/volumes/{volume}?cascade=true")
    learner.until("block-storage", f"/volumes/{volume}", "gone")
    made, attached, detached = (
        ["creating", "available"],
        ["reserved", "attaching", "in-use"],
        ["detaching", "available"],
    )
    orders = recorded()
    assert orders["nova_v21 cinder_volume_STATES"] == attached
    assert orders["nova_v21 cinder_volume_detach_STATES"] == detached
    assert learner.road(volume) == [*made, *attached, *detached, "deleting", "gone"]
    assert learner.road(snapshot) == [*made, "deleting", "gone"], "with its volume"
    assert learner.order(snapshot)["kind"] == "snapshot"


def test_every_recorded_order_is_a_way_through_the_moves():
    """The data that is drawn knows each step that a real cloud was seen to take (polls may have missed one between)."""
    moves = {"nova": life.moves(), "cinder": VOLUME_MOVES + SNAPSHOT_MOVES}
    orders = recorded()
    assert len(orders) > 40
    for step, states in orders.items():
        known = moves["nova" if " " in states[0] or states[0].isupper() or "_" in states[0] else "cinder"]
        for start, to in itertools.pairwise(states):
            assert reaches(known, start, to), (step, start, to)


def reaches(moves, start: str, to: str) -> bool:
    first = {move.to for move in moves if move.start == start}
    return to in first or any(move.to == to and move.by == "" for move in moves if move.start in first)


def test_what_ends_badly_is_a_move_that_the_data_has():
    """Each way in which a driver breaks, and a server that can't be deleted: the picture knows these ends."""
    learner = Learner()
    faults, old = learner.lab.faults, learner.volume()
    server = learner.server()
    for operation in ("create", "snapshot", "extend", "delete"):
        faults.driver_fails(operation)
    new = learner.ask("POST", "block-storage", "/volumes", volume={"size": 1}).json()["volume"]["id"]
    learner.until("block-storage", f"/volumes/{new}", "error")
    wish = {"volume_id": old}
    shot = learner.ask("POST", "block-storage", "/snapshots", snapshot=wish).json()["snapshot"]["id"]
    learner.until("block-storage", f"/snapshots/{shot}", "error")
    learner.ask("DELETE", "block-storage", f"/snapshots/{shot}")
    learner.until("block-storage", f"/snapshots/{shot}", "gone")
    learner.ask("POST", "block-storage", f"/volumes/{old}/action", **{"os-extend": {"new_size": 2}})
    learner.until("block-storage", f"/volumes/{old}", "error_extending")
    learner.ask("DELETE", "block-storage", f"/volumes/{old}")
    learner.until("block-storage", f"/volumes/{old}", "error_deleting")
    faults.answers("neutron", 503)
    learner.ask("DELETE", "compute", f"/servers/{server}")
    cloud_of(learner).clock._base.advance(120)
    ends = {new: "error", shot: "gone", old: "error_deleting", server: "ERROR / deleting"}
    assert {id: learner.road(id)[-1] for id in ends} == ends
    for id in ends:
        assert_known(learner.order(id))


def test_what_fails_leads_on_by_no_step_of_its_own(learner):
    """BUILD / deleting can be two pairs of states that look alike: the road of one is not the other's."""
    drawn = learner.lab.states({"server": {"id": learner.server("alike")}}, full=True)
    states = {move.to for move in drawn.moves}
    failures = [way for state in states for way in drawn.ways(state) if way.by == trail.FAILURE]
    assert len(failures) > 20
    assert [way for way in failures if way.through or "gone" in way.ends] == []


def assert_known(told):
    known = {(move["from"], move["to"]) for move in told["moves"]}
    road = ["", *(mark["state"] for mark in told["path"])]
    assert {(a, b) for a, b in itertools.pairwise(road)} <= known


def test_whatever_was_marked_is_a_move_that_the_data_has(learner):
    """All roads of this file's stories: the simulator goes nowhere that the picture doesn't know."""
    cloud = cloud_of(learner)
    with cloud.looked_into() as session:
        ids = list(session.scalars(select(trail.Mark.id).distinct()))
    assert len(ids) >= 5
    for id in ids:
        assert_known(learner.order(id))


def cloud_of(learner: Learner):
    return learner.lab._session.transport.adapter._app


def test_calls_are_named_as_a_client_writes_them():
    plain = {ASKED.get(name, machine.action).split(" ")[0] for name, machine in life.EVERY.items()}
    assert plain - {"POST", "DELETE"} <= set(actions.ROWS)
    assert set(ASKED) <= set(life.EVERY) and set(MACHINES) <= set(life.EVERY)


def test_a_server_that_never_ran_can_only_be_deleted():
    """As recorded for one that no host could hold (limits/014_failed_reboot)."""
    asked = {move.by for move in life.moves(False)} - {life.BY_ITSELF, trail.FAILURE}
    assert asked == {"POST /servers", "DELETE"} < {move.by for move in life.moves(True)}


def test_a_refused_request_leaves_no_trace(learner):
    cloud = cloud_of(learner)
    before = count(cloud)
    url = learner.lab.endpoint("block-storage") + "/volumes"
    assert learner.lab.post(url, json={"volume": {"size": 1, "imageRef": "nowhere"}}).status_code == 400
    assert learner.lab.post(url, json={"volume": {"size": 10**6}}).status_code in (400, 413)
    assert count(cloud) == before


def count(cloud) -> int:
    with cloud.looked_into() as session:
        return session.scalar(select(func.count()).select_from(trail.Mark))


def volume_row(id: str = "v1", **more) -> Volume:
    time = datetime(2026, 1, 1, tzinfo=UTC)
    return Volume(id=id, project_id="p", user_id="u", size=1, created_at=time, volume_type_id="t", **more)


def test_what_is_rolled_back_leaves_no_trace():
    cloud = create_cloud()
    with pytest.raises(ZeroDivisionError), cloud.store.transaction() as session:
        session.add(volume_row())
        session.flush()
        assert session.scalar(select(func.count()).select_from(trail.Mark)) == 1
        _ = 1 / 0
    assert count(cloud) == 0
    with cloud.store.transaction() as session:
        session.add(volume_row())
        session.flush()
        inner = session.begin_nested()  # a call to another service that is refused
        session.get_one(Volume, "v1").status = "error"
        session.flush()
        inner.rollback()
    assert [mark["state"] for mark in trail.tell(cloud, "volume", "v1")["path"]] == ["creating"]


def test_a_change_of_anything_else_is_no_mark():
    cloud = create_cloud()
    with cloud.store.transaction() as session:
        session.add(volume_row())
        session.flush()
        row = session.get_one(Volume, "v1")
        row.name, row.status = "other", "creating"
        session.flush()
    assert count(cloud) == 1


def test_the_oldest_marks_go_first(monkeypatch):
    monkeypatch.setattr(trail, "LIMIT", 5)
    cloud = create_cloud()
    with cloud.store.transaction() as session:
        for number in range(8):
            session.add(volume_row(f"v{number}"))
            session.flush()
    with cloud.looked_into() as session:
        assert list(session.scalars(select(trail.Mark.id))) == [f"v{number}" for number in range(3, 8)]
    forgotten = trail.tell(cloud, "", "v0")
    assert [mark["state"] for mark in forgotten["path"]] == ["creating"], (
        "what it is now is known all the same"
    )


def test_who_asks_for_nothing_that_is_there_is_told(learner):
    with pytest.raises(LabError, match="no volume with the id 'x'"):
        learner.order("x", "volume")
    with pytest.raises(LabError, match="no server, volume or snapshot"):
        learner.order("x")
    with pytest.raises(LabError, match="no dragon"):
        learner.order("x", "dragon")


def test_the_seconds_are_this_clouds():
    cloud = create_cloud(profile="instant")
    with cloud.store.transaction() as session:
        session.add(volume_row())
    assert {move["seconds"] for move in trail.tell(cloud, "volume", "v1")["moves"]} == {0.0}

"""The judges can say no: each rule is broken once, by hand."""

import json

import pytest

from tests.attack import invariants
from tests.attack.judge import Wrong, judge, nothing_changed, nothing_of_others
from tests.attack.plant import MARK
from tests.attack.target import Answer, Shot, Target

SHOT = Shot("demo", "GET", "nova", "/v2.1/servers")
KIND, ID = ("Content-Type", "application/json"), ("x-openstack-request-id", "req-" + "0" * 36)


def broken(status: int = 200, body: object = None, headers: object = None, **more: object) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, [KIND, ID] if headers is None else headers, content, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (broken(500, {"computeFault": {"code": 500, "message": "x"}}), "500 of GET nova"),
        (broken(200, {}, bugs=("KeyError at nova/x.py:1: 'a'",)), "KeyError at nova/x.py:1"),
        (broken(200, b"{"), "says JSON and isn't"),
        (broken(200, []), "answers no object"),
        (broken(400, {"badRequest": {"code": 404, "message": ""}}), "another code"),
        (broken(400, {"a": 1, "b": 2}), "has no form"),
        (broken(400, b"Traceback (most recent", [("Content-Type", "text/plain"), ID]), "shows its inside"),
        (broken(200, {}, [KIND]), "gives no request id"),
        (broken(200, {}, [KIND, ID, ("X-A", "b\r\nX-C: d")]), "is no header"),
        (broken(200, {}, [KIND, ID, ("Content-Length", "9")]), "Content-Length"),
        (broken(200, {"name": MARK}), "a neighbour's name"),
    ],
)
def test_an_answer_that_is_none(target: Target, answer: Answer, says: str) -> None:
    with pytest.raises(Wrong, match=says):
        judge(target, SHOT, answer, SHOT.text())


def test_a_neighbours_id_and_a_strangers_view(target: Target) -> None:
    with pytest.raises(Wrong, match="a neighbour's id"):
        judge(target, SHOT, broken(200, {"id": target.foreign["servers"][0]}), SHOT.text())
    with pytest.raises(Wrong, match="answers a stranger"):
        judge(target, Shot(None, "GET", "nova", "/v2.1/flavors"), broken(200, {}), "")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE nova_server SET name = 'x' WHERE id = '{servers}'",
        "DELETE FROM cinder_volume WHERE id = '{volumes}'",
        "INSERT INTO neutron_ip_allocation (port_id, subnet_id, ip_address) SELECT '{ports}', id, '9.9.9.9' "
        "FROM neutron_subnet LIMIT 1",
    ],
)
def test_a_neighbours_row_that_changed(target: Target, change: str) -> None:
    target.fresh()
    target.live.execute(change.format(**{name: ids[0] for name, ids in target.foreign.items() if ids}))
    with pytest.raises(Wrong, match="neighbour"):
        nothing_of_others(target, "")
    if "cinder" not in change:  # there a reader may
        with pytest.raises(Wrong, match="reader"):
            nothing_changed(target, target.first)


BREAKING = {
    "volumes_once": "INSERT INTO cinder_attachment SELECT 'x', volume_id, instance_uuid, status, attach_mode,"
    " mountpoint, attached_host, attach_time, detach_time, created_at, connection_info FROM cinder_attachment LIMIT 1",
    "both_know": "UPDATE nova_block_device SET attachment_id = 'other'",
    "ports_have_owners": "UPDATE neutron_port SET device_id = 'gone' WHERE device_owner LIKE 'compute:%'",
    "room_is_exact": "UPDATE placement_allocation SET used = used + 1",
    "states_are_known": "UPDATE nova_server SET task_state = 'rebooting'",
    "addresses_once": "UPDATE neutron_floatingip SET floating_ip_address = '172.24.4.99'",
}


@pytest.mark.parametrize("rule", BREAKING)
def test_an_invariant_that_is_broken(target: Target, rule: str) -> None:
    invariants.check(target.fresh())
    target.live.execute(BREAKING[rule])
    with pytest.raises(Wrong, match=rule):
        invariants.check(target)


def test_a_quota_that_is_not_the_sum(target: Target) -> None:
    invariants.quotas(target.fresh(), "demo")
    target.live.execute("UPDATE nova_server SET ram = ram + 1")
    with pytest.raises(Wrong, match="are not the sum"):
        invariants.quotas(target, "demo")

"""Stories of actions: stop, start, reboot, console, image, and what is remembered (recordings nova_*/135 … 213)."""

from typing import Any

import pytest

from tests.api.servers import act, built, create, fault, mv, show, state, states, volume

Api = Any
ACTIVE, SHUTOFF = "ACTIVE None active 1", "SHUTOFF None stopped 4"
# action, body → the states that follow, as recorded in nova_v2
ROUND_TRIPS = [
    [("os-stop", None, ["ACTIVE powering-off active 1", SHUTOFF]),
     ("os-start", None, ["SHUTOFF powering-on stopped 4", ACTIVE])],
    [("reboot", {"type": "SOFT"},
      ["REBOOT rebooting active 1", "REBOOT reboot_pending active 1", "REBOOT reboot_started active 1", ACTIVE]),
     ("reboot", {"type": "HARD"},
      ["HARD_REBOOT rebooting_hard active 1", "HARD_REBOOT reboot_pending_hard active 1",
       "HARD_REBOOT reboot_started_hard active 1", ACTIVE])],
    [("pause", None, ["ACTIVE pausing active 1", "PAUSED None paused 1"]),
     ("unpause", None, ["PAUSED unpausing paused 1", ACTIVE])],
    [("suspend", None, ["ACTIVE suspending active 1", "SUSPENDED None suspended 1"]),
     ("resume", None, ["SUSPENDED resuming suspended 1", ACTIVE])],
    [("rescue", None, ["ACTIVE rescuing active 1", "RESCUE None rescued 4"]),
     ("unrescue", None, ["RESCUE unrescuing rescued 4", ACTIVE])],
    [("shelve", None,
      ["ACTIVE shelving active 1", "ACTIVE shelving_image_uploading active 1",
       "SHELVED shelving_offloading shelved 4", "SHELVED_OFFLOADED None shelved_offloaded 4"]),
     ("unshelve", None,
      ["SHELVED_OFFLOADED unshelving shelved_offloaded 4", "SHELVED_OFFLOADED spawning shelved_offloaded 4", ACTIVE])],
    [("rebuild", "image",
      ["REBUILD rebuilding active 1", "REBUILD rebuild_block_device_mapping active 1",
       "REBUILD rebuild_spawning active 1", ACTIVE])],
]  # fmt: skip
RESIZING = [
    "RESIZE resize_prep active 1",
    "RESIZE resize_migrating active 1",
    "RESIZE resize_migrated active 1",
    "RESIZE resize_finish active 1",
    "VERIFY_RESIZE None resized 1",
]


@pytest.mark.parametrize("trip", ROUND_TRIPS, ids=[trip[0][0] for trip in ROUND_TRIPS])
def test_states_follow_in_the_recorded_order(api: Api, trip: Any) -> None:
    server_id = built(api)
    for action, wanted, expected in trip:
        if wanted == "image":
            wanted = {"imageRef": show(api, server_id)["image"]["id"]}
        answer = act(api, server_id, action, wanted)
        assert answer.status_code in (200, 202), answer.text
        assert states(api, server_id, 5) == expected


def test_a_wrong_state_is_a_conflict_that_says_which(api: Api) -> None:
    server_id = built(api)
    start = f"Cannot 'start' instance {server_id} while it is in"
    assert fault(act(api, server_id, "os-start")) == (409, f"{start} vm_state active")
    act(api, server_id, "os-stop")
    again = f"Cannot 'stop' instance {server_id} while it is in task_state powering-off"
    assert fault(act(api, server_id, "os-stop")) == (409, again)
    api.advance(5)
    soft = f"Cannot 'reboot' instance {server_id} while it is in vm_state stopped"
    assert fault(act(api, server_id, "reboot", {"type": "SOFT"})) == (409, soft)
    assert act(api, server_id, "reboot", {"type": "hard"}).status_code == 202
    young = create(api, "young")
    assert fault(act(api, young, "os-stop")) == (409, f"Instance {young} is not ready")
    api.advance(1)
    building = f"Cannot 'stop' instance {young} while it is in vm_state building"
    assert fault(act(api, young, "os-stop")) == (409, building)


def test_deleting_ends_what_was_under_way(api: Api) -> None:
    for action in ("os-stop", "pause", "shelve"):
        server_id = built(api)
        act(api, server_id, action)
        api.delete("nova", f"/v2.1/servers/{server_id}")
        assert states(api, server_id, 5)[1:] == ["DELETED None deleted 0", "404"]


def test_what_is_no_action(api: Api) -> None:
    server_id = built(api)
    assert fault(act(api, server_id, "os-nope")) == (400, "There is no such action: os-nope")
    path = f"/v2.1/servers/{server_id}/action"
    for body in ({}, [], {"os-stop": None, "os-start": None}, 7):
        assert fault(api.post("nova", path, body)) == (400, "Malformed request body")
    assert fault(act(api, server_id, "reboot", {"type": "XXX"})) == (
        400,
        "Invalid input for field/attribute type. Value: XXX. "
        "'XXX' is not one of ['HARD', 'Hard', 'hard', 'SOFT', 'Soft', 'soft']",
    )


def test_a_lock_holds_members_up_and_not_admins(api: Api) -> None:
    server_id = built(api)
    assert act(api, server_id, "lock", {"locked_reason": "mine"}, headers=mv("2.73")).status_code == 202
    assert show(api, server_id, headers=mv("2.73"))["locked_reason"] == "mine"
    assert fault(act(api, server_id, "os-stop")) == (409, f"Instance {server_id} is locked")
    assert api.delete("nova", f"/v2.1/servers/{server_id}").status_code == 409
    assert act(api, server_id, "os-stop", user="admin").status_code == 202
    assert act(api, server_id, "unlock").status_code == 202
    assert show(api, server_id, headers=mv("2.9"))["locked"] is False


def key(api: Api, name: str) -> str:
    """A key pair. Gives its fingerprint."""
    body = {"keypair": {"name": name, "public_key": PUBLIC_KEY}}
    return str(api.post("nova", "/v2.1/os-keypairs", body).json()["keypair"]["fingerprint"])


PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl learner@desk"


def test_the_console_tells_of_this_server(api: Api) -> None:
    fingerprint = key(api, "MyFirstKeyPair")
    server_id = built(api, "My First VM", key_name="MyFirstKeyPair")
    text = act(api, server_id, "os-getConsoleOutput", {}).json()["output"]
    address = show(api, server_id)["addresses"]["private"][0]["addr"]
    for said in ("Linux version", f"instance-id: {server_id}", "my-first-vm login:", address, fingerprint):
        assert said in text
    assert act(api, server_id, "os-getConsoleOutput", {"length": -1}).json()["output"] == text
    three = act(api, server_id, "os-getConsoleOutput", {"length": 3}).json()["output"]
    assert three.splitlines() == text.splitlines()[-3:]
    assert act(api, server_id, "os-getConsoleOutput", {"length": "2"}).json()["output"].count("\n") == 1


def test_a_server_without_a_host_has_no_console_yet(api: Api) -> None:
    server_id = create(api)
    assert fault(act(api, server_id, "os-getConsoleOutput", {})) == (
        409,
        f"Instance {server_id} is not ready",
    )


def test_there_is_no_screen(api: Api) -> None:
    server_id = built(api)
    refused = fault(act(api, server_id, "os-getVNCConsole", {"type": "novnc"}))
    assert refused == (400, "Unavailable console type novnc.")
    wanted = {"remote_console": {"protocol": "vnc", "type": "novnc"}}
    path = f"/v2.1/servers/{server_id}/remote-consoles"
    assert fault(api.post("nova", path, wanted, headers=mv("2.6"))) == refused
    assert api.post("nova", path, wanted).status_code == 404


def test_a_server_becomes_an_image(api: Api) -> None:
    server_id = built(api)
    answer = act(api, server_id, "createImage", {"name": "snap1", "metadata": {"purpose": "test"}})
    assert answer.status_code == 202 and not answer.content
    image_id = answer.headers["Location"].rsplit("/", 1)[1]
    assert states(api, server_id, 5) == [
        "ACTIVE image_snapshot_pending active 1",
        "ACTIVE image_snapshot active 1",
        "ACTIVE image_uploading active 1",
        ACTIVE,
    ]
    image = api.get("glance", f"/v2/images/{image_id}").json()
    assert (image["status"], image["image_type"], image["purpose"]) == ("active", "snapshot", "test")
    assert (image["instance_uuid"], image["owner_user_name"]) == (server_id, "demo")
    assert image["base_image_ref"] == show(api, server_id)["image"]["id"]
    again = act(api, server_id, "createImage", {"name": "snap2"}, headers=mv("2.45"))
    assert "Location" not in again.headers and again.json()["image_id"]


def test_a_resize_is_confirmed(api: Api) -> None:
    server_id = built(api)
    same = fault(act(api, server_id, "resize", {"flavorRef": "1"}))
    assert same == (400, "When resizing, instances must change flavor!")
    unknown = fault(act(api, server_id, "resize", {"flavorRef": "999"}))
    assert unknown == (400, "Flavor 999 could not be found.")
    early = f"Cannot 'confirmResize' instance {server_id} while it is in vm_state active"
    assert fault(act(api, server_id, "confirmResize")) == (409, early)
    assert act(api, server_id, "resize", {"flavorRef": "2"}).status_code == 202
    assert states(api, server_id, 5) == RESIZING
    assert act(api, server_id, "confirmResize").status_code == 204
    api.advance(3)
    assert state(api, server_id) == ACTIVE
    assert show(api, server_id)["flavor"]["id"] == "2"
    used = api.get("nova", "/v2.1/limits").json()["limits"]["absolute"]["totalRAMUsed"]
    assert used == 2048


def test_a_resize_is_reverted(api: Api) -> None:
    server_id = built(api)
    act(api, server_id, "os-stop")
    api.advance(3)
    act(api, server_id, "resize", {"flavorRef": "2"})
    api.advance(5)
    assert show(api, server_id)["flavor"]["id"] == "2"
    assert act(api, server_id, "revertResize").status_code == 202
    assert states(api, server_id, 5) == ["REVERT_RESIZE resize_reverting resized 1", SHUTOFF]
    assert show(api, server_id)["flavor"]["id"] == "1"


def test_a_resize_that_finds_no_room_leaves_the_server_as_it_was(api: Api) -> None:
    giant = {"flavor": {"id": "giant", "name": "giant", "ram": 512, "vcpus": 1, "disk": 900_000}}
    api.post("nova", "/v2.1/flavors", giant, user="admin")
    server_id = built(api)
    act(api, server_id, "resize", {"flavorRef": "giant"})
    assert states(api, server_id, 5) == ["RESIZE resize_prep active 1", ACTIVE]
    assert show(api, server_id)["flavor"]["id"] == "1"


def test_rebuild_answers_with_the_server(api: Api) -> None:
    server_id = built(api)
    image = show(api, server_id)["image"]["id"]
    answer = act(api, server_id, "rebuild", {"imageRef": image, "name": "fresh", "metadata": {"n": "1"}})
    server = answer.json()["server"]
    assert (server["status"], server["name"], server["metadata"]) == ("REBUILD", "fresh", {"n": "1"})
    assert len(server["adminPass"]) == 12 and answer.headers["location"].endswith(server_id)
    assert fault(act(api, server_id, "rebuild", {"imageRef": "x"}))[0] == 400


def test_what_was_done_is_remembered(api: Api) -> None:
    server_id = built(api)
    act(api, server_id, "os-stop")
    api.advance(3)
    path = f"/v2.1/servers/{server_id}/os-instance-actions"
    actions = api.get("nova", path).json()["instanceActions"]
    assert [action["action"] for action in actions] == ["stop", "create"]
    one = f"{path}/{actions[1]['request_id']}"
    assert "events" not in api.get("nova", one).json()["instanceAction"]
    (event,) = api.get("nova", one, headers=mv("2.51")).json()["instanceAction"]["events"]
    assert (event["event"], event["result"]) == ("compute__do_build_and_run_instance", "Success")
    assert "traceback" not in event
    (admins,) = api.get("nova", one, user="admin").json()["instanceAction"]["events"]
    assert admins["traceback"] is None
    assert api.get("nova", f"{path}/req-nobody").status_code == 404
    limited = api.get("nova", f"{path}?limit=1", headers=mv("2.58")).json()
    assert len(limited["instanceActions"]) == 1 and limited["links"][0]["rel"] == "next"


def test_actions_outlive_the_server_from_2_21_on(api: Api) -> None:
    server_id = built(api)
    api.delete("nova", f"/v2.1/servers/{server_id}")
    api.advance(5)
    path = f"/v2.1/servers/{server_id}/os-instance-actions"
    assert api.get("nova", path).status_code == 404
    found = api.get("nova", path, headers=mv("2.21")).json()["instanceActions"]
    assert [action["action"] for action in found] == ["delete", "create"]


def test_neutrons_events_are_for_services(api: Api) -> None:
    server_id = built(api)
    event = {"server_uuid": server_id, "name": "network-changed"}
    body = {"events": [event]}
    assert api.post("nova", "/v2.1/os-server-external-events", body).status_code == 403
    answer = api.post("nova", "/v2.1/os-server-external-events", body, user="neutron")
    assert (answer.status_code, answer.json()["events"][0]["code"]) == (200, 200)
    nobody = {"events": [event, {**event, "server_uuid": "00000000-0000-0000-0000-000000000000"}]}
    assert api.post("nova", "/v2.1/os-server-external-events", nobody, user="neutron").status_code == 207
    for name, since, code in (("volume-extended", "2.51", 400), ("volume-reimaged", "2.93", 200)):
        late = {"events": [{"server_uuid": server_id, "name": name}]}
        answer = api.post("nova", "/v2.1/os-server-external-events", late, user="neutron")
        assert fault(answer)[1].startswith(f"Invalid input for field/attribute name. Value: {name}.")
        answer = api.post("nova", "/v2.1/os-server-external-events", late, user="neutron", headers=mv(since))
        assert [event["code"] for event in answer.json()["events"]] == [code]


def test_the_console_names_the_volumes(api: Api) -> None:
    server_id, volume_id = built(api), volume(api)
    body = {"volumeAttachment": {"volumeId": volume_id}}
    api.post("nova", f"/v2.1/servers/{server_id}/os-volume_attachments", body)
    api.advance(3)
    assert volume_id in act(api, server_id, "os-getConsoleOutput", {}).json()["output"]


def test_a_security_group_on_and_off(api: Api) -> None:
    server_id = built(api)
    assert fault(act(api, server_id, "addSecurityGroup", {"name": "web"})) == (
        404,
        f"Security group web is not found for project {api.project_id('demo')}",
    )
    api.post("neutron", "/v2.0/security-groups", {"security_group": {"name": "web"}})
    assert act(api, server_id, "addSecurityGroup", {"name": "web"}).status_code == 202
    assert show(api, server_id)["security_groups"] == [{"name": "default"}, {"name": "web"}]
    code, message = fault(act(api, server_id, "addSecurityGroup", {"name": "web"}))
    assert code == 400 and "Duplicate items in the list" in message
    assert act(api, server_id, "removeSecurityGroup", {"name": "default"}).status_code == 202
    assert show(api, server_id)["security_groups"] == [{"name": "web"}]
    assert act(api, server_id, "removeSecurityGroup", {"name": "default"}).status_code == 404

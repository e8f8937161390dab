"""Stories of attachments: reserved, attaching, in use, free again (recordings cinder/111 to 128, nova_v21/107 on)."""

from typing import Any

from tests.api.test_cinder_volumes import make, mv, refused, show

Api = Any
VERSION = mv(70)
SERVER = "337b4e73-8a44-4f64-8f0e-0d9d0f2c33c1"
OTHER = "55d05794-21a4-44a5-b5a4-7c9e0e3d6a0f"
CONNECTOR = {"connector": {"host": "h", "initiator": "iqn.x", "mountpoint": "/dev/vdb"}}


def reserve(api: Api, volume_id: str, server: str = SERVER) -> str:
    body = {"attachment": {"volume_uuid": volume_id, "instance_uuid": server}}
    answer = api.post("cinder", "/v3/attachments", body, headers=VERSION)
    assert answer.status_code == 200, answer.text
    return answer.json()["attachment"]["id"]


def attached(api: Api) -> tuple[str, str]:
    """A volume in use, and its attachment."""
    volume_id = make(api)["id"]
    id = reserve(api, volume_id)
    assert (
        api.put("cinder", f"/v3/attachments/{id}", {"attachment": CONNECTOR}, headers=VERSION).status_code
        == 200
    )
    done = api.post("cinder", f"/v3/attachments/{id}/action", {"os-complete": {}}, headers=VERSION)
    assert (done.status_code, done.content) == (204, b"")
    return volume_id, id


def test_step_by_step_to_in_use_and_back(api: Api) -> None:
    volume_id = make(api)["id"]
    id = reserve(api, volume_id)
    path = f"/v3/attachments/{id}"
    assert show(api, volume_id)["status"] == "reserved"
    answer = api.put("cinder", path, {"attachment": CONNECTOR}, headers=VERSION).json()["attachment"]
    assert answer["connection_info"]["driver_volume_type"] == "iscsi"
    assert answer["connection_info"]["attachment_id"] == id
    assert show(api, volume_id)["status"] == "attaching"
    assert show(api, volume_id)["attachments"] == []
    api.post("cinder", f"{path}/action", {"os-complete": {}}, headers=VERSION)
    volume = show(api, volume_id)
    assert volume["status"] == "in-use"
    (seen,) = volume["attachments"]
    assert (seen["server_id"], seen["device"], seen["host_name"]) == (SERVER, "/dev/vdb", None)
    assert seen["attachment_id"] == id
    assert show(api, volume_id, user="admin")["attachments"][0]["host_name"] == "h"
    full = api.get("cinder", path, headers=VERSION).json()["attachment"]
    assert (full["status"], full["attach_mode"], full["detached_at"]) == ("attached", "rw", "")
    assert api.delete("cinder", path, headers=VERSION).json() == {"attachments": []}
    assert show(api, volume_id)["status"] == "available"
    assert show(api, volume_id)["attachments"] == []
    message = refused(api.get("cinder", path, headers=VERSION), 404)
    assert message == f"Volume attachment could not be found with filter: attachment_id = {id}."


def test_reserve_and_connect_in_one_call(api: Api) -> None:
    volume_id = make(api)["id"]
    body = {"attachment": {"volume_uuid": volume_id, "instance_uuid": SERVER, **CONNECTOR}}
    answer = api.post("cinder", "/v3/attachments", body, headers=VERSION).json()["attachment"]
    assert answer["connection_info"]["volume_id"] == volume_id
    assert show(api, volume_id)["status"] == "attaching"


def test_a_volume_that_is_taken_is_not_reserved_again(api: Api) -> None:
    volume_id = make(api)["id"]
    reserve(api, volume_id)
    body = {"attachment": {"volume_uuid": volume_id, "instance_uuid": OTHER}}
    message = refused(api.post("cinder", "/v3/attachments", body, headers=VERSION))
    assert message == (
        f"Invalid volume: Volume {volume_id} status must be available or downloading to reserve, "
        "but the current status is reserved."
    )


def test_a_volume_in_use_can_not_be_deleted_or_extended(api: Api) -> None:
    volume_id, _ = attached(api)
    assert "must not be migrating, attached" in refused(api.delete("cinder", f"/v3/volumes/{volume_id}"))
    extend = {"os-extend": {"new_size": 2}}
    assert "currently in-use" in refused(api.post("cinder", f"/v3/volumes/{volume_id}/action", extend))
    later = api.post("cinder", f"/v3/volumes/{volume_id}/action", extend, headers=mv(42))
    assert later.status_code == 202
    api.advance(1)
    assert (show(api, volume_id)["status"], show(api, volume_id)["size"]) == ("in-use", 2)


def test_detaching_is_begun_and_rolled_back(api: Api) -> None:
    volume_id, _ = attached(api)
    action = f"/v3/volumes/{volume_id}/action"
    assert api.post("cinder", action, {"os-begin_detaching": None}).status_code == 202
    assert show(api, volume_id)["status"] == "detaching"
    message = refused(api.post("cinder", action, {"os-begin_detaching": None}))
    assert message == (
        "Invalid volume: Unable to detach volume. Volume status must be 'in-use' and attach_status must be 'attached' "
        "to detach."
    )
    assert api.post("cinder", action, {"os-roll_detaching": None}).status_code == 202
    assert show(api, volume_id)["status"] == "in-use"


def test_lists_and_their_filters(api: Api) -> None:
    volume_id, id = attached(api)
    reserve(api, make(api)["id"], OTHER)

    def found(query: str, **how: Any) -> list[str]:
        answer = api.get("cinder", f"/v3/attachments?{query}", headers=VERSION, **how)
        return [row["id"] for row in answer.json()["attachments"]]

    assert len(found("")) == 2
    assert (
        found("attach_status=attached")
        == found(f"volume_id={volume_id}")
        == found(f"instance_id={SERVER}")
        == [id]
    )
    assert found("", user="alt_demo") == []
    (full,) = api.get("cinder", f"/v3/attachments/detail?volume_id={volume_id}", headers=VERSION).json()[
        "attachments"
    ]
    assert full == api.get("cinder", f"/v3/attachments/{id}", headers=VERSION).json()["attachment"]


def test_before_3_27_there_are_none_and_before_3_44_none_completes(api: Api) -> None:
    id = reserve(api, make(api)["id"])
    for version, status in (("3.26", 404), ("3.27", 200)):
        headers = {"OpenStack-API-Version": f"volume {version}"}
        assert api.get("cinder", f"/v3/attachments/{id}", headers=headers).status_code == status
    old = mv(43)
    assert (
        api.post("cinder", f"/v3/attachments/{id}/action", {"os-complete": {}}, headers=old).status_code
        == 404
    )


def test_another_projects_attachment_does_not_exist(api: Api) -> None:
    _, id = attached(api)
    for method in ("GET", "DELETE"):
        assert (
            api(method, "cinder", f"/v3/attachments/{id}", user="alt_demo", headers=VERSION).status_code
            == 404
        )


def test_the_older_way_of_attaching(api: Api) -> None:
    volume_id = make(api)["id"]
    action = f"/v3/volumes/{volume_id}/action"
    attach = {"os-attach": {"instance_uuid": SERVER, "mountpoint": "/dev/vdd"}}
    assert api.post("cinder", action, attach).status_code == 202
    volume = show(api, volume_id)
    assert (volume["status"], volume["attachments"][0]["device"]) == ("in-use", "/dev/vdd")
    assert volume["metadata"] == {"readonly": "False", "attached_mode": "rw"}
    assert api.post("cinder", action, attach).status_code == 202  # the same server again: nothing new
    again = {"os-attach": {"instance_uuid": OTHER, "mountpoint": "/dev/vde"}}
    assert "already attached" in refused(api.post("cinder", action, again))
    assert api.post("cinder", action, {"os-detach": {}}).status_code == 202
    assert show(api, volume_id)["status"] == "available"
    assert show(api, volume_id)["metadata"] == {"readonly": "False"}


def test_a_read_only_volume_is_attached_read_only(api: Api) -> None:
    volume_id = make(api)["id"]
    action = f"/v3/volumes/{volume_id}/action"
    api.post("cinder", action, {"os-update_readonly_flag": {"readonly": True}})
    write = {"os-attach": {"instance_uuid": SERVER, "mountpoint": "/dev/vdd"}}
    assert (
        refused(api.post("cinder", action, write)) == f"Invalid attaching mode 'rw' for volume {volume_id}."
    )
    read = {"os-attach": {**write["os-attach"], "mode": "ro"}}
    assert api.post("cinder", action, read).status_code == 202


def test_a_multiattach_type_lets_two_servers_share(api: Api) -> None:
    specs = {"name": "shared", "extra_specs": {"multiattach": "<is> True"}}
    assert api.post("cinder", "/v3/types", {"volume_type": specs}, user="admin").status_code == 200
    volume = make(api, volume_type="shared")
    assert volume["multiattach"] is True
    first = reserve(api, volume["id"])
    api.post("cinder", f"/v3/attachments/{first}/action", {"os-complete": {}}, headers=VERSION)
    second = reserve(api, volume["id"], OTHER)
    api.post("cinder", f"/v3/attachments/{second}/action", {"os-complete": {}}, headers=VERSION)
    assert len(show(api, volume["id"])["attachments"]) == 2
    left = api.delete("cinder", f"/v3/attachments/{first}", headers=VERSION).json()["attachments"]
    assert [row["id"] for row in left] == [second]
    assert show(api, volume["id"])["status"] == "in-use"


def test_an_administrator_frees_a_volume_that_hangs(api: Api) -> None:
    volume_id, id = attached(api)
    action = f"/v3/volumes/{volume_id}/action"
    reset = {"os-reset_status": {"status": "available", "attach_status": "detached"}}
    assert api.post("cinder", action, reset, user="admin").status_code == 202
    volume = show(api, volume_id)
    assert (volume["status"], volume["attachments"]) == ("available", [])
    assert api.get("cinder", f"/v3/attachments/{id}", headers=VERSION).status_code == 404


def test_only_nova_takes_a_volume_from_its_server(api: Api) -> None:
    """Bug 2004555: a user's detach past nova would leave the device in the server."""
    server_id = boot(api)
    volume_id = make(api)["id"]
    answer = api.post(
        "nova",
        f"/v2.1/servers/{server_id}/os-volume_attachments",
        {"volumeAttachment": {"volumeId": volume_id}},
    )
    assert answer.status_code == 200, answer.text
    api.advance(5)
    (seen,) = show(api, volume_id)["attachments"]
    assert (seen["server_id"], seen["device"]) == (server_id, answer.json()["volumeAttachment"]["device"])
    sentence = f"ConflictNovaUsingAttachment: Detach volume from instance {server_id} using the Compute API"
    path = f"/v3/attachments/{seen['attachment_id']}"
    assert refused(api.delete("cinder", path, headers=VERSION), 409) == sentence
    assert refused(api.post("cinder", f"/v3/volumes/{volume_id}/action", {"os-detach": {}}), 409) == sentence
    assert show(api, volume_id)["status"] == "in-use"
    gone = api.delete("nova", f"/v2.1/servers/{server_id}/os-volume_attachments/{volume_id}")
    assert gone.status_code == 202
    assert show(api, volume_id)["status"] == "detaching"
    api.advance(5)
    assert show(api, volume_id)["status"] == "available"


def test_deleting_the_server_frees_its_volume(api: Api) -> None:
    server_id, volume_id = boot(api), make(api)["id"]
    path = f"/v2.1/servers/{server_id}/os-volume_attachments"
    assert api.post("nova", path, {"volumeAttachment": {"volumeId": volume_id}}).status_code == 200
    api.advance(5)
    assert show(api, volume_id)["status"] == "in-use"
    assert api.delete("nova", f"/v2.1/servers/{server_id}").status_code == 204
    api.advance(10)
    assert (show(api, volume_id)["status"], show(api, volume_id)["attachments"]) == ("available", [])


def boot(api: Api) -> str:
    """A server of demo's, active."""
    image = api.get("glance", "/v2/images?name=cirros").json()["images"][0]["id"]
    network = api.get("neutron", "/v2.0/networks?name=private").json()["networks"][0]["id"]
    wish = {"name": "vm", "flavorRef": "1", "imageRef": image, "networks": [{"uuid": network}]}
    answer = api.post("nova", "/v2.1/servers", {"server": wish})
    assert answer.status_code == 202, answer.text
    api.advance(20)
    id: str = answer.json()["server"]["id"]
    assert api.get("nova", f"/v2.1/servers/{id}").json()["server"]["status"] == "ACTIVE"
    return id

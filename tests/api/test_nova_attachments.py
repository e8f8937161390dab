"""Stories of a server's volumes (recordings nova_*/105 … 133, east_west_volume_attach and …_detach)."""

from typing import Any

import pytest

from tests.api.servers import (
    act,
    built,
    create,
    fault,
    image_id,
    mv,
    network,
    order,
    show,
    state,
    volume,
    volume_of,
)

Api = Any
NOBODY = "00000000-0000-0000-0000-000000000000"


def attach(api: Api, server_id: str, volume_id: str, headers: Any = None, **more: Any) -> Any:
    body = {"volumeAttachment": {"volumeId": volume_id, **more}}
    return api.post("nova", f"/v2.1/servers/{server_id}/os-volume_attachments", body, headers=headers)


def attached(api: Api, server_id: str, volume_id: str, **more: Any) -> str:
    """Attach it and let it finish. Gives the device."""
    answer = attach(api, server_id, volume_id, **more)
    assert answer.status_code == 200, answer.text
    api.advance(3)
    assert volume_of(api, volume_id)["status"] == "in-use"
    return str(answer.json()["volumeAttachment"]["device"])


def statuses(api: Api, volume_id: str, seconds: float = 4) -> list[str]:
    seen: list[str] = []
    for _ in range(int(seconds * 5)):
        now = volume_of(api, volume_id)["status"]
        if now not in seen[-1:]:
            seen.append(now)
        api.advance(0.2)
    return seen


def path_of(server_id: str, volume_id: str = "") -> str:
    return f"/v2.1/servers/{server_id}/os-volume_attachments" + (f"/{volume_id}" if volume_id else "")


@pytest.mark.parametrize("odd", ["ㅎ", "é", "%2F", "%3F", "%00", "%25"])
def test_an_odd_volume_id_is_only_unknown(api: Api, odd: str) -> None:
    """Nova asks cinder with the id as it came: no id may break the call between the two."""
    server_id = built(api)
    for method in ("GET", "DELETE"):
        assert api(method, "nova", path_of(server_id, f"nosuch{odd}")).status_code == 404


def test_the_talks_attach(api: Api) -> None:
    server_id, volume_id = built(api), volume(api)
    answer = attach(api, server_id, volume_id, device="/dev/vdd")
    attachment = {"id": volume_id, "serverId": server_id, "volumeId": volume_id, "device": "/dev/vdd"}
    assert (answer.status_code, answer.json()) == (200, {"volumeAttachment": attachment})
    assert statuses(api, volume_id) == ["reserved", "attaching", "in-use"]
    assert api.get("nova", path_of(server_id)).json() == {"volumeAttachments": [attachment]}
    assert api.get("nova", path_of(server_id, volume_id)).json() == {"volumeAttachment": attachment}
    (seen,) = volume_of(api, volume_id)["attachments"]
    assert (seen["server_id"], seen["device"]) == (server_id, "/dev/vdd")
    assert show(api, server_id)["os-extended-volumes:volumes_attached"] == [{"id": volume_id}]


def test_and_back(api: Api) -> None:
    server_id, volume_id = built(api), volume(api)
    attached(api, server_id, volume_id)
    answer = api.delete("nova", path_of(server_id, volume_id))
    assert (answer.status_code, answer.content) == (202, b"")
    assert statuses(api, volume_id) == ["detaching", "available"]
    assert api.get("nova", path_of(server_id)).json() == {"volumeAttachments": []}
    assert fault(api.get("nova", path_of(server_id, volume_id))) == (
        404,
        f"Instance {server_id} is not attached to volume {volume_id}",
    )
    assert attached(api, server_id, volume_id) == "/dev/vdb"


def test_the_next_free_device(api: Api) -> None:
    server_id = built(api)
    first, second, third, fourth = (volume(api, name) for name in "abcd")
    assert attached(api, server_id, first, device="/dev/vdd") == "/dev/vdd"
    assert attached(api, server_id, second) == "/dev/vdb"
    assert attached(api, server_id, third) == "/dev/vdc"
    assert attached(api, server_id, fourth) == "/dev/vde"


def test_what_cannot_be_attached(api: Api) -> None:
    server_id, volume_id, other = built(api), volume(api), volume(api, "other")
    attached(api, server_id, volume_id, device="/dev/vdd")
    assert fault(attach(api, server_id, volume_id)) == (
        400,
        f"Invalid volume: volume {volume_id} is already attached to instances: {server_id}",
    )
    assert fault(attach(api, server_id, NOBODY)) == (404, f"Volume {NOBODY} could not be found.")
    assert fault(attach(api, NOBODY, other)) == (404, f"Instance {NOBODY} could not be found.")
    assert fault(attach(api, server_id, "abc"))[1].endswith("Value: abc. 'abc' is not a 'uuid'")
    taken = (409, "The supplied device path (/dev/vdd) is in use.")
    assert fault(attach(api, server_id, other, device="/dev/vdd")) == taken
    assert attach(api, server_id, other, device="/dev/vda").status_code == 409
    assert fault(attach(api, server_id, other, device="foo"))[0] == 400
    assert "'color' was unexpected" in fault(attach(api, server_id, other, color=1))[1]
    assert volume_of(api, other)["status"] == "available"


def test_a_volume_that_is_on_its_way_to_another_server(api: Api) -> None:
    first, second, volume_id = built(api, "first"), built(api, "second"), volume(api)
    attach(api, first, volume_id)
    twice = fault(attach(api, first, volume_id))
    assert twice == (400, f"Invalid volume: volume {volume_id} already attached")
    code, message = fault(attach(api, second, volume_id))
    assert code == 400 and message.startswith("Invalid input received: ")
    assert "status must be available or downloading" in message and "(Request-ID: req-" in message
    api.advance(3)
    assert [a["server_id"] for a in volume_of(api, volume_id)["attachments"]] == [first]


def test_a_server_that_is_not_there_yet_takes_no_volume(api: Api) -> None:
    volume_id = volume(api)
    server_id = create(api)
    assert fault(attach(api, server_id, volume_id)) == (
        409,
        f"Cannot 'attach_volume' instance {server_id} while it is in vm_state building",
    )


def test_what_cannot_be_detached(api: Api) -> None:
    server_id, volume_id = built(api), volume(api)
    assert fault(api.delete("nova", path_of(server_id, NOBODY))) == (
        404,
        f"Volume {NOBODY} could not be found.",
    )
    assert api.delete("nova", path_of(server_id, volume_id)).status_code == 404
    attached(api, server_id, volume_id)
    assert api.delete("nova", path_of(server_id, volume_id)).status_code == 202
    code, message = fault(api.delete("nova", path_of(server_id, volume_id)))
    assert code == 400
    assert message.startswith(
        "Invalid volume: Invalid input received: Invalid volume: Unable to detach volume. Volume status must be "
        "'in-use' and attach_status must be 'attached' to detach. (HTTP 400) (Request-ID: req-"
    )


def test_the_versions_of_an_attachment(api: Api) -> None:
    server_id, volume_id = built(api), volume(api)
    new = mv("2.89")
    answer = attach(api, server_id, volume_id, headers=new, tag="db", delete_on_termination=True)
    made = answer.json()["volumeAttachment"]
    assert (made["id"], made["tag"], made["delete_on_termination"]) == (volume_id, "db", True)
    found = api.get("nova", path_of(server_id, volume_id), headers=new).json()["volumeAttachment"]
    assert set(found) == {
        "volumeId",
        "serverId",
        "device",
        "tag",
        "delete_on_termination",
        "attachment_id",
        "bdm_uuid",
    }
    old = api.get("nova", path_of(server_id, volume_id)).json()["volumeAttachment"]
    assert set(old) == {"id", "volumeId", "serverId", "device"}
    api.advance(3)
    api.delete("nova", f"/v2.1/servers/{server_id}")
    api.advance(6)
    assert api.get("cinder", f"/v3/volumes/{volume_id}").status_code == 404


def test_a_server_that_goes_lets_its_volumes_go(api: Api) -> None:
    server_id, first, second = built(api), volume(api, "a"), volume(api, "b")
    attached(api, server_id, first)
    attach(api, server_id, second)  # still on its way
    api.delete("nova", f"/v2.1/servers/{server_id}")
    api.advance(10)
    for volume_id in (first, second):
        assert volume_of(api, volume_id)["status"] == "available"
        assert volume_of(api, volume_id)["attachments"] == []


def test_an_attachment_is_updated(api: Api) -> None:
    """From 2.85 whether the volume ends with the server; another volume in its place is not here."""
    server_id, volume_id = built(api), volume(api)
    attached(api, server_id, volume_id)

    def put(headers: Any = None, user: str = "demo", **more: Any) -> Any:
        body = {"volumeAttachment": {"volumeId": volume_id, **more}}
        return api.put("nova", path_of(server_id, volume_id), body, headers=headers, user=user)

    assert put(mv("2.85"), delete_on_termination=True).status_code == 202
    seen = api.get("nova", path_of(server_id, volume_id), headers=mv("2.85")).json()["volumeAttachment"]
    assert seen["delete_on_termination"] is True
    assert fault(put(mv("2.85"), device="/dev/vdz")) == (400, "The device property is not mutable")
    assert put(delete_on_termination=True).status_code == 400  # before 2.85 it has no such property
    assert put().status_code == 403  # and is for administrators
    absent = put(user="admin").headers["X-Cloudlab-Absent"]
    assert absent.startswith("PUT /servers/{server_id}/os-volume_attachments/")
    api.delete("nova", f"/v2.1/servers/{server_id}")
    api.advance(5)
    assert api.get("cinder", f"/v3/volumes/{volume_id}").status_code == 404


def test_a_server_that_starts_from_a_volume(api: Api) -> None:
    boot, data = volume(api, "boot", imageRef=image_id(api)), volume(api, "data")
    devices = [
        {"boot_index": 0, "uuid": boot, "source_type": "volume", "destination_type": "volume"},
        {"boot_index": -1, "uuid": data, "source_type": "volume", "destination_type": "volume"},
    ]
    body = order(api, block_device_mapping_v2=devices)
    del body["server"]["imageRef"]
    server_id = api.post("nova", "/v2.1/servers", body).json()["server"]["id"]
    assert volume_of(api, boot)["status"] == "reserved"
    api.advance(10)
    assert state(api, server_id) == "ACTIVE None active 1"
    assert show(api, server_id)["image"] == ""
    found = api.get("nova", path_of(server_id)).json()["volumeAttachments"]
    assert [(a["volumeId"], a["device"]) for a in found] == [(boot, "/dev/vda"), (data, "/dev/vdb")]
    refused = api.delete("nova", path_of(server_id, boot))
    assert fault(refused) == (403, "Cannot detach a root device volume")
    allocation = api.get("placement", f"/allocations/{server_id}", user="admin").json()["allocations"]
    assert "DISK_GB" not in next(iter(allocation.values()))["resources"]


def test_a_volume_that_nova_has_made_for_a_server(api: Api) -> None:
    device = {
        "boot_index": 0,
        "uuid": image_id(api),
        "source_type": "image",
        "destination_type": "volume",
        "volume_size": 2,
        "delete_on_termination": True,
    }
    body = order(api, block_device_mapping_v2=[device])
    del body["server"]["imageRef"]
    server_id = api.post("nova", "/v2.1/servers", body).json()["server"]["id"]
    api.advance(15)
    assert state(api, server_id) == "ACTIVE None active 1"
    (found,) = api.get("nova", path_of(server_id)).json()["volumeAttachments"]
    made = volume_of(api, found["volumeId"])
    assert (made["status"], made["size"], made["bootable"]) == ("in-use", 2, "true")
    api.delete("nova", f"/v2.1/servers/{server_id}")
    api.advance(10)
    assert api.get("cinder", f"/v3/volumes/{found['volumeId']}").status_code == 404


def test_a_build_that_fails_gives_its_volumes_back(api: Api) -> None:
    small = network(api, "small", cidr="192.168.9.0/30")
    built(api, "first", networks=[{"uuid": small}])
    data = volume(api)
    device = {"uuid": data, "source_type": "volume", "destination_type": "volume"}
    server_id = create(
        api,
        "second",
        networks=[{"uuid": small}],
        block_device_mapping_v2=[device],
    )
    api.advance(10)
    assert state(api, server_id) == "ERROR None error 0"
    assert volume_of(api, data)["status"] == "available"


def test_stopped_servers_take_volumes_too(api: Api) -> None:
    server_id, volume_id = built(api), volume(api)
    act(api, server_id, "os-stop")
    api.advance(3)
    assert attached(api, server_id, volume_id) == "/dev/vdb"

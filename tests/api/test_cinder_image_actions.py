"""Stories of volumes and images, of moving and of going back (seen on 2025.2)."""

from typing import Any

from cloudlab.sim.clock import parse_iso
from tests.api.test_cinder_snapshots import snap
from tests.api.test_cinder_volumes import make, mv, refused, show

Api = Any


def act(api: Api, id: str, name: str, wish: Any, minor: int = 0, user: str = "demo") -> Any:
    return api.post("cinder", f"/v3/volumes/{id}/action", {name: wish}, headers=mv(minor), user=user)


def cirros(api: Api) -> dict[str, Any]:
    return api.get("glance", "/v2/images?name=cirros").json()["images"][0]


def test_a_volume_becomes_an_image(api: Api) -> None:
    id = make(api, size=2)["id"]
    wish = {"image_name": "from volume", "disk_format": "qcow2"}
    answer = act(api, id, "os-volume_upload_image", wish)
    assert answer.status_code == 202
    said = answer.json()["os-volume_upload_image"]
    assert (said["status"], said["size"], said["image_name"]) == ("uploading", 2, "from volume")
    assert (said["volume_type"]["name"], said["visibility"], said["protected"]) == (
        "lvmdriver-1",
        "shared",
        False,
    )
    assert show(api, id)["status"] == "uploading"
    path = f"/v2/images/{said['image_id']}"
    assert api.get("glance", path).json()["status"] == "queued"
    api.advance(2)
    image = api.get("glance", path).json()
    assert (image["status"], image["virtual_size"], image["size"]) == ("active", 2 * 1024**3, 196_640)
    assert show(api, id)["status"] == "available"
    assert api.get("glance", f"{path}/file").content.startswith(b"QFI\xfb")


def test_a_volume_of_an_image_gives_that_image_back(api: Api) -> None:
    base = cirros(api)
    id = make(api, imageRef=base["id"])["id"]
    wish = {"image_name": "again", "disk_format": "qcow2", "visibility": "private", "protected": True}
    said = act(api, id, "os-volume_upload_image", wish, 1).json()["os-volume_upload_image"]
    api.advance(2)
    image = api.get("glance", f"/v2/images/{said['image_id']}").json()
    assert (image["checksum"], image["protected"], image["visibility"]) == (base["checksum"], True, "private")


def test_an_upload_that_is_refused(api: Api) -> None:
    id = make(api)["id"]
    public = act(api, id, "os-volume_upload_image", {"image_name": "x", "visibility": "public"}, 1)
    assert refused(public, 403) == (
        "Policy doesn't allow volume_extension:volume_actions:upload_public to be performed."
    )
    formats = act(api, id, "os-volume_upload_image", {"image_name": "x", "disk_format": "tape"})
    assert refused(formats).startswith("Invalid input for field/attribute disk_format. Value: tape.")
    container = act(api, id, "os-volume_upload_image", {"image_name": "x", "container_format": "box"})
    assert refused(container).startswith(
        "Unable to set 'container_format' to 'box'. Reason: 'box' is not one of [None, 'ami',"
    )
    reader = act(api, id, "os-volume_upload_image", {"image_name": "x"}, user="demo_reader")
    assert refused(reader) == "HTTP 403 Forbidden: You are not authorized to complete add_image action."
    assert show(api, id)["status"] == "available"
    act(api, id, "os-volume_upload_image", {"image_name": "x"})
    again = act(api, id, "os-volume_upload_image", {"image_name": "x"})
    assert refused(again) == f"Invalid volume: Volume {id} status must be available"


def test_an_image_that_was_deleted_on_the_way(api: Api) -> None:
    id = make(api)["id"]
    said = act(api, id, "os-volume_upload_image", {"image_name": "x"}).json()["os-volume_upload_image"]
    api.delete("glance", f"/v2/images/{said['image_id']}")
    api.advance(2)
    assert show(api, id)["status"] == "available"
    (message,) = api.get("cinder", "/v3/messages", headers=mv(3)).json()["messages"]
    assert message["user_message"] == "copy volume to image:Failed to upload volume to image at backend."


def test_an_upload_goes_on_when_its_users_token_has_ended(api: Api) -> None:
    id, token = make(api)["id"], api.token()
    whose = api.get("keystone", "/v3/auth/tokens", headers={"X-Subject-Token": token}).json()["token"]
    api.advance((parse_iso(whose["expires_at"]) - api.cloud.clock.now()).total_seconds() - 0.5)
    said = act(api, id, "os-volume_upload_image", {"image_name": "x"}).json()["os-volume_upload_image"]
    api.advance(2)
    path = f"/v2/images/{said['image_id']}"
    assert api.get("glance", path).status_code == 401
    again = api.login("demo", "demo").headers["X-Subject-Token"]
    assert api.get("glance", path, token=again).json()["status"] == "active"


def test_what_a_volume_remembers_of_its_image(api: Api) -> None:
    id = make(api)["id"]
    told = act(api, id, "os-set_image_metadata", {"metadata": {"kernel_id": "5", "arch": "x"}})
    assert told.json() == {"metadata": {"kernel_id": "5", "arch": "x"}}
    assert act(api, id, "os-unset_image_metadata", {"key": "arch"}).status_code == 200
    assert act(api, id, "os-show_image_metadata", None).json() == {"metadata": {"kernel_id": "5"}}
    assert show(api, id)["volume_image_metadata"] == {"kernel_id": "5"}
    assert refused(act(api, id, "os-unset_image_metadata", {"key": "arch"}), 404) == (
        f"Glance metadata for volume/snapshot {id} cannot be found."
    )


def test_another_image_is_put_into_a_volume(api: Api) -> None:
    id, base = make(api)["id"], cirros(api)["id"]
    assert act(api, id, "os-reimage", {"image_id": base}, 67).status_code == 404
    assert act(api, id, "os-reimage", {"image_id": base}, 68).status_code == 202
    assert show(api, id)["status"] == "downloading"
    api.advance(2)
    volume = show(api, id)
    assert (volume["status"], volume["bootable"]) == ("available", "true")
    assert volume["volume_image_metadata"]["image_id"] == base
    assert refused(act(api, id, "os-reimage", {"image_id": id}, 68), 404) == f"Image {id} could not be found."


def test_there_is_nowhere_to_move_to(api: Api) -> None:
    id = make(api)["id"]
    here = show(api, id, user="admin")["os-vol-host-attr:host"]

    def move(host: str, user: str = "admin") -> Any:
        return act(api, id, "os-migrate_volume", {"host": host}, user=user)

    assert refused(move(here)).endswith("host/cluster must be different than the current one")
    assert refused(move("nowhere")) == "Invalid host: No available service named 'nowhere'"
    assert refused(move(here, "demo"), 403).startswith("Policy doesn't allow")
    for wish, minor, said in (
        ({"host": ""}, 0, "Host field is missing."),
        ({}, 16, "One and only one of cluster and host must be set."),
        ({"host": here, "cluster": "c"}, 16, "One and only one of cluster and host must be set."),
    ):
        answer = act(api, id, "os-migrate_volume", wish, minor, user="admin")
        assert refused(answer) == f"Invalid input received: {said}"
    cluster = act(api, id, "os-migrate_volume", {"cluster": "c"}, 16, user="admin")
    assert refused(cluster) == "Invalid host: No available service named 'c'"
    assert move(here.partition("#")[0]).status_code == 202
    assert show(api, id, user="admin")["migration_status"] == "starting"
    api.advance(1)
    assert show(api, id, user="admin")["migration_status"] == "error"
    assert show(api, id)["status"] == "available"


def test_back_to_the_latest_snapshot(api: Api) -> None:
    id = make(api)["id"]
    none = act(api, id, "revert", {"snapshot_id": id}, 40)
    assert refused(none) == f"Volume {id} doesn't have any snapshots."
    first, second = snap(api, id)["id"], snap(api, id)["id"]
    assert refused(act(api, id, "revert", {"snapshot_id": first}, 40)) == (
        f"Specified snapshot {first} is None or not the latest one of volume {id}."
    )
    assert act(api, id, "revert", {"snapshot_id": second}, 39).status_code == 404
    assert act(api, id, "revert", {"snapshot_id": second}, 40).status_code == 202
    assert show(api, id)["status"] == "reverting"
    assert refused(act(api, id, "revert", {"snapshot_id": second}, 40), 409).endswith(
        "Volume's status must be 'available'."
    )
    api.advance(2)
    assert show(api, id)["status"] == "available"
    back = api.get("cinder", f"/v3/snapshots/{second}").json()["snapshot"]
    assert back["status"] == "available"


def test_a_connection_of_the_older_kind(api: Api) -> None:
    id = make(api)["id"]
    answer = act(api, id, "os-initialize_connection", {"connector": {"host": "h", "initiator": "iqn"}})
    info = answer.json()["connection_info"]
    assert info["driver_volume_type"] == "iscsi" and info["data"]["volume_id"] == id
    assert act(api, id, "os-terminate_connection", {"connector": {"host": "h"}}).status_code == 202
    assert api.get("cinder", f"/v3/volumes/{id}/encryption").json() == {"encryption_key_id": None}
    key = api.get("cinder", f"/v3/volumes/{id}/encryption/encryption_key_id")
    assert (key.status_code, key.content) == (200, b"")


def test_a_snapshots_status_is_told(api: Api) -> None:
    snapshot = snap(api, make(api)["id"])["id"]
    path = f"/v3/snapshots/{snapshot}/action"
    wish = {"os-update_snapshot_status": {"status": "error", "progress": "50%"}}
    assert refused(api.post("cinder", path, wish)) == (
        "Snapshot status available not allowed for update_snapshot_status"
    )
    api.post("cinder", path, {"os-reset_status": {"status": "creating"}}, user="admin")
    assert api.post("cinder", path, wish).status_code == 202
    shown = api.get("cinder", f"/v3/snapshots/{snapshot}").json()["snapshot"]
    assert (shown["status"], shown["os-extended-snapshot-attributes:progress"]) == ("error", "50%")

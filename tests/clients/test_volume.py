"""Volumes with `openstack volume …` and openstacksdk: made in every way, changed, copied, snapshot, handed over."""

from typing import Any

import openstack.exceptions
import pytest

HOST = "devstack@lvmdriver-1"


def names(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(row["Name"] for row in rows)


def said(openstack: Any, *words: str, user: str = "demo") -> str:
    """What the command says when it is refused."""
    return str(openstack(*words, user=user, ok=False).err)


def test_create_list_show_set_unset_delete(openstack: Any) -> None:
    made = openstack("volume", "create", "--size", "1", "--property", "use=talk", "disk")
    assert (made["status"], made["size"], made["type"]) == ("creating", 1, "lvmdriver-1")
    (row,) = openstack("volume", "list", "--long")
    assert (row["ID"], row["Status"], row["Bootable"]) == (made["id"], "available", False)
    assert row["Properties"] == {"use": "talk"}

    openstack("volume", "set", "--size", "2", "--name", "bigger", "--description", "grown", "disk")
    flags = ("--bootable", "--read-only", "--property", "color=red", "--image-property", "os_distro=mine")
    openstack("volume", "set", *flags, "bigger")
    shown = openstack("volume", "show", "bigger")
    assert (shown["size"], shown["description"], shown["bootable"]) == (2, "grown", True)
    assert shown["properties"] == {"use": "talk", "color": "red", "readonly": "True"}
    assert shown["volume_image_metadata"] == {"os_distro": "mine"}

    openstack("volume", "unset", "--property", "use", "--image-property", "os_distro", "bigger")
    assert openstack("volume", "show", "bigger")["properties"] == {"color": "red", "readonly": "True"}
    smaller = said(openstack, "volume", "set", "--size", "1", "bigger")
    assert "New size must be greater than 2 GB" in smaller
    openstack("volume", "delete", "bigger")
    assert openstack("volume", "list") == []


def test_from_an_image_a_volume_and_a_snapshot(openstack: Any) -> None:
    openstack("volume", "create", "--size", "1", "--image", "cirros", "boot")
    boot = openstack("volume", "show", "boot")
    assert (boot["status"], boot["bootable"]) == ("available", True)
    assert boot["volume_image_metadata"]["image_name"] == "cirros"

    copy = openstack("volume", "create", "--source", "boot", "copy")
    assert openstack("volume", "show", "copy")["bootable"] is True
    assert (copy["source_volid"], copy["size"]) == (boot["id"], 1)

    snapshot = openstack("volume", "snapshot", "create", "--volume", "boot", "--description", "new", "moment")
    openstack("volume", "create", "--snapshot", "moment", "--size", "2", "later")
    later = openstack("volume", "show", "later")
    assert (later["snapshot_id"], later["size"], later["status"]) == (snapshot["id"], 2, "available")
    too_small = said(openstack, "volume", "create", "--image", "cirros", "--size", "0", "x")
    assert "0 is less than the minimum of 1" in too_small


def test_snapshots(openstack: Any) -> None:
    openstack("volume", "create", "--size", "1", "disk")
    wish = ("--volume", "disk", "--property", "k=v", "one")
    snapshot = openstack("volume", "snapshot", "create", *wish)["id"]
    (row,) = openstack("volume", "snapshot", "list", "--long", "--volume", "disk")
    assert (row["Name"], row["Status"], row["Properties"]) == ("one", "available", {"k": "v"})
    changes = ("--name", "uno", "--description", "first", "--property", "a=b")
    openstack("volume", "snapshot", "set", *changes, "one")
    openstack("volume", "snapshot", "unset", "--property", "k", "uno")
    shown = openstack("volume", "snapshot", "show", "uno")
    assert (shown["description"], shown["properties"]) == ("first", {"a": "b"})

    assert "have snapshots" in said(openstack, "volume", "delete", "disk")
    openstack("--os-volume-api-version", "3.40", "volume", "revert", "uno")
    openstack("volume", "snapshot", "set", "--state", "error", snapshot, user="admin")
    assert "403" in said(openstack, "volume", "snapshot", "set", "--state", "available", "uno")
    openstack("volume", "snapshot", "delete", "uno")
    assert openstack("volume", "snapshot", "list") == []
    openstack("volume", "delete", "--purge", "disk")


def test_a_volume_is_handed_over(openstack: Any) -> None:
    volume = openstack("volume", "create", "--size", "1", "gift")["id"]
    offer = openstack("volume", "transfer", "request", "create", "--name", "for-you", "gift")
    (row,) = openstack("volume", "transfer", "request", "list")
    assert (row["ID"], row["Volume"]) == (offer["id"], volume)
    assert openstack("volume", "transfer", "request", "show", "for-you")["name"] == "for-you"
    assert openstack("volume", "show", "gift")["status"] == "awaiting-transfer"
    accept = ("volume", "transfer", "request", "accept", offer["id"], "--auth-key")
    assert "with invalid auth key" in said(openstack, *accept, "guess", user="alt_demo")
    taken = openstack(*accept, offer["auth_key"], user="alt_demo")
    assert taken["volume_id"] == volume
    assert openstack("volume", "list") == []
    assert names(openstack("volume", "list", user="alt_demo")) == ["gift"]

    openstack("volume", "transfer", "request", "create", "gift", user="alt_demo")
    (back,) = openstack("volume", "transfer", "request", "list", user="alt_demo")
    openstack("volume", "transfer", "request", "delete", back["ID"], user="alt_demo")
    assert openstack("volume", "show", "gift", user="alt_demo")["status"] == "available"


def test_types_and_who_may_use_them(openstack: Any) -> None:
    gold = ("volume", "type", "create", "--property", "speed=high", "--description", "shiny", "gold")
    assert "Policy doesn't allow volume_extension:type_create" in said(openstack, *gold)
    assert openstack(*gold, user="admin")["properties"] == {"speed": "high"}
    openstack("volume", "type", "set", "--name", "golden", "--property", "a=b", "gold", user="admin")
    openstack("volume", "type", "unset", "--property", "a", "golden", user="admin")
    assert openstack("volume", "type", "show", "golden", user="admin")["properties"] == {"speed": "high"}
    assert names(openstack("volume", "type", "list")) == ["__DEFAULT__", "golden", "lvmdriver-1"]

    openstack("volume", "type", "create", "--private", "--project", "demo", "ours", user="admin")
    assert "ours" in names(openstack("volume", "type", "list"))
    assert "ours" not in names(openstack("volume", "type", "list", user="alt_demo"))
    openstack("volume", "create", "--size", "1", "--type", "ours", "disk")
    openstack("volume", "type", "unset", "--project", "demo", "ours", user="admin")
    gone = said(openstack, "volume", "create", "--size", "1", "--type", "ours", "x")
    assert "Volume type with name ours could not be found." in gone

    openstack("volume", "set", "--type", "golden", "disk")
    assert openstack("volume", "show", "disk")["type"] == "golden"
    in_use = said(openstack, "volume", "type", "delete", "golden", user="admin")
    assert "Target volume type is still in use." in in_use
    openstack("volume", "type", "delete", "ours", user="admin")


def test_qos(openstack: Any) -> None:
    def qos(*words: str) -> Any:
        return openstack("volume", "qos", *words, user="admin")

    made = qos("create", "--consumer", "front-end", "--property", "total_iops_sec=100", "slow")
    assert made["properties"] == {"total_iops_sec": "100"}
    qos("set", "--property", "burst=2", "slow")
    qos("unset", "--property", "total_iops_sec", "slow")
    qos("associate", "slow", "lvmdriver-1")
    (row,) = qos("list")
    assert (row["Consumer"], row["Associations"], row["Properties"]) == (
        "front-end",
        ["lvmdriver-1"],
        {"burst": "2"},
    )
    assert "Qos specs still in use." in said(openstack, "volume", "qos", "delete", "slow", user="admin")
    qos("disassociate", "--all", "slow")
    qos("delete", "slow")
    assert "403" in said(openstack, "volume", "qos", "list")


def test_quotas_and_limits(openstack: Any) -> None:
    def shown(user: str = "demo") -> dict[str, int]:
        return {row["Resource"]: row["Limit"] for row in openstack("quota", "show", "--volume", user=user)}

    assert shown()["volumes"] == 10
    openstack("quota", "set", "--volumes", "1", "--snapshots", "0", "demo", user="admin")
    assert (shown()["volumes"], shown("alt_demo")["volumes"]) == (1, 10)
    openstack("volume", "create", "--size", "1", "only")
    over = said(openstack, "volume", "create", "--size", "1", "more")
    assert "VolumeLimitExceeded: Maximum number of volumes allowed (1) exceeded" in over
    over = said(openstack, "volume", "snapshot", "create", "--volume", "only", "x")
    assert "SnapshotLimitExceeded: Maximum number of snapshots allowed (0) exceeded" in over
    assert "403" in said(openstack, "quota", "set", "--volumes", "100", "demo")
    limits = {row["Name"]: row["Value"] for row in openstack("limits", "show", "--absolute")}
    assert (limits["max_total_volumes"], limits["total_volumes_used"]) == (1, 1)
    openstack("quota", "delete", "--volume", "demo", user="admin")
    assert shown()["volumes"] == 10


def test_what_an_operator_asks(openstack: Any) -> None:
    services = openstack("volume", "service", "list", "--long", user="admin")
    assert {row["Binary"]: row["State"] for row in services} == {
        "cinder-volume": "up",
        "cinder-scheduler": "up",
    }
    off = ("--disable", "--disable-reason", "new disks", HOST, "cinder-volume")
    openstack("volume", "service", "set", *off, user="admin")
    rows = openstack("volume", "service", "list", "--service", "cinder-volume", "--long", user="admin")
    assert (rows[0]["Status"], rows[0]["Disabled Reason"]) == ("disabled", "new disks")
    assert openstack("availability zone", "list", "--volume")[0]["Zone Status"] == "not available"
    openstack("volume", "create", "--size", "1", "nowhere")
    assert openstack("volume", "show", "nowhere")["status"] == "error"
    (message,) = openstack("volume", "message", "list", "--os-volume-api-version", "3.3")
    assert message["User Message"].endswith("Could not find any available weighted backend.")
    openstack("volume", "service", "set", "--enable", HOST, "cinder-volume", user="admin")

    (pool,) = openstack("volume", "backend", "pool", "list", user="admin")
    assert pool["Name"] == f"{HOST}#lvmdriver-1"
    capabilities = openstack("volume", "backend", "capability", "show", HOST, user="admin")
    assert len(capabilities) == 4
    openstack("volume", "create", "--size", "1", "here")
    stays = said(
        openstack, "volume", "migrate", "--host", "elsewhere", openstack("volume", "show", "here")["id"]
    )
    assert "403" in stays
    assert "403" in said(openstack, "volume", "service", "list")
    assert [openstack(*words) for words in (("volume", "backup", "list"), ("volume", "group", "list"))] == [
        [],
        [],
    ]


def test_names_that_are_none_or_two_and_volumes_of_others(openstack: Any) -> None:
    assert "No Volume found for nothing" in said(openstack, "volume", "show", "nothing")
    for _ in range(2):
        openstack("volume", "create", "--size", "1", "twin")
    assert "More than one Volume exists with the name 'twin'" in said(openstack, "volume", "show", "twin")
    mine = openstack("volume", "create", "--size", "1", "mine")["id"]
    assert f"No Volume found for {mine}" in said(openstack, "volume", "show", mine, user="alt_demo")
    assert openstack("volume", "show", mine, user="admin")["os-vol-host-attr:host"] == f"{HOST}#lvmdriver-1"
    assert names(openstack("volume", "list", "--all-projects", user="admin")) == ["mine", "twin", "twin"]
    openstack("volume", "set", "--state", "error", mine, user="admin")
    assert openstack("volume", "show", mine)["status"] == "error"
    openstack("volume", "delete", "--force", mine, user="admin")


def test_a_volume_in_use_stays(openstack: Any) -> None:
    network = openstack("network", "list", "--name", "private")[0]["ID"]
    machine = ("--flavor", "m1.tiny", "--image", "cirros", "--network", network, "--wait", "vm")
    openstack("server", "create", *machine)
    openstack("volume", "create", "--size", "1", "data")
    openstack("server", "add", "volume", "vm", "data")
    (row,) = openstack("volume", "list")
    assert row["Status"] == "in-use" and row["Attached to"][0]["device"] == "/dev/vdb"
    assert "must not be migrating, attached" in said(openstack, "volume", "delete", "data")
    (attached,) = openstack("volume", "attachment", "list")
    assert (attached["Volume ID"], attached["Status"]) == (row["ID"], "attached")
    shown = openstack("volume", "attachment", "show", attached["ID"])
    assert shown["Properties"]["driver_volume_type"] == "iscsi"
    openstack("server", "remove", "volume", "vm", "data")
    openstack("volume", "delete", "data")


def test_with_the_sdk(sdk: Any) -> None:
    """The cloud layer and the proxy: create and wait, extend, snapshot, transfer, retype, upload, limits, delete."""
    demo, alt, admin = sdk("demo"), sdk("alt_demo"), sdk("admin")
    volume = demo.create_volume(1, name="disk", image="cirros", bootable=True, wait=True)
    assert (volume.status, volume.is_bootable) == ("available", True)
    demo.block_storage.extend_volume(volume, 3)
    demo.block_storage.set_volume_metadata(volume, use="talk")
    assert demo.get_volume("disk").size == 3
    snapshot = demo.create_volume_snapshot(volume.id, name="moment", wait=True)
    demo.block_storage.revert_volume_to_snapshot(volume, snapshot)
    assert demo.delete_volume_snapshot(snapshot.id, wait=True)

    admin.block_storage.create_type(name="gold")
    demo.block_storage.retype_volume(volume, "gold")
    assert demo.get_volume("disk").volume_type == "gold"
    image = demo.block_storage.upload_volume_to_image(volume, "of-disk", disk_format="qcow2")
    assert demo.image.get_image(image["image_id"]).status == "active"

    offer = demo.block_storage.create_transfer(volume_id=volume.id, name="gift")
    alt.block_storage.accept_transfer(offer.id, offer.auth_key)
    with pytest.raises(openstack.exceptions.NotFoundException):
        demo.block_storage.get_volume(volume.id)
    limits = alt.block_storage.get_limits().absolute
    assert (limits.total_volumes_used, limits.total_gigabytes_used) == (1, 3)
    with pytest.raises(openstack.exceptions.ForbiddenException):
        demo.block_storage.create_type(name="mine")
    assert [service.binary for service in admin.block_storage.services()]
    assert next(iter(demo.block_storage.resource_filters())).resource == "volume"
    assert list(demo.block_storage.backups()) == list(demo.block_storage.groups()) == []
    assert alt.delete_volume("disk", wait=True)

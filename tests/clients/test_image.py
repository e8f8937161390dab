"""Images with `openstack image …` and openstacksdk: made, changed, shared, imported, saved, and what is refused."""

from pathlib import Path
from typing import Any

import openstack.exceptions
import pytest

BYTES = b"what is on a disk\n" * 64


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "disk.img"
    path.write_bytes(BYTES)
    return str(path)


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["Name"] for row in rows]


def project_id(openstack: Any, user: str = "alt_demo") -> str:
    return str(openstack("token", "issue", user=user)["project_id"])


def test_create_show_set_save_delete(openstack: Any, file: str, tmp_path: Path) -> None:
    wish = ("--property", "os_distro=mine", "--tag", "one", "--tag", "two", "--protected", "--min-disk", "1")
    made = openstack("image", "create", "--file", file, *wish, "disk")
    assert (made["status"], made["size"], made["visibility"]) == ("active", len(BYTES), "shared")
    assert (made["disk_format"], made["container_format"], made["min_disk"]) == ("raw", "bare", 1)

    kept = openstack("image", "delete", "disk", ok=False)
    assert f"Image {made['id']} is protected and cannot be deleted." in kept.err

    changes = (
        "--unprotected",
        "--name",
        "renamed",
        "--property",
        "color=red",
        "--tag",
        "three",
        "--min-ram",
        "64",
    )
    openstack("image", "set", *changes, "disk")
    openstack("image", "unset", "--property", "os_distro", "--tag", "one", "renamed")
    shown = openstack("image", "show", "renamed")
    assert (shown["id"], shown["protected"], shown["min_ram"]) == (made["id"], False, 64)
    assert sorted(shown["tags"]) == ["three", "two"]
    assert shown["properties"]["color"] == "red" and "os_distro" not in shown["properties"]

    saved = tmp_path / "saved"
    openstack("image", "save", "--file", str(saved), "renamed")
    assert saved.read_bytes() == BYTES
    openstack("image", "delete", "renamed")
    assert "No Image found for renamed" in openstack("image", "show", "renamed", ok=False).err


def test_lists_and_their_filters(openstack: Any, file: str) -> None:
    openstack("image", "create", "--file", file, "--private", "--tag", "mine", "private-one")
    openstack("image", "create", "--file", file, "--community", "--property", "os_distro=x", "for-all")
    openstack("image", "create", "--file", file, "--public", "of-the-house", user="admin")

    def listed(*words: str, user: str = "demo") -> list[str]:
        return sorted(names(openstack("image", "list", *words, user=user)))

    assert listed() == ["cirros", "for-all", "of-the-house", "private-one"]
    assert listed("--tag", "mine") == listed("--private") == ["private-one"]
    assert listed("--public", "--name", "cirros") == ["cirros"]
    assert listed("--property", "os_distro=x") == ["for-all"]
    assert len(listed("--limit", "1")) == 1
    assert listed(user="alt_demo") == ["cirros", "of-the-house"]
    assert listed("--community", user="alt_demo") == ["for-all"]
    assert "private-one" in listed(user="admin")
    long = openstack("image", "list", "--long", "--private")[0]
    assert (long["Size"], long["Tags"], long["Protected"]) == (len(BYTES), ["mine"], False)


def test_an_image_is_shared_with_a_project(openstack: Any, file: str) -> None:
    image, alt = openstack("image", "create", "--file", file, "ours")["id"], project_id(openstack)
    member = openstack("image", "add", "project", "ours", alt)
    assert (member["member_id"], member["status"]) == (alt, "pending")
    assert openstack("image", "member", "list", "ours")[0]["Member ID"] == alt

    pending = ("image", "list", "--shared", "--member-status", "pending")
    assert names(openstack(*pending, user="alt_demo")) == ["ours"]
    assert "ours" not in names(openstack("image", "list", user="alt_demo"))
    openstack("image", "set", "--accept", image, user="alt_demo")
    assert "ours" in names(openstack("image", "list", user="alt_demo"))

    refused = openstack("image", "set", "--name", "theirs", "ours", user="alt_demo", ok=False)
    assert "403" in refused.err  # no more: for a PATCH this client accepts nothing, so glance answers text
    assert "delete_image" in openstack("image", "delete", "ours", user="alt_demo", ok=False).err

    openstack("image", "remove", "project", "ours", alt)
    assert "No Image found for ours" in openstack("image", "show", "ours", user="alt_demo", ok=False).err


def test_an_image_is_put_away_and_hidden(openstack: Any, file: str, tmp_path: Path) -> None:
    openstack("image", "create", "--file", file, "old")
    openstack("image", "set", "--deactivate", "old")
    assert openstack("image", "show", "old")["status"] == "deactivated"
    assert openstack("image", "save", "--file", str(tmp_path / "x"), "old", ok=False).code == 1
    openstack("image", "set", "--activate", "old")
    openstack("image", "set", "--hidden", "old")
    assert names(openstack("image", "list", "--hidden")) == ["old"]
    assert names(openstack("image", "list")) == ["cirros"]


def test_who_may_not(openstack: Any, file: str) -> None:
    def said(*words: str, user: str = "demo") -> str:
        return str(openstack("image", *words, user=user, ok=False).err)

    assert "publicize_image" in said("create", "--public", "--file", file, "for-everybody")
    assert "add_image" in said("create", "--file", file, "x", user="demo_reader")
    assert "403" in said("set", "--name", "mine", "cirros")
    assert "tasks_api_access" in said("task", "list")
    openstack("image", "create", "--file", file, "mine")
    assert "403" in said("set", "--project", project_id(openstack), "mine")
    assert "delete_image" in said("delete", "mine", user="demo_reader")


def test_names_that_are_none_or_two_and_bytes_that_are_others(openstack: Any, file: str) -> None:
    assert "No Image found for nothing" in openstack("image", "show", "nothing", ok=False).err
    for _ in range(2):
        openstack("image", "create", "--file", file, "twin")
    assert (
        "More than one Image exists with the name 'twin'" in openstack("image", "show", "twin", ok=False).err
    )
    wrong = openstack("image", "create", "--disk-format", "qcow2", "--file", file, "no-qcow2", ok=False)
    assert "415" in wrong.err
    taken = ("image", "create", "--file", file, "--id", openstack("image", "show", "cirros")["id"], "x")
    assert "already exists!" in openstack(*taken, ok=False).err


def test_stage_import_and_tasks(openstack: Any, sdk: Any, file: str) -> None:
    queued = sdk("demo").image.create_image("steps", disk_format="raw", container_format="bare")
    openstack("image", "stage", "--file", file, "steps")
    assert openstack("image", "show", "steps")["status"] == "uploading"
    openstack("image", "import", "steps")
    shown = openstack("image", "show", "steps")
    assert (shown["id"], shown["status"], shown["size"]) == (queued.id, "active", len(BYTES))
    (task,) = openstack("image", "task", "list", user="admin")
    assert (task["Status"], task["Type"]) == ("success", "api_image_import")
    assert openstack("image", "task", "show", task["ID"], user="admin")["result"] == {"image_id": queued.id}
    assert openstack("image", "create", "--import", "--file", file, "at-once")["status"] == "active"
    methods = openstack("image", "import", "info")["import-methods"]
    assert methods == ["glance-direct", "web-download", "copy-image"]
    assert openstack("image", "stores", "list")[0]["ID"] == "file1"
    assert openstack("image", "metadef", "namespace", "list") == []


def test_an_image_of_a_volume(openstack: Any) -> None:
    openstack("volume", "create", "--size", "1", "disk")
    said = openstack("image", "create", "--volume", "disk", "--disk-format", "qcow2", "of-a-disk")
    assert said["status"] == "uploading"
    image = openstack("image", "show", said["image_id"])
    assert (image["name"], image["status"], image["virtual_size"]) == ("of-a-disk", "active", 1024**3)
    assert openstack("volume", "show", "disk")["status"] == "available"


def test_with_the_sdk(sdk: Any, file: str, tmp_path: Path) -> None:
    """create_image with a file, upload, import, download whole and in a stream, members, tags, find, delete."""
    demo, alt = sdk("demo"), sdk("alt_demo")
    image = demo.create_image("mine", filename=file, disk_format="raw", container_format="bare", wait=True)
    assert (image.status, image.size) == ("active", len(BYTES))
    assert demo.image.download_image(image).content == BYTES
    chunks = demo.image.download_image(image, stream=True).iter_content(chunk_size=100)
    assert b"".join(chunks) == BYTES
    demo.download_image("mine", output_path=str(tmp_path / "copy"))
    assert (tmp_path / "copy").read_bytes() == BYTES

    staged = demo.image.create_image("steps", disk_format="raw", container_format="bare")
    demo.image.stage_image(staged, data=b"staged")
    demo.image.import_image(staged)
    assert demo.image.wait_for_status(staged, status="active", wait=10).size == 6

    demo.image.add_member(image, member=alt.current_project_id)
    alt.image.update_member(alt.current_project_id, image, status="accepted")
    assert [member.status for member in demo.image.members(image)] == ["accepted"]
    assert alt.image.find_image("mine").id == image.id

    demo.image.add_tag(image, "new")
    updated = demo.image.update_image(image.id, min_disk=2, color="blue")
    assert (updated.min_disk, updated.tags, updated.properties["color"]) == (2, ["new"], "blue")
    with pytest.raises(openstack.exceptions.ForbiddenException):
        alt.image.delete_image(image)
    assert demo.delete_image("mine", wait=True)
    assert demo.image.find_image("mine") is None


def test_a_part_is_downloaded(sdk: Any, file: str) -> None:
    demo = sdk("demo")
    image = demo.create_image("mine", filename=file, disk_format="raw", container_format="bare", wait=True)
    part = demo.image.get(f"/images/{image.id}/file", headers={"Range": "bytes=5-6"})
    assert (part.status_code, part.content) == (206, BYTES[5:7])

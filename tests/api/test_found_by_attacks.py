"""What the attacks (tests/attack) found: one small story a bug, so that it stays mended."""

from typing import Any

from tests.api.servers import act, allocations_of, create, fault, image_id, show, volume

Api = Any


def on_a_volume(api: Api, name: str = "data", **more: Any) -> str:
    """A server that boots from a volume. Gives its id."""
    disk = {"boot_index": 0, "uuid": volume(api, name, **more), "source_type": "volume"}
    body = {"block_device_mapping_v2": [{**disk, "destination_type": "volume"}], "imageRef": ""}
    server_id = create(api, "bfv", **body)
    api.advance(10)
    assert show(api, server_id)["status"] == "ACTIVE"
    return server_id


def test_a_rebuild_keeps_a_server_on_its_volume(api: Api) -> None:
    """It took room for a local disk afterwards (nova, compute/api.py rebuild: image_ref stays empty)."""
    server_id = on_a_volume(api, imageRef=image_id(api))
    before = allocations_of(api, server_id)
    assert act(api, server_id, "rebuild", {"imageRef": image_id(api)}).status_code == 202
    api.advance(10)
    assert show(api, server_id)["image"] == ""
    act(api, server_id, "resize", {"flavorRef": "2"})
    api.advance(10)
    act(api, server_id, "revertResize")
    api.advance(10)
    assert {row["resources"].get("DISK_GB") for row in allocations_of(api, server_id).values()} == {None}, (
        before
    )


def test_another_image_is_no_rebuild_for_a_server_on_a_volume(api: Api) -> None:
    server_id = on_a_volume(api)
    status, message = fault(act(api, server_id, "rebuild", {"imageRef": image_id(api)}))
    assert (status, message) == (
        400,
        f"Image {image_id(api)} is unacceptable: Unable to rebuild with a different image for a volume-backed server.",
    )

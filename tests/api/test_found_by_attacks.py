"""What the attacks (tests/attack) found: one small story a bug, so that it stays mended."""

from typing import Any

import pytest

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


def held(api: Api) -> list[tuple[bool, Any]]:
    """What placement holds on the one host: (by a server?, resources), by any consumer."""
    servers = {
        one["id"] for one in api.get("nova", "/v2.1/servers?all_tenants=1", user="admin").json()["servers"]
    }
    host = api.get("placement", "/resource_providers", user="admin").json()["resource_providers"][0]["uuid"]
    path = f"/resource_providers/{host}/allocations"
    found = api.get("placement", path, user="admin").json()["allocations"]
    return sorted((who in servers, sorted(room["resources"].items())) for who, room in found.items())


TINY = [("DISK_GB", 1), ("MEMORY_MB", 512), ("VCPU", 1)]
SMALL = [("DISK_GB", 20), ("MEMORY_MB", 2048), ("VCPU", 1)]


def resized(api: Api) -> str:
    server_id = create(api)
    api.advance(10)
    act(api, server_id, "resize", {"flavorRef": "2"})
    api.advance(10)
    return server_id


def test_a_resize_holds_room_for_both_flavors_until_it_is_settled(api: Api) -> None:
    """The old flavor's under the migration's id, so that a revert can't fail (seen on 2025.2)."""
    server_id = resized(api)
    assert held(api) == [(False, TINY), (True, SMALL)]
    act(api, server_id, "revertResize")
    api.advance(10)
    assert held(api) == [(True, TINY)]
    act(api, server_id, "resize", {"flavorRef": "2"})
    api.advance(10)
    act(api, server_id, "confirmResize")
    api.advance(10)
    assert held(api) == [(True, SMALL)]


def test_a_server_deleted_between_two_flavors_leaves_no_room_behind(api: Api) -> None:
    api.delete("nova", f"/v2.1/servers/{resized(api)}")
    api.advance(10)
    assert held(api) == []


def test_a_resize_that_finds_no_host_keeps_its_room(api: Api) -> None:
    big = {"flavor": {"name": "big", "ram": 512, "vcpus": 1, "disk": 10**7, "id": "big"}}
    assert api.post("nova", "/v2.1/flavors", big, user="admin").status_code == 200
    server_id = create(api)
    api.advance(10)
    act(api, server_id, "resize", {"flavorRef": "big"})
    api.advance(10)
    assert show(api, server_id)["status"] == "ACTIVE" and held(api) == [(True, TINY)]


@pytest.mark.parametrize(
    ("service", "path", "kind"),
    [
        ("nova", "/v2.1/flavors", "compute 2"),
        ("cinder", "/v3/volumes", "volume 3"),
        ("placement", "/resource_providers", "placement 1"),
    ],
)
def test_a_microversion_of_thousands_of_digits_is_none(api: Api, service: str, path: str, kind: str) -> None:
    """Python reads no number that long: it was a 500."""
    headers = {"OpenStack-API-Version": f"{kind}.{'9' * 5000}"}
    assert api.get(service, path, user="admin", headers=headers).status_code == 400


def test_a_property_of_any_name_is_looked_for(api: Api) -> None:
    """A NUL in the name of a filter was a 500: SQLite's JSON paths take none."""
    for name in ("a%00b", '"', "$.x", "%5B0%5D"):
        assert api.get("glance", f"/v2/images?{name}=1").json()["images"] == []
    image = {"name": "n", 'a"b': "yes", "plain": "yes"}
    made = api.post("glance", "/v2/images", image).json()["id"]
    for name in ('a"b', "plain"):
        found = api.get("glance", f"/v2/images?{name}=yes").json()["images"]
        assert [one["id"] for one in found] == [made]


@pytest.mark.parametrize("path", ["servers?limit=%0A", "flavors?limit=%0A", "os-volumes?offset=%0A"])
def test_a_line_end_is_no_number(api: Api, path: str) -> None:
    """It passes the schema's pattern (`$`), and then nova.utils.validate_integer refuses it."""
    status, message = fault(api.get("nova", f"/v2.1/{path}"))
    assert status == 400
    assert message == f"Invalid input received: {path.partition('?')[2][:-4]} must be an integer"


@pytest.mark.parametrize("service", ["nova", "cinder", "neutron", "glance", "placement", "keystone"])
def test_the_simulators_own_mark_is_no_path(api: Api, service: str) -> None:
    """/@/… reached the routes behind the version, without what the version's place says of the request."""
    plain, marked = (api.get(service, f"/{name}/networks", user="admin") for name in ("x", "@"))
    assert (
        marked.status_code == plain.status_code
        and marked.headers["Content-Type"] == plain.headers["Content-Type"]
    )
    kinds = {"nova": "flavors", "cinder": "volumes", "neutron": "networks", "glance": "images"}
    assert api.get(service, f"/@/{kinds.get(service, 'users')}", user="admin").status_code in (300, 404)

"""What nova says of bad input at create, and of servers that aren't there (recordings nova_*/217 … 253)."""

from typing import Any

import pytest

from tests.api.servers import built, fault, image_id, mv, order, volume

Api = Any
NOBODY = "00000000-0000-0000-0000-000000000000"


def refused(api: Api, **more: Any) -> tuple[int, str]:
    """What a create with these changes gets; None takes a property away."""
    body = order(api)
    body["server"] |= {name: value for name, value in more.items() if value is not None}
    for name, value in more.items():
        if value is None:
            body["server"].pop(name, None)
    answer = api.post("nova", "/v2.1/servers", body)
    assert api.get("nova", "/v2.1/servers").json()["servers"] == []
    return fault(answer)


WRONG = [
    ({"flavorRef": "999"}, "Flavor 999 could not be found."),
    ({"imageRef": NOBODY}, "Can not find requested image"),
    ({"imageRef": None}, "Missing imageRef attribute"),
    ({"imageRef": ""}, "Missing imageRef attribute"),
    ({"key_name": "nope"}, "Invalid key_name provided."),
    ({"name": ""}, "Invalid input for field/attribute name. Value: . '' should be non-empty"),
    ({"min_count": 3, "max_count": 2}, "min_count must be <= max_count"),
    ({"availability_zone": "mars"}, "The requested availability zone is not available"),
    ({"networks": [{"uuid": NOBODY}]}, f"Network {NOBODY} could not be found."),
    ({"networks": [{"uuid": "x"}]}, "Bad networks format: network uuid is not in proper format (x)"),
    ({"networks": [{"port": NOBODY}]}, f"Port id {NOBODY} could not be found."),
    (
        {"networks": [{"port": NOBODY, "fixed_ip": "10.0.0.9"}]},
        f"Specified Fixed IP '10.0.0.9' cannot be used with port '{NOBODY}': the two cannot be specified together.",
    ),
    ({"security_groups": [{"name": "no"}]}, "Unable to find security_group with name or id 'no'"),
    (
        {"metadata": {"a": 1}},
        "Invalid input for field/attribute a. Value: 1. 1 is not of type 'string'",
    ),
    (
        {"name": " x "},
        "An invalid 'name' value was provided. The name must be: printable characters. "
        "Can not start or end with whitespace.",
    ),
]


@pytest.mark.parametrize(("more", "message"), WRONG, ids=[" ".join(more) for more, _ in WRONG])
def test_a_mistake_in_the_body_is_a_400_with_a_sentence(api: Api, more: Any, message: str) -> None:
    assert refused(api, **more) == (400, message)


def test_the_name_is_required_and_quoted_back(api: Api) -> None:
    code, message = refused(api, name=None)
    assert code == 400 and message.endswith("'name' is a required property")
    assert "'flavorRef': '1'" in message


def test_what_is_no_server_at_all(api: Api) -> None:
    for data, message in (
        ("{}", "'server' is a required property"),
        ("", "None is not of type 'object'"),
        ('{"server": {', "Malformed request body"),
        ("[]", "[] is not of type 'object'"),
        ('{"server": 1}', "Invalid input for field/attribute server. Value: 1. 1 is not of type 'object'"),
    ):
        answer = api("POST", "nova", "/v2.1/servers", data=data, headers={"Content-Type": "application/json"})
        assert fault(answer) == (400, message)


def test_the_legacy_api_drops_what_it_does_not_know(api: Api) -> None:
    body = {**order(api, " web ", color="red"), "foo": 1}
    assert api.post("nova", "/v2.1/servers", body).status_code == 400
    answer = api.post("nova", "/v2/servers", body)
    assert answer.status_code == 202
    path = f"/v2/servers/{answer.json()['server']['id']}"
    assert api.get("nova", path).json()["server"]["name"] == "web"


def test_what_is_taken_though_it_looks_wrong(api: Api) -> None:
    flavor = f"{api.cloud.url('nova')}/v2.1/flavors/1"
    for more in ({"flavorRef": 1}, {"flavorRef": flavor}, {"user_data": "%%%"}, {"adminPass": "secretpw"}):
        answer = api.post("nova", "/v2.1/servers", order(api, **more))
        assert answer.status_code == 202, answer.text
    assert answer.json()["server"]["adminPass"] == "secretpw"


def test_bad_padding_is_no_base64(api: Api) -> None:
    assert refused(api, user_data="a")[0] == 400


def image(api: Api, **more: Any) -> str:
    """An image with a few bytes in it. Gives its id."""
    body = {"name": "big", "disk_format": "raw", "container_format": "bare", **more}
    image_id = api.post("glance", "/v2/images", body).json()["id"]
    octets = {"Content-Type": "application/octet-stream"}
    assert (
        api("PUT", "glance", f"/v2/images/{image_id}/file", data=b"disk", headers=octets).status_code == 204
    )
    return str(image_id)


def test_an_image_without_data(api: Api) -> None:
    image_id = api.post("glance", "/v2/images", {"name": "empty"}).json()["id"]
    assert refused(api, imageRef=image_id) == (400, f"Image {image_id} is not active.")


def test_an_image_that_is_too_large_for_the_flavor(api: Api) -> None:
    hungry, large = image(api, min_ram=4096), image(api, min_disk=5)
    assert refused(api, imageRef=hungry) == (400, "Flavor's memory is too small for requested image.")
    code, message = refused(api, imageRef=large)
    assert (code, message.partition(".")[0]) == (
        400,
        "Flavor's disk is smaller than the minimum size specified in image metadata",
    )


def test_metadata_has_a_quota(api: Api) -> None:
    api.put(
        "nova",
        f"/v2.1/os-quota-sets/{api.project_id('demo')}",
        {"quota_set": {"metadata_items": 1}},
        user="admin",
    )
    assert refused(api, metadata={"a": "1", "b": "2"}) == (403, "Maximum number of metadata items exceeds 1")


def test_a_boot_volume_that_is_not_there(api: Api) -> None:
    device = {"boot_index": 0, "uuid": NOBODY, "source_type": "volume", "destination_type": "volume"}
    assert refused(api, block_device_mapping_v2=[device]) == (400, f"Volume {NOBODY} could not be found.")


def test_two_things_to_boot_from(api: Api) -> None:
    device = {
        "boot_index": 0,
        "uuid": image_id(api),
        "source_type": "image",
        "destination_type": "volume",
        "volume_size": 1,
    }
    code, message = refused(api, block_device_mapping_v2=[device])
    assert code == 400 and message.startswith("Block Device Mapping is Invalid: Boot sequence")


def test_nobody_here_by_that_name(api: Api) -> None:
    for server_id in (NOBODY, "abc", "%F0%9F%8D%8B"):
        for method, tail in (("GET", ""), ("DELETE", ""), ("GET", "/ips"), ("GET", "/metadata")):
            answer = api(method, "nova", f"/v2.1/servers/{server_id}{tail}")
            assert answer.status_code == 404
            assert answer.json()["itemNotFound"]["message"].endswith("could not be found.")


def test_methods_that_a_server_has_not(api: Api) -> None:
    path = f"/v2.1/servers/{built(api)}"
    for method in ("PATCH", "POST"):
        answer = api(method, "nova", path, json={}, headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json()["title"]) == (404, "Not Found")


def test_what_we_do_not_have_says_so(api: Api) -> None:
    path = f"/v2.1/servers/{built(api)}/os-volume_attachments"
    body = {"volumeAttachment": {"volumeId": volume(api)}}
    answer = api.put("nova", f"{path}/{volume(api)}", body, user="admin")
    assert answer.status_code == 404
    assert answer.headers["X-Cloudlab-Absent"].startswith("PUT /servers/{server_id}/os-volume_attachments/")
    assert api.put("nova", f"{path}/{volume(api)}", body).status_code == 403


NASTY = [
    {"server": {"name": "x" * 300}},
    {"server": {"min_count": 10**30}},
    {"server": {"min_count": "9" * 5000}},
    {"server": {"networks": 5}},
    {"server": {"networks": [5]}},
    {"server": {"networks": [{"uuid": None}]}},
    {"server": {"security_groups": [None]}},
    {"server": {"security_groups": [{}]}},
    {"server": {"metadata": []}},
    {"server": {"metadata": {"": ""}}},
    {"server": {"key_name": 5}},
    {"server": {"imageRef": 5}},
    {"server": {"imageRef": {}}},
    {"server": {"flavorRef": []}},
    {"server": {"flavorRef": 10**30}},
    {"server": {"flavorRef": "\x00"}},
    {"server": {"name": "\x00"}},
    {"server": {"availability_zone": "::"}},
    {"server": {"availability_zone": "nova:elsewhere"}},
    {"server": {"block_device_mapping_v2": [{}]}},
    {"server": {"block_device_mapping_v2": [{"boot_index": "x"}]}},
    {"server": {"block_device_mapping_v2": [{"boot_index": 7, "source_type": "blank"}]}},
    {"server": {"user_data": "A" * 70_000}},
    {"server": {"config_drive": "perhaps"}},
    {"server": {"return_reservation_id": 7}},
    {"server": {}, "os:scheduler_hints": 5},
    {"server": {"networks": [{"uuid": NOBODY, "fixed_ip": "999.1.1.1"}]}},
]


@pytest.mark.parametrize("change", NASTY, ids=lambda change: str(change)[:50])
def test_no_input_breaks_the_service(api: Api, change: Any) -> None:
    body = {**change, "server": {**order(api)["server"], **change["server"]}}
    for path, headers in (("/v2.1/servers", {}), ("/v2.1/servers", mv("2.100")), ("/v2/servers", {})):
        answer = api.post("nova", path, body, headers=headers)
        assert answer.status_code < 500, answer.text


QUERIES = [
    "limit=-1",
    "limit=99999999999999999999",
    "marker=%00",
    "name=%5B",
    "name=%00",
    "sort_key=nope",
    "sort_dir=up",
    "changes-since=2026-13-01",
    "status=%00",
    "power_state=99999999999999999999",
    "locked=perhaps",
    "ip=(",
    "all_tenants=perhaps",
    "tags=%22",
    "deleted=7",
    "flavor=%2F%2F",
    "launched_at=x",
    "created_at=x",
]


@pytest.mark.parametrize("query", QUERIES)
def test_no_query_breaks_a_list(api: Api, query: str) -> None:
    for user in ("demo", "admin"):
        for headers in ({}, mv("2.100")):
            for path in ("/v2.1/servers", "/v2.1/servers/detail"):
                answer = api.get("nova", f"{path}?{query}", user=user, headers=headers)
                assert answer.status_code < 500, answer.text

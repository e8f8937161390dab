"""Stories of images: description, bytes, changes, who sees what (Image API v2; recordings glance/001 … 041)."""

import hashlib
from typing import Any

from cloudlab.sim.bootstrap import ADMIN_PROJECT_ID, IMAGE_ID
from cloudlab.sim.glance import first_image

Api = Any  # tests/api/conftest.py
PATCH = "application/openstack-images-v2.1-json-patch"
EARLY_PATCH = "application/openstack-images-v2.0-json-patch"
UNKNOWN = "00000000-0000-0000-0000-000000000000"
JSON = {"Accept": "application/json"}


def create(api: Api, user: str = "demo", **fields: Any) -> dict[str, Any]:
    answer = api.post("glance", "/v2/images", fields, user=user)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def upload(api: Api, image: dict[str, Any], data: bytes, **how: Any) -> Any:
    headers = {"Content-Type": "application/octet-stream", **JSON}
    return api.put("glance", image["file"], data=data, headers=headers, **how)


def patch(api: Api, image_id: str, *changes: Any, kind: str = PATCH, **how: Any) -> Any:
    headers = {"Content-Type": kind, **JSON}
    return api.patch("glance", f"/v2/images/{image_id}", json=list(changes), headers=headers, **how)


def replace(name: str, value: Any, op: str = "replace") -> dict[str, Any]:
    return {"op": op, "path": f"/{name}", "value": value}


def names(answer: Any) -> list[str]:
    return [image["name"] for image in answer.json()["images"]]


def test_the_first_image_is_the_talks_and_its_bytes_are_what_it_says(api: Api) -> None:
    image = api.get("glance", f"/v2/images/{IMAGE_ID}").json()
    assert (image["name"], image["visibility"], image["owner"]) == ("cirros", "public", ADMIN_PROJECT_ID)
    assert (image["disk_format"], image["container_format"], image["status"]) == ("qcow2", "bare", "active")
    answer = api.get("glance", image["file"])
    assert answer.headers["Content-Type"] == "application/octet-stream"
    data = answer.content
    assert len(data) == image["size"] == 196_616
    assert hashlib.md5(data).hexdigest() == image["checksum"] == answer.headers["Content-MD5"]
    assert hashlib.new(image["os_hash_algo"], data).hexdigest() == image["os_hash_value"]
    assert data[:4] == b"QFI\xfb" and int.from_bytes(data[24:32], "big") == image["virtual_size"]
    assert data == first_image.data()


def test_an_image_is_described_then_filled_then_deleted(api: Api) -> None:
    answer = api.post(
        "glance", "/v2/images", {"name": "mine", "disk_format": "raw", "container_format": "bare"}
    )
    image = answer.json()
    assert answer.headers["Location"] == api.cloud.url("glance") + image["self"]
    assert (image["status"], image["visibility"], image["size"]) == ("queued", "shared", None)
    assert image["owner"] == api.project_id("demo") and "stores" not in image
    assert api.get("glance", image["file"]).status_code == 204
    api.advance(5)
    assert upload(api, image, b"x" * 200_000).status_code == 204  # more than a body may otherwise hold
    filled = api.get("glance", image["self"]).json()
    assert (filled["status"], filled["size"], filled["virtual_size"]) == ("active", 200_000, 200_000)
    assert filled["checksum"] == hashlib.md5(b"x" * 200_000).hexdigest()
    assert filled["updated_at"] > filled["created_at"] and filled["stores"] == "file1"
    assert api.get("glance", image["file"]).content == b"x" * 200_000
    again = upload(api, image, b"y")
    assert again.status_code == 409
    assert again.json()["message"].startswith("Image status transition from active to saving is not allowed")
    assert api.delete("glance", image["self"]).status_code == 204
    assert api.get("glance", image["self"]).status_code == 404
    assert api.delete("glance", image["self"]).status_code == 404


def test_bytes_need_formats_and_their_media_type(api: Api) -> None:
    image = create(api, name="bare")
    refused = upload(api, image, b"x")
    assert refused.status_code == 400
    assert refused.json()["message"].startswith("Properties disk_format, container_format must be set")
    wrong = api.put("glance", image["file"], data=b"x", headers={"Content-Type": "text/plain", **JSON})
    assert wrong.status_code == 415
    assert wrong.json()["message"].startswith("The request media type text/plain is not supported")
    assert api.get("glance", image["self"]).json()["status"] == "queued"


def test_no_body_is_too_large(api: Api) -> None:
    """The service has no such limit (recording limits: glance_body_too_large)."""
    answer = api.post("glance", "/v2/images", data=b"\0" * 120_000, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "400 Bad Request")


def test_the_same_name_gives_everybody_the_same_id(api: Api) -> None:
    first = create(api, name="same")
    create(api, name="between")
    assert create(api, name="same")["id"] != first["id"]
    asked = create(api, id="12345678-1234-1234-1234-123456789abc", name="chosen")
    assert asked["id"] == "12345678-1234-1234-1234-123456789abc"
    twice = api.post("glance", "/v2/images", {"id": IMAGE_ID}, headers=JSON)
    assert (twice.status_code, twice.json()["code"]) == (409, "409 Conflict")
    assert twice.json()["message"].startswith(f"Image ID {IMAGE_ID} already exists!")


BAD_BODIES = [
    ({"name": 7}, 400, "Provided object does not match schema 'image': 7 is not of type 'null', 'string'"),
    ({"disk_format": "floppy"}, 400, "Provided object does not match schema 'image': 'floppy' is not one of"),
    ({"visibility": "secret"}, 400, "Provided object does not match schema 'image': 'secret' is not one of"),
    ({"min_ram": "1"}, 400, "Provided object does not match schema 'image': '1' is not of type 'integer'"),
    ({"min_ram": -1}, 400, "Invalid value '-1' for parameter 'min_ram': Cannot be a negative value"),
    ({"min_disk": 2**70}, 400, f"Invalid value '{2**70}' for parameter 'min_disk'"),
    ({"tags": "a"}, 400, "Provided object does not match schema 'image': 'a' is not of type 'array'"),
    ({"mine": 7}, 400, "Provided object does not match schema 'image': 7 is not of type 'string'"),
    ({"id": "nonsense"}, 400, "Provided object does not match schema 'image': 'nonsense' does not match"),
    ({"x" * 256: "y"}, 400, "Custom property should not be greater than 255 characters."),
    ({"status": "active"}, 403, "Attribute 'status' is read-only."),
    ({"file": "x"}, 403, "Attribute 'file' is read-only."),
    ({"stores": "x"}, 403, "Attribute 'stores' is read-only."),
    ({"deleted": "x"}, 403, "Attribute 'deleted' is reserved."),
    ({"visibility": "public"}, 403, "You are not authorized to complete publicize_image action."),
    ({"owner": "other"}, 403, "You are not permitted to create images owned by 'other'"),
    ([], 400, "Malformed JSON in request body."),
]


def test_bad_descriptions_are_refused_in_glances_words(api: Api) -> None:
    for body, status, sentence in BAD_BODIES:
        answer = api.post("glance", "/v2/images", body, headers=JSON)
        assert answer.status_code == status, body
        assert answer.json()["message"].startswith(sentence), body
    for raw in ("", "{", '{"name": "\\ud800"}'):
        headers = {**JSON, "Content-Type": "application/json"}
        assert api.post("glance", "/v2/images", data=raw, headers=headers).status_code == 400, raw
    assert names(api.get("glance", "/v2/images")) == ["cirros"]


def test_a_patch_changes_adds_and_removes(api: Api) -> None:
    image = create(api, name="mine", os_distro="x", tags=["a"])
    changes = (
        replace("name", "yours"),
        replace("os_version", "1", op="add"),
        {"op": "remove", "path": "/os_distro"},
    )
    body = patch(api, image["id"], *changes).json()
    assert (body["name"], body["os_version"]) == ("yours", "1") and "os_distro" not in body
    early = patch(api, image["id"], {"replace": "/tags", "value": ["b", "b", "c"]}, kind=EARLY_PATCH)
    assert early.json()["tags"] == ["b", "c"]
    assert patch(api, image["id"], replace("owner", "x"), user="admin").json()["owner"] == "x"


BAD_CHANGES = [
    (replace("status", "active"), 403, "Attribute 'status' is read-only."),
    (replace("deleted", "x"), 403, "Attribute 'deleted' is reserved."),
    (replace("visibility", "public"), 403, "You are not authorized to complete publicize_image action."),
    (replace("owner", "x"), 403, "Owner can't be updated by non admin."),
    (replace("locations", []), 403, "It's not allowed to update locations if locations are invisible."),
    (replace("nothing", "x"), 409, "Property nothing does not exist."),
    ({"op": "remove", "path": "/nothing"}, 409, "Property nothing does not exist."),
    ({"op": "remove", "path": "/name"}, 403, "Property name may not be removed."),
    (
        {"op": "move", "path": "/name"},
        400,
        "Invalid operation: `move`. It must be one of the following: add,",
    ),
    ({"path": "/name"}, 400, "Unable to find `op` in JSON Schema change."),
    ({"op": ["add"], "path": "/name", "value": "x"}, 400, "Invalid operation: `['add']`."),
    ({"op": "add", "value": "x"}, 400, "Unable to find 'path' in JSON Schema change"),
    ({"op": "add", "path": "/name"}, 400, 'Operation "add" requires a member named "value".'),
    (replace("a/b", "x"), 400, "Invalid JSON pointer for this resource: '/a/b'"),
    ({"op": "add", "path": "name", "value": "x"}, 400, 'Pointer `name` does not start with "/".'),
    ({"op": "add", "path": 7, "value": "x"}, 400, 'Pointer `7` does not start with "/".'),
    (replace("a~2", "x"), 400, 'Pointer `/a~2` contains "~" not part of a recognized escape sequence.'),
    (replace("a//b", "x"), 400, 'Pointer `/a//b` contains adjacent "/".'),
    (replace("name", 7), 400, "Provided object does not match schema 'image': 7 is not of type"),
    (replace("min_ram", -1), 400, "Invalid value '-1' for parameter 'min_ram'"),
    ("x", 400, "Operations must be JSON objects."),
]


def test_bad_changes_change_nothing(api: Api) -> None:
    image = create(api, name="mine")
    for change, status, sentence in BAD_CHANGES:
        answer = patch(api, image["id"], replace("name", "lost"), change)
        assert answer.status_code == status, change
        assert sentence in answer.json()["message"], change
    assert api.get("glance", image["self"]).json() == image
    wrong = patch(api, image["id"], replace("name", "x"), kind="application/json")
    assert wrong.status_code == 415 and PATCH in wrong.headers["Accept-Patch"]
    headers = {"Content-Type": PATCH, **JSON}
    no_list = api.patch("glance", image["self"], json={}, headers=headers)
    assert no_list.json()["message"].startswith("Request body must be a JSON array of operation objects.")


def test_what_is_there_cannot_be_added_in_the_early_dialect(api: Api) -> None:
    image = create(api, name="mine", note="x")
    assert patch(api, image["id"], {"add": "/note", "value": "y"}, kind=EARLY_PATCH).status_code == 409
    assert patch(api, image["id"], replace("note", "y", op="add")).json()["note"] == "y"
    answer = patch(api, image["id"], {"add": "/a", "remove": "/note", "value": "y"}, kind=EARLY_PATCH)
    assert answer.status_code == 400


def test_the_format_of_a_filled_image_is_fixed(api: Api) -> None:
    image = create(api, name="mine", disk_format="raw", container_format="bare")
    assert patch(api, image["id"], replace("disk_format", "qcow2")).json()["disk_format"] == "qcow2"
    assert upload(api, image, first_image.data()).status_code == 204
    answer = patch(api, image["id"], replace("disk_format", "raw"))
    assert answer.status_code == 403
    assert answer.json()["message"].startswith(
        "Attribute disk_format can be only replaced for a queued image."
    )


def test_another_projects_image_is_not_there(api: Api) -> None:
    image = create(api, name="mine", visibility="private", disk_format="raw", container_format="bare")
    upload(api, image, b"x")
    stranger = {"user": "alt_demo", "headers": JSON}
    assert names(api.get("glance", "/v2/images", **stranger)) == ["cirros"]
    for answer in (
        api.get("glance", image["self"], **stranger),
        api.get("glance", image["file"], **stranger),
        upload(api, image, b"y", user="alt_demo"),
        patch(api, image["id"], replace("name", "x"), user="alt_demo"),
        api.put("glance", image["self"] + "/tags/x", **stranger),
        api.post("glance", image["self"] + "/actions/deactivate", **stranger),
    ):
        assert answer.status_code == 404
        assert answer.json()["message"].startswith(f"No image found with ID {image['id']}")
    gone = api.delete("glance", image["self"], **stranger)
    assert gone.json()["message"].startswith(f"Failed to find image {image['id']} to delete")
    assert api.get("glance", image["self"], user="admin").status_code == 200


def test_what_one_sees_and_does_not_own_is_forbidden(api: Api) -> None:
    path = f"/v2/images/{IMAGE_ID}"
    for answer, action in (
        (api.delete("glance", path, headers=JSON), "delete_image"),
        (patch(api, IMAGE_ID, replace("name", "x")), "modify_image"),
        (api.put("glance", path + "/tags/x", headers=JSON), "modify_image"),
        (upload(api, {"file": path + "/file"}, b"x"), "upload_image"),
        (api.post("glance", path + "/actions/deactivate", headers=JSON), "deactivate"),
    ):
        assert answer.status_code == 403, action
        assert answer.json()["message"].startswith(f"You are not authorized to complete {action} action.")


def test_a_reader_reads(api: Api) -> None:
    image = create(api, name="mine")
    assert api.get("glance", image["self"], user="demo_reader").status_code == 200
    for answer in (
        api.post("glance", "/v2/images", {"name": "x"}, user="demo_reader"),
        api.delete("glance", image["self"], user="demo_reader"),
        patch(api, image["id"], replace("name", "x"), user="demo_reader"),
    ):
        assert answer.status_code == 403


def test_a_protected_image_stays(api: Api) -> None:
    image = create(api, name="mine", protected=True)
    kept = api.delete("glance", image["self"], headers=JSON)
    assert kept.status_code == 403
    assert kept.json()["message"].startswith(f"Image {image['id']} is protected and cannot be deleted.")
    patch(api, image["id"], replace("protected", False))
    assert api.delete("glance", image["self"]).status_code == 204


def test_tags(api: Api) -> None:
    image = create(api, name="mine", tags=["a"])
    for tag in ("b", "b", "ü"):
        assert api.put("glance", f"{image['self']}/tags/{tag}").status_code == 204
    assert api.get("glance", image["self"]).json()["tags"] == ["a", "b", "ü"]
    assert names(api.get("glance", "/v2/images?tag=a&tag=ü")) == ["mine"]
    assert names(api.get("glance", "/v2/images?tag=a&tag=c")) == []
    assert api.delete("glance", f"{image['self']}/tags/a").status_code == 204
    assert api.delete("glance", f"{image['self']}/tags/a").status_code == 404
    assert api.put("glance", f"{image['self']}/tags/{'x' * 256}").status_code == 400


def test_a_deactivated_image_is_not_handed_out(api: Api) -> None:
    image = create(api, name="mine", disk_format="raw", container_format="bare")
    early = api.post("glance", image["self"] + "/actions/deactivate", headers=JSON)
    assert early.status_code == 403
    upload(api, image, b"x")
    for _ in range(2):
        assert api.post("glance", image["self"] + "/actions/deactivate").status_code == 204
    assert api.get("glance", image["self"]).json()["status"] == "deactivated"
    refused = api.get("glance", image["file"], headers=JSON)
    assert refused.status_code == 403
    assert refused.json()["message"].startswith("The requested image has been deactivated.")
    assert api.get("glance", image["file"], user="admin").content == b"x"
    assert api.post("glance", image["self"] + "/actions/reactivate").status_code == 204
    assert api.get("glance", image["file"]).content == b"x"


def test_what_nova_keeps_of_a_snapshot_is_strings(api: Api) -> None:
    image = create(
        api, name="snap", instance_uuid="i", image_type="snapshot", base_image_ref=IMAGE_ID, none=""
    )
    assert (image["instance_uuid"], image["image_type"], image["none"]) == ("i", "snapshot", "")
    assert names(api.get("glance", "/v2/images?image_type=snapshot&instance_uuid=i")) == ["snap"]
    assert names(api.get("glance", "/v2/images?image_type=other")) == []


def test_errors_come_as_they_are_accepted(api: Api) -> None:
    path = f"/v2/images/{UNKNOWN}"
    page = api.get("glance", path)  # Accept: */*, as requests and curl send it
    assert page.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert f"No image found with ID {UNKNOWN}" in page.text and "<h1>404 Not Found</h1>" in page.text
    as_json = api.get("glance", path, headers={"Accept": "text/html;q=0.5, application/json"})
    assert as_json.json() == {
        "message": f"No image found with ID {UNKNOWN}<br /><br />\n\n\n",
        "code": "404 Not Found",
        "title": "Not Found",
    }
    assert (
        api.get("glance", path, headers={"Accept": "image/png"})
        .headers["Content-Type"]
        .startswith("text/plain")
    )
    unsafe = api.post("glance", "/v2/images", {"disk_format": "<script>"})
    assert unsafe.status_code == 400 and "<script>" not in unsafe.text and "&lt;script&gt;" in unsafe.text
    no_token = api.get("glance", "/v2/images", user=None, headers=JSON)
    assert (no_token.status_code, no_token.json()["title"]) == (401, "Unauthorized")
    assert no_token.headers["WWW-Authenticate"].startswith("Keystone uri=")


def test_versions(api: Api) -> None:
    for path, status in (
        ("/", 300),
        ("/versions", 200),
        ("/v1/images", 300),
        ("/nonsense", 300),
        ("/v2.99/images", 300),
    ):
        answer = api.get("glance", path, user=None)
        assert answer.status_code == status, path
        current = [version for version in answer.json()["versions"] if version["status"] == "CURRENT"]
        assert [version["id"] for version in current] == ["v2.17"]
    assert api.get("glance", "/v2.9/images").status_code == 200
    assert api.get("glance", "/v2/nonsense", headers=JSON).json()["title"] == "Not Found"
    wrong = api.put("glance", "/v2/images", headers=JSON)
    assert wrong.status_code == 405 and "POST" in wrong.headers["Allow"]
    absent = api.post("glance", "/v2/metadefs/namespaces", {}, headers=JSON)
    assert (absent.status_code, absent.headers["X-Cloudlab-Absent"]) == (404, "POST /metadefs/namespaces")


def test_schemas_describe_what_is_answered(api: Api) -> None:
    schema = api.get("glance", "/v2/schemas/image").json()
    image = api.get("glance", f"/v2/images/{IMAGE_ID}").json()
    assert set(image) <= set(schema["properties"])
    assert api.get("glance", "/v2/schemas/images").json()["properties"]["images"]["items"] == schema
    assert api.get("glance", "/v2/info/stores").json()["stores"][0]["id"] == image["stores"]


def test_the_request_id_of_who_asks_is_taken_over(api: Api) -> None:
    """As recorded between nova and glance; longer than 64 is refused in webob's words (asked of WebOb 1.8)."""
    mine = {"X-OpenStack-Request-ID": "req-11111111-2222-3333-4444-555555555555", **JSON}
    assert (
        api.get("glance", "/v2/images", headers=mine).headers["x-openstack-request-id"]
        == mine["X-OpenStack-Request-ID"]
    )
    bare = api.get("glance", "/v2/images", headers={"X-OpenStack-Request-ID": "mine", **JSON})
    assert bare.headers["x-openstack-request-id"] == "req-mine"
    long = api.get("glance", "/v2/images", headers={"X-OpenStack-Request-ID": "x" * 65, **JSON})
    assert long.status_code == 431
    assert long.json() == {
        "message": "The request header fields were too large<br /><br />\n\n"
        "<!-- x-openstack-request-id is too long, max size 64 -->\n",
        "code": "431 Request Header Fields Too Large",
        "title": "Request Header Fields Too Large",
    }

"""Stories of bytes that come in steps or leave in parts: stage, import, tasks, ranges (seen on 2025.2)."""

from typing import Any

import pytest

from cloudlab.sim.bootstrap import IMAGE_ID
from cloudlab.sim.glance import first_image
from tests.api.test_glance_images import JSON, create, upload

Api = Any
DIRECT = {"method": {"name": "glance-direct"}}


def new(api: Api, disk_format: str = "raw") -> dict[str, Any]:
    return create(api, name="mine", disk_format=disk_format, container_format="bare")


def stage(api: Api, image: Any, data: bytes = b"0123456789", **how: Any) -> Any:
    headers = {"Content-Type": "application/octet-stream", **JSON}
    return api.put("glance", f"{image['self']}/stage", data=data, headers=headers, **how)


def bring(api: Api, image: Any, body: Any = DIRECT, **how: Any) -> Any:
    return api.post("glance", f"{image['self']}/import", body, headers=JSON, **how)


def show(api: Api, image: Any) -> dict[str, Any]:
    shown: dict[str, Any] = api.get("glance", image["self"]).json()
    return shown


def said(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["message"].partition("<br")[0])


def test_an_image_is_staged_then_imported(api: Api) -> None:
    image = new(api)
    assert stage(api, image).status_code == 204
    assert (show(api, image)["status"], show(api, image)["size"]) == ("uploading", 10)
    assert api.get("glance", image["file"]).status_code == 204
    answer = bring(api, image, {**DIRECT, "stores": ["file1"]})
    assert (answer.status_code, answer.content) == (202, b"")
    assert "os_glance_import_task" in show(api, image)
    api.advance(0.5)
    during = show(api, image)
    assert (during["status"], during["os_glance_importing_to_stores"]) == ("importing", "file1")
    api.advance(1)
    after = show(api, image)
    assert (after["status"], after["size"], after["virtual_size"]) == ("active", 10, 10)
    assert (after["os_glance_importing_to_stores"], after["os_glance_failed_import"]) == ("", "")
    assert api.get("glance", image["file"]).content == b"0123456789"
    (task,) = api.get("glance", f"{image['self']}/tasks").json()["tasks"]
    assert (task["status"], task["type"]) == ("success", "api_image_import")
    assert task["result"] == {"image_id": image["id"]}
    assert said(bring(api, image), 409) == "Image with status active cannot be target for import"


def test_an_import_that_is_refused(api: Api) -> None:
    image = new(api)
    assert (
        said(bring(api, image), 409) == "Image needs to be staged before 'glance-direct' method can be used"
    )
    assert said(bring(api, image, {}), 400) == "Import request requires a 'method' field."
    assert said(bring(api, image, []), 400) == "Import request requires a 'method' field."
    assert said(bring(api, image, {"method": {}}), 400) == "Import request requires a 'name' field."
    assert said(bring(api, image, {"method": {"name": "fax"}}), 400) == "Unknown import method name 'fax'."
    web = {"method": {"name": "web-download", "uri": "http://example.org/x"}}
    assert said(bring(api, image, web), 400) == (
        "URI for web-download does not pass filtering: http://example.org/x"
    )
    stage(api, image)
    assert said(stage(api, image), 409) == (
        "Image status transition from uploading to uploading is not allowed"
    )
    assert said(upload(api, image, b"x"), 409) == (
        "Image status transition from uploading to saving is not allowed"
    )
    assert said(bring(api, image, web), 409) == (
        "Image needs to be in 'queued' state to use 'web-download' method"
    )
    assert said(bring(api, image, {**DIRECT, "stores": ["x"]}), 409) == "Store for identifier x not found"
    assert said(bring(api, image, user="alt_demo"), 404) == f"No image found with ID {image['id']}"
    assert "modify_image" in said(bring(api, image, user="demo_reader"), 403)
    bare = create(api, name="bare")
    stage(api, bare)
    assert said(bring(api, bare), 409) == "'container_format' needs to be set before import"


def test_there_is_no_other_store_to_copy_to(api: Api) -> None:
    image = new(api)
    copy: dict[str, Any] = {"method": {"name": "copy-image"}}
    assert said(bring(api, image, copy), 409) == "Only images with status active can be targeted for copying"
    upload(api, image, b"x")
    assert "copy_image" in said(bring(api, image, copy), 403)
    here = {**copy, "stores": ["file1"]}
    assert said(bring(api, image, here, user="admin"), 400) == "Image is already present at store 'file1'"
    assert bring(api, image, {**copy, "all_stores": True}, user="admin").status_code == 202
    only = api.delete("glance", f"/v2/stores/file1/{image['id']}", user="admin", headers=JSON)
    assert said(only, 403).startswith("Cannot delete image data from the only store containing it.")


def test_bytes_that_are_not_what_the_image_says(api: Api) -> None:
    image = new(api, "qcow2")
    wrong = upload(api, image, b"no disk at all")
    assert said(wrong, 415).startswith("The request media type application/octet-stream is not supported")
    assert show(api, image)["status"] == "queued"
    stage(api, image, b"no disk at all")
    bring(api, image)
    api.advance(2)
    failed = show(api, image)
    assert (failed["status"], failed["os_glance_failed_import"]) == ("importing", "file1")
    (task,) = api.get("glance", f"{image['self']}/tasks").json()["tasks"]
    assert (task["status"], task["message"]) == ("failure", "Task failed due to Internal Error")
    assert api.delete("glance", image["self"]).status_code == 204
    assert upload(api, new(api, "qcow2"), first_image.data()).status_code == 204


def test_an_image_deleted_during_its_import(api: Api) -> None:
    image = new(api)
    stage(api, image)
    bring(api, image)
    assert api.delete("glance", image["self"]).status_code == 204
    api.advance(2)
    assert api.get("glance", image["self"]).status_code == 404


def test_tasks_are_an_administrators(api: Api) -> None:
    image = new(api)
    stage(api, image)
    bring(api, image)
    api.advance(2)
    assert "tasks_api_access" in said(api.get("glance", "/v2/tasks", headers=JSON), 403)
    (task,) = api.get("glance", "/v2/tasks?limit=1", user="admin").json()["tasks"]
    assert "input" not in task and task["status"] == "success"
    path = task["self"]
    whole = api.get("glance", path, user="admin").json()
    assert whole["input"]["import_req"] == DIRECT
    kept = api.delete("glance", path, user="admin", headers=JSON)
    assert (kept.status_code, kept.headers["Allow"]) == (405, "GET")
    assert kept.json()["message"].endswith("based on their expires_at property.")
    assert said(api.get("glance", "/v2/tasks/x", user="admin", headers=JSON), 404) == "Could not find task x"
    assert api.get("glance", "/v2/tasks?status=failure", user="admin").json()["tasks"] == []
    odd = api.get("glance", "/v2/tasks?status=odd", user="admin", headers=JSON)
    assert said(odd, 400) == "Invalid status value: odd"
    assert said(api.get("glance", f"{image['self']}/tasks", user="alt_demo", headers=JSON), 404) == (
        "The resource could not be found."
    )


@pytest.mark.parametrize(
    ("header", "part", "says"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=9-20", b"9", "bytes 9-9/10"),
        ("bytes=-50", b"0123456789", "bytes 0-9/10"),
        ("bytes=-0", b"0123456789", "bytes 0-9/10"),
    ],
)
def test_a_part_of_the_bytes(api: Api, header: str, part: bytes, says: str) -> None:
    image = new(api)
    upload(api, image, b"0123456789")
    answer = api.get("glance", image["file"], headers={"Range": header})
    assert (answer.status_code, answer.content, answer.headers["Content-Range"]) == (206, part, says)
    assert answer.headers["Content-MD5"] == "781e5e245d69b566979b86e28d23f2c7"


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("bytes=20-30", "Start position MUST be in the inclusive range [0, 9]."),
        ("bytes=10-", "Start position MUST be in the inclusive range [0, 9]."),
        ("bytes=5-2", "Invalid Range header."),
        ("bytes=a-b", "Invalid Range header."),
        ("items=0-1", "Invalid Range header."),
    ],
)
def test_a_part_that_is_not_there(api: Api, header: str, why: str) -> None:
    image = new(api)
    upload(api, image, b"0123456789")
    answer = api.get("glance", image["file"], headers={"Range": header, **JSON})
    assert answer.status_code == 416
    assert answer.json()["message"].startswith("The Range requested is not available.<br /><br />\n")
    assert answer.json()["message"].endswith(f"{why}\n\n")
    assert answer.json()["title"] == "Request Range Not Satisfiable"


def test_ranges_of_other_kinds(api: Api) -> None:
    image = new(api)
    upload(api, image, b"0123456789")
    two = api.get("glance", image["file"], headers={"Range": "bytes=0-1,3-4", **JSON})
    assert said(two, 400).startswith("Requests with multiple ranges are not supported in Glance.")
    older = api.get("glance", image["file"], headers={"Content-Range": "bytes 0-3/*"})
    assert (older.status_code, older.content) == (206, b"0123")
    junk = api.get("glance", image["file"], headers={"Content-Range": "junk", **JSON})
    assert junk.json()["message"].endswith("Invalid Content-Range header.\n\n")


def test_what_a_site_says_of_itself(api: Api) -> None:
    assert "stores_info_detail" in said(api.get("glance", "/v2/info/stores/detail", headers=JSON), 403)
    (store,) = api.get("glance", "/v2/info/stores/detail", user="admin").json()["stores"]
    assert (store["id"], store["type"], store["default"]) == ("file1", "file", "true")
    none = "Caching via API is not supported at this site."
    assert said(api.get("glance", "/v2/cache", user="admin", headers=JSON), 404) == none
    assert said(api.put("glance", f"/v2/cache/{IMAGE_ID}", user="admin", headers=JSON), 404) == none
    assert "cache_list" in said(api.get("glance", "/v2/cache", headers=JSON), 403)
    assert api.get("glance", "/v2/metadefs/namespaces").json()["namespaces"] == []
    assert api.get("glance", "/v2/metadefs/resource_types").json() == {"resource_types": []}
    assert said(api.get("glance", "/v2/metadefs/namespaces/x", headers=JSON), 404) == (
        "Metadata definition namespace=x was not found."
    )
    assert set(api.get("glance", "/v2/schemas/task").json()["properties"]) > {"input", "result", "message"}
    assert api.get("glance", "/v2/schemas/nothing", headers=JSON).status_code == 404


def test_locations_are_not_for_users(api: Api) -> None:
    path = f"/v2/images/{IMAGE_ID}/locations"
    for user in ("demo", "admin"):
        assert "fetch_image_location" in said(api.get("glance", path, user=user, headers=JSON), 403)
    filled = api.post("glance", path, {"url": "http://x"}, user="admin", headers=JSON)
    assert said(filled, 409) == "It's not allowed to add locations if image status is active."
    queued = api.post("glance", f"{new(api)['self']}/locations", {"url": "http://x"}, headers=JSON)
    assert said(queued, 403) == "http store must be enabled to use location API by normal user."

"""Stories of volumes: made, listed, changed, extended, deleted (Block Storage API v3; recordings cinder/024 to 149)."""

from typing import Any

import pytest

Api = Any

TALK = {
    "volume": {
        "size": 1,
        "availability_zone": None,
        "source_volid": None,
        "description": None,
        "multiattach": False,
        "snapshot_id": None,
        "backup_id": None,
        "name": None,
        "imageRef": None,
        "volume_type": None,
        "metadata": {},
        "consistencygroup_id": None,
    }
}


def mv(minor: int) -> dict[str, str]:
    """The header that asks for microversion 3.`minor`."""
    return {"OpenStack-API-Version": f"volume 3.{minor}"}


def make(api: Api, wait: bool = True, **wish: Any) -> dict[str, Any]:
    """A volume of demo's, available."""
    answer = api.post("cinder", "/v3/volumes", {"volume": {"size": 1, **wish}})
    assert answer.status_code == 202, answer.text
    if wait:
        api.advance(2)
    return answer.json()["volume"]


def show(api: Api, id: str, **how: Any) -> dict[str, Any]:
    answer = api.get("cinder", f"/v3/volumes/{id}", **how)
    assert answer.status_code == 200, answer.text
    return answer.json()["volume"]


def refused(answer: Any, status: int = 400) -> str:
    """The sentence of a refusal."""
    assert answer.status_code == status, answer.text
    (body,) = answer.json().values()
    assert body["code"] == status
    return body["message"]


def test_the_talks_body_makes_a_volume_and_the_answer_has_the_slides_fields(api: Api) -> None:
    project = api.project_id("admin")
    answer = api.post("cinder", f"/v3/{project}/volumes", TALK, user="admin")
    assert answer.status_code == 202
    volume = answer.json()["volume"]
    assert set(volume) == {
        "status", "migration_status", "user_id", "attachments", "links", "availability_zone", "bootable", "encrypted",
        "created_at", "description", "updated_at", "volume_type", "name", "replication_status", "consistencygroup_id",
        "source_volid", "snapshot_id", "multiattach", "metadata", "id", "size",
    }  # fmt: skip
    assert volume["status"] == "creating"
    assert volume["bootable"] == "false"
    assert volume["volume_type"] == "lvmdriver-1"
    assert volume["links"][0]["href"] == f"{api.cloud.url('cinder')}/v3/{project}/volumes/{volume['id']}"


def test_a_volume_is_creating_then_available(api: Api) -> None:
    volume = make(api, wait=False, name="data")
    assert show(api, volume["id"])["status"] == "creating"
    api.advance(0.5)
    placed = show(api, volume["id"])
    assert placed["status"] == "creating"
    assert placed["updated_at"] is not None
    api.advance(0.6)
    assert show(api, volume["id"])["status"] == "available"


def test_a_volume_that_is_deleted_while_it_is_made_does_not_come_back(api: Api) -> None:
    """Without a place yet it is gone at once; the tasks that were due find nothing."""
    volume = make(api, wait=False)
    assert api.delete("cinder", f"/v3/volumes/{volume['id']}").status_code == 202
    assert api.get("cinder", f"/v3/volumes/{volume['id']}").status_code == 404
    api.advance(5)
    assert api.get("cinder", "/v3/volumes").json() == {"volumes": []}


def test_the_same_name_has_the_same_id_in_every_fresh_cloud(api: Api) -> None:
    from cloudlab.sim.clock import ManualClock
    from cloudlab.sim.cloud import create_cloud
    from tests.api.conftest import Api as Client
    from tests.api.conftest import WsgiAdapter

    other = create_cloud(clock=ManualClock())
    client = Client(other, type(api.session)())
    client.session.mount("http://127.0.0.1:", WsgiAdapter(other))
    make(client, name="something before")
    assert make(client, name="data")["id"] == make(api, name="data")["id"]


def test_the_list_has_links_only_the_detail_has_everything(api: Api) -> None:
    volume = make(api, name="data", metadata={"k": "v"})
    (row,) = api.get("cinder", "/v3/volumes").json()["volumes"]
    assert set(row) == {"id", "name", "links"}
    (full,) = api.get("cinder", "/v3/volumes/detail").json()["volumes"]
    assert full == show(api, volume["id"])
    assert full["metadata"] == {"k": "v"}
    assert full["os-vol-tenant-attr:tenant_id"] == api.project_id("demo")
    assert "os-vol-host-attr:host" not in full


def test_an_administrator_sees_where_it_is(api: Api) -> None:
    volume = make(api)
    full = show(api, volume["id"], user="admin")
    assert full["os-vol-host-attr:host"] == "devstack@lvmdriver-1#lvmdriver-1"
    assert full["migration_status"] is None
    assert full["os-vol-mig-status-attr:migstat"] is None


def test_filters_find_by_name_status_size_and_metadata(api: Api) -> None:
    small, large = make(api, name="small", metadata={"use": "db"}), make(api, name="large", size=3)

    def found(query: str, **how: Any) -> list[str]:
        return [v["id"] for v in api.get("cinder", f"/v3/volumes?{query}", **how).json()["volumes"]]

    assert found("name=small") == [small["id"]]
    assert found("size=3") == [large["id"]]
    assert found("metadata={'use': 'db'}") == [small["id"]]
    assert found("metadata={'use': 'x'}") == found("status=error") == found("bootable=true") == []
    assert found("status=available&name=large") == [large["id"]]
    assert len(found("color=red")) == 2  # ignored, as it was before 3.31
    message = refused(api.get("cinder", "/v3/volumes?color=red", headers=mv(31)))
    assert message == "Invalid filters color are found in query options."


def test_times_compare_from_3_60(api: Api) -> None:
    make(api, name="early")
    api.advance(100)
    late = make(api, name="late")
    headers = mv(60)
    answer = api.get("cinder", "/v3/volumes?created_at=gt:2026-01-01T00:01:00", headers=headers)
    assert [v["id"] for v in answer.json()["volumes"]] == [late["id"]]
    assert refused(api.get("cinder", "/v3/volumes?created_at=gt:yesterday", headers=headers)) == (
        "Invalid yesterday value"
    )


def test_pages_hang_together_by_marker(api: Api) -> None:
    ids = []
    for n in range(5):
        ids.append(make(api, name=f"v{n}", size=1 + n % 2)["id"])
        api.advance(1)
    newest_first = ids[::-1]
    seen: list[str] = []
    path = "/v3/volumes?limit=2"
    while path:
        page = api.get("cinder", path).json()
        seen += [v["id"] for v in page["volumes"]]
        links = page.get("volumes_links", [])
        path = links[0]["href"].removeprefix(api.cloud.url("cinder")) if links else ""
    assert seen == newest_first
    by_size = api.get("cinder", "/v3/volumes/detail?sort=size:asc,name:desc").json()["volumes"]
    assert [v["name"] for v in by_size] == ["v4", "v2", "v0", "v3", "v1"]
    after = api.get("cinder", f"/v3/volumes/detail?sort=size:asc,name:desc&marker={by_size[1]['id']}").json()
    assert [v["name"] for v in after["volumes"]] == ["v0", "v3", "v1"]
    assert api.get("cinder", "/v3/volumes?offset=3").json()["volumes"][0]["id"] == newest_first[3]


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("limit=x", 400, "limit param must be an integer"),
        ("limit=-1", 400, "limit param must be positive"),
        ("marker=nope", 404, "Volume nope could not be found."),
        ("sort_key=color", 400, "Invalid input received: Invalid sort key"),
        ("sort_dir=up", 400, "Invalid input received: Unknown sort direction, must be 'desc' or 'asc'."),
    ],
)
def test_a_strange_page_is_refused(api: Api, query: str, status: int, sentence: str) -> None:
    assert refused(api.get("cinder", f"/v3/volumes?{query}"), status) == sentence


def test_a_summary_counts_from_3_12_and_shows_metadata_from_3_36(api: Api) -> None:
    make(api, metadata={"k": "a"})
    make(api, size=2, metadata={"k": "b"})
    assert refused(api.get("cinder", "/v3/volumes/summary"), 404) == "The resource could not be found."

    def summary(version: str) -> Any:
        headers = {"OpenStack-API-Version": f"volume {version}"}
        return api.get("cinder", "/v3/volumes/summary", headers=headers).json()["volume-summary"]

    assert summary("3.12") == {"total_count": 2, "total_size": 3}
    assert sorted(summary("3.36")["metadata"]["k"]) == ["a", "b"]


def test_with_count_from_3_45(api: Api) -> None:
    for n in range(3):
        make(api, name=str(n))
    headers = mv(45)
    body = api.get("cinder", "/v3/volumes?limit=1&with_count=true", headers=headers).json()
    assert body["count"] == 3
    assert len(body["volumes"]) == 1


def test_name_and_description_change(api: Api) -> None:
    volume = make(api, name="old")
    answer = api.put(
        "cinder", f"/v3/volumes/{volume['id']}", {"volume": {"name": " new ", "description": "d"}}
    )
    assert answer.status_code == 200
    assert (answer.json()["volume"]["name"], answer.json()["volume"]["description"]) == ("new", "d")
    assert "os-vol-tenant-attr:tenant_id" not in answer.json()["volume"]
    assert show(api, volume["id"])["name"] == "new"


def test_metadata_is_added_replaced_and_removed(api: Api) -> None:
    id = make(api)["id"]
    path = f"/v3/volumes/{id}/metadata"
    assert api.post("cinder", path, {"metadata": {"a": "1"}}).json() == {"metadata": {"a": "1"}}
    assert api.post("cinder", path, {"metadata": {"b": "2"}}).json() == {"metadata": {"a": "1", "b": "2"}}
    assert api.put("cinder", f"{path}/b", {"meta": {"b": "3"}}).json() == {"meta": {"b": "3"}}
    assert api.get("cinder", f"{path}/b").json() == {"meta": {"b": "3"}}
    assert api.delete("cinder", f"{path}/b").status_code == 200
    assert refused(api.get("cinder", f"{path}/b"), 404) == f"Volume {id} has no metadata with key b."
    assert api.put("cinder", path, {"metadata": {"c": "4"}}).json() == {"metadata": {"c": "4"}}
    assert show(api, id)["metadata"] == {"c": "4"}
    message = refused(api.put("cinder", f"{path}/x", {"meta": {"y": "1"}}))
    assert message == "Request body and URI mismatch"


def test_metadata_that_changed_meanwhile_is_not_overwritten(api: Api) -> None:
    """From 3.15 an Etag says which metadata the client has seen."""
    id = make(api, metadata={"a": "1"})["id"]
    path, headers = f"/v3/volumes/{id}/metadata", mv(15)
    etag = api.get("cinder", path, headers=headers).headers["Etag"]
    api.post("cinder", path, {"metadata": {"b": "2"}})
    late = api.put("cinder", path, {"metadata": {}}, headers={**headers, "If-Match": etag})
    assert late.status_code == 412
    assert show(api, id)["metadata"] == {"a": "1", "b": "2"}


def test_extend_takes_a_while_and_only_grows(api: Api) -> None:
    id = make(api)["id"]
    assert api.post("cinder", f"/v3/volumes/{id}/action", {"os-extend": {"new_size": 3}}).status_code == 202
    during = show(api, id)
    assert (during["status"], during["size"]) == ("extending", 1)
    api.advance(1)
    after = show(api, id)
    assert (after["status"], after["size"]) == ("available", 3)
    message = refused(api.post("cinder", f"/v3/volumes/{id}/action", {"os-extend": {"new_size": 2}}))
    assert message.endswith(
        "New size for extend must be greater than current size. (current: 3, extended: 2)."
    )


def test_read_only_and_bootable_show(api: Api) -> None:
    id = make(api)["id"]
    action = f"/v3/volumes/{id}/action"
    assert api.post("cinder", action, {"os-set_bootable": {"bootable": True}}).status_code == 200
    assert api.post("cinder", action, {"os-update_readonly_flag": {"readonly": "true"}}).status_code == 202
    volume = show(api, id)
    assert volume["bootable"] == "true"
    assert volume["metadata"] == {"readonly": "True"}
    assert api.get("cinder", f"/v3/volumes/{id}/metadata").json() == {"metadata": {}}


def test_delete_is_deleting_then_gone(api: Api) -> None:
    id = make(api)["id"]
    answer = api.delete("cinder", f"/v3/volumes/{id}")
    assert (answer.status_code, answer.content) == (202, b"")
    assert show(api, id)["status"] == "deleting"
    api.advance(1)
    assert refused(api.get("cinder", f"/v3/volumes/{id}"), 404) == f"Volume {id} could not be found."


def test_a_clone_and_a_volume_from_an_image(api: Api) -> None:
    image = api.get("glance", "/v2/images?name=cirros").json()["images"][0]
    boot = make(api, name="boot", imageRef=image["id"])
    full = show(api, boot["id"])
    assert full["bootable"] == "true"
    assert full["volume_image_metadata"]["image_id"] == image["id"]
    assert full["volume_image_metadata"]["min_disk"] == str(image["min_disk"])
    clone = make(api, name="clone", source_volid=boot["id"], size=2)
    copied = show(api, clone["id"])
    assert (copied["source_volid"], copied["size"], copied["bootable"]) == (boot["id"], 2, "true")
    assert copied["volume_image_metadata"] == full["volume_image_metadata"]
    named = make(api, imageRef="cirros")
    assert show(api, named["id"])["bootable"] == "true"


NO_GROUP = "6d1f6b5f-0c63-4d63-8ef4-3c8a9ac9f6f4"
FIELD = "Invalid input for field/attribute"
MALFORMED = (
    "The server could not comply with the request since it is either malformed or otherwise incorrect."
)


@pytest.mark.parametrize(
    ("wish", "status", "sentence"),
    [
        ({}, 400, MALFORMED),
        ({"size": True}, 400, f"{FIELD} size. Value: True. True is not of type 'integer', 'string', 'null'"),
        ({"size": "0"}, 400, f"{FIELD} size. Value: 0. 0 is less than the minimum of 1"),
        ({"size": 2**31}, 400, f"{FIELD} size. Value: 2147483648. 2147483648 is greater than the maximum"),
        ({"size": 1, "multiattach": True}, 400, "multiattach parameter has been removed."),
        ({"size": 1, "consistencygroup_id": NO_GROUP}, 404, f"Group {NO_GROUP} could not be found."),
        ({"size": 1, "volume_type": "nope"}, 404, "Volume type with name nope could not be found."),
        ({"size": 1, "imageRef": ""}, 400, "Invalid image identifier or unable to access requested image."),
        ({"size": 1, "metadata": {"k": 1}}, 400, f"{FIELD} k. Value: 1. 1 is not of type 'string'"),
    ],
)
def test_a_wish_that_cannot_be(api: Api, wish: dict[str, Any], status: int, sentence: str) -> None:
    assert refused(api.post("cinder", "/v3/volumes", {"volume": wish}), status).startswith(sentence)


def test_only_one_origin(api: Api) -> None:
    source = make(api)["id"]
    both = {"volume": {"size": 1, "source_volid": source, "imageRef": "cirros"}}
    assert "May specify only one of" in refused(api.post("cinder", "/v3/volumes", both))


def test_a_clone_is_no_smaller_than_its_source(api: Api) -> None:
    source = make(api, size=2)["id"]
    answer = api.post("cinder", "/v3/volumes", {"volume": {"size": 1, "source_volid": source}})
    assert "cannot be smaller than original volume size" in refused(answer)
    nosize = api.post("cinder", "/v3/volumes", {"volume": {"source_volid": source}})
    assert nosize.json()["volume"]["size"] == 2


def test_unknown_properties_are_refused_from_3_53(api: Api) -> None:
    body = {"volume": {"size": 1, "color": "red"}}
    assert api.post("cinder", "/v3/volumes", body).status_code == 202
    answer = api.post("cinder", "/v3/volumes", body, headers=mv(53))
    assert "Additional properties are not allowed ('color' was unexpected)" in refused(answer)

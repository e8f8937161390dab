"""Stories of snapshots (recordings cinder/073 to 090, 123, 141 to 144)."""

from typing import Any

from tests.api.test_cinder_volumes import make, refused, show

Api = Any


def snap(api: Api, volume_id: str, wait: bool = True, **wish: Any) -> dict[str, Any]:
    answer = api.post("cinder", "/v3/snapshots", {"snapshot": {"volume_id": volume_id, **wish}})
    assert answer.status_code == 202, answer.text
    if wait:
        api.advance(1)
    return answer.json()["snapshot"]


def test_a_snapshot_is_creating_then_available(api: Api) -> None:
    snapshot = snap(api, make(api, size=2)["id"], wait=False, name="before")
    assert (snapshot["status"], snapshot["size"], snapshot["name"]) == ("creating", 2, "before")
    path = f"/v3/snapshots/{snapshot['id']}"
    during = api.get("cinder", path).json()["snapshot"]
    assert during["os-extended-snapshot-attributes:progress"] == "0%"
    api.advance(1)
    after = api.get("cinder", path).json()["snapshot"]
    assert (after["status"], after["os-extended-snapshot-attributes:progress"]) == ("available", "100%")


def test_lists_filter_and_page(api: Api) -> None:
    one, two = make(api)["id"], make(api)["id"]
    first = snap(api, one, name="a")["id"]
    second = snap(api, two, name="b")["id"]

    def found(query: str) -> list[str]:
        return [s["id"] for s in api.get("cinder", f"/v3/snapshots?{query}").json()["snapshots"]]

    assert found("") == [second, first]
    assert found(f"volume_id={one}") == found("name=a") == [first]
    page = api.get("cinder", "/v3/snapshots/detail?limit=1").json()
    assert [s["id"] for s in page["snapshots"]] == [second]
    assert page["snapshots_links"][0]["href"].endswith(f"/v3/snapshots/detail?limit=1&marker={second}")
    assert found(f"marker={second}") == [first]


def test_a_volume_with_a_snapshot_stays_unless_cascaded(api: Api) -> None:
    id = make(api)["id"]
    snapshot = snap(api, id)
    assert "have snapshots" in refused(api.delete("cinder", f"/v3/volumes/{id}"))
    assert api.delete("cinder", f"/v3/volumes/{id}?cascade=true").status_code == 202
    assert api.get("cinder", f"/v3/snapshots/{snapshot['id']}").json()["snapshot"]["status"] == "deleting"
    api.advance(1)
    assert api.get("cinder", f"/v3/snapshots/{snapshot['id']}").status_code == 404
    assert api.get("cinder", f"/v3/volumes/{id}").status_code == 404


def test_a_volume_from_a_snapshot(api: Api) -> None:
    snapshot = snap(api, make(api, size=2)["id"])
    copy = make(api, size=None, snapshot_id=snapshot["id"])
    assert (copy["size"], copy["snapshot_id"]) == (2, snapshot["id"])
    assert show(api, copy["id"])["status"] == "available"
    small = api.post("cinder", "/v3/volumes", {"volume": {"size": 1, "snapshot_id": snapshot["id"]}})
    assert "cannot be smaller than the snapshot size 2GB" in refused(small)


def test_a_snapshot_that_is_not_ready_is_no_origin(api: Api) -> None:
    snapshot = snap(api, make(api)["id"], wait=False)
    answer = api.post("cinder", "/v3/volumes", {"volume": {"snapshot_id": snapshot["id"]}})
    assert (
        refused(answer) == "Invalid snapshot: Originating snapshot status must be one of 'available' values"
    )


def test_a_volume_that_is_not_ready_has_no_snapshot(api: Api) -> None:
    id = make(api, wait=False)["id"]
    answer = api.post("cinder", "/v3/snapshots", {"snapshot": {"volume_id": id}})
    assert refused(answer) == "Invalid volume: volume is not assigned to a host"
    api.advance(0.5)  # the scheduler has found one
    answer = api.post("cinder", "/v3/snapshots", {"snapshot": {"volume_id": id}})
    assert refused(answer) == (
        f"Invalid volume: Volume {id} status must be available, but current status is: creating."
    )


def test_a_volume_in_use_has_one_by_force_or_from_3_66(api: Api) -> None:
    id = make(api)["id"]
    attach = {"os-attach": {"host_name": "h", "mountpoint": "/dev/vdb"}}
    assert api.post("cinder", f"/v3/volumes/{id}/action", attach).status_code == 202
    plain = {"snapshot": {"volume_id": id}}
    assert "currently in-use" in refused(
        api.post("cinder", f"/v3/volumes/{id}/action", {"os-extend": {"new_size": 2}})
    )
    assert "current status is: in-use" in refused(api.post("cinder", "/v3/snapshots", plain))
    assert (
        api.post("cinder", "/v3/snapshots", {"snapshot": {"volume_id": id, "force": True}}).status_code == 202
    )
    headers = {"OpenStack-API-Version": "volume 3.66"}
    assert api.post("cinder", "/v3/snapshots", plain, headers=headers).status_code == 202
    off = {"snapshot": {"volume_id": id, "force": False}}
    assert "'force' flag is invalid" in refused(api.post("cinder", "/v3/snapshots", off, headers=headers))


def test_name_description_and_metadata_change(api: Api) -> None:
    id = snap(api, make(api)["id"], name="old")["id"]
    answer = api.put("cinder", f"/v3/snapshots/{id}", {"snapshot": {"name": "new", "description": "d"}})
    assert (answer.json()["snapshot"]["name"], answer.json()["snapshot"]["description"]) == ("new", "d")
    path = f"/v3/snapshots/{id}/metadata"
    assert api.post("cinder", path, {"metadata": {"k": "v"}}).json() == {"metadata": {"k": "v"}}
    assert api.get("cinder", f"{path}/k").json() == {"meta": {"k": "v"}}
    assert refused(api.get("cinder", f"{path}/x"), 404) == f"Snapshot {id} has no metadata with key x."
    assert api.get("cinder", f"/v3/snapshots/{id}").json()["snapshot"]["metadata"] == {"k": "v"}


def test_a_snapshot_goes_once(api: Api) -> None:
    id = snap(api, make(api)["id"])["id"]
    assert api.delete("cinder", f"/v3/snapshots/{id}").status_code == 202
    assert "Snapshot status must be available or error" in refused(
        api.delete("cinder", f"/v3/snapshots/{id}")
    )
    api.advance(1)
    assert refused(api.delete("cinder", f"/v3/snapshots/{id}"), 404) == f"Snapshot {id} could not be found."


def test_another_projects_snapshot_does_not_exist(api: Api) -> None:
    id = snap(api, make(api)["id"])["id"]
    assert api.get("cinder", f"/v3/snapshots/{id}", user="alt_demo").status_code == 404
    assert api.get("cinder", "/v3/snapshots", user="alt_demo").json() == {"snapshots": []}
    answer = api.post("cinder", "/v3/volumes", {"volume": {"snapshot_id": id}}, user="alt_demo")
    assert refused(answer, 404) == f"Snapshot {id} could not be found."


def test_only_an_administrator_sets_a_status(api: Api) -> None:
    id = snap(api, make(api)["id"])["id"]
    body = {"os-reset_status": {"status": "error"}}
    assert "snapshot_admin_actions:reset_status" in refused(
        api.post("cinder", f"/v3/snapshots/{id}/action", body), 403
    )
    assert api.post("cinder", f"/v3/snapshots/{id}/action", body, user="admin").status_code == 202
    assert api.get("cinder", f"/v3/snapshots/{id}").json()["snapshot"]["status"] == "error"

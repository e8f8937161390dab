"""Stories of volume types: who may use one, QoS specs tied to it, a project's default (seen on 2025.2)."""

from typing import Any

from tests.api.test_cinder_volumes import make, mv, refused, show

Api = Any
V62 = mv(62)


def admin(api: Api, method: str, path: str, json: Any = None, **how: Any) -> Any:
    return api(method, "cinder", f"/v3{path}", json=json, user="admin", **how)


def new_type(api: Api, name: str = "gold", public: bool = True, **wish: Any) -> dict[str, Any]:
    body = {"volume_type": {"name": name, "os-volume-type-access:is_public": public, **wish}}
    answer = admin(api, "POST", "/types", body)
    assert answer.status_code == 200, answer.text
    return answer.json()["volume_type"]


def new_qos(api: Api, name: str = "q", **specs: Any) -> dict[str, Any]:
    answer = admin(api, "POST", "/qos-specs", {"qos_specs": {"name": name, **specs}})
    assert answer.status_code == 200, answer.text
    return answer.json()["qos_specs"]


def names(api: Api, user: str, query: str = "") -> list[str]:
    return [t["name"] for t in api.get("cinder", f"/v3/types{query}", user=user).json()["volume_types"]]


def test_a_new_type_says_nothing_of_qos_until_it_is_read(api: Api) -> None:
    made = new_type(api)
    assert "qos_specs_id" not in made
    assert admin(api, "GET", f"/types/{made['id']}").json()["volume_type"]["qos_specs_id"] is None
    changed = admin(api, "PUT", f"/types/{made['id']}", {"volume_type": {"description": "x"}}).json()
    assert "qos_specs_id" not in changed["volume_type"]


def test_a_type_that_is_not_public_is_for_those_who_were_given_access(api: Api) -> None:
    private = new_type(api, public=False)
    path, project = f"/types/{private['id']}", api.project_id()
    wish = {"addProjectAccess": {"project": project}}
    assert api.get("cinder", f"/v3{path}").status_code == 404
    refused(api.post("cinder", "/v3/volumes", {"volume": {"size": 1, "volume_type": "gold"}}), 404)
    assert admin(api, "GET", f"{path}/os-volume-type-access").json() == {"volume_type_access": []}
    assert admin(api, "POST", f"{path}/action", wish).status_code == 202
    assert refused(admin(api, "POST", f"{path}/action", wish), 409) == (
        f"Volume type access for {private['id']} / {project} combination already exists."
    )
    assert "gold" in names(api, "demo") and "gold" not in names(api, "alt_demo")
    assert "gold" not in names(api, "admin")
    assert names(api, "admin", "?is_public=false") == ["gold"]
    assert "gold" in names(api, "admin", "?is_public=none")
    assert make(api, volume_type="gold")["volume_type"] == "gold"
    listed = admin(api, "GET", f"{path}/os-volume-type-access").json()["volume_type_access"]
    assert listed == [{"volume_type_id": private["id"], "project_id": project}]
    gone = {"removeProjectAccess": {"project": project}}
    assert admin(api, "POST", f"{path}/action", gone).status_code == 202
    assert refused(admin(api, "POST", f"{path}/action", gone), 404).startswith(
        "Volume type access not found for"
    )


def test_access_is_an_administrators_and_not_for_public_types(api: Api) -> None:
    public = new_type(api)
    path, wish = f"/types/{public['id']}", {"addProjectAccess": {"project": "x"}}
    assert refused(api.post("cinder", f"/v3{path}/action", wish), 403) == (
        "Policy doesn't allow volume_extension:volume_type_access:addProjectAccess to be performed."
    )
    assert refused(admin(api, "POST", f"{path}/action", wish)) == (
        "Invalid volume type: Type access modification is not applicable to public volume type."
    )
    assert refused(admin(api, "GET", f"{path}/os-volume-type-access"), 404) == (
        "Access list not available for public volume types."
    )
    assert "There is no such action: dance." in refused(admin(api, "POST", f"{path}/action", {"dance": {}}))
    assert admin(api, "GET", f"{path}/encryption").json() == {}


def test_qos_specs_come_and_go(api: Api) -> None:
    made = new_qos(api, " fast ", consumer="front-end", total_iops_sec="100", empty=None)
    assert made == {
        "id": made["id"],
        "name": "fast",
        "consumer": "front-end",
        "specs": {"total_iops_sec": "100"},
    }
    path = f"/qos-specs/{made['id']}"
    api.advance(1)
    assert new_qos(api, "slow")["consumer"] == "back-end"
    assert [q["name"] for q in admin(api, "GET", "/qos-specs").json()["qos_specs"]] == ["slow", "fast"]
    for query in ("name=fast", "consumer=front-end"):  # no columns of the real table
        assert admin(api, "GET", f"/qos-specs?{query}").json() == {"qos_specs": []}
    assert refused(admin(api, "GET", "/qos-specs?sort=name")) == "Invalid input received: Invalid sort key"
    wish = {"qos_specs": {"consumer": "both", "burst": "5"}}
    assert admin(api, "PUT", path, wish).json() == wish
    shown = admin(api, "GET", path).json()
    assert shown["qos_specs"]["specs"] == {"total_iops_sec": "100", "burst": "5"}
    assert shown["links"][0]["href"].endswith(path)
    stopped = admin(api, "PUT", f"{path}/delete_keys", {"keys": ["burst", "nothing"]})
    assert refused(stopped, 404) == f"QoS spec {made['id']} has no spec with key nothing."
    assert "burst" not in admin(api, "GET", path).json()["qos_specs"]["specs"]
    assert admin(api, "DELETE", path).status_code == 202
    assert refused(admin(api, "GET", path), 404) == f"No such QoS spec {made['id']}."


def test_qos_specs_that_cannot_be(api: Api) -> None:
    new_qos(api, "taken")

    def create(**specs: Any) -> Any:
        return admin(api, "POST", "/qos-specs", {"qos_specs": specs})

    assert refused(create(name="taken"), 409) == "QoS Specs taken already exists."
    assert "valid_values=('back-end', 'front-end', 'both')" in refused(create(name="a", consumer="me"))
    assert refused(create(name="a", iops=1)) == (
        'Invalid input received: Value for key "iops" is not a string or unicode'
    )
    assert refused(create(name=" ")) == ("An invalid 'name' value was provided. The 'name' can not be empty.")
    assert refused(create()).endswith("'name' is a required property")
    member = api.post("cinder", "/v3/qos-specs", {"qos_specs": {"name": "mine"}})
    assert refused(member, 403).startswith("Policy doesn't allow volume_extension:qos_specs_manage:create")


def test_qos_specs_are_tied_to_types(api: Api) -> None:
    first, second, gold = new_qos(api, "a")["id"], new_qos(api, "b")["id"], new_type(api)["id"]
    query = f"?vol_type_id={gold}"
    assert admin(api, "GET", f"/qos-specs/{first}/associate{query}").status_code == 202
    assert admin(api, "GET", f"/types/{gold}").json()["volume_type"]["qos_specs_id"] == first
    assert "already associated with another qos specs" in refused(
        admin(api, "GET", f"/qos-specs/{second}/associate{query}")
    )
    tied = admin(api, "GET", f"/qos-specs/{first}/associations").json()["qos_associations"]
    assert tied == [{"association_type": "volume_type", "name": "gold", "id": gold}]
    assert refused(admin(api, "DELETE", f"/qos-specs/{first}")) == "Qos specs still in use."
    assert admin(api, "GET", f"/qos-specs/{first}/disassociate{query}").status_code == 202
    assert admin(api, "GET", f"/qos-specs/{second}/associate{query}").status_code == 202
    assert admin(api, "GET", f"/qos-specs/{second}/disassociate_all").status_code == 202
    assert admin(api, "DELETE", f"/qos-specs/{first}?force=true").status_code == 202
    assert refused(admin(api, "GET", f"/qos-specs/{second}/associate")) == "Volume Type id must not be None."


def test_a_project_has_a_default_type_of_its_own(api: Api) -> None:
    gold, project = new_type(api), api.project_id()
    path = f"/default-types/{project}"
    unset = refused(admin(api, "GET", path, headers=V62), 404)
    assert unset == f"Default type for project {project} not found."
    wish = {"default_type": {"volume_type": "gold"}}
    expected = {"project_id": project, "volume_type_id": gold["id"]}
    assert admin(api, "PUT", path, wish, headers=V62).json() == {"default_type": expected}
    assert admin(api, "GET", "/default-types", headers=V62).json() == {"default_types": [expected]}
    assert api.get("cinder", "/v3/types/default").json()["volume_type"]["name"] == "gold"
    assert make(api)["volume_type"] == "gold"
    assert "is a default volume type and cannot be deleted" in refused(
        admin(api, "DELETE", f"/types/{gold['id']}")
    )
    assert admin(api, "DELETE", path, headers=V62).status_code == 204
    assert make(api)["volume_type"] == "lvmdriver-1"


def test_who_may_set_a_default_type_and_for_whom(api: Api) -> None:
    member = refused(api.get("cinder", "/v3/default-types", headers=V62), 403)
    assert member == "You are not authorized to perform this operation."
    stranger = refused(admin(api, "GET", "/default-types/nobody", headers=V62), 404)
    assert stranger == "Project with id nobody not found."
    assert admin(api, "GET", "/default-types").status_code == 404  # before 3.62
    wish = {"default_type": {"volume_type": "tin"}}
    unknown = admin(api, "PUT", f"/default-types/{api.project_id()}", wish, headers=V62)
    assert refused(unknown) == "Volume type with name tin could not be found."


def test_a_volume_gets_another_type(api: Api) -> None:
    new_type(api)
    id = make(api)["id"]
    path = f"/v3/volumes/{id}/action"
    wish = {"os-retype": {"new_type": "gold", "migration_policy": "never"}}
    assert api.post("cinder", path, wish).status_code == 202
    assert show(api, id)["status"] == "retyping"
    api.advance(1)
    assert (show(api, id)["status"], show(api, id)["volume_type"]) == ("available", "gold")
    assert refused(api.post("cinder", path, wish)).startswith("Invalid volume: Retype needs volume to be in")
    unknown = api.post("cinder", path, {"os-retype": {"new_type": "tin"}})
    assert refused(unknown, 404) == "Volume type with name tin could not be found."


def test_a_type_of_another_back_end_leaves_the_volume_as_it_was(api: Api) -> None:
    new_type(api, extra_specs={"volume_backend_name": "elsewhere"})
    id = make(api)["id"]
    api.post("cinder", f"/v3/volumes/{id}/action", {"os-retype": {"new_type": "gold"}})
    api.advance(1)
    assert (show(api, id)["status"], show(api, id)["volume_type"]) == ("available", "lvmdriver-1")
    nowhere = make(api, volume_type="gold")["id"]
    assert show(api, nowhere)["status"] == "error"

"""Stories of flavors: what sizes there are, how one pages and filters, what an admin changes.

Recordings nova_*/008 … 019.
"""

from typing import Any

Api = Any
NAMES = "m1.tiny m1.small m1.medium m1.large m1.nano m1.xlarge m1.micro cirros256 ds512M ds1G ds2G ds4G"


def mv(version: str) -> dict[str, str]:
    return {"OpenStack-API-Version": f"compute {version}"}


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [flavor["id"] for flavor in answer.json()["flavors"]]


def create(api: Api, **flavor: Any) -> Any:
    asked = {"name": "big", "ram": 64, "vcpus": 1, "disk": 0, **flavor}
    return api.post("nova", "/v2.1/flavors", {"flavor": asked}, user="admin")


def test_a_fresh_cloud_has_devstacks_flavors_in_order_of_their_ids(api: Api) -> None:
    flavors = api.get("nova", "/v2.1/flavors").json()["flavors"]
    assert " ".join(flavor["name"] for flavor in flavors) == NAMES
    assert set(flavors[0]) == {"id", "name", "links"}


def test_links_follow_the_url_that_was_asked(api: Api) -> None:
    project = api.project_id("demo")
    [self_link, bookmark] = api.get("nova", f"/v2.1/{project}/flavors").json()["flavors"][0]["links"]
    root = api.cloud.url("nova")
    assert self_link == {"rel": "self", "href": f"{root}/v2.1/{project}/flavors/1"}
    assert bookmark == {"rel": "bookmark", "href": f"{root}/{project}/flavors/1"}
    [self_link, bookmark] = api.get("nova", "/v2.1/flavors").json()["flavors"][0]["links"]
    assert (self_link["href"], bookmark["href"]) == (f"{root}/v2.1/flavors/1", f"{root}/flavors/1")


def test_a_flavor_grows_with_the_microversions(api: Api) -> None:
    def shown(version: str) -> dict[str, Any]:
        return api.get("nova", "/v2.1/flavors/1", headers=mv(version)).json()["flavor"]

    old = shown("2.1")
    assert (old["ram"], old["disk"], old["vcpus"], old["swap"]) == (512, 1, 1, "")
    assert "description" not in shown("2.54")
    assert shown("2.55")["description"] is None
    assert "extra_specs" not in shown("2.60")
    assert shown("2.61")["extra_specs"] == {}
    assert (shown("2.74")["swap"], shown("2.75")["swap"]) == ("", 0)


def test_pages_lead_to_each_other_until_the_last(api: Api) -> None:
    seen, url = [], "/v2.1/flavors?limit=5"
    while url:
        page = api.get("nova", url)
        seen.append(ids(page))
        links = page.json().get("flavors_links")
        url = links[0]["href"].removeprefix(api.cloud.url("nova")) if links else ""
    assert [len(page) for page in seen] == [5, 5, 2]
    assert len({flavor for page in seen for flavor in page}) == 12


def test_every_order_can_be_paged(api: Api) -> None:
    for key in ["flavorid", "name", "memory_mb", "root_gb", "created_at", "description", "id"]:
        for direction in ["asc", "desc"]:
            query = f"sort_key={key}&sort_dir={direction}"
            whole = ids(api.get("nova", f"/v2.1/flavors?{query}"))
            seen: list[str] = []
            while len(seen) < 12:
                marker = f"&marker={seen[-1]}" if seen else ""
                page = ids(api.get("nova", f"/v2.1/flavors?limit=4&{query}{marker}"))
                assert page
                seen += page
            assert seen == whole


def test_filters_keep_what_is_big_enough(api: Api) -> None:
    assert ids(api.get("nova", "/v2.1/flavors?minRam=4096")) == ["3", "4", "5", "d4"]
    assert ids(api.get("nova", "/v2.1/flavors/detail?minDisk=80&minRam=16384")) == ["5"]
    assert ids(api.get("nova", "/v2.1/flavors?minRam=99999999999999999")) == []


def test_a_bad_query_is_400(api: Api) -> None:
    for query, message in [
        ("limit=x", "Invalid input for query parameters limit. Value: x. 'x' does not match '^[0-9]*$'"),
        ("limit=-1", "Invalid input for query parameters limit. Value: -1. '-1' does not match '^[0-9]*$'"),
        ("minRam=much", "Invalid minRam filter [much]"),
        ("minDisk=1" + "0" * 40, f"Invalid minDisk filter [1{'0' * 40}]"),
        ("marker=nope", "marker [nope] not found"),
    ]:
        answer = api.get("nova", f"/v2.1/flavors?{query}")
        assert answer.status_code == 400
        assert answer.json()["badRequest"]["message"] == message


def test_unknown_query_words_are_refused_from_2_75(api: Api) -> None:
    assert api.get("nova", "/v2.1/flavors?colour=red").status_code == 200
    answer = api.get("nova", "/v2.1/flavors?colour=red", headers=mv("2.75"))
    assert answer.status_code == 400
    assert "('colour' was unexpected)" in answer.json()["badRequest"]["message"]


def test_an_unknown_flavor_is_404(api: Api) -> None:
    for user in ("demo", "admin"):
        answer = api.get("nova", "/v2.1/flavors/999", user=user)
        assert answer.status_code == 404
        assert answer.json() == {"itemNotFound": {"code": 404, "message": "Flavor 999 could not be found."}}


def test_only_admins_make_flavors(api: Api) -> None:
    body = {"flavor": {"name": "x", "ram": 1, "vcpus": 1, "disk": 1}}
    for user in ("demo", "demo_reader"):
        answer = api.post("nova", "/v2.1/flavors", body, user=user)
        assert answer.status_code == 403
        assert answer.json()["forbidden"]["message"] == (
            "Policy doesn't allow os_compute_api:os-flavor-manage:create to be performed."
        )
    assert api.delete("nova", "/v2.1/flavors/1").status_code == 403


def test_a_flavors_life(api: Api) -> None:
    made = create(api, id="gold", swap="128", rxtx_factor=2)
    assert made.status_code == 200
    flavor = made.json()["flavor"]
    assert (flavor["id"], flavor["swap"], flavor["rxtx_factor"]) == ("gold", 128, 2.0)
    assert (
        create(api, id="gold").json()["conflictingRequest"]["message"]
        == "Flavor with ID gold already exists."
    )
    again = create(api, id="other")
    assert (again.status_code, again.json()["conflictingRequest"]["message"]) == (
        409,
        "Flavor with name big already exists.",
    )
    gone = api.delete("nova", "/v2.1/flavors/gold", user="admin")
    assert (gone.status_code, gone.content) == (202, b"")
    assert api.get("nova", "/v2.1/flavors/gold").status_code == 404
    assert api.delete("nova", "/v2.1/flavors/gold", user="admin").status_code == 404


def test_a_flavor_without_an_id_gets_a_uuid(api: Api) -> None:
    for name, asked in (("a", {}), ("b", {"id": None}), ("c", {"id": "auto"})):
        assert len(create(api, name=name, **asked).json()["flavor"]["id"]) == 36
    assert create(api, name="d", id=7).json()["flavor"]["id"] == "7"


def test_a_wrong_flavor_is_400(api: Api) -> None:
    for wrong in [
        {"ram": 0},
        {"ram": "0"},
        {"vcpus": -1},
        {"disk": 2**31},
        {"disk": "1" * 5000},
        {"ram": 1.5},
        {"ram": None},
        {"name": ""},
        {"name": " x"},
        {"name": "x" * 256},
        {"name": ["x"]},
        {"id": " x "},
        {"rxtx_factor": 0},
        {"rxtx_factor": 1e300},
        {"os-flavor-access:is_public": "perhaps"},
        {"colour": "red"},
    ]:
        answer = create(api, **wrong)
        assert answer.status_code == 400, answer.text
        assert answer.json()["badRequest"]["message"]


def test_v2_drops_what_it_doesnt_know(api: Api) -> None:
    body = {"flavor": {"name": " odd ", "ram": 1, "vcpus": 1, "disk": 1, "colour": "red"}}
    answer = api.post("nova", f"/v2/{api.project_id('admin')}/flavors", body, user="admin")
    assert answer.status_code == 200
    assert answer.json()["flavor"]["name"] == "odd"


def test_a_description_can_be_changed_from_2_55(api: Api) -> None:
    body = {"flavor": {"description": "small"}}
    early = api.put("nova", "/v2.1/flavors/1", body, user="admin", headers=mv("2.54"))
    assert early.status_code == 404
    assert early.json()["itemNotFound"]["message"] == "The resource could not be found."
    assert api.put("nova", "/v2.1/flavors/1", body, headers=mv("2.55")).status_code == 403
    changed = api.put("nova", "/v2.1/flavors/1", body, user="admin", headers=mv("2.55"))
    assert changed.json()["flavor"]["description"] == "small"
    assert api.get("nova", "/v2.1/flavors", headers=mv("2.55")).json()["flavors"][0]["description"] == "small"


def test_a_private_flavor_is_seen_by_whom_it_was_shared_with(api: Api) -> None:
    create(api, id="secret", **{"os-flavor-access:is_public": False})
    assert api.get("nova", "/v2.1/flavors/secret").status_code == 404
    assert "secret" not in ids(api.get("nova", "/v2.1/flavors"))
    assert ids(api.get("nova", "/v2.1/flavors?is_public=false", user="admin")) == ["secret"]
    assert "secret" in ids(api.get("nova", "/v2.1/flavors?is_public=None", user="admin"))

    project = api.project_id("demo")
    share, path = {"addTenantAccess": {"tenant": project}}, "/v2.1/flavors/secret/action"
    assert api.post("nova", path, share).status_code == 403
    listed = api.post("nova", path, share, user="admin")
    assert listed.json() == {"flavor_access": [{"flavor_id": "secret", "tenant_id": project}]}
    assert api.post("nova", path, share, user="admin").status_code == 409
    assert api.get("nova", "/v2.1/flavors/secret").status_code == 200
    assert "secret" in ids(api.get("nova", "/v2.1/flavors"))
    assert api.get("nova", "/v2.1/flavors/secret", user="alt_demo").status_code == 404

    unshare = {"removeTenantAccess": {"tenant": project}}
    assert api.post("nova", path, unshare, user="admin").json() == {"flavor_access": []}
    assert api.post("nova", path, unshare, user="admin").status_code == 404
    assert api.get("nova", "/v2.1/flavors/secret").status_code == 404


def test_access_of_flavors_has_its_refusals(api: Api) -> None:
    public = api.get("nova", "/v2.1/flavors/1/os-flavor-access", user="admin")
    assert public.json()["itemNotFound"]["message"] == "Access list not available for public flavors."
    nobody = {"addTenantAccess": {"tenant": "0" * 32}}
    answer = api.post("nova", "/v2.1/flavors/1/action", nobody, user="admin")
    assert answer.status_code == 400
    assert answer.json()["badRequest"]["message"] == f"Project ID {'0' * 32} is not a valid project."
    unknown = api.post("nova", "/v2.1/flavors/1/action", {"dance": {}}, user="admin")
    assert unknown.json()["badRequest"]["message"] == "There is no such action: dance"


def test_extra_specs_are_read_by_all_and_written_by_admins(api: Api) -> None:
    path = "/v2.1/flavors/1/os-extra_specs"
    assert api.get("nova", path).json() == {"extra_specs": {}}
    body = {"extra_specs": {"hw:cpu_policy": "shared", "note": 1}}
    assert api.post("nova", path, body).status_code == 403
    assert api.post("nova", path, body, user="admin").json() == body
    assert api.get("nova", path).json() == {"extra_specs": {"hw:cpu_policy": "shared", "note": "1"}}
    assert api.get("nova", f"{path}/note").json() == {"note": "1"}
    assert api.put("nova", f"{path}/note", {"note": "2"}, user="admin").json() == {"note": "2"}
    assert api.put("nova", f"{path}/note", {"other": "2"}, user="admin").status_code == 400
    assert api.delete("nova", f"{path}/note", user="admin").status_code == 200
    missing = api.get("nova", f"{path}/note")
    assert missing.json()["itemNotFound"]["message"] == "Flavor 1 has no extra specs with key note."

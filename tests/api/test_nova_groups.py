"""Stories of server groups: affinity, members, quotas (nova_*/057; the rest seen on 2025.2)."""

from typing import Any

import pytest

from tests.api.servers import built, create, fault, image_id, mv, show

Api = Any
NOBODY = "00000000-0000-0000-0000-000000000000"


def group(api: Api, policy: str = "anti-affinity", version: str = "2.64", **more: Any) -> Any:
    body = {"server_group": {"name": "g", "policy": policy, **more}}
    return api.post("nova", "/v2.1/os-server-groups", body, headers=mv(version))


def hinted(api: Api, name: str, hints: Any) -> Any:
    server = {"name": name, "imageRef": image_id(api), "flavorRef": "1"}
    return api.post("nova", "/v2.1/servers", {"server": server, "os:scheduler_hints": hints})


def test_a_group_in_the_words_of_each_version(api: Api) -> None:
    group_id = group(api, rules={"max_server_per_host": "2"}).json()["server_group"]["id"]
    path = f"/v2.1/os-server-groups/{group_id}"
    old = api.get("nova", path).json()["server_group"]
    assert old == {"id": group_id, "name": "g", "policies": ["anti-affinity"], "metadata": {}, "members": []}
    owned = api.get("nova", path, headers=mv("2.13")).json()["server_group"]
    assert owned["project_id"] == api.project_id("demo")
    new = api.get("nova", path, headers=mv("2.64")).json()["server_group"]
    assert (new["policy"], new["rules"]) == ("anti-affinity", {"max_server_per_host": 2})
    assert fault(group(api, "affinity", rules={"max_server_per_host": 2})) == (
        400,
        "Only anti-affinity policy supports rules.",
    )
    body = {"server_group": {"name": "g", "policies": ["soft-affinity"]}}
    soft = api.post("nova", "/v2.1/os-server-groups", body)
    assert "'soft-affinity' is not one of ['anti-affinity', 'affinity']" in fault(soft)[1]
    assert api.post("nova", "/v2.1/os-server-groups", body, headers=mv("2.15")).status_code == 200


def test_servers_of_a_group_stay_apart(api: Api) -> None:
    group_id = group(api, rules={"max_server_per_host": 2}).json()["server_group"]["id"]
    made = [hinted(api, name, {"group": group_id}).json()["server"]["id"] for name in ("a", "b")]
    api.advance(5)
    third = hinted(api, "c", {"group": group_id}).json()["server"]["id"]
    api.advance(5)
    assert [show(api, server_id)["status"] for server_id in [*made, third]] == ["ACTIVE", "ACTIVE", "ERROR"]
    members = api.get("nova", f"/v2.1/os-server-groups/{group_id}").json()["server_group"]["members"]
    assert members == [*made, third]
    api.delete("nova", f"/v2.1/servers/{made[0]}")
    api.advance(5)
    members = api.get("nova", f"/v2.1/os-server-groups/{group_id}").json()["server_group"]["members"]
    assert members == [made[1], third]
    assert show(api, third, headers=mv("2.71"))["server_groups"] == [group_id]
    assert api.delete("nova", f"/v2.1/os-server-groups/{group_id}").status_code == 204
    assert show(api, third, headers=mv("2.71"))["server_groups"] == []


def test_affinity_is_no_trouble_on_one_host(api: Api) -> None:
    group_id = group(api, "affinity").json()["server_group"]["id"]
    for name in ("a", "b"):
        server_id = hinted(api, name, {"group": group_id}).json()["server"]["id"]
        api.advance(5)
        assert show(api, server_id)["status"] == "ACTIVE"


HINTS = [
    ({"group": NOBODY}, f"Instance group {NOBODY} could not be found."),
    ({"group": "zz"}, "Invalid input for field/attribute group. Value: zz. 'zz' is not a 'uuid'"),
    ({"group": 7}, "Invalid input for field/attribute group. Value: 7. 7 is not of type 'string'"),
]


@pytest.mark.parametrize(("hints", "why"), HINTS)
def test_a_group_that_is_none(api: Api, hints: Any, why: str) -> None:
    assert fault(hinted(api, "x", hints)) == (400, why)


def test_a_group_is_its_projects(api: Api) -> None:
    group_id = group(api).json()["server_group"]["id"]
    path = f"/v2.1/os-server-groups/{group_id}"
    unknown = (404, f"Instance group {group_id} could not be found.")
    assert fault(api.get("nova", path, user="alt_demo")) == unknown
    assert fault(api.delete("nova", path, user="alt_demo")) == unknown
    assert api.get("nova", path, user="demo_reader").status_code == 200
    assert api.delete("nova", path, user="demo_reader").status_code == 403
    everyone = api.get("nova", "/v2.1/os-server-groups?all_projects=1", user="admin").json()["server_groups"]
    assert [found["id"] for found in everyone] == [group_id]
    assert api.get("nova", "/v2.1/os-server-groups?all_projects=1", user="alt_demo").json() == {
        "server_groups": []
    }


def test_groups_and_their_members_have_quotas(api: Api) -> None:
    limits = {"quota_set": {"server_groups": 1, "server_group_members": 1}}
    api.put("nova", f"/v2.1/os-quota-sets/{api.project_id('demo')}", limits, user="admin")
    group_id = group(api, "affinity").json()["server_group"]["id"]
    assert fault(group(api)) == (403, "Quota exceeded, too many server groups.")
    used = api.get("nova", "/v2.1/limits").json()["limits"]["absolute"]
    assert (used["maxServerGroups"], used["totalServerGroupsUsed"]) == (1, 1)
    assert hinted(api, "a", {"group": group_id}).status_code == 202
    over = hinted(api, "b", {"group": group_id})
    assert fault(over) == (403, "Quota exceeded, too many servers in group")


def test_a_page_of_groups(api: Api) -> None:
    made = [group(api).json()["server_group"]["id"] for _ in range(3)]
    page = api.get("nova", "/v2.1/os-server-groups?limit=1&offset=1").json()["server_groups"]
    assert [found["id"] for found in page] == [made[1]]
    assert built(api) and create(api, "no-hint")

"""Stories of tags, of If-Match, and of what changes a revision. (What they expect was seen on 2025.2.)"""

from typing import Any

import pytest

from tests.api.networks import NOWHERE, error, make

Api = Any


def network_path(api: Api, name: str = "mine") -> str:
    return f"/v2.0/networks/{make(api, 'networks', name=name)['id']}"


def seen(api: Api, path: str) -> tuple[list[str], int]:
    item = next(iter(api.get("neutron", path).json().values()))
    return item["tags"], item["revision_number"]


def test_tags_are_set_added_and_taken_away(api: Api) -> None:
    path = network_path(api)
    assert api.get("neutron", f"{path}/tags").json() == {"tags": []}
    assert api.put("neutron", f"{path}/tags", {"tags": ["b", "a"]}).json() == {"tags": ["b", "a"]}
    assert seen(api, path) == (["a", "b"], 2)
    for _ in range(2):
        added = api.put("neutron", f"{path}/tags/c")
        assert (added.status_code, added.json()) == (201, None)
    assert seen(api, path) == (["a", "b", "c"], 3)
    more = api.post("neutron", f"{path}/tags", {"tags": ["d", "a"]})
    assert (more.status_code, more.json()) == (200, {"tags": ["d", "a"]})
    assert api.delete("neutron", f"{path}/tags/a").status_code == 204
    assert seen(api, path) == (["b", "c", "d"], 5)
    for _ in range(2):
        assert api.delete("neutron", f"{path}/tags").status_code == 204
    assert seen(api, path) == ([], 6)


def test_one_asks_for_a_tag(api: Api) -> None:
    path = network_path(api)
    api.put("neutron", f"{path}/tags/here")
    assert api.get("neutron", f"{path}/tags/here").status_code == 204
    unknown = (404, "TagNotFound", "Tag gone could not be found.")
    assert error(api.get("neutron", f"{path}/tags/gone")) == unknown
    assert error(api.delete("neutron", f"{path}/tags/gone")) == unknown


@pytest.mark.parametrize("collection", ["subnets", "ports", "routers", "floatingips", "security-groups"])
def test_every_kind_has_tags(api: Api, collection: str) -> None:
    network = make(api, "networks", name="mine")
    public = api.get("neutron", "/v2.0/networks?router:external=true").json()["networks"][0]
    attributes: dict[str, dict[str, Any]] = {
        "subnets": {"network_id": network["id"], "ip_version": 4, "cidr": "10.9.0.0/24"},
        "ports": {"network_id": network["id"]},
        "floatingips": {"floating_network_id": public["id"]},
    }
    thing = make(api, collection, **attributes.get(collection, {}))
    path = f"/v2.0/{collection}/{thing['id']}"
    assert api.put("neutron", f"{path}/tags/red").status_code == 201
    assert seen(api, path)[0] == ["red"]
    found = next(iter(api.get("neutron", f"/v2.0/{collection}?tags=red").json().values()))
    assert [item["id"] for item in found] == [thing["id"]]
    assert api.delete("neutron", path).status_code == 204
    assert error(api.get("neutron", f"{path}/tags"))[:2] == (404, "TagResourceNotFound")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("tags=red", ["one", "both"]),
        ("tags=red,blue", ["both"]),
        ("tags=red,gone", []),
        ("tags-any=blue,gone", ["both"]),
        ("tags-any=red&tags-any=blue", ["one", "both"]),
        ("not-tags=red,blue", ["one", "none"]),
        ("not-tags-any=red,blue", ["none"]),
        ("tags=", []),
    ],
)
def test_lists_are_filtered_by_tags(api: Api, query: str, names: list[str]) -> None:
    for name, words in (("one", ["red"]), ("both", ["red", "blue"]), ("none", [])):
        api.put("neutron", f"{network_path(api, name)}/tags", {"tags": words})
    found = api.get("neutron", f"/v2.0/networks?fields=name&router:external=false&{query}").json()["networks"]
    assert [row["name"] for row in found if row["name"] != "private"] == names


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"tag": ["a"]}, "Invalid tags body"),
        ({"tags": ["a", "a"]}, "Duplicate items in the list: 'a'"),
        ({"tags": "a"}, "'a' is not a list"),
        ({"tags": [1]}, "'1' is not a valid string"),
    ],
)
def test_tags_that_cannot_be(api: Api, body: dict[str, Any], message: str) -> None:
    answer = api.put("neutron", f"{network_path(api)}/tags", body)
    assert error(answer) == (400, "InvalidInput", f"Invalid input for operation: {message}.")


def test_fifty_tags_are_the_most(api: Api) -> None:
    path = network_path(api)
    many = [str(number) for number in range(51)]
    assert error(api.put("neutron", f"{path}/tags", {"tags": many})) == (
        400,
        "BadRequest",
        "Bad networks request: The number of tags exceed the per-resource limit of 50.",
    )
    assert api.put("neutron", f"{path}/tags", {"tags": many[:50]}).status_code == 200
    assert error(api.put("neutron", f"{path}/tags/one-more"))[:2] == (400, "BadRequest")


def test_tags_are_the_owners(api: Api) -> None:
    path = network_path(api)
    public = api.get("neutron", "/v2.0/networks?name=public").json()["networks"][0]["id"]
    for who, method, where, rule in (
        ("alt_demo", api.get, path, "get"),
        ("alt_demo", api.delete, path, "delete"),
        ("demo", api.get, f"/v2.0/networks/{public}", "get"),
    ):
        refused = error(method("neutron", f"{where}/tags", user=who))
        assert refused[2] == f"rule:{rule}_network:tags is disallowed by policy"
    assert api.put("neutron", f"{path}/tags/x", user="demo_reader").status_code == 403
    assert api.get("neutron", f"{path}/tags", user="demo_reader").status_code == 200
    assert error(api.put("neutron", f"/v2.0/networks/{NOWHERE}/tags/x"))[0] == 404


def test_tags_have_paths_of_their_own(api: Api) -> None:
    path = network_path(api)
    changed = api.put("neutron", path, {"network": {"tags": ["a"]}})
    assert error(changed)[2] == "Cannot update read-only attribute tags"
    born = api.post("neutron", "/v2.0/networks", {"network": {"tags": ["a"]}})
    assert error(born)[2] == "Attribute 'tags' not allowed in POST"


def test_if_match_lets_a_change_through_from_one_revision_only(api: Api) -> None:
    path = network_path(api)

    def rename(name: str, match: str) -> Any:
        return api.put("neutron", path, {"network": {"name": name}}, headers={"If-Match": match})

    stale = rename("late", "revision_number=7")
    assert error(stale) == (
        412,
        "RevisionNumberConstraintFailed",
        "Constrained to 7, but current revision is 1",
    )
    assert rename("first", "revision_number=1").json()["network"]["revision_number"] == 2
    assert error(rename("x", "revision_number=x"))[:2] == (400, "BadRequest")
    assert rename("second", "something=else").status_code == 200
    assert api.get("neutron", path).json()["network"]["name"] == "second"
    gone = api.delete("neutron", path, headers={"If-Match": "revision_number=1"})
    assert gone.status_code == 412
    assert api.get("neutron", path).status_code == 200
    assert api.delete("neutron", path, headers={"If-Match": "revision_number=3"}).status_code == 204


def test_if_match_means_the_revision_before_a_delete(api: Api) -> None:
    public = api.get("neutron", "/v2.0/networks?name=public").json()["networks"][0]["id"]
    router = make(api, "routers", name="r", external_gateway_info={"network_id": public})
    match = {"If-Match": f"revision_number={router['revision_number']}"}
    assert api.delete("neutron", f"/v2.0/routers/{router['id']}", headers=match).status_code == 204


def test_saying_nothing_new_is_no_change(api: Api) -> None:
    path = network_path(api)
    before = api.get("neutron", path).json()
    api.advance(5)
    same = api.put("neutron", path, {"network": {"name": "mine", "admin_state_up": True}})
    assert same.json() == before


def changes(api: Api, path: str, *bodies: dict[str, Any]) -> list[int]:
    """The resource's revision after each body; None is a look only."""
    name = path.split("/")[2].removesuffix("s")
    return [api.put("neutron", path, {name: body}).json()[name]["revision_number"] for body in bodies]


def test_what_moves_a_ports_revision(api: Api) -> None:
    network = make(api, "networks", name="n")
    make(api, "subnets", network_id=network["id"], ip_version=4, cidr="10.9.0.0/24")
    port = make(api, "ports", network_id=network["id"])
    fixed = {"fixed_ips": [{"ip_address": "10.9.0.15"}]}
    option = {"opt_name": "mtu", "opt_value": "1"}
    assert changes(
        api,
        f"/v2.0/ports/{port['id']}",
        {"name": "a"},
        fixed,
        fixed,
        {"security_groups": []},
        {"allowed_address_pairs": [{"ip_address": "1.1.1.1"}]},
        {"allowed_address_pairs": []},
        {"extra_dhcp_opts": [option]},
        {"extra_dhcp_opts": [{**option, "opt_value": None}]},
        {"port_security_enabled": False},
        {"admin_state_up": False},
    ) == [2, 3, 3, 3, 3, 3, 4, 5, 5, 6]


def test_what_moves_a_subnets_revision_moves_its_networks(api: Api) -> None:
    path = network_path(api)
    subnet = make(api, "subnets", network_id=path.split("/")[-1], ip_version=4, cidr="10.9.0.0/24")
    assert seen(api, path)[1] == 2
    assert changes(
        api,
        f"/v2.0/subnets/{subnet['id']}",
        {"dns_nameservers": ["8.8.8.8"]},
        {"gateway_ip": None},
        {"allocation_pools": [{"start": "10.9.0.10", "end": "10.9.0.20"}]},
        {"enable_dhcp": False},
        {"name": "z", "dns_nameservers": []},
    ) == [0, 1, 1, 2, 3]
    assert seen(api, path)[1] == 5


def test_what_moves_a_routers_revision(api: Api) -> None:
    public = api.get("neutron", "/v2.0/networks?name=public").json()["networks"][0]["id"]
    router = make(api, "routers", name="r")
    gateway = {"external_gateway_info": {"network_id": public}}
    path = f"/v2.0/routers/{router['id']}"
    first = api.put("neutron", path, {"router": gateway}).json()["router"]
    again = api.put("neutron", path, {"router": gateway}).json()["router"]
    assert again == first, "it keeps its gateway, and the gateway its address"
    assert changes(api, path, {"external_gateway_info": None}, {"external_gateway_info": {}}) == [4, 4]
    assert changes(api, path, {"admin_state_up": False}) == [5]


def test_policies_move_a_networks_revision(api: Api) -> None:
    path = network_path(api)

    def policy(action: str) -> str:
        body = {
            "object_type": "network",
            "object_id": path.split("/")[-1],
            "action": action,
            "target_tenant": "x",
        }
        answer = api.post("neutron", "/v2.0/rbac-policies", {"rbac_policy": body})
        return f"/v2.0/rbac-policies/{answer.json()['rbac_policy']['id']}"

    shared = policy("access_as_shared")
    assert seen(api, path)[1] == 2
    external = policy("access_as_external")
    assert seen(api, path)[1] == 4
    assert api.get("neutron", path).json()["network"]["router:external"] is True
    api.delete("neutron", shared)
    assert seen(api, path)[1] == 5
    api.delete("neutron", external)
    assert seen(api, path)[1] == 7
    assert api.get("neutron", path).json()["network"]["router:external"] is False

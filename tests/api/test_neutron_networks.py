"""Stories of networks and subnets: who sees which, what may be said, what is in the way of deleting.

(Networking API v2.0, recordings neutron/001 … 034 and 050 … 059.)
"""

from typing import Any

import pytest

from tests.api.networks import NOWHERE, error

Api = Any


def networks(api: Api, query: str = "", **how: Any) -> list[dict[str, Any]]:
    return api.get("neutron", f"/v2.0/networks{query}", **how).json()["networks"]


def make_network(api: Api, name: str = "mine", **attributes: Any) -> dict[str, Any]:
    answer = api.post("neutron", "/v2.0/networks", {"network": {"name": name, **attributes}})
    assert answer.status_code == 201, answer.text
    return answer.json()["network"]


def make_subnet(api: Api, network_id: str, cidr: str, **attributes: Any) -> Any:
    body = {"network_id": network_id, "ip_version": 6 if ":" in cidr else 4, "cidr": cidr, **attributes}
    return api.post("neutron", "/v2.0/subnets", {"subnet": body})


def test_one_sees_ones_own_networks_and_the_public_one(api: Api) -> None:
    assert [network["name"] for network in networks(api)] == ["private", "public"]
    assert [network["name"] for network in networks(api, user="alt_demo")] == ["public"]
    assert {network["name"] for network in networks(api, user="admin")} == {
        "private",
        "public",
        "admin-private",
    }


def test_only_an_administrator_sees_the_providers_side(api: Api) -> None:
    assert not any(name.startswith("provider:") for name in networks(api)[0])
    seen = networks(api, "?name=private", user="admin")[0]
    assert seen["provider:network_type"] == "vxlan"
    assert seen["provider:physical_network"] is None


def test_the_version_is_at_the_path_with_the_slash(api: Api) -> None:
    assert api.get("neutron", "/", user=None).json()["versions"][0]["id"] == "v2.0"
    assert api.get("neutron", "/v2.0/").status_code == 200
    assert error(api.get("neutron", "/v2.0")) == (404, "HTTPNotFound", "The resource could not be found.")
    assert api.get("neutron", "/v2.0/networks", user=None).status_code == 401


def test_a_network_is_made_renamed_and_deleted(api: Api) -> None:
    network = make_network(api, "mine", description="for a test")
    path = f"/v2.0/networks/{network['id']}"
    assert network["subnets"] == []
    api.advance(5)
    changed = api.put("neutron", path, {"network": {"name": "yours"}}).json()["network"]
    assert changed["name"] == "yours"
    assert changed["description"] == "for a test"
    assert changed["revision_number"] == network["revision_number"] + 1
    assert changed["updated_at"] > network["updated_at"]
    assert api.delete("neutron", path).status_code == 204
    assert error(api.get("neutron", path))[:2] == (404, "NetworkNotFound")


def test_many_networks_are_made_in_one_go_or_none(api: Api) -> None:
    many = api.post("neutron", "/v2.0/networks", {"networks": [{"name": "a"}, {"name": "b"}]})
    assert many.status_code == 201
    assert [network["name"] for network in many.json()["networks"]] == ["a", "b"]
    bad = api.post("neutron", "/v2.0/networks", {"networks": [{"name": "c"}, {"nam": "d"}]})
    assert bad.status_code == 400
    assert networks(api, "?name=c") == []


def test_another_projects_network_is_not_there(api: Api) -> None:
    path = f"/v2.0/networks/{make_network(api)['id']}"
    for method in ("GET", "DELETE"):
        assert error(api(method, "neutron", path, user="alt_demo"))[:2] == (404, "NetworkNotFound")
    change = api.put("neutron", path, {"network": {"name": "x"}}, user="alt_demo")
    assert error(change)[:2] == (404, "NetworkNotFound")
    assert api.get("neutron", path, user="admin").status_code == 200


def test_the_public_network_is_seen_but_not_touched(api: Api) -> None:
    path = f"/v2.0/networks/{networks(api, '?name=public')[0]['id']}"
    assert error(api.put("neutron", path, {"network": {"name": "x"}})) == (
        403,
        "PolicyNotAuthorized",
        "rule:update_network is disallowed by policy",
    )
    assert error(api.delete("neutron", path))[0] == 403


def test_a_reader_only_reads(api: Api) -> None:
    path = f"/v2.0/networks/{make_network(api)['id']}"
    assert api.get("neutron", path, user="demo_reader").status_code == 200
    assert error(api.delete("neutron", path, user="demo_reader"))[:2] == (403, "PolicyNotAuthorized")
    made = api.post("neutron", "/v2.0/networks", {"network": {}}, user="demo_reader")
    assert error(made)[2] == "rule:create_network is disallowed by policy"


def test_sharing_is_an_administrators_and_then_everybody_sees_it(api: Api) -> None:
    network = make_network(api, "commons")
    path = f"/v2.0/networks/{network['id']}"
    assert error(api.put("neutron", path, {"network": {"shared": True}})) == (
        403,
        "PolicyNotAuthorized",
        "(rule:update_network and rule:update_network:shared) is disallowed by policy",
    )
    assert networks(api, "?shared=True", user="alt_demo") == []
    api.put("neutron", path, {"network": {"shared": True}}, user="admin")
    assert [n["name"] for n in networks(api, "?shared=True", user="alt_demo")] == ["commons"]


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"foo": 1}, "Unrecognized attribute(s) 'foo'"),
        ({"name": 5}, "Invalid input for name. Reason: '5' is not a valid string."),
        ({"status": "ACTIVE"}, "Attribute 'status' not allowed in POST"),
        (
            {"admin_state_up": "perhaps"},
            "Invalid input for operation: 'perhaps' cannot be converted to boolean.",
        ),
        ({"mtu": 9000}, "Invalid input for operation: Requested MTU is too big, maximum is 1450."),
    ],
)
def test_a_network_that_makes_no_sense_is_refused(api: Api, attributes: dict[str, Any], message: str) -> None:
    answer = api.post("neutron", "/v2.0/networks", {"network": attributes})
    assert (answer.status_code, error(answer)[2]) == (400, message)


def test_a_list_takes_filters_fields_and_order(api: Api) -> None:
    for name in ("b", "a", "c"):
        make_network(api, name)
    assert {n["name"] for n in networks(api, "?name=a&name=c")} == {"a", "c"}
    assert networks(api, "?name=a&fields=name") == [{"name": "a"}]
    mine = f"?tenant_id={api.project_id('demo')}&sort_key=name&sort_dir=desc&fields=name"
    assert [n["name"] for n in networks(api, mine)] == ["private", "c", "b", "a"]
    wrong = api.get("neutron", "/v2.0/networks?color=red")
    assert error(wrong) == (400, "HTTPBadRequest", "['color'] is invalid attribute for filtering")


def test_pages_meet_at_their_links(api: Api) -> None:
    for name in ("a", "b", "c"):
        make_network(api, name)
    seen: list[list[str]] = []
    url = "/v2.0/networks?limit=2&fields=name&fields=id"
    for _ in range(4):
        body = api.get("neutron", url).json()
        seen.append([n["name"] for n in body["networks"]])
        after = [link["href"] for link in body["networks_links"] if link["rel"] == "next"]
        if not after:
            break
        url = after[0].removeprefix(api.cloud.url("neutron"))
    assert seen == [["private", "public"], ["a", "b"], ["c"]]
    assert error(api.get("neutron", "/v2.0/networks?limit=two"))[2] == (
        "Bad limit request: Limit must be an integer 0 or greater and not 'two'."
    )


def test_a_page_leads_back_to_the_one_before(api: Api) -> None:
    make_network(api, "a")
    last = networks(api, "?limit=2&sort_key=name&sort_dir=desc")[-1]
    back = f"?limit=2&page_reverse=True&marker={last['id']}&sort_key=name&sort_dir=desc"
    assert [n["name"] for n in networks(api, back)] == ["public"]


def test_a_subnet_has_a_gateway_and_a_pool_around_it(api: Api) -> None:
    network = make_network(api)
    subnet = make_subnet(api, network["id"], "10.9.0.0/29", gateway_ip="10.9.0.4").json()["subnet"]
    assert subnet["allocation_pools"] == [
        {"start": "10.9.0.1", "end": "10.9.0.3"},
        {"start": "10.9.0.5", "end": "10.9.0.6"},
    ]
    seen = api.get("neutron", f"/v2.0/networks/{network['id']}").json()["network"]
    assert seen["subnets"] == [subnet["id"]]
    none = make_subnet(api, network["id"], "10.9.1.0/29", gateway_ip=None).json()["subnet"]
    assert none["gateway_ip"] is None
    assert none["allocation_pools"] == [{"start": "10.9.1.1", "end": "10.9.1.6"}]


@pytest.mark.parametrize(
    ("cidr", "more", "status", "kind"),
    [
        ("10.0.0.1/24", {}, 400, "HTTPBadRequest"),
        ("nonsense", {}, 400, "InvalidInput"),
        ("10.9.0.0/24", {"ip_version": 6}, 400, "InvalidInput"),
        ("10.9.0.0/24", {"ip_version": 5}, 400, "HTTPBadRequest"),
        ("10.9.0.0/31", {}, 400, "InvalidInput"),
        ("10.9.0.0/24", {"gateway_ip": "10.9.0.255"}, 400, "InvalidInput"),
        ("10.9.0.0/24", {"allocation_pools": [{"start": "10.9.0.1", "end": "10.9.0.9"}]}, 409, None),
        ("10.9.0.0/24", {"allocation_pools": [{"start": "10.8.0.9", "end": "10.9.0.20"}]}, 400, None),
        ("10.9.0.0/24", {"dns_nameservers": ["dns"]}, 400, "HTTPBadRequest"),
    ],
)
def test_a_subnet_that_cannot_be(
    api: Api, cidr: str, more: dict[str, Any], status: int, kind: str | None
) -> None:
    answer = make_subnet(api, make_network(api)["id"], cidr, **more)
    assert answer.status_code == status, answer.text
    assert kind in (None, error(answer)[1])


def test_subnets_of_one_network_do_not_overlap(api: Api) -> None:
    network, other = make_network(api, "one"), make_network(api, "two")
    assert make_subnet(api, network["id"], "10.9.0.0/24").status_code == 201
    assert "overlaps" in error(make_subnet(api, network["id"], "10.9.0.128/25"))[2]
    assert make_subnet(api, other["id"], "10.9.0.0/24").status_code == 201


def test_nobody_puts_a_subnet_into_anothers_network(api: Api) -> None:
    public = networks(api, "?name=public")[0]
    assert error(make_subnet(api, public["id"], "10.9.0.0/24"))[:2] == (403, "HTTPForbidden")
    assert error(make_subnet(api, NOWHERE, "10.9.0.0/24"))[:2] == (404, "NetworkNotFound")


def test_what_is_in_use_is_not_deleted(api: Api) -> None:
    network = make_network(api)
    subnet = make_subnet(api, network["id"], "10.9.0.0/24").json()["subnet"]
    port = api.post("neutron", "/v2.0/ports", {"port": {"network_id": network["id"]}}).json()["port"]
    in_the_way = error(api.delete("neutron", f"/v2.0/networks/{network['id']}"))
    assert in_the_way[:2] == (409, "NetworkInUse")
    assert in_the_way[2].endswith(f"id for these ports is: {port['id']}.")
    assert error(api.delete("neutron", f"/v2.0/subnets/{subnet['id']}"))[:2] == (409, "SubnetInUse")
    api.delete("neutron", f"/v2.0/ports/{port['id']}")
    assert api.delete("neutron", f"/v2.0/networks/{network['id']}").status_code == 204
    assert api.get("neutron", f"/v2.0/subnets/{subnet['id']}").status_code == 404


def test_over_quota_is_a_conflict(api: Api) -> None:
    project = api.project_id("demo")
    path = f"/v2.0/quotas/{project}"
    assert api.get("neutron", path).json()["quota"]["network"] == 100
    assert error(api.put("neutron", path, {"quota": {"network": 2}}))[0] == 403
    api.put("neutron", path, {"quota": {"network": 2}}, user="admin")
    make_network(api, "second")
    over = api.post("neutron", "/v2.0/networks", {"network": {"name": "third"}})
    assert error(over) == (409, "OverQuota", "Quota exceeded for resources: ['network'].")
    details = api.get("neutron", f"{path}/details.json").json()["quota"]["network"]
    assert details == {"limit": 2, "used": 2, "reserved": 0}
    assert api.delete("neutron", path, user="admin").status_code == 204
    make_network(api, "third")


def test_what_is_not_here_says_so(api: Api) -> None:
    answer = api.get("neutron", "/v2.0/floatingips/x/port_forwardings")
    assert answer.status_code == 404
    assert answer.headers["X-Cloudlab-Absent"] == "GET /floatingips/{id_}/port_forwardings"

"""Stories of what an operator prepares: pools, flavors, topologies, segments. (What they expect was seen on 2025.2.)"""

from typing import Any

import pytest

from tests.api.networks import NOWHERE, error, make

Api = Any
SINGLE = "neutron.services.l3_router.service_providers.single_node.SingleNodeDriver"


def pool_of(api: Api, **attributes: Any) -> Any:
    return api.post("neutron", "/v2.0/subnetpools", {"subnetpool": {"name": "pool", **attributes}})


def test_prefixes_are_kept_compact(api: Api) -> None:
    made = pool_of(api, prefixes=["10.60.0.0/16", "10.61.0.1/16", "10.60.3.0/24"]).json()["subnetpool"]
    assert made["prefixes"] == ["10.60.0.0/15"]
    assert (made["default_prefixlen"], made["min_prefixlen"], made["max_prefixlen"]) == ("8", "8", "32")
    path = f"/v2.0/subnetpools/{made['id']}"
    changed = api.put("neutron", path, {"subnetpool": {"name": "n"}}).json()["subnetpool"]
    assert (changed["default_prefixlen"], "address_scope_id" in changed) == (8, False), "neutron's own way"
    less = api.put("neutron", path, {"subnetpool": {"prefixes": ["10.60.0.0/16"]}})
    assert error(less)[1] == "IllegalSubnetPoolPrefixUpdate"
    more = api.put("neutron", f"{path}/add_prefixes", {"prefixes": ["10.62.0.0/15"]})
    assert more.json() == {"prefixes": ["10.60.0.0/14"]}
    gone = api.put("neutron", f"{path}/remove_prefixes", {"prefixes": ["10.63.0.0/17"]})
    assert gone.json() == {"prefixes": ["10.60.0.0/15", "10.62.0.0/16", "10.63.128.0/17"]}


@pytest.mark.parametrize(
    ("attributes", "kind", "message"),
    [
        ({"prefixes": []}, "EmptySubnetPoolPrefixList", "Empty subnet pool prefix list."),
        (
            {"prefixes": ["10.0.0.0/8", "2001:db8::/32"]},
            "PrefixVersionMismatch",
            "Cannot mix IPv4 and IPv6 prefixes in a subnet pool.",
        ),
        (
            {"min_prefixlen": 26, "max_prefixlen": 24},
            "IllegalSubnetPoolPrefixBounds",
            "Illegal prefix bounds: min_prefixlen=26, max_prefixlen=24.",
        ),
        (
            {"max_prefixlen": 33},
            "IllegalSubnetPoolPrefixBounds",
            "Illegal prefix bounds: max_prefixlen=33, ip_version_max=32.",
        ),
        (
            {"default_prefixlen": 4},
            "IllegalSubnetPoolPrefixBounds",
            "Illegal prefix bounds: default_prefixlen=4, min_prefixlen=8.",
        ),
        (
            {"prefixes": ["abc"]},
            "HTTPBadRequest",
            "Invalid input for prefixes. Reason: 'abc' is not a valid IP subnet.",
        ),
        (
            {"min_prefixlen": -1},
            "HTTPBadRequest",
            "Invalid input for min_prefixlen. Reason: '-1' should be non-negative.",
        ),
    ],
)
def test_a_pool_that_cannot_be(api: Api, attributes: dict[str, Any], kind: str, message: str) -> None:
    answer = pool_of(api, **{"prefixes": ["10.0.0.0/8"], **attributes})
    assert error(answer) == (400, kind, message)


def test_a_pools_subnets(api: Api) -> None:
    pool = pool_of(api, prefixes=["10.70.0.0/16"], default_prefixlen=26, default_quota=128).json()[
        "subnetpool"
    ]
    network = make(api, "networks", name="n")

    def subnet(**attributes: Any) -> Any:
        body = {"network_id": network["id"], "ip_version": 4, "subnetpool_id": pool["id"], **attributes}
        return api.post("neutron", "/v2.0/subnets", {"subnet": body})

    assert subnet().json()["subnet"]["cidr"] == "10.70.0.0/26"
    assert subnet().json()["subnet"]["cidr"] == "10.70.0.64/26"
    full = error(subnet())
    assert full == (409, "SubnetPoolQuotaExceeded", "Per-tenant subnet pool prefix quota exceeded.")
    api.put("neutron", f"/v2.0/subnetpools/{pool['id']}", {"subnetpool": {"default_quota": 65536}})
    assert subnet(cidr="10.70.9.0/24").json()["subnet"]["gateway_ip"] == "10.70.9.1"
    for attributes, kind in (
        ({"cidr": "10.70.9.0/25"}, "SubnetAllocationError"),
        ({"cidr": "10.99.0.0/24"}, "SubnetAllocationError"),
        ({"prefixlen": 7}, "MinPrefixSubnetAllocationError"),
        ({"prefixlen": 33}, "AddrFormatError"),
        ({"ip_version": 6}, "BadRequest"),
        ({"cidr": "10.70.8.0/24", "prefixlen": 24}, "BadRequest"),
        ({"subnetpool_id": NOWHERE}, "SubnetPoolNotFound"),
        ({"subnetpool_id": None, "cidr": "192.168.0.0/24"}, "NetworkSubnetPoolAffinityError"),
    ):
        assert error(subnet(**attributes))[1] == kind, attributes
    assert subnet(prefixlen=24).json()["subnet"]["cidr"] == "10.70.1.0/24", "the smallest block that holds it"


def test_subnets_that_were_there_before_the_pool(api: Api) -> None:
    pool = pool_of(api, prefixes=["10.70.0.0/16"]).json()["subnetpool"]
    network = make(api, "networks", name="n")
    subnet = make(api, "subnets", network_id=network["id"], ip_version=4, cidr="10.71.0.0/24")
    path = f"/v2.0/subnetpools/{pool['id']}"
    answer = api.put("neutron", f"{path}/onboard_network_subnets", {"network_id": network["id"]})
    assert answer.json() == [{"id": subnet["id"], "cidr": "10.71.0.0/24"}]
    assert api.get("neutron", path).json()["subnetpool"]["prefixes"] == ["10.70.0.0/16", "10.71.0.0/24"]
    shown = api.get("neutron", f"/v2.0/subnets/{subnet['id']}").json()["subnet"]
    assert shown["subnetpool_id"] == pool["id"]


def topology(api: Api, query: str = "", user: str = "alt_demo") -> Any:
    return api.get("neutron", f"/v2.0/auto-allocated-topology/{api.project_id('alt_demo')}{query}", user=user)


def test_a_network_for_a_project_that_has_none(api: Api) -> None:
    assert error(topology(api)) == (
        409,
        "AutoAllocationFailure",
        "Deployment error: No default router:external network.",
    )
    assert error(topology(api, user="demo"))[:2] == (403, "NotAuthorized")
    public = api.get("neutron", "/v2.0/networks?name=public").json()["networks"][0]
    default = {"network": {"is_default": True}}
    api.put("neutron", f"/v2.0/networks/{public['id']}", default, user="admin")
    assert error(topology(api, "?fields=dry-run"))[2] == "Deployment error: No default subnetpools defined."
    prefixes = {"prefixes": ["10.80.0.0/16"], "default_prefixlen": 26}
    make(api, "subnetpools", user="admin", name="d", is_default=True, shared=True, **prefixes)
    dry = topology(api, "?fields=dry-run").json()["auto_allocated_topology"]
    assert dry["id"] == "dry-run=pass"
    made = topology(api).json()["auto_allocated_topology"]
    assert topology(api).json()["auto_allocated_topology"] == made
    networks = api.get("neutron", "/v2.0/networks?router:external=false", user="alt_demo").json()["networks"]
    assert [(row["id"], row["name"]) for row in networks] == [(made["id"], "auto_allocated_network")]
    routers = api.get("neutron", "/v2.0/routers", user="alt_demo").json()["routers"]
    assert routers[0]["external_gateway_info"]["network_id"] == public["id"]
    port = make(api, "ports", user="alt_demo", network_id=made["id"])
    floating = make(api, "floatingips", user="alt_demo", floating_network_id=public["id"], port_id=port["id"])
    assert floating["router_id"] == routers[0]["id"]
    api.delete("neutron", f"/v2.0/floatingips/{floating['id']}", user="alt_demo")
    api.delete("neutron", f"/v2.0/ports/{port['id']}", user="alt_demo")
    policy = {"object_type": "network", "object_id": made["id"], "action": "access_as_shared"}
    body = {"rbac_policy": {**policy, "target_tenant": api.project_id("demo")}}
    assert api.post("neutron", "/v2.0/rbac-policies", body, user="alt_demo").status_code == 201
    path = f"/v2.0/auto-allocated-topology/{api.project_id('alt_demo')}"
    for _ in range(2):
        assert api.delete("neutron", path, user="alt_demo").status_code == 204
    assert api.get("neutron", "/v2.0/routers", user="alt_demo").json() == {"routers": []}
    assert api.get("neutron", "/v2.0/ports", user="alt_demo").json() == {"ports": []}
    assert api.get("neutron", "/v2.0/rbac-policies", user="alt_demo").json() == {"rbac_policies": []}


def test_a_router_of_a_flavor(api: Api) -> None:
    flavor = make(api, "flavors", user="admin", name="plain", service_type="L3_ROUTER_NAT")
    profile = make(api, "service_profiles", user="admin", driver=SINGLE)
    path = f"/v2.0/flavors/{flavor['id']}"
    link = {"service_profile": {"id": profile["id"]}}
    assert api.post("neutron", f"{path}/service_profiles", link, user="admin").status_code == 201
    twice = api.post("neutron", f"{path}/service_profiles", link, user="admin")
    assert error(twice)[:2] == (409, "FlavorServiceProfileBindingExists")
    assert api.get("neutron", path).json()["flavor"]["service_profiles"] == [profile["id"]]
    assert api.get("neutron", "/v2.0/service_profiles").json() == {"service_profiles": []}
    assert api.get("neutron", f"/v2.0/service_profiles/{profile['id']}").status_code == 404
    router = make(api, "routers", name="r", flavor_id=flavor["id"])
    assert router["flavor_id"] == flavor["id"]
    assert error(api.delete("neutron", path, user="admin"))[:2] == (409, "FlavorInUse")
    used = api.delete("neutron", f"/v2.0/service_profiles/{profile['id']}", user="admin")
    assert error(used)[1] == "ServiceProfileInUse"
    unlinked = f"{path}/service_profiles/{profile['id']}"
    assert api.delete("neutron", unlinked, user="admin").status_code == 204
    assert error(api.delete("neutron", unlinked, user="admin"))[1] == "FlavorServiceProfileBindingNotFound"
    changed = api.put("neutron", path, {"flavor": {"enabled": False}}, user="admin")
    assert changed.json()["flavor"]["enabled"] is False
    api.delete("neutron", f"/v2.0/routers/{router['id']}")
    assert api.delete("neutron", path, user="admin").status_code == 204


@pytest.mark.parametrize(
    ("collection", "attributes", "status", "kind"),
    [
        ("flavors", {"service_type": "bogus"}, 400, "InvalidServiceType"),
        ("service_profiles", {}, 400, "ServiceProfileEmpty"),
        ("service_profiles", {"driver": "bogus"}, 404, "ServiceProfileDriverNotFound"),
        ("routers", {"flavor_id": NOWHERE}, 404, "FlavorNotFound"),
        ("networks", {"qinq": True}, 400, "VlanQinqDriverError"),
        ("networks", {"vlan_transparent": True}, 400, "VlanTransparencyDriverError"),
        ("networks", {"segments": [{"a": "b"}]}, 400, "HTTPBadRequest"),
        (
            "networks",
            {"segments": [{"provider:network_type": "vxlan"}], "provider:network_type": "vxlan"},
            400,
            "SegmentsSetInConjunctionWithProviders",
        ),
    ],
)
def test_what_cannot_be(
    api: Api, collection: str, attributes: dict[str, Any], status: int, kind: str
) -> None:
    name = collection.removesuffix("s")
    answer = api.post("neutron", f"/v2.0/{collection}", {name: attributes}, user="admin")
    assert error(answer)[:2] == (status, kind)


def test_a_network_of_two_segments(api: Api) -> None:
    first = {"provider:network_type": "vxlan", "provider:segmentation_id": 901}
    made = make(api, "networks", user="admin", segments=[first, {"provider:network_type": "vxlan"}])
    assert made["segments"][0] == {**first, "provider:physical_network": None}
    assert made["segments"][1]["provider:segmentation_id"] not in (None, 901)
    assert "provider:network_type" not in made
    one = make(api, "networks", user="admin", segments=[{**first, "provider:segmentation_id": 950}])
    assert (one["provider:segmentation_id"], "segments" in one) == (950, False)
    refused = api.post("neutron", "/v2.0/networks", {"network": {"segments": [first]}})
    assert error(refused)[2].startswith("(rule:create_network and (rule:create_network:segments and (rule:")


def test_what_ports_take_and_keep_to_themselves(api: Api) -> None:
    network = make(api, "networks", name="n")
    port = make(api, "ports", network_id=network["id"], numa_affinity_policy="required", device_profile="d")
    assert not {"numa_affinity_policy", "device_profile"} & set(port)
    path = f"/v2.0/ports/{port['id']}"
    wrong = api.put("neutron", path, {"port": {"numa_affinity_policy": "bogus"}})
    assert error(wrong)[2] == (
        "Invalid input for numa_affinity_policy. Reason: bogus is not in valid_values."
    )
    same = api.put("neutron", path, {"port": {"numa_affinity_policy": "socket"}}).json()["port"]
    assert same["revision_number"] == port["revision_number"]
    mine = api.put("neutron", path, {"port": {"mac_address": None}})
    assert error(mine)[2] == "(rule:update_port and rule:update_port:mac_address) is disallowed by policy"
    new = api.put("neutron", path, {"port": {"mac_address": None}}, user="admin").json()["port"]
    assert new["mac_address"] != port["mac_address"]


def test_extra_dhcp_options_are_merged(api: Api) -> None:
    network = make(api, "networks", name="n")
    port = make(
        api, "ports", network_id=network["id"], extra_dhcp_opts=[{"opt_name": "mtu", "opt_value": "1400"}]
    )
    path = f"/v2.0/ports/{port['id']}"

    def options(*said: dict[str, Any]) -> Any:
        return api.put("neutron", path, {"port": {"extra_dhcp_opts": list(said)}})

    both = options({"opt_name": "bootfile-name", "opt_value": "x"}).json()["port"]["extra_dhcp_opts"]
    assert [option["opt_name"] for option in both] == ["mtu", "bootfile-name"]
    left = options({"opt_name": "mtu", "opt_value": None}).json()["port"]["extra_dhcp_opts"]
    assert left == [{"opt_name": "bootfile-name", "opt_value": "x", "ip_version": 4}]
    assert error(options({"opt_name": ""})) == (
        400,
        "InvalidInput",
        "Invalid input for operation: No valid key specs matched for: {'opt_name': ''}.",
    )


@pytest.mark.parametrize(
    ("pairs", "kind", "message"),
    [
        ([{"mac_address": "fa:16:3e:00:00:01"}], "AllowedAddressPairsMissingIP", "AllowedAddressPair must"),
        ([{"ip_address": "zz"}], "HTTPBadRequest", "'zz' is not a valid IP address"),
        ([{"ip_address": "10.9.0.1", "x": 1}], "HTTPBadRequest", "Unrecognized attribute(s) 'x'"),
        ("x", "HTTPBadRequest", "Allowed address pairs must be a list."),
        (
            ["a"],
            "HTTPBadRequest",
            "Invalid input for allowed_address_pairs. Reason: 'a' is not a dictionary.",
        ),
        (
            [{"ip_address": "10.9.0.7"}] * 2,
            "DuplicateAddressPairInRequest",
            "Request contains duplicate address pair: mac_address None ip_address 10.9.0.7.",
        ),
    ],
)
def test_address_pairs_that_cannot_be(api: Api, pairs: Any, kind: str, message: str) -> None:
    network = make(api, "networks", name="n")
    body = {"port": {"network_id": network["id"], "allowed_address_pairs": pairs}}
    found = error(api.post("neutron", "/v2.0/ports", body))
    assert found[:2] == (400, kind)
    assert found[2].startswith(message)


def test_a_port_is_in_stateful_groups_or_in_stateless_ones(api: Api) -> None:
    network = make(api, "networks", name="n")
    plain, bare = (make(api, "security-groups", name=f"g{on}", stateful=on)["id"] for on in (True, False))
    body = {"port": {"network_id": network["id"], "security_groups": [plain, bare]}}
    assert error(api.post("neutron", "/v2.0/ports", body)) == (
        409,
        "SecurityGroupConflict",
        "Error Cannot apply both stateful and stateless security groups on the same port at the same time while "
        "attempting the operation.",
    )
    renamed = api.put("neutron", f"/v2.0/security-groups/{bare}", {"security_group": {"name": "default"}})
    assert error(renamed)[:2] == (409, "SecurityGroupDefaultAlreadyExists")


def test_ports_are_found_by_all_that_is_said_of_their_addresses(api: Api) -> None:
    network = make(api, "networks", name="n")
    subnet = make(api, "subnets", network_id=network["id"], ip_version=4, cidr="10.9.0.0/24")
    for last in (50, 60, 61):
        fixed = [{"ip_address": f"10.9.0.{last}"}]
        make(api, "ports", network_id=network["id"], name=str(last), fixed_ips=fixed)

    def found(*said: str) -> list[str]:
        query = "&".join(f"fixed_ips={one}" for one in said)
        return [port["name"] for port in api.get("neutron", f"/v2.0/ports?{query}").json()["ports"]]

    inside = f"subnet_id={subnet['id']}"
    assert found(inside) == ["50", "60", "61"]
    assert found(inside, "ip_address_substr=9.0.6") == ["60", "61"]
    assert found("ip_address=10.9.0.50", "ip_address=10.9.0.61") == ["50", "61"]
    assert error(api.get("neutron", "/v2.0/ports?fixed_ips=x"))[:2] == (400, "InvalidInput")


def test_a_port_that_only_says_it_is_a_routers(api: Api) -> None:
    network = make(api, "networks", name="n")
    port = make(api, "ports", network_id=network["id"], device_owner="network:router_interface")
    assert (port["port_security_enabled"], port["security_groups"]) == (False, [])
    assert api.delete("neutron", f"/v2.0/ports/{port['id']}").status_code == 204

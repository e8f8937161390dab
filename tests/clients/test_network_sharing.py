"""Subnet pools, address scopes and groups, RBAC policies through the unmodified clients."""

from typing import Any

import pytest

Openstack = Any
Sdk = Any


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["Name"] for row in rows]


def test_subnets_come_from_a_pool(openstack: Openstack) -> None:
    openstack("address", "scope", "create", "--ip-version", "4", "scope")
    made = openstack(
        *("subnet", "pool", "create", "--pool-prefix", "10.30.0.0/16", "--default-prefix-length", "26"),
        *("--address-scope", "scope", "--tag", "t", "pool"),
    )
    assert (made["prefixes"], made["default_prefixlen"], made["ip_version"]) == (["10.30.0.0/16"], 26, 4)
    openstack("network", "create", "n")
    first = openstack("subnet", "create", "--network", "n", "--subnet-pool", "pool", "s1")
    second = openstack(
        "subnet", "create", "--network", "n", "--subnet-pool", "pool", "--prefix-length", "27", "s2"
    )
    assert (first["cidr"], second["cidr"]) == ("10.30.0.0/26", "10.30.0.64/27")
    assert names(openstack("subnet", "list", "--subnet-pool", "pool")) == ["s1", "s2"]
    assert openstack("network", "show", "n")["ipv4_address_scope"] == made["address_scope_id"]

    openstack("subnet", "pool", "set", "--pool-prefix", "10.31.0.0/16", "--max-prefix-length", "28", "pool")
    openstack("subnet", "pool", "unset", "--tag", "t", "pool")
    shown = openstack("subnet", "pool", "show", "pool")
    assert (shown["prefixes"], shown["max_prefixlen"], shown["tags"]) == (["10.30.0.0/15"], 28, [])

    def refused(*words: str) -> str:
        return str(openstack(*words, ok=False).err)

    other = ("subnet", "create", "--network", "n", "--subnet-range", "192.168.7.0/24", "s3")
    assert "must be allocated from the same subnet pool" in refused(*other)
    tiny = ("subnet", "create", "--network", "n", "--subnet-pool", "pool", "--prefix-length", "30", "s3")
    assert "maximum allowed prefix is 28" in refused(*tiny)
    assert "Subnet pool has existing allocations" in refused("subnet", "pool", "delete", "pool")
    assert "one or more subnet pools in use" in refused("address", "scope", "delete", "scope").lower()
    openstack("network", "delete", "n")
    openstack("subnet", "pool", "delete", "pool")
    openstack("address", "scope", "delete", "scope")
    assert openstack("address", "scope", "list") == []


def test_the_default_pool_is_the_administrators_to_name(openstack: Openstack) -> None:
    pool = ("subnet", "pool", "create", "--pool-prefix", "2001:db8::/40", "--default", "--share", "six")
    assert "403" in openstack(*pool, ok=False).err
    openstack(*pool, user="admin")
    assert names(openstack("subnet", "pool", "list", "--default", "--share")) == ["six"]
    openstack("network", "create", "n")
    slaac = ("--ip-version", "6", "--ipv6-ra-mode", "slaac", "--ipv6-address-mode", "slaac")
    made = openstack("subnet", "create", "--network", "n", "--use-default-subnet-pool", *slaac, "s")
    assert (made["cidr"], made["gateway_ip"]) == ("2001:db8::/64", "2001:db8::")
    port = openstack("port", "create", "--network", "n", "p")
    assert ":" in port["fixed_ips"][0]["ip_address"]


def test_a_network_is_shared_with_one_project(openstack: Openstack, sdk: Sdk) -> None:
    openstack("network", "create", "ours")
    openstack("subnet", "create", "--network", "ours", "--subnet-range", "10.9.0.0/24", "ours-net")
    other = sdk("alt_demo").current_project_id
    words = ("--type", "network", "--action", "access_as_shared", "--target-project", other, "ours")
    policy = openstack("network", "rbac", "create", *words)
    assert policy["target_project_id"] == other
    assert [row["ID"] for row in openstack("network", "rbac", "list", "--type", "network")] == [policy["id"]]
    assert openstack("network", "rbac", "show", policy["id"])["action"] == "access_as_shared"

    assert names(openstack("network", "list", user="alt_demo")) == ["public", "ours"]
    openstack("port", "create", "--network", "ours", "p", user="alt_demo")
    server = ("--flavor", "m1.tiny", "--image", "cirros", "--network", "ours", "--wait", "vm")
    assert "ours" in openstack("server", "create", *server, user="alt_demo")["addresses"]

    in_use = openstack("network", "rbac", "delete", policy["id"], ok=False)
    assert "409" in in_use.err and "other objects depend on it" in in_use.err
    openstack("server", "delete", "--wait", "vm", user="alt_demo")
    openstack("port", "delete", "p", user="alt_demo")
    openstack("network", "rbac", "delete", policy["id"])
    assert names(openstack("network", "list", user="alt_demo")) == ["public"]


def test_everybody_is_the_administrators_to_let_in(openstack: Openstack) -> None:
    openstack("network", "create", "ours")
    words = ("network", "rbac", "create", "--type", "network", "--action", "access_as_shared")
    refused = openstack(*words, "--target-all-projects", "ours", ok=False)
    assert "403" in refused.err and "rule:create_rbac_policy:target_tenant" in refused.err
    policy = openstack(*words, "--target-all-projects", "ours", user="admin")
    assert names(openstack("network", "list", "--share", user="alt_demo")) == ["ours"]
    openstack("network", "rbac", "set", "--target-project", "admin", policy["id"], user="admin")
    assert names(openstack("network", "list", "--share", user="alt_demo")) == []
    assert "No RBACPolicy found" in openstack("network", "rbac", "delete", policy["id"], ok=False).err


def test_an_address_group_in_a_rule(openstack: Openstack) -> None:
    made = openstack("address", "group", "create", "--address", "10.1.0.0/24", "--address", "10.0.0.1", "ag")
    assert made["addresses"] == ["10.0.0.1/32", "10.1.0.0/24"]
    openstack("address", "group", "set", "--address", "10.2.0.0/24", "--name", "bg", "ag")
    openstack("address", "group", "unset", "--address", "10.1.0.0/24", "bg")
    assert openstack("address", "group", "show", "bg")["addresses"] == ["10.0.0.1/32", "10.2.0.0/24"]
    rule = ("--remote-address-group", "bg", "--protocol", "tcp", "--dst-port", "22", "default")
    openstack("security", "group", "rule", "create", *rule)
    in_use = openstack("address", "group", "delete", "bg", ok=False)
    assert "in use on one or more security group rules" in in_use.err
    assert openstack("address", "group", "list", user="alt_demo") == []


def test_a_topology_is_made_for_a_project_that_has_none(openstack: Openstack) -> None:
    create = ("network", "auto", "allocated", "topology", "create")
    missing = openstack(*create, user="alt_demo", ok=False)
    assert "No default router:external network" in missing.err
    openstack("network", "set", "--external", "--default", "public", user="admin")
    prefix = ("--pool-prefix", "10.80.0.0/16", "--default-prefix-length", "26")
    openstack("subnet", "pool", "create", *prefix, "--default", "--share", "d", user="admin")
    made = openstack(*create, user="alt_demo")
    assert list(openstack(*create, "--check-resources", user="alt_demo")) == ["dry_run"]
    assert openstack("network", "show", made["id"], user="alt_demo")["name"] == "auto_allocated_network"
    openstack("network", "auto", "allocated", "topology", "delete", user="alt_demo")
    assert names(openstack("network", "list", user="alt_demo")) == ["public"]


def test_the_operator_offers_a_flavor_of_routers(openstack: Openstack) -> None:
    flavor = ("network", "flavor", "create", "--service-type", "L3_ROUTER_NAT", "plain")
    assert "403" in openstack(*flavor, ok=False).err
    made = openstack(*flavor, user="admin")
    profile = openstack("network", "flavor", "profile", "create", "--metainfo", "{}", user="admin")
    openstack("network", "flavor", "add", "profile", "plain", profile["id"], user="admin")
    assert openstack("network", "flavor", "show", "plain")["service_profile_ids"] == [profile["id"]]
    assert openstack("router", "create", "--flavor", "plain", "r")["flavor_id"] == made["id"]
    assert "409" in openstack("network", "flavor", "delete", "plain", user="admin", ok=False).err
    assert names(openstack("network", "flavor", "list")) == ["plain"]


@pytest.mark.parametrize("kind", ["network", "subnet", "port", "router", "security_group", "subnet_pool"])
def test_the_sdk_sets_tags_of_every_kind(sdk: Sdk, kind: str) -> None:
    conn = sdk("demo")
    network = conn.network.find_network("private")
    attributes: dict[str, dict[str, Any]] = {
        "subnet": {"network_id": network.id, "ip_version": 4, "cidr": "10.9.0.0/24"},
        "port": {"network_id": network.id},
        "subnet_pool": {"prefixes": ["10.0.0.0/8"]},
    }
    thing = getattr(conn.network, f"create_{kind}")(name="x", **attributes.get(kind, {}))

    conn.network.set_tags(thing, ["b", "a"])

    assert getattr(conn.network, f"get_{kind}")(thing.id).tags == ["a", "b"]
    assert [found.id for found in getattr(conn.network, f"{kind}s")(tags="a,b")] == [thing.id]

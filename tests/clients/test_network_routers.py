"""Routers, floating ips, and what the administrator of the networks asks, through the unmodified clients."""

from typing import Any

import pytest

Openstack = Any
Sdk = Any
ELSEWHERE = ("--route", "destination=10.77.0.0/24,gateway=10.9.0.5")


@pytest.fixture
def router(openstack: Openstack) -> str:
    """A router `edge` with an interface in `ours-net` (10.9.0.0/24) of the network `ours`."""
    openstack("network", "create", "ours")
    openstack("subnet", "create", "--network", "ours", "--subnet-range", "10.9.0.0/24", "ours-net")
    openstack("router", "create", "edge")
    openstack("router", "add", "subnet", "edge", "ours-net")
    return "edge"


def test_a_router_is_made_connected_changed_and_deleted(openstack: Openstack, router: str) -> None:
    openstack("router", "set", "--external-gateway", "public", *ELSEWHERE, router)
    shown = openstack("router", "show", router)
    assert shown["external_gateway_info"]["external_fixed_ips"][0]["ip_address"].startswith("172.24.4.")
    assert shown["routes"] == [{"destination": "10.77.0.0/24", "nexthop": "10.9.0.5"}]
    assert [port["ip_address"] for port in shown["interfaces_info"]] == ["10.9.0.1"]
    openstack("router", "set", "--name", "rim", "--description", "d", "--disable", router)
    listed = openstack("router", "list", "--name", "rim", "--disable")
    assert [(row["Name"], row["State"]) for row in listed] == [("rim", False)]

    needed = openstack("router", "remove", "subnet", "rim", "ours-net", ok=False)
    assert "409" in needed.err and "required by one or more routes" in needed.err
    openstack("router", "unset", *ELSEWHERE, "--external-gateway", "rim")
    in_use = openstack("router", "delete", "rim", ok=False)
    assert "409" in in_use.err and "has ports still attached" in in_use.err
    openstack("router", "remove", "subnet", "rim", "ours-net")
    openstack("router", "delete", "rim")
    assert [row["Name"] for row in openstack("router", "list")] == ["router1"]


def test_a_router_takes_a_port_and_routes_one_by_one(openstack: Openstack, router: str) -> None:
    openstack("network", "create", "more")
    openstack("subnet", "create", "--network", "more", "--subnet-range", "10.8.0.0/24", "more-net")
    openstack("port", "create", "--network", "more", "--fixed-ip", "ip-address=10.8.0.9", "leg")
    openstack("router", "add", "port", router, "leg")
    assert openstack("port", "show", "leg")["device_owner"] == "network:router_interface"
    more = ("--route", "destination=10.78.0.0/24,gateway=10.8.0.5")
    openstack("router", "add", "route", *ELSEWHERE, router)
    assert len(openstack("router", "add", "route", *more, router)["routes"]) == 2
    left = openstack("router", "remove", "route", *more, router)["routes"]
    assert [route["destination"] for route in left] == ["10.77.0.0/24"]
    nowhere = openstack(
        "router", "set", "--route", "destination=10.1.0.0/24,gateway=9.9.9.9", router, ok=False
    )
    assert "400" in nowhere.err and "the nexthop is not connected with router" in nowhere.err
    openstack("router", "remove", "port", router, "leg")
    assert "No Port found for leg" in openstack("port", "show", "leg", ok=False).err


def test_where_a_gateway_has_its_address_is_the_administrators_choice(
    openstack: Openstack, router: str
) -> None:
    at = ("--external-gateway", "public", "--fixed-ip", "subnet=public-subnet,ip-address=172.24.4.99")
    refused = openstack("router", "set", *at, router, ok=False)
    assert "403" in refused.err and "external_gateway_info:external_fixed_ips" in refused.err
    openstack("router", "set", *at, "--disable-snat", router, user="admin")
    gateway = openstack("router", "show", router)["external_gateway_info"]
    assert (gateway["external_fixed_ips"][0]["ip_address"], gateway["enable_snat"]) == ("172.24.4.99", False)
    inner = openstack("router", "set", "--external-gateway", "ours", router, ok=False)
    assert "400" in inner.err and "is not an external network" in inner.err
    overlapping = openstack("router", "add", "subnet", router, "ours-net", ok=False)
    assert "400" in overlapping.err and "Router already has a port on subnet" in overlapping.err
    assert "No Router found for edge" in openstack("router", "show", router, user="alt_demo", ok=False).err


def test_a_floating_ip_goes_to_a_servers_port_and_comes_back(openstack: Openstack) -> None:
    server = ("--flavor", "m1.tiny", "--image", "cirros", "--network", "private", "--wait", "vm")
    openstack("server", "create", *server)
    port = openstack("port", "list", "--server", "vm")[0]["ID"]
    made = openstack("floating", "ip", "create", "--description", "d", "--tag", "t", "public")
    address = made["floating_ip_address"]
    assert (made["status"], made["port_id"], made["router_id"]) == ("DOWN", None, None)

    openstack("floating", "ip", "set", "--port", port, address)
    shown = openstack("floating", "ip", "show", address)
    assert (shown["port_id"], shown["fixed_ip_address"], shown["status"]) == (port, "10.0.0.2", "ACTIVE")
    assert openstack("server", "show", "vm")["addresses"] == {"private": ["10.0.0.2", address]}
    listed = openstack("floating", "ip", "list", "--port", port, "--network", "public", "--status", "ACTIVE")
    assert [row["Floating IP Address"] for row in listed] == [address]
    door = openstack("router", "unset", "--external-gateway", "router1", ok=False)
    assert "409" in door.err and "required by one or more floating IPs" in door.err

    openstack("floating", "ip", "unset", "--port", address)
    assert openstack("server", "show", "vm")["addresses"] == {"private": ["10.0.0.2"]}
    openstack("server", "add", "floating", "ip", "vm", address)
    openstack("server", "delete", "--wait", "vm")
    assert openstack("floating", "ip", "show", address)["status"] == "DOWN"
    openstack("floating", "ip", "delete", address)
    assert f"No FloatingIP found for {address}" in openstack("floating", "ip", "show", address, ok=False).err


def test_what_a_floating_ip_cannot_be(openstack: Openstack, router: str) -> None:
    inner = openstack("floating", "ip", "create", "ours", ok=False)
    assert "400" in inner.err and "is not a valid external network" in inner.err
    openstack("port", "create", "--network", "ours", "p")
    unreachable = openstack("floating", "ip", "create", "--port", "p", "public", ok=False)
    assert "404" in unreachable.err and "is not reachable from subnet" in unreachable.err
    wish = ("--floating-ip-address", "172.24.4.55", "public")
    assert "403" in openstack("floating", "ip", "create", *wish, ok=False).err
    openstack("floating", "ip", "create", "--project", "demo", *wish, user="admin")
    assert [row["Floating IP Address"] for row in openstack("floating", "ip", "list")] == ["172.24.4.55"]
    assert "409" in openstack("floating", "ip", "create", *wish, user="admin", ok=False).err
    assert openstack("floating", "ip", "list", user="alt_demo") == []


def test_the_sdk_gives_a_server_an_address_of_its_own(sdk: Sdk) -> None:
    conn = sdk("demo")
    server = conn.create_server(
        "vm", image="cirros", flavor="m1.tiny", network="private", auto_ip=False, wait=True
    )
    given = conn.create_floating_ip(network="public", server=server, wait=True)
    assert conn.network.get_ip(given.id).fixed_ip_address == "10.0.0.2"
    assert [ip.floating_ip_address for ip in conn.list_floating_ips()] == [given.floating_ip_address]
    assert conn.delete_floating_ip(given.id)
    assert list(conn.network.ips()) == []


def test_addresses_left_are_the_administrators_to_see(openstack: Openstack) -> None:
    rows = openstack("ip", "availability", "list", user="admin")
    left = {row["Network Name"]: (row["Total IPs"], row["Used IPs"]) for row in rows}
    assert left == {"private": (61, 1), "public": (253, 1), "admin-private": (61, 0)}
    openstack("port", "create", "--network", "private", "p")
    shown = openstack("ip", "availability", "show", "private", user="admin")
    assert (shown["used_ips"], shown["total_ips"]) == (2, 61)
    assert openstack("ip", "availability", "list") == []


def test_quotas_are_shown_set_and_forgotten(openstack: Openstack) -> None:
    def limits(*words: str, **how: Any) -> dict[str, int]:
        return {
            row["Resource"]: row["Limit"] for row in openstack("quota", "show", "--network", *words, **how)
        }

    assert limits()["networks"] == 100
    assert "403" in openstack("quota", "set", "--networks", "5", "demo", ok=False).err
    below = openstack("quota", "set", "--networks", "0", "demo", user="admin", ok=False)
    assert "400" in below.err and "greater than or equal to already used 1" in below.err
    openstack("quota", "set", "--networks", "1", "--ports", "7", "demo", user="admin")
    assert (limits()["networks"], limits("demo", user="admin")["ports"]) == (1, 7)
    over = openstack("network", "create", "n", ok=False)
    assert "409" in over.err and "Quota exceeded for resources: ['network']" in over.err
    openstack("quota", "set", "--networks", "0", "--force", "demo", user="admin")
    openstack("quota", "delete", "--network", "demo", user="admin")
    assert limits()["networks"] == 100


def test_what_the_network_service_says_of_itself(openstack: Openstack, sdk: Sdk) -> None:
    assert openstack("network", "agent", "list", user="admin") == []
    assert "No Agent found" in openstack("network", "agent", "show", "a", user="admin", ok=False).err
    providers = openstack("network", "service", "provider", "list")
    assert [row["Name"] for row in providers] == ["dvrha", "dvr", "ha", "single_node"]
    aliases = [row["Alias"] for row in openstack("extension", "list", "--network")]
    assert {"router", "rbac-policies", "standard-attr-tag", "subnet_allocation"} <= set(aliases)
    assert openstack("extension", "show", "router")["alias"] == "router"
    assert sdk("demo").network.find_extension("revision-if-match") is not None
    assert openstack("availability", "zone", "list", "--network") == []

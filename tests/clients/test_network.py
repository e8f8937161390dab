"""Networks and subnets through the unmodified clients: made, found, changed, deleted; and what neutron refuses."""

from typing import Any

import pytest
from openstack import exceptions

Openstack = Any
Sdk = Any


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["Name"] for row in rows]


@pytest.fixture
def network(openstack: Openstack) -> str:
    """A network `ours` with the subnet `ours-net`, 10.9.0.0/29: five addresses for ports."""
    openstack("network", "create", "ours")
    openstack("subnet", "create", "--network", "ours", "--subnet-range", "10.9.0.0/29", "ours-net")
    return "ours"


def test_a_network_is_made_found_changed_and_deleted(openstack: Openstack) -> None:
    made = openstack("network", "create", "--description", "d", "--mtu", "1400", "--tag", "red", "mine")
    assert (made["name"], made["mtu"], made["status"], made["shared"]) == ("mine", 1400, "ACTIVE", False)
    assert openstack("network", "show", made["id"])["tags"] == ["red"]
    assert names(openstack("network", "list")) == ["private", "public", "mine"]
    assert names(openstack("network", "list", "--external")) == ["public"]
    assert names(openstack("network", "list", "--internal", "--tags", "red")) == ["mine"]
    assert names(openstack("network", "list", "--not-tags", "red", "--name", "mine")) == []

    openstack("network", "set", "--name", "ours", "--disable", "--tag", "blue", "mine")
    openstack("network", "unset", "--tag", "red", "ours")

    shown = openstack("network", "show", "ours")
    assert (shown["admin_state_up"], shown["tags"], shown["description"]) == (False, ["blue"], "d")
    openstack("network", "delete", "ours")
    assert names(openstack("network", "list")) == ["private", "public"]


def test_a_subnet_is_made_found_changed_and_deleted(openstack: Openstack) -> None:
    openstack("network", "create", "ours")
    pool = ("--allocation-pool", "start=10.9.0.10,end=10.9.0.20")
    made = openstack(
        *("subnet", "create", "--network", "ours", "--subnet-range", "10.9.0.0/24", *pool),
        *("--dns-nameserver", "8.8.8.8", "--no-dhcp", "--gateway", "10.9.0.254", "s"),
    )
    assert made["gateway_ip"] == "10.9.0.254"
    assert made["allocation_pools"] == [{"start": "10.9.0.10", "end": "10.9.0.20"}]
    assert names(openstack("subnet", "list", "--network", "ours")) == ["s"]
    assert names(openstack("subnet", "list", "--subnet-range", "10.9.0.0/24", "--no-dhcp")) == ["s"]

    route = ("--host-route", "destination=10.99.0.0/24,gateway=10.9.0.5")
    openstack("subnet", "set", "--name", "t", "--dhcp", *route, "--gateway", "none", "s")
    shown = openstack("subnet", "show", "t")
    assert (shown["enable_dhcp"], shown["gateway_ip"]) == (True, None)
    assert shown["host_routes"] == [{"destination": "10.99.0.0/24", "nexthop": "10.9.0.5"}]
    openstack("subnet", "unset", *route, "--dns-nameserver", "8.8.8.8", "t")
    shown = openstack("subnet", "show", "t")
    assert (shown["host_routes"], shown["dns_nameservers"]) == ([], [])

    openstack("subnet", "delete", "t")
    assert openstack("network", "show", "ours")["subnets"] == []


def test_an_administrators_network(openstack: Openstack) -> None:
    provider = ("--provider-network-type", "vxlan", "--provider-segment", "77")
    made = openstack("network", "create", "--share", "--external", *provider, "adm", user="admin")
    assert (made["provider:segmentation_id"], made["shared"], made["router:external"]) == (77, True, True)
    assert "adm" in names(openstack("network", "list", "--share", user="alt_demo"))
    assert openstack("network", "show", "adm", user="demo")["provider:segmentation_id"] is None

    openstack("network", "set", "--internal", "--no-share", "adm", user="admin")

    assert "adm" not in names(openstack("network", "list", user="alt_demo"))
    assert names(openstack("network", "list", "--project", "demo", user="admin")) == ["private"]


def test_what_a_member_may_not_do(openstack: Openstack, network: str) -> None:
    for words, rule in (
        (("network", "create", "--share", "n"), "rule:create_network:shared"),
        (("network", "create", "--external", "n"), "rule:create_network:router:external"),
        (("network", "set", "--share", network), "rule:update_network:shared"),
        (("network", "delete", "public"), "rule:delete_network"),
        (("network", "set", "--name", "mine", "public"), "rule:update_network"),
    ):
        refused = openstack(*words, ok=False)
        assert "403" in refused.err and f"{rule} is disallowed" in refused.err.replace(") is", " is")
    for reader in (("network", "create", "n"), ("network", "delete", network)):
        assert "403" in openstack(*reader, user="demo_reader", ok=False).err
    assert network in names(openstack("network", "list", user="demo_reader"))


def test_unknown_and_ambiguous_names(openstack: Openstack, network: str) -> None:
    assert "No Network found for nowhere" in openstack("network", "show", "nowhere", ok=False).err
    assert "No Network found for ours" in openstack("network", "show", "ours", user="alt_demo", ok=False).err
    twin = openstack("network", "create", network)["id"]
    assert "More than one Network exists" in openstack("network", "delete", network, ok=False).err
    both = openstack("network", "delete", twin, "nowhere", ok=False)
    assert "1 of 2 networks failed to delete" in both.err
    assert names(openstack("network", "list")).count(network) == 1


def test_conflicts(openstack: Openstack, network: str) -> None:
    twice = openstack(
        "subnet", "create", "--network", network, "--subnet-range", "10.9.0.0/24", "s", ok=False
    )
    assert "400" in twice.err and "overlaps with another subnet" in twice.err
    openstack("port", "create", "--network", network, "p")
    assert "one or more ports still in use" in openstack("network", "delete", network, ok=False).err.lower()
    assert "409" in openstack("subnet", "delete", "ours-net", ok=False).err
    for name in "qrst":
        openstack("port", "create", "--network", network, name)
    full = openstack("port", "create", "--network", network, "u", ok=False)
    assert "409" in full.err and "No more IP addresses available on network" in full.err
    openstack("port", "delete", *"pqrst")
    openstack("network", "delete", network)
    assert names(openstack("subnet", "list")) == ["private-subnet", "public-subnet"]


def test_two_who_change_a_network_at_once(sdk: Sdk) -> None:
    conn = sdk("demo")
    network = conn.network.create_network(name="mine")
    conn.network.update_network(network.id, description="mine was first", if_revision=network.revision_number)

    with pytest.raises(exceptions.HttpException) as refused:
        conn.network.update_network(network.id, description="late", if_revision=network.revision_number)

    assert refused.value.status_code == 412
    assert conn.network.get_network(network.id).description == "mine was first"


def test_a_list_comes_page_by_page(sdk: Sdk) -> None:
    conn = sdk("demo")
    for number in range(5):
        conn.network.create_network(name=f"n{number}")

    found = [network.name for network in conn.network.networks(limit=2, sort_key="name", sort_dir="desc")]

    assert found == ["public", "private", "n4", "n3", "n2", "n1", "n0"]


def test_the_cloud_layer_finds_and_deletes(sdk: Sdk) -> None:
    conn = sdk("demo")
    network = conn.create_network("mine")
    subnet = conn.create_subnet("mine", cidr="10.9.0.0/24", subnet_name="s", dns_nameservers=["8.8.8.8"])
    assert conn.get_network("mine").subnet_ids == [subnet.id]
    assert [found.id for found in conn.search_subnets("s")] == [subnet.id]
    assert {found.name for found in conn.get_external_networks()} == {"public"}
    assert conn.delete_subnet("s") and conn.delete_network(network.id)
    assert conn.delete_network("mine") is False
    assert [conn.network.create_network(name=name).name for name in "ab"] == ["a", "b"]

"""Ports and security groups through the unmodified clients."""

from typing import Any

import pytest

Openstack = Any
Sdk = Any


@pytest.fixture(autouse=True)
def network(openstack: Openstack) -> None:
    """A network `ours` with the subnet `ours-net`, 10.9.0.0/24."""
    openstack("network", "create", "ours")
    openstack("subnet", "create", "--network", "ours", "--subnet-range", "10.9.0.0/24", "ours-net")


def make_port(openstack: Openstack, *words: str, **how: Any) -> Any:
    return openstack("port", "create", "--network", "ours", *words, **how)


def test_a_port_with_an_address_a_group_and_a_guest(openstack: Openstack) -> None:
    group = openstack("security", "group", "create", "web")["id"]
    fixed = ("--fixed-ip", "subnet=ours-net,ip-address=10.9.0.50")
    made = make_port(
        openstack, *fixed, "--security-group", "web", "--allowed-address", "ip-address=10.9.0.99", "p"
    )
    assert [ip["ip_address"] for ip in made["fixed_ips"]] == ["10.9.0.50"]
    assert made["allowed_address_pairs"] == [{"mac_address": made["mac_address"], "ip_address": "10.9.0.99"}]
    assert made["security_group_ids"] == [group]

    def found(*words: str) -> list[str]:
        return [row["ID"] for row in openstack("port", "list", "--network", "ours", *words)]

    make_port(openstack, "q")
    assert found("--fixed-ip", "ip-address=10.9.0.50") == [made["id"]]
    assert found("--mac-address", made["mac_address"]) == [made["id"]]
    assert found("--security-group", group) == [made["id"]]
    assert found("--device-owner", "network:dhcp") == []
    assert "Security Group" in openstack("security", "group", "delete", "web", ok=False).err


def test_a_port_is_changed_and_stripped(openstack: Openstack) -> None:
    make_port(openstack, "--disable", "--description", "d", "--tag", "a", "p")
    openstack("port", "set", "--name", "pp", "--enable", "--fixed-ip", "subnet=ours-net", "p")
    shown = openstack("port", "show", "pp")
    assert (shown["admin_state_up"], len(shown["fixed_ips"]), shown["tags"]) == (True, 2, ["a"])
    openstack("port", "set", "--no-security-group", "--disable-port-security", "pp")
    shown = openstack("port", "show", "pp")
    assert (shown["port_security_enabled"], shown["security_group_ids"]) == (False, [])
    paired = openstack("port", "set", "--allowed-address", "ip-address=1.2.3.4", "pp", ok=False)
    assert "409" in paired.err and "Port Security must be enabled" in paired.err
    openstack("port", "set", "--no-fixed-ip", "pp")
    assert openstack("port", "show", "pp")["fixed_ips"] == []
    option = ("--extra-dhcp-option", "name=mtu,value=1400,ip-version=4")
    bare = make_port(openstack, "--no-fixed-ip", *option, "bare")
    assert bare["extra_dhcp_opts"] == [{"opt_name": "mtu", "opt_value": "1400", "ip_version": 4}]


def test_what_a_port_cannot_be(openstack: Openstack) -> None:
    fixed = ("--fixed-ip", "subnet=ours-net,ip-address=10.9.0.50")
    make_port(openstack, *fixed, "p")
    taken = make_port(openstack, *fixed, "q", ok=False)
    assert "409" in taken.err and "already allocated in subnet" in taken.err
    outside = make_port(openstack, "--fixed-ip", "ip-address=10.8.0.1", "q", ok=False)
    assert "400" in outside.err and "not a valid IP for any of the subnets" in outside.err
    foreign = openstack("port", "create", "--network", "public", "q", ok=False)
    assert "403" in foreign.err and "not allowed to create port on this network" in foreign.err
    bound = make_port(openstack, "--host", "somewhere", "q", ok=False)
    assert "403" in bound.err and "rule:create_port:binding:host_id" in bound.err
    assert make_port(openstack, "--host", "there", "q", user="admin")["binding_host_id"] == "there"
    assert "No Port found for r" in openstack("port", "show", "r", ok=False).err
    assert openstack("port", "list", user="alt_demo") == []


def test_a_security_group_and_its_rules(openstack: Openstack) -> None:
    openstack("security", "group", "create", "--description", "d", "web")
    rule = ("security", "group", "rule", "create", "--protocol", "tcp")
    ssh = openstack(*rule, "--dst-port", "22", "--remote-ip", "10.0.0.0/8", "web")
    assert (ssh["port_range_min"], ssh["port_range_max"], ssh["direction"]) == (22, 22, "ingress")
    openstack(*rule, "--dst-port", "8000:8080", "--remote-group", "default", "--egress", "web")
    listed = openstack("security", "group", "rule", "list", "--protocol", "tcp", "web")
    assert sorted(row["Port Range"] for row in listed) == ["22:22", "8000:8080"]
    again = openstack(*rule, "--dst-port", "22", "--remote-ip", "10.0.0.0/8", "web", ok=False)
    assert "409" in again.err and f"Rule id is {ssh['id']}" in again.err
    icmp = ("security", "group", "rule", "create", "--protocol", "icmp", "--icmp-type", "300", "web")
    wrong = openstack(*icmp, ok=False)
    assert "400" in wrong.err and "Invalid value for ICMP" in wrong.err
    openstack("security", "group", "rule", "delete", ssh["id"])
    gone = openstack("security", "group", "rule", "show", ssh["id"], ok=False)
    assert "No SecurityGroupRule found" in gone.err

    openstack("security", "group", "set", "--name", "shop", "--stateless", "web")
    shown = openstack("security", "group", "show", "shop")
    assert (shown["stateful"], shown["description"]) == (False, "d")
    openstack("security", "group", "delete", "shop")
    assert [row["Name"] for row in openstack("security", "group", "list")] == ["default"]


def test_everybody_has_a_default_group_and_the_administrator_sees_too_many(openstack: Openstack) -> None:
    ambiguous = openstack("security", "group", "show", "default", user="admin", ok=False)
    assert "More than one SecurityGroup exists with the name 'default'" in ambiguous.err
    mine = openstack("security", "group", "list", "--project", "demo", user="admin")
    assert [row["Name"] for row in mine] == ["default"]
    refused = openstack("security", "group", "delete", "default", ok=False)
    assert "Insufficient rights for removing default security group" in refused.err


def test_new_groups_are_born_with_the_default_rules(openstack: Openstack) -> None:
    words = ("--protocol", "tcp", "--dst-port", "22", "--for-custom-sg")
    assert "403" in openstack("default", "security", "group", "rule", "create", *words, ok=False).err
    rule = openstack("default", "security", "group", "rule", "create", *words, user="admin")
    assert len(openstack("default", "security", "group", "rule", "list")) == 5
    openstack("security", "group", "create", "web")
    ranges = [row["Port Range"] for row in openstack("security", "group", "rule", "list", "web")]
    assert sorted(ranges) == ["", "", "22:22"]
    openstack("default", "security", "group", "rule", "delete", rule["id"], user="admin")


def test_a_server_on_a_port(openstack: Openstack, sdk: Sdk) -> None:
    make_port(openstack, "--fixed-ip", "ip-address=10.9.0.77", "p")
    openstack("server", "create", "--flavor", "m1.tiny", "--image", "cirros", "--port", "p", "--wait", "vm")
    listed = openstack("port", "list", "--server", "vm")
    assert [(row["Name"], row["Status"]) for row in listed] == [("p", "ACTIVE")]
    conn = sdk("demo")
    assert conn.network.find_port("p").device_id == conn.compute.find_server("vm").id
    openstack("server", "delete", "--wait", "vm")
    freed = conn.network.find_port("p")
    assert (freed.device_id, freed.status) == ("", "DOWN")

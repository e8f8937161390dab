"""The `openstack` command and what hangs on a server: volumes, ports, addresses, groups, images."""

from typing import Any

from tests.clients.test_compute_servers import PLAIN, create, shown

Openstack = Any


def addresses(openstack: Openstack) -> list[str]:
    """All of the server `vm`."""
    by_network: dict[str, list[str]] = shown(openstack, "vm", "addresses")["addresses"]
    return [address for network in by_network.values() for address in network]


def test_a_volume_is_attached_and_detached(openstack: Openstack) -> None:
    create(openstack)
    openstack("volume", "create", "--size", "1", "disk")
    attached = openstack("server", "add", "volume", "--tag", "data", "vm", "disk")
    assert (attached["Device"], attached["Tag"], attached["Delete On Termination"]) == (
        "/dev/vdb",
        "data",
        False,
    )

    openstack("server", "volume", "update", "--delete-on-termination", "vm", "disk")
    listed = openstack("server", "volume", "list", "vm")
    assert [(row["Device"], row["Delete On Termination?"]) for row in listed] == [("/dev/vdb", True)]
    again = openstack("server", "add", "volume", "vm", "disk", ok=False)
    assert "is already attached to instances" in again.err
    openstack("server", "remove", "volume", "vm", "disk")

    assert openstack("server", "volume", "list", "vm") == []
    assert openstack("volume", "show", "disk")["status"] == "available"
    absent = openstack("server", "remove", "volume", "vm", "disk", ok=False)
    assert absent.code == 1


def test_ports_and_networks_come_and_go(openstack: Openstack) -> None:
    vm = create(openstack)
    openstack("port", "create", "--network", "private", "mine")

    openstack("server", "add", "port", "vm", "mine")
    openstack("server", "add", "network", "vm", "private")
    assert len(addresses(openstack)) == 3
    held = openstack("port", "list", "--server", "vm")
    assert {row["Status"] for row in held} == {"ACTIVE"} and len(held) == 3
    openstack("server", "remove", "port", "vm", "mine")
    assert openstack("port", "show", "mine")["device_id"] == ""  # let go, not deleted

    openstack("server", "remove", "network", "vm", "private")
    assert addresses(openstack) == []
    fixed = openstack("server", "add", "fixed", "ip", "--fixed-ip-address", "10.0.0.50", "vm", "private")
    assert addresses(openstack) == ["10.0.0.50"]
    assert openstack("port", "show", fixed["Port ID"])["device_id"] == vm["id"]
    events = [row["Action"] for row in openstack("server", "event", "list", "vm")]
    assert set(events) == {"create", "attach_interface", "detach_interface"}


def test_a_floating_ip_is_the_servers(openstack: Openstack) -> None:
    create(openstack)
    floating = openstack("floating", "ip", "create", "public")["floating_ip_address"]

    openstack("server", "add", "floating", "ip", "vm", floating)
    assert floating in addresses(openstack)
    openstack("server", "remove", "floating", "ip", "vm", floating)

    assert floating not in addresses(openstack)
    assert openstack("floating", "ip", "show", floating)["port_id"] is None


def test_a_security_group_is_put_on_and_taken_off(openstack: Openstack) -> None:
    create(openstack)
    openstack("security", "group", "create", "web")

    openstack("server", "add", "security", "group", "vm", "web")
    assert {group["name"] for group in shown(openstack, "vm", "security_groups")["security_groups"]} == {
        "default",
        "web",
    }
    openstack("server", "remove", "security", "group", "vm", "web")

    assert shown(openstack, "vm", "security_groups") == {"security_groups": [{"name": "default"}]}
    unknown = openstack("server", "add", "security", "group", "vm", "nope", ok=False)
    assert unknown.code == 1 and "nope" in unknown.err


def test_images_and_backups_are_made_of_a_server(openstack: Openstack) -> None:
    create(openstack)
    image = openstack("server", "image", "create", "--wait", "--name", "copy", "--property", "a=b", "vm")
    assert (image["name"], image["status"], image["properties"]["a"]) == ("copy", "active", "b")
    for day in ("one", "two", "three"):
        openstack(
            "server", "backup", "create", "--name", day, "--type", "daily", "--rotate", "2", "--wait", "vm"
        )

    kept = {row["Name"] for row in openstack("image", "list", "--private")}

    assert kept == {"copy", "two", "three"}
    create(openstack, "second", *PLAIN[:2], "--image", "copy", "--network", "private")
    assert openstack("server", "list", "--image", "copy")[0]["Name"] == "second"


def test_a_key_pair_is_made_and_ends(openstack: Openstack) -> None:
    assert "PRIVATE KEY" in openstack("keypair", "create", "key").text

    assert [(row["Name"], row["Type"]) for row in openstack("keypair", "list")] == [("key", "ssh")]
    assert openstack("keypair", "show", "key")["private_key"] is None
    assert openstack("keypair", "show", "--public-key", "key").text.startswith("ssh-ed25519 ")
    openstack("keypair", "delete", "key")
    gone = openstack("keypair", "delete", "key", ok=False)
    assert "Keypair key not found for user" in gone.err

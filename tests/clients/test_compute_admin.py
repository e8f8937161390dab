"""The `openstack` command and the cloud's own side of compute: flavors, the host, zones, quotas, usage, refusals."""

from typing import Any

import pytest

from tests.clients.test_compute_servers import PLAIN, create, shown

Openstack = Any


def test_a_flavor_is_made_changed_shared_and_ends(openstack: Openstack) -> None:
    made = openstack("flavor", "create", "--ram", "256", "--disk", "1", "--vcpus", "2", "--private",
                     "--project", "demo", "--property", "a=b", "small", user="admin")  # fmt: skip
    assert (made["ram"], made["vcpus"], made["properties"]) == (256, 2, {"a": "b"})
    assert "small" not in [row["Name"] for row in openstack("flavor", "list", user="alt_demo")]

    openstack("flavor", "set", "--property", "c=d", "--description", "words", "small", user="admin")
    openstack("flavor", "unset", "--property", "a", "small", user="admin")

    seen = openstack("flavor", "show", "small")
    assert (seen["properties"], seen["description"]) == ({"c": "d"}, "words")
    create(openstack, "vm", "--flavor", "small", *PLAIN[2:])
    openstack("flavor", "unset", "--project", "demo", "small", user="admin")
    openstack("flavor", "delete", "small", user="admin")
    assert "No Flavor found for small" in openstack("flavor", "show", "small", ok=False).err
    assert shown(openstack, "vm", "flavor")["flavor"]["original_name"] == "small"


def test_the_host_tells_what_it_holds(openstack: Openstack) -> None:
    empty = openstack("hypervisor", "stats", "show", user="admin")
    create(openstack)

    full = openstack("hypervisor", "stats", "show", user="admin")

    grown = {name: full[name] - empty[name] for name in ("vcpus_used", "memory_mb_used", "local_gb_used")}
    assert grown == {"vcpus_used": 1, "memory_mb_used": 512, "local_gb_used": 1}
    assert (empty["running_vms"], full["running_vms"], full["count"]) == (0, 1, 1)
    (host,) = openstack("hypervisor", "list", user="admin")
    assert (host["Hypervisor Hostname"], host["State"]) == ("devstack", "up")
    one = openstack("hypervisor", "show", "devstack", user="admin")
    assert (one["id"], one["status"]) == (host["ID"], "enabled")
    services = [row["Service"] for row in openstack("host", "list", user="admin")]
    assert services == ["scheduler", "conductor", "compute"]
    shares = {row["Project"]: row["CPU"] for row in openstack("host", "show", "devstack", user="admin")}
    assert (shares["(total)"], shares["(used_now)"]) == (1000, 1)


def test_a_disabled_service_takes_no_servers(openstack: Openstack) -> None:
    openstack("compute", "service", "set", "--disable", "--disable-reason", "cleaning", "devstack",
              "nova-compute", user="admin")  # fmt: skip
    listed = openstack("compute", "service", "list", "--service", "nova-compute", "--long", user="admin")
    assert [(row["Status"], row["State"], row["Disabled Reason"]) for row in listed] == [
        ("disabled", "up", "cleaning")
    ]
    refused = openstack("server", "create", *PLAIN, "--wait", "vm", ok=False)
    assert "Error creating server: vm" in refused.err
    fault = shown(openstack, "vm", "status", "fault")
    assert (fault["status"], fault["fault"]["message"]) == ("ERROR", "No valid host was found. ")
    zone = openstack("availability", "zone", "list", "--compute")
    assert zone == [{"Zone Name": "nova", "Zone Status": "not available"}]

    openstack("compute", "service", "set", "--enable", "devstack", "nova-compute", user="admin")

    create(openstack, "after")
    openstack("compute", "service", "set", "--down", "devstack", "nova-compute", user="admin")
    assert openstack("hypervisor", "list", user="admin")[0]["State"] == "down"


def test_an_aggregate_makes_a_zone(openstack: Openstack) -> None:
    openstack("aggregate", "create", "--zone", "east", "--property", "a=b", "racks", user="admin")
    openstack("aggregate", "add", "host", "racks", "devstack", user="admin")
    openstack("aggregate", "set", "--property", "c=d", "--name", "row", "racks", user="admin")
    openstack("aggregate", "unset", "--property", "a", "row", user="admin")

    row = openstack("aggregate", "show", "row", user="admin")
    assert (row["hosts"], row["properties"], row["availability_zone"]) == (["devstack"], {"c": "d"}, "east")
    assert openstack("availability", "zone", "list", "--compute")[0]["Zone Name"] == "east"
    vm = create(openstack, "vm", *PLAIN, "--availability-zone", "east")
    assert vm["OS-EXT-AZ:availability_zone"] == "east"
    full = openstack("aggregate", "delete", "row", user="admin", ok=False)
    assert "Host aggregate is not empty" in full.err
    openstack("aggregate", "remove", "host", "row", "devstack", user="admin")
    openstack("aggregate", "delete", "row", user="admin")
    assert openstack("aggregate", "list", user="admin") == []


def test_a_group_keeps_servers_apart(openstack: Openstack) -> None:
    group = openstack("server", "group", "create", "--policy", "anti-affinity", "apart")["id"]
    create(openstack, "first", *PLAIN, "--hint", f"group={group}")

    alone = openstack("server", "create", *PLAIN, "--hint", f"group={group}", "--wait", "second", ok=False)

    assert "Error creating server: second" in alone.err
    fault = shown(openstack, "second", "fault")["fault"]["message"]
    assert fault == "No valid host was found. There are not enough hosts available."
    (listed,) = openstack("server", "group", "list", "--long")
    assert (listed["Name"], listed["Policy"], len(listed["Members"])) == ("apart", "anti-affinity", 2)
    openstack("server", "group", "delete", "apart")
    assert shown(openstack, "first", "server_groups") == {"server_groups": None}


def test_quotas_are_what_an_administrator_says(openstack: Openstack) -> None:
    create(openstack)
    openstack("quota", "set", "--instances", "2", "--cores", "1", "demo", user="admin")

    over = openstack("server", "create", *PLAIN, "more", ok=False)

    assert "Quota exceeded for cores: Requested 1, but already used 1 of 1 cores" in over.err
    limits = {row["Name"]: row["Value"] for row in openstack("limits", "show", "--absolute")}
    assert (limits["instances"], limits["instances_used"], limits["total_cores"]) == (2, 1, 1)
    usage = {row["Resource"]: row["In Use"] for row in openstack("quota", "show", "--usage", "--compute")}
    assert (usage["cores"], usage["ram"]) == (1, 512)
    below = openstack("quota", "set", "--cores", "0", "demo", user="admin", ok=False)
    assert "must be greater than or equal to already used" in below.err
    openstack("quota", "delete", "--compute", "demo", user="admin")
    quotas = {row["Resource"]: row["Limit"] for row in openstack("quota", "show", "--compute")}
    assert (quotas["instances"], quotas["cores"]) == (10, 20)


def test_usage_is_told_to_those_who_pay(openstack: Openstack) -> None:
    create(openstack)
    openstack("server", "delete", "--wait", "vm")
    create(openstack, "second")

    mine = openstack("usage", "show")

    states = {usage["name"]: usage["state"] for usage in mine["Servers"]}
    assert states == {"vm": "terminated", "second": "active"}
    assert mine["CPU Hours"] >= 0
    everyone = openstack("usage", "list", user="admin")
    assert [row["Project"] for row in everyone] == [mine["Project"]]


def test_an_administrator_mends_and_moves(openstack: Openstack) -> None:
    vm = create(openstack)
    openstack("server", "migrate", vm["id"], user="admin")
    moves = openstack("server", "migration", "list", "--server", vm["id"], user="admin")
    assert [(move["Status"], move["Type"]) for move in moves] == [("error", "migration")]
    assert shown(openstack, "vm", "status") == {"status": "ACTIVE"}

    openstack("server", "set", "--state", "error", "--auto-approve", vm["id"], user="admin")
    why = shown(openstack, "vm", "status", "fault")
    assert (why["status"], why["fault"]["message"]) == (
        "ERROR",
        "No valid host was found. There are not enough hosts available.",
    )
    openstack("server", "set", "--state", "active", "--auto-approve", vm["id"], user="admin")
    evacuated = openstack("server", "evacuate", vm["id"], user="admin", ok=False)
    assert "Compute service of devstack is still in use." in evacuated.err
    openstack("server", "delete", "--force", "vm")
    assert openstack("server", "list") == []


def test_old_clients_find_their_extensions(openstack: Openstack) -> None:
    aliases = {row["Alias"] for row in openstack("extension", "list", "--compute")}

    assert {"NMN", "OS-DCF", "os-keypairs", "os-server-groups"} <= aliases


NOT_FOR_MEMBERS = [
    (("flavor", "create", "--ram", "1", "--disk", "1", "--vcpus", "1", "x"), "os-flavor-manage:create"),
    (("flavor", "delete", "m1.tiny"), "os-flavor-manage:delete"),
    (("hypervisor", "list"), "os-hypervisors:list-detail"),
    (("compute", "service", "list"), "os-services:list"),
    (("aggregate", "list"), "os-aggregates:index"),
    (("aggregate", "create", "x"), "os-aggregates:create"),
    (("usage", "list"), "os-simple-tenant-usage:list"),
    (("host", "list"), "os-hosts:list"),
    (("server", "migration", "list"), "os-migrations:index"),
    (("server", "list", "--all-projects"), "servers:detail:get_all_tenants"),
]


@pytest.mark.parametrize(("words", "rule"), NOT_FOR_MEMBERS, ids=[row[1] for row in NOT_FOR_MEMBERS])
def test_a_member_is_refused_by_name(openstack: Openstack, words: tuple[str, ...], rule: str) -> None:
    refused = openstack(*words, ok=False)

    assert refused.code == 1
    assert f"Policy doesn't allow os_compute_api:{rule} to be performed." in refused.err


def test_a_reader_looks_and_does_not_touch(openstack: Openstack) -> None:
    create(openstack)
    assert [row["Name"] for row in openstack("server", "list", user="demo_reader")] == ["vm"]
    for words in (("server", "stop", "vm"), ("server", "delete", "vm"), ("server", "create", *PLAIN, "x")):
        assert "Policy doesn't allow" in openstack(*words, user="demo_reader", ok=False).err
    assert "No Server found for vm" in openstack("server", "show", "vm", user="alt_demo", ok=False).err

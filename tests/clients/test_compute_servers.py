"""The `openstack` command and servers: every way to make one, and every way it can change."""

from pathlib import Path
from typing import Any

import pytest

Openstack = Any
PLAIN = ("--flavor", "m1.tiny", "--image", "cirros", "--network", "private")


def create(openstack: Openstack, name: str = "vm", *more: str, user: str = "demo") -> Any:
    """One server, waited for."""
    return openstack("server", "create", *(more or PLAIN), "--wait", name, user=user)


def shown(openstack: Openstack, name: str, *fields: str, user: str = "demo") -> Any:
    """Some fields of one server."""
    columns = [word for field in fields for word in ("-c", field)]
    return openstack("server", "show", name, *columns, user=user)


def test_a_server_is_made_with_all_that_can_be_said(openstack: Openstack, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    openstack("keypair", "create", "key")
    openstack("security", "group", "create", "web")
    group = openstack("server", "group", "create", "--policy", "affinity", "together")

    made = create(
        openstack, "vm", *PLAIN, "--key-name", "key", "--property", "a=b", "--user-data", str(script),
        "--availability-zone", "nova", "--security-group", "web", "--hint", f"group={group['id']}",
        "--tag", "blue", "--description", "mine",
    )  # fmt: skip

    assert (made["status"], made["properties"], made["key_name"]) == ("ACTIVE", {"a": "b"}, "key")
    assert (made["security_groups"], made["tags"]) == ([{"name": "web"}], ["blue"])
    assert (made["description"], made["OS-EXT-AZ:availability_zone"]) == ("mine", "nova")
    assert made["server_groups"] == [group["id"]] and made["scheduler_hints"] == {"group": group["id"]}
    assert openstack("server", "group", "show", "together")["members"] == [made["id"]]
    assert openstack("server", "list", "--long")[0]["Availability Zone"] == "nova"


def test_a_server_is_on_the_networks_that_were_named(openstack: Openstack) -> None:
    openstack("network", "create", "second")
    openstack("subnet", "create", "--network", "second", "--subnet-range", "10.9.0.0/24", "s")
    port = openstack("port", "create", "--network", "second", "--fixed-ip", "ip-address=10.9.0.77", "p")
    flavor_and_image = PLAIN[:4]

    create(openstack, "two", *PLAIN, "--network", "second")
    create(openstack, "by-port", *flavor_and_image, "--port", "p")
    create(openstack, "without", *flavor_and_image, "--nic", "none")

    networks = {row["Name"]: row["Networks"] for row in openstack("server", "list")}
    assert set(networks["two"]) == {"private", "second"}
    assert networks["by-port"] == {"second": ["10.9.0.77"]} and networks["without"] == {}
    openstack("server", "delete", "--wait", "two", "by-port", "without")
    left = openstack("port", "list", "--network", "second")
    assert [row["ID"] for row in left] == [port["id"]]  # nova deletes only the ports that it made


def test_a_server_starts_from_a_volume(openstack: Openstack) -> None:
    openstack("volume", "create", "--size", "1", "--image", "cirros", "disk")
    create(openstack, "from-disk", "--flavor", "m1.tiny", "--network", "private", "--volume", "disk")
    create(openstack, "on-new-disk", *PLAIN, "--boot-from-volume", "2")

    images = {row["Name"]: row["Image"] for row in openstack("server", "list")}
    assert set(images.values()) == {"N/A (booted from volume)"} and len(images) == 2
    sizes = sorted((row["Size"], row["Status"]) for row in openstack("volume", "list"))
    assert sizes == [(1, "in-use"), (2, "in-use")]
    root = openstack("server", "volume", "list", "from-disk")[0]["Volume ID"]
    refused = openstack("server", "remove", "volume", "from-disk", root, ok=False)
    assert "Cannot detach a root device volume" in refused.err


def test_several_servers_of_one_name_are_ambiguous(openstack: Openstack) -> None:
    create(openstack, "twin")
    create(openstack, "twin")

    refused = openstack("server", "show", "twin", ok=False)

    assert (refused.code, refused.err.strip()) == (1, "More than one Server exists with the name 'twin'.")
    assert "No Server found for nobody" in openstack("server", "stop", "nobody", ok=False).err


def test_a_list_holds_what_its_filters_say(openstack: Openstack) -> None:
    create(openstack, "many", *PLAIN, "--min", "3", "--max", "3")
    create(openstack, "other", *PLAIN, "--tag", "blue")
    create(openstack, "elsewhere", *PLAIN[:4], "--network", "admin-private", user="admin")
    openstack("server", "lock", "--reason", "mine", "other")
    openstack("server", "stop", "many-2")

    def names(*words: str, user: str = "demo") -> list[str]:
        return sorted(row["Name"] for row in openstack("server", "list", *words, user=user))

    assert names("--name", "^many") == ["many-1", "many-2", "many-3"]
    assert names("--status", "SHUTOFF") == ["many-2"] and names("--power-state", "shutdown") == ["many-2"]
    assert names("--tags", "blue") == ["other"] and names("--locked") == ["other"]
    assert len(names("--not-tags", "blue")) == len(names("--unlocked")) == 3
    assert names("--flavor", "m1.small") == [] and len(names("--image", "cirros")) == 4
    assert names("--all-projects", user="admin") == ["elsewhere", "many-1", "many-2", "many-3", "other"]
    assert names("--host", "devstack", "--all-projects", "--project", "admin", user="admin") == ["elsewhere"]
    first = openstack("server", "list", "--limit", "2")
    rest = openstack("server", "list", "--limit", "2", "--marker", first[-1]["ID"])
    assert sorted(row["Name"] for row in first + rest) == names()


TRIPS = [
    ("stop", "SHUTOFF", "start"),
    ("pause", "PAUSED", "unpause"),
    ("suspend", "SUSPENDED", "resume"),
    ("rescue", "RESCUE", "unrescue"),
    ("shelve", "SHELVED_OFFLOADED", "unshelve"),
]


def test_a_server_goes_through_its_states_and_back(openstack: Openstack) -> None:
    create(openstack)
    for there, status, back in TRIPS:
        openstack("server", there, "vm")
        assert shown(openstack, "vm", "status") == {"status": status}
        openstack("server", back, "vm")
    assert "Complete" in openstack("server", "reboot", "--soft", "--wait", "vm").text
    openstack("server", "reboot", "--hard", "vm")
    assert shown(openstack, "vm", "status") == {"status": "ACTIVE"}

    events = openstack("server", "event", "list", "vm")
    names = [row["Action"] for row in events]
    assert names == ["reboot", "reboot", "unshelve", "shelve", "unrescue", "rescue", "resume", "suspend",
                     "unpause", "pause", "start", "stop", "create"]  # fmt: skip
    event = openstack("server", "event", "show", "vm", events[-1]["Request ID"])
    assert [step["event"] for step in event["events"]] == ["compute__do_build_and_run_instance"]
    wrong = openstack("server", "start", "vm", ok=False)
    assert "Cannot 'start' instance" in wrong.err and "while it is in vm_state active" in wrong.err


def test_a_server_is_resized_for_good_or_not(openstack: Openstack) -> None:
    create(openstack)
    openstack("server", "resize", "--flavor", "m1.small", "--wait", "vm")
    assert shown(openstack, "vm", "status") == {"status": "VERIFY_RESIZE"}
    openstack("server", "resize", "confirm", "vm")
    openstack("server", "resize", "--flavor", "m1.tiny", "--wait", "vm")
    openstack("server", "resize", "revert", "vm")

    vm = shown(openstack, "vm", "status", "flavor")
    assert (vm["status"], vm["flavor"]["original_name"]) == ("ACTIVE", "m1.small")
    moves = openstack("server", "migration", "list", "--server", "vm", user="admin", ok=False)
    assert "No Server found for vm" in moves.err  # it is looked for among the administrator's own
    moves = openstack("server", "migration", "list", "--type", "resize", user="admin")
    assert [(move["Status"], move["Type"]) for move in moves] == [
        ("reverted", "resize"),
        ("confirmed", "resize"),
    ]
    same = openstack("server", "resize", "--flavor", "m1.small", "vm", ok=False)
    assert "When resizing, instances must change flavor!" in same.err


def test_a_server_is_rebuilt(openstack: Openstack) -> None:
    before = create(openstack)
    openstack("server", "rebuild", "--wait", "vm")
    openstack(
        "server", "rebuild", "--wait", "--image", "cirros", "--name", "again", "--property", "c=d", "vm"
    )

    after = shown(openstack, "again", "id", "addresses", "properties", "status")

    assert (after["id"], after["addresses"]) == (before["id"], before["addresses"])
    assert (after["properties"], after["status"]) == ({"c": "d"}, "ACTIVE")


def test_what_is_set_and_unset(openstack: Openstack) -> None:
    create(openstack)
    openstack("server", "set", "--name", "new", "--property", "a=b", "--property", "c=d", "--tag", "t",
              "--description", "words", "vm")  # fmt: skip
    openstack("server", "unset", "--property", "a", "new")

    assert shown(openstack, "new", "properties", "tags", "description") == {
        "properties": {"c": "d"},
        "tags": ["t"],
        "description": "words",
    }
    openstack("server", "unset", "--tag", "t", "--description", "new")
    assert shown(openstack, "new", "tags") == {"tags": []}


def test_a_lock_holds_its_owner_up(openstack: Openstack) -> None:
    vm = create(openstack)
    openstack("server", "lock", "--reason", "an exam", "vm")

    assert shown(openstack, "vm", "locked", "locked_reason") == {"locked": True, "locked_reason": "an exam"}
    assert "is locked" in openstack("server", "delete", "vm", ok=False).err
    openstack("server", "stop", vm["id"], user="admin")
    openstack("server", "unlock", "vm")
    openstack("server", "delete", "--wait", "vm")
    assert openstack("server", "list") == []


def test_consoles(openstack: Openstack) -> None:
    create(openstack)

    assert "login" in openstack("console", "log", "show", "vm").text
    assert len(openstack("console", "log", "show", "--lines", "2", "vm").text.strip().splitlines()) == 2
    assert "Unavailable console type novnc." in openstack("console", "url", "show", "vm", ok=False).err


REFUSALS = [
    (("--flavor", "nope", "--image", "cirros", "--network", "private"), "No Flavor found for nope"),
    (("--flavor", "m1.tiny", "--image", "nope", "--network", "private"), "No Image found for nope"),
    (("--flavor", "m1.tiny", "--image", "cirros", "--network", "nope"), "No Network found for nope"),
    ((*PLAIN, "--key-name", "nope"), "Invalid key_name provided."),
    ((*PLAIN, "--security-group", "nope"), "No SecurityGroup found for nope"),
    ((*PLAIN, "--availability-zone", "nope"), "The requested availability zone is not available"),
    ((*PLAIN, "--hint", "group=nope"), "'nope' is not a 'uuid'"),
    ((*PLAIN, "--host", "devstack"), "Policy doesn't allow compute:servers:create:requested_destination"),
    (
        ("--flavor", "m1.xlarge", *PLAIN[2:], "--min", "3", "--max", "3"),
        "Quota exceeded for cores: Requested 24",
    ),
]


@pytest.mark.parametrize(("words", "why"), REFUSALS, ids=[row[1].split(" for ")[0] for row in REFUSALS])
def test_a_server_is_refused_in_novas_words(openstack: Openstack, words: tuple[str, ...], why: str) -> None:
    refused = openstack("server", "create", *words, "vm", ok=False)

    assert refused.code == 1 and why in refused.err

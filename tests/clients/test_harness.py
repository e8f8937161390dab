"""The harness itself: nothing of the machine's reaches a client, waiting costs no time, the program is the program."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clouds import FREE_PORTS

SERVER = ("server", "create", "--flavor", "m1.tiny", "--image", "cirros", "--network", "private", "--wait")


def test_what_the_command_prints_comes_parsed(openstack: Any) -> None:
    flavors = openstack("flavor", "list")

    assert "m1.tiny" in {flavor["Name"] for flavor in flavors}


def test_a_command_without_formats_gives_its_outcome(openstack: Any) -> None:
    assert "PRIVATE KEY" in openstack("keypair", "create", "key").text

    assert openstack("keypair", "delete", "key").out == b""


def test_a_refusal_comes_with_its_code_and_words(openstack: Any) -> None:
    refused = openstack("user", "list", ok=False)

    assert refused.code == 1
    assert "403" in refused.err and "identity:list_users" in refused.err


def test_a_line_that_the_command_does_not_know_is_refused_by_it(openstack: Any) -> None:
    assert "is not an openstack command" in openstack("cloud", "burn", ok=False).text
    assert "usage: openstack flavor list" in openstack("flavor", "list", "--burnt", ok=False).err


def test_each_test_has_a_cloud_of_its_own_part_one(openstack: Any) -> None:
    openstack("keypair", "create", "left-behind")


def test_each_test_has_a_cloud_of_its_own_part_two(openstack: Any) -> None:
    assert openstack("keypair", "list") == []


def test_each_line_asks_every_service_as_its_own_user(openstack: Any) -> None:
    for user, network, number in (
        ("demo", "private", 2),
        ("admin", "admin-private", 3),
        ("alt_demo", "public", 1),
    ):
        mine = openstack("network", "list", user=user)
        assert network in [row["Name"] for row in mine] and len(mine) == number
    assert openstack("quota", "set", "--networks", "50", "demo", user="admin") is not None


def test_waiting_for_a_server_costs_no_time(openstack: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)

    assert openstack(*SERVER, "vm")["status"] == "ACTIVE"
    openstack("server", "delete", "--wait", "vm")

    assert slept == []


def test_nothing_that_the_machine_has_set_reaches_a_client(openstack: Any, sdk: Any) -> None:
    assert [name for name in os.environ if name.startswith("OS_") and "FILE" not in name] == []
    assert openstack("configuration", "show")["username"] == "demo"
    assert sdk("admin").current_user_id != sdk("demo").current_user_id


@pytest.fixture
def classroom(clean_environment: Path) -> Iterator[dict[str, str]]:
    """A cloud started by `python -m cloudlab up`, and the variables that `python -m cloudlab env` prints."""
    state = clean_environment / "state"
    _cloudlab("up", "--state", str(state), "--profile", "classroom", *FREE_PORTS)
    try:
        yield _variables(_cloudlab("env", "--state", str(state), "--no-token", "--shell", "sh"))
    finally:
        _cloudlab("down", "--state", str(state))


def _cloudlab(*words: str) -> str:
    command = [sys.executable, "-m", "cloudlab", *words]
    root = {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, **root})
    assert done.returncode == 0, done.stderr
    return done.stdout


def _variables(lines: str) -> dict[str, str]:
    """The assignments of a shell's `export` lines."""
    words = [word for line in lines.splitlines() for word in shlex.split(line)[1:]]
    return dict(word.split("=", 1) for word in words if "=" in word)


@pytest.mark.socket
def test_the_program_waits_for_a_server_of_a_started_cloud(classroom: dict[str, str], program: Any) -> None:
    """A true process, the classroom's pace and the variables of `cloudlab env`, as in a learner's terminal."""
    created = program(classroom, *SERVER, "-f", "value", "-c", "status", "vm")
    assert (created.returncode, created.stdout.split()) == (0, ["ACTIVE"]), created.stderr

    named = program({"OS_CLIENT_CONFIG_FILE": classroom["OS_CLIENT_CONFIG_FILE"]}, "--os-cloud", "cloudlab-admin",
                    "server", "list", "--all-projects", "-f", "value", "-c", "Name")  # fmt: skip
    assert named.stdout.split() == ["vm"], named.stderr


@pytest.mark.socket
def test_the_program_takes_the_token_that_env_prints(classroom: dict[str, str], program: Any) -> None:
    token = program(classroom, "token", "issue", "-f", "value", "-c", "id").stdout.strip()
    by_token = {name: value for name, value in classroom.items() if name not in (
        "OS_USERNAME", "OS_PASSWORD", "OS_USER_DOMAIN_ID")}  # fmt: skip

    mine = program(
        {**by_token, "OS_AUTH_TYPE": "v3token", "OS_TOKEN": token}, "flavor", "list", "-f", "value"
    )

    assert "m1.tiny" in mine.stdout, mine.stderr

"""The parts of tests/realcloud that need no services: what it pins, writes, says, starts and stops."""

from __future__ import annotations

import re
import socket
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest
import yaml

from cloudlab.sim.cloud import DEFAULT_PORTS
from tests.gold.story import initial

from . import cloud, config, contents, packages, processes, settings
from .__main__ import main, parser
from .processes import Process
from .settings import Home

TESTS = Path(__file__).parent.parent


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    cloud.prepare(home)
    return home


def test_the_pins_are_those_of_the_recordings() -> None:
    pins = settings.requirements()
    recorded = re.findall(r"(\w+) (\d+\.\d+\.\d+)", (TESTS / "gold" / "README.md").read_text())
    assert {name.removeprefix("openstack-"): version for name, version in pins.items()} == dict(recorded)
    published = re.findall(r"^(\w+)==(\S+)$", (TESTS / "outside" / "published.txt").read_text(), re.MULTILINE)
    assert published
    assert {name: pins[name] for name, _ in published} == dict(published)


def test_the_ports_are_the_embedded_clouds() -> None:
    assert settings.API_PORTS == DEFAULT_PORTS
    assert len(set(settings.PORTS.values())) == len(settings.PORTS)


def test_every_file_can_be_read_back_as_it_was_meant(home: Home) -> None:
    for path, sections in config.services(home).items():
        parser = RawConfigParser(default_section="")
        parser.optionxform = str  # type: ignore[method-assign, assignment]
        parser.read(path)
        assert {name: dict(parser[name]) for name in parser.sections()} == sections, path


def test_every_service_logs_in_as_a_user_of_the_first_contents(home: Home) -> None:
    first = initial()
    users = {
        section["username"]
        for sections in config.services(home).values()
        for section in sections.values()
        if "username" in section
    }
    assert users == {"nova", "glance", "neutron", "placement", "cinder"}
    for user in users:
        assert [user, "service", "service"] in first["role_assignments"]


def test_clouds_yaml_has_the_four_clouds() -> None:
    clouds = yaml.safe_load(contents.clouds_yaml())["clouds"]
    assert set(clouds) == {"rc-demo", "rc-admin", "rc-reader", "rc-alt"}
    first = initial()
    for found in clouds.values():
        assert found["auth"]["username"] in first["users"]
        assert found["auth"]["project_name"] in first["projects"]


@pytest.mark.parametrize("command", ["up", "down", "status", "record"])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args([command, "--help"])
    assert ended.value.code == 0
    assert "--home" in capsys.readouterr().out


def test_without_a_cloud_nothing_is_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["record", "keystone", "--home", str(tmp_path)]) == 1
    assert "make realcloud" in capsys.readouterr().err


def test_a_taken_port_is_told_with_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
        monkeypatch.setattr(packages, "PORTS", {"keystone": port})
        with pytest.raises(packages.NotHereError, match=rf"{port} \(keystone\)"):
            packages.check_ports()
    packages.check_ports()


def test_what_a_machine_lacks_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    up = ["up", "--home", str(tmp_path / "home")]
    monkeypatch.setattr(sys, "platform", "darwin")
    assert main(up) == 1
    assert "Linux only" in capsys.readouterr().err
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(packages.os, "geteuid", lambda: 1000)
    assert main(up) == 1
    assert "sudo make realcloud" in capsys.readouterr().err
    monkeypatch.setattr(packages.os, "geteuid", lambda: 0)
    monkeypatch.setattr(packages, "WHERE", "/nowhere")
    assert main(up) == 1
    assert "mariadb-server rabbitmq-server memcached" in capsys.readouterr().err
    assert not (tmp_path / "home").exists()


def test_a_process_is_started_once_and_stopped(home: Home) -> None:
    sleeper = Process("sleeper", ["sleep", "60"])
    processes.start(home, [sleeper])
    pid = processes.running(home, "sleeper")
    assert pid
    processes.start(home, [sleeper])
    assert processes.running(home, "sleeper") == pid
    processes.stop(home, [sleeper])
    assert not processes.running(home, "sleeper")
    assert not processes.born(pid)


def test_a_number_that_is_somebody_elses_by_now_is_left_alone(home: Home) -> None:
    other = processes.subprocess.Popen(["sleep", "60"])
    try:
        (home.run / "memcached.pid").write_text(f"{other.pid} 1\n")
        assert not processes.running(home, "memcached")
        processes.stop(home, processes.beneath(home))
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()

"""OpenStack's own clients, unmodified, against the embedded cloud on real sockets.

Every test has a fresh cloud (profile instant, the real clock, free ports) and asks in one of two ways:

    rows = openstack("server", "list", user="admin")          # parsed JSON; the test fails when the command does
    refused = openstack("user", "list", ok=False)              # an Outcome: .code, .err, .out, .text
    conn = sdk("demo"); conn.compute.servers()                 # openstack.connection.Connection

`openstack` runs the console script's entry point in this process; `program` runs it as a process of its own. Both
read what a shell would give them: the machine's OS_* variables, proxies and clouds.yaml are kept out.
Versions: tests/requirements.txt (proven with python-openstackclient 10.5, openstacksdk 4.22, keystoneauth1 5.18).
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openstack as openstacksdk
import pytest

from cloudlab.sim.clock import WallClock
from cloudlab.sim.cloud import Cloud
from tests.asking import PROJECT_OF
from tests.clients import shell
from tests.clouds import FreshClouds, SocketServer

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(scope="session")
def sockets() -> Iterator[SocketServer]:
    server = SocketServer(threads=4)
    yield server
    server.close()


@pytest.fixture(scope="session")
def fresh_clouds() -> FreshClouds:
    return FreshClouds()


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Nothing of the machine's: no OS_* variable, no proxy, no clouds.yaml, an empty home."""
    for name in list(os.environ):
        if name.startswith("OS_") or name.upper() in PROXIES:
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    for name in ("OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE"):
        empty = home / f"{name.lower()}.yaml"
        empty.write_text("{}\n", "utf-8")
        monkeypatch.setenv(name, str(empty))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.chdir(home)
    return home


@pytest.fixture
def cloud(sockets: SocketServer, fresh_clouds: FreshClouds) -> Cloud:
    """The cloud itself, for what no client can do (and for the ports)."""
    sockets.cloud = fresh_clouds.make(sockets.ports, clock=WallClock(), profile="instant")
    return sockets.cloud


@pytest.fixture
def auth_url(cloud: Cloud) -> str:
    return cloud.url("keystone") + "/v3"


@pytest.fixture
def openstack(auth_url: str) -> Callable[..., Any]:
    """`openstack(*words, user="demo", project=None, ok=True, **login)`: one line of the `openstack` command.

    ok=True: parsed JSON (the Outcome for a command without such output); it must end well. ok=False: the Outcome; it
    must not. `login` adds or replaces the login's options, underscores for dashes: os_token="…"; None leaves one out.
    """

    def line(
        *words: str, user: str = "demo", project: str | None = None, ok: bool = True, **login: str | None
    ) -> Any:
        outcome = shell.run_for_json(options(auth_url, user, project, **login), *words)
        assert (outcome.code == 0) is ok, f"openstack {' '.join(words)}: {outcome.code} {outcome.err}"
        return outcome.data if ok and outcome.data is not None else outcome

    return line


@pytest.fixture
def program() -> Callable[..., subprocess.CompletedProcess[str]]:
    """`program({"OS_CLOUD": …}, "server", "list")`: the command as a process of its own, as in a learner's terminal."""

    def start(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*shell.script(), *words],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return start


@pytest.fixture
def sdk(auth_url: str) -> Iterator[Callable[..., openstacksdk.connection.Connection]]:
    """`sdk(user="demo", project=None, password="secret", **config)`: a Connection that read no file and no variable.

    `auth` in `config` takes the place of the login by password.
    """
    made: list[openstacksdk.connection.Connection] = []

    def connect(
        user: str = "demo", project: str | None = None, password: str = "secret", **config: Any
    ) -> openstacksdk.connection.Connection:
        login = {k.removeprefix("os_"): v for k, v in _by_password(auth_url, user, project).items()}
        region, login["password"] = login.pop("region_name"), password
        config = {"auth": login, "region_name": region, **config}
        made.append(openstacksdk.connect(load_yaml_config=False, load_envvars=False, **config))
        return made[-1]

    yield connect
    for connection in made:
        connection.close()


def _by_password(auth_url: str, user: str, project: str | None) -> dict[str, str | None]:
    """The command's login options, by name without the dashes."""
    return {
        "os_auth_url": auth_url,
        "os_username": user,
        "os_password": "secret",
        "os_user_domain_id": "default",
        "os_project_name": project or PROJECT_OF.get(user, user),
        "os_project_domain_id": "default",
        "os_region_name": "RegionOne",
    }


def options(auth_url: str, user: str, project: str | None = None, **login: str | None) -> tuple[str, ...]:
    """A login by password as the command's options; `login` adds or replaces some, None leaves one out."""
    said = {**_by_password(auth_url, user, project), **login}
    return tuple(f"--{name.replace('_', '-')}={value}" for name, value in said.items() if value is not None)

"""The processes that make up the cloud: what each is, starting and stopping them. Only our own are ever touched."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from .packages import RABBIT_BIN, NotHereError, program
from .settings import (
    API_PORTS,
    EPMD_PORT,
    LOCALHOST,
    MARIADB_PORT,
    MEMCACHED_PORT,
    RABBIT_NODE_PORT,
    RABBIT_PORT,
    Home,
)

NODE = "realcloud@localhost"
PATIENCE = 180.0  # seconds: on two busy cores the slowest service takes about 60


@dataclass(frozen=True)
class Process:
    """One program that stays."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)


def environment(home: Home) -> dict[str, str]:
    """For everything that we start: a home folder of its own (Erlang keeps a cookie there), and RabbitMQ's names."""
    return {
        **os.environ,
        "HOME": str(home.state / "home"),
        "LC_ALL": "C.UTF-8",
        "RABBITMQ_NODENAME": NODE,
        "RABBITMQ_NODE_IP_ADDRESS": LOCALHOST,
        "RABBITMQ_NODE_PORT": str(RABBIT_PORT),
        "RABBITMQ_DIST_PORT": str(RABBIT_NODE_PORT),
        "RABBITMQ_MNESIA_BASE": str(home.state / "rabbitmq"),
        "RABBITMQ_LOG_BASE": str(home.log / "rabbitmq"),
        "RABBITMQ_PID_FILE": str(home.run / "rabbitmq-server.pid"),
        "RABBITMQ_CONFIG_FILE": str(home.etc / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(home.etc / "rabbitmq-env.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home.etc / "rabbitmq-plugins"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "ERL_EPMD_ADDRESS": LOCALHOST,
        "ERL_EPMD_PORT": str(EPMD_PORT),
    }


def beneath(home: Home) -> list[Process]:
    """The database, the cache and the message bus."""
    mariadb = [
        *(program("mariadbd"), "--no-defaults", "--user=root", "--skip-name-resolve"),
        *(f"--datadir={home.state / 'mariadb'}", f"--socket={home.run / 'mariadb.sock'}"),
        *(f"--pid-file={home.run / 'mariadb-itself.pid'}", f"--bind-address={LOCALHOST}"),
        *(f"--port={MARIADB_PORT}", "--max-connections=600"),
        *("--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-size=256M"),
    ]
    memcached = ["-u", "root", "-l", LOCALHOST, "-p", str(MEMCACHED_PORT), "-m", "64"]
    return [
        Process("mariadb", mariadb),
        Process("memcached", [program("memcached"), *memcached]),
        Process("rabbitmq", [str(RABBIT_BIN / "rabbitmq-server")]),
    ]


def uwsgi(home: Home, name: str, module: str, workers: int = 1, *more: str, **variables: str) -> Process:
    """A service's API, in uWSGI, which ends a connection with each answer as the recorded ones did."""
    flags = "master lazy-apps enable-threads thunder-lock die-on-term need-app disable-logging"
    command = [
        *(str(home.bin / "uwsgi"), "--http-socket", f"{LOCALHOST}:{API_PORTS[name]}"),
        *("--module", f"{module}:application", "--processes", str(workers)),
        *("--buffer-size", "65535", "--add-header", "Connection: close"),
        *(f"--{flag}" for flag in flags.split()),
        *more,
    ]
    return Process(f"{name}-api", command, variables)


def identity(home: Home) -> list[Process]:
    """Keystone, which all others ask as soon as they start."""
    folder = str(home.etc / "keystone")
    return [uwsgi(home, "keystone", "keystone.wsgi.api", 2, OS_KEYSTONE_CONFIG_DIR=folder)]


def apis(home: Home) -> list[Process]:
    """The other five that answer on a port."""
    etc = home.etc
    neutron = f"{etc / 'neutron/neutron.conf'};{etc / 'neutron/ml2_conf.ini'}"
    nova = f"{home.shipped / 'nova/api-paste.ini'};{etc / 'nova/nova.conf'}"  # the pipeline is read from the first
    started = (
        "--set",
        f"start-time={int(time.time())}",
    )  # neutron tells its workers' generations apart by it
    cinder = ("--pyargv", f"--config-file {etc / 'cinder/cinder.conf'}")
    return [
        uwsgi(
            home,
            "glance",
            "glance.wsgi.api",
            1,
            "--http-chunked-input",
            OS_GLANCE_CONFIG_DIR=str(etc / "glance"),
        ),
        uwsgi(
            home,
            "placement",
            "placement.wsgi.api",
            OS_PLACEMENT_CONFIG_DIR=str(etc / "placement"),
        ),
        uwsgi(
            home,
            "nova",
            "nova.wsgi.osapi_compute",
            2,
            OS_NOVA_CONFIG_FILES=nova,
        ),
        uwsgi(home, "neutron", "neutron.wsgi.api", 1, *started, OS_NEUTRON_CONFIG_FILES=neutron),
        uwsgi(home, "cinder", "cinder.wsgi.api", 1, *cinder),
    ]


def behind(home: Home) -> list[Process]:
    """Those that only listen to the message bus."""
    nova = ["--config-file", str(home.etc / "nova/nova.conf")]
    cinder = ["--config-file", str(home.etc / "cinder/cinder.conf")]
    neutron = [
        *("--config-file", str(home.etc / "neutron/neutron.conf")),
        *("--config-file", str(home.etc / "neutron/ml2_conf.ini")),
    ]
    programs = {
        "nova-conductor": nova,
        "nova-scheduler": nova,
        "neutron-rpc-server": neutron,
        "neutron-periodic-workers": neutron,
        "cinder-scheduler": cinder,
        "cinder-volume": cinder,
        "nova-compute": nova,
    }
    return [Process(name, [str(home.bin / name), *options]) for name, options in programs.items()]


def all_of(home: Home) -> list[Process]:
    """Every process, in the order of starting."""
    return [*beneath(home), *identity(home), *apis(home), *behind(home)]


def born(pid: int) -> str:
    """When a process was started, in the kernel's ticks: its number is given again, both together never are."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = text.rsplit(")", 1)[1].split()
    return "" if fields[0] == "Z" else fields[19]


def running(home: Home, name: str) -> int | None:
    """The process id, if it is still ours."""
    try:
        pid, birth = (home.run / f"{name}.pid").read_text().split()
    except (OSError, ValueError):
        return None
    return int(pid) if born(int(pid)) == birth else None


def start(home: Home, processes: list[Process]) -> None:
    """Start those that don't run, each leader of a group of its own."""
    for process in processes:
        if running(home, process.name):
            continue
        with (home.log / f"{process.name}.log").open("ab") as log:
            child = subprocess.Popen(
                process.command,
                env={**environment(home), **process.environment},
                cwd=home.state / "home",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        (home.run / f"{process.name}.pid").write_text(f"{child.pid} {born(child.pid)}\n")


def stop(home: Home, processes: list[Process], patience: float = 20.0) -> None:
    """Ask all to end, the last started first; end what is left."""
    found = [(process.name, running(home, process.name)) for process in reversed(processes)]
    pids = {name: pid for name, pid in found if pid}
    for pid in pids.values():
        signal_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while any(running(home, name) for name in pids) and time.monotonic() < deadline:
        time.sleep(0.1)
    for name, pid in pids.items():
        signal_group(pid, signal.SIGKILL)  # workers that outlived their leader, too
        (home.run / f"{name}.pid").unlink(missing_ok=True)


def signal_group(pid: int, number: signal.Signals) -> None:
    """To the process and all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(pid, number)


def end_epmd(home: Home) -> None:
    """RabbitMQ leaves Erlang's name server behind."""
    epmd = program("epmd")
    subprocess.run([epmd, "-port", str(EPMD_PORT), "-kill"], env=environment(home), capture_output=True)


def ended(home: Home) -> list[str]:
    """What was started and runs no longer."""
    names = [path.stem for path in home.run.glob("*.pid") if path.stem in {p.name for p in all_of(home)}]
    return [name for name in names if not running(home, name)]


def forget_ended(home: Home) -> None:
    """Those of an earlier time, after a crash or a restart of the machine."""
    for name in ended(home):
        (home.run / f"{name}.pid").unlink()


def wait_for(what: str, there: Callable[[], bool], home: Home, patience: float = PATIENCE) -> None:
    """Ask until it is there. NotHereError, with where to read why, if a process ended or it takes too long."""
    deadline = time.monotonic() + patience
    while not there():
        if ended(home):
            raise NotHereError(f"{', '.join(ended(home))} ended: its last words are in {home.log}")
        if time.monotonic() > deadline:
            raise NotHereError(f"{what} didn't come up in {patience:.0f} s: see {home.log}")
        time.sleep(0.3)

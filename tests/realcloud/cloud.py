"""Up and down: in which order all of it comes."""

from __future__ import annotations

import socket
import subprocess
import time
from functools import partial

from . import config, contents, databases, packages, processes
from .settings import API_PORTS, HOST, LOCALHOST, MEMCACHED_PORT, RABBIT_PORT, Home

FOLDERS = (
    *("home", "locks", "rabbitmq", "nova/instances", "cinder/volumes", "cinder/locks", "neutron"),
    *("glance/images", "glance/staging", "glance/tasks"),
)
SERVICE_UP = 30  # looks for a new host before giving up


class Progress:
    """Says what is being done, and since when."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def say(self, what: str) -> None:
        print(f"{time.monotonic() - self.began:6.1f} s  {what}", flush=True)


def up(home: Home) -> None:
    """Everything, from nothing or from where it was. Safe to repeat."""
    progress = Progress()
    if not any(processes.running(home, process.name) for process in processes.all_of(home)):
        packages.check_ports()
    prepare(home)
    processes.forget_ended(home)
    start_beneath(home, progress)
    if home.contents.is_file():
        start_services(home, progress)
    else:
        first_time(home, progress)
    progress.say(f"it is up: OS_CLIENT_CONFIG_FILE={home.path / 'clouds.yaml'} OS_CLOUD=rc-demo")


def prepare(home: Home) -> None:
    """Folders and configuration."""
    for name in FOLDERS:
        (home.state / name).mkdir(parents=True, exist_ok=True)
    (home.log / "rabbitmq").mkdir(parents=True, exist_ok=True)
    home.run.mkdir(exist_ok=True)
    config.write(home)
    (home.path / "clouds.yaml").write_text(contents.clouds_yaml())


def start_beneath(home: Home, progress: Progress) -> None:
    """The database, the cache and the bus."""
    databases.create_server(home)
    processes.start(home, processes.beneath(home))
    processes.wait_for("the database", lambda: databases.answers(home), home)
    processes.wait_for("the message bus", lambda: listens(RABBIT_PORT), home)
    progress.say("database, cache and message bus are there")


def listens(port: int) -> bool:
    """Whether anybody does."""
    with socket.socket() as probe:
        return probe.connect_ex((LOCALHOST, port)) == 0


def first_time(home: Home, progress: Progress) -> None:
    """Tables, users, services, first contents; at the end the databases are written down, for later."""
    databases.create(home)
    databases.create_bus_user(home)
    databases.keystone_tables(home)
    start_keystone(home)
    contents.people()
    progress.say("keystone answers, with all users and the catalogue")
    databases.tables(home)
    progress.say("every service has its tables")
    start_services(home, progress)
    contents.things(home)
    find_host(home)
    databases.keep(home)
    progress.say("flavors, the image, networks and the volume type are there")


def start_keystone(home: Home) -> None:
    """First of the services: nova's conductor ends at once where nobody knows the user 'nova'."""
    processes.start(home, processes.identity(home))
    processes.wait_for("keystone", lambda: contents.answers("keystone"), home)


def start_services(home: Home, progress: Progress) -> None:
    """All of them, and wait until each answers and both hosts report."""
    start_keystone(home)
    progress.say("keystone answers")
    processes.start(home, [*processes.apis(home), *processes.behind(home)])
    for service in API_PORTS:
        processes.wait_for(service, partial(contents.answers, service), home)
        if service != "keystone":
            progress.say(f"{service} answers")
    admin = contents.Administrator()
    for what, url in contents.host_services(admin).items():
        processes.wait_for(what, partial(contents.all_up, admin, url), home)
    processes.wait_for("cinder's back end", partial(contents.has_back_end, admin), home)
    progress.say("conductors, schedulers and hosts have reported")


def find_host(home: Home) -> None:
    """A host belongs to a cell only after nova has been told to look."""
    for _ in range(SERVICE_UP):
        databases.nova_manage(home, "cell_v2", "discover_hosts")
        if f" {HOST} " in databases.nova_manage(home, "cell_v2", "list_hosts"):
            return
        time.sleep(2)
    raise packages.NotHereError(f"nova found no host: see {home.log}/nova-compute.log")


def down(home: Home) -> None:
    """Everything stops; what it kept stays for the next time."""
    processes.stop(home, [*processes.identity(home), *processes.apis(home), *processes.behind(home)])
    processes.stop(home, processes.beneath(home))
    processes.end_epmd(home)
    processes.forget_ended(home)


def fresh(home: Home) -> None:
    """The cloud as it was first, for the next story: services stop, databases are put back, services start."""
    services = [*processes.identity(home), *processes.apis(home), *processes.behind(home)]
    processes.stop(home, services)
    databases.put_back(home)
    forget_tokens()
    start_services(home, Progress())


def forget_tokens() -> None:
    """Empty the cache, which still knows the projects and roles of before."""
    with socket.create_connection((LOCALHOST, MEMCACHED_PORT), timeout=10) as cache:
        cache.sendall(b"flush_all\r\n")
        cache.recv(16)


def status(home: Home) -> int:
    """Say what runs and what answers. 0 if all of it does."""
    found = {process.name: processes.running(home, process.name) for process in processes.all_of(home)}
    for name, pid in found.items():
        print(f"{name:26} {pid or 'is down'}")
    return 0 if all(found.values()) and all(contents.answers(service) for service in API_PORTS) else 1


def enter(network: str, command: list[str]) -> int:
    """Run a command in a network of its own, which has nothing but a loopback."""
    known = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout.split()
    if network not in known:
        subprocess.run(["ip", "netns", "add", network], check=True)
    subprocess.run(["ip", "-n", network, "link", "set", "lo", "up"], check=True)
    return subprocess.call(["ip", "netns", "exec", network, *command])

"""A class: many learners at once, each in a project of their own, walk the whole path on one cloud through sockets.

`python -m tests.bench class` runs fifty of them for a minute, in the classroom profile, against an embedded cloud that
runs as a learner's does; then again with a second between each learner's calls. The learners live in two processes of
their own, so that the client is not what is measured: a thread and a set of kept connections each. What is measured is
the time from sending a request to having read its whole answer. Each looks at every list for things not their own.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

from tests.hard.stream import a_public_key
from tests.hard.wire import CINDER, GLANCE, NOVA, Got, Wire

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "secret"
LIMIT = 120.0  # seconds until a server is ACTIVE, at the latest


class Wrong(Exception):
    """An answer that should not have been; the walk ends there."""


@dataclass
class Result:
    """Seconds of each request by its name, finished walks, and what went wrong."""

    times: dict[str, list[float]] = field(default_factory=dict)
    walks: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, other: "Result") -> None:
        for name, times in other.times.items():
            self.times.setdefault(name, []).extend(times)
        self.walks += other.walks
        self.wrong += other.wrong

    @property
    def all_times(self) -> list[float]:
        return sorted(seconds for times in self.times.values() for seconds in times)


def percentile(ordered: list[float], share: float) -> float:
    """The value below which that share of the ordered values lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def enrol(ports: dict[str, int], numbers: range) -> None:
    """As the administrator: a project and a user for each learner, who is a member there."""
    admin = Wire(ports).log_in("admin", "admin")

    def make(path: str, body: Any, name: str) -> str:
        got = admin.ask("POST", "keystone", path, body)
        assert got.status == 201, got
        return str(got.json[name]["id"])

    member = admin.ask("GET", "keystone", "/v3/roles?name=member").json["roles"][0]["id"]
    for number in numbers:
        name = f"learner-{number}"
        project = make("/v3/projects", {"project": {"name": name, "domain_id": "default"}}, "project")
        user = make(
            "/v3/users", {"user": {"name": name, "domain_id": "default", "password": PASSWORD}}, "user"
        )
        put = admin.ask("PUT", "keystone", f"/v3/projects/{project}/users/{user}/roles/{member}")
        assert put.status == 204, put
    admin.close()


class Learner:
    """One of them. `walk` is the whole path, from the token to the last deletion."""

    def __init__(self, ports: dict[str, int], number: int, pause: float, between: float) -> None:
        self.name, self.result = f"learner-{number}", Result()
        self._wire, self._pause, self._between, self._rest = Wire(ports), pause, between, threading.Event()
        self._made_key = number % 10 != 0  # the tenth has nova make a key on the first walk: it takes a while

    def walk_until(self, end: float) -> None:
        """Walk again and again; a walk that has begun is finished. `end` is on time.monotonic's clock."""
        try:
            while True:
                self.walk()
                self.result.walks += 1
                if time.monotonic() >= end:
                    return
        except (Wrong, OSError, HTTPException) as error:
            self.result.wrong.append(f"{self.name}: {error!r}")
        finally:
            self._wire.close()

    def walk(self) -> None:
        self._log_in()
        self._ask("catalog", "GET", "keystone", "/v3/auth/catalog")
        flavor = self._ask("flavors", "GET", "nova", f"{NOVA}/flavors").json["flavors"][0]["id"]
        image = self._ask("images", "GET", "glance", f"{GLANCE}/images").json["images"][0]["id"]
        self._key()
        network = self._network()
        server = self._server(flavor, image, network)
        volume = self._volume()
        attachments = f"{NOVA}/servers/{server}/os-volume_attachments"
        order = {"volumeAttachment": {"volumeId": volume}}
        self._ask("attach", "POST", "nova", attachments, order)
        self._wait("volume", "cinder", f"{self._cinder}/volumes/{volume}", "in-use")
        self._look_around(server, volume)
        self._ask("detach", "DELETE", "nova", f"{attachments}/{volume}", expect=202)
        self._wait("volume", "cinder", f"{self._cinder}/volumes/{volume}", "available")
        self._ask("delete server", "DELETE", "nova", f"{NOVA}/servers/{server}", expect=204)
        self._wait("server", "nova", f"{NOVA}/servers/{server}", None)
        self._ask("delete volume", "DELETE", "cinder", f"{self._cinder}/volumes/{volume}", expect=202)
        self._wait("volume", "cinder", f"{self._cinder}/volumes/{volume}", None)
        self._ask("delete network", "DELETE", "neutron", f"/v2.0/networks/{network}", expect=204)
        self._ask("delete key", "DELETE", "nova", f"{NOVA}/os-keypairs/{self.name}", expect=202)

    def _log_in(self) -> None:
        began = time.perf_counter()
        self._wire.token = ""
        self._wire.log_in(self.name, self.name, PASSWORD)
        self._note("token", began)
        self._cinder = f"{CINDER}/{self._wire.project_id}"

    def _key(self) -> None:
        order: dict[str, Any] = {"name": self.name}
        if self._made_key:
            order["public_key"] = a_public_key(self.name)
        label, self._made_key = "import a key" if self._made_key else "make a key", True
        self._ask(label, "POST", "nova", f"{NOVA}/os-keypairs", {"keypair": order})

    def _network(self) -> str:
        made = self._ask(
            "network", "POST", "neutron", "/v2.0/networks", {"network": {"name": self.name}}, expect=201
        )
        network = str(made.json["network"]["id"])
        subnet = {"network_id": network, "ip_version": 4, "cidr": "192.168.7.0/24"}
        self._ask("subnet", "POST", "neutron", "/v2.0/subnets", {"subnet": subnet}, expect=201)
        return network

    def _server(self, flavor: str, image: str, network: str) -> str:
        order = {"name": self.name, "flavorRef": flavor, "imageRef": image, "key_name": self.name}
        body = {"server": {**order, "networks": [{"uuid": network}]}}
        made = self._ask("create server", "POST", "nova", f"{NOVA}/servers", body, expect=202)
        server = str(made.json["server"]["id"])
        self._wait("server", "nova", f"{NOVA}/servers/{server}", "ACTIVE")
        return server

    def _volume(self) -> str:
        order = {"volume": {"name": self.name, "size": 1}}
        made = self._ask("create volume", "POST", "cinder", f"{self._cinder}/volumes", order, expect=202)
        volume = str(made.json["volume"]["id"])
        self._wait("volume", "cinder", f"{self._cinder}/volumes/{volume}", "available")
        return volume

    def _look_around(self, server: str, volume: str) -> None:
        """Every list holds what is the learner's own, and what is everybody's; nothing else."""
        mine = self._wire.project_id
        servers = self._ask("servers detail", "GET", "nova", f"{NOVA}/servers/detail").json["servers"]
        volumes = self._ask("volumes detail", "GET", "cinder", f"{self._cinder}/volumes/detail").json[
            "volumes"
        ]
        keys = self._ask("keys", "GET", "nova", f"{NOVA}/os-keypairs").json["keypairs"]
        networks = self._ask("networks", "GET", "neutron", "/v2.0/networks").json["networks"]
        ports = self._ask("ports", "GET", "neutron", "/v2.0/ports").json["ports"]
        images = self._ask("images", "GET", "glance", f"{GLANCE}/images").json["images"]
        seen = {
            "servers": [s["id"] for s in servers if s["id"] != server or s["tenant_id"] != mine],
            "volumes": [v["id"] for v in volumes if v["id"] != volume],
            "keys": [k for k in keys if k["keypair"]["name"] != self.name],
            "networks": [n["id"] for n in networks if n["project_id"] != mine and not _everybodys(n)],
            "ports": [p["id"] for p in ports if p["project_id"] != mine],
            "images": [i["id"] for i in images if i["visibility"] != "public"],
        }
        if any(seen.values()) or not (servers and volumes and keys and ports):
            raise Wrong(f"foreign or missing: {seen}")

    def _wait(self, name: str, service: str, path: str, status: str | None) -> None:
        """Poll until it has the status; None: until it is gone."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            got = self._ask(
                f"poll {name}", "GET", service, path, expect=(200, 404) if status is None else 200
            )
            if got.status == 404 or got.json[name]["status"].lower() == (status or "").lower():
                return
            if got.json[name]["status"].lower().startswith("error"):
                raise Wrong(f"{path}: {got.content[:300]!r}")
            self._rest.wait(self._pause)
        raise Wrong(f"{path} was not {status} after {LIMIT} s: {got.content[:300]!r}")

    def _ask(
        self, name: str, method: str, service: str, path: str, body: Any = None, expect: Any = 200
    ) -> Got:
        self._rest.wait(self._between)
        began = time.perf_counter()
        got = self._wire.ask(method, service, path, body)
        self._note(name, began)
        if got.status not in (expect if isinstance(expect, tuple) else (expect,)):
            raise Wrong(f"{method} {path}: {got.status} {got.content[:300]!r}")
        return got

    def _note(self, name: str, began: float) -> None:
        self.result.times.setdefault(name, []).append(time.perf_counter() - began)


def _everybodys(network: dict[str, Any]) -> bool:
    return network["shared"] or network["router:external"]


def walk_all(ports: dict[str, int], numbers: range, seconds: float, pause: float, between: float) -> Result:
    """These learners at once, in threads of this process, for so long (0: one walk each)."""
    end = time.monotonic() + seconds
    learners = [Learner(ports, number, pause, between) for number in numbers]
    threads = [threading.Thread(target=learner.walk_until, args=(end,)) for learner in learners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result = Result()
    for learner in learners:
        result.add(learner.result)
    return result


def walk_in_processes(
    ports: dict[str, int],
    learners: int,
    seconds: float,
    pause: float,
    between: float = 0.0,
    processes: int = 2,
) -> Result:
    """The same from several processes; the learners are enrolled first.

    `pause` is the polling loop's, `between` what a learner waits before each call, in seconds.
    """
    enrol(ports, range(learners))
    each = -(-learners // processes)
    shares = [range(first, min(first + each, learners)) for first in range(0, learners, each)]
    result = Result()
    with _started([[ports, share.start, share.stop, seconds, pause, between] for share in shares]) as running:
        for process in running:
            result.add(Result(**json.loads(process.communicate()[0])))
    return result


@contextmanager
def _started(orders: list[list[Any]]) -> Iterator[list["subprocess.Popen[str]"]]:
    line = [sys.executable, "-m", "tests.bench.classroom"]
    running = [
        subprocess.Popen([*line, json.dumps(order)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for order in orders
    ]
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.wait()


if __name__ == "__main__":
    ports_, first, last, *how = json.loads(sys.argv[1])
    print(json.dumps(vars(walk_all(ports_, range(first, last), *how))))

"""Clouds that start quickly and die at once: a process that has loaded everything forks one whenever it is told to.

`python -m tests.hard.runner FOLDER` forks, for every line that it reads, a cloud with sockets on FOLDER's database. The
cloud says its process and its ports as a line of JSON. When somebody has killed it, the parent says how it ended.
"""

import gc
import json
import logging
import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from cloudlab.sim.bootstrap import fill
from cloudlab.sim.clock import WallClock
from cloudlab.sim.cloud import DEFAULT_PORTS, Cloud
from cloudlab.sim.identity import Ids
from cloudlab.sim.schema import prepare
from cloudlab.sim.scope import Scope
from cloudlab.sim.server import Server
from cloudlab.sim.store import Store
from tests.asking import ask_app
from tests.hard.state import State, half_made
from tests.hard.stream import Writer
from tests.hard.wire import Got, Wire

PACE = 0.03  # a server takes 0.1 s: long enough to be killed in every state, short enough for a hundred times
ANY = dict.fromkeys(DEFAULT_PORTS, 0)
ROOT = Path(__file__).resolve().parents[2]


class Runner:
    """The preloaded process, and the cloud that it runs now."""

    def __init__(self, folder: Path) -> None:
        line = [sys.executable, "-m", "tests.hard.runner", str(folder)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._log = (folder / "runner.log").open("ab")
        self._process = subprocess.Popen(
            line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, env=environment, cwd=folder
        )
        self._pid = 0

    def up(self) -> dict[str, int]:
        """Start the cloud: its ports by service."""
        assert self._process.stdin
        self._process.stdin.write(b"up\n")
        self._process.stdin.flush()
        said = self._line()
        self._pid = said["pid"]
        return said["ports"]

    def kill(self) -> None:
        """kill -9, and wait until it is dead."""
        os.kill(self._pid, signal.SIGKILL)
        assert self._line() == {"ended": signal.SIGKILL}

    def close(self) -> None:
        """Whatever runs ends."""
        assert self._process.stdin
        self._process.stdin.close()
        if self._process.poll() is None and self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
        self._process.wait(10)
        self._log.close()

    def _line(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"the runner ended, see {self._log.name}"
        return json.loads(line)


def main(folder: Path) -> None:
    """Load, then fork whenever a line comes."""
    logging.basicConfig(level=logging.WARNING)
    store = Store(folder / "cloud.db")
    _warm_up(store)
    gc.collect()
    gc.freeze()  # else each child's first look for garbage copies all that was loaded
    for _ in sys.stdin:
        pid = os.fork()
        if not pid:
            _serve(store)
        _, status = os.waitpid(pid, 0)
        print(json.dumps({"ended": os.waitstatus_to_exitcode(status) * -1}), flush=True)


def _warm_up(store: Store) -> None:
    """Make the file, and do in process once what the tests will: what is compiled at first use, the forks then have."""
    cloud = _cloud(store, DEFAULT_PORTS)
    cloud.pace = 0
    demo, admin = (Inside(cloud).log_in(user, user) for user in ("demo", "admin"))
    writer = Writer(demo, random.Random(1), "warm")
    for act in (writer.make_server, writer.make_volume, writer.make_image, writer.make_key, writer.tie):
        act()
    State(demo, admin)
    for act in (writer.untie, *[writer.drop] * 4):
        act()
    assert not any(half_made(State(demo, admin)))
    cloud.close()


class Inside(Wire):
    """Calls without sockets."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud.ports)
        self._cloud = cloud

    def ask(self, method: str, service: str, path: str, body: Any = None, raw: bytes | None = None) -> Got:
        headers, sent = self.request(service, body, raw)
        plain, _, query = path.partition("?")
        status, pairs, content = ask_app(
            self._cloud, method, self.ports[service], plain, query, headers.items(), sent or b""
        )
        return Got(status, dict(pairs), content)


def _serve(store: Store) -> None:
    def make_cloud(ports: dict[str, int]) -> Cloud:
        store.open()
        return _cloud(store, ports)

    server = Server(make_cloud, ANY)
    print(json.dumps({"pid": os.getpid(), "ports": server.ports}), flush=True)
    server.run()


def _cloud(store: Store, ports: dict[str, int]) -> Cloud:
    """As `create_cloud` makes it, but on this store, with its statements compiled."""
    cloud = Cloud(WallClock(), store, Ids(1, random_secrets=True), ports, PACE, legacy_v2=True)
    prepare(store, lambda session: fill(Scope(cloud, "bootstrap", session, cloud.clock.now(), None, "")))
    return cloud


if __name__ == "__main__":
    main(Path(sys.argv[1]))

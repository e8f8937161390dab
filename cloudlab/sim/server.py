"""The cloud on real sockets, for curl, command lines and SDKs: 127.0.0.1 only, a port a service.

One process, one waitress, a few threads (the cloud itself has one lock). A ticker brings the cloud up to the
clock between requests. A port that a stranger has taken is replaced by a free one; the catalog follows.
"""

import gc
import json
import logging
import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from waitress import create_server, wasyncore
from waitress.channel import ClientDisconnected
from waitress.server import BaseWSGIServer

from cloudlab.language import as_json, said
from cloudlab.sim import home
from cloudlab.sim.clock import SteeredClock, Steering, WallClock
from cloudlab.sim.cloud import DEFAULT_PORTS, Cloud, create_cloud
from cloudlab.sim.control import Control
from cloudlab.sim.errors import BadOrder
from cloudlab.sim.store import StoreError

HOST = "127.0.0.1"
CONTROL = "control"
THREADS = 32  # many may wait for a key at once; each that was ever busy keeps about 0.1 MiB
CONNECTIONS = 2000  # a browser, an SDK and a notebook each keep several
OTHER_FILES = 100  # the database, the log, images on their way
TICK = 0.2  # seconds between looks at what is due
LARGEST_BODY = 8 * 2**30  # image data; the cloud itself holds ordinary bodies to OpenStack's limit
log = logging.getLogger("cloudlab.sim")


class Gate:
    """Lets any number of requests in, or one exclusive piece of work when none is inside."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._inside = 0

    @contextmanager
    def shared(self) -> Iterator[None]:
        with self._condition:
            self._inside += 1
        try:
            yield
        finally:
            with self._condition:
                self._inside -= 1
                self._condition.notify_all()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        with self._condition:
            self._condition.wait_for(lambda: self._inside == 0)
            yield


class Server:
    """A cloud and its sockets. `make_cloud` gets the ports that were really bound; `reset` calls it again.

    `wanted` gives each service's port, 0 for any free one. `before_reset` runs between the old cloud and the
    new. `about` is told with `info`.
    """

    def __init__(
        self,
        make_cloud: Callable[[dict[str, int]], Cloud],
        wanted: Mapping[str, int] = DEFAULT_PORTS,
        before_reset: Callable[[], None] = lambda: None,
        about: Mapping[str, Any] | None = None,
    ) -> None:
        self.instance_id, self.secret = secrets.token_hex(16), secrets.token_hex(16)
        self._make_cloud, self._before_reset, self._about = make_cloud, before_reset, dict(about or {})
        sockets = _bind_all({**wanted, CONTROL: 0})
        bound = {name: sock.getsockname()[1] for name, sock in sockets.items()}
        self.control_port = bound.pop(CONTROL)
        self.ports = bound
        self.moved = {name: port for name, port in wanted.items() if port not in (0, bound[name])}
        self._gate, self._stopping, self._closing = Gate(), threading.Event(), threading.RLock()
        self._shut: frozenset[str] = frozenset()  # the services whose ports are closed
        try:
            self.cloud = make_cloud(self.ports)
        except BaseException:
            for sock in sockets.values():
                sock.close()
            raise
        self._control = Control(self)
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a class at once is no warning
        self._server = create_server(
            self,
            sockets=list(sockets.values()),
            threads=THREADS,
            ident=None,
            max_request_body_size=LARGEST_BODY,
            connection_limit=_room_for_connections(),
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=False,
        )
        self.cloud.faults.changed = self._wake

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["SERVER_PORT"] == str(self.control_port):
            return self._control(environ, start_response)
        with self.in_use() as cloud:
            return answer(cloud, environ, start_response)

    @contextmanager
    def in_use(self) -> Iterator[Cloud]:
        """The cloud; it isn't replaced while the block runs."""
        with self._gate.shared():
            yield self.cloud

    def info(self) -> dict[str, Any]:
        """What `cloud.json` says, but for the secret, and which ports had to move from where."""
        return {
            "pid": os.getpid(),
            "instance_id": self.instance_id,
            "ports": self.ports,
            "moved": self.moved,
            **self._about,
        }

    def reset(self) -> None:
        """Back to the first contents, on the same ports."""
        with self._gate.exclusive():
            self.cloud.close()
            self._before_reset()
            self.cloud = self._make_cloud(self.ports)
            self.cloud.faults.changed = self._wake
        self._wake()

    def stop(self) -> None:
        """Have `run` return; safe in a signal handler and in any thread."""
        with self._closing:  # its number may be another file's once the loop has closed it
            if not self._stopping.is_set():
                self._stopping.set()
                self._pull_trigger()

    def run(self) -> None:
        """Serve until `stop`; then close sockets and cloud."""
        ticker = threading.Thread(target=self._tick, name="ticker", daemon=True)
        ticker.start()
        try:
            while not self._stopping.is_set():
                self._open_and_shut()
                wasyncore.loop(timeout=1, use_poll=True, map=self._server.map, count=1)
        finally:
            with self._closing:
                self._stopping.set()
            ticker.join()
            self._server.close()
            self.cloud.close()

    def _wake(self) -> None:
        """Have the loop look around; from any thread."""
        with self._closing:
            if not self._stopping.is_set():
                self._pull_trigger()

    def _pull_trigger(self) -> None:
        next(d for d in self._server.map.values() if hasattr(d, "pull_trigger")).pull_trigger()

    def _open_and_shut(self) -> None:
        """A service that is down refuses connections; one that is up again takes them. Only in the loop's thread.

        Linux takes a listening socket back with `shutdown`, and `listen` gives it out again. Elsewhere the port stays
        open, and `answer` hangs up on whoever connects.
        """
        if sys.platform != "linux":
            return
        refused = self.cloud.faults.refused()
        if refused == self._shut:
            return
        listening = {
            int(d.effective_port): d for d in self._server.map.values() if isinstance(d, BaseWSGIServer)
        }
        for service in refused ^ self._shut:
            door = listening[self.ports[service]]
            if service in refused:
                door.accepting = False
                door.socket.shutdown(socket.SHUT_RDWR)
            else:
                door.accept_connections()
        self._shut = refused

    def _tick(self) -> None:
        while not self._stopping.wait(TICK):
            try:
                with self.in_use() as cloud:
                    cloud.run_due()
            except Exception:
                log.exception("the ticker failed")

    @contextmanager
    def in_thread(self) -> Iterator["Server"]:
        """Serve from a thread while the block runs: for tests and measurements."""
        thread = threading.Thread(target=self.run, name="server", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.stop()
            thread.join()


def answer(cloud: Cloud, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The cloud's answer. Nobody gets one from a service that is down: the connection is closed without a word.

    Waitress does so for an application that raises ClientDisconnected before it has begun to answer.
    """
    try:
        return cloud(environ, start_response)
    except ConnectionRefusedError:
        raise ClientDisconnected from None


def _bind_all(wanted: Mapping[str, int]) -> dict[str, socket.socket]:
    """A listening socket for each name: first those that can have their port, then the others."""
    sockets = {name: sock for name, port in wanted.items() if port and (sock := _bind(port))}
    for name in wanted:
        if name not in sockets:
            free = _bind_free()
            if free is None:
                raise home.HomeError(
                    said("no port on {host} can be opened: does this machine forbid sockets?", host=HOST)
                )
            sockets[name] = free
    return {name: sockets[name] for name in wanted}


def _room_for_connections() -> int:
    """How many connections there may be: CONNECTIONS, or what the system lets this process open."""
    try:
        import resource  # not on Windows, which has no such limit
    except ImportError:
        return CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + OTHER_FILES
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return min(CONNECTIONS, soft - OTHER_FILES)


def _bind_free() -> socket.socket | None:
    """A socket on a port that nobody has. Asked for by its number: one that Linux chose it gives away on `shutdown`."""
    chosen = _bind(0)
    if chosen is None:
        return None
    port = chosen.getsockname()[1]
    chosen.close()
    return _bind(port) or _bind(0)


def _bind(port: int) -> socket.socket | None:
    """A socket on this port, or None when somebody has it (or the system keeps it)."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if sys.platform == "win32":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((HOST, port))
        sock.listen(128)
    except OSError:
        sock.close()
        return None
    return sock


def build(folder: Path, options: Mapping[str, Any]) -> Server:
    """The server of a state folder. Options as in `home.start`. Raises HomeError."""
    seed = _seed(folder, options.get("seed"))
    profile = options.get("profile") or "classroom"

    def make_cloud(ports: dict[str, int]) -> Cloud:
        kept = home.read_settings(folder)
        try:
            cloud = create_cloud(
                clock=SteeredClock(WallClock(), _steering(kept.get("clock"))),
                database=folder / home.DATABASE,
                seed=kept.get("restored_seed", seed),
                profile=profile,
                ports=ports,
                legacy_v2=options.get("legacy_v2", True),
                random_tokens=True,
                keep=keep,
            )
        except StoreError as error:
            raise home.HomeError(error.args[0]) from error
        if "seed" not in kept:
            home.write_settings(folder, {"seed": seed})
        return cloud

    def keep(settings: dict[str, Any]) -> None:
        try:
            home.write_settings(folder, {**home.read_settings(folder), **settings})
        except home.HomeError as error:
            raise BadOrder(error.args[0]) from error

    about = {"started_at": WallClock().now().isoformat(timespec="seconds"), "seed": seed, "profile": profile}
    wanted = {**DEFAULT_PORTS, **(options.get("ports") or {})}
    return Server(make_cloud, wanted, before_reset=lambda: home.forget(folder), about=about)


def _steering(kept: Any) -> Steering | None:
    """How the clock was steered when it was written down; None for the real time."""
    try:
        return Steering.from_dict(kept) if kept else None
    except (ValueError, KeyError, TypeError, AttributeError):
        log.error("the clock in %s can't be read: it shows the real time again", home.SETTINGS)
        return None


def _seed(folder: Path, asked: int | None) -> int:
    """The database's seed; a new one's is as asked. Raises HomeError where the two disagree."""
    kept = home.read_settings(folder).get("seed")
    if kept is not None and asked not in (None, kept):
        raise home.HomeError(
            said(
                "The cloud in {folder} was made with seed {kept}, and its ids stay. To start over with seed {asked}: "
                "python -m cloudlab down; python -m cloudlab reset; python -m cloudlab up --seed {asked}",
                folder=folder,
                kept=kept,
                asked=asked,
            )
        )
    return int(kept if kept is not None else asked if asked is not None else 1)


def serve(folder: Path, options: Mapping[str, Any], ready: Callable[[home.State], None]) -> None:
    """Serve the folder's cloud until told to stop. `ready` gets its state, or the running one's."""
    home.make_folder(folder)
    for _ in home.patience():
        with home.owned(folder) as ours:
            if ours:
                home.trim_log(folder)
                _serve_ours(folder, build(folder, options), ready)
                return
        other = home.running(folder)  # it may be starting; should it die meanwhile, its place is free
        if other:
            ready(other)
            return
    raise home.HomeError(
        said("Another process holds {lock} and is silent: python -m cloudlab doctor", lock=folder / home.LOCK)
    )


def _serve_ours(folder: Path, server: Server, ready: Callable[[home.State], None]) -> None:
    for name in ("SIGTERM", "SIGINT", "SIGBREAK", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: server.stop())
    state = {**server.info(), "control": {"port": server.control_port, "secret": server.secret}}
    home.write_state(folder, state)
    ready(state)
    try:
        server.run()
    finally:
        home.remove_state(folder, server.instance_id)


def main(arguments: list[str]) -> int:
    """The background process: a folder and the options as JSON; one line on stdout when ready."""
    gc.disable()  # until it is ready: what a start makes stays, so looking for garbage in it is a tenth lost
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    folder, options = Path(arguments[0]), json.loads(arguments[1])
    try:
        serve(folder, options, _tell_parent)
    except home.HomeError as error:
        _tell_parent({"error": str(error), "said": as_json(error.args[0])})
        return 1
    return 0


def _tell_parent(answer: home.State) -> None:
    """One line, and then the pipe is let go: whoever started us may be gone tomorrow, or already (killed, say)."""
    gc.freeze()
    gc.enable()
    with suppress(OSError):
        os.write(1, json.dumps(answer).encode() + b"\n")
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The embedded OpenStack as one WSGI app. The service is chosen by the port that was listened on, never by Host."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from http.client import responses
from pathlib import Path
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from cloudlab.sim import processes, rooms, saves, tasks
from cloudlab.sim.auth import TokenCache
from cloudlab.sim.bootstrap import fill
from cloudlab.sim.clock import Clock, WallClock
from cloudlab.sim.errors import PeerFailed
from cloudlab.sim.faults import UNAVAILABLE, Faults
from cloudlab.sim.identity import Ids
from cloudlab.sim.journal import Journal
from cloudlab.sim.note import Note
from cloudlab.sim.peers import Peers
from cloudlab.sim.schema import prepare
from cloudlab.sim.scope import Context, Outside, Pause, Scope
from cloudlab.sim.store import Store, trouble
from cloudlab.sim.web import build_app

DEFAULT_PORTS = {
    "keystone": 5000,
    "nova": 8774,
    "cinder": 8776,
    "placement": 8778,
    "glance": 9292,
    "neutron": 9696,
}
PACES = {"instant": 0.0, "classroom": 1.0}  # a profile scales the durations that the state machines give
NEVER = datetime.max.replace(tzinfo=UTC)
RETRY = timedelta(seconds=1)  # until what a full disk stopped is tried again
Answered = tuple[int, list[Any], bytes]
Keep = Callable[[dict[str, Any]], None]  # settings that must outlive the process; raises BadOrder
log = logging.getLogger("cloudlab.sim")


class _Refused(Exception):
    """Leaves a transaction so that it is rolled back: the answer was no success."""


class Cloud:
    """All services on one store. Call it as a WSGI app; `run_due` brings it up to its clock's time."""

    def __init__(
        self, clock: Clock, store: Store, ids: Ids, ports: dict[str, int], pace: float, legacy_v2: bool
    ) -> None:
        self.clock, self.store, self.ids, self.ports, self.pace = clock, store, ids, ports, pace
        self.legacy_v2 = legacy_v2
        self.keep: Keep = lambda settings: None
        self.journal = Journal()
        self.peers = Peers(self)
        self.token_cache = TokenCache()
        self._lock, self._outside = threading.RLock(), threading.Lock()
        self.faults = Faults(self._lock)
        self._nothing_before: datetime | None = None  # when the next task is due at the earliest; None: look
        self._apps = {name: build_app(self, service) for name, service in rooms.services().items()}
        self._by_port = {str(port): name for name, port in ports.items()}

    def alone(self) -> AbstractContextManager[Any]:
        """Nothing else happens in the cloud while the block runs; what comes waits."""
        return self._lock

    def look_again(self) -> None:
        """Somebody else has changed the rows: what is due next has to be looked up."""
        self._nothing_before = None

    def url(self, service: str) -> str:
        """The service's root, without a slash at the end."""
        return f"http://127.0.0.1:{self.ports[service]}"

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """An outermost request: everything due first, then this, in one transaction.

        Raises ConnectionRefusedError for a service that is down (faults.py): the transport makes it what it is.
        """
        service = self._by_port[environ["SERVER_PORT"]]
        if self.faults.is_down(service):
            raise ConnectionRefusedError(f"{service} is down")
        body = _read_body(environ)  # before the lock: a slow upload holds up nobody
        done: list[Any] = []
        while True:
            pause = Pause()
            try:
                with self._lock:
                    self.run_due()
                    status, headers, content = self._outermost(service, environ, body, done, pause)
                break
            except Outside as waiting:
                # One after the other: many at once would take the processor from everybody.
                with self._outside:
                    done.append(waiting.work())
        if pause.seconds:  # after the lock, too; what was changed is there before the answer
            self.clock.sleep(pause.seconds)
        start_response(f"{status} {responses.get(status, '')}".strip(), headers)
        return [content]

    def _outermost(
        self, service: str, environ: dict[str, Any], body: bytes, done: list[Any], pause: Pause
    ) -> Answered:
        answer: Answered | None = None
        before = self.journal.last
        try:
            with self.store.transaction() as session:
                scope = Scope(self, service, session, self.clock.now(), None, self.ids.request_id())
                scope.done, scope.pause = done, pause
                answer = self.dispatch(scope, environ, body)
                if answer[0] >= 400 and not scope.kept:
                    raise _Refused
            self.peers.keep_unsaved()
        except Exception as error:
            self.peers.forget_unsaved()
            if not isinstance(error, _Refused):
                self.journal.forget_after(before)
                if isinstance(error, Outside):
                    raise
                return self._lost(service, environ, error)
        assert answer is not None
        return answer

    def _lost(self, service: str, environ: dict[str, Any], error: Exception) -> Answered:
        """The service's 500: what the request did could not be kept."""
        _note_trouble(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}", error)
        with Session(self.store.engine) as session:  # not used: nothing is asked, nothing is written
            scope = Scope(self, service, session, self.clock.now(), None, self.ids.request_id())
            return self.dispatch(scope, {**environ, "cloudlab.lost": True}, b"")

    def dispatch(self, scope: Scope, environ: dict[str, Any], body: bytes) -> Answered:
        """Run one service's app inside the scope's transaction: status, headers, content. Goes into the journal."""
        note = Note(self, scope, environ, body)
        answer = self._injected(scope, environ) if self.faults.active else None
        answer = answer or self._run_app(scope, environ, body)
        note.complete(*answer)
        return answer

    def _injected(self, scope: Scope, environ: dict[str, Any]) -> Answered | None:
        """What a broken service answers instead; None when it does its work, though it may be slow."""
        scope.pause.seconds += self.faults.seconds(scope.service)
        status = self.faults.status(scope.service)
        if status == 500:
            return self._run_app(scope, {**environ, "cloudlab.lost": True}, b"")
        return UNAVAILABLE if status == 503 else None

    def expire(self, token: str) -> None:
        """Let a token end now, for every service. Raises NotFound when it isn't valid."""
        with self._lock, self.store.transaction() as session:
            rooms.end_token(Scope(self, "keystone", session, self.clock.now(), None, ""), token)
            self.token_cache.forget(token)

    def _run_app(self, scope: Scope, environ: dict[str, Any], body: bytes) -> Answered:
        started: list[Any] = []

        def start_response(status: str, headers: list[Any], exc_info: Any = None) -> None:
            started[:] = [int(status.split(" ", 1)[0]), headers]

        environ = {**environ, "cloudlab.scope": scope, "cloudlab.body": body}
        content = b"".join(self._apps[scope.service](environ, start_response))
        return started[0], started[1], content

    def run_due(self) -> None:
        """Run every task whose time has come, in order of time, each at its own time."""
        with self._lock:
            now = self.clock.now()
            if self._nothing_before is not None and now < self._nothing_before:
                return
            while self.run_next(now):
                pass

    @contextmanager
    def looked_into(self) -> Iterator[Session]:
        """A transaction for who looks in from outside, with all done that is due."""
        with self._lock:
            self.run_due()
            with self.store.transaction() as session:
                yield session

    def expect_task(self, due: datetime) -> None:
        """There will be a task at that time; so that `run_due` need not ask the database before every request."""
        if self._nothing_before is not None:
            self._nothing_before = min(self._nothing_before, due)

    def run_next(self, now: datetime) -> bool:
        """One task in one transaction; False when none was due, or what it did could not be kept.

        A handler that fails is a bug of ours: logged, and its task dropped.
        Not one that found a peer broken and has nobody to tell it to: that ends, as in a real service. Nor one that a
        full disk stopped: it was acknowledged, so it stays, and is tried again a little later.
        """
        number, before = None, self.journal.last
        try:
            with self.store.transaction() as session:
                task = tasks.next_due(session, now)
                if task is None:
                    self._nothing_before = tasks.next_time(session) or NEVER
                    return False
                number = task.id
                self._run(session, task)
                session.delete(task)
            self.peers.keep_unsaved()
        except Exception as error:
            self.peers.forget_unsaved()
            if not isinstance(error, PeerFailed):
                _note_trouble(f"task {number}", error)
            if trouble(error) is not None:
                self.journal.forget_after(before)
                self._nothing_before = now + RETRY
                return False
            with self.store.transaction() as session:
                session.execute(delete(tasks.Task).where(tasks.Task.id == number))
        return True

    def _run(self, session: Session, task: tasks.Task) -> None:
        context = Context.from_dict(task.context) if task.context else None
        request_id = context.request_id if context else ""
        service = task.kind.split(".", 1)[0]
        process = tasks.PROCESSES.get(task.kind) or processes.worker(service)
        scope = Scope(self, service, session, task.due, context, request_id, late=True, process=process)
        tasks.HANDLERS[task.kind](scope, **task.arguments)

    def fill(self, session: Session) -> None:
        """The first contents, into empty tables."""
        fill(Scope(self, "bootstrap", session, self.clock.now(), None, ""))

    def close(self) -> None:
        self.store.close()


def _note_trouble(what: str, error: Exception) -> None:
    """Into the log: a bug with its traceback, the disk's trouble in a line."""
    why = trouble(error)
    if why is None:
        log.error("%s failed", what, exc_info=error)
    else:
        log.error("%s could not be kept: %s", what, why)


def _read_body(environ: dict[str, Any]) -> bytes:
    """The request's body; a Content-Length that is no number counts as none."""
    length = environ.get("CONTENT_LENGTH") or "0"
    return environ["wsgi.input"].read(int(length)) if length.isascii() and length.isdigit() else b""


def create_cloud(
    clock: Clock | None = None,
    database: str | Path = ":memory:",
    seed: int = 1,
    profile: str = "classroom",
    ports: dict[str, int] | None = None,
    legacy_v2: bool = True,
    random_tokens: bool = False,
    keep: Keep = lambda settings: None,
) -> Cloud:
    """A cloud with its first contents, or the one that `database` holds.

    `profile` is a key of PACES; `ports` overrides DEFAULT_PORTS (the catalog follows); `legacy_v2` has keystone
    answer the talk's v2.0; `random_tokens` makes tokens and passwords unpredictable; `keep` writes down the settings
    (`clock`, `restored_seed`) that its owner changes while it runs. Raises StoreError.
    """
    store, ids = Store(database), Ids(seed, random_secrets=random_tokens)
    cloud = Cloud(
        clock or WallClock(), store, ids, {**DEFAULT_PORTS, **(ports or {})}, PACES[profile], legacy_v2
    )
    cloud.keep = keep
    prepare(store, cloud.fill)
    saves.resume(cloud)
    return cloud

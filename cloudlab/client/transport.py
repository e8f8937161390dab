"""The same call over a socket, or into the WSGI app in this process. Only this file of the learner's side knows sim/.

`find()` chooses: `CLOUDLAB_MODE=process` and a browser have the cloud in this process; a desktop has the real one that
OS_CLOUD or OS_AUTH_URL name, else the one that its owner's state file names, started if there is none.
"""

import hashlib
import io
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.structures import CaseInsensitiveDict

from cloudlab.client import realcloud
from cloudlab.client.account import Account, by_password
from cloudlab.client.errors import LabError
from cloudlab.client.realcloud import RealCloud
from cloudlab.client.redact import Redactor
from cloudlab.language import _, retold

REQUEST_SECONDS = 0.05  # what one outermost request takes of a manual clock's time
PUBLISHED_PASSWORDS = frozenset({"secret"})  # the embedded cloud's, for everybody to read
log = logging.getLogger("cloudlab.client")


def published(user: str, project: str = "") -> Account:
    """One of the embedded cloud's users, in the project of the same name unless another is given."""
    domain = {"id": "default"}
    who = {"name": user, "domain": domain, "password": "secret"}
    return by_password(who, {"name": project or user, "domain": domain})


PUBLISHED_ACCOUNTS = {
    "me": published("demo"),
    "admin": published("admin"),
    "neighbour": published("alt_demo"),
}
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Any]
Control = Callable[
    [str, str, dict[str, Any]], dict[str, Any]
]  # method, path, order → answer; raises LabError


class LabClock(Protocol):
    def now(self) -> datetime: ...

    def sleep(self, seconds: float) -> None: ...


@dataclass
class Transport:
    """A way to a cloud: the adapter that carries requests, the clock that times them, where its services are."""

    cloud_name: str
    where: str
    adapter: BaseAdapter
    clock: LabClock
    urls: dict[str, str]
    published: frozenset[str] = PUBLISHED_PASSWORDS
    deterministic: bool = False
    notes: list[str] = field(default_factory=list)  # what the learner should be told on connecting
    close: Callable[[], None] = lambda: None
    control: Control | None = None  # the embedded cloud's own door; a real cloud has none
    progress: Path | None = None  # where the learner's progress is kept; None: in memory, with the cloud
    made: Path | None = None  # where it is noted what was made; None: in memory, with the cloud
    real: RealCloud | None = None  # None: the embedded cloud

    @property
    def accounts(self) -> Mapping[str, Account]:
        """Who can log in: "me"; and where there are such, "admin", and "neighbour" in another project."""
        return self.real.accounts if self.real else PUBLISHED_ACCOUNTS


class WsgiAdapter(BaseAdapter):
    """Carries a prepared request into a WSGI app. Only the cloud's own ports answer; no socket is opened."""

    def __init__(self, app: WsgiApp, ports: set[int], after: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self._app, self._ports, self._after = app, ports, after

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        url = urlsplit(request.url)
        port = url.port or (443 if url.scheme == "https" else 80)
        here = url.scheme == "http" and url.hostname in ("127.0.0.1", "localhost")
        if not here or port not in self._ports:
            raise requests.ConnectionError(f"nothing listens at {url.netloc}", request=request)
        status, headers, content = self._call(_environ(request, url, port))
        self._after()
        return _response(request, self, status, headers, content)

    def _call(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            started[:] = [status, headers]

        chunks = None
        try:
            chunks = self._app(environ, start_response)
            content = b"".join(chunks)
            return started[0], started[1], content
        except ConnectionRefusedError as error:  # a fault of the lesson's: the service is down
            raise requests.ConnectionError(str(error)) from None
        except Exception as error:
            log.debug("the embedded cloud failed", exc_info=True)
            raise LabError(
                _(
                    "The embedded cloud broke on {call} ({error}). "
                    "That is a bug of the kit, not yours: please report this line.",
                    call=f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}",
                    error=type(error).__name__,
                )
            ) from None
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def close(self) -> None:
        """Nothing is kept open."""


def _environ(request: Any, url: Any, port: int) -> dict[str, Any]:
    body = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(url.path or "/", "latin-1"),
        "QUERY_STRING": url.query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": url.netloc.rpartition("@")[2],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        key = _text(name).upper().replace("-", "_")
        plain = key in ("CONTENT_TYPE", "CONTENT_LENGTH")
        environ[key if plain else f"HTTP_{key}"] = _text(value)
    return environ


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _response(
    request: Any, adapter: BaseAdapter, status: str, headers: list[tuple[str, str]], content: bytes
) -> requests.Response:
    code, _blank, reason = status.partition(" ")
    response = requests.Response()
    response.status_code = int(code)
    response.reason = reason or HTTPStatus(int(code)).phrase
    response.headers = CaseInsensitiveDict()
    for name, value in headers:
        response.headers[name] = f"{response.headers[name]}, {value}" if name in response.headers else value
    response.url = request.url
    response.request = request
    response.raw = io.BytesIO(content)
    response._content = content
    response.connection = adapter  # type: ignore
    return response


def find() -> Transport:
    """The way to the learner's cloud. Raises LabError with what to do."""
    mode = os.environ.get("CLOUDLAB_MODE", "")
    if mode not in ("", "process", "up"):
        raise LabError(_("CLOUDLAB_MODE is {mode!r}; it can be 'process', 'up', or not set.", mode=mode))
    if mode == "process":
        return in_process(manual=True)
    if sys.platform == "emscripten":
        return in_process(manual=False)
    if mode == "" and realcloud.is_asked_for():
        described = realcloud.read()
        if not _is_our_own(described):
            return to_a_real_cloud(described)
    return over_sockets()


def to_a_real_cloud(real: RealCloud) -> Transport:
    """The way to a real cloud. `realcloud.arrive` learns where its other services are."""
    from cloudlab.sim import home
    from cloudlab.sim.clock import WallClock

    folder = home.default_state_dir()
    return Transport(
        cloud_name=real.name,
        where=_("a real cloud"),
        adapter=HTTPAdapter(),
        clock=WallClock(),
        urls={"keystone": realcloud.root_of(real.auth_url)},
        published=frozenset(),
        notes=[
            _(
                "This is {cloud}, a real cloud: what you make there is real, and may cost money.\n"
                "For the embedded cloud, set CLOUDLAB_MODE=up.",
                cloud=real.name,
            )
        ],
        progress=folder / "progress.json",
        made=_ledger(folder, real.auth_url, real.accounts["me"]),
        real=real,
    )


def _is_our_own(real: RealCloud) -> bool:
    """`eval "$(python -m cloudlab env)"` describes the embedded cloud as if it were any other."""
    from cloudlab.sim import home

    there = urlsplit(real.auth_url)
    state = home.running(home.default_state_dir()) if there.hostname in ("127.0.0.1", "localhost") else None
    return state is not None and there.port == state["ports"]["keystone"]


def in_process(manual: bool, legacy_v2: bool = True) -> Transport:
    """A fresh cloud of this process: always the same one with a manual clock, in real time without.

    `legacy_v2`: with the talk's Keystone v2.0, which today's clouds haven't got.
    """
    from cloudlab.sim.clock import ManualClock, SteeredClock, WallClock
    from cloudlab.sim.cloud import create_cloud

    # The learner's watch; the cloud's own clock follows it as the learner steers.
    clock = ManualClock() if manual else WallClock()
    cloud = create_cloud(
        clock=SteeredClock(clock), database=":memory:", seed=1, profile="classroom", legacy_v2=legacy_v2
    )
    found = around(
        cloud, cloud.ports, clock, deterministic=manual, close=cloud.close, control=control_in_process(cloud)
    )
    # A browser keeps the folder, not the cloud.
    found.progress = None if manual else Path("cloudlab-progress.json")
    return found


def control_in_process(cloud: Any) -> Control:
    """The rows of a cloud in this process."""
    from cloudlab.sim import control

    return _explained(partial(control.obey, cloud), control.BadOrder)


def control_over_sockets(state: dict[str, Any]) -> Control:
    """The same rows, by the control port of the cloud with this state (home.py)."""
    from cloudlab.sim import home

    return _explained(partial(home.control, state), home.HomeError)


def _explained(rows: Control, refusal: type[Exception]) -> Control:
    """What a row refuses is the learner's to read."""

    def order(method: str, path: str, order: dict[str, Any]) -> dict[str, Any]:
        try:
            return rows(method, path, order)
        except refusal as error:
            raise LabError(retold(error.args[0])) from None

    return order


def around(
    app: WsgiApp,
    ports: dict[str, int],
    clock: Any,
    deterministic: bool = True,
    close: Callable[[], None] = lambda: None,
    control: Control | None = None,
) -> Transport:
    """A transport into any WSGI app whose services are told apart by port. Used by `in_process` and by tests."""
    after = (lambda: clock.advance(REQUEST_SECONDS)) if deterministic else (lambda: None)
    return Transport(
        # Translators: the name of the cloud, in sentences such as "Lesson 05-server on the embedded cloud."
        cloud_name=_("the embedded cloud"),
        where=_("in this process"),
        adapter=WsgiAdapter(app, set(ports.values()), after),
        clock=clock,
        urls=_urls(ports),
        deterministic=deterministic,
        close=close,
        control=control,
    )


def over_sockets() -> Transport:
    """The cloud that this user runs, started in the background if it isn't running."""
    from cloudlab.sim import home
    from cloudlab.sim.clock import WallClock

    folder = home.default_state_dir()
    notes = []
    try:
        state = home.read_state(folder)
        if not home.is_running(state):
            state = home.start(folder)
            notes.append(_("No cloud was running, so one was started. `python -m cloudlab down` stops it."))
    except home.HomeError as error:
        raise LabError(retold(error.args[0])) from None
    assert state is not None
    return Transport(
        cloud_name=_("the embedded cloud"),
        where=_("process {pid}, started {time}", pid=state["pid"], time=state["started_at"]),
        adapter=HTTPAdapter(),
        clock=WallClock(),
        urls=_urls(state["ports"]),
        notes=notes,
        control=control_over_sockets(state),
        progress=folder / "progress.json",
        made=_ledger(folder, "", PUBLISHED_ACCOUNTS["me"]),
    )


def _ledger(folder: Path, auth_url: str, me: Account) -> Path:
    """A file for each cloud, user and project: known before the first call, and for an application credential, too."""
    who = Redactor().data(me.login)
    digest = hashlib.sha256(json.dumps([auth_url, who], sort_keys=True).encode()).hexdigest()
    return folder / f"made-{digest[:12]}.json"


def _urls(ports: dict[str, int]) -> dict[str, str]:
    return {service: f"http://127.0.0.1:{port}" for service, port in ports.items()}


def forms() -> list[tuple[str, str, str, dict[str, Any] | None]]:
    """Operations as (method, type of the service, path, schema of the body or None).

    They are the API's own, so they hold on a real cloud, too.
    """
    from cloudlab.sim.forms import ROWS

    return list(ROWS)

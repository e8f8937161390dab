"""What a cloud's owner may ask that OpenStack has no call for: a table of rows. Everything is JSON.

Over sockets the rows are reached by the control port, on loopback and with a secret; `GET /` alone needs none: it says
which instance this is, so that nobody hands the secret to a stranger. In process, `obey` is called.
"""

import hmac
import json
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl

from cloudlab.language import as_json, said
from cloudlab.sim import differences, saves, steering, surprise, trail
from cloudlab.sim import journal as journals
from cloudlab.sim.errors import ApiError, BadOrder
from cloudlab.sim.faults import WrongFault

if TYPE_CHECKING:
    from cloudlab.sim.cloud import Cloud

SECRET_VARIABLE = "HTTP_X_CLOUDLAB_SECRET"
BODY_LIMIT = 1_000_000


class Host(Protocol):
    """The server: what the rows about the process act upon."""

    instance_id: str
    secret: str

    def in_use(self) -> AbstractContextManager["Cloud"]: ...

    def info(self) -> dict[str, Any]: ...

    def reset(self) -> None: ...

    def stop(self) -> None: ...


@dataclass(frozen=True)
class Row:
    """One ability: `act` takes the host (`of_cloud`: the cloud) and the order, and returns the answer."""

    method: str
    path: str
    act: Callable[[Any, dict[str, Any]], dict[str, Any]]
    is_open: bool = False
    of_cloud: bool = False


class NoSuchRow(Exception):
    """There is no such ability."""


def _ping(host: Host, order: dict[str, Any]) -> dict[str, Any]:
    return {"instance_id": host.instance_id}


def _info(host: Host, order: dict[str, Any]) -> dict[str, Any]:
    return host.info()


def _reset(host: Host, order: dict[str, Any]) -> dict[str, Any]:
    host.reset()
    return {"reset": True}


def _stop(host: Host, order: dict[str, Any]) -> dict[str, Any]:
    host.stop()
    return {"stopping": True}


def _states(cloud: "Cloud", order: dict[str, Any]) -> dict[str, Any]:
    try:
        return trail.tell(cloud, str(order.get("kind", "")), str(order.get("id", "")))
    except trail.Unknown as error:
        raise BadOrder(error.args[0]) from None


def _journal(cloud: "Cloud", order: dict[str, Any]) -> dict[str, Any]:
    """`request_id`: what that request caused. `resource`: all about that id. `after`: what came after that number."""
    journal = cloud.journal
    if order.get("request_id"):
        found = journal.caused_by(str(order["request_id"]))
    elif order.get("resource"):
        found = journal.about(str(order["resource"]))
    else:
        found = journal.entries(_number(order, "after", 0))
    return {"last": journal.last, "entries": [journals.as_json(entry) for entry in found]}


def _faults(cloud: "Cloud", order: dict[str, Any]) -> dict[str, Any]:
    return {"faults": cloud.faults.told()}


def _break(cloud: "Cloud", order: dict[str, Any]) -> dict[str, Any]:
    """`kind` and what it takes: see `faults.Faults.set`. Kind "expire" takes a token and ends it."""
    cloud.run_due()  # what was to happen before, happened
    try:
        if order.get("kind") == "expire":
            cloud.expire(str(order.get("token")))
            return {}
        return {"fault": cloud.faults.set(order)}
    except WrongFault as error:
        raise BadOrder(error.args[0]) from None
    except ApiError:
        raise BadOrder(said("this is no token of this cloud, or it has ended already")) from None


def _mend(cloud: "Cloud", order: dict[str, Any]) -> dict[str, Any]:
    """`kind` and `what` say which; without them everything."""
    cloud.run_due()
    try:
        cloud.faults.clear(order.get("kind", ""), order.get("what", ""))
    except WrongFault as error:
        raise BadOrder(error.args[0]) from None
    return {}


def _number(order: dict[str, Any], name: str, default: int) -> int:
    try:
        return int(order.get(name, default))
    except (TypeError, ValueError):
        raise BadOrder(said("{name} has to be a number", name=name)) from None


def _clock(cloud: "Cloud", order: dict[str, Any]) -> dict[str, Any]:
    return steering.look(cloud)


def _step(cloud: "Cloud", order: dict[str, Any]) -> dict[str, Any]:
    return steering.step(cloud)


ROWS = (
    Row("GET", "/", _ping, is_open=True),
    Row("GET", "/info", _info),
    Row("POST", "/reset", _reset),
    Row("POST", "/stop", _stop),
    Row("GET", "/journal", _journal, of_cloud=True),
    Row("GET", "/faults", _faults, of_cloud=True),
    Row("POST", "/faults", _break, of_cloud=True),
    Row("POST", "/faults/clear", _mend, of_cloud=True),
    Row("POST", "/faults/surprise", surprise.spring, of_cloud=True),
    Row("POST", "/faults/guess", surprise.guess, of_cloud=True),
    Row("GET", "/states", _states, of_cloud=True),
    Row("GET", "/clock", _clock, of_cloud=True),
    Row("POST", "/clock", steering.steer, of_cloud=True),
    Row("POST", "/clock/step", _step, of_cloud=True),
    Row("POST", "/save", saves.save, of_cloud=True),
    Row("POST", "/restore", saves.restore, of_cloud=True),
    Row("POST", "/diff", differences.compare, of_cloud=True),
)
TABLE = {(row.method, row.path): row for row in ROWS}


def obey(cloud: "Cloud", method: str, path: str, order: dict[str, Any]) -> dict[str, Any]:
    """A row of a cloud that is in this process. Raises BadOrder and NoSuchRow."""
    row = TABLE.get((method, path))
    if row is None or not row.of_cloud:
        raise NoSuchRow(f"{method} {path}")
    return row.act(cloud, order)


class Control:
    """The rows as a WSGI app."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        status, answer = self._answer(environ)
        content = json.dumps(answer).encode() + b"\n"
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
        return [content]

    def _answer(self, environ: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        row = TABLE.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if not (row and row.is_open) and not self._knows_secret(environ):
            return "403 Forbidden", {"error": "this port wants the secret from cloud.json"}
        if row is None:
            return "404 Not Found", {"error": "no such row", "rows": [f"{m} {p}" for m, p in TABLE]}
        try:
            return "200 OK", self._act(row, _order(environ))
        except BadOrder as error:
            return "400 Bad Request", {"error": str(error), "said": as_json(error.args[0])}

    def _act(self, row: Row, order: dict[str, Any]) -> dict[str, Any]:
        if not row.of_cloud:
            return row.act(self._host, order)
        with self._host.in_use() as cloud:
            return row.act(cloud, order)

    def _knows_secret(self, environ: dict[str, Any]) -> bool:
        return hmac.compare_digest(
            environ.get(SECRET_VARIABLE, "").encode("latin-1"), self._host.secret.encode()
        )


def _order(environ: dict[str, Any]) -> dict[str, Any]:
    """The request's JSON object, and what its query says besides (as text). Raises BadOrder."""
    length = environ.get("CONTENT_LENGTH") or "0"
    raw = environ["wsgi.input"].read(min(int(length), BODY_LIMIT)) if length.isdigit() else b""
    try:
        order = json.loads(raw) if raw else {}
    except ValueError as error:
        raise BadOrder(said("the body is not JSON")) from error
    if not isinstance(order, dict):
        raise BadOrder(said("the body is not a JSON object"))
    return {**dict(parse_qsl(environ.get("QUERY_STRING", ""))), **order}

"""All contact with the WSGI framework: requests in, replies out, one Falcon app per service.

A room's `routes.py` makes a `Service`; its resources are plain classes with `get`, `post`, `put`, `patch`, `delete`
and `head` methods that take a `Call` and the path's parameters, and return a `Reply` (or just a body, for a 200).
"""

import json
import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import falcon

from cloudlab.sim.errors import ApiError, BadJson, MethodNotAllowed, PathNotFound, TooLarge
from cloudlab.sim.scope import Context, Outside, Scope
from cloudlab.sim.store import trouble

if TYPE_CHECKING:
    from cloudlab.sim.cloud import Cloud

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
BODY_LIMIT = 114_688  # oslo.middleware's max_request_body_size
TOO_LARGE = "Request is too large. Larger than max_request_body_size (%s)."  # as it says it, the mark left in
UNSPACED = (",", ":")  # JSON without spaces, as some writers have it
MOUNTED = "/@"
UNSET = object()
UNEXPECTED = "An unexpected error prevented the server from fulfilling your request."
log = logging.getLogger("cloudlab.sim")


@dataclass
class Reply:
    """What a resource answers. `body` becomes JSON; `raw` goes out as it is; None of both is an empty body."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str | None = "application/json"  # None: without one


class Call:
    """One request as a resource sees it."""

    def __init__(self, cloud: "Cloud", service: "Service", environ: dict[str, Any], raw: bytes) -> None:
        self.cloud, self.service, self.raw = cloud, service, raw
        self.method: str = environ["REQUEST_METHOD"]
        self.path: str = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        self.query_string: str = environ.get("QUERY_STRING", "")
        self.headers = _headers(environ)
        self.scope: Scope = environ["cloudlab.scope"]
        self.reply_headers: dict[str, str] = {}
        self.typed = True  # whether the answer says what its body is
        self.header_names = {"content-type": "Content-Type", "content-length": "Content-Length"}
        self.api = ""  # the version in the path: "v2", "v2.1", "v3"
        self.url_project: str | None = None
        self.version: tuple[int, int] = (0, 0)  # the microversion
        self.legacy = False  # nova's /v2: lenient, without microversions
        self._json: Any = UNSET

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        """The query string's pairs, in order, blank values kept."""
        return parse_qsl(self.query_string, keep_blank_values=True)

    def param(self, name: str, default: str | None = None) -> str | None:
        """The last value of one query parameter."""
        return dict(self.query).get(name, default)

    @property
    def who(self) -> Context:
        return self.scope.who

    @property
    def json(self) -> Any:
        """The body as JSON, None when there is no body. Raises BadJson."""
        if self._json is UNSET:
            try:
                self._json = _read_json(self.raw) if self.raw else None
            except (ValueError, RecursionError) as error:
                raise BadJson("Malformed request body") from error
        return self._json

    @cached_property
    def root(self) -> str:
        """The service's own URL without a path: http://127.0.0.1:8774."""
        return self.cloud.url(self.service.name)

    @cached_property
    def base(self) -> str:
        """The URL up to the resource, as the client wrote it: http://127.0.0.1:8774/v2.1/{project_id}."""
        return f"{self.root}/{self.api}" + (f"/{self.url_project}" if self.url_project else "")

    @cached_property
    def bookmark(self) -> str:
        """The same without the version, as 'bookmark' links have it."""
        return self.root + (f"/{self.url_project}" if self.url_project else "")

    def at_least(self, minor: int) -> bool:
        """Whether the negotiated microversion is that or later (2.x, 3.x, 1.x by service)."""
        return self.version[1] >= minor


Responder = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Service:
    """One OpenStack service: its tables and the few places where services differ.

    `routes` are below `mount` (a pattern with the groups `api` and, where the service has it, `project`);
    `root_routes` are whole paths. `absent` names operations that the real service has and this one doesn't.
    `enter` runs before routing (request id, authentication), `ready` before the resource (microversion, URL's project),
    `leave` on every reply (headers). `fault` turns an error into the service's own body.
    """

    name: str
    fault: Callable[[Call, ApiError], Reply]
    routes: tuple[tuple[str, type], ...] = ()
    root_routes: tuple[tuple[str, type], ...] = ()
    absent: tuple[tuple[str, str], ...] = ()
    mount: re.Pattern[str] | None = None
    enter: Callable[[Call], None] = lambda call: None
    ready: Callable[[Call], None] = lambda call: None
    leave: Callable[[Call, Reply], None] = lambda call, reply: None
    limited: bool = False  # whether it has the middleware that refuses large bodies
    written: Callable[[Call, Reply], str] = lambda call, reply: json.dumps(reply.body)  # where it puts spaces
    strange: str = "TRACE"  # what other methods than METHODS are taken for; nobody has a TRACE
    # The CORS middleware's answer to a failed OPTIONS.
    preflight: Callable[[Call, ApiError], Reply] | None = None

    def place(self, call: Call) -> str:
        """The path that the route table is asked for; notes the version and the project on the way."""
        found = self.mount.match(call.path) if self.mount else None
        if not found:  # nobody names the mounted routes by our own mark
            return MOUNTED + call.path if call.path.startswith(MOUNTED) else call.path
        groups = found.groupdict()
        call.api, call.url_project = groups["api"], groups.get("project")
        return MOUNTED + call.path[found.end() :]


@cache
def _routed(service: Service) -> falcon.App:
    """The framework's app with the service's table. It knows no cloud, so all clouds of a process share it."""
    app = falcon.App(middleware=[_Gate()])
    app.req_options.strip_url_path_trailing_slash = True
    app.req_options.auto_parse_form_urlencoded = False
    rows = [(path, cls()) for path, cls in service.root_routes]
    rows += [(MOUNTED + path.rstrip("/"), cls()) for path, cls in service.routes]
    for path, resource in _with_absent(rows, service):
        app.add_route(path, _Adapter(resource), suffix=None)
    app.add_error_handler(falcon.HTTPError, _framework_error)
    app.add_error_handler(ApiError, _api_error)
    app.add_error_handler(Exception, _unexpected)
    return app


def build_app(cloud: "Cloud", service: Service) -> Callable[..., Iterable[bytes]]:
    """The service as a WSGI app. The environ carries the scope (`cloudlab.scope`) and the body (`cloudlab.body`)."""

    def wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        call = Call(cloud, service, environ, environ["cloudlab.body"])
        app = _routed(service)
        inner = {
            **environ,
            "cloudlab.call": call,
            "REQUEST_METHOD": call.method if call.method in METHODS else service.strange,
            "PATH_INFO": service.place(call).encode().decode("latin-1"),
        }

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            """Falcon writes names in lower case; the wire has them as the service does."""
            named = [
                (call.header_names.get(name, name), value)
                for name, value in headers
                if name != "content-type" or call.typed
            ]
            return start_response(status, named, exc_info)

        return app(inner, start)

    return wsgi


def _with_absent(rows: list[tuple[str, Any]], service: Service) -> list[tuple[str, Any]]:
    """The route table plus what is absent: whole paths, and single methods of paths that are there."""
    resources: dict[str, Any] = dict(rows)
    for methods, path in service.absent:
        resource = resources.setdefault((MOUNTED if service.mount else "") + path, _Absent())
        for method in methods.split():
            if not hasattr(resource, method.lower()):
                setattr(resource, method.lower(), _absent(f"{method} {path}"))
    return list(resources.items())


class _Absent:
    """A path of the real service of which nothing is here."""


def _absent(operation: str) -> Responder:
    """An operation of the real service that is not here: its unknown-path answer, and a header that says so."""

    def answer(call: Call, **parameters: str) -> Reply:
        raise PathNotFound(absent=operation)

    return answer


class _Adapter:
    """A resource in Falcon's form: `on_get` and its like for the methods that it has."""

    def __init__(self, resource: Any) -> None:
        for method in METHODS:
            responder = getattr(resource, method.lower(), None)
            if responder is not None:
                setattr(self, f"on_{method.lower()}", _responder(responder))


def _responder(responder: Responder) -> Callable[..., None]:
    def respond(req: falcon.Request, resp: falcon.Response, **parameters: str) -> None:
        call: Call = req.env["cloudlab.call"]
        call.service.ready(call)
        answer = responder(call, **parameters)
        call.scope.session.flush()  # what the database refuses is this request's failure, not the commit's
        _write(call, resp, answer if isinstance(answer, Reply) else Reply(200, answer))

    return respond


class _Gate:
    """Before routing: the limit on bodies, then the service's own `enter`.

    A request whose work was lost (`cloudlab.lost`: the disk is full, say) gets the service's own 500 here.
    """

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        call: Call = req.env["cloudlab.call"]
        if "cloudlab.lost" in req.env:
            raise ApiError(UNEXPECTED)
        if call.service.limited and len(call.raw) > BODY_LIMIT:
            raise TooLarge(TOO_LARGE)
        call.service.enter(call)


def _write(call: Call, resp: falcon.Response, reply: Reply) -> None:
    call.service.leave(call, reply)
    _send(call, resp, reply)


def _send(call: Call, resp: falcon.Response, reply: Reply) -> None:
    resp.status = reply.status
    call.typed = reply.content_type is not None
    for name, value in {**call.reply_headers, **reply.headers}.items():
        resp.set_header(name, value)
        call.header_names[name.lower()] = name
    if reply.raw is not None:
        resp.data = reply.raw
    elif reply.body is not None:
        resp.data = call.service.written(call, reply).encode()
    if resp.data is not None:
        resp.content_type = reply.content_type
    else:
        resp.content_type = None
        if reply.status not in (204, 304):
            resp.set_header("Content-Length", "0")


def empty_preflight(call: Call, error: ApiError) -> Reply:
    """What most services' CORS middleware answers to OPTIONS, whatever was wrong with it (seen on 2025.2)."""
    return Reply(200)


def _api_error(req: falcon.Request, resp: falcon.Response, error: ApiError, params: dict[str, str]) -> None:
    call: Call = req.env["cloudlab.call"]
    if call.method == "OPTIONS" and call.service.preflight and error.status < 500:
        _send(call, resp, call.service.preflight(call, error))
        return
    reply = call.service.fault(call, error)
    reply.headers.update(error.headers)
    _write(call, resp, reply)


def _framework_error(
    req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError, params: dict[str, str]
) -> None:
    """Falcon's own 404 and 405 become ours; any other is a request that it could not read."""
    if isinstance(error, falcon.HTTPMethodNotAllowed):
        allowed = str((error.headers or {}).get("Allow", "")) if isinstance(error.headers, dict) else ""
        ours: ApiError = MethodNotAllowed([m.strip() for m in allowed.split(",") if m.strip()])
    elif error.status_code == 404:
        ours = PathNotFound()
    else:
        ours = ApiError(error.description or error.title or "")
        ours.status = error.status_code
    _api_error(req, resp, ours, params)


def _unexpected(req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, str]) -> None:
    """A bug of ours: logged with its traceback, answered with the service's 500.

    Not what concerns the whole request with all its peers' work: that goes on to the outermost one.
    """
    if isinstance(error, Outside) or trouble(error) is not None:
        raise error
    log.exception("%s %s failed", req.method, req.path, exc_info=error)
    _api_error(req, resp, ApiError(UNEXPECTED), params)


def _read_json(raw: bytes) -> Any:
    """The value. Raises ValueError, also for what is no JSON (NaN) and for text that is no Unicode (half a pair)."""
    value = json.loads(raw, parse_constant=_no_number)
    if b"\\u" in raw:
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    """Request headers by lower-case name."""
    found = {k[5:].replace("_", "-").lower(): v for k, v in environ.items() if k.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            found[name.replace("_", "-").lower()] = environ[name]
    return found

"""How tests ask a cloud: the body of a login, and a request straight into its WSGI app."""

import io
import sys
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

PROJECT_OF = {
    "demo_reader": "demo",
    "nova": "service",
    "cinder": "service",
    "neutron": "service",
}  # else: the user's
WITH_BODY = ("POST", "PUT", "PATCH")
Pairs = Iterable[tuple[str, str]]


def login_body(user: str, project: str | None = None, password: str = "secret") -> dict[str, Any]:
    """The body of POST /v3/auth/tokens by password; unscoped without a project."""
    domain = {"id": "default"}
    who = {"name": user, "domain": domain, "password": password}
    auth: dict[str, Any] = {"identity": {"methods": ["password"], "password": {"user": who}}}
    if project:
        auth["scope"] = {"project": {"name": project, "domain": domain}}
    return {"auth": auth}


def ask_app(
    app: Any, method: str, port: int, path: str, query: str = "", headers: Pairs = (), body: bytes = b""
) -> tuple[int, list[tuple[str, str]], bytes]:
    """One request, handed on as waitress would: status, headers, content. The port chooses the service."""
    started: list[Any] = []

    def start_response(status: str, pairs: list[tuple[str, str]], exc_info: Any = None) -> None:
        started[:] = [int(status[:3]), pairs]

    content = b"".join(app(_environ(method, port, path, query, headers, body), start_response))
    return started[0], started[1], content


def _environ(method: str, port: int, path: str, query: str, headers: Pairs, body: bytes) -> dict[str, Any]:
    """`path` and `query` are percent-encoded; a header that comes twice is joined, as HTTP says."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers:
        key = name.upper().replace("-", "_")
        key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        environ[key] = f"{environ[key]}, {value}" if key in environ else value
    if body or method in WITH_BODY:
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ

"""A WSGI app of a few lines for the tests of the learner's side: no simulator, answers set by the test."""

import json
from typing import Any

from cloudlab.client.transport import Transport, around
from cloudlab.lab import Lab
from cloudlab.sim.clock import ManualClock

PORTS = {"keystone": 5000, "nova": 8774, "cinder": 8776, "placement": 8778, "glance": 9292, "neutron": 9696}
KEYSTONE, NOVA, CINDER = "http://127.0.0.1:5000", "http://127.0.0.1:8774/v2.1", "http://127.0.0.1:8776/v3/p1"
TOKEN = "gAAAAABsecret-token-of-demo"
CATALOG = [
    {
        "type": "compute",
        "name": "nova",
        "endpoints": [{"interface": "public", "region": "RegionOne", "url": NOVA}],
    },
    {
        "type": "block-storage",
        "name": "cinder",
        "endpoints": [{"interface": "public", "region": "RegionOne", "url": CINDER}],
    },
    {
        "type": "image",
        "name": "glance",
        "endpoints": [{"interface": "public", "region": "RegionOne", "url": "http://127.0.0.1:9292"}],
    },
    {
        "type": "identity",
        "name": "keystone",
        "endpoints": [{"interface": "public", "region": "RegionOne", "url": KEYSTONE + "/"}],
    },
]

Answer = tuple[int, dict[str, str], Any]


class TinyCloud:
    """Answers by (method, path): one answer for good, or a list that is used up but for its last."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], list[Answer]] = {}
        self.seen: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []
        user, project = {"id": "u1", "name": "demo"}, {"id": "p1", "name": "demo"}
        token = {"user": user, "project": project, "catalog": CATALOG}
        self.on("POST", "/v3/auth/tokens", (201, {"X-Subject-Token": TOKEN}, {"token": token}))

    def on(self, method: str, path: str, *answers: Answer) -> None:
        self.answers[method, path] = list(answers)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.seen.append(environ)
        self.bodies.append(environ["wsgi.input"].read())
        found = self.answers.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if not found:
            status, headers, body = 404, {}, {"itemNotFound": {"code": 404, "message": "no such thing"}}
        else:
            status, headers, body = found.pop(0) if len(found) > 1 else found[0]
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        start_response(f"{status} Reason", [*{"Content-Type": kind, **headers}.items()])
        return [content]


def tiny_transport(app: Any) -> Transport:
    return around(app, PORTS, ManualClock())


def tiny_lab() -> tuple[Lab, TinyCloud]:
    app = TinyCloud()
    return Lab(tiny_transport(app)), app


def log_in(lab: Lab) -> None:
    """As a learner does it: the token by hand."""
    lab.token = lab.post(f"{KEYSTONE}/v3/auth/tokens", json={"auth": {}}).headers["X-Subject-Token"]

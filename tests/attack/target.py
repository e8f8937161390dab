"""The cloud under attack: two projects with everything in them, put back for every example; and one shot at it.

What belongs to alt_demo (and, privately, to admin) carries MARK in its names, descriptions and metadata: no answer to
demo may hold it, nor an id of theirs that demo did not send.
"""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from cloudlab.sim.clock import ManualClock
from cloudlab.sim.cloud import DEFAULT_PORTS, Cloud
from tests.asking import PROJECT_OF, ask_app, login_body
from tests.attack.plant import seed
from tests.clouds import FreshClouds

USERS = ("demo", "admin", "alt_demo", "demo_reader")
LAST = re.compile(r"@last-([a-z_-]+)")
# Tables that answer 'whose is it' themselves, by the pool that their ids go into.
POOLS = {
    "servers": "nova_server",
    "volumes": "cinder_volume",
    "snapshots": "cinder_snapshot",
    "networks": "neutron_network",
    "subnets": "neutron_subnet",
    "ports": "neutron_port",
    "security-groups": "neutron_security_group",
    "security-group-rules": "neutron_security_group_rule",
    "routers": "neutron_router",
    "floatingips": "neutron_floatingip",
    "rbac-policies": "neutron_rbac_policy",
    "subnetpools": "neutron_subnetpool",
    "address-scopes": "neutron_address_scope",
    "address-groups": "neutron_address_group",
    "application_credentials": "keystone_application_credential",
    "os-server-groups": "nova_server_group",
}
SHARED = {
    "flavors": "SELECT id FROM nova_flavor",
    "types": "SELECT id FROM cinder_type",
    "users": "SELECT id FROM keystone_user",
    "roles": "SELECT id FROM keystone_role",
    "services": "SELECT id FROM keystone_service",
    "endpoints": "SELECT id FROM keystone_endpoint",
    "regions": "SELECT id FROM keystone_region",
    "resource_providers": "SELECT uuid FROM placement_provider",
}
UNTRACED = ("keystone_legacy_token", "keystone_revocation", "keystone_signing_key", "id_count", "task")


@dataclass(frozen=True)
class Shot:
    """One request, as a WSGI server hands it on. `path` and `query` are percent-encoded; `after`: seconds that pass."""

    user: str | None
    method: str
    service: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    after: float = 0.0

    def text(self) -> str:
        """Everything that the client sent, to find out what an answer may echo."""
        sent = " ".join([unquote_to_bytes(self.path).decode("latin-1"), self.path, self.query])
        return sent + repr(self.headers) + self.body.decode("latin-1")


@dataclass(frozen=True)
class Answer:
    """What came back; `bugs` are the log's records of the cloud's own failures meanwhile."""

    status: int
    headers: list[tuple[str, str]]
    content: bytes
    bugs: tuple[str, ...] = ()

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class Bugs(logging.Handler):
    """Keeps what the cloud logs as an error: where it was raised, in one line."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        where = "no traceback"
        trace = error.__traceback__ if error else None
        while trace is not None:
            file = trace.tb_frame.f_code.co_filename
            if "cloudlab/sim" in file:
                where = f"{file.split('cloudlab/sim/')[-1]}:{trace.tb_lineno}"
            trace = trace.tb_next
        self.found.append(
            f"{type(error).__name__} at {where}: {str(error)[:300]} ({record.getMessage()[:200]})"
        )


class Target:
    """A cloud on one in-memory store. `fresh()` puts the seeded contents back and gives a new cloud on it."""

    def __init__(self) -> None:
        self.clouds = FreshClouds()
        self.live = self.clouds.live
        self.bugs = Bugs()
        logging.getLogger("cloudlab.sim").addHandler(self.bugs)
        self.cloud: Cloud = self.clouds.make()
        self.made: dict[str, str] = {}
        self.tokens: dict[str | None, str] = {}
        for user in USERS:
            self.tokens[user] = self.login(user)
        seed(self)
        self.clouds.save()
        self._start, self._peers = self.cloud.clock.now(), dict(self.cloud.peers._tokens)
        self._known = dict(self.cloud.token_cache._known)
        self.projects = self._projects()
        self.own, self.foreign = self._pools(True), self._pools(False)
        self.secrets = self._secrets()
        self.first = self.rows()
        self.theirs = self.rows(of_others=True)

    def fresh(self) -> "Target":
        """The seeded contents again, on a cloud that remembers nothing else."""
        self.cloud = self.clouds.make(clock=ManualClock(self._start))
        self.cloud.peers._tokens = dict(self._peers)
        self.cloud.token_cache._known = dict(self._known)
        self.made = {}
        return self

    def reopen(self) -> None:
        """A new cloud on what is committed, as after a kill: all that the old one remembered is gone."""
        self.cloud = self.clouds.reopen(clock=self.cloud.clock)

    def send(self, shot: Shot) -> Answer:
        """One request. `@last-servers` in the path or the body is the id of the server that was made last."""
        path = LAST.sub(self._last, shot.path)
        body = LAST.sub(self._last, shot.body.decode("latin-1")).encode("latin-1") if shot.body else b""
        answer = self._call(shot, path, body)
        self._note(shot, answer)
        if shot.after:
            self.cloud.clock.advance(shot.after)  # type: ignore[attr-defined]
        return answer

    def _last(self, found: re.Match[str]) -> str:
        return self.made.get(found[1]) or next(iter(self.own.get(found[1], [])), "none")

    def _note(self, shot: Shot, answer: Answer) -> None:
        if shot.method != "POST" or answer.status >= 300 or not answer.content.startswith(b"{"):
            return
        kind = shot.path.rstrip("/").rsplit("/", 1)[-1]
        body = answer.json
        inner = next(iter(body.values()), None) if "id" not in body else body
        if isinstance(inner, dict) and isinstance(inner.get("id"), str):
            self.made[kind] = inner["id"]

    def _call(self, shot: Shot, path: str, body: bytes) -> Answer:
        headers, token = shot.headers, self.tokens.get(shot.user)
        if token and "X-Auth-Token" not in dict(headers):
            headers += (("X-Auth-Token", token),)
        self.bugs.found.clear()
        port = DEFAULT_PORTS[shot.service]
        answer = ask_app(self.cloud, shot.method, port, path, shot.query, headers, body)
        return Answer(*answer, tuple(self.bugs.found))

    def ask(
        self, user: str | None, method: str, service: str, path: str, body: Any = None, **headers: str
    ) -> Any:
        """A well-meant request, for seeding: its JSON. AssertionError when it is refused."""
        plain, _, query = path.partition("?")
        sent = {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        answer = self._call(Shot(user, method, service, plain, query, tuple(sent.items()), data), plain, data)
        assert answer.status < 300, (method, path, answer.status, answer.content[:500], answer.bugs)
        if (answer.header("content-type") or "").startswith("application/json") and answer.content:
            return answer.json
        return answer

    def login(self, user: str) -> str:
        """A token of the user in their first project."""
        data = json.dumps(login_body(user, PROJECT_OF.get(user, user))).encode()
        kind = ("Content-Type", "application/json")
        shot = Shot(None, "POST", "keystone", "/v3/auth/tokens", headers=(kind,))
        answer = self._call(shot, shot.path, data)
        return str(answer.header("X-Subject-Token"))

    def _projects(self) -> dict[str, str]:
        return dict(self.live.execute("SELECT name, id FROM keystone_project"))

    def _pools(self, own: bool) -> dict[str, list[str]]:
        project = self.projects["demo" if own else "alt_demo"]
        user = "demo" if own else "alt_demo"

        def ids(query: str, *given: str) -> list[str]:
            return [str(row[0]) for row in self.live.execute(query, given)]

        pools = {
            name: ids(f"SELECT id FROM {table} WHERE project_id = ?", project)
            for name, table in POOLS.items()
        }
        pools |= {name: ids(query) for name, query in SHARED.items()}
        public = " OR visibility = 'public'" if own else ""
        pools["images"] = ids(f"SELECT id FROM glance_image WHERE owner = ?{public}", project)
        if own:
            seen = self.ask("demo", "GET", "neutron", "/v2.0/networks?fields=id")["networks"]
            pools["networks"] = [network["id"] for network in seen]
        pools["projects"] = [project]
        pools["os-keypairs"] = ids(
            "SELECT k.name FROM nova_keypair k JOIN keystone_user u ON u.id = k.user_id WHERE u.name = ?",
            user,
        )
        pools["attachments"] = ids(
            "SELECT a.id FROM cinder_attachment a JOIN cinder_volume v ON v.id = a.volume_id WHERE v.project_id = ?",
            project,
        )
        pools["requests"] = ids("SELECT request_id FROM nova_instance_action WHERE project_id = ?", project)
        return pools

    def _secrets(self) -> list[str]:
        """Ids (and tokens) that only their owners may ever see."""
        keep = [name for name in self.foreign if name not in SHARED and name != "requests"]
        own = {id_ for ids in self.own.values() for id_ in ids}
        found = {id_ for name in keep for id_ in self.foreign[name] if id_ not in own}
        private = self.live.execute(
            "SELECT id FROM nova_server WHERE project_id = ? UNION SELECT id FROM cinder_volume WHERE project_id = ?",
            [self.projects["admin"]] * 2,
        )
        return [*sorted(found | {row[0] for row in private}), self.tokens["alt_demo"], self.tokens["admin"]]

    def rows(self, of_others: bool = False) -> dict[str, set[tuple[Any, ...]]]:
        """Every row of every table; or only those in which an id of a neighbour's stands."""
        names = [
            row[0]
            for row in self.live.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            if row[0] not in UNTRACED and not row[0].startswith("sqlite_")
        ]
        found = {name: set(self.live.execute(f'SELECT * FROM "{name}"')) for name in names}
        if not of_others:
            return found
        ids = set(self.secrets) | {self.projects["alt_demo"]}
        return {name: {row for row in rows if ids.intersection(row)} for name, rows in found.items()}


@contextmanager
def quiet() -> Iterator[None]:
    """The cloud's log goes to the judge, not to the screen."""
    log = logging.getLogger("cloudlab.sim")
    kept, log.propagate = log.propagate, False
    try:
        yield
    finally:
        log.propagate = kept

"""What a replay holds in its hand: the cloud, tokens by symbol, the id map, and calls that aren't in a story."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cloudlab.compare.ids import IdMap

from .story import initial
from .wire import Answer, Caller

SYMBOL = re.compile(r"TOKEN-\d+-(?P<user>\w+)@(?P<scope>\w+)")
ANY_SYMBOL = re.compile(r"TOKEN-(?:\d+-[\w@]+|cut)")
BASE = {
    "keystone": "http://127.0.0.1:5000/v3",
    "nova": "http://127.0.0.1:8774/v2.1",
    "cinder": "http://127.0.0.1:8776/v3",
    "placement": "http://127.0.0.1:8778",
    "glance": "http://127.0.0.1:9292/v2",
    "neutron": "http://127.0.0.1:9696/v2.0",
}
DOMAIN = {"id": "default"}


@dataclass(frozen=True)
class Pace:
    """In what steps a cloud's time is waited away: ours by a clock that is moved, a real one's by sleeping."""

    look: float = 0.2  # between two looks at a state: less than the shortest one lasts
    settle: float = 30.0  # after which nothing is under way any more


class Walk:
    """One cloud being walked through one story."""

    def __init__(self, call: Caller, clock: Any, pace: Pace | None = None) -> None:
        self.call, self.clock, self.pace = call, clock, pace or Pace()
        self.ids = IdMap()
        self.tokens: dict[str, str] = {"TOKEN-cut": "gAAAAABcut-short"}
        self.missing: list[str] = []
        self.leftovers: list[str] = []  # servers of the story before
        self.volumes: list[str] = []  # made for the story, in order

    def wait(self, seconds: float) -> None:
        """Let the cloud's time pass."""
        self.clock.advance(seconds)

    def settle(self) -> None:
        """Let what is under way finish."""
        self.wait(self.pace.settle)

    def token(self, symbol: str) -> str:
        """The token a symbol stands for: given by an earlier answer, or issued now."""
        if symbol not in self.tokens:
            match = SYMBOL.fullmatch(symbol)
            token = self.issue(match["user"], match["scope"]) if match else None
            if token is None:
                self.missing.append(f"no token for {symbol}")
                return f"no-token-{symbol}"
            self.tokens[symbol] = token
        return self.tokens[symbol]

    def issue(self, user: str, scope: str) -> str | None:
        """A new token of ``user`` for project ``scope`` (or ``unscoped``, ``system``), by password."""
        identity = {
            "methods": ["password"],
            "password": {"user": {"name": user, "domain": DOMAIN, "password": "secret"}},
        }
        auth: dict[str, Any] = {"identity": identity}
        if scope == "system":
            auth["scope"] = {"system": {"all": True}}
        elif scope != "unscoped":
            auth["scope"] = {"project": {"name": scope, "domain": DOMAIN}}
        answer = self.send("POST", BASE["keystone"] + "/auth/tokens", {}, {"auth": auth})
        return answer.headers.get("x-subject-token") if answer.status == 201 else None

    def send(self, method: str, url: str, headers: dict[str, str], body: Any = None) -> Answer:
        """One call with a JSON body."""
        content = None if body is None else json.dumps(body).encode()
        sent = {"accept": "application/json", **headers}
        if content is not None:
            sent["content-type"] = "application/json"
        return self.call(method, url, sent, content)

    def ask(self, who: str, method: str, url: str, body: Any = None, version: str = "") -> Answer:
        """An unrecorded call as ``user@project``."""
        headers = {"x-auth-token": self.token(f"TOKEN-0-{who}")}
        if version:
            headers["openstack-api-version"] = version
        return self.send(method, url, headers, body)

    def must(self, who: str, method: str, url: str, body: Any = None) -> Answer:
        """An unrecorded call that has to go well; noted where it doesn't."""
        answer = self.ask(who, method, url, body)
        if answer.status >= 300:
            self.missing.append(f"{method} {url}: {answer.status}")
        return answer

    def wait_until(self, who: str, url: str, there: Callable[[Answer], bool]) -> None:
        """Let time pass in small steps until the answer is as wished."""
        for _ in range(1000):
            if there(self.ask(who, "GET", url)):
                return
            self.wait(self.pace.look / 4)  # two things may be a tenth of a second apart
        self.missing.append(f"GET {url}: never as wished")

    def listed(self, url: str, key: str, version: str = "") -> list[dict[str, Any]]:
        """A list as the administrator sees it; empty, and noted, where the service doesn't answer yet."""
        answer = self.ask("admin@admin", "GET", url, version=version)
        if answer.status != 200 or not isinstance(answer.body, dict) or key not in answer.body:
            self.missing.append(f"GET {url}: {answer.status}")
            return []
        elements: list[dict[str, Any]] = answer.body[key]
        return elements

    def put_together(self, what: str, recorded: str, found: list[str]) -> None:
        """Bind a recorded id of the first contents to the only one of ours that has its name."""
        if len(found) != 1:
            self.missing.append(f"{what}: {len(found)} in our cloud")
            return
        problem = self.ids.bind(recorded, found[0])
        if problem:
            self.missing.append(f"{what}: {problem}")

    def bind_first_contents(self) -> None:
        """INITIAL.json's ids to ours, by name. (Its router is for the issue that adds routers.)"""
        first = initial()
        keystone, cinder = BASE["keystone"], BASE["cinder"]
        for kind in ("projects", "users", "roles", "services"):
            ours = self.listed(f"{keystone}/{kind}", kind)
            for name, known in first[kind].items():
                recorded = known if isinstance(known, str) else known["id"]
                self.put_together(f"{kind} {name}", recorded, [e["id"] for e in ours if e["name"] == name])
        self.bind_endpoints(first["endpoints"])
        self.bind_named("images", first["images"], self.listed(f"{BASE['glance']}/images", "images"))
        for kind in ("networks", "subnets"):
            self.bind_named(kind, first[kind], self.listed(f"{BASE['neutron']}/{kind}", kind))
        project = self.ids.translate(first["projects"]["admin"])
        types = self.listed(f"{cinder}/{project}/types", "volume_types")
        for name, recorded in first["volume_types"].items():
            self.put_together(f"volume type {name}", recorded, [e["id"] for e in types if e["name"] == name])
        providers = self.listed(
            f"{BASE['placement']}/resource_providers", "resource_providers", "placement 1.39"
        )
        self.put_together("provider", first["resource_providers"][0]["uuid"], [e["uuid"] for e in providers])

    def bind_endpoints(self, recorded: list[dict[str, Any]]) -> None:
        """Endpoints have no name: by service and interface."""
        ours = self.listed(f"{BASE['keystone']}/endpoints", "endpoints")
        for endpoint in recorded:
            key = (self.ids.translate(endpoint["service_id"]), endpoint["interface"])
            found = [e["id"] for e in ours if (e["service_id"], e["interface"]) == key]
            self.put_together(f"endpoint {endpoint['url']}", endpoint["id"], found)

    def bind_named(self, kind: str, recorded: list[dict[str, Any]], ours: list[dict[str, Any]]) -> None:
        """By name; by owner too where one name is used twice (the talk's private network beside demo's)."""
        for element in recorded:
            owner = self.ids.translate(element.get("tenant_id") or element["owner"])
            same = [e for e in ours if e["name"] == element["name"]]
            if len(same) > 1:
                same = [e for e in same if (e.get("tenant_id") or e.get("owner")) == owner]
            self.put_together(f"{kind} {element['name']}", element["id"], [e["id"] for e in same])

"""Shots that hypothesis draws: a row of a route table, filled with ids, filters, headers and a spoiled body."""

import json
from typing import Any
from urllib.parse import quote, quote_from_bytes

from hypothesis import strategies as st

from tests.attack.corpus import POOL_OF_SEGMENT, Route, routes, schemas_for, vocabulary
from tests.attack.target import Shot, Target
from tests.attack.words import LONG, from_schema, odd_text, spoiled

STRANGE_METHODS = (
    "HEAD",
    "OPTIONS",
    "PUT",
    "PATCH",
    "DELETE",
    "POST",
    "GET",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "FOO",
)
EXTRA_POOLS = {
    "keys": ["owner", "a", "key", "hw:cpu_policy", "a key"],
    "network_names": ["private", "shared", "mine"],
    "resource_classes": ["VCPU", "CUSTOM_A"],
    "traits": ["CUSTOM_A", "HW_CPU_X86_AVX"],
    "extensions": ["router", "quotas", "nothing"],
    "tokens": ["abc"],
    "any": ["00000000-0000-4000-8000-000000000000"],
}
MOUNTS = {
    "nova": ("/v2.1",) * 6 + ("/v2.1/{project}", "/v2", "/v2", "/v2/{project}", "/v2.1/{foreign}"),
    "cinder": ("/v3/{project}", "/v3") * 5 + ("/v3/{foreign}",),
    "glance": ("/v2",) * 9 + ("/v2.9", "/v1", "/v2.77"),
    "neutron": ("/v2.0",),
}
TYPES = {"nova": "compute", "cinder": "volume", "placement": "placement"}
TOP = {"nova": (2, 100), "cinder": (3, 71), "placement": (1, 39)}
FILTERS = tuple(
    """
    limit marker sort_key sort_dir sort fields name id status all_tenants project_id tenant_id deleted
    changes-since changes-before ip ip6 flavor image host reservation_id tags tags-any not-tags not-tags-any locked
    metadata with_count bootable availability_zone is_public minRam minDisk visibility owner size_min size_max
    created_at updated_at member_status os_hidden protected disk_format tag page_reverse device_id device_owner
    network_id fixed_ips security_group_id port_id router:external shared mac_address admin_state_up ip_version cidr
    resources required in_tree member_of limit_per group_policy same_subtree resources1 consumer_type user_id offset
    enabled domain_id parent_id is_domain effective include_names scope.project.id role.id user.id nocatalog
    allow_expired usage delete force cascade include_existing no_such_filter volume_id snapshot_id instance_id
    reverse group_id detail tenant_name type service_id interface region_id length cell ram
    """.split()  # noqa: SIM905
)
HEADER_NAMES = (
    "Accept",
    "Accept-Language",
    "Content-Type",
    "X-Auth-Token",
    "X-Subject-Token",
    "X-Service-Token",
    "If-Match",
    "If-None-Match",
    "Range",
    "Content-Range",
    "X-Project-Id",
    "X-Roles",
    "X-User-Id",
    "X-Identity-Status",
    "X-Openstack-Request-Id",
    "X-Forwarded-Host",
    "X-Forwarded-For",
    "X-HTTP-Method-Override",
    "Host",
    "Transfer-Encoding",
    "OpenStack-API-Version",
    "X-OpenStack-Nova-API-Version",
    "X-Image-Meta-Store",
    "OpenStack-System-Scope",
    "Cookie",
)
HEADER_VALUES = (
    "",
    " ",
    "*",
    "*/*",
    "text/html",
    "text/plain;q=0.5, application/json;q=zzz",
    "application/xml",
    "application/json; charset=utf-16",
    "application/json;charset=\xff",
    "application/octet-stream",
    "application/openstack-images-v2.1-json-patch",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "bytes=0-1",
    "bytes=5-1",
    "bytes=999-",
    "bytes -",
    "bytes 0-1/*",
    "-1",
    "99999999999999999999999",
    "0x10",
    "admin",
    "revision_number=1",
    "revision_number=99999999999999999999",
    "revision_number=x",
    "\xff\xfe",
    "gAAAAAB" + "a" * 60,
    "gAAAAA",
    "evil.example:80",
    "chunked",
    "DELETE",
    "compute 2.96",
    "compute latest, volume 3.59",
    "compute",
    "compute 2.1 2.2",
    "volume 3.99",
    "placement 1.39",
    "volume ",
    ",,,",
    "compute 2.١",
    "compute 2." + "9" * 5000,
    "volume 3." + "9" * 5000,
    "placement 1." + "9" * 5000,
    "volumes 3.1",
    "volume 3.70,volume 3.1",
    "2.96",
    "2." + "1" * 30,
    LONG * 30,
)


class Grammar:
    """Strategies for one seeded target."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.pools = {**EXTRA_POOLS, **target.own}
        self.everything = sorted({id_ for ids in target.own.values() for id_ in ids})
        self.routes = routes()
        with_body = [
            r for r in self.routes for bodies in r.bodies.values() for _ in range(2 + len(bodies) // 3)
        ]
        self.weighted = tuple(self.routes) + tuple(with_body)

    def sequences(self, users: tuple[str | None, ...], most: int = 6) -> st.SearchStrategy[list[Shot]]:
        """Orders of calls, each by one of the users."""
        return st.lists(self.shots(users), min_size=1, max_size=most)

    def shots(self, users: tuple[str | None, ...]) -> st.SearchStrategy[Shot]:
        @st.composite
        def one(draw: st.DrawFn) -> Shot:
            user = draw(st.sampled_from(users))
            route = draw(st.sampled_from(self.weighted))
            method = draw(st.sampled_from(route.methods + tuple(route.bodies)))
            if draw(st.integers(0, 19)) == 0:
                method = draw(st.sampled_from(STRANGE_METHODS))
            body, kind = self._body(draw, route, method)
            headers = [("Content-Type", kind)] if kind else []
            return Shot(
                user=user,
                method=method,
                service=route.service,
                path=self._path(draw, route, user),
                query=self._query(draw, route, method),
                headers=tuple(headers + self._headers(draw, route.service)),
                body=body,
                after=draw(st.sampled_from((0.0, 0.0, 0.1, 1.0, 30.0, 400.0))),
            )

        return one()

    def _path(self, draw: st.DrawFn, route: Route, user: str | None) -> str:
        path = route.template
        if path.startswith("@"):
            mount = draw(st.sampled_from(MOUNTS[route.service]))
            mount = mount.replace("{project}", self.target.projects["admin" if user == "admin" else "demo"])
            path = mount.replace("{foreign}", self.target.projects["alt_demo"]) + path[1:]
        pieces = path.split("/")
        for n, piece in enumerate(pieces):
            if piece.startswith("{"):
                pieces[n] = self._piece(draw, piece, pieces[n - 1])
        path = "/".join(pieces)
        if draw(st.integers(0, 30)) == 0:
            path += draw(
                st.sampled_from(("/", "//", "/x", "/%00", "/%ff", ".json", "/..", ";a=b", "%0d%0aX-A: b"))
            )
        return path

    def _piece(self, draw: st.DrawFn, piece: str, before: str) -> str:
        pool = POOL_OF_SEGMENT.get(before, before)
        if piece in ("{project_id}", "{project}"):
            pool = "projects"
        own = self.pools.get(pool) or self.everything
        choice = draw(st.integers(0, 19))
        if choice < 12:
            return quote(draw(st.sampled_from(own)), safe="")
        if choice < 15:
            return f"@last-{pool}" if pool in self.target.own else quote(draw(st.sampled_from(own)), safe="")
        if choice < 17:
            return quote(draw(st.sampled_from(self.target.foreign.get(pool) or self.target.secrets)), safe="")
        if choice < 18:
            return quote(draw(st.sampled_from(self.everything)), safe="")
        if choice < 19:
            return quote_from_bytes(draw(st.binary(min_size=1, max_size=5)), safe="")
        return quoted(draw(odd_text)) or "%20"

    def _query(self, draw: st.DrawFn, route: Route, method: str) -> str:
        if draw(st.integers(0, 9)) > (5 if method in ("GET", "HEAD") else 0):
            return ""
        if route.queries and draw(st.booleans()):
            pairs = [draw(st.sampled_from(route.queries))]
        else:
            pairs = []
        for _ in range(draw(st.integers(0, 3))):
            name = draw(st.sampled_from(FILTERS) | odd_text.map(quoted))
            pairs.append(f"{name}={self._value(draw)}")
        if draw(st.integers(0, 15)) == 0:
            pairs.append(
                draw(st.sampled_from(("&&", "=", "%", "%zz=%ff", "a", ";", "\xff=\xe9", "limit=1&limit=2")))
            )
        return "&".join(pairs)

    def _value(self, draw: st.DrawFn) -> str:
        choice = draw(st.integers(0, 9))
        if choice < 2:
            return quoted(draw(st.sampled_from(self.everything)))
        if choice < 3:
            return quoted(draw(st.sampled_from(self.target.secrets)))
        if choice < 5:
            words = "name:asc created_at desc asc,desc in:a,b gt:1 like:% neq:x {} {'a':'b'} True 1 2 VCPU:1"
            return quoted(draw(st.sampled_from(words.split(" "))))
        return quoted(draw(odd_text))

    def _headers(self, draw: st.DrawFn, service: str) -> list[tuple[str, str]]:
        found = []
        if service in TYPES and draw(st.integers(0, 9)) < 6:
            major, minor = TOP[service]
            wanted = f"{major}.{draw(st.integers(0, minor))}"
            found.append(("OpenStack-API-Version", f"{TYPES[service]} {wanted}"))
        if draw(st.integers(0, 9)) < 2:
            name = draw(st.sampled_from(HEADER_NAMES))
            found = [pair for pair in found if pair[0] != name]
            found.append((name, draw(st.sampled_from(HEADER_VALUES))))
        return found

    def _body(self, draw: st.DrawFn, route: Route, method: str) -> tuple[bytes, str]:
        if method not in ("POST", "PUT", "PATCH") and draw(st.integers(0, 19)) != 0:
            return b"", ""
        recorded = route.bodies.get(method) or [b for bodies in route.bodies.values() for b in bodies]
        choice = draw(st.integers(0, 19))
        if choice == 0:
            return draw(st.sampled_from(NO_JSON)), "application/json"
        if choice < 4 or not recorded:
            tops = tuple(key for body, _ in recorded for key in body if isinstance(body, dict))
            fit = schemas_for(route.service, tops)
            value, kind = (draw(from_schema(draw(st.sampled_from(fit)))) if fit else {}), "application/json"
        else:
            body, kind = draw(st.sampled_from(recorded))
            value = draw(spoiled(body, vocabulary(route.service)))
        text = value if kind == "application/octet-stream" else json.dumps(self._filled(draw, value))
        if not isinstance(text, str):
            text = json.dumps(text)
        if draw(st.integers(0, 40)) == 0:
            text = text.replace(":", ": 1, " + text[1:-1].split(":")[0] + ":", 1)  # a key said twice
        return text.encode("utf-8", "replace"), kind or "application/json"

    def _filled(self, draw: st.DrawFn, value: Any) -> Any:
        """The body with ids for its placeholders."""
        if isinstance(value, dict):
            return {str(self._filled(draw, k)): self._filled(draw, v) for k, v in value.items()}
        if isinstance(value, list):
            return [self._filled(draw, v) for v in value]
        if not isinstance(value, str) or not value.startswith("@"):
            return value
        pool = value[1:].removeprefix("foreign-")
        if value.startswith("@foreign-"):
            return draw(st.sampled_from(self.target.foreign.get(pool) or self.target.secrets))
        if draw(st.integers(0, 9)) == 0:
            return f"@last-{pool}"
        return draw(st.sampled_from(self.pools.get(pool) or self.everything))


NO_JSON = (
    b"",
    b"{",
    b"null",
    b"[]",
    b"{}",
    b'""',
    b"1",
    b"NaN",
    b"-Infinity",
    b"\xff\xfe{}",
    b"\xef\xbb\xbf{}",
    b'{"server": NaN}',
    b'{"volume": {"size": Infinity}}',
    b'{"a": "\\ud800"}',
    b'{"server": {"name": "\\udfff"}}',
    b"[" * 5000,
    b'{"a":' * 5000,
    b'{"server": 1' + b"0" * 5000 + b"}",
    b"a=b&c=d",
    b"<xml/>",
    b"x" * 120_000,
    b'{"name": "' + b"x" * 114_000 + b'"}',
    '{"server": "é"}'.encode("latin-1"),
    '{"a": 1}'.encode("utf-16"),
    b"\x00",
)


def quoted(text: str) -> str:
    """Percent-encoded, half surrogate pairs too."""
    return quote_from_bytes(text[:400].encode("utf-8", "surrogatepass"), safe="")

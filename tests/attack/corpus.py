"""What may be asked: the services' own route tables, and the bodies that were recorded for each row.

Ids in recorded bodies become placeholders (`@servers`), which a shot fills with ids that exist here.
"""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cloudlab.sim import rooms
from cloudlab.sim.cloud import DEFAULT_PORTS
from tests.attack.more_bodies import MORE

STORIES = Path(__file__).parent.parent / "gold" / "stories"
SERVICES = {port: name for name, port in DEFAULT_PORTS.items()}
MOUNTED = re.compile(r"^(/v2\.1|/v3|/v2\.0|/v2)(/[0-9a-f]{32})?(?=/|$)")
UNMOUNTED = ("keystone", "placement")
IDS = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}")
POOL_OF_KEY = {
    "imageRef": "images",
    "image_ref": "images",
    "flavorRef": "flavors",
    "port": "ports",
    "port_id": "ports",
    "volume_id": "volumes",
    "volumeId": "volumes",
    "source_volid": "volumes",
    "snapshot_id": "snapshots",
    "network_id": "networks",
    "floating_network_id": "networks",
    "net_id": "networks",
    "subnet_id": "subnets",
    "router_id": "routers",
    "device_id": "servers",
    "security_group_id": "security-groups",
    "remote_group_id": "security-groups",
    "instance_uuid": "servers",
    "server_uuid": "servers",
    "project_id": "projects",
    "tenant_id": "projects",
    "tenantId": "projects",
    "default_project_id": "projects",
    "user_id": "users",
    "role_id": "roles",
    "service_id": "services",
    "region_id": "regions",
    "key_name": "os-keypairs",
    "attachment_id": "attachments",
    "in_use_by": "servers",
}
UUID_POOLS = {"networks": "networks", "block_device_mapping_v2": "volumes"}  # by the list that holds `uuid`
POOL_OF_SEGMENT = {
    "os-volume_attachments": "volumes",
    "os-interface": "ports",
    "os-instance-actions": "requests",
    "os-volumes": "volumes",
    "os-snapshots": "snapshots",
    "os-networks": "networks",
    "os-tenant-networks": "networks",
    "os-floating-ips": "floatingips",
    "os-security-groups": "security-groups",
    "os-security-group-rules": "security-group-rules",
    "os-simple-tenant-usage": "projects",
    "os-quota-sets": "projects",
    "quotas": "projects",
    "tenants": "projects",
    "allocations": "servers",
    "resource_classes": "resource_classes",
    "traits": "traits",
    "ips": "network_names",
    "metadata": "keys",
    "tags": "keys",
    "extra_specs": "keys",
    "os-extra_specs": "keys",
}


@dataclass
class Route:
    """One row of a table: a template of a path, its methods, and for each the bodies that were recorded."""

    service: str
    template: str
    methods: tuple[str, ...]
    bodies: dict[str, list[tuple[Any, str]]] = field(default_factory=dict)
    queries: list[str] = field(default_factory=list)

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile("^" + re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(self.template.rstrip("/"))) + "/?$")


@cache
def routes() -> tuple[Route, ...]:
    """Every row of every service, with what was recorded for it."""
    found = []
    for name, service in rooms.services().items():
        rows = [(path, cls, True) for path, cls in service.root_routes]
        rows += [(path, cls, False) for path, cls in service.routes]
        for path, cls, whole in rows:
            methods = tuple(
                m for m in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") if hasattr(cls, m.lower())
            )
            found.append(Route(name, path if whole else "@" + path, methods))
    _fill(found)
    _add_more(found)
    return tuple(found)


def _add_more(found: list[Route]) -> None:
    """The hand-made bodies; image data and patches have content types of their own."""
    for route in found:
        for method, bodies in MORE[route.service].get(route.template, {}).items():
            kept = route.bodies.setdefault(method, [])
            kept += [(body, _kind(route, method, body)) for body in bodies]


def _kind(route: Route, method: str, body: Any) -> str:
    if route.service == "glance" and method == "PATCH":
        return "application/openstack-images-v2.1-json-patch"
    return "application/octet-stream" if body == "bytes" else "application/json"


def _fill(found: list[Route]) -> None:
    by_service: dict[str, list[tuple[re.Pattern[str], Route]]] = {}
    for route in found:
        by_service.setdefault(route.service, []).append((route.pattern, route))
    for step in _steps():
        place = urlsplit(step["url"])
        service = SERVICES.get(place.port or 0, "")
        route = _matching(by_service.get(service, []), service, place.path)
        if route is None:
            continue
        if place.query and place.query not in route.queries:
            route.queries.append(place.query)
        _keep_body(route, step)


def _steps() -> list[dict[str, Any]]:
    files = [path for path in sorted(STORIES.glob("*.json")) if path.stem not in ("EAST_WEST", "INITIAL")]
    return [step for path in files for step in json.loads(path.read_text())["steps"] if "method" in step]


def _matching(rows: list[tuple[re.Pattern[str], Route]], service: str, path: str) -> Route | None:
    plain = path if service in UNMOUNTED else MOUNTED.sub("@", path)
    exact = [route for pattern, route in rows if pattern.match(plain)]
    return min(exact, key=lambda route: route.template.count("{"), default=None)


def _keep_body(route: Route, step: dict[str, Any]) -> None:
    raw, kind = step.get("body"), step["headers"].get("content-type", "")
    if not raw:
        return
    try:
        body = with_placeholders(json.loads(raw))
    except ValueError:
        return
    kept = route.bodies.setdefault(step["method"], [])
    if (body, kind) not in kept:
        kept.append((body, kind))


def with_placeholders(value: Any, key: str = "", holder: str = "") -> Any:
    """The body with `@pool` where an id stood."""
    if isinstance(value, dict):
        return {k: with_placeholders(v, k, key or holder) for k, v in value.items()}
    if isinstance(value, list):
        return [with_placeholders(v, "", key or holder) for v in value]
    if not isinstance(value, str):
        return value
    if key == "uuid":
        return "@" + UUID_POOLS.get(holder, "volumes")
    if key in POOL_OF_KEY:
        return "@" + POOL_OF_KEY[key]
    return "@any" if IDS.fullmatch(value) else value


@cache
def vocabulary(service: str) -> tuple[str, ...]:
    """Every key of every recorded body and every schema of the service."""
    words: set[str] = set()
    for route in routes():
        if route.service == service:
            for bodies in route.bodies.values():
                for body, _ in bodies:
                    words |= set(_keys(body))
    for schema in schemas(service):
        words |= set(_names(schema))
    return tuple(sorted(words | {"", "__class__", "$ref"}))


def _keys(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(k for v in value.values() for k in _keys(v))]
    return [k for v in value for k in _keys(v)] if isinstance(value, list) else []


def _names(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        own = list(schema["properties"]) if isinstance(schema.get("properties"), dict) else []
        return own + [n for v in schema.values() for n in _names(v)]
    return [n for v in schema for n in _names(v)] if isinstance(schema, list | tuple) else []


@cache
def schemas(service: str) -> tuple[dict[str, Any], ...]:
    """Every request schema of the service: the module constants that describe an object."""
    import importlib
    import pkgutil

    package = importlib.import_module(f"cloudlab.sim.{service}")
    found: list[dict[str, Any]] = []
    for module in pkgutil.iter_modules(package.__path__):
        if "schemas" not in module.name:
            continue
        values = vars(importlib.import_module(f"cloudlab.sim.{service}.{module.name}")).values()
        for value in values:
            for one in value if isinstance(value, tuple | list) else [value]:
                if isinstance(one, dict) and "object" in str(one.get("type")) and one.get("properties"):
                    found.append(one)
    return tuple(found)


@cache
def schemas_for(service: str, tops: tuple[str, ...]) -> tuple[dict[str, Any], ...]:
    """Schemas of bodies that begin with one of those keys; all of them when none is known."""
    fit = tuple(s for s in schemas(service) if set(tops) & set(s["properties"]))
    return fit or schemas(service)

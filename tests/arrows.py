"""Arrows made by hand, for the tests and the benchmark of the sequence diagram."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from cloudlab.client.exchange import Exchange, Headers, Request, Response
from cloudlab.client.inside import Arrow

BEGAN = datetime(2017, 9, 1, 9, 0, tzinfo=UTC)
SERVER = "dc2d751d-2339-4953-8844-1cf8e899bd17"
PROJECT = "c584def0292c47048f5166450cf6e89f"
PORT = "12f274ac-1562-48fa-ace4-d2213bbf3e30"
COMPUTE, NETWORK = "nova-compute", "neutron-api"

# What creating a server causes: (seconds, kind, sender, receiver, name, status).
CREATION: list[tuple[float, str, str, str, str, int | None]] = [
    (0.0, "http", "client", "nova-api", "POST /v2.1/servers", 202),
    (0.0, "http", "nova-api", "keystone", "POST /v3/auth/tokens", 201),
    (0.0, "http", "nova-api", "keystone", "GET /v3/auth/tokens", 200),
    (0.0, "http", "nova-api", "glance", "GET /v2/images/5e9cecc5-ae7a-4f7e-b488-ed22daa0e2ab", 200),
    (0.0, "http", "glance", "keystone", "GET /v3/auth/tokens", 200),
    (0.0, "http", "nova-api", "glance", "GET /v2/schemas/image", 200),
    (0.0, "http", "nova-api", NETWORK, f"GET /v2.0/networks?tenant_id={PROJECT}&shared=False", 200),
    (0.0, "http", NETWORK, "keystone", "GET /v3/auth/tokens", 200),
    (0.0, "http", "nova-api", NETWORK, "GET /v2.0/networks?shared=True", 200),
    (0.0, "http", "nova-api", NETWORK, f"GET /v2.0/quotas/{PROJECT}", 200),
    (0.0, "http", "nova-api", NETWORK, f"GET /v2.0/ports?tenant_id={PROJECT}&fields=id", 200),
    (0.0, "cast", "nova-api", "nova-conductor", "schedule_and_build_instances", None),
    (0.4, "call", "nova-conductor", "nova-scheduler", "select_destinations", None),
    (
        0.4,
        "http",
        "nova-scheduler",
        "placement",
        "GET /allocation_candidates?limit=1000&resources=DISK_GB%3A1%2CMEMORY_MB%3A512%2CVCPU%3A1",
        200,
    ),
    (0.4, "http", "placement", "keystone", "GET /v3/auth/tokens", 200),
    (0.4, "http", "nova-scheduler", "placement", f"GET /allocations/{SERVER}", 200),
    (0.4, "http", "nova-scheduler", "placement", f"PUT /allocations/{SERVER}", 204),
    (0.4, "cast", "nova-conductor", COMPUTE, "build_and_run_instance", None),
    (0.9, "http", COMPUTE, "placement", f"GET /allocations/{SERVER}", 200),
    (1.7, "http", COMPUTE, NETWORK, "POST /v2.0/ports", 201),
    (1.7, "http", COMPUTE, NETWORK, f"PUT /v2.0/ports/{PORT}", 200),
    (1.7, "http", NETWORK, "keystone", "GET /v3/auth/tokens", 200),
    (1.7, "http", NETWORK, "nova-api", "POST /v2.1/os-server-external-events", 200),
    (1.7, "http", "nova-api", "keystone", "GET /v3/auth/tokens", 200),
    (1.7, "cast", "nova-api", COMPUTE, "external_instance_event", None),
    (3.0, "http", COMPUTE, NETWORK, f"GET /v2.0/ports?tenant_id={PROJECT}&device_id={SERVER}", 200),
    (3.0, "http", COMPUTE, NETWORK, "GET /v2.0/networks?id=f1656112-0261-455f-9f9c-eda98a7aeb50", 200),
    (3.0, "fanout", "nova-scheduler", "*", "update_instance_info", None),
    (3.0, "http", COMPUTE, NETWORK, "GET /v2.0/floatingips?fixed_ip_address=10.0.0.2", 200),
]


def arrow(number: int = 0, kind: str = "http", name: str = "", at: float = 0.0, **more: Any) -> Arrow:
    """An HTTP exchange from you to nova-api, unless said otherwise."""
    fields: dict[str, Any] = {
        "sender": "client",
        "receiver": "nova-api",
        "name": name or "GET /v2.1/servers",
        "request_id": f"req-{number:08x}-0000-4000-8000-000000000000",
        "seconds": 0.05 if kind == "http" else 0.0,
        **({"status": 200} if kind == "http" else {}),
    }
    return Arrow(number, kind, BEGAN + timedelta(seconds=at), **{**fields, **more})


def exchange(name: str, status: int = 200, size: int = 1000) -> Exchange:
    """An exchange with two JSON bodies of about `size` bytes."""
    method, _, path = name.partition(" ")
    body = {"things": [{"id": PORT, "name": f"thing {n}", "status": "ACTIVE"} for n in range(size // 85)]}
    content = json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "X-Openstack-Request-Id": f"req-{PORT}"}
    asked = {**headers, "X-Auth-Token": "‹token 1›", "User-Agent": "python-requests/2.32", "Accept": "*/*"}
    return Exchange(
        Request(method, f"http://127.0.0.1:8774{path}", Headers(asked), content),
        Response(status, "OK", Headers({**headers, "Content-Length": str(len(content))}), content),
    )


def creation(count: int = len(CREATION), with_exchanges: bool = True) -> list[Arrow]:
    """So many arrows: those of CREATION, over and over."""
    return [_of_creation(number, with_exchanges) for number in range(count)]


def _of_creation(number: int, with_exchange: bool) -> Arrow:
    seconds, kind, sender, receiver, name, status = CREATION[number % len(CREATION)]
    return arrow(
        number,
        kind,
        name,
        seconds + 3 * (number // len(CREATION)),
        sender=sender,
        receiver=receiver,
        status=status,
        about="" if kind == "http" else f"server {SERVER}",
        user_agent="curl/8.5.0" if sender == "client" else "",
        parent=f"req-{0:08x}-0000-4000-8000-000000000000" if number else "",
        exchange=exchange(name, status or 200) if with_exchange and kind == "http" else None,
    )


def strange() -> list[Arrow]:
    """What else can happen: failed, lost, to everybody, to oneself, an unknown process; all twelve lifelines."""
    rows: list[tuple[str, str, str, str, dict[str, Any]]] = [
        ("http", "client", "cinder-api", f"POST /v3/{PROJECT}/volumes", {"status": 202}),
        ("http", "cinder-api", "keystone", "GET /v3/auth/tokens", {"status": 401}),
        ("http", "cinder-api", "cinder-api", "PUT /v3/self", {"status": 204}),
        ("http", "keystone", "keystone", "PUT /v3/self", {"status": 500}),
        ("cast", "cinder-api", "cinder-scheduler", "create_volume", {"lost": True}),
        ("cast", "cinder-scheduler", "cinder-volume", "create_volume", {"about": "volume v1"}),
        ("fanout", "cinder-volume", "", "publish_capabilities", {"lost": True}),
        ("fanout", "nova-scheduler", "*", "update_instance_info", {}),
        ("call", "nova-compute", "nova-conductor", "object_action", {}),
        ("http", "nova-compute", "neutron-api", f"DELETE /v2.0/ports/{PORT}", {"status": 409}),
        ("http", "nova-api", "glance", "GET /v2/images", {"status": 200}),
        ("http", "nova-scheduler", "placement", "GET /resource_providers", {"status": 200}),
        ("http", "nova-api", "heat-engine", "GET /", {"status": 300}),
    ]
    return [
        arrow(number, kind, name, number / 10, sender=sender, receiver=receiver, **more)
        for number, (kind, sender, receiver, name, more) in enumerate(rows)
    ]

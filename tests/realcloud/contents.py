"""What the cloud holds at first, made by ordinary calls: what tests/gold/stories/INITIAL.json lists, by name.

Each is made only where it isn't there yet, so that an interrupted start can be repeated.
"""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from typing import Any

from tests.asking import login_body
from tests.gold.story import initial

from .packages import program
from .settings import API_PORTS, BACKEND, CLOUDS, KEYSTONE, LOCALHOST, PASSWORD, REGION, Home

BASE = {name: f"http://{LOCALHOST}:{port}" for name, port in API_PORTS.items()}
IDENTITY = f"{KEYSTONE}v3"
NETWORK = f"{BASE['neutron']}/v2.0"
COMPUTE = f"{BASE['nova']}/v2.1"
# what a network's or subnet's maker says of it; all else was the service's answer
NETWORK_FIELDS = ("name", "router:external", "provider:network_type", "provider:physical_network")
SUBNET_FIELDS = ("name", "cidr", "ip_version", "gateway_ip", "enable_dhcp")
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy


class Administrator:
    """Calls as the cloud's first administrator."""

    def __init__(self) -> None:
        request = json_request("POST", f"{IDENTITY}/auth/tokens", login_body("admin", "admin", PASSWORD))
        with OPENER.open(request, timeout=60) as answer:
            self.token: str = answer.headers["X-Subject-Token"]

    def call(self, method: str, url: str, body: Any = None) -> Any:
        """The answer's body."""
        return self.send(json_request(method, url, body))

    def send(self, request: urllib.request.Request) -> Any:
        """A request that has to go well."""
        request.add_header("X-Auth-Token", self.token)
        try:
            with OPENER.open(request, timeout=60) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")[:500]
            raise RuntimeError(f"{request.method} {request.full_url}: {error.code} {said}") from None

    def listed(self, url: str, kind: str) -> dict[str, Any]:
        """What there is of a kind, by name."""
        return {element["name"]: element for element in self.call("GET", url)[f"{kind}s"]}

    def ensure(self, url: str, kind: str, body: dict[str, Any]) -> Any:
        """The one of that name; made if it isn't there."""
        there = self.listed(url, kind).get(body["name"])
        return there or self.call("POST", url.partition("?")[0], {kind: body})[kind]


def json_request(method: str, url: str, body: Any = None) -> urllib.request.Request:
    """A request, not sent yet."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    return urllib.request.Request(url, data=data, headers=headers, method=method)


def answers(service: str) -> bool:
    """Whether a service gives its list of versions."""
    try:
        with OPENER.open(f"{BASE[service]}/", timeout=20):
            return True
    except urllib.error.HTTPError as error:
        return error.code == 300  # what some say to "which version?"
    except OSError:
        return False


def volumes(admin: Administrator) -> str:
    """Where cinder answers an administrator."""
    projects = admin.listed(f"{IDENTITY}/projects", "project")
    return f"{BASE['cinder']}/v3/{projects['admin']['id']}"


def host_services(admin: Administrator) -> dict[str, str]:
    """Where nova and cinder list their processes behind the API, and since when each was heard of."""
    return {"nova": f"{COMPUTE}/os-services", "cinder": f"{volumes(admin)}/os-services"}


def has_back_end(admin: Administrator) -> bool:
    """Whether cinder's scheduler has been told of its back end: before, it finds no place for any volume."""
    return bool(admin.call("GET", f"{volumes(admin)}/scheduler-stats/get_pools")["pools"])


def all_up(admin: Administrator, url: str) -> bool:
    """Whether all of a service's processes, two at least, have said that they are up."""
    states = [service["state"] for service in admin.call("GET", url)["services"]]
    return len(states) >= 2 and set(states) == {"up"}


def people() -> None:
    """Projects, users, roles, who has which, and the catalogue: all that the other services need to start."""
    admin, first = Administrator(), initial()
    projects = {
        name: admin.ensure(f"{IDENTITY}/projects", "project", {"name": name, "domain_id": "default"})["id"]
        for name in first["projects"]
    }
    roles = {name: admin.ensure(f"{IDENTITY}/roles", "role", {"name": name})["id"] for name in first["roles"]}
    users = {
        name: admin.ensure(
            f"{IDENTITY}/users", "user", {"name": name, "domain_id": "default", "password": PASSWORD}
        )["id"]
        for name in first["users"]
    }
    for user, role, project in first["role_assignments"]:
        if project in projects:  # the one for the whole system came with keystone itself
            path = f"projects/{projects[project]}/users/{users[user]}/roles/{roles[role]}"
            admin.call("PUT", f"{IDENTITY}/{path}")
    catalogue(admin, first)


def catalogue(admin: Administrator, first: dict[str, Any]) -> None:
    """Services and their public addresses. (Keystone's own came with it.)"""
    known = {endpoint["service_id"] for endpoint in admin.call("GET", f"{IDENTITY}/endpoints")["endpoints"]}
    for name, recorded in first["services"].items():
        service = admin.ensure(f"{IDENTITY}/services", "service", {"name": name, "type": recorded["type"]})
        if service["id"] in known:
            continue
        url = next(e["url"] for e in first["endpoints"] if e["service_id"] == recorded["id"])
        endpoint = {"service_id": service["id"], "interface": "public", "region_id": REGION, "url": url}
        admin.call("POST", f"{IDENTITY}/endpoints", {"endpoint": endpoint})


def things(home: Home) -> None:
    """Flavors, the image, networks and the volume type."""
    admin, first = Administrator(), initial()
    image(admin, first["images"][0], home)
    have = {flavor["id"] for flavor in admin.call("GET", f"{COMPUTE}/flavors?is_public=none")["flavors"]}
    for number, flavor in first["flavors"].items():
        if number not in have:
            body = {"id": number, **{key: flavor[key] for key in ("name", "ram", "disk", "vcpus")}}
            admin.call("POST", f"{COMPUTE}/flavors", {"flavor": body})
    projects = {
        project["name"]: project["id"] for project in admin.listed(f"{IDENTITY}/projects", "project").values()
    }
    networks(admin, first, projects)
    volume_type = {"name": BACKEND, "extra_specs": {"volume_backend_name": BACKEND}}
    admin.ensure(f"{volumes(admin)}/types", "volume_type", volume_type)


def image(admin: Administrator, recorded: dict[str, Any], home: Home) -> None:
    """A disk of the recorded name that holds nothing: nobody will start it."""
    url = f"{BASE['glance']}/v2/images"
    if recorded["name"] in admin.listed(url, "image"):
        return
    disk = home.state / "image.qcow2"
    subprocess.run([program("qemu-img"), "create", "-q", "-f", "qcow2", str(disk), "112M"], check=True)
    about = {key: recorded[key] for key in ("name", "disk_format", "container_format", "visibility")}
    made = admin.call("POST", url, about)
    headers = {"Content-Type": "application/octet-stream"}
    admin.send(
        urllib.request.Request(
            f"{url}/{made['id']}/file", data=disk.read_bytes(), headers=headers, method="PUT"
        )
    )


def networks(admin: Administrator, first: dict[str, Any], projects: dict[str, str]) -> None:
    """The public and the private network, in the order in which they were made, and the router between them."""
    owners = {recorded: projects[name] for name, recorded in first["projects"].items()}
    made: dict[str, Any] = {}
    for network in sorted(first["networks"], key=lambda network: network["created_at"]):
        fields = NETWORK_FIELDS if network["router:external"] else ("name",)
        body = {**{name: network[name] for name in fields}, "project_id": owners[network["project_id"]]}
        made[network["id"]] = admin.ensure(f"{NETWORK}/networks", "network", body)["id"]
        subnet = next(subnet for subnet in first["subnets"] if subnet["network_id"] == network["id"])
        body = {
            **{name: subnet[name] for name in SUBNET_FIELDS},
            "network_id": made[network["id"]],
            "project_id": owners[subnet["project_id"]],
        }
        made[subnet["id"]] = admin.ensure(f"{NETWORK}/subnets", "subnet", body)["id"]
    recorded = first["routers"][0]
    if recorded["name"] in admin.listed(f"{NETWORK}/routers", "router"):
        return
    gateway = {"network_id": made[recorded["external_gateway_info"]["network_id"]]}
    body = {
        "name": recorded["name"],
        "project_id": owners[recorded["project_id"]],
        "external_gateway_info": gateway,
    }
    router = admin.call("POST", f"{NETWORK}/routers", {"router": body})["router"]["id"]
    inside = next(made[s["id"]] for s in first["subnets"] if not s["router:external"])
    admin.call("PUT", f"{NETWORK}/routers/{router}/add_router_interface", {"subnet_id": inside})


def clouds_yaml() -> str:
    """How OpenStack's own clients, and a lesson's `OS_CLOUD`, find it."""
    lines = ["clouds:"]
    for name, (user, project) in CLOUDS.items():
        lines += [
            f"  {name}:",
            "    auth:",
            f"      auth_url: {IDENTITY}",
            f"      username: {user}",
            f"      password: {PASSWORD}",
            f"      project_name: {project}",
            "      user_domain_id: default",
            "      project_domain_id: default",
            f"    region_name: {REGION}",
            '    identity_api_version: "3"',
        ]
    return "\n".join(lines) + "\n"

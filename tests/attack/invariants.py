"""What holds in the cloud at every moment, whatever was done to it. Read from its tables, and through its API."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.attack.judge import Wrong
from tests.attack.target import Target

STABLE = {
    "active",
    "stopped",
    "paused",
    "suspended",
    "rescued",
    "resized",
    "shelved",
    "shelved_offloaded",
    "error",
}
PASSING = {"creating", "deleting", "attaching", "detaching", "extending", "downloading", "uploading"}
HOSTLESS = {"shelved_offloaded"}
Row = dict[str, Any]


class Look:
    """The tables as they are now."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.servers = self.rows("nova_server")
        self.living = {
            row["id"]: row for row in self.servers if not row["deleted"] and row["vm_state"] != "deleted"
        }
        self.devices = self.rows("nova_block_device")
        self.volumes = {row["id"]: row for row in self.rows("cinder_volume")}
        self.attachments = self.rows("cinder_attachment")
        self.ports = {row["id"]: row for row in self.rows("neutron_port")}
        self.ips = self.rows("neutron_ip_allocation")
        self.allocations = self.rows("placement_allocation")
        self.tasks = self.rows("task")

    def rows(self, table: str) -> list[Row]:
        cursor = self.target.live.execute(f'SELECT * FROM "{table}"')
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def check(target: Target) -> None:
    """Every invariant that the tables show. Raises Wrong with the first that is broken."""
    look = Look(target)
    for rule in (volumes_once, both_know, ports_have_owners, room_is_exact, states_are_known, addresses_once):
        for problem in rule(look):
            raise Wrong(f"{rule.__name__}: {problem}")


def volumes_once(look: Look) -> Iterator[str]:
    """No volume that isn't multiattach is in two hands, and no device name is given twice."""
    there = {row["id"] for row in look.attachments}  # nova forgets a moment after cinder has let go
    devices = [
        row for row in look.devices if row["server_id"] in look.living and row["attachment_id"] in there
    ]
    held = Counter(row["volume_id"] for row in devices)
    attached = Counter(row["volume_id"] for row in look.attachments)
    for id_, volume in look.volumes.items():
        if not volume["multiattach"] and (held[id_] > 1 or attached[id_] > 1):
            yield f"a volume is held {held[id_]} times by nova, {attached[id_]} times by cinder"
    names = Counter((row["server_id"], row["device"]) for row in look.devices)
    if names and max(names.values()) > 1:
        yield f"two volumes under one device name: {names.most_common(1)}"


def both_know(look: Look) -> Iterator[str]:
    """in-use: one attachment, attached, of a living server that holds the volume by just that attachment."""
    by_volume: dict[str, list[Row]] = {}
    for row in look.attachments:
        by_volume.setdefault(row["volume_id"], []).append(row)
        if row["volume_id"] not in look.volumes:
            yield "an attachment of a volume that is gone"
    held = {row["attachment_id"]: row for row in look.devices if row["attachment_id"]}
    for id_, volume in look.volumes.items():
        own = [row for row in by_volume.get(id_, []) if row["status"] == "attached"]
        if volume["status"] in ("in-use", "detaching") and len(own) != 1:
            yield f"a volume is {volume['status']} with {len(own)} attachments"
        if volume["status"] == "available" and by_volume.get(id_):
            yield "a volume is available and has an attachment"
        if own and volume["attach_status"] != "attached":
            yield f"an attached volume says {volume['attach_status']}"
    for row in look.attachments:
        device, server = held.get(row["id"]), look.living.get(row["instance_uuid"] or "")
        if row["status"] == "attached" and row["instance_uuid"] and server is None:
            yield "a volume is attached to a server that is gone"
        if device and device["server_id"] != row["instance_uuid"]:
            yield "nova and cinder name different servers for an attachment"
        if row["status"] == "attached" and server and not device:
            yield "cinder says attached and nova knows nothing"
    for device in look.devices:
        held_now = device["attachment_id"] and device["server_id"] in look.living
        if held_now and device["volume_id"] not in look.volumes:
            yield "a living server holds a volume that is gone"


def ports_have_owners(look: Look) -> Iterator[str]:
    """A port that says compute belongs to a living server of its project; floating and router ports likewise."""
    gateways = {row["id"]: row for row in look.rows("neutron_router")}
    floating = {row["floating_port_id"]: row for row in look.rows("neutron_floatingip")}
    for port in look.ports.values():
        owner, device = port["device_owner"] or "", port["device_id"] or ""
        if owner.startswith("compute:") and device not in look.living:
            yield "a port of a server that is gone"
        if owner.startswith("network:router") and device not in gateways:
            yield "a port of a router that is gone"
        if owner == "network:floatingip" and port["id"] not in floating:
            yield "a port of a floating IP that is gone"
    for server in look.living.values():
        for held in json.loads(server["ports"]):
            port = look.ports.get(held["id"])
            if port is not None and port["device_id"] not in (server["id"], ""):
                yield "a server holds a port that is another's"
    for fip in floating.values():
        if fip["port_id"] and fip["port_id"] not in look.ports:
            yield "a floating IP on a port that is gone"
        if fip["floating_port_id"] not in look.ports:
            yield "a floating IP without its own port"


def resources(flavor: Row, local_root: bool) -> Row:
    disk = (flavor["disk"] if local_root else 0) + flavor["ephemeral"] + -(-flavor["swap"] // 1024)
    wanted = {"DISK_GB": disk, "MEMORY_MB": flavor["ram"], "VCPU": flavor["vcpus"]}
    return {name: amount for name, amount in wanted.items() if amount}


def room_is_exact(look: Look) -> Iterator[str]:
    """Placement holds what the servers on the host have by their flavors, and nothing for anybody else."""
    held: dict[str, Row] = {}
    for row in look.allocations:
        held.setdefault(row["consumer_uuid"], {})[row["resource_class"]] = row["used"]
    moved = migrations(look)
    for consumer in [*held, *(row["uuid"] for row in look.rows("placement_consumer"))]:
        if consumer not in look.living and consumer not in moved:
            yield "placement holds room for a server that is gone"
    busy = {json.loads(row["arguments"]).get("server_id") for row in look.tasks}
    for id_, server in look.living.items():
        if server["vm_state"] in HOSTLESS and id_ in busy:
            continue  # it says so a moment before its room is free
        flavor, moving = json.loads(server["flavor"]), server["task_state"] or ""
        if moving.startswith(("resize", "shelving", "spawning")) or server["vm_state"] == "building":
            continue  # between two claims
        local = bool(server["image_id"])
        wanted = resources(flavor, local) if server["host"] and server["vm_state"] not in HOSTLESS else {}
        if held.get(id_, {}) != wanted:
            yield f"a server that is {server['vm_state']} has {held.get(id_)} and not {wanted}"
    for migration, old in moved.items():
        if old and held.get(migration, {}) != old:
            yield f"a resize keeps {held.get(migration)} and not {old}"


def migrations(look: Look) -> dict[str, Row]:
    """Who holds the old flavor's room while a resize may be reverted: the server's last migration (seen on 2025.2)."""
    latest = {row["server_id"]: row["id"] for row in look.rows("nova_migration")}
    held = {}
    for id_, server in look.living.items():
        if id_ not in latest or not (server["vm_state"] == "resized" or _resizing(server)):
            continue
        settled = server["vm_state"] == "resized" and server["task_state"] is None
        old = json.loads(server["old_flavor"])["flavor"] if settled else None
        held[latest[id_]] = resources(old, bool(server["image_id"])) if old else {}
    return held


def _resizing(server: Row) -> bool:
    return str(server["task_state"]).startswith("resize")


def states_are_known(look: Look) -> Iterator[str]:
    """A server without a task is in a state that stays; one with a task has somebody who works on it."""
    busy = {json.loads(row["arguments"]).get("server_id") for row in look.tasks}
    for id_, server in look.living.items():
        vm, task = server["vm_state"], server["task_state"]
        if task is None and vm not in STABLE and id_ not in busy:
            yield f"a server is {vm} for ever"
        if task is not None and id_ not in busy:
            yield f"a server is {task} for ever"
    waiting = {json.loads(row["arguments"]).get("volume_id") for row in look.tasks}
    for id_, volume in look.volumes.items():
        if volume["status"] in ("creating", "deleting", "extending") and id_ not in waiting:
            yield f"a volume is {volume['status']} for ever"


def addresses_once(look: Look) -> Iterator[str]:
    """An address is given once in its subnet, and only to a port that is there."""
    given = Counter((row["subnet_id"], row["ip_address"]) for row in look.ips)
    if given and max(given.values()) > 1:
        yield f"an address was given {max(given.values())} times"
    macs = Counter((row["network_id"], row["mac_address"]) for row in look.ports.values())
    if macs and max(macs.values()) > 1:
        yield "two ports with one MAC in a network"
    for row in look.ips:
        if row["port_id"] not in look.ports:
            yield "an address of a port that is gone"
    floating = Counter(row["floating_ip_address"] for row in look.rows("neutron_floatingip"))
    if floating and max(floating.values()) > 1:
        yield "two floating IPs with one address"


def settled(target: Target) -> None:
    """After a long while nothing is under way any more."""
    look = Look(target)
    for server in look.living.values():
        if server["task_state"] is not None or server["vm_state"] not in STABLE:
            raise Wrong(f"settled: a server stays {server['vm_state']}/{server['task_state']}")
    for volume in look.volumes.values():
        if volume["status"] in PASSING:
            raise Wrong(f"settled: a volume stays {volume['status']}")
    if look.tasks:
        raise Wrong(f"settled: {look.tasks[0]['kind']} is still to come")


def quotas(target: Target, project: str) -> None:
    """What each service says is used is the sum of what it lists."""
    ask, id_ = target.ask, target.projects[project]
    user = project
    listed = ask(user, "GET", "nova", "/v2.1/servers/detail", OpenStack_API_Version="compute 2.96")["servers"]
    limits = ask(user, "GET", "nova", "/v2.1/limits")["limits"]["absolute"]
    flavors = [server["flavor"] for server in listed]
    used = (len(listed), sum(f["vcpus"] for f in flavors), sum(f["ram"] for f in flavors))
    said = tuple(limits[f"total{name}Used"] for name in ("Instances", "Cores", "RAM"))
    _same(f"nova's limits of {project}", said, used)
    path = f"/v3/{id_}"
    volumes = ask(user, "GET", "cinder", f"{path}/volumes/detail")["volumes"]
    snapshots = ask(user, "GET", "cinder", f"{path}/snapshots/detail")["snapshots"]
    limits = ask(user, "GET", "cinder", f"{path}/limits")["limits"]["absolute"]
    size = sum(one["size"] for one in volumes + snapshots)
    said = tuple(limits[f"total{name}Used"] for name in ("Volumes", "Snapshots", "Gigabytes"))
    _same(f"cinder's limits of {project}", said, (len(volumes), len(snapshots), size))
    _network_quota(target, user, id_)


def _network_quota(target: Target, user: str, project: str) -> None:
    details = target.ask("admin", "GET", "neutron", f"/v2.0/quotas/{project}/details.json")["quota"]
    for name, plural in (
        ("port", "ports"),
        ("floatingip", "floatingips"),
        ("security_group", "security-groups"),
    ):
        found = target.ask("admin", "GET", "neutron", f"/v2.0/{plural}?tenant_id={project}&fields=id")
        _same(f"neutron's {name} of {user}", details[name]["used"], len(next(iter(found.values()))))


def _same(what: str, said: Any, is_: Any) -> None:
    if said != is_:
        raise Wrong(f"quotas: {what} are not the sum", f"{said} said, {is_} there")

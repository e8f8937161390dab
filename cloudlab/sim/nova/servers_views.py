"""Server rows → JSON, by microversion (API reference 'Servers'; recordings nova_v21_296/279 to 296_server_at_*).

A row is a `Server`, or in a list a tuple with those of its columns that `servers_plain.columns` names.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from cloudlab.sim.clock import iso_micro, iso_z
from cloudlab.sim.nova.states import server_status
from cloudlab.sim.web import Call

WITH_PROGRESS = ("ACTIVE", "BUILD", "REBUILD", "RESIZE", "VERIFY_RESIZE", "MIGRATING")
WITH_FAULT = ("ERROR", "DELETED")
Json = dict[str, Any]
Row = Any
Volumes = Sequence[Sequence[Any]]


class Look:
    """Who looks: what every row's view needs of the request, found out once."""

    def __init__(self, call: Call) -> None:
        self.minor, self.admin = call.version[1], call.who.is_admin
        self.self_links, mark = f"{call.base}/servers/", call.bookmark
        self.server_marks, self.image_marks, self.flavor_marks = (
            f"{mark}/{kind}/" for kind in ("servers", "images", "flavors")
        )

    def links(self, server: Row) -> list[Json]:
        return [
            {"rel": "self", "href": self.self_links + server.id},
            {"rel": "bookmark", "href": self.server_marks + server.id},
        ]

    def basic(self, server: Row) -> Json:
        """What `GET /servers` shows of each."""
        return {"id": server.id, "name": server.name, "links": self.links(server)}


def whole_second(moment: datetime | None) -> datetime | None:
    """Nova's database keeps no fractions."""
    return moment.replace(microsecond=0) if moment else None


def _z(moment: Any) -> str | None:
    """`2026-01-01T00:00:00Z`, of a time or of the database's text of it."""
    return f"{moment[:10]}T{moment[11:19]}Z" if isinstance(moment, str) else iso_z(moment)


def _micro(moment: Any) -> str | None:
    """`2026-01-01T00:00:00.000000`, likewise."""
    if isinstance(moment, str):
        return f"{moment[:10]}T{moment[11:19]}.000000"
    return iso_micro(whole_second(moment))


@cache
def host_id(project_id: str, host: str | None) -> str:
    """The host's name hidden from the project: the same host has another id in each project."""
    return hashlib.sha224((project_id + host).encode()).hexdigest() if host else ""


def addresses(server: Row, extended: bool) -> Json:
    """Addresses by network name, from the info cache; with the MAC and the kind of address when `extended`."""
    found: Json = {}
    for port in server.addresses:
        for ip in port["ips"]:
            shown = {"version": ip["version"], "addr": ip["address"]}
            if extended:
                shown["OS-EXT-IPS:type"], shown["OS-EXT-IPS-MAC:mac_addr"] = ip["type"], port["mac"]
            found.setdefault(port["network"], []).append(shown)
    return found


def detail(look: Look, server: Row, volumes: Volumes, groups: list[str] | None, listed: bool = False) -> Json:
    """A whole server. `groups` are the names of its security groups, None when it has no port (then nothing is shown).

    `volumes` are (volume_id, delete_on_termination). `listed`: as in /servers/detail.
    """
    body = _core(look, server, extended=True)
    _add_placed(look, server, body)
    if groups is not None and not listed:
        body["security_groups"] = [{"name": name} for name in groups]
    if look.admin:
        _add_admins(look, server, body)
    body["OS-EXT-STS:task_state"] = server.task_state
    body["OS-EXT-STS:vm_state"] = server.vm_state
    body["OS-EXT-STS:power_state"] = server.power_state
    body["os-extended-volumes:volumes_attached"] = [_volume(look, *volume) for volume in volumes]
    if look.minor >= 16 and look.admin:
        body["host_status"] = "UP" if server.host else ""
    _add_later(look, server, body, listed)
    if groups is not None and listed:
        body["security_groups"] = [{"name": name} for name in groups]
    return body


def brief_detail(look: Look, server: Row) -> Json:
    """The answer to an update or a rebuild before 2.75 (nova_v21/103_server_rename)."""
    body = _core(look, server, extended=False)
    _add_later(look, server, body, listed=False)
    return body


def _core(look: Look, server: Row, extended: bool) -> Json:
    """What every version shows, in nova's order."""
    status = server_status(server.vm_state, server.task_state)
    body: Json = {
        "id": server.id,
        "name": server.name,
        "status": status,
        "tenant_id": server.project_id,
        "user_id": server.user_id,
        "metadata": server.server_metadata,
        "hostId": host_id(server.project_id, server.host),
        "image": _image(look, server),
        "flavor": _flavor(look, server),
        "created": _z(server.created_at),
        "updated": _z(server.updated_at),
        "addresses": addresses(server, extended),
        "accessIPv4": server.access_ip_v4,
        "accessIPv6": server.access_ip_v6,
        "links": look.links(server),
        "OS-DCF:diskConfig": server.disk_config,
    }
    if status in WITH_FAULT and server.fault:
        body["fault"] = _fault(look, server.fault)
    if status in WITH_PROGRESS:
        body["progress"] = server.progress
    return body


def _image(look: Look, server: Row) -> Any:
    if server.image_id is None:
        return ""  # booted from a volume
    mark = {"rel": "bookmark", "href": look.image_marks + server.image_id}
    body: Json = {"id": server.image_id, "links": [mark]}
    if look.minor >= 98:
        body["properties"] = server.image_meta
    return body


def _flavor(look: Look, server: Row) -> Json:
    """A link before 2.47, the flavor itself from then on."""
    if look.minor < 47:
        mark = {"rel": "bookmark", "href": look.flavor_marks + server.flavor_id}
        return {"id": server.flavor_id, "links": [mark]}
    flavor = server.flavor
    names = ("vcpus", "ram", "disk", "ephemeral", "swap")
    return {
        **{name: flavor[name] for name in names},
        "original_name": flavor["name"],
        "extra_specs": flavor["extra_specs"],
    }


def _fault(look: Look, fault: Json) -> Json:
    shown = {name: fault[name] for name in ("code", "created", "message")}
    if fault.get("details") and (look.admin or fault["code"] != 500):
        shown["details"] = fault["details"]
    return shown


def _add_placed(look: Look, server: Row, body: Json) -> None:
    body["OS-EXT-AZ:availability_zone"] = server.zone
    if look.minor >= 96:
        body["pinned_availability_zone"] = server.asked_zone
    if look.minor >= 100:
        body["scheduler_hints"] = server.scheduler_hints
    body["config_drive"] = server.config_drive
    body["key_name"] = server.key_name
    body["OS-SRV-USG:launched_at"] = _micro(server.launched_at)
    body["OS-SRV-USG:terminated_at"] = _micro(server.terminated_at)


def _add_admins(look: Look, server: Row, body: Json) -> None:
    """Where the server really is: for administrators only."""
    body["OS-EXT-SRV-ATTR:host"] = server.host
    body["OS-EXT-SRV-ATTR:instance_name"] = f"instance-{server.number:08x}"
    body["OS-EXT-SRV-ATTR:hypervisor_hostname"] = server.host
    if look.minor >= 3:
        body["OS-EXT-SRV-ATTR:reservation_id"] = server.reservation_id
        body["OS-EXT-SRV-ATTR:launch_index"] = server.launch_index
        body["OS-EXT-SRV-ATTR:hostname"] = server.hostname
        body["OS-EXT-SRV-ATTR:kernel_id"] = ""
        body["OS-EXT-SRV-ATTR:ramdisk_id"] = ""
        body["OS-EXT-SRV-ATTR:root_device_name"] = "/dev/vda"
        body["OS-EXT-SRV-ATTR:user_data"] = server.user_data


def _volume(look: Look, volume_id: str, goes_too: Any) -> Json:
    return (
        {"id": volume_id, "delete_on_termination": bool(goes_too)} if look.minor >= 3 else {"id": volume_id}
    )


def _add_later(look: Look, server: Row, body: Json, listed: bool) -> None:
    """What came with later microversions, in the order in which nova appends it."""
    minor = look.minor
    if minor < 9:
        return
    body["locked"] = server.locked
    if minor >= 73:
        body["locked_reason"] = server.locked_reason
    if minor >= 19:
        body["description"] = server.description
    if minor >= 26:
        body["tags"] = server.tags
    if minor >= 63:
        body["trusted_image_certificates"] = None
    if minor >= 90:
        body["OS-EXT-SRV-ATTR:hostname"] = server.hostname
    if minor >= 71 and not listed:
        body["server_groups"] = [server.group_id] if server.group_id else []

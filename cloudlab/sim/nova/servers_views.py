"""Server rows → JSON, by microversion (API reference 'Servers'; recordings nova_v21_296/279 to 296_server_at_*)."""

import hashlib
from datetime import datetime
from typing import Any

from cloudlab.sim.clock import iso_micro, iso_z
from cloudlab.sim.nova.paging import links
from cloudlab.sim.nova.servers_model import BlockDevice, Server
from cloudlab.sim.nova.states import server_status
from cloudlab.sim.web import Call

WITH_PROGRESS = ("ACTIVE", "BUILD", "REBUILD", "RESIZE", "VERIFY_RESIZE", "MIGRATING")
WITH_FAULT = ("ERROR", "DELETED")
Json = dict[str, Any]


def whole_second(moment: datetime | None) -> datetime | None:
    """Nova's database keeps no fractions."""
    return moment.replace(microsecond=0) if moment else None


def bookmark_of(call: Call, kind: str, ident: str) -> Json:
    """A reference to another resource: its id and one link."""
    return {"id": ident, "links": [{"rel": "bookmark", "href": f"{call.bookmark}/{kind}/{ident}"}]}


def basic(call: Call, server: Server) -> Json:
    """What `GET /servers` shows of each."""
    return {"id": server.id, "name": server.name, "links": links(call, "servers", server.id)}


def host_id(project_id: str, host: str | None) -> str:
    """The host's name hidden from the project: the same host has another id in each project."""
    return hashlib.sha224((project_id + host).encode()).hexdigest() if host else ""


def addresses(server: Server, extended: bool) -> Json:
    """Addresses by network name, from the info cache; with the MAC and the kind of address when `extended`."""
    found: Json = {}
    for port in server.addresses:
        for ip in port["ips"]:
            shown = {"version": ip["version"], "addr": ip["address"]}
            if extended:
                shown |= {"OS-EXT-IPS:type": ip["type"], "OS-EXT-IPS-MAC:mac_addr": port["mac"]}
            found.setdefault(port["network"], []).append(shown)
    return found


def detail(
    call: Call,
    server: Server,
    volumes: list[BlockDevice],
    groups: list[str] | None,
    *,
    listed: bool = False,
    extended: bool = True,
) -> Json:
    """A whole server. `groups` are the names of its security groups, None when it has no port (then nothing is shown).

    `listed`: as in /servers/detail. Not `extended`: as the answer to an update or rebuild before 2.75.
    """
    body = _core(call, server, extended)
    if extended:
        body |= _placed(call, server)
        if groups is not None and not listed:
            body["security_groups"] = [{"name": name} for name in groups]
        if call.who.is_admin:
            body |= _admin(call, server)
        body |= {
            "OS-EXT-STS:task_state": server.task_state,
            "OS-EXT-STS:vm_state": server.vm_state,
            "OS-EXT-STS:power_state": server.power_state,
            "os-extended-volumes:volumes_attached": [_volume(call, v) for v in volumes],
        }
        if call.at_least(16) and call.who.is_admin:
            body["host_status"] = "UP" if server.host else ""
    body |= _later(call, server, listed)
    if extended and groups is not None and listed:
        body["security_groups"] = [{"name": name} for name in groups]
    return body


def _core(call: Call, server: Server, extended: bool) -> Json:
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
        "image": _image(call, server),
        "flavor": _flavor(call, server.flavor),
        "created": iso_z(server.created_at),
        "updated": iso_z(server.updated_at),
        "addresses": addresses(server, extended),
        "accessIPv4": server.access_ip_v4,
        "accessIPv6": server.access_ip_v6,
        "links": links(call, "servers", server.id),
        "OS-DCF:diskConfig": server.disk_config,
    }
    if status in WITH_FAULT and server.fault:
        body["fault"] = _fault(call, server.fault)
    if status in WITH_PROGRESS:
        body["progress"] = server.progress
    return body


def _image(call: Call, server: Server) -> Any:
    if server.image_id is None:
        return ""  # booted from a volume
    body = bookmark_of(call, "images", server.image_id)
    if call.at_least(98):
        body["properties"] = server.image_meta
    return body


def _flavor(call: Call, flavor: Json) -> Json:
    """A link before 2.47, the flavor itself from then on."""
    if not call.at_least(47):
        return bookmark_of(call, "flavors", flavor["id"])
    names = ("vcpus", "ram", "disk", "ephemeral", "swap")
    return {
        **{name: flavor[name] for name in names},
        "original_name": flavor["name"],
        "extra_specs": flavor["extra_specs"],
    }


def _fault(call: Call, fault: Json) -> Json:
    shown = {name: fault[name] for name in ("code", "created", "message")}
    if fault.get("details") and (call.who.is_admin or fault["code"] != 500):
        shown["details"] = fault["details"]
    return shown


def _placed(call: Call, server: Server) -> Json:
    body: Json = {"OS-EXT-AZ:availability_zone": server.zone}
    if call.at_least(96):
        body["pinned_availability_zone"] = server.asked_zone
    if call.at_least(100):
        body["scheduler_hints"] = server.scheduler_hints
    return body | {
        "config_drive": server.config_drive,
        "key_name": server.key_name,
        "OS-SRV-USG:launched_at": iso_micro(whole_second(server.launched_at)),
        "OS-SRV-USG:terminated_at": iso_micro(whole_second(server.terminated_at)),
    }


def _admin(call: Call, server: Server) -> Json:
    """Where the server really is: for administrators only."""
    body: Json = {
        "OS-EXT-SRV-ATTR:host": server.host,
        "OS-EXT-SRV-ATTR:instance_name": f"instance-{server.number:08x}",
        "OS-EXT-SRV-ATTR:hypervisor_hostname": server.host,
    }
    if call.at_least(3):
        body |= {
            "OS-EXT-SRV-ATTR:reservation_id": server.reservation_id,
            "OS-EXT-SRV-ATTR:launch_index": server.launch_index,
            "OS-EXT-SRV-ATTR:hostname": server.hostname,
            "OS-EXT-SRV-ATTR:kernel_id": "",
            "OS-EXT-SRV-ATTR:ramdisk_id": "",
            "OS-EXT-SRV-ATTR:root_device_name": "/dev/vda",
            "OS-EXT-SRV-ATTR:user_data": server.user_data,
        }
    return body


def _volume(call: Call, device: BlockDevice) -> Json:
    body: Json = {"id": device.volume_id}
    if call.at_least(3):
        body["delete_on_termination"] = device.delete_on_termination
    return body


def _later(call: Call, server: Server, listed: bool) -> Json:
    """What came with later microversions, in the order in which nova appends it."""
    body: Json = {}
    for minor, name, value in (
        (9, "locked", server.locked),
        (73, "locked_reason", server.locked_reason),
        (19, "description", server.description),
        (26, "tags", server.tags),
        (63, "trusted_image_certificates", None),
        (90, "OS-EXT-SRV-ATTR:hostname", server.hostname),
    ):
        if call.at_least(minor):
            body[name] = value
    if call.at_least(71) and not listed:
        body["server_groups"] = []
    return body

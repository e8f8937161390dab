"""POST /servers: what is asked for, checked in nova's order, becomes rows and a first task.

API reference, 'Create server'; each refusal as recorded in nova_v21/217 to 266. The volumes that come with a server
are in `servers_volumes`.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from cloudlab.sim.errors import BadRequest, Forbidden, NotFound
from cloudlab.sim.nova import groups_model, hosts_model, net, policy, quota
from cloudlab.sim.nova.flavors_model import Flavor, get_flavor
from cloudlab.sim.nova.images import properties
from cloudlab.sim.nova.keypairs_model import get_keypair
from cloudlab.sim.nova.peering import ask
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.nova.servers_volumes import add_boot_devices, boot_volume, check_devices, volume_image
from cloudlab.sim.nova.states import MACHINES
from cloudlab.sim.nova.steps import begin
from cloudlab.sim.processes import HOST
from cloudlab.sim.scope import Scope

Json = dict[str, Any]
NO_ZONE = "The requested availability zone is not available"


@dataclass
class Order:
    """A create request after all checks: what each of `count` servers gets."""

    asked: Json
    flavor: Flavor
    image: Json
    networks: Any
    count: int
    groups: list[str] = field(default_factory=list)  # the ids of the security groups
    zone: str | None = None
    hints: Json = field(default_factory=dict)
    old_style: bool = True  # below 2.19 the description is the name
    fingerprint: str | None = None
    group_id: str | None = None


def place_order(scope: Scope, asked: Json, hints: Json, minor: int) -> Order:
    """Check everything that nova checks before it answers. Raises as recorded; nothing is made yet."""
    least, most = _counts(asked)
    image_id = _image_id(asked)
    flavor = _flavor(scope, str(asked["flavorRef"]))
    zone = _zone(scope, asked)
    image = image_of(scope, image_id) if image_id else volume_image(scope, asked)
    key_name = asked.get("key_name")
    fingerprint = _fingerprint(scope, key_name) if key_name is not None else None
    groups = _groups(asked)
    group_ids = [net.check_group(scope, name) for name in groups] if groups != ["default"] else []
    check_devices(scope, asked, image_id)
    _check_fits(flavor, image, bool(boot_volume(asked)))
    networks = net.check_requested(scope, asked.get("networks"), least)
    count = _affordable(scope, flavor, least, most)
    _check_metadata(scope, asked)
    group_id = _server_group(scope, hints, count)
    return Order(
        asked, flavor, image, networks, count, group_ids, zone, hints, minor < 19, fingerprint, group_id
    )


def _counts(asked: Json) -> tuple[int, int]:
    """How many servers at least and at most."""
    least = int(asked.get("min_count", 1))
    most = int(asked.get("max_count", least))
    if least > most:
        raise BadRequest("min_count must be <= max_count")
    return least, most


def _image_id(asked: Json) -> str | None:
    image_id = asked.get("imageRef")
    if image_id:
        return str(image_id)
    if boot_volume(asked) is None:
        raise BadRequest("Missing imageRef attribute")
    return None


def _flavor(scope: Scope, reference: str) -> Flavor:
    """A flavor by its id, or by a URL that ends in it (nova_v21/224_err_create_flavor_url)."""
    flavor_id = reference.rstrip("/").rsplit("/", 1)[-1] if "/" in reference else reference
    try:
        flavor = get_flavor(scope, flavor_id)
    except NotFound as error:
        raise BadRequest(error.message) from error
    if flavor.disabled:
        raise NotFound(f"Flavor {flavor_id} could not be found.")
    return flavor


def _zone(scope: Scope, asked: Json) -> str | None:
    """The zone that was named. Admins may name a host as well: in the zone (`nova:devstack`), or from 2.74 by itself.

    Raises BadRequest, PolicyDenied (a host by itself: seen on 2025.2).
    """
    zone, *forced = (asked.get("availability_zone") or "").split(":")
    wished = [asked[name] for name in ("host", "hypervisor_hostname") if asked.get(name)]
    if len(forced) > 2:
        raise BadRequest("Invalid input received: Unable to parse availability_zone")
    if forced:
        policy.enforce(scope, "servers:create:forced_host")
    if wished:
        policy.enforce(scope, "compute:servers:create:requested_destination")
    if forced and wished:
        raise BadRequest(
            "One mechanism with host and/or hypervisor_hostname and another mechanism with zone:host:node are "
            "mutually exclusive."
        )
    if zone and zone not in hosts_model.available_zones(scope):
        raise BadRequest(NO_ZONE)
    for host in [*forced, *wished]:
        if host not in ("", HOST):
            raise BadRequest(f"Compute host {host} could not be found.")
    return zone or None


def image_of(scope: Scope, image_id: str) -> Json:
    """The image as glance shows it, and the schema that its client asks for. Raises BadRequest."""
    answer = ask(scope, "glance", "GET", f"/v2/images/{image_id}")
    if not answer.ok:
        raise BadRequest("Can not find requested image")
    ask(scope, "glance", "GET", "/v2/schemas/image")
    image: Json = answer.json
    if image["status"] != "active":
        raise BadRequest(f"Image {image_id} is not active.")
    return image


def _fingerprint(scope: Scope, name: str) -> str:
    """Of the caller's key pair. Raises BadRequest without one."""
    try:
        return get_keypair(scope, scope.who.user_id, name).fingerprint
    except NotFound as error:
        raise BadRequest("Invalid key_name provided.") from error


def _groups(asked: Json) -> list[str]:
    """The names of the security groups that were asked for, each once; 'default' when there is none."""
    return list(dict.fromkeys(group["name"] for group in asked.get("security_groups", []) if group)) or [
        "default"
    ]


def _check_fits(flavor: Flavor, image: Json, from_volume: bool) -> None:
    """The flavor is large enough for the image."""
    if (image.get("min_ram") or 0) > flavor.ram:
        raise BadRequest("Flavor's memory is too small for requested image.")
    if from_volume or not flavor.disk:
        return
    least = (image.get("min_disk") or 0) << 30
    size = max(image.get("size") or 0, image.get("virtual_size") or 0)
    if size > flavor.disk << 30:
        raise BadRequest(
            f"Flavor's disk is too small for requested image. Flavor disk is {flavor.disk << 30} bytes, "
            f"image is {size} bytes."
        )
    if least > flavor.disk << 30:
        raise BadRequest(
            f"Flavor's disk is smaller than the minimum size specified in image metadata. Flavor disk is "
            f"{flavor.disk << 30} bytes, minimum size is {least} bytes."
        )


def _affordable(scope: Scope, flavor: Flavor, least: int, most: int) -> int:
    """As many servers as the quota allows, between `least` and `most`. Raises Forbidden."""
    limits, used = quota.check(scope, least, least * flavor.vcpus, least * flavor.ram)
    each = {"instances": 1, "cores": flavor.vcpus, "ram": flavor.ram}
    room = [(limits[name] - used[name]) // size for name, size in each.items() if limits[name] >= 0]
    return max(least, min([most, *room]))


def _check_metadata(scope: Scope, asked: Json) -> None:
    limit = quota.limits_of(scope, scope.who.project_id)["metadata_items"]
    if 0 <= limit < len(asked.get("metadata", {})):
        raise Forbidden(f"Maximum number of metadata items exceeds {limit}")


def _server_group(scope: Scope, hints: Json, more: int) -> str | None:
    """The group that the hint names, with room for so many. Raises BadRequest for an unknown one, Forbidden."""
    if "group" not in hints:
        return None
    try:
        group = groups_model.find(scope, hints["group"])
    except NotFound as error:
        raise BadRequest(error.message) from error
    limit = quota.limits_of(scope, scope.who.project_id)["server_group_members"]
    if 0 <= limit < len(groups_model.members(scope, [group.id])[group.id]) + more:
        raise Forbidden("Quota exceeded, too many servers in group")
    return group.id


def make(scope: Scope, order: Order) -> list[Server]:
    """The servers themselves, each with its first task."""
    reservation = reservation_id(scope, order.asked["name"])
    servers = [_row(scope, order, number, reservation) for number in range(1, order.count + 1)]
    for server in servers:
        scope.session.add(server)
        scope.session.flush()
        ordered = add_boot_devices(scope, server, order.asked)
        begin(scope, server, "create", {"security_groups": order.groups, "volumes": ordered})
    return servers


def reservation_id(scope: Scope, name: str) -> str:
    """`r-` and eight letters or digits: one for all servers of a request."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    number = int(scope.uuid("reservation", name).replace("-", ""), 16)
    return "r-" + "".join(letters[number // 36**place % 36] for place in range(8))


def _row(scope: Scope, order: Order, number: int, reservation: str) -> Server:
    asked, flavor = order.asked, order.flavor
    several = order.count > 1
    name = asked["name"].strip() + (f"-{number}" if several else "")
    server_id = scope.uuid("server", name)
    hostname = asked.get("hostname", "") + (f"-{number}" if several and asked.get("hostname") else "")
    server = Server(
        id=server_id,
        project_id=scope.who.project_id,
        user_id=scope.who.user_id,
        reservation_id=reservation,
        name=name,
        hostname=hostname or hostname_of(name) or f"Server-{server_id}",
        description=asked.get("description", name if order.old_style else None),
        vm_state="building",
        task_state=MACHINES["create"].first,
        power_state=0,
        flavor=flavor_copy(flavor),
        flavor_id=flavor.id,
        vcpus=flavor.vcpus,
        ram=flavor.ram,
        image_id=asked.get("imageRef") or None,
        image_meta=image_properties(order.image),
        key_name=asked.get("key_name"),
        key_fingerprint=order.fingerprint,
        user_data=asked.get("user_data"),
        config_drive="True" if truth(asked.get("config_drive", False)) else "",
        disk_config=asked.get("OS-DCF:diskConfig", "MANUAL"),
        server_metadata=asked.get("metadata", {}),
        tags=list(dict.fromkeys(asked.get("tags", []))),
        security_groups=_groups(asked),
        made_by=made_by(scope),
        networks=order.networks,
        scheduler_hints=order.hints,
        group_id=order.group_id,
        access_ip_v4=asked.get("accessIPv4", ""),
        access_ip_v6=asked.get("accessIPv6", ""),
        asked_zone=order.zone,
        launch_index=number - 1,
        created_at=scope.now.replace(microsecond=0),  # nova keeps whole seconds, and sorts by them
        updated_at=scope.now,
    )
    server.ports, server.addresses = [], []
    return server


def made_by(scope: Scope) -> dict[str, str]:
    """Who made the server, by name: its snapshots say so (nova_v21/210_glance_snapshot)."""
    who = scope.who
    return {
        "owner_user_name": who.user_name,
        "owner_project_name": who.project_name,
        "boot_roles": ",".join(sorted(who.roles, reverse=True)),
    }


def flavor_copy(flavor: Flavor) -> Json:
    """The flavor as it is now: a server keeps it, whatever becomes of the flavor."""
    names = ("id", "name", "vcpus", "ram", "disk", "ephemeral", "swap")
    return {**{name: getattr(flavor, name) for name in names}, "extra_specs": dict(flavor.extra_specs)}


def image_properties(image: Json) -> Json:
    """What a server remembers of its image (shown from 2.98)."""
    return (
        {name: value for name, value in properties(image).items() if isinstance(value, str)} if image else {}
    )


def hostname_of(name: str) -> str:
    """A name as a host's: lower case, letters, digits, dots and dashes, at most 63."""
    plain = re.sub(r"[ _]", "-", name).encode("latin-1", "ignore").decode("latin-1")
    return re.sub(r"[^\w.-]+", "", plain, flags=re.ASCII).lower().strip(".-")[:63]


def truth(value: Any) -> bool:
    """A boolean, or one of nova's words for one."""
    return str(value).lower() in ("true", "1", "on", "yes", "y", "t")

"""Ports: a server's plug in a network, with its addresses and security groups.

(Networking API reference, 'Ports'; recordings neutron/008, 038…040, 054, and east_west_server_create for binding.)
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, or_, select

from cloudlab.sim.neutron import addresses, dhcp_options, groups, notify, pairs, sharing, tags, validators
from cloudlab.sim.neutron.attributes import INTERNAL, READ_ONLY, REQUIRED, TEXT, Attribute, standard
from cloudlab.sim.neutron.faults import conflict, invalid_input, refused
from cloudlab.sim.neutron.kind import Condition, Json, Kind, born, by_id, changed, given, said, standard_view
from cloudlab.sim.neutron.model import FloatingIp, IpAllocation, Network, Port, PortGroup, Router
from cloudlab.sim.neutron.networks import NETWORKS
from cloudlab.sim.neutron.subnets import check_network_owner
from cloudlab.sim.plain import Plain, one_of, values
from cloudlab.sim.scope import Context, Scope

VNIC_TYPES = (
    "normal",
    "direct",
    "macvtap",
    "baremetal",
    "direct-physical",
    "virtio-forwarder",
    "smart-nic",
    "accelerator-direct",
    "accelerator-direct-physical",
    "remote-managed",
    "vdpa",
)
VIF_DETAILS = {"port_filter": True, "connectivity": "l2", "bound_drivers": {"0": "openvswitch"}}
PLAIN = ("name", "admin_state_up", "device_id", "device_owner", "description", "port_security_enabled")
LISTS = ("extra_dhcp_opts", "allowed_address_pairs")
MEMBERS = Plain(
    select(PortGroup.port_id, PortGroup.group_id)
    .where(one_of(PortGroup.port_id, "ids"))
    .order_by(PortGroup.n)
)
OFF_LIMITS = "network:"  # device_owners that only the network's owner may claim


def _with_address(values: list[str], who: Context) -> Condition:
    """fixed_ips=ip_address=…, fixed_ips=subnet_id=…, fixed_ips=ip_address_substr=…: any of a key's, all keys."""
    asked: dict[str, list[str]] = {}
    for value in values:
        name, found, wanted = value.partition("=")
        if not found:
            raise invalid_input(f"'{value}' is not of the form <key>=[value]")
        asked.setdefault(name, []).append(wanted)
    matches: list[Condition] = []
    for name, wanteds in asked.items():
        column = {"ip_address": IpAllocation.ip_address, "subnet_id": IpAllocation.subnet_id}.get(name)
        if name == "ip_address_substr":
            texts = [IpAllocation.ip_address.contains(text, autoescape=True) for text in wanteds]
            matches.append(or_(*texts))
        else:
            matches.append(column.in_(wanteds) if column is not None else IpAllocation.n < 0)
    return Port.id.in_(select(IpAllocation.port_id).where(*matches))


def _in_group(values: list[str], who: Context) -> Condition:
    return Port.id.in_(select(PortGroup.port_id).where(PortGroup.group_id.in_(values)))


class Ports(Kind):
    resource, collection, table = "port", "ports", Port
    missing = ("PortNotFound", "Port {id} could not be found.")
    attributes = {
        "id": READ_ONLY,
        "name": TEXT,
        "network_id": Attribute(put=False, default=REQUIRED, check=validators.uuid),
        "admin_state_up": Attribute(default=True, convert=validators.boolean),
        "mac_address": Attribute(check=validators.optional(validators.mac), policy="owner"),
        "fixed_ips": Attribute(
            convert=validators.as_list, check=validators.fixed_ips, filter=False, policy="owner", parts=True
        ),
        "device_id": TEXT,
        "device_owner": Attribute(default="", check=validators.string(255), policy="owner"),
        "status": READ_ONLY,
        "port_security_enabled": Attribute(convert=validators.boolean, policy="owner"),
        "binding:vnic_type": Attribute(
            default="normal", column="vnic_type", check=validators.one_of(*VNIC_TYPES), policy="owner"
        ),
        "binding:host_id": Attribute(
            column="host_id", convert=validators.none_as_empty, check=validators.string(255), policy="admin"
        ),
        "binding:profile": Attribute(check=validators.mapping, filter=False, policy="admin"),
        "binding:vif_type": INTERNAL,
        "binding:vif_details": INTERNAL,
        "security_groups": Attribute(convert=validators.as_list, check=validators.uuid_list, filter=False),
        "extra_dhcp_opts": Attribute(
            default=(), convert=dhcp_options.listed, check=validators.dicts, filter=False
        ),
        "allowed_address_pairs": Attribute(
            default=(), convert=pairs.listed, check=validators.dicts, filter=False, policy="owner", parts=True
        ),
        "description": TEXT,
        **standard(),
        # Taken and forgotten, as the recorded neutron does: no driver for the two; tags have paths of their own.
        "device_profile": Attribute(
            put=False, default=None, filter=False, check=validators.optional(validators.string(255))
        ),
        "numa_affinity_policy": Attribute(
            default=None,
            filter=False,
            check=validators.one_of("required", "preferred", "legacy", "socket", None),
        ),
        "tags": Attribute(
            default=(),
            put=False,
            filter=False,
            convert=validators.as_list,
            check=validators.unique_strings(255),
        ),
    }
    special_filters = {
        "fixed_ips": _with_address,
        "security_groups": _in_group,
        "security_group_id": _in_group,
    }

    def visible(self, who: Context) -> Condition | None:
        """One's own, and those in one's own networks."""
        if who.is_admin:
            return None
        own_networks = select(Network.id).where(Network.project_id == who.project_id)
        return or_(Port.project_id == who.project_id, Port.network_id.in_(own_networks))

    def check_owner(self, scope: Scope, data: Json) -> None:
        check_network_owner(scope, "port", data)

    def may_set(self, scope: Scope, name: str, data: Json) -> bool:
        if scope.who.is_admin or "service" in scope.who.roles:
            return True
        if self.attributes[name].policy == "admin":
            return False
        if name == "mac_address" and "id" in data:  # a port that is there keeps its own
            return False
        network = by_id(scope, Network, data["network_id"])
        owner = network is not None and network.project_id == scope.who.project_id
        if name == "fixed_ips" and not any("ip_address" in item for item in data["fixed_ips"] or ()):
            return owner or bool(sharing.shared(scope, [data["network_id"]]))
        if name == "device_owner" and not str(data["device_owner"]).startswith(OFF_LIMITS):
            return True
        return owner or name == "binding:vnic_type"

    def views(self, scope: Scope, rows: Sequence[Any], fields: frozenset[str]) -> list[Json]:
        ids = [row.id for row in rows]
        ips = addresses.of_ports(scope, ids if not fields or "fixed_ips" in fields else [])
        members: dict[str, list[str]] = {id_: [] for id_ in ids}
        if ids and (not fields or "security_groups" in fields):
            for port_id, group_id in MEMBERS.rows(scope.session, ids=values(ids)):
                members[port_id].append(group_id)
        return [view(row, ips.get(row.id, []), members[row.id], scope.who) for row in rows]

    def create(self, scope: Scope, data: Json) -> Port:
        network = NETWORKS.one(scope, data["network_id"])
        own = data["device_owner"].startswith(OFF_LIMITS)
        secure = given(data, "port_security_enabled", network.port_security_enabled and not own)
        id_name = data["name"] or data["device_id"] or network.name
        row = Port(
            **{**born(scope, "port", id_name, data["project_id"], revision=1), **said(data, PLAIN + LISTS)},
            network_id=network.id,
            vnic_type=data["binding:vnic_type"],
            host_id=given(data, "binding:host_id", ""),
            profile=given(data, "binding:profile", None) or {},
        )
        row.port_security_enabled = secure
        row.mac_address = _mac(scope, network, row, given(data, "mac_address", None))
        pairs.set_on(row, row.allowed_address_pairs)
        row.extra_dhcp_opts = dhcp_options.merged([], row.extra_dhcp_opts)
        scope.session.add(row)
        scope.session.flush()
        addresses.set_for(scope, row, given(data, "fixed_ips", None))
        self._set_groups(scope, row, self._groups_at_birth(scope, row, given(data, "security_groups", None)))
        notify.agents(scope, row, "push", "security_groups_member_updated")
        self._bind(scope, row)
        return row

    def _groups_at_birth(self, scope: Scope, row: Port, asked: list[str] | None) -> list[str]:
        """Those asked for, else the project's default; none for ports of the network itself."""
        if not row.port_security_enabled:
            if asked:
                raise refused(
                    "PortSecurityAndIPRequiredForSecurityGroups",
                    "Port security must be enabled and port must have an IP address in order to use security groups.",
                )
            return []
        if asked is not None:
            return asked
        if row.device_owner.startswith(OFF_LIMITS):
            return []
        default = groups.ensure_default(scope, row.project_id)
        return [default.id] if default else []

    def _set_groups(self, scope: Scope, row: Port, ids: list[str]) -> None:
        if len({groups.GROUPS.one(scope, id_).stateful for id_ in ids}) > 1:
            raise conflict(
                "SecurityGroupConflict",
                "Error Cannot apply both stateful and stateless security groups on the same port at the same time "
                "while attempting the operation.",
            )
        scope.session.execute(delete(PortGroup).where(PortGroup.port_id == row.id))
        scope.session.add_all(PortGroup(port_id=row.id, group_id=id_) for id_ in ids)
        scope.session.flush()

    def update(self, scope: Scope, row: Any, data: Json) -> None:
        was_bound = (row.host_id, row.device_owner)
        if "mac_address" in data:
            network = by_id(scope, Network, row.network_id)
            data = {**data, "mac_address": _mac(scope, network, row, data["mac_address"])}
        if data.get("port_security_enabled") is False:
            _check_bare(scope, row, data)
        if "extra_dhcp_opts" in data:
            options = dhcp_options.merged(row.extra_dhcp_opts, data["extra_dhcp_opts"])
            data = {**data, "extra_dhcp_opts": options}
        plain = said(data, (*PLAIN, "extra_dhcp_opts", "mac_address", "binding:vnic_type", "binding:host_id"))
        secure = plain.pop("port_security_enabled", row.port_security_enabled)
        super().update(scope, row, plain)
        row.port_security_enabled = secure  # it and the lists of others move no revision, nor do neutron's
        if "allowed_address_pairs" in data or not row.port_security_enabled:
            pairs.set_on(row, data.get("allowed_address_pairs", row.allowed_address_pairs))
        if "binding:profile" in data:
            row.profile = data["binding:profile"] or {}
        theirs = row.profile.get("device_mac_address")
        if row.vnic_type == "direct-physical" and validators.mac(theirs) is None:
            row.mac_address = theirs  # the card's own
        if "fixed_ips" in data:
            before = addresses.of_ports(scope, [row.id])
            addresses.set_for(scope, row, data["fixed_ips"])
            if addresses.of_ports(scope, [row.id]) != before:
                changed(scope, row)
        if "security_groups" in data:
            self._set_groups(scope, row, self._groups_at_birth(scope, row, data["security_groups"]))
        scope.session.flush()
        notify.agents(scope, row, "push")
        if (row.host_id, row.device_owner) != was_bound:
            self._bind(scope, row)
        elif notify.is_servers(row) and {"fixed_ips", "security_groups"} & data.keys():
            notify.nova(scope, row, notify.CHANGED)

    def _bind(self, scope: Scope, row: Port) -> None:
        """A server's port on a host comes up (what the host's agent would do), and nova hears of it."""
        if not row.host_id:
            row.status = "DOWN"
        elif notify.is_servers(row) and row.status != "ACTIVE":
            row.status = "ACTIVE"
            row.revision += 2  # the binding, and the agent's word
            scope.session.flush()
            notify.nova(scope, row, notify.PLUGGED)
            notify.agents(scope, row, "push", "port_update")

    def delete(self, scope: Scope, row: Any) -> None:
        """The address is free again. A router's own ports go with the router's interface only."""
        if _has_a_keeper(scope, row):
            raise conflict(
                "ServicePortInUse",
                f"Port {row.id} cannot be deleted directly via the port API: has device owner {row.device_owner}.",
            )
        remove(scope, row)
        notify.agents(scope, row, "push", "security_groups_member_updated", "port_delete")
        if notify.is_servers(row):
            notify.nova(scope, row, notify.DELETED)


def _check_bare(scope: Scope, row: Port, data: Json) -> None:
    """Without port security there are no groups."""
    members = select(PortGroup.n).where(PortGroup.port_id == row.id).limit(1)
    if data.get("security_groups") != [] and scope.session.scalars(members).first():
        raise conflict(
            "PortSecurityPortHasSecurityGroup",
            "Port has security group associated. Cannot disable port security or IP address until security "
            "group is removed.",
        )


def _has_a_keeper(scope: Scope, row: Port) -> bool:
    """Whether a router or floating ip that is there has it; a port that only says so may go."""
    if not row.device_owner.startswith(("network:router_", "network:floatingip")):
        return False
    return any(by_id(scope, table, row.device_id) is not None for table in (Router, FloatingIp))


def remove(scope: Scope, row: Port) -> None:
    """Delete a port with all that hangs on it; a floating ip comes off it."""
    for floating in scope.session.scalars(select(FloatingIp).where(FloatingIp.port_id == row.id)):
        floating.port_id = floating.fixed_ip_address = floating.router_id = None
        floating.status = "DOWN"
    addresses.free(scope, row.id)
    tags.forget(scope, row.id)
    scope.session.execute(delete(PortGroup).where(PortGroup.port_id == row.id))
    scope.session.delete(row)
    scope.session.flush()


def _mac(scope: Scope, network: Any, row: Port, asked: str | None) -> str:
    """The MAC asked for, when the network has it not yet; or a new one."""
    while asked is None:
        found = scope.cloud.ids.mac(scope.session, row.id)
        if not _mac_taken(scope, network.id, found, row.id):
            return found
    if _mac_taken(scope, network.id, asked.lower(), row.id):
        raise conflict(
            "MacAddressInUse",
            f"Unable to complete operation for network {network.id}. The mac address {asked} is in use.",
        )
    return asked.lower()


def _mac_taken(scope: Scope, network_id: str, mac: str, but: str) -> bool:
    query = select(Port.id).where(Port.network_id == network_id, Port.mac_address == mac, Port.id != but)
    with scope.session.no_autoflush:
        return scope.session.scalars(query).first() is not None


def view(row: Port, fixed_ips: list[Json], members: list[str], who: Context) -> Json:
    body = {
        "id": row.id,
        "name": row.name,
        "network_id": row.network_id,
        "tenant_id": row.project_id,
        "mac_address": row.mac_address,
        "admin_state_up": row.admin_state_up,
        "status": row.status,
        "device_id": row.device_id,
        "device_owner": row.device_owner,
        "fixed_ips": fixed_ips,
        "allowed_address_pairs": row.allowed_address_pairs,
        "extra_dhcp_opts": row.extra_dhcp_opts,
        "security_groups": members,
        "description": row.description,
        "binding:vnic_type": row.vnic_type,
    }
    if who.is_admin or "service" in who.roles:
        bound = bool(row.host_id)
        body |= {
            "binding:profile": row.profile,
            "binding:host_id": row.host_id,
            "binding:vif_type": "ovs" if bound else "unbound",
            "binding:vif_details": VIF_DETAILS if bound else {},
        }
    return body | {
        "port_security_enabled": row.port_security_enabled,
        **standard_view(row),
    }


PORTS = Ports()

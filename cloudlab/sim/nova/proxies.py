"""Nova's old windows on neutron: networks, floating IPs, security groups; until 2.35 (recordings nova_*/059 to 067)."""

from typing import Any
from urllib.parse import quote

from cloudlab.sim.errors import BadRequest, Forbidden, NotFound
from cloudlab.sim.nova import net, policy
from cloudlab.sim.nova.bodies import checked, checked_query
from cloudlab.sim.nova.gone import LAST, absent_until, farewell
from cloudlab.sim.nova.negotiation import until
from cloudlab.sim.nova.paging import window
from cloudlab.sim.nova.peering import ask
from cloudlab.sim.nova.server_parts import old_groups
from cloudlab.sim.nova.servers_schemas import PAGE, is_uuid
from cloudlab.sim.web import Call, Reply

Json = dict[str, Any]
NETWORK_FIELDS = (
    "cidr", "netmask", "gateway", "broadcast", "dns1", "dns2", "cidr_v6", "gateway_v6", "label", "netmask_v6",
)  # fmt: skip
ADMINS_FIELDS = (
    "created_at", "updated_at", "deleted_at", "deleted", "injected", "bridge", "vlan", "vpn_public_address",
    "vpn_public_port", "vpn_private_address", "dhcp_start", "project_id", "host", "bridge_interface", "multi_host",
    "priority", "rxtx_base", "mtu", "dhcp_server", "enable_dhcp", "share_address",
)  # fmt: skip
# `pool` is the name or id of an external network.
POOL: Json = {"type": ["object", "null"], "properties": {"pool": {"type": ["string", "null"]}}}


def may(call: Call, rule: str) -> None:
    """The version has the window still, and the caller may look through it."""
    until(call, LAST)
    policy.enforce(call.scope, rule)


def _networks(call: Call) -> list[Json]:
    found: list[Json] = ask(call.scope, "neutron", "GET", "/v2.0/networks").expect().json["networks"]
    return found


def _network(call: Call, network_id: str) -> Json:
    answer = ask(call.scope, "neutron", "GET", f"/v2.0/networks/{quote(network_id, safe='')}")
    if not answer.ok:
        raise NotFound("Network not found")
    found: Json = answer.json["network"]
    return found


def _old_network(call: Call, network: Json) -> Json:
    """Two fields of it are neutron's, the others nobody's."""
    names = NETWORK_FIELDS + (ADMINS_FIELDS if call.who.is_admin else ())
    return {"id": network["id"], **dict.fromkeys(names), "label": network["name"]}


class Networks:
    """`/os-networks`."""

    def get(self, call: Call) -> Json:
        may(call, "os-networks:list")
        return {"networks": [_old_network(call, network) for network in _networks(call)]}

    post = farewell


class OneNetwork:
    """`/os-networks/{network_id}`."""

    def get(self, call: Call, network_id: str) -> Json:
        may(call, "os-networks:show")
        return {"network": _old_network(call, _network(call, network_id))}

    delete = farewell


class TenantNetworks:
    """`/os-tenant-networks`: whose CIDR is the word None, as nova wrote it."""

    def get(self, call: Call) -> Json:
        may(call, "os-tenant-networks:list")
        return {"networks": [_of_tenant(network) for network in _networks(call)]}

    post = farewell


class OneTenantNetwork:
    """`/os-tenant-networks/{network_id}`."""

    def get(self, call: Call, network_id: str) -> Json:
        may(call, "os-tenant-networks:show")
        return {"network": _of_tenant(_network(call, network_id))}

    delete = farewell


def _of_tenant(network: Json) -> Json:
    return {"id": network["id"], "cidr": "None", "label": network["name"]}


def _pools(call: Call) -> list[Json]:
    """External networks: where floating IPs come from."""
    path = net.query("/v2.0/networks", ("router:external", "True"))
    found: list[Json] = ask(call.scope, "neutron", "GET", path).expect().json["networks"]
    return found


class FloatingIpPools:
    """`/os-floating-ip-pools`."""

    def get(self, call: Call) -> Json:
        may(call, "os-floating-ip-pools")
        return {"floating_ip_pools": [{"name": pool["name"] or pool["id"]} for pool in _pools(call)]}


def _old_floating(call: Call, floating: Json, pools: list[Json]) -> Json:
    names = {pool["id"]: pool["name"] or pool["id"] for pool in pools}
    details = floating.get("port_details") or {}
    return {
        "id": floating["id"],
        "ip": floating["floating_ip_address"],
        "pool": names.get(floating["floating_network_id"], floating["floating_network_id"]),
        "fixed_ip": floating["fixed_ip_address"],
        "instance_id": details.get("device_id"),
    }


class FloatingIps:
    """`/os-floating-ips`: the project's."""

    def get(self, call: Call) -> Json:
        may(call, "os-floating-ips:list")
        path = net.query("/v2.0/floatingips", ("tenant_id", call.who.project_id or ""))
        found = ask(call.scope, "neutron", "GET", path).expect().json["floatingips"]
        pools = _pools(call) if found else []
        return {"floating_ips": [_old_floating(call, floating, pools) for floating in found]}

    def post(self, call: Call) -> Json:
        until(call, LAST)
        wanted = (checked(call, POOL) or {}).get("pool")
        policy.enforce(call.scope, "os-floating-ips:create")
        pools = _pools(call)
        pool = next((pool for pool in pools if wanted in (pool["id"], pool["name"])), None)
        if pool is None:
            raise NotFound("Floating IP pool not found.")
        body = {"floatingip": {"floating_network_id": pool["id"]}}
        answer = ask(call.scope, "neutron", "POST", "/v2.0/floatingips", body=body)
        if answer.status == 409:
            kind = str(answer.json["NeutronError"]["type"])
            if kind == "OverQuota":
                raise Forbidden(f"IP allocation over quota in pool {wanted}.")
            raise NotFound(f"No more floating IPs in pool {wanted}.")
        if not answer.ok:
            raise BadRequest(str(answer.json["NeutronError"]["message"]))
        return {"floating_ip": _old_floating(call, answer.json["floatingip"], pools)}


class OneFloatingIp:
    """`/os-floating-ips/{floating_id}`."""

    def get(self, call: Call, floating_id: str) -> Json:
        may(call, "os-floating-ips:show")
        return {"floating_ip": _old_floating(call, self._find(call, floating_id), _pools(call))}

    def delete(self, call: Call, floating_id: str) -> Reply:
        may(call, "os-floating-ips:delete")
        self._find(call, floating_id)
        ask(call.scope, "neutron", "DELETE", f"/v2.0/floatingips/{floating_id}")
        return Reply(202)

    def _find(self, call: Call, floating_id: str) -> Json:
        path = f"/v2.0/floatingips/{quote(floating_id, safe='')}"
        answer = ask(call.scope, "neutron", "GET", path)
        if not answer.ok:
            raise NotFound(f"Floating IP not found for ID {floating_id}")
        found: Json = answer.json["floatingip"]
        return found


class OldGroups:
    """`/os-security-groups`: the project's, by name."""

    def get(self, call: Call) -> Json:
        may(call, "os-security-groups:get")
        path = net.query("/v2.0/security-groups", ("tenant_id", call.who.project_id or ""))
        found = ask(call.scope, "neutron", "GET", path).expect().json["security_groups"]
        shown = old_groups(call, window(found, checked_query(call, PAGE)))
        return {"security_groups": sorted(shown, key=lambda group: (group["tenant_id"], group["name"]))}

    post = absent_until("/os-security-groups", LAST)


class OneOldGroup:
    """`/os-security-groups/{group_id}`."""

    def get(self, call: Call, group_id: str) -> Json:
        may(call, "os-security-groups:show")
        if not is_uuid(group_id):
            raise BadRequest("Security group id should be uuid")
        answer = ask(call.scope, "neutron", "GET", f"/v2.0/security-groups/{group_id}")
        if not answer.ok:
            raise NotFound(f"Security group {group_id} not found.")
        return {"security_group": old_groups(call, [answer.json["security_group"]])[0]}

    put = delete = absent_until("/os-security-groups/{group_id}", LAST)

"""Servers over HTTP: lists, create, one, update, delete (API reference, 'Servers')."""

from typing import Any

from cloudlab.sim.nova import net, policy, servers_schemas
from cloudlab.sim.nova.bodies import checked, checked_query
from cloudlab.sim.nova.build import delete
from cloudlab.sim.nova.negotiation import of_version
from cloudlab.sim.nova.paging import limit_of, links, next_links
from cloudlab.sim.nova.servers_create import make, place_order, truth
from cloudlab.sim.nova.servers_list import all_tenants, page
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.nova.servers_plain import columns
from cloudlab.sim.nova.servers_rules import check_unlocked, find, volumes_of
from cloudlab.sim.nova.servers_views import Look, brief_detail, detail
from cloudlab.sim.web import Call, Reply

Json = dict[str, Any]


def whole(call: Call, server: Server, extended: bool = True) -> Json:
    """One server with its volumes and security groups."""
    if not extended:
        return brief_detail(Look(call), server)
    volumes = [(v.volume_id, v.delete_on_termination) for v in volumes_of(call.scope, [server.id])[server.id]]
    return detail(Look(call), server, volumes, net.groups_of(call.scope, [server.id]).get(server.id))


class Servers:
    """`/servers`."""

    def get(self, call: Call) -> Json:
        servers, more = _listed(call, "index", "servers", (Server.id, Server.name))
        look = Look(call)
        return {"servers": [look.basic(server) for server in servers], **more}

    def post(self, call: Call) -> Reply:
        minor = 1 if call.legacy else call.version[1]
        body = checked(call, servers_schemas.create(minor, call.legacy))
        policy.enforce(call.scope, "servers:create")
        asked = body["server"]
        hints = body.get("os:scheduler_hints") or body.get("OS-SCH-HNT:scheduler_hints") or {}
        password = asked.get("adminPass") or call.cloud.ids.password()
        servers = make(call.scope, place_order(call.scope, asked, hints, minor))
        if truth(asked.get("return_reservation_id", False)):
            return Reply(202, {"reservation_id": servers[0].reservation_id})
        first = servers[0]
        made = {
            "id": first.id,
            "links": links(call, "servers", first.id),
            "OS-DCF:diskConfig": first.disk_config,
            "security_groups": [{"name": name} for name in first.security_groups],
            "adminPass": password,
        }
        return Reply(202, {"server": made}, {"location": f"{call.base}/servers/{first.id}"})


class ServersDetail:
    """`/servers/detail`."""

    def get(self, call: Call) -> Json:
        look = Look(call)
        servers, more = _listed(call, "detail", "servers/detail", columns(look.minor, look.admin))
        groups = net.groups_of(call.scope, [server.id for server in servers])
        shown = [
            detail(look, server, server.volumes, groups.get(server.id), listed=True) for server in servers
        ]
        return {"servers": shown, **more}


def _listed(call: Call, rule: str, path: str, wanted: tuple[Any, ...]) -> tuple[list[Any], Json]:
    """One page of servers, and the link to the next as the body has it."""
    query = checked_query(call, of_version(call, servers_schemas.LIST))
    everyone = all_tenants(call, query)
    policy.enforce(call.scope, f"servers:{rule}:get_all_tenants" if everyone else f"servers:{rule}")
    limit = limit_of(query)
    servers = page(call, query, limit, wanted)
    more = next_links(call, path, servers, limit, servers[-1].id if servers else None)
    return servers, {"servers_links": more} if more else {}


class OneServer:
    """`/servers/{server_id}`."""

    def get(self, call: Call, server_id: str) -> Json:
        server = find(call.scope, server_id)
        policy.enforce(call.scope, "servers:show", server.project_id)
        return {"server": whole(call, server)}

    def put(self, call: Call, server_id: str) -> Json:
        minor = 1 if call.legacy else call.version[1]
        asked = checked(call, servers_schemas.update(minor, call.legacy))["server"]
        server = find(call.scope, server_id)
        policy.enforce(call.scope, "servers:update", server.project_id)
        _update(server, asked)
        server.updated_at = call.scope.now
        return {"server": whole(call, server, extended=call.at_least(75))}

    def delete(self, call: Call, server_id: str) -> Reply:
        server = find(call.scope, server_id)
        policy.enforce(call.scope, "servers:delete", server.project_id)
        check_unlocked(call.scope, server)
        delete(call.scope, server)
        return Reply(204)


def _update(server: Server, asked: Json) -> None:
    """Set what was said."""
    if "name" in asked:
        server.name = asked["name"].strip()
    for name, column in (
        ("OS-DCF:diskConfig", "disk_config"),
        ("accessIPv4", "access_ip_v4"),
        ("accessIPv6", "access_ip_v6"),
        ("description", "description"),
        ("hostname", "hostname"),
    ):
        if name in asked:
            setattr(server, column, asked[name])

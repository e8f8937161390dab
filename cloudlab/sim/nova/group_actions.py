"""The actions addSecurityGroup and removeSecurityGroup: neutron's groups on a server's ports (nova_v21/169 and 170)."""

from typing import Any

from cloudlab.sim.errors import BadRequest, NotFound
from cloudlab.sim.nova import net
from cloudlab.sim.nova.peering import ask
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.nova.servers_rules import finish_event, record
from cloudlab.sim.web import Call, Reply

Json = dict[str, Any]


def add(call: Call, server: Server, wanted: Json) -> Reply:
    """Put the group on every port. Neutron refuses one that is there already."""
    group_id = _find(call, wanted["name"])
    for port in _ports(call, server):
        _set(call, port, [*port["security_groups"], group_id])
    finish_event(call.scope, record(call.scope, server, "addSecurityGroup").number)
    return Reply(202)


def remove(call: Call, server: Server, wanted: Json) -> Reply:
    """Take the group off. Raises NotFound when no port has it."""
    group_id = _find(call, wanted["name"])
    held = [port for port in _ports(call, server) if group_id in port["security_groups"]]
    if not held:
        raise NotFound(f"Security group {group_id} not associated with the instance {server.id}")
    for port in held:
        _set(call, port, [ident for ident in port["security_groups"] if ident != group_id])
    finish_event(call.scope, record(call.scope, server, "removeSecurityGroup").number)
    return Reply(202)


def _find(call: Call, name: str) -> str:
    try:
        return net.check_group(call.scope, name)
    except BadRequest as error:
        project = call.who.project_id
        raise NotFound(f"Security group {name} is not found for project {project}") from error


def _ports(call: Call, server: Server) -> list[Json]:
    path = net.query("/v2.0/ports", ("device_id", server.id))
    ports: list[Json] = ask(call.scope, "neutron", "GET", path).expect().json["ports"]
    return ports


def _set(call: Call, port: Json, groups: list[str]) -> None:
    """Raises BadRequest with neutron's sentence, as its client quotes it."""
    body = {"port": {"security_groups": groups}}
    answer = ask(call.scope, "neutron", "PUT", f"/v2.0/ports/{port['id']}", body=body)
    if not answer.ok:
        message = str(answer.json["NeutronError"]["message"])
        request_id = answer.headers.get("x-openstack-request-id", "")
        raise BadRequest(f"{message}\nNeutron server returns request_ids: ['{request_id}']")

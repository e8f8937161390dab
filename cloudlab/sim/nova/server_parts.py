"""What belongs to a server: addresses, metadata, tags, security groups, interfaces (API reference, 'Servers - …')."""

from typing import Any

from cloudlab.sim.errors import BadRequest, Conflict, Forbidden, NotFound
from cloudlab.sim.nova import net, policy, quota, servers_schemas
from cloudlab.sim.nova.bodies import checked
from cloudlab.sim.nova.negotiation import since
from cloudlab.sim.nova.peering import ask
from cloudlab.sim.nova.schemas import META_BODY, METADATA_BODY
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.nova.servers_rules import check_unlocked, find
from cloudlab.sim.nova.servers_views import addresses
from cloudlab.sim.web import Call, Reply
from cloudlab.sim.webob import empty_page

Json = dict[str, Any]


def of_server(call: Call, server_id: str, rule: str) -> Server:
    """The server, if the caller may do `rule` with it."""
    server = find(call.scope, server_id)
    policy.enforce(call.scope, rule, server.project_id)
    return server


class Addresses:
    """`/servers/{server_id}/ips`."""

    def get(self, call: Call, server_id: str) -> Json:
        return {"addresses": addresses(of_server(call, server_id, "ips:index"), extended=False)}


class NetworkAddresses:
    """`/servers/{server_id}/ips/{network}`."""

    def get(self, call: Call, server_id: str, network: str) -> Json:
        found = addresses(of_server(call, server_id, "ips:show"), extended=False)
        if network not in found:
            raise NotFound("Instance is not a member of specified network")
        return {network: found[network]}


class Metadata:
    """`/servers/{server_id}/metadata`."""

    def get(self, call: Call, server_id: str) -> Json:
        return {"metadata": of_server(call, server_id, "server-metadata:index").server_metadata}

    def post(self, call: Call, server_id: str) -> Json:
        wanted = checked(call, METADATA_BODY)["metadata"]
        server = of_server(call, server_id, "server-metadata:create")
        return {"metadata": _set_metadata(call, server, {**server.server_metadata, **wanted})}

    def put(self, call: Call, server_id: str) -> Json:
        wanted = checked(call, METADATA_BODY)["metadata"]
        server = of_server(call, server_id, "server-metadata:update_all")
        return {"metadata": _set_metadata(call, server, wanted)}


class MetadataItem:
    """`/servers/{server_id}/metadata/{key}`."""

    def get(self, call: Call, server_id: str, key: str) -> Json:
        held = of_server(call, server_id, "server-metadata:show").server_metadata
        if key not in held:
            raise NotFound("Metadata item was not found")
        return {"meta": {key: held[key]}}

    def put(self, call: Call, server_id: str, key: str) -> Json:
        meta = checked(call, META_BODY)["meta"]
        if key not in meta:
            raise BadRequest("Request body and URI mismatch")
        server = of_server(call, server_id, "server-metadata:update")
        _set_metadata(call, server, {**server.server_metadata, **meta})
        return {"meta": meta}

    def delete(self, call: Call, server_id: str, key: str) -> Reply:
        server = of_server(call, server_id, "server-metadata:delete")
        if key not in server.server_metadata:
            raise NotFound("Metadata item was not found")
        _set_metadata(call, server, {name: v for name, v in server.server_metadata.items() if name != key})
        return Reply(204)


def _set_metadata(call: Call, server: Server, metadata: dict[str, str]) -> dict[str, str]:
    """Keep it, within the quota."""
    check_unlocked(call.scope, server)
    limit = quota.limits_of(call.scope, server.project_id)["metadata_items"]
    if 0 <= limit < len(metadata):
        raise Forbidden(f"Maximum number of metadata items exceeds {limit}")
    server.server_metadata, server.updated_at = metadata, call.scope.now
    return metadata


class Tags:
    """`/servers/{server_id}/tags`, from 2.26."""

    def get(self, call: Call, server_id: str) -> Json:
        since(call, 26)
        return {"tags": of_server(call, server_id, "os-server-tags:index").tags}

    def put(self, call: Call, server_id: str) -> Json:
        since(call, 26)
        wanted = checked(call, servers_schemas.TAGS)["tags"]
        server = _taggable(call, server_id, "os-server-tags:update_all")
        server.tags = list(dict.fromkeys(wanted))
        return {"tags": server.tags}

    def delete(self, call: Call, server_id: str) -> Reply:
        since(call, 26)
        _taggable(call, server_id, "os-server-tags:delete_all").tags = []
        return Reply(204)


class Tag:
    """`/servers/{server_id}/tags/{tag}`, from 2.26."""

    def get(self, call: Call, server_id: str, tag: str) -> Reply:
        since(call, 26)
        if tag not in of_server(call, server_id, "os-server-tags:show").tags:
            raise NotFound(f"Server {server_id} has no tag '{tag}'")
        return Reply(204)

    def put(self, call: Call, server_id: str, tag: str) -> Reply:
        since(call, 26)
        checked(call, servers_schemas.NULL)
        server = _taggable(call, server_id, "os-server-tags:update")
        if len(tag) > 60 or "," in tag:
            raise BadRequest(f"Invalid input received: Tag is invalid: {tag}")
        if tag in server.tags:
            return Reply(204)
        if len(server.tags) >= 50:
            raise BadRequest("The number of tags exceeded the per-server limit 50")
        server.tags = [*server.tags, tag]
        reply = empty_page(201)
        reply.headers["Location"] = f"{call.base}/servers/{server_id}/tags/{tag}"
        return reply

    def delete(self, call: Call, server_id: str, tag: str) -> Reply:
        since(call, 26)
        server = _taggable(call, server_id, "os-server-tags:delete")
        if tag not in server.tags:
            raise NotFound(f"Server {server_id} has no tag '{tag}'")
        server.tags = [name for name in server.tags if name != tag]
        return Reply(204)


def _taggable(call: Call, server_id: str, rule: str) -> Server:
    server = of_server(call, server_id, rule)
    if server.vm_state not in ("active", "paused", "suspended", "stopped"):
        raise Conflict(
            f"Server {server_id} is in status {server.vm_state}. Tags can be changed in states: "
            "active, paused, suspended, stopped"
        )
    return server


class SecurityGroups:
    """`/servers/{server_id}/os-security-groups`: neutron's groups in nova's old words, once for each port."""

    def get(self, call: Call, server_id: str) -> Json:
        server = of_server(call, server_id, "os-security-groups:list")
        path = net.query("/v2.0/ports", ("device_id", server.id))
        ports = ask(call.scope, "neutron", "GET", path).expect().json["ports"]
        held = [group for port in ports for group in port["security_groups"]]
        if not held:
            return {"security_groups": []}
        path = net.query("/v2.0/security-groups", *(("id", ident) for ident in dict.fromkeys(held)))
        groups = ask(call.scope, "neutron", "GET", path).expect().json["security_groups"]
        known = {group["id"]: group for group in groups}
        return {"security_groups": old_groups(call, [known[ident] for ident in held if ident in known])}


def old_groups(call: Call, groups: list[Json]) -> list[Json]:
    """Neutron's groups as nova-network had them."""
    known = _names(call, groups)
    return [_group(group, known) for group in groups]


def _names(call: Call, groups: list[Json]) -> dict[str, Json]:
    """The groups that rules refer to, by id."""
    known = {group["id"]: group for group in groups}
    remote = {rule["remote_group_id"] for group in groups for rule in group["security_group_rules"]}
    missing = [ident for ident in remote if ident and ident not in known]
    if missing:
        path = net.query("/v2.0/security-groups", *(("id", ident) for ident in sorted(missing)))
        found = ask(call.scope, "neutron", "GET", path).expect().json["security_groups"]
        known |= {group["id"]: group for group in found}
    return known


def _group(group: Json, known: dict[str, Json]) -> Json:
    """A group as nova-network had it: only what comes in."""
    rules = [rule for rule in group["security_group_rules"] if rule["direction"] == "ingress"]
    return {
        "id": group["id"],
        "description": group["description"],
        "name": group["name"],
        "tenant_id": group["tenant_id"],
        "rules": [_rule(rule, known) for rule in rules],
    }


def _rule(rule: Json, known: dict[str, Json]) -> Json:
    remote = known.get(rule["remote_group_id"] or "")
    body = {
        "id": rule["id"],
        "parent_group_id": rule["security_group_id"],
        "ip_protocol": rule["protocol"],
        "from_port": rule["port_range_min"],
        "to_port": rule["port_range_max"],
        "group": {"name": remote["name"], "tenant_id": remote["tenant_id"]} if remote else {},
        "ip_range": {},
    }
    if rule["protocol"] and rule["port_range_min"] is None:
        whole = (-1, -1) if rule["protocol"].upper() in ("ICMP", "1") else (1, 65535)
        body["from_port"], body["to_port"] = whole
    if not remote:
        everywhere = "::/0" if rule["ethertype"] == "IPv6" else "0.0.0.0/0"
        body["ip_range"] = {"cidr": rule["remote_ip_prefix"] or everywhere}
    return body


class Password:
    """`/servers/{server_id}/os-server-password`: none, because only Windows guests report one."""

    def get(self, call: Call, server_id: str) -> Json:
        of_server(call, server_id, "os-server-password:show")
        return {"password": ""}

    def delete(self, call: Call, server_id: str) -> Reply:
        of_server(call, server_id, "os-server-password:clear")
        return Reply(204)


class Topology:
    """`/servers/{server_id}/topology`, from 2.78: a server here has no NUMA nodes."""

    def get(self, call: Call, server_id: str) -> Json:
        since(call, 78)
        of_server(call, server_id, "compute:server:topology:index")
        return {"nodes": [], "pagesize_kb": None}


class Shares:
    """`/servers/{server_id}/shares`, from 2.97: shared file systems, of which this cloud has none."""

    def get(self, call: Call, server_id: str) -> Json:
        since(call, 97)
        of_server(call, server_id, "os-server-shares:index")
        return {"shares": []}

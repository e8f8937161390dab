"""What nova asks of neutron: which networks a server may have, its ports, its addresses, its security groups."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from cloudlab.sim import tasks
from cloudlab.sim.errors import ApiError, BadRequest, Conflict, Forbidden, NotFound
from cloudlab.sim.nova.peering import ask
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.nova.servers_rules import by_id
from cloudlab.sim.nova.servers_schemas import is_uuid
from cloudlab.sim.nova.steps import Aborted
from cloudlab.sim.processes import HOST
from cloudlab.sim.scope import Scope

Json = dict[str, Any]
Groups = dict[str, str]  # names by id
AT_ONCE = 150  # nova's MAX_SEARCH_IDS: a URL has room for so many


def query(path: str, *pairs: tuple[str, str]) -> str:
    return f"{path}?{urlencode(pairs)}" if pairs else path


def available(scope: Scope, project_id: str) -> list[Json]:
    """The networks a server gets when none is named: the project's own, then the shared ones."""
    own = query("/v2.0/networks", ("tenant_id", project_id), ("shared", "False"))
    found = ask(scope, "neutron", "GET", own).expect().json["networks"]
    return found + ask(scope, "neutron", "GET", "/v2.0/networks?shared=True").expect().json["networks"]


def check_requested(scope: Scope, asked: Any, count: int) -> Any:
    """What was asked for as networks, with each one known to exist and enough ports in the quota.

    `asked` is None (nova chooses), "auto", "none" or a list of {uuid, port, fixed_ip, tag}. Raises as recorded in
    nova_v21/232_err_create_bad_network.
    """
    if asked == "none":
        return "none"
    project = scope.who.project_id or ""
    if asked in (None, "auto", []):
        networks = available(scope, project)
        if len(networks) > 1:
            raise Conflict("Multiple possible networks found, use a Network ID to be more specific.")
        if not networks and asked == "auto":
            raise BadRequest(f"Unable to automatically allocate a network for project {project}")
        wanted: list[Json] = [{"uuid": network["id"], "chosen": True} for network in networks]
    else:
        wanted = [_requested(scope, item, count) for item in asked]
        _check_networks(scope, [item["uuid"] for item in wanted])
    _check_quota(scope, project, count * sum("port" not in item for item in wanted))
    return wanted


def _requested(scope: Scope, item: Json, count: int) -> Json:
    """One item of `networks`, with the network of a named port."""
    item = {name: value for name, value in item.items() if value is not None}
    if "port" not in item:
        if "uuid" not in item:
            raise BadRequest("Bad network format: missing 'uuid'")
        if not is_uuid(item["uuid"]):
            raise BadRequest(f"Bad networks format: network uuid is not in proper format ({item['uuid']})")
        if "fixed_ip" in item and count > 1:
            raise BadRequest("Invalid input received: A fixed IP can't be used by more than one server.")
        return item
    if "fixed_ip" in item:
        raise BadRequest(f"Specified Fixed IP '{item['fixed_ip']}' cannot be used with port '{item['port']}': the two"
                         " cannot be specified together.")  # fmt: skip
    if count > 1:
        raise BadRequest("Unable to launch multiple instances with a single configured port ID. Please launch "
                         "your instance one by one with different ports.")  # fmt: skip
    port = _free_port(scope, item["port"], BadRequest)
    if not port["fixed_ips"]:
        raise BadRequest(f"Port {port['id']} requires a FixedIP in order to be used.")
    return {**item, "uuid": port["network_id"]}


def _free_port(scope: Scope, port_id: str, unknown: type[ApiError]) -> Json:
    """A port that is to be a server's. Raises `unknown` when there is none, Conflict when it is another's."""
    answer = ask(scope, "neutron", "GET", f"/v2.0/ports/{port_id}")
    if not answer.ok:
        raise unknown(f"Port id {port_id} could not be found.")
    port: Json = answer.json["port"]
    if port["device_id"]:
        raise Conflict(f"Port {port['id']} is still in use.")
    return port


def requested_one(scope: Scope, asked: Json) -> Json:
    """The network or port of an attachment (keys net_id, port_id, fixed_ips, tag), known to exist.

    Raises as recorded for 2025.2; where that cloud's compute answers 500 (an unknown network, an address that is not
    of it) this says the same sentence with 404 and 400.
    """
    item: Json = {"tag": asked["tag"]} if "tag" in asked else {}
    if asked.get("port_id"):
        port = _free_port(scope, asked["port_id"], NotFound)
        return {**item, "port": port["id"], "uuid": port["network_id"]}
    project = scope.who.project_id or ""
    if asked.get("net_id"):
        answer = ask(scope, "neutron", "GET", query("/v2.0/networks", ("id", asked["net_id"])))
        if not answer.expect().json["networks"]:
            raise NotFound(f"Network {asked['net_id']} could not be found.")
        item["uuid"] = asked["net_id"]
        if asked.get("fixed_ips"):
            item["fixed_ip"] = asked["fixed_ips"][0]["ip_address"]
    else:
        networks = available(scope, project)
        if len(networks) > 1:
            raise BadRequest("Multiple possible networks found, use a Network ID to be more specific.")
        if not networks:
            raise BadRequest(
                f"No specific network was requested and none are available for project '{project}'."
            )
        item["uuid"] = networks[0]["id"]
    _check_quota(scope, project, 1)
    return item


def _check_networks(scope: Scope, ids: list[str]) -> None:
    path = query("/v2.0/networks", *(("id", ident) for ident in dict.fromkeys(ids)))
    found = {
        network["id"]: network for network in ask(scope, "neutron", "GET", path).expect().json["networks"]
    }
    for ident in ids:
        if ident not in found:
            raise BadRequest(f"Network {ident} could not be found.")
        if not found[ident]["subnets"]:
            raise BadRequest(f"Network {ident} requires a subnet in order to boot instances on.")
        mine = found[ident]["tenant_id"] == scope.who.project_id or found[ident]["shared"]
        if found[ident].get("router:external") and not mine and not scope.who.is_admin:
            raise Forbidden(f"It is not allowed to create an interface on external network {ident}")


def _check_quota(scope: Scope, project: str, ports: int) -> None:
    if not ports:
        return
    limit = ask(scope, "neutron", "GET", f"/v2.0/quotas/{project}").expect().json["quota"]["port"]
    path = query("/v2.0/ports", ("tenant_id", project), ("fields", "id"))
    used = len(ask(scope, "neutron", "GET", path).expect().json["ports"])
    if 0 <= limit < used + ports:
        raise Forbidden("Maximum number of ports exceeded")


def check_group(scope: Scope, name: str) -> str:
    """The id of a security group by its name or id. Raises BadRequest (nova_v21/233_err_create_bad_secgroup)."""
    for field in ("name", "id"):
        path = query("/v2.0/security-groups", ("fields", "id"), (field, name))
        found = ask(scope, "neutron", "GET", path).expect().json["security_groups"]
        if len(found) > 1:
            raise Conflict(
                f"Multiple security_group matches found for name '{name}', use an ID to be more specific."
            )
        if found:
            return str(found[0]["id"])
    raise BadRequest(f"Unable to find security_group with name or id '{name}'")


def plug(scope: Scope, server: Server, groups: list[str]) -> None:
    """Make (or take) a port for each network that was asked for. Raises Failed when neutron has none to give.

    `groups` are the ids of the security groups that were asked for.
    """
    asked = [] if server.networks == "none" else server.networks
    names = _names_again(scope, server, asked)
    for item in asked:
        plug_one(scope, server, item, groups)
    server.ports = [
        {**held, "network": names.get(item["uuid"])} for held, item in zip(server.ports, asked, strict=True)
    ]


def _names_again(scope: Scope, server: Server, asked: list[Json]) -> dict[str, str]:
    """Compute looks once more whether the networks are there; their names by id."""
    if any("chosen" in item for item in asked):
        return {network["id"]: network["name"] for network in available(scope, server.project_id)}
    return _names(scope, [item["uuid"] for item in asked])


def plug_one(scope: Scope, server: Server, item: Json, groups: list[str]) -> str:
    """Make or take one port, and bind it to the server. Gives its id. Raises Failed."""
    mine = "port" not in item
    port_id = _make_port(scope, server, item, groups) if mine else item["port"]
    server.ports = [*server.ports, {"id": port_id, "mine": mine, "tag": item.get("tag")}]
    bound = {"device_id": server.id, "device_owner": f"compute:{server.zone}", "binding:host_id": HOST}
    answer = scope.ask_as_service("neutron", "PUT", f"/v2.0/ports/{port_id}", body={"port": bound})
    if not answer.ok:
        raise Aborted(server, "Failed to allocate the network(s), not rescheduling.")
    return str(port_id)


def unplug_one(scope: Scope, server: Server, held: Json) -> None:
    """The server has the port no more."""
    _give_back(scope, held["id"], held["mine"])
    server.ports = [port for port in server.ports if port["id"] != held["id"]]
    server.addresses = [port for port in server.addresses if port["port_id"] != held["id"]]


def _give_back(scope: Scope, port_id: str, mine: bool) -> None:
    """Delete the port when nova made it (`mine`), else let go of it."""
    path = f"/v2.0/ports/{port_id}"
    if mine:
        ask(scope, "neutron", "DELETE", path)
    else:
        free = {"device_id": "", "device_owner": "", "binding:host_id": None}
        scope.ask_as_service("neutron", "PUT", path, body={"port": free})


def _make_port(scope: Scope, server: Server, item: Json, group_ids: list[str]) -> str:
    port: Json = {
        "device_id": server.id,
        "network_id": item["uuid"],
        "admin_state_up": True,
        "tenant_id": server.project_id,
    }
    if "fixed_ip" in item:
        port["fixed_ips"] = [{"ip_address": item["fixed_ip"]}]
    if group_ids:
        port["security_groups"] = group_ids
    answer = ask(scope, "neutron", "POST", "/v2.0/ports", body={"port": port})
    if answer.ok:
        return str(answer.json["port"]["id"])
    problem = str((answer.json or {}).get("NeutronError", {}).get("type", ""))
    if problem == "IpAddressGenerationFailure":
        raise Aborted(server, f"No fixed IP addresses available for network: {item['uuid']}")
    if problem in ("IpAddressInUse", "IpAddressAlreadyAllocated"):
        raise Aborted(server, f"Fixed IP address {item.get('fixed_ip')} is already in use.")
    if problem in ("InvalidIpForNetwork", "InvalidIpForSubnet"):
        raise Aborted(
            server,
            f"Invalid input received: Fixed IP {item.get('fixed_ip')} is not a valid ip address for network "
            f"{item['uuid']}.",
        )
    raise Aborted(server, "Failed to allocate the network(s), not rescheduling.")


def refresh(scope: Scope, server: Server, known: bool = False) -> None:
    """Fill the info cache from neutron: ports and all that hangs on them (east_west_server_create).

    `known`: the networks' names were read a moment ago.
    """
    path = query("/v2.0/ports", ("tenant_id", server.project_id), ("device_id", server.id))
    ports = scope.ask_as_service("neutron", "GET", path).expect().json["ports"]
    order = {held["id"]: place for place, held in enumerate(server.ports)}
    ports = sorted((port for port in ports if port["id"] in order), key=lambda port: order[port["id"]])
    read = {held["id"]: held.get("network") for held in server.ports} if known else {}
    names = {port["network_id"]: str(read[port["id"]]) for port in ports if read.get(port["id"])}
    names |= _names(scope, [port["network_id"] for port in ports if port["network_id"] not in names])
    found = [_with_floating(scope, port) for port in ports]
    versions = _versions(scope, [ip["subnet_id"] for port in ports for ip in port["fixed_ips"]])
    server.addresses = [_cached(port, ips, names, versions) for port, ips in zip(ports, found, strict=True)]


def _with_floating(scope: Scope, port: Json) -> list[tuple[Json, list[str]]]:
    """Each fixed address of a port, with the floating ones that lead to it."""
    found: list[tuple[Json, list[str]]] = []
    for ip in port["fixed_ips"]:
        asked = (("fixed_ip_address", ip["ip_address"]), ("port_id", port["id"]))
        answer = scope.ask_as_service("neutron", "GET", query("/v2.0/floatingips", *asked))
        floating = answer.json["floatingips"] if answer.ok else []
        found.append((ip, [one["floating_ip_address"] for one in floating]))
    return found


def _cached(
    port: Json, found: list[tuple[Json, list[str]]], names: dict[str, str], versions: dict[str, int]
) -> Json:
    ips: list[Json] = []
    for ip, floating in found:
        version = versions.get(ip["subnet_id"], 4)
        ips.append({"address": ip["ip_address"], "version": version, "type": "fixed"})
        ips += [{"address": address, "version": 4, "type": "floating"} for address in floating]
    network = names.get(port["network_id"], "")
    return {"port_id": port["id"], "network": network, "mac": port["mac_address"], "ips": ips}


@tasks.handler("nova.refresh")
def refresh_step(scope: Scope, server_id: str) -> None:
    """Neutron said that a port changed: compute looks again."""
    server = by_id(scope, server_id)
    if server is not None and not server.deleted and server.launched_at and server.ports:
        refresh(scope, server)


def _names(scope: Scope, ids: list[str]) -> dict[str, str]:
    if not ids:
        return {}
    path = query("/v2.0/networks", *(("id", ident) for ident in dict.fromkeys(ids)))
    found = scope.ask_as_service("neutron", "GET", path).expect().json["networks"]
    return {network["id"]: network["name"] for network in found}


def _versions(scope: Scope, ids: list[str]) -> dict[str, int]:
    if not ids:
        return {}
    path = query("/v2.0/subnets", *(("id", ident) for ident in dict.fromkeys(ids)))
    found = scope.ask_as_service("neutron", "GET", path).expect().json["subnets"]
    return {subnet["id"]: subnet["ip_version"] for subnet in found}


def unplug(scope: Scope, server: Server) -> None:
    """Delete the ports that nova made, and let go of those it was given (east_west_server_delete)."""
    path = query("/v2.0/ports", ("device_id", server.id))
    answer = ask(scope, "neutron", "GET", path)
    made = {port["id"] for port in server.ports if port["mine"]}
    for port in answer.json["ports"] if answer.ok else []:
        _give_back(scope, port["id"], port["id"] in made)
    server.ports, server.addresses = [], []


def groups_of(scope: Scope, server_ids: Sequence[str]) -> dict[str, list[str]]:
    """The names of each server's security groups as neutron has them now, in two calls (east_west_server_list).

    Once for each port (recording more: server_after_reset); a server whose ports have none is not in it.
    """
    found: dict[str, list[str]] = {}
    for port in _ports_of(scope, server_ids):
        for ident in port["security_groups"]:
            found.setdefault(port["device_id"], []).append(ident)
    names = group_names(scope, list(dict.fromkeys(ident for ids in found.values() for ident in ids)))
    return {server: [names[ident] for ident in ids] for server, ids in found.items()}


def _ports_of(scope: Scope, server_ids: Sequence[str]) -> list[Json]:
    """The ports of these servers, AT_ONCE servers in a call."""
    ports: list[Json] = []
    for first in range(0, len(server_ids), AT_ONCE):
        asked = (("device_id", ident) for ident in server_ids[first : first + AT_ONCE])
        answer = ask(scope, "neutron", "GET", query("/v2.0/ports", *asked))
        ports += answer.json["ports"] if answer.ok else []
    return ports


def group_names(scope: Scope, ids: list[str]) -> Groups:
    """Names of security groups by id."""
    if not ids:
        return {}
    path = query(
        "/v2.0/security-groups", *(("id", ident) for ident in ids), ("fields", "id"), ("fields", "name")
    )
    found = ask(scope, "neutron", "GET", path).expect().json["security_groups"]
    return dict.fromkeys(ids, "") | {group["id"]: group["name"] for group in found}

"""Building a server and taking it down: what the steps in states.MACHINES do (east_west_server_create, …_delete)."""

from contextlib import suppress
from typing import Any

from cloudlab.sim import processes
from cloudlab.sim.errors import PeerFailed
from cloudlab.sim.nova import hosts_model, migrations_model, net
from cloudlab.sim.nova.attachments_model import (
    connect_devices,
    forget_devices,
    release_devices,
    wait_for_devices,
)
from cloudlab.sim.nova.groups_model import fits_group
from cloudlab.sim.nova.peering import sentence, words
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.nova.servers_rules import record, start_event
from cloudlab.sim.nova.servers_volumes import order_devices
from cloudlab.sim.nova.states import MACHINES, RUNNING, SHUTDOWN
from cloudlab.sim.nova.steps import Aborted, Extra, Failed, Lost, begin, on_failure, work
from cloudlab.sim.patience import REFUSED
from cloudlab.sim.processes import HOST
from cloudlab.sim.scope import Scope

NO_VALID_HOST = "No valid host was found. "
NOT_ENOUGH = "No valid host was found. There are not enough hosts available."
ALLOCATIONS = {"OpenStack-API-Version": "placement 1.28"}
LET_GO = (2.0, 4.0, 6.0)  # seconds between compute's tries to give ports back (_try_deallocate_network)


def resources(flavor: dict[str, Any], local_root: bool = True) -> dict[str, int]:
    """What a flavor takes from a host, by placement's resource classes; amounts of none are left out."""
    disk = (flavor["disk"] if local_root else 0) + flavor["ephemeral"] + -(-flavor["swap"] // 1024)
    wanted = {"DISK_GB": disk, "MEMORY_MB": flavor["ram"], "VCPU": flavor["vcpus"]}
    return {name: amount for name, amount in wanted.items() if amount}


@work("schedule")
def schedule(scope: Scope, server: Server, extra: Extra) -> None:
    """Find a host with room and claim it. Raises Failed when placement knows none: 'no valid host'. Raises Lost."""
    scope.message("call", processes.SCHEDULER, "select_destinations", server.id)
    claim_room(scope.acting(processes.SCHEDULER), server, server.flavor)
    server.zone = hosts_model.zone_of_host(scope)
    if not scope.message("cast", processes.COMPUTE, "build_and_run_instance", server.id):
        raise Lost


def claim_room(scope: Scope, server: Server, flavor: dict[str, Any]) -> None:
    """Ask placement for candidates and take the first. Raises Failed: a placement that fails has no room (recorded)."""
    try:
        _claim_room(scope, server, flavor)
    except PeerFailed as error:
        raise Failed(NO_VALID_HOST) from error


def _claim_room(scope: Scope, server: Server, flavor: dict[str, Any]) -> None:
    wanted = ",".join(f"{name}:{amount}" for name, amount in resources(flavor, bool(server.image_id)).items())
    asked = (("limit", "1000"), ("resources", wanted), ("root_required", "!COMPUTE_STATUS_DISABLED"))
    path = net.query("/allocation_candidates", *asked)
    answer = scope.ask_as_service("placement", "GET", path, headers=hosts_model.PLACEMENT)
    candidates = answer.json["allocation_requests"] if answer.ok else []
    if not candidates:
        raise Failed(NO_VALID_HOST)
    check_filters(scope, server)
    here = f"/allocations/{server.id}"
    held = scope.ask_as_service("placement", "GET", here, headers=ALLOCATIONS).expect().json
    claim = {
        "allocations": candidates[0]["allocations"],
        "mappings": candidates[0]["mappings"],
        "project_id": server.project_id,
        "user_id": server.user_id,
        "consumer_generation": held.get("consumer_generation"),
    }
    if not scope.ask_as_service("placement", "PUT", here, body=claim, headers=hosts_model.PLACEMENT).ok:
        raise Failed(NO_VALID_HOST)


def check_filters(scope: Scope, server: Server) -> None:
    """What the scheduler asks of a candidate beyond room: it is up, in the zone, and fits the server's group."""
    service = hosts_model.compute_service(scope)
    up = service is not None and hosts_model.is_up(service) and not service.disabled
    in_zone = server.asked_zone in (None, hosts_model.zone_of_host(scope))
    if not (up and in_zone and fits_group(scope, server)):
        raise Failed(NOT_ENOUGH)


@work("claim")
def claim(scope: Scope, server: Server, extra: Extra) -> None:
    """The compute host takes the server on."""
    here = f"/allocations/{server.id}"
    held = scope.ask_as_service("placement", "GET", here, headers=ALLOCATIONS)
    server.host, server.node = HOST, next(iter(held.json["allocations"] if held.ok else ()), None)
    _count_own(scope, server)
    scope.ask_as_service("placement", "GET", here, headers=ALLOCATIONS)


def _count_own(scope: Scope, server: Server) -> None:
    """Compute looks who holds what of its host."""
    if server.node is not None:
        scope.ask_as_service("placement", "GET", f"/resource_providers/{server.node}/allocations")


@work("plug")
def plug(scope: Scope, server: Server, extra: Extra) -> None:
    """Ports and addresses. Without neutron the build goes on until the guest is to start (recorded)."""
    try:
        net.plug(scope, server, extra.get("security_groups", []))
    except PeerFailed as error:
        extra["no_network"] = sentence(error)


@work("volumes")
def volumes(scope: Scope, server: Server, extra: Extra) -> None:
    """Volumes that were asked for at create: waits for new ones, then connects them."""
    order_devices(scope, server, extra)
    wait_for_devices(scope, server)
    connect_devices(scope, server)


@work("launch")
def launch(scope: Scope, server: Server, extra: Extra) -> None:
    """The virtual machine runs. Raises Aborted without its network."""
    if "no_network" in extra:
        raise Aborted(server, extra["no_network"])
    net.refresh(scope, server, known=True)
    server.launched_at = server.booted_at = scope.now
    scope.message("fanout", processes.EVERYBODY, "update_instance_info", server.id)


@work("boot")
def boot(scope: Scope, server: Server, extra: Extra) -> None:
    """It runs again: the console starts anew."""
    server.booted_at = scope.now


@on_failure("create")
def give_back(scope: Scope, server: Server, extra: Extra) -> None:
    """A server that could not be built keeps nothing, but for what a broken peer won't take back.

    Where no host was found, there is nothing at a host to undo.
    """
    release_devices(scope, server)
    if server.host is None:
        return
    with suppress(PeerFailed):
        net.unplug(scope, server)
    with suppress(PeerFailed):
        free_room(scope, server.id)
    server.host = None


def free_room(scope: Scope, consumer: str) -> None:
    """Give a server's (or a migration's) room back to placement."""
    here = f"/allocations/{consumer}"
    held = scope.ask_as_service("placement", "GET", here, headers=ALLOCATIONS)
    if held.ok and held.json["allocations"]:
        scope.ask_as_service("placement", "DELETE", here)


@work("terminate")
def terminate(scope: Scope, server: Server, extra: Extra) -> None:
    """Ports, volumes and room are free again; the row says DELETED for a moment. Raises Failed (recorded)."""
    _leave_network(scope, server)
    release_devices(scope, server, forget=False)
    server.terminated_at = scope.now
    try:
        _leave_host(scope, server)
    except PeerFailed as error:
        server.vm_state, server.task_state, server.power_state = "deleted", None, 0
        raise Failed(_uncounted(server, error)) from error
    scope.message("fanout", processes.EVERYBODY, "delete_instance_info", server.id)


def _leave_network(scope: Scope, server: Server) -> None:
    """Without neutron compute tries for half a minute, and then the server stays `deleting`. Raises Failed.

    Only where nobody listens it tries again (read: compute/manager.py, _try_deallocate_network).
    """
    for pause in (*LET_GO, None):
        try:
            return net.unplug(scope, server)
        except PeerFailed as error:
            if pause is None or error.failure != REFUSED:
                raise Failed(words(error)) from error
            scope.pause.seconds += pause
    return None


def _leave_host(scope: Scope, server: Server) -> None:
    _free_old_room(scope, server)
    _count_own(scope, server)
    free_room(scope, server.id)


def _uncounted(server: Server, error: PeerFailed) -> str:
    """What compute says when it can't count what its host holds."""
    if error.failure == REFUSED:
        return words(error)
    return f"Failed to retrieve allocations for resource provider {server.node}: {error.message}"  # read


@work("forget")
def forget(scope: Scope, server: Server, extra: Extra) -> None:
    """From now on it is 404. A volume that cinder did not take back is in use by nobody then (recorded)."""
    forget_devices(scope, server)
    server.deleted = True


def delete(scope: Scope, server: Server) -> None:
    """Take the server down, unless that is under way; one that got stuck in it may go now."""
    under_way = server.task_state == "deleting" and server.vm_state != "error"
    if under_way or server.vm_state == "deleted":
        return
    if server.host is None:
        delete_now(scope, server)
    else:
        begin(scope, server, "delete")


def delete_now(scope: Scope, server: Server) -> None:
    """A server that never got to a host goes at once: there is nobody to wait for."""
    machine = MACHINES["delete"]
    action = record(scope, server, machine.action)
    start_event(scope, action.number, machine.event, None)
    server.run = action.number
    with suppress(PeerFailed):  # only logged (recorded for placement)
        net.unplug(scope, server)
    release_devices(scope, server)
    with suppress(PeerFailed):
        _leave_host(scope, server)
    server.terminated_at = scope.now
    scope.message("fanout", processes.EVERYBODY, "delete_instance_info", server.id)
    server.vm_state, server.task_state, server.power_state = "deleted", None, 0
    server.updated_at = scope.now
    forget(scope, server, {})


@work("move")
def move(scope: Scope, server: Server, extra: Extra) -> None:
    """Room for the new flavor, beside that of the old one. Raises Failed: the server then stays as it was."""
    holder = _migration(scope, server)
    _pass_room(scope, server.id, holder)
    try:
        claim_room(scope, server, extra["flavor"])
    except Failed:
        _pass_room(scope, holder, server.id)
        raise
    migrations_model.advance(scope, server, "migrating")
    start_event(scope, server.run, "compute_resize_instance", HOST)


def _migration(scope: Scope, server: Server) -> str:
    """The id of the server's last move: until that is confirmed or reverted, the old room is held under it."""
    row = migrations_model.latest(scope, server)
    return row.id if row else server.id


def _free_old_room(scope: Scope, server: Server) -> None:
    """What is held under the server's last move, if it ever moved."""
    row = migrations_model.latest(scope, server)
    if row:
        free_room(scope, row.id)


def _pass_room(scope: Scope, giver: str, taker: str) -> None:
    """What one consumer holds in placement becomes another's, instead of what that one had (seen on 2025.2)."""
    if giver == taker:
        return
    held = (
        scope.ask_as_service("placement", "GET", f"/allocations/{giver}", headers=ALLOCATIONS).expect().json
    )
    for consumer in (giver, taker):
        free_room(scope, consumer)
    if held["allocations"]:
        rooms = {rp: {"resources": room["resources"]} for rp, room in held["allocations"].items()}
        claim = {**held, "allocations": rooms, "consumer_generation": None}
        scope.ask_as_service(
            "placement", "PUT", f"/allocations/{taker}", body=claim, headers=ALLOCATIONS
        ).expect()


@on_failure("resize")
def not_moved(scope: Scope, server: Server, extra: Extra) -> None:
    """No host has room for the new flavor."""
    migrations_model.advance(scope, server, "error")


@work("moved")
def moved(scope: Scope, server: Server, extra: Extra) -> None:
    """The disk is where it shall be."""
    start_event(scope, server.run, "compute_finish_resize", HOST)
    migrations_model.advance(scope, server, "post-migrating")


@work("resized")
def resized(scope: Scope, server: Server, extra: Extra) -> None:
    """It runs with the new flavor; someone has to confirm."""
    relaunch(scope, server, extra)
    migrations_model.advance(scope, server, "finished")


@work("resize")
def resize(scope: Scope, server: Server, extra: Extra) -> None:
    """The new flavor takes over; the old one and the old state are remembered for a revert."""
    server.old_flavor = {"flavor": server.flavor, "vm_state": server.vm_state}
    use_flavor(server, extra["flavor"])


def use_flavor(server: Server, flavor: dict[str, Any]) -> None:
    """The sizes count at once: quotas sum them."""
    server.flavor, server.flavor_id = flavor, flavor["id"]
    server.vcpus, server.ram = flavor["vcpus"], flavor["ram"]


def _as_before(scope: Scope, server: Server, vm_state: str) -> None:
    """Running again, or stopped when it was stopped before."""
    stopped = vm_state == "stopped"
    server.vm_state, server.power_state = ("stopped", SHUTDOWN) if stopped else ("active", RUNNING)


@work("confirm")
def confirm(scope: Scope, server: Server, extra: Extra) -> None:
    """The old flavor is forgotten, and its room is free."""
    _free_old_room(scope, server)
    migrations_model.advance(scope, server, "confirmed")
    _as_before(scope, server, (server.old_flavor or {}).get("vm_state", "active"))
    server.old_flavor = None


@work("revert")
def revert(scope: Scope, server: Server, extra: Extra) -> None:
    """The old flavor is back."""
    old = server.old_flavor or {"flavor": server.flavor, "vm_state": "active"}
    _pass_room(scope, _migration(scope, server), server.id)
    use_flavor(server, old["flavor"])
    migrations_model.advance(scope, server, "reverted")
    start_event(scope, server.run, "compute_finish_revert_resize", HOST)
    _as_before(scope, server, old["vm_state"])
    server.old_flavor, server.launched_at, server.booted_at = None, scope.now, scope.now


@work("rebuilt")
def rebuilt(scope: Scope, server: Server, extra: Extra) -> None:
    """A new disk from the image, the same id and addresses."""
    _as_before(scope, server, extra["vm_state"])
    server.launched_at = server.booted_at = scope.now


@work("offload")
def offload(scope: Scope, server: Server, extra: Extra) -> None:
    """A shelved server leaves its host."""
    free_room(scope, server.id)
    server.host = None


@work("reschedule")
def reschedule(scope: Scope, server: Server, extra: Extra) -> None:
    """A shelved server finds a host again."""
    schedule(scope, server, extra)


@work("relaunch")
def relaunch(scope: Scope, server: Server, extra: Extra) -> None:
    """It runs on its host, anew."""
    server.host = HOST
    server.launched_at = server.booted_at = scope.now

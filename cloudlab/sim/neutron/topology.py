"""A network for a project that has none, with subnets and a router to the outside, in one go.

Networking API reference, 'Auto allocated topologies'; seen on 2025.2. It needs what an administrator prepares: a
default external network, and a default subnet pool.
"""

from sqlalchemy import select

from cloudlab.sim.errors import ApiError, Forbidden
from cloudlab.sim.neutron import interfaces, routers
from cloudlab.sim.neutron.attributes import create_data
from cloudlab.sim.neutron.controller import take_away
from cloudlab.sim.neutron.faults import conflict, refused
from cloudlab.sim.neutron.kind import Json, Kind, by_id
from cloudlab.sim.neutron.model import Network, Router, SubnetPool, Topology
from cloudlab.sim.neutron.networks import NETWORKS
from cloudlab.sim.neutron.ports import remove
from cloudlab.sim.neutron.routers import ROUTERS
from cloudlab.sim.neutron.subnets import SUBNETS
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply


def _failure(reason: str) -> ApiError:
    return conflict("AutoAllocationFailure", f"Deployment error: {reason}.")


def _outside(scope: Scope) -> Network:
    query = select(Network).where(Network.external, Network.is_default).order_by(Network.n)
    found = scope.session.scalars(query).first()
    if found is None:
        raise _failure("No default router:external network")
    return found


class AutoTopology:
    """GET makes it, if it isn't there; `?fields=dry-run` only asks whether it could be made."""

    def get(self, call: Call, project: str) -> Reply:
        project = _whose(call, project)
        wanted = [value for name, value in call.query if name == "fields"]
        if "dry-run" in wanted:
            _requirements(call.scope, "No default subnetpools defined")
            return _answer("dry-run=pass", project)
        if wanted:
            raise refused("BadRequest", "Bad auto_allocate request: Unrecognized field.")
        known = call.scope.session.get(Topology, project)
        return _answer((known or _build(call, project)).network_id, project)

    def delete(self, call: Call, project: str) -> Reply:
        """(Neutron looks at it first, and so makes it first: the same refusals.)"""
        known = call.scope.session.get(Topology, _whose(call, project))
        if known:
            _take_down(call.scope, known)
        else:
            _requirements(call.scope)
        return Reply(204)


def _whose(call: Call, project: str) -> str:
    project = str(call.who.project_id) if project == "None" else project
    if project != call.who.project_id and not call.who.is_admin:
        raise Forbidden("Not authorized.", type="NotAuthorized")
    return project


def _answer(network_id: str, project: str) -> Reply:
    body = {"id": network_id, "tenant_id": project, "project_id": project}
    return Reply(200, {"auto_allocated_topology": body})


def _make(call: Call, kind: Kind, project: str, **said: object) -> Json:
    """Attributes as a request of an administrator would be read, for that project."""
    given = {**said, "project_id": call.who.project_id}
    return {**create_data(kind.attributes, given, call.who), "project_id": project}


def _requirements(
    scope: Scope, without_pools: str = "Unable to provide tenant private network"
) -> tuple[Network, list[SubnetPool]]:
    """The default external network and pools. Raises Conflict."""
    outside = _outside(scope)
    query = select(SubnetPool).where(SubnetPool.is_default).order_by(SubnetPool.ip_version)
    pools = list(scope.session.scalars(query))
    if not pools:
        raise _failure(without_pools)
    return outside, pools


def _build(call: Call, project: str) -> Topology:
    scope = call.scope
    outside, pools = _requirements(scope)
    network = NETWORKS.create(scope, _make(call, NETWORKS, project, name="auto_allocated_network"))
    router = ROUTERS.create(
        scope,
        _make(
            call,
            ROUTERS,
            project,
            name="auto_allocated_router",
            external_gateway_info={"network_id": outside.id},
        ),
    )
    for pool in pools:
        data = _make(
            call,
            SUBNETS,
            project,
            name=f"auto_allocated_subnet_v{pool.ip_version}",
            network_id=network.id,
            ip_version=pool.ip_version,
            subnetpool_id=pool.id,
        )
        interfaces.plug(scope, router, SUBNETS.create(scope, data))
    made = Topology(project_id=project, network_id=network.id, router_id=router.id)
    scope.session.add(made)
    scope.session.flush()
    return made


def _take_down(scope: Scope, known: Topology) -> None:
    """The router with its doors, then the network; what is gone already is gone."""
    router = by_id(scope, Router, known.router_id)
    if router is not None:
        for port in routers.interfaces(scope, router.id):
            remove(scope, port)
        take_away(scope, ROUTERS, router)
    network = by_id(scope, Network, known.network_id)
    if network is not None:
        take_away(scope, NETWORKS, network)
    scope.session.delete(known)

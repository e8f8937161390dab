"""Neutron's first contents (recording INITIAL.json): demo's private network behind router1, and the public one.

Project admin has a private network too: the talk works there, and its body names no network. Nova takes the only one
that the project owns, so the public one belongs to project service here (in the recorded cloud: to admin).
"""

from sqlalchemy import select

from cloudlab.sim.bootstrap import project_id
from cloudlab.sim.neutron import default_rules, groups, sharing
from cloudlab.sim.neutron.kind import born, changed
from cloudlab.sim.neutron.model import Network, Router, Subnet
from cloudlab.sim.neutron.routers import GATEWAY, INTERFACE, infrastructure_port
from cloudlab.sim.scope import Scope


def fill(scope: Scope) -> None:
    default_rules.fill(scope)
    admin, demo = project_id(scope, "admin"), project_id(scope, "demo")
    private = _network(scope, demo, "private", network_type="vxlan", segmentation_id=858)
    _subnet(scope, private, "private-subnet", "10.0.0", (1, 2, 62), 26)
    public = _network(
        scope,
        project_id(scope, "service"),
        "public",
        network_type="flat",
        physical_network="public",
        mtu=1500,
        external=True,
    )
    sharing.add(scope, "network", public.id, public.project_id, sharing.EXTERNAL)
    _subnet(scope, public, "public-subnet", "172.24.4", (1, 2, 254), 24, dhcp=False)
    _router(scope, demo, "router1", public, private)
    admins = _network(scope, admin, "admin-private", network_type="vxlan", segmentation_id=859)
    _subnet(scope, admins, "admin-private-subnet", "10.0.1", (1, 2, 62), 26)


def _router(scope: Scope, project: str, name: str, outside: Network, inside: Network) -> None:
    """A router with its gateway in one network, and an interface at the gateway address of the other's subnet."""
    row = Router(**born(scope, "router", name, project, revision=3), name=name)
    scope.session.add(row)
    scope.session.flush()
    row.gateway_port_id = infrastructure_port(scope, outside.id, "", (row.id, GATEWAY), None).id
    subnet = scope.session.scalars(select(Subnet).where(Subnet.network_id == inside.id)).one()
    door = [{"subnet_id": subnet.id, "ip_address": subnet.gateway_ip}]
    infrastructure_port(scope, inside.id, project, (row.id, INTERFACE), door)


def _network(scope: Scope, project: str, name: str, **more: object) -> Network:
    groups.ensure_default(scope, project)
    row = Network(**born(scope, "network", name, project, revision=1), name=name, **more)
    scope.session.add(row)
    scope.session.flush()
    return row


def _subnet(
    scope: Scope,
    network: Network,
    name: str,
    net: str,
    hosts: tuple[int, int, int],
    length: int,
    dhcp: bool = True,
) -> None:
    """`hosts` are the last numbers of the gateway, and of the pool's two ends."""
    gateway, start, end = (f"{net}.{host}" for host in hosts)
    row = Subnet(
        **born(scope, "subnet", name, network.project_id),
        name=name,
        network_id=network.id,
        ip_version=4,
        cidr=f"{net}.0/{length}",
        gateway_ip=gateway,
        enable_dhcp=dhcp,
        allocation_pools=[{"start": start, "end": end}],
        host_routes=[],
        dns_nameservers=[],
        service_types=[],
    )
    scope.session.add(row)
    changed(scope, network)
    scope.session.flush()

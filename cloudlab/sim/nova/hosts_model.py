"""The cloud's one host as nova keeps it: its services, its aggregates, and the zone that follows. No HTTP."""

from datetime import datetime

from sqlalchemy import JSON, func, select
from sqlalchemy.orm import Mapped, mapped_column

from cloudlab.sim import processes
from cloudlab.sim.nova import net
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.processes import HOST
from cloudlab.sim.scope import Scope
from cloudlab.sim.store import Base, UtcTime

COMPUTE = "nova-compute"
DEFAULT_ZONE, INTERNAL_ZONE = "nova", "internal"
DISABLED_TRAIT = "COMPUTE_STATUS_DISABLED"
ZONE_KEY = "availability_zone"
PLACEMENT = {"OpenStack-API-Version": "placement 1.36"}


class ComputeService(Base):
    """One of nova's services on the host. `id` is its UUID (from 2.53), `number` what older versions show."""

    __tablename__ = "nova_service"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(unique=True)
    binary: Mapped[str]
    host: Mapped[str]
    disabled: Mapped[bool] = mapped_column(default=False)
    disabled_reason: Mapped[str | None]
    forced_down: Mapped[bool] = mapped_column(default=False)


class Aggregate(Base):
    """A group of hosts; its zone is the metadata `availability_zone`. Numbers are never given twice."""

    __tablename__ = "nova_aggregate"
    __table_args__ = {"sqlite_autoincrement": True}
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str]
    name: Mapped[str]
    hosts: Mapped[list[str]] = mapped_column(JSON, default=list)
    aggregate_metadata: Mapped[dict[str, str]] = mapped_column("metadata", JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime | None] = mapped_column(UtcTime)


def services(scope: Scope) -> list[ComputeService]:
    """All of them, in the order in which they first reported."""
    return list(scope.session.scalars(select(ComputeService).order_by(ComputeService.number)))


def compute_service(scope: Scope) -> ComputeService | None:
    """The one that servers run on; None when an administrator deleted it."""
    return next((row for row in services(scope) if row.binary == COMPUTE), None)


def is_up(service: ComputeService) -> bool:
    """It reports, unless an administrator says that it is down."""
    return not service.forced_down


def aggregates(scope: Scope) -> list[Aggregate]:
    return list(scope.session.scalars(select(Aggregate).order_by(Aggregate.number)))


def aggregates_zone(scope: Scope, host: str) -> str | None:
    """The zone of the aggregate that holds the host, None when none of them makes one."""
    for aggregate in aggregates(scope):
        if host in aggregate.hosts and ZONE_KEY in aggregate.aggregate_metadata:
            return aggregate.aggregate_metadata[ZONE_KEY]
    return None


def zone_of_host(scope: Scope, host: str = HOST) -> str:
    """The same, else nova's default zone."""
    return aggregates_zone(scope, host) or DEFAULT_ZONE


def zone_of(scope: Scope, service: ComputeService) -> str:
    """The control services are in zone 'internal', which is for nobody's servers."""
    return zone_of_host(scope, service.host) if service.binary == COMPUTE else INTERNAL_ZONE


def available_zones(scope: Scope) -> list[str]:
    """Zones in which a server may be made: those of hosts whose service isn't disabled."""
    service = compute_service(scope)
    return [zone_of(scope, service)] if service and not service.disabled else []


def servers_on(scope: Scope, hosts: list[str]) -> int:
    """How many servers they have."""
    count = select(func.count()).where(Server.host.in_(hosts), Server.deleted.is_(False))
    return scope.session.scalar(count) or 0


def provider_id(scope: Scope) -> str:
    """Of the host's resource provider: placement and nova know the node by one UUID."""
    path = net.query("/resource_providers", ("name", HOST))
    found = scope.ask_as_service("placement", "GET", path, headers=PLACEMENT).expect()
    return str(found.json["resource_providers"][0]["uuid"])


def tell_placement(scope: Scope, disabled: bool) -> None:
    """Compute marks its provider, so that the scheduler's question to placement leaves a disabled host out."""
    scope.message("call", processes.COMPUTE, "set_host_enabled")
    path = f"/resource_providers/{provider_id(scope)}/traits"
    held = scope.ask_as_service("placement", "GET", path, headers=PLACEMENT).expect().json
    names = [name for name in held["traits"] if name != DISABLED_TRAIT]
    wanted = names + [DISABLED_TRAIT] * disabled
    if wanted != held["traits"]:
        scope.ask_as_service(
            "placement", "PUT", path, body={**held, "traits": wanted}, headers=PLACEMENT
        ).expect()

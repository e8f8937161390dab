"""Migrations: each resize or move of a server leaves one. No HTTP."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from cloudlab.sim.nova.flavors_model import Flavor
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.processes import HOST
from cloudlab.sim.scope import Scope
from cloudlab.sim.store import Base, UtcTime

RESIZE, COLD, LIVE, EVACUATION = "resize", "migration", "live-migration", "evacuation"
FAKE_ADDRESS = "192.168.0.1"  # what the recorded cloud's driver says its own is


class Migration(Base):
    """One move. `source` and `dest` are None where the node was never found; flavors by their numbers."""

    __tablename__ = "nova_migration"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str]
    server_id: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    status: Mapped[str]
    source_compute: Mapped[str | None]
    dest_compute: Mapped[str | None]
    source_node: Mapped[str | None]
    dest_node: Mapped[str | None]
    dest_host: Mapped[str | None]
    old_flavor: Mapped[int]
    new_flavor: Mapped[int]
    user_id: Mapped[str | None]
    project_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime | None] = mapped_column(UtcTime)


def start(
    scope: Scope, server: Server, kind: str, new_flavor_id: str | None = None, status: str = "pre-migrating"
) -> Migration:
    """A new one, of the caller's making."""
    row = Migration(
        id=scope.uuid("migration", server.id),
        server_id=server.id,
        kind=kind,
        status=status,
        source_compute=server.host,
        source_node=None if kind == LIVE else server.host,
        old_flavor=_number(scope, server.flavor_id),
        new_flavor=_number(scope, new_flavor_id or server.flavor_id),
        user_id=scope.who.user_id,
        project_id=scope.who.project_id,
        created_at=scope.now,
    )
    scope.session.add(row)
    scope.session.flush()
    return row


def _number(scope: Scope, flavor_id: str) -> int:
    """The flavor's row number; 0 when it is deleted."""
    return scope.session.scalar(select(Flavor.number).where(Flavor.id == flavor_id)) or 0


def latest(scope: Scope, server: Server) -> Migration | None:
    """The one under way, or the last."""
    found = select(Migration).where(Migration.server_id == server.id).order_by(Migration.number.desc())
    return scope.session.scalars(found.limit(1)).first()


def advance(scope: Scope, server: Server, status: str) -> None:
    """The latest goes on to this status; once compute has it, it has a destination: the same host."""
    row = latest(scope, server)
    if row is None:
        return
    row.status, row.updated_at = status, scope.now
    if status == "migrating":
        row.dest_compute, row.dest_node, row.dest_host = HOST, HOST, FAKE_ADDRESS

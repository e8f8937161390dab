"""Server groups: their table, who is in one, and whether a host fits. No HTTP."""

from typing import Any

from sqlalchemy import JSON, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from cloudlab.sim.errors import NotFound
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.scope import Scope
from cloudlab.sim.store import Base


class ServerGroup(Base):
    """Servers that shall run together or apart. Its members are the servers whose `group_id` it is.

    `rules` is {} or {max_server_per_host}, for anti-affinity.
    """

    __tablename__ = "nova_server_group"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    policy: Mapped[str]
    rules: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    project_id: Mapped[str] = mapped_column(index=True)
    user_id: Mapped[str]


def find(scope: Scope, group_id: str) -> ServerGroup:
    """A group of the caller's project, or any for admin. Raises NotFound."""
    group = scope.session.scalars(select(ServerGroup).where(ServerGroup.id == group_id)).first()
    if group is None or (group.project_id != scope.who.project_id and not scope.who.is_admin):
        raise NotFound(f"Instance group {group_id} could not be found.")
    return group


def members(scope: Scope, group_ids: list[str]) -> dict[str, list[str]]:
    """The servers of several groups that aren't gone, by group, in one query."""
    found: dict[str, list[str]] = {group_id: [] for group_id in group_ids}
    rows = select(Server.group_id, Server.id).where(Server.group_id.in_(group_ids), Server.deleted.is_(False))
    for group_id, server_id in scope.session.execute(rows.order_by(Server.number)):
        found[str(group_id)].append(server_id)
    return found


def count_of(scope: Scope, project_id: str | None) -> int:
    """How many groups a project has, for its quota."""
    count = select(func.count()).where(ServerGroup.project_id == project_id)
    return scope.session.scalar(count) or 0


def remove(scope: Scope, group: ServerGroup) -> None:
    """Its servers stay, and are in none."""
    scope.session.execute(update(Server).where(Server.group_id == group.id).values(group_id=None))
    scope.session.delete(group)


def fits_group(scope: Scope, server: Server) -> bool:
    """Whether the one host may take this server: not beside another of a group that shall run apart."""
    if server.group_id is None:
        return True
    group = scope.session.scalars(select(ServerGroup).where(ServerGroup.id == server.group_id)).first()
    if group is None or group.policy != "anti-affinity":
        return True
    beside = select(func.count()).where(
        Server.group_id == group.id,
        Server.id != server.id,
        Server.host.is_not(None),
        Server.deleted.is_(False),
    )
    most: int = group.rules.get("max_server_per_host", 1)
    return (scope.session.scalar(beside) or 0) < most

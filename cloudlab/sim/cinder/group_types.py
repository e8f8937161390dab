"""Group types: there is the one that every cinder is born with (seen on 2025.2). Groups themselves are not here."""

from typing import Any

from sqlalchemy import JSON, select
from sqlalchemy.orm import Mapped, mapped_column

from cloudlab.sim.cinder.faults import no_such
from cloudlab.sim.cinder.gate import since
from cloudlab.sim.cinder.paging import page
from cloudlab.sim.errors import NotFound
from cloudlab.sim.scope import Scope
from cloudlab.sim.store import Base
from cloudlab.sim.web import Call

FIRST = "default_cgsnapshot_type"


class GroupType(Base):
    __tablename__ = "cinder_group_type"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str | None]
    is_public: Mapped[bool] = mapped_column(default=True)
    group_specs: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)


def fill(scope: Scope) -> None:
    """The group type that cinder's own migrations make."""
    scope.session.add(
        GroupType(
            id=scope.uuid("group type", FIRST),
            name=FIRST,
            description="Default group type for migrating cgsnapshot",
            group_specs={"consistent_group_snapshot_enabled": "<is> True"},
        )
    )


def _body(call: Call, row: GroupType) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "is_public": row.is_public,
    }
    return {**body, "group_specs": row.group_specs} if call.who.is_admin else body


def _get(call: Call, id: str) -> GroupType:
    row = call.scope.session.get(GroupType, id)
    if row is None:
        raise no_such("Group type", id)
    return row


class GroupTypes:
    """GET /group_types, from 3.11"""

    def get(self, call: Call) -> dict[str, Any]:
        since(call, 11)
        page(call)
        return {"group_types": [_body(call, row) for row in call.scope.session.scalars(select(GroupType))]}


class OneGroupType:
    """GET /group_types/{id}; no type is the default one"""

    def get(self, call: Call, id: str) -> dict[str, Any]:
        since(call, 11)
        if id == "default":
            raise NotFound("Default group type can not be found.")
        return {"group_type": _body(call, _get(call, id))}


class GroupSpecs:
    """GET /group_types/{id}/group_specs, for administrators"""

    def get(self, call: Call, id: str) -> dict[str, Any]:
        since(call, 11)
        call.who.require(call.who.is_admin, "group:group_types_specs:get_all")
        return {"group_specs": _get(call, id).group_specs}

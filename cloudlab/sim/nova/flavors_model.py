"""Flavors: their tables, and who sees which. No HTTP."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    Select,
    String,
    bindparam,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Mapped, mapped_column

from cloudlab.sim.errors import BadRequest, Conflict, NotFound
from cloudlab.sim.plain import Plain
from cloudlab.sim.scope import Scope
from cloudlab.sim.store import Base, UtcTime


class Flavor(Base):
    """A size of server: `ram` and `swap` in MiB, `disk` and `ephemeral` in GiB. `id` is nova's flavorid."""

    __tablename__ = "nova_flavor"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(255), unique=True)
    ram: Mapped[int]
    vcpus: Mapped[int]
    disk: Mapped[int]
    ephemeral: Mapped[int] = mapped_column(default=0)
    swap: Mapped[int] = mapped_column(default=0)
    rxtx_factor: Mapped[float] = mapped_column(default=1.0)
    is_public: Mapped[bool] = mapped_column(default=True)
    disabled: Mapped[bool] = mapped_column(default=False)
    description: Mapped[str | None] = mapped_column(default=None)
    extra_specs: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime | None] = mapped_column(UtcTime, default=None)


class FlavorAccess(Base):
    """A project that may use a flavor which is not public."""

    __tablename__ = "nova_flavor_access"
    flavor_id: Mapped[str] = mapped_column(ForeignKey("nova_flavor.id"), primary_key=True)
    project_id: Mapped[str] = mapped_column(primary_key=True)


# The names that `sort_key` takes, as nova's own table calls its columns.
SORT_KEYS: dict[str, Any] = {
    "created_at": Flavor.created_at,
    "description": Flavor.description,
    "disabled": Flavor.disabled,
    "ephemeral_gb": Flavor.ephemeral,
    "flavorid": Flavor.id,
    "id": Flavor.number,
    "is_public": Flavor.is_public,
    "memory_mb": Flavor.ram,
    "name": Flavor.name,
    "root_gb": Flavor.disk,
    "rxtx_factor": Flavor.rxtx_factor,
    "swap": Flavor.swap,
    "updated_at": Flavor.updated_at,
    "vcpu_weight": literal(0),
    "vcpus": Flavor.vcpus,
}


_BY_ID = select(Flavor).where(Flavor.id == bindparam("id"))


def _shared(scope: Scope, flavor_id: str) -> bool:
    return scope.session.get(FlavorAccess, (flavor_id, scope.who.project_id or "")) is not None


def get_flavor(scope: Scope, flavor_id: str) -> Flavor:
    """The flavor, if the caller may see it. Raises NotFound (nova_v21/011_flavor_unknown)."""
    flavor = scope.session.scalars(_BY_ID, {"id": flavor_id}).first()
    if flavor is None or not (flavor.is_public or scope.who.is_admin or _shared(scope, flavor_id)):
        raise NotFound(f"Flavor {flavor_id} could not be found.")
    return flavor


def list_flavors(
    scope: Scope,
    *,
    min_ram: int = 0,
    min_disk: int = 0,
    is_public: bool | None = True,
    sort_key: str = "flavorid",
    descending: bool = False,
    limit: int = 1000,
    marker: str | None = None,
    brief: bool = False,
) -> Sequence[Any]:
    """One page of the flavors that the caller may see. `is_public` None means both. BadRequest for a bad marker.

    Flavors, or with `brief` rows of id, name and description, which cost a fifth.
    """
    after: Any = (None, None)
    if marker is not None:
        after = scope.session.execute(_MARKER[sort_key], {"marker": marker}).first()
        if after is None:
            raise BadRequest(f"marker [{marker}] not found")
    form = (scope.who.is_admin, is_public, sort_key, descending, marker is not None)
    values = {
        "project": scope.who.project_id or "",
        "ram": min_ram,
        "disk": min_disk,
        "limit": limit,
        "after": after[0],
        "row": after[1],
    }
    if brief:
        return _brief(*form).rows(scope.session, **values)
    return scope.session.scalars(_list_query((Flavor,), *form), values).all()


@cache
def _brief(*form: Any) -> Plain:
    return Plain(_list_query((Flavor.id, Flavor.name, Flavor.description), *form))


def _sorting(sort_key: str) -> tuple[Any, Any]:
    """The columns to sort by: the one asked for, where null counts as an empty text, then the row."""
    return func.coalesce(SORT_KEYS[sort_key], "", type_=String), Flavor.number


_MARKER = {key: select(*_sorting(key)).where(Flavor.id == bindparam("marker")) for key in SORT_KEYS}


@cache
def _list_query(
    wanted: tuple[Any, ...],
    admin: bool,
    is_public: bool | None,
    sort_key: str,
    descending: bool,
    paged: bool,
) -> Select[Any]:
    """The list's query, made once for each form: making it takes longer than running it."""
    query: Select[Any] = select(*wanted).where(
        Flavor.ram >= bindparam("ram"), Flavor.disk >= bindparam("disk")
    )
    if is_public is True:
        shared = select(FlavorAccess.flavor_id).where(FlavorAccess.project_id == bindparam("project"))
        query = query.where(or_(Flavor.is_public.is_(True), Flavor.id.in_(shared)))
    elif is_public is False:
        query = query.where(Flavor.is_public.is_(False))
    if not admin:
        query = query.where(Flavor.disabled.is_(False))
    place = _sorting(sort_key)
    if paged:
        marker = tuple_(bindparam("after"), bindparam("row"))
        query = query.where(tuple_(*place) < marker if descending else tuple_(*place) > marker)
    order = [key.desc() if descending else key.asc() for key in place]
    return query.order_by(*order).limit(bindparam("limit"))


def create_flavor(scope: Scope, flavor_id: str | None, name: str, **values: Any) -> Flavor:
    """A new flavor; without an id it gets a UUID. Raises Conflict for an id or a name in use."""
    if flavor_id is None or flavor_id.lower() == "auto":
        flavor_id = scope.uuid("flavor", name)
    used = scope.session.scalars(select(Flavor).where(or_(Flavor.id == flavor_id, Flavor.name == name))).all()
    if any(flavor.id == flavor_id for flavor in used):
        raise Conflict(f"Flavor with ID {flavor_id} already exists.")
    if used:
        raise Conflict(f"Flavor with name {name} already exists.")
    flavor = Flavor(id=flavor_id, name=name, created_at=scope.now, extra_specs={}, **values)
    scope.session.add(flavor)
    scope.session.flush()
    return flavor


def delete_flavor(scope: Scope, flavor_id: str) -> None:
    """Remove the flavor; servers keep the copy that they were made with."""
    flavor = get_flavor(scope, flavor_id)
    scope.session.execute(delete(FlavorAccess).where(FlavorAccess.flavor_id == flavor_id))
    scope.session.delete(flavor)


def access_list(scope: Scope, flavor_id: str) -> list[str]:
    """The projects that a flavor is shared with, in order of their ids."""
    query = select(FlavorAccess.project_id).where(FlavorAccess.flavor_id == flavor_id)
    return list(scope.session.scalars(query.order_by(FlavorAccess.project_id)))


def add_access(scope: Scope, flavor_id: str, project_id: str) -> None:
    """Share a flavor with a project. Raises Conflict when it is already."""
    if scope.session.get(FlavorAccess, (flavor_id, project_id)):
        number = scope.session.scalar(select(Flavor.number).where(Flavor.id == flavor_id))
        raise Conflict(
            f"Flavor access already exists for flavor {number} and project {project_id} combination."
        )
    scope.session.add(FlavorAccess(flavor_id=flavor_id, project_id=project_id))
    scope.session.flush()


def remove_access(scope: Scope, flavor_id: str, project_id: str) -> None:
    """Raises NotFound when the flavor is not shared with the project."""
    row = scope.session.get(FlavorAccess, (flavor_id, project_id))
    if row is None:
        raise NotFound(f"Flavor access not found for {flavor_id} / {project_id} combination.")
    scope.session.delete(row)
    scope.session.flush()

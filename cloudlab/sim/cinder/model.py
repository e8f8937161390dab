"""Cinder's tables, and who sees which row. Rules are in the `…_model` file of each resource."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, or_, select
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import Mapped, mapped_column

from cloudlab.sim.cinder.bodies import is_uuid
from cloudlab.sim.cinder.faults import no_such
from cloudlab.sim.errors import NotFound
from cloudlab.sim.processes import HOST
from cloudlab.sim.scope import Scope
from cloudlab.sim.store import Base, UtcTime

ZONE = "nova"
DEFAULT_TYPE = "lvmdriver-1"
VOLUME_SERVICE = "cinder-volume"
BACKEND = f"{HOST}@{DEFAULT_TYPE}#{DEFAULT_TYPE}"
Strings = MutableDict.as_mutable(JSON)


class Volume(Base):
    """`admin_meta` is what only cinder writes (readonly, attached_mode); `host` is None until it has a place."""

    __tablename__ = "cinder_volume"
    __table_args__ = (Index("cinder_volume_by_project", "project_id", "created_at", "id"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str]
    user_id: Mapped[str]
    name: Mapped[str | None]
    description: Mapped[str | None]
    size: Mapped[int]
    new_size: Mapped[int | None]  # while it is being extended
    status: Mapped[str] = mapped_column(default="creating", index=True)
    attach_status: Mapped[str] = mapped_column(default="detached")
    migration_status: Mapped[str | None]
    availability_zone: Mapped[str] = mapped_column(default=ZONE)
    created_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    updated_at: Mapped[datetime | None] = mapped_column(UtcTime)
    volume_type_id: Mapped[str]
    snapshot_id: Mapped[str | None]
    source_volid: Mapped[str | None]
    bootable: Mapped[bool] = mapped_column(default=False)
    multiattach: Mapped[bool] = mapped_column(default=False)
    host: Mapped[str | None]
    service_uuid: Mapped[str | None]
    meta: Mapped[dict[str, str]] = mapped_column(Strings, default=dict)
    admin_meta: Mapped[dict[str, str]] = mapped_column(Strings, default=dict)
    image_meta: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)


class Snapshot(Base):
    __tablename__ = "cinder_snapshot"
    __table_args__ = (Index("cinder_snapshot_by_project", "project_id", "created_at", "id"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str]
    user_id: Mapped[str]
    volume_id: Mapped[str] = mapped_column(index=True)
    name: Mapped[str | None]
    description: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="creating")
    progress: Mapped[str] = mapped_column(default="0%")
    volume_size: Mapped[int]
    volume_type_id: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime | None] = mapped_column(UtcTime)
    meta: Mapped[dict[str, str]] = mapped_column(Strings, default=dict)


class Attachment(Base):
    """One volume at one server. `status` is reserved, attaching or attached."""

    __tablename__ = "cinder_attachment"
    id: Mapped[str] = mapped_column(primary_key=True)
    volume_id: Mapped[str] = mapped_column(index=True)
    instance_uuid: Mapped[str | None] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(default="reserved")
    attach_mode: Mapped[str | None]
    mountpoint: Mapped[str | None]
    attached_host: Mapped[str | None]
    attach_time: Mapped[datetime | None] = mapped_column(UtcTime)
    detach_time: Mapped[datetime | None] = mapped_column(UtcTime)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    connection_info: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class VolumeType(Base):
    """A kind of volume. The default stays the default when it gets another name."""

    __tablename__ = "cinder_type"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str | None]
    is_public: Mapped[bool] = mapped_column(default=True)
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    extra_specs: Mapped[dict[str, str | None]] = mapped_column(Strings, default=dict)
    qos_specs_id: Mapped[str | None] = mapped_column(index=True)

    @property
    def multiattach(self) -> bool:
        """Whether its volumes may be at several servers at once."""
        return self.extra_specs.get("multiattach") == "<is> True"


class TypeAccess(Base):
    """A project that may use a type which is not public."""

    __tablename__ = "cinder_type_access"
    volume_type_id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = mapped_column(primary_key=True)


class ProjectDefaultType(Base):
    """The type that a project's volumes get when nothing else is said, instead of the cloud's default."""

    __tablename__ = "cinder_project_default_type"
    project_id: Mapped[str] = mapped_column(primary_key=True)
    volume_type_id: Mapped[str]


class Quota(Base):
    """A limit that an administrator set; where there is none, the default holds."""

    __tablename__ = "cinder_quota"
    project_id: Mapped[str] = mapped_column(primary_key=True)
    resource: Mapped[str] = mapped_column(primary_key=True)
    limit: Mapped[int]


class QuotaClass(Base):
    """A limit of a class of projects. The class `default` is everybody's default."""

    __tablename__ = "cinder_quota_class"
    class_name: Mapped[str] = mapped_column(primary_key=True)
    resource: Mapped[str] = mapped_column(primary_key=True)
    limit: Mapped[int]


class CinderService(Base):
    """A process of cinder's, as os-services lists it."""

    __tablename__ = "cinder_service"
    id: Mapped[str] = mapped_column(primary_key=True)
    binary: Mapped[str]
    host: Mapped[str]
    disabled: Mapped[bool] = mapped_column(default=False)
    disabled_reason: Mapped[str | None]
    frozen: Mapped[bool] = mapped_column(default=False)

    @property
    def status(self) -> str:
        return "disabled" if self.disabled else "enabled"


def get_volume(scope: Scope, id: str) -> Volume:
    """A volume of the caller's project; any, for an administrator. Raises NotFound."""
    volume = scope.session.get(Volume, id)
    if volume is None or not (scope.who.is_admin or volume.project_id == scope.who.project_id):
        raise no_such("Volume", id)
    return volume


def get_snapshot(scope: Scope, id: str) -> Snapshot:
    """A snapshot of the caller's project; any, for an administrator. Raises NotFound."""
    snapshot = scope.session.get(Snapshot, id)
    if snapshot is None or not (scope.who.is_admin or snapshot.project_id == scope.who.project_id):
        raise no_such("Snapshot", id)
    return snapshot


def get_type(scope: Scope, id: str) -> VolumeType:
    """A volume type that the caller may see. Raises NotFound."""
    found = scope.session.get(VolumeType, id)
    if found is None or not _may_see(scope, found):
        raise no_such("Volume type", id)
    return found


def _may_see(scope: Scope, volume_type: VolumeType) -> bool:
    """A type that isn't public is for administrators, and for projects that were given access."""
    if volume_type.is_public or scope.who.is_admin:
        return True
    return scope.session.get(TypeAccess, (volume_type.id, scope.who.project_id or "")) is not None


def find_type(scope: Scope, name_or_id: str) -> VolumeType:
    """A volume type by id or by name. Raises NotFound (recording cinder/059_err_create_unknown_type)."""
    if is_uuid(name_or_id):
        return get_type(scope, name_or_id)
    found = scope.session.scalars(select(VolumeType).filter_by(name=name_or_id)).first()
    if found is None or not _may_see(scope, found):
        raise NotFound(f"Volume type with name {name_or_id} could not be found.")
    return found


def default_type(scope: Scope) -> VolumeType:
    """The caller's project's default, else the cloud's."""
    own = scope.session.get(ProjectDefaultType, scope.who.project_id or "")
    if own:
        return scope.session.get_one(VolumeType, own.volume_type_id)
    return scope.session.scalars(select(VolumeType).filter_by(is_default=True)).one()


def visible_types(scope: Scope, public: bool | None = True) -> list[VolumeType]:
    """The types that the caller may see, the newest first: public ones and those the project has access to.

    An administrator may ask for those that are not public (False), or for all (None).
    """
    query = select(VolumeType).order_by(VolumeType.created_at.desc(), VolumeType.id.desc())
    own = select(TypeAccess.volume_type_id).filter_by(project_id=scope.who.project_id)
    if public is True:
        query = query.where(or_(VolumeType.is_public, VolumeType.id.in_(own)))
    elif public is False:
        query = query.where(~VolumeType.is_public)
    return list(scope.session.scalars(query))


def service_at(scope: Scope, host: str, binary: str = VOLUME_SERVICE) -> CinderService | None:
    """The process of that kind on a host, if there is one."""
    return scope.session.scalars(select(CinderService).filter_by(binary=binary, host=host)).first()


def type_names(scope: Scope) -> dict[str, str]:
    """Names of the types by id: there are few."""
    rows = scope.session.execute(select(VolumeType.id, VolumeType.name))
    return {row.id: row.name for row in rows}


def attachments_of(scope: Scope, volume_ids: list[str]) -> dict[str, list[Attachment]]:
    """The attachments of several volumes, in one query."""
    found: dict[str, list[Attachment]] = {}
    if volume_ids:
        query = select(Attachment).where(Attachment.volume_id.in_(volume_ids)).order_by(Attachment.created_at)
        for attachment in scope.session.scalars(query):
            found.setdefault(attachment.volume_id, []).append(attachment)
    return found


def touch(scope: Scope, row: Volume | Snapshot, **changes: Any) -> None:
    """Change a row, and note when."""
    for name, value in changes.items():
        setattr(row, name, value)
    row.updated_at = scope.now


def forget(scope: Scope, row: Volume | Snapshot) -> None:
    """Delete a row, and note when: its trail ends then."""
    touch(scope, row)
    scope.session.delete(row)

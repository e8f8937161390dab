"""Glance's tables and rules: images, their bytes, who may see and change them. No HTTP."""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from cloudlab.sim import qcow2
from cloudlab.sim.errors import BadRequest, Conflict, Forbidden, NotFound, UnsupportedMediaType
from cloudlab.sim.glance import first_image
from cloudlab.sim.scope import Context, Scope
from cloudlab.sim.store import Base, UtcTime

IMPORT_METHODS = ("glance-direct", "web-download", "copy-image")
STORE = "file1"
LARGEST = 2**31 - 1  # of min_ram and min_disk: the column's own


class Image(Base):
    """`properties` are the client's own, strings by name; `importing` is what glance notes of an import."""

    __tablename__ = "glance_image"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(index=True)
    owner: Mapped[str | None] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(default="queued")
    visibility: Mapped[str] = mapped_column(default="shared", index=True)
    disk_format: Mapped[str | None]
    container_format: Mapped[str | None]
    min_ram: Mapped[int] = mapped_column(default=0)
    min_disk: Mapped[int] = mapped_column(default=0)
    protected: Mapped[bool] = mapped_column(default=False)
    os_hidden: Mapped[bool] = mapped_column(default=False)
    size: Mapped[int | None]
    virtual_size: Mapped[int | None]
    checksum: Mapped[str | None]
    os_hash_value: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    properties: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    importing: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)


class Member(Base):
    """A project that a shared image was shared with. `status` is pending, accepted or rejected."""

    __tablename__ = "glance_member"
    image_id: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    status: Mapped[str] = mapped_column(default="pending")
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)


class ImageData(Base):
    """An image's bytes, staged or taken in. The first image has no row: its bytes are generated when asked for."""

    __tablename__ = "glance_image_data"
    image_id: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[bytes]


def visible(who: Context, member_status: str = "all") -> ColumnElement[bool]:
    """What the caller may see: everything for an administrator; else public, community, the project's own and shared.

    `member_status`: of the images shared with the project, only those of which it said that ("all": any).
    """
    if who.is_admin:
        return Image.id.is_not(None)
    with_us = select(Member.image_id).where(Member.member_id == who.project_id)
    if member_status != "all":
        with_us = with_us.where(Member.status == member_status)
    shared = and_(Image.visibility == "shared", Image.id.in_(with_us))
    return or_(Image.visibility.in_(("public", "community")), Image.owner == who.project_id, shared)


def find(scope: Scope, image_id: str, otherwise: str = "") -> Image:
    """A visible image. Raises NotFound (with the sentence `otherwise`), also for one that is another project's own."""
    found = scope.session.scalars(select(Image).where(Image.id == image_id, visible(scope.who))).first()
    if found is None:
        raise NotFound(otherwise or f"No image found with ID {image_id}")
    return found


def may_change(who: Context, image: Image, action: str) -> None:
    """Members of the owner and administrators. Raises Forbidden in the policy's words."""
    allow(who.is_admin or (who.is_member and image.owner == who.project_id), action)


def allow(ok: bool, action: str) -> None:
    if not ok:
        raise Forbidden(f"You are not authorized to complete {action} action.")


def may_have(who: Context, visibility: str) -> None:
    """Who may give an image a visibility: public is the administrator's. Raises Forbidden."""
    if visibility == "public":
        allow(who.is_admin, "publicize_image")
    if visibility == "community":
        allow(who.is_member, "communitize_image")


def create(scope: Scope, asked: dict[str, Any]) -> Image:
    """A queued image from a checked body. Raises Forbidden, Conflict, BadRequest."""
    who = scope.who
    known = {name: asked[name] for name in asked.keys() & CHANGEABLE.keys()}
    known.setdefault("owner", who.project_id)
    if not who.is_admin and known["owner"] != who.project_id:
        raise Forbidden(f"You are not permitted to create images owned by '{known['owner']}'")
    allow(who.is_member, "add_image")
    may_have(who, asked.get("visibility", "shared"))
    image_id = asked.get("id") or scope.uuid("image", asked.get("name"))
    if scope.session.get(Image, image_id):
        raise Conflict(f"Image ID {image_id} already exists!")
    image = Image(
        id=image_id,
        status="queued",
        visibility="shared",
        min_ram=0,
        min_disk=0,
        protected=False,
        os_hidden=False,
        tags=[],
        created_at=scope.now,
        updated_at=scope.now,
    )
    for name, value in known.items():
        put(image, name, value)
    own = {name: value for name, value in asked.items() if name not in CHANGEABLE and name != "id"}
    image.properties = {name: value for name, value in own.items() if value is not None}
    scope.session.add(image)
    scope.session.flush()
    return image


# The fields that a client sets, and the only state in which each may change.
CHANGEABLE: dict[str, str | None] = {
    "name": None,
    "owner": None,
    "visibility": None,
    "disk_format": "queued",
    "container_format": "queued",
    "min_ram": None,
    "min_disk": None,
    "protected": None,
    "os_hidden": None,
    "tags": None,
}


def put(image: Image, name: str, value: Any) -> None:
    """Set one of the CHANGEABLE fields. Raises BadRequest, Forbidden."""
    if name in ("min_ram", "min_disk") and not 0 <= value <= LARGEST:
        why = "Cannot be a negative value" if value < 0 else f"Cannot be more than {LARGEST}"
        raise BadRequest(f"Invalid value '{value}' for parameter '{name}': {why}")
    state = CHANGEABLE[name]
    if state and image.status != state and getattr(image, name) != value:
        raise Forbidden(f"Attribute {name} can be only replaced for a {state} image.")
    setattr(image, name, list(dict.fromkeys(value)) if name == "tags" else value)


def store_data(scope: Scope, image: Image, data: bytes) -> None:
    """Take the bytes of a queued image: it becomes active. Raises Conflict, BadRequest."""
    if image.status != "queued":
        raise Conflict(f"Image status transition from {image.status} to saving is not allowed")
    missing = [name for name in ("disk_format", "container_format") if getattr(image, name) is None]
    if missing:
        raise BadRequest(f"Properties {', '.join(missing)} must be set prior to saving data.")
    if not is_of_format(image.disk_format, data):
        raise UnsupportedMediaType()
    activate(scope, image, data)
    scope.session.add(ImageData(image_id=image.id, data=data))


def activate(scope: Scope, image: Image, data: bytes) -> None:
    """The bytes are there: what they are is known now."""
    image.status, image.size = "active", len(data)
    image.checksum = hashlib.md5(data, usedforsecurity=False).hexdigest()
    image.os_hash_value = hashlib.sha512(data).hexdigest()
    image.virtual_size = virtual_size(image.disk_format, data)
    image.updated_at = scope.now


# Where a file of a format shows what it is: (offset, bytes). Glance compares since 2025.1; raw fits anything.
MARKS = {
    "qcow2": (0, (qcow2.MAGIC,)),
    "vmdk": (0, (b"KDMV", b"# Disk D")),
    "vhd": (0, (b"conectix",)),
    "vhdx": (0, (b"vhdxfile",)),
    "vdi": (0x40, (b"\x7f\x10\xda\xbe",)),
    "iso": (0x8001, (b"CD001",)),
}


def is_of_format(disk_format: str | None, data: bytes) -> bool:
    """Whether the bytes are what the image says they are, as far as their marks show."""
    offset, marks = MARKS.get(disk_format or "", (0, ()))
    return not marks or any(data.startswith(mark, offset) for mark in marks)


def virtual_size(disk_format: str | None, data: bytes) -> int | None:
    """How large the disk is that the bytes describe, for the formats that we can read."""
    if disk_format == "raw":
        return len(data)
    return qcow2.virtual_size(data) if disk_format == "qcow2" else None


def data_of(scope: Scope, image: Image) -> bytes | None:
    """The image's bytes, None before they were uploaded."""
    if image.status in ("queued", "uploading", "importing"):
        return None
    if image.checksum == first_image.CHECKSUM:
        return first_image.data()
    found = scope.session.get(ImageData, image.id)
    return found.data if found else None


def remove(scope: Scope, image: Image) -> None:
    """Delete the image and its bytes. Raises Forbidden when it is protected."""
    if image.protected:
        raise Forbidden(f"Image {image.id} is protected and cannot be deleted.")
    for table in (ImageData, Member):
        scope.session.execute(delete(table).where(table.image_id == image.id))
    scope.session.delete(image)

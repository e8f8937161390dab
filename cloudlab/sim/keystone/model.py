"""Keystone's tables, and the look-ups that more than one resource needs."""

import hashlib
import hmac
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import JSON, ForeignKey, Row, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from cloudlab.sim.errors import NotFound
from cloudlab.sim.scope import Scope
from cloudlab.sim.store import Base, UtcTime

SYSTEM = "system"  # a Grant's or a Token's target that is no project


class Domain(Base):
    """Only Default exists; its id and name are honoured wherever a request names a domain."""

    __tablename__ = "keystone_domain"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str] = mapped_column(default="")
    enabled: Mapped[bool] = mapped_column(default=True)


class Project(Base):
    __tablename__ = "keystone_project"
    __table_args__ = (UniqueConstraint("domain_id", "name"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    domain_id: Mapped[str] = mapped_column(default="default")
    description: Mapped[str] = mapped_column(default="")
    enabled: Mapped[bool] = mapped_column(default=True)
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    extra: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class User(Base):
    """`generation` counts the times when all tokens of the user were revoked at once."""

    __tablename__ = "keystone_user"
    __table_args__ = (UniqueConstraint("domain_id", "name"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    domain_id: Mapped[str] = mapped_column(default="default")
    enabled: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str | None]
    default_project_id: Mapped[str | None]
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    extra: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    generation: Mapped[int] = mapped_column(default=0)


class Role(Base):
    __tablename__ = "keystone_role"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str | None]
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class RoleImplication(Base):
    """A role that carries another: admin → manager → member → reader."""

    __tablename__ = "keystone_role_implication"
    prior_id: Mapped[str] = mapped_column(ForeignKey("keystone_role.id"), primary_key=True)
    implied_id: Mapped[str] = mapped_column(ForeignKey("keystone_role.id"), primary_key=True)


class Grant(Base):
    """A user's role on a project ('target' is its id), or on the whole system ('system')."""

    __tablename__ = "keystone_grant"
    user_id: Mapped[str] = mapped_column(primary_key=True)
    target: Mapped[str] = mapped_column(primary_key=True, index=True)
    role_id: Mapped[str] = mapped_column(primary_key=True)


class Region(Base):
    __tablename__ = "keystone_region"
    id: Mapped[str] = mapped_column(primary_key=True)
    description: Mapped[str] = mapped_column(default="")
    parent_region_id: Mapped[str | None]


class CatalogService(Base):
    __tablename__ = "keystone_service"
    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    name: Mapped[str | None]
    enabled: Mapped[bool] = mapped_column(default=True)
    extra: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    order: Mapped[int]


class Endpoint(Base):
    """`url` may hold $(project_id)s. One with a `room` follows that service's port: its `url` is only the path."""

    __tablename__ = "keystone_endpoint"
    id: Mapped[str] = mapped_column(primary_key=True)
    service_id: Mapped[str] = mapped_column(ForeignKey("keystone_service.id"), index=True)
    interface: Mapped[str]
    room: Mapped[str | None]
    url: Mapped[str]
    region_id: Mapped[str | None]
    enabled: Mapped[bool] = mapped_column(default=True)


class SigningKey(Base):
    """The key that tokens are signed with: one row, so that tokens outlive the process."""

    __tablename__ = "keystone_signing_key"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[bytes]


class Revocation(Base):
    """A token that was revoked before its end, by audit id; forgotten when it would have ended."""

    __tablename__ = "keystone_revocation"
    audit_id: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcTime, index=True)


class LegacyToken(Base):
    """A token under the short id that v2.0 gave out (32 hex digits) and the signed token that it stands for."""

    __tablename__ = "keystone_legacy_token"
    id: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(UtcTime, index=True)


Entity = TypeVar("Entity", bound=Base)
KINDS: dict[type[Base], str] = {
    Domain: "domain",
    Project: "project",
    User: "user",
    Role: "role",
    Region: "region",
    CatalogService: "service",
    Endpoint: "endpoint",
}


def find(scope: Scope, kind: type[Entity], id_: str) -> Entity:
    """The row with that id. Raises NotFound in keystone's words."""
    found = scope.session.get(kind, id_)
    if found is None:
        raise NotFound(f"Could not find {KINDS[kind]}: {id_}.")
    return found


def hash_password(password: str, salt: str) -> str:
    """`salt$digest`. Plain SHA-256: these passwords are published, and a browser has no slow hash."""
    return f"{salt}${hashlib.sha256(f'{salt}{password}'.encode(errors='replace')).hexdigest()}"


def password_matches(user: User, password: str) -> bool:
    if not user.password_hash:
        return False
    salt = user.password_hash.partition("$")[0]
    return hmac.compare_digest(user.password_hash, hash_password(password, salt))


def project_by_name(scope: Scope, name: str, domain_id: str = "default") -> Project:
    """Raises NotFound."""
    found = scope.session.scalars(select(Project).filter_by(name=name, domain_id=domain_id)).first()
    if not found:
        raise NotFound(f"Could not find project: {name}.")
    return found


def roles_of(scope: Scope, user_id: str, target: str) -> list[Row[tuple[str, str]]]:
    """(id, name) of the roles that a user has on a target, implied ones too, by name."""
    have = (
        select(Grant.role_id.label("id"))
        .filter_by(user_id=user_id, target=target)
        .cte("have", recursive=True)
    )
    implied = select(RoleImplication.implied_id).join(have, RoleImplication.prior_id == have.c.id)
    have = have.union(implied)
    query = select(Role.id, Role.name).join(have, Role.id == have.c.id).order_by(Role.name)
    return list(scope.session.execute(query))


def catalog_rows(scope: Scope) -> list[Row[Any]]:
    """The enabled services in their order, each with one of its enabled endpoints (None where it has none)."""
    query = (
        select(
            CatalogService.id.label("service_id"),
            CatalogService.type,
            CatalogService.name,
            Endpoint.id,
            Endpoint.interface,
            Endpoint.room,
            Endpoint.url,
            Endpoint.region_id,
        )
        .outerjoin(Endpoint, (Endpoint.service_id == CatalogService.id) & Endpoint.enabled)
        .where(CatalogService.enabled)
        .order_by(CatalogService.order, CatalogService.id, Endpoint.id)
    )
    return list(scope.session.execute(query))

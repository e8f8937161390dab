"""Keystone's tables, and the look-ups that more than one resource needs."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import JSON, ForeignKey, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from cloudlab.sim.errors import NotFound
from cloudlab.sim.plain import Plain
from cloudlab.sim.scope import Scope
from cloudlab.sim.store import Base, UtcTime

DEFAULT = "default"  # the first domain's id, and of who names none
SYSTEM = "system"  # a Grant's or a Token's target that is no project


class Domain(Base):
    """What holds users, groups and projects. Disabled, it shuts them all out."""

    __tablename__ = "keystone_domain"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str] = mapped_column(default="")
    enabled: Mapped[bool] = mapped_column(default=True)
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    extra: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Project(Base):
    """`generation` counts how often the tokens for it were all ended."""

    __tablename__ = "keystone_project"
    __table_args__ = (UniqueConstraint("domain_id", "name"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    domain_id: Mapped[str] = mapped_column(default=DEFAULT)
    description: Mapped[str] = mapped_column(default="")
    enabled: Mapped[bool] = mapped_column(default=True)
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    extra: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    generation: Mapped[int] = mapped_column(default=0)


class User(Base):
    """`generation` counts the times when all tokens of the user were revoked at once."""

    __tablename__ = "keystone_user"
    __table_args__ = (UniqueConstraint("domain_id", "name"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    domain_id: Mapped[str] = mapped_column(default=DEFAULT)
    enabled: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str | None]
    default_project_id: Mapped[str | None]
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    extra: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    generation: Mapped[int] = mapped_column(default=0)


class Group(Base):
    __tablename__ = "keystone_group"
    __table_args__ = (UniqueConstraint("domain_id", "name"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    domain_id: Mapped[str] = mapped_column(default=DEFAULT)
    description: Mapped[str] = mapped_column(default="")
    extra: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Membership(Base):
    """A user in a group."""

    __tablename__ = "keystone_membership"
    user_id: Mapped[str] = mapped_column(primary_key=True)
    group_id: Mapped[str] = mapped_column(primary_key=True, index=True)


class Role(Base):
    """One with a `domain_id` appears in no token: it only carries the roles that it implies."""

    __tablename__ = "keystone_role"
    __table_args__ = (UniqueConstraint("domain_id", "name"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    domain_id: Mapped[str | None]
    description: Mapped[str | None]
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class RoleImplication(Base):
    """A role that carries another: admin → manager → member → reader."""

    __tablename__ = "keystone_role_implication"
    prior_id: Mapped[str] = mapped_column(ForeignKey("keystone_role.id"), primary_key=True)
    implied_id: Mapped[str] = mapped_column(ForeignKey("keystone_role.id"), primary_key=True)


class Grant(Base):
    """A user's or group's role on a project or domain (`target` is its id), or on the whole system ('system')."""

    __tablename__ = "keystone_grant"
    actor_id: Mapped[str] = mapped_column(primary_key=True)
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
    Group: "group",
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


def project_by_name(scope: Scope, name: str) -> Project:
    """The project of that name in the first domain. Raises NotFound."""
    found = by_name(scope, Project, name, DEFAULT)
    if not found:
        raise NotFound(f"Could not find project: {name}.")
    return found


# Every token asks these, and building a statement costs more than running it: so they are built once.


@cache
def _roles() -> Plain:
    user_id: Any = bindparam("user_id")
    groups = select(Membership.group_id).where(Membership.user_id == user_id)
    theirs = (Grant.actor_id == user_id) | Grant.actor_id.in_(groups)
    granted = select(Grant.role_id.label("id")).where(theirs, Grant.target == bindparam("target"))
    have = granted.cte("have", recursive=True)
    implied = select(RoleImplication.implied_id).join(have, RoleImplication.prior_id == have.c.id)
    have = have.union(implied)
    seen = select(Role.id, Role.name).join(have, Role.id == have.c.id).where(Role.domain_id.is_(None))
    return Plain(seen.order_by(Role.name))


@cache
def _catalog() -> Plain:
    columns = (Endpoint.id, Endpoint.interface, Endpoint.room, Endpoint.url, Endpoint.region_id)
    return Plain(
        select(CatalogService.id.label("service_id"), CatalogService.type, CatalogService.name, *columns)
        .outerjoin(Endpoint, (Endpoint.service_id == CatalogService.id) & Endpoint.enabled)
        .where(CatalogService.enabled)
        .order_by(CatalogService.order, CatalogService.id, Endpoint.id)
    )


@cache
def _signing_key() -> Plain:
    return Plain(select(SigningKey.key))


BY_NAME: dict[type[Any], Any] = {
    kind: select(kind).where(kind.name == bindparam("name"), kind.domain_id == bindparam("domain_id"))
    for kind in (User, Project, Group)
}
DOMAIN_BY_NAME = select(Domain).where(Domain.name == bindparam("name"))


def signing_key(scope: Scope) -> bytes:
    """What tokens are signed with."""
    key: bytes = _signing_key().rows(scope.session)[0].key
    return key


def roles_of(scope: Scope, user_id: str, target: str) -> Sequence[Any]:
    """(id, name) of the roles that a user has on a target, by groups and implied ones too, by name."""
    return _roles().rows(scope.session, user_id=user_id, target=target)


def open_to(scope: Scope, kind: type[Any], user_id: str) -> Sequence[Any]:
    """The enabled projects, or domains, on which the user has a role, also by a group; by id."""
    groups = select(Membership.group_id).filter_by(user_id=user_id)
    targets = select(Grant.target).where((Grant.actor_id == user_id) | Grant.actor_id.in_(groups))
    return scope.session.scalars(
        select(kind).where(kind.id.in_(targets), kind.enabled).order_by(kind.id)
    ).all()


def catalog_rows(scope: Scope) -> Sequence[Any]:
    """The enabled services in their order, each with one of its enabled endpoints (None where it has none)."""
    return _catalog().rows(scope.session)


def by_name(scope: Scope, kind: type[Entity], name: str, domain_id: str) -> Entity | None:
    """The user, project or group of that name in a domain."""
    found: Entity | None = scope.session.scalars(
        BY_NAME[kind], {"name": name, "domain_id": domain_id}
    ).first()
    return found


def taken(scope: Scope, kind: type[Any], name: str, domain_id: str, own_id: str | None = None) -> bool:
    """Whether another user, project or group in the domain has that name."""
    found = by_name(scope, kind, name, domain_id)
    return found is not None and found.id != own_id


def home_of(scope: Scope, kind: type[Any], id_: str) -> str | None:
    """The id of the domain that a user, project or group is in; None when there is no such one."""
    found = scope.session.get(kind, id_)
    return found.domain_id if found else None


def domain_of_id(scope: Scope, domain_id: str) -> Domain | None:
    """The domain. A request asks several times, and its session forgets a row that nobody holds: it is held here."""
    found = scope.session.get(Domain, domain_id)
    scope.session.info.setdefault("keystone domains", {})[domain_id] = found
    return found


def domain_named(scope: Scope, name: str) -> Domain | None:
    """The domain of that name, held as well."""
    found = scope.session.scalars(DOMAIN_BY_NAME, {"name": name}).first()
    return domain_of_id(scope, found.id) if found else None


@dataclass(frozen=True)
class Place:
    """What a token is for: a project, a domain, the whole system (`target` 'system') or nothing; the roles there."""

    target: str | None = None
    project: Project | None = None
    domain: Domain | None = None
    roles: Sequence[Any] = ()

    @property
    def generation(self) -> int:
        """How often all tokens for this place were ended."""
        return self.project.generation if self.project else 0


def place_of(scope: Scope, user_id: str, target: str | None) -> Place | None:
    """Where the user may go; None when it is gone or disabled, or the user has no role there."""
    if target is None:
        return Place()
    project = domain = None
    if target != SYSTEM:
        project = scope.session.get(Project, target)
        domain = domain_of_id(scope, project.domain_id if project else target)
        if domain is None or not domain.enabled or (project and not project.enabled):
            return None
    roles = roles_of(scope, user_id, target)
    return Place(target, project, None if project else domain, roles) if roles else None


def domain_ref(scope: Scope, domain_id: str) -> dict[str, Any]:
    """A domain as tokens and lists name it."""
    found = domain_of_id(scope, domain_id)
    return {"id": domain_id, "name": found.name if found else None}

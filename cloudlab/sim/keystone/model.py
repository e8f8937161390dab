"""Keystone's tables and rules: projects, users, roles, who has which role where, and tokens."""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from cloudlab.sim.errors import NotFound, Unauthorized
from cloudlab.sim.scope import Scope
from cloudlab.sim.store import Base, UtcTime

TOKEN_LIFE = timedelta(hours=1)  # keystone's own default; the recorded cloud was set to 24 h
NEEDS_TOKEN = "The request you have made requires authentication."


class Project(Base):
    __tablename__ = "keystone_project"
    __table_args__ = (UniqueConstraint("domain_id", "name"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    domain_id: Mapped[str] = mapped_column(default="default")
    description: Mapped[str] = mapped_column(default="")
    enabled: Mapped[bool] = mapped_column(default=True)
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    extra: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class User(Base):
    __tablename__ = "keystone_user"
    __table_args__ = (UniqueConstraint("domain_id", "name"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    domain_id: Mapped[str] = mapped_column(default="default")
    enabled: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str | None]
    default_project_id: Mapped[str | None]
    extra: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    tokens_valid_from: Mapped[datetime | None] = mapped_column(UtcTime)


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
    target: Mapped[str] = mapped_column(primary_key=True)
    role_id: Mapped[str] = mapped_column(primary_key=True)


class CatalogService(Base):
    __tablename__ = "keystone_service"
    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    name: Mapped[str]
    order: Mapped[int]


class Endpoint(Base):
    __tablename__ = "keystone_endpoint"
    id: Mapped[str] = mapped_column(primary_key=True)
    service_id: Mapped[str] = mapped_column(ForeignKey("keystone_service.id"))
    interface: Mapped[str]
    room: Mapped[str]  # whose port it is: the URL follows a port that moved
    path: Mapped[str]  # may hold $(project_id)s
    region_id: Mapped[str]


class Token(Base):
    """An issued token. `target` is a project's id, 'system' or None (unscoped). Revoked means deleted."""

    __tablename__ = "keystone_token"
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(index=True)
    target: Mapped[str | None]
    methods: Mapped[list[str]] = mapped_column(JSON)
    audit_ids: Mapped[list[str]] = mapped_column(JSON)
    issued_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime, index=True)


def hash_password(password: str, salt: str) -> str:
    """`salt$digest`. Plain SHA-256: these passwords are published, and a browser has no slow hash."""
    return f"{salt}${hashlib.sha256(f'{salt}{password}'.encode()).hexdigest()}"


def password_matches(user: User, password: str) -> bool:
    if not user.password_hash:
        return False
    salt = user.password_hash.partition("$")[0]
    return hmac.compare_digest(user.password_hash, hash_password(password, salt))


def project_by_name(scope: Scope, name: str, domain_id: str = "default") -> Project:
    found = scope.session.scalars(select(Project).filter_by(name=name, domain_id=domain_id)).first()
    if not found:
        raise NotFound(f"Could not find project: {name}.")
    return found


def role_names(scope: Scope, user_id: str, target: str) -> list[Role]:
    """The roles that a user has on a target, implied ones too, in order of their table."""
    implied: dict[str, list[str]] = {}
    for row in scope.session.scalars(select(RoleImplication)):
        implied.setdefault(row.prior_id, []).append(row.implied_id)
    have: set[str] = set()
    todo = list(scope.session.scalars(select(Grant.role_id).filter_by(user_id=user_id, target=target)))
    while todo:
        role_id = todo.pop()
        if role_id not in have:
            have.add(role_id)
            todo += implied.get(role_id, [])
    return [role for role in scope.session.scalars(select(Role)) if role.id in have]


def issue(
    scope: Scope, user: User, target: str | None, methods: list[str], parent: Token | None = None
) -> Token:
    """A new token. One that follows from another ends when that one ends, and carries its audit id."""
    scope.session.execute(delete(Token).where(Token.expires_at < scope.now))
    ids = scope.cloud.ids
    token = Token(
        id=ids.token(),
        user_id=user.id,
        target=target,
        methods=methods,
        audit_ids=[ids.audit_id(), *(parent.audit_ids[-1:] if parent else [])],
        issued_at=scope.now.replace(microsecond=0),
        expires_at=parent.expires_at if parent else (scope.now + TOKEN_LIFE).replace(microsecond=0),
    )
    scope.session.add(token)
    return token


def valid_token(scope: Scope, token_id: str) -> Token:
    """The token, if it was issued, has not ended and was not revoked. Raises Unauthorized."""
    token = scope.session.get(Token, token_id)
    if token is None or token.expires_at <= scope.now:
        raise Unauthorized(NEEDS_TOKEN)
    return token


def catalog_rows(scope: Scope) -> list[tuple[CatalogService, Endpoint]]:
    query = select(CatalogService, Endpoint).join(Endpoint).order_by(CatalogService.order, Endpoint.id)
    return [(service, endpoint) for service, endpoint in scope.session.execute(query)]

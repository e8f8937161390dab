"""What stands for a user: application credentials (some of the user's roles in one project), and what users keep."""

import hashlib
import hmac
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from cloudlab.sim.errors import NotFound
from cloudlab.sim.scope import Scope
from cloudlab.sim.store import Base, UtcTime


class ApplicationCredential(Base):
    """`roles` and `rules` are ids. `rules` None: any request is allowed. Of the secret only a hash stays."""

    __tablename__ = "keystone_application_credential"
    __table_args__ = (UniqueConstraint("user_id", "name"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str]
    project_id: Mapped[str]
    name: Mapped[str]
    description: Mapped[str | None]
    secret_hash: Mapped[str]
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime)
    unrestricted: Mapped[bool | None]
    roles: Mapped[list[str]] = mapped_column(JSON)
    rules: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))


class AccessRule(Base):
    """One kind of request that an application credential may be held to."""

    __tablename__ = "keystone_access_rule"
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(index=True)
    service: Mapped[str]
    path: Mapped[str]
    method: Mapped[str]


class StoredCredential(Base):
    """What a user keeps in keystone: a certificate, a seed, a pair of EC2 keys. `blob` is the user's own text."""

    __tablename__ = "keystone_credential"
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(index=True)
    project_id: Mapped[str | None]
    type: Mapped[str]
    blob: Mapped[str]


def hash_secret(secret: str) -> str:
    """As for passwords: one quick hash, of a secret that has no dictionary."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def secret_matches(row: ApplicationCredential, secret: str, now: datetime) -> bool:
    """Whether the secret is right and its time is not over."""
    over = row.expires_at is not None and row.expires_at <= now
    return not over and hmac.compare_digest(row.secret_hash, hash_secret(secret))


def find(scope: Scope, credential_id: str) -> ApplicationCredential:
    """Raises NotFound in keystone's words."""
    found = scope.session.get(ApplicationCredential, credential_id)
    if found is None:
        raise NotFound(f"Could not find Application Credential: {credential_id}.")
    return found


def of_user(scope: Scope, user_id: str) -> list[ApplicationCredential]:
    """The user's, by id."""
    query = select(ApplicationCredential).filter_by(user_id=user_id).order_by(ApplicationCredential.id)
    return list(scope.session.scalars(query))


def by_name(scope: Scope, user_id: str, name: str) -> ApplicationCredential | None:
    """The user's one of that name."""
    query = select(ApplicationCredential).filter_by(user_id=user_id, name=name)
    return scope.session.scalars(query).first()


def rules_of(scope: Scope, row: ApplicationCredential) -> list[dict[str, Any]] | None:
    """The access rules as tokens and credentials show them; None where there is no restriction."""
    if row.rules is None:
        return None
    found = [scope.session.get(AccessRule, rule_id) for rule_id in row.rules]
    return [rule_view(rule) for rule in found if rule]


def rule_view(rule: AccessRule) -> dict[str, Any]:
    return {"id": rule.id, "service": rule.service, "path": rule.path, "method": rule.method}


def forget_user(scope: Scope, user_id: str) -> None:
    """A deleted user's credentials and rules go too."""
    for table in (ApplicationCredential, AccessRule, StoredCredential):
        scope.session.execute(delete(table).filter_by(user_id=user_id))


def forget_project(scope: Scope, project_id: str) -> None:
    """What was good for a deleted project goes too."""
    for table in (ApplicationCredential, StoredCredential):
        scope.session.execute(delete(table).filter_by(project_id=project_id))

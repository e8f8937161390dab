"""Tokens: how one is made, read and revoked. No HTTP.

A token carries its own facts and a signature (as Fernet tokens do, in their outer form, but signed only: nothing in
it is secret), so that issuing one writes nothing. What the database holds is the key and what was revoked.
"""

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select

from cloudlab.sim.errors import ApiError, NotFound, Unauthorized
from cloudlab.sim.keystone.model import SYSTEM, LegacyToken, Project, Revocation, SigningKey, User, roles_of
from cloudlab.sim.scope import Scope

TOKEN_LIFE = timedelta(hours=1)  # keystone's own default; the recorded cloud was set to 24 h
NEEDS_TOKEN = "The request you have made requires authentication."
UNREADABLE, ENDED = "Could not recognize Fernet token", "Failed to validate token"
METHODS = ("password", "token")
# Fernet's outer form: version 0x80, time of issue, 16 bytes of chance; then ours: user, kind of target, target,
# methods (a bit each), end, audit id, parent's audit id, the user's generation; then the signature.
FORM = struct.Struct(">BQ16s16sB16sBQ16s16sI")
NOWHERE, NO_ID = 0, bytes(16)


@dataclass(frozen=True)
class Token:
    """`target` is a project's id, 'system' or None (unscoped); `id` is what the client holds."""

    id: str
    user_id: str
    target: str | None
    methods: list[str]
    audit_ids: list[str]
    issued_at: datetime
    expires_at: datetime
    generation: int


def issue(
    scope: Scope, user: User, target: str | None, methods: list[str], parent: Token | None = None
) -> Token:
    """A new token. One that follows from another ends when that one ends, and carries its audit id."""
    now = scope.now.replace(microsecond=0)
    facts = {
        "user_id": user.id,
        "target": target,
        "methods": methods,
        "audit_ids": [scope.cloud.ids.audit_id(), *(parent.audit_ids[-1:] if parent else [])],
        "issued_at": now,
        "expires_at": parent.expires_at if parent else now + TOKEN_LIFE,
        "generation": user.generation,
    }
    unsigned = _pack(Token("", **facts), scope.cloud.ids.random_bytes(16))  # type: ignore[arg-type]
    signed = unsigned + _signature(scope, unsigned)
    return Token(base64.urlsafe_b64encode(signed).decode().rstrip("="), **facts)  # type: ignore[arg-type]


def issue_legacy(scope: Scope, token: Token) -> str:
    """A 32-digit id for the token, as v2.0 gave them out."""
    scope.session.execute(delete(LegacyToken).where(LegacyToken.expires_at < scope.now))
    short = scope.cloud.ids.random_bytes(16).hex()
    scope.session.add(LegacyToken(id=short, token=token.id, expires_at=token.expires_at))
    return short


def read(scope: Scope, token_id: str) -> Token:
    """The valid token with that id. Raises NotFound: UNREADABLE when it was never ours, ENDED when it is over."""
    signed = token_id
    if len(token_id) == 32:
        found = scope.session.get(LegacyToken, token_id)
        signed = found.token if found else ""
    token = _unpack(scope, token_id, signed)
    if token.expires_at <= scope.now or not _still_holds(scope, token):
        raise NotFound(ENDED)
    return token


def read_own(scope: Scope, token_id: str) -> Token:
    """The token that a request came with. Raises Unauthorized."""
    try:
        return read(scope, token_id)
    except ApiError:
        raise Unauthorized(NEEDS_TOKEN) from None


def revoke(scope: Scope, token: Token) -> None:
    """End this one token."""
    scope.session.execute(delete(Revocation).where(Revocation.expires_at < scope.now))
    scope.session.add(Revocation(audit_id=token.audit_ids[0], expires_at=token.expires_at))


def revoke_all(user: User) -> None:
    """End every token that the user has now."""
    user.generation += 1


def _still_holds(scope: Scope, token: Token) -> bool:
    """Whether nothing that happened since has ended it: its user, its project, its roles, or a revocation."""
    if scope.session.get(Revocation, token.audit_ids[0]):
        return False
    user = scope.session.get(User, token.user_id)
    if user is None or not user.enabled or user.generation != token.generation:
        return False
    if token.target is None:
        return True
    if token.target != SYSTEM:
        project = scope.session.get(Project, token.target)
        if project is None or not project.enabled:
            return False
    return bool(roles_of(scope, token.user_id, token.target))


def _signature(scope: Scope, unsigned: bytes) -> bytes:
    key = scope.session.scalars(select(SigningKey.key)).one()
    return hmac.digest(key, unsigned, hashlib.sha256)


def _pack(token: Token, chance: bytes) -> bytes:
    kind = NOWHERE if token.target is None else 2 if token.target == SYSTEM else 1
    audits = [base64.urlsafe_b64decode(audit + "==") for audit in token.audit_ids]
    return FORM.pack(
        0x80,
        int(token.issued_at.timestamp()),
        chance,
        bytes.fromhex(token.user_id),
        kind,
        bytes.fromhex(token.target or "") if kind == 1 else NO_ID,
        sum(1 << METHODS.index(method) for method in set(token.methods)),
        int(token.expires_at.timestamp()),
        audits[0],
        audits[1] if len(audits) > 1 else NO_ID,
        token.generation,
    )


def _unpack(scope: Scope, token_id: str, signed: str) -> Token:
    """Raises NotFound for anything that we have not signed."""
    try:
        data = base64.b64decode(signed + "=" * (-len(signed) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if len(data) != FORM.size + 32:
        raise NotFound(UNREADABLE)
    if not hmac.compare_digest(data[FORM.size :], _signature(scope, data[: FORM.size])):
        raise NotFound(UNREADABLE)
    _, issued, _, user, kind, target, methods, expires, *audits, generation = FORM.unpack(data[: FORM.size])
    return Token(
        id=token_id,
        user_id=user.hex(),
        target=(None, target.hex(), SYSTEM)[kind],
        methods=[method for place, method in enumerate(METHODS) if methods & 1 << place],
        audit_ids=[base64.urlsafe_b64encode(a).decode().rstrip("=") for a in audits if a != NO_ID],
        issued_at=datetime.fromtimestamp(issued, UTC),
        expires_at=datetime.fromtimestamp(expires, UTC),
        generation=generation,
    )

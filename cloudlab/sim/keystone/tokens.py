"""Tokens: how one is made, read and revoked. No HTTP.

A token carries its own facts and a signature (as Fernet tokens do, in their outer form, but signed only: nothing in
it is secret), so that issuing one writes nothing. What the database holds is the key and what was revoked.
"""

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete

from cloudlab.sim.errors import ApiError, NotFound, Unauthorized
from cloudlab.sim.keystone.model import (
    SYSTEM,
    LegacyToken,
    Place,
    Revocation,
    SigningKey,
    User,
    place_of,
)
from cloudlab.sim.scope import Scope

TOKEN_LIFE = timedelta(hours=1)  # keystone's own default; the recorded cloud was set to 24 h
NEEDS_TOKEN = "The request you have made requires authentication."
UNREADABLE, ENDED = "Could not recognize Fernet token", "Failed to validate token"
METHODS = ("password", "token")
# Fernet's outer form: version 0x80, time of issue, 16 bytes of chance; then ours: user, kind of target, target,
# methods (a bit each), end, audit id, parent's audit id, the user's generation; then the signature.
FORM = struct.Struct(">BQ16s16sB16sBQ16s16sI")
NO_ID = bytes(16)


@dataclass(frozen=True)
class Token:
    """`id` is what the client holds; `place` is as it is now, not as it was when the token was issued."""

    id: str
    user: User
    place: Place
    methods: list[str]
    audit_ids: list[str]
    issued_at: datetime
    expires_at: datetime


def issue(scope: Scope, user: User, place: Place, methods: list[str], parent: Token | None = None) -> Token:
    """A new token. One that follows from another ends when that one ends, and carries its audit id."""
    now = scope.now.replace(microsecond=0)
    audit_ids = [scope.cloud.ids.audit_id(), *(parent.audit_ids[-1:] if parent else [])]
    expires_at = parent.expires_at if parent else now + TOKEN_LIFE
    token = Token("", user, place, methods, audit_ids, now, expires_at)
    unsigned = _pack(token, scope.cloud.ids.random_bytes(16))
    signed = unsigned + _signature(scope, unsigned)
    return replace(token, id=base64.urlsafe_b64encode(signed).decode().rstrip("="))


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
    facts = _unpack(scope, signed)
    token = _as_it_is_now(scope, token_id, facts) if facts.expires_at > scope.now else None
    if token is None:
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


@dataclass(frozen=True)
class _Facts:
    """What is written in a token."""

    user_id: str
    target: str | None
    methods: list[str]
    audit_ids: list[str]
    issued_at: datetime
    expires_at: datetime
    generation: int


def _as_it_is_now(scope: Scope, token_id: str, facts: _Facts) -> Token | None:
    """The token, unless something has ended it since: a revocation, its user, its project, the roles there."""
    if scope.session.get(Revocation, facts.audit_ids[0]):
        return None
    user = scope.session.get(User, facts.user_id)
    if user is None or not user.enabled or user.generation != facts.generation:
        return None
    place = place_of(scope, user.id, facts.target)
    if place is None:
        return None
    return Token(token_id, user, place, facts.methods, facts.audit_ids, facts.issued_at, facts.expires_at)


def _signature(scope: Scope, unsigned: bytes) -> bytes:
    return hmac.digest(scope.session.get_one(SigningKey, 1).key, unsigned, "sha256")


def _pack(token: Token, chance: bytes) -> bytes:
    target = token.place.target
    kind = 0 if target is None else 2 if target == SYSTEM else 1
    audits = [base64.urlsafe_b64decode(audit + "==") for audit in token.audit_ids]
    return FORM.pack(
        0x80,
        int(token.issued_at.timestamp()),
        chance,
        bytes.fromhex(token.user.id),
        kind,
        bytes.fromhex(target or "") if kind == 1 else NO_ID,
        sum(1 << METHODS.index(method) for method in set(token.methods)),
        int(token.expires_at.timestamp()),
        audits[0],
        audits[1] if len(audits) > 1 else NO_ID,
        token.user.generation,
    )


def _unpack(scope: Scope, signed: str) -> _Facts:
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
    return _Facts(
        user_id=user.hex(),
        target=(None, target.hex(), SYSTEM)[kind],
        methods=[method for place, method in enumerate(METHODS) if methods & 1 << place],
        audit_ids=[base64.urlsafe_b64encode(a).decode().rstrip("=") for a in audits if a != NO_ID],
        issued_at=datetime.fromtimestamp(issued, UTC),
        expires_at=datetime.fromtimestamp(expires, UTC),
        generation=generation,
    )

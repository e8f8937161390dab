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

from cloudlab.sim.auth import NEEDS_TOKEN
from cloudlab.sim.errors import ApiError, NotFound, Unauthorized
from cloudlab.sim.keystone.credentials_model import ApplicationCredential
from cloudlab.sim.keystone.model import (
    DEFAULT,
    SYSTEM,
    LegacyToken,
    Place,
    Project,
    Revocation,
    User,
    domain_of_id,
    place_of,
    signing_key,
)
from cloudlab.sim.scope import Scope

TOKEN_LIFE = timedelta(hours=1)  # keystone's own default; the recorded cloud was set to 24 h
UNREADABLE, ENDED = "Could not recognize Fernet token", "Failed to validate token"
METHODS = ("password", "token", "application_credential")
# Fernet's outer form: version 0x80, time of issue, 16 bytes of chance; then ours: user, kind of target, target,
# methods (a bit each), end, audit id, parent's audit id, the generation of user and place; then, in an application
# credential's token, its id; then the signature.
FORM = struct.Struct(">BQ16s16sB16sBQ16s16sI")
NOWHERE, PROJECT, THE_SYSTEM, DOMAIN, FIRST_DOMAIN = range(5)
NO_ID = bytes(16)


class Shut(NotFound):
    """The token is good and what it is for is shut: keystone tells its holder so (seen on 2025.2)."""


@dataclass(frozen=True)
class Token:
    """`id` is what the client holds; `place` is as it is now, not as it was when the token was issued.

    `credential` is the application credential that it stands for, if any; its roles are all that `place` has then.
    """

    id: str
    user: User
    place: Place
    methods: list[str]
    audit_ids: list[str]
    issued_at: datetime
    expires_at: datetime
    credential: ApplicationCredential | None = None


def issue(
    scope: Scope,
    user: User,
    place: Place,
    methods: list[str],
    parent: Token | None = None,
    credential: ApplicationCredential | None = None,
) -> Token:
    """A new token. One that follows from another ends when that one ends, and carries its audit id."""
    now = scope.now.replace(microsecond=0)
    audit_ids = [scope.cloud.ids.audit_id(), *(parent.audit_ids[-1:] if parent else [])]
    expires_at = parent.expires_at if parent else now + TOKEN_LIFE
    if credential and credential.expires_at:
        expires_at = min(expires_at, credential.expires_at.replace(microsecond=0))
    token = Token("", user, place, methods, audit_ids, now, expires_at, credential)
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
    """The token that a request came with. Raises Unauthorized, or Shut."""
    try:
        return read(scope, token_id)
    except Shut:
        raise
    except ApiError:
        raise Unauthorized(NEEDS_TOKEN) from None


def revoke(scope: Scope, token: Token) -> None:
    """End this one token."""
    scope.session.execute(delete(Revocation).where(Revocation.expires_at < scope.now))
    scope.session.add(Revocation(audit_id=token.audit_ids[0], expires_at=token.expires_at))


def revoke_all(whose: User | Project) -> None:
    """End every token that the user has now, or that is for this project."""
    whose.generation += 1


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
    credential_id: str | None


def _as_it_is_now(scope: Scope, token_id: str, facts: _Facts) -> Token | None:
    """The token, unless something has ended it since: a revocation, its user, its project, the roles there."""
    if scope.session.get(Revocation, facts.audit_ids[0]):
        return None
    user = scope.session.get(User, facts.user_id)
    if user is None or not user.enabled:
        return None
    # Held until the end: place_of asks for it again.
    project = scope.session.get(Project, facts.target) if facts.target else None
    _require_open(scope, facts.target, project, user)
    place = place_of(scope, user.id, facts.target)
    if place is None or user.generation + place.generation != facts.generation:
        return None
    credential = None
    if facts.credential_id:
        credential = scope.session.get(ApplicationCredential, facts.credential_id)
        if credential is None:
            raise Shut(f"Could not find Application Credential: {facts.credential_id}.")
        place = limited(place, credential)
    times = (facts.issued_at, facts.expires_at)
    return Token(token_id, user, place, facts.methods, facts.audit_ids, *times, credential)


def limited(place: Place, credential: ApplicationCredential) -> Place:
    """The place with no more roles than the credential has."""
    return replace(place, roles=[role for role in place.roles if role.id in credential.roles])


def _require_open(scope: Scope, target: str | None, project: Project | None, user: User) -> None:
    """Raises Shut when the token's project, its domain or the user's is disabled; NotFound when it is gone."""
    if project and not project.enabled:
        raise Shut(f"Unable to validate token because project {target} is disabled")
    place = project.domain_id if project else target
    for domain_id in filter(None, {place, user.domain_id} - {SYSTEM}):
        domain = domain_of_id(scope, domain_id)
        if domain is None:
            raise NotFound(f"Could not find project: {target}.")
        if not domain.enabled:
            raise Shut(f"Unable to validate token because domain {domain_id} is disabled")


def _signature(scope: Scope, unsigned: bytes) -> bytes:
    return hmac.digest(signing_key(scope), unsigned, "sha256")


def _pack(token: Token, chance: bytes) -> bytes:
    kind, target = _packed_target(token.place)
    audits = [base64.urlsafe_b64decode(audit + "==") for audit in token.audit_ids]
    packed = FORM.pack(
        0x80,
        int(token.issued_at.timestamp()),
        chance,
        bytes.fromhex(token.user.id),
        kind,
        target,
        sum(1 << METHODS.index(method) for method in set(token.methods)),
        int(token.expires_at.timestamp()),
        audits[0],
        audits[1] if len(audits) > 1 else NO_ID,
        token.user.generation + token.place.generation,
    )
    return packed + (bytes.fromhex(token.credential.id) if token.credential else b"")


def _packed_target(place: Place) -> tuple[int, bytes]:
    if place.target is None:
        return NOWHERE, NO_ID
    if place.target == SYSTEM:
        return THE_SYSTEM, NO_ID
    if place.target == DEFAULT:  # the one id that is no hexadecimal number
        return FIRST_DOMAIN, NO_ID
    return PROJECT if place.project else DOMAIN, bytes.fromhex(place.target)


def _unpack(scope: Scope, signed: str) -> _Facts:
    """Raises NotFound for anything that we have not signed."""
    try:
        data = base64.b64decode(signed + "=" * (-len(signed) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        data = b""
    facts, signature = data[:-32], data[-32:]
    if len(facts) not in (FORM.size, FORM.size + len(NO_ID)):
        raise NotFound(UNREADABLE)
    if not hmac.compare_digest(signature, _signature(scope, facts)):
        raise NotFound(UNREADABLE)
    _, issued, _, user, kind, target, methods, expires, *audits, generation = FORM.unpack_from(facts)
    return _Facts(
        user_id=user.hex(),
        target=(None, target.hex(), SYSTEM, target.hex(), DEFAULT)[kind],
        methods=[method for place, method in enumerate(METHODS) if methods & 1 << place],
        audit_ids=[base64.urlsafe_b64encode(a).decode().rstrip("=") for a in audits if a != NO_ID],
        issued_at=datetime.fromtimestamp(issued, UTC),
        expires_at=datetime.fromtimestamp(expires, UTC),
        generation=generation,
        credential_id=facts[FORM.size :].hex() or None,
    )

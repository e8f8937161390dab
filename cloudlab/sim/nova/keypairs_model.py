"""Key pairs: their table, and what makes text a public key. No HTTP. A key pair belongs to a user, not to a project."""

import base64
import binascii
import hashlib
from datetime import datetime

from sqlalchemy import Index, String, func, select, tuple_
from sqlalchemy.orm import Mapped, mapped_column

from cloudlab.sim.errors import BadRequest, Conflict, Forbidden, NotFound
from cloudlab.sim.scope import Scope
from cloudlab.sim.store import Base, UtcTime

NO_FINGERPRINT = "Keypair data is invalid: failed to generate fingerprint"
CURVES = {b"nistp256": 65, b"nistp384": 97, b"nistp521": 133}  # name → bytes of an uncompressed point
PEM_START, PEM_END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


class KeyPair(Base):
    """A user's public key. `type` is 'ssh' or 'x509'. `id` is nova's row number."""

    __tablename__ = "nova_keypair"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    user_id: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255))
    type: Mapped[str] = mapped_column(default="ssh")
    public_key: Mapped[str]
    fingerprint: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    __table_args__ = (Index("nova_keypair_name", "user_id", "name", unique=True),)


def get_keypair(scope: Scope, user_id: str, name: str) -> KeyPair:
    """The user's key pair. Raises NotFound (nova_v21/039_keypair_unknown)."""
    found = scope.session.scalars(select(KeyPair).filter_by(user_id=user_id, name=name)).first()
    if found is None:
        raise NotFound(f"Keypair {name} not found for user {user_id}")
    return found


def list_keypairs(scope: Scope, user_id: str, limit: int, marker: str | None = None) -> list[KeyPair]:
    """One page of the user's key pairs by name, large and small letters alike (nova_v21/037_keypairs).

    BadRequest for a marker that is no key pair of theirs.
    """
    place = (func.lower(KeyPair.name), KeyPair.name)
    query = select(KeyPair).filter_by(user_id=user_id).order_by(*place).limit(limit)
    if marker is not None:
        after = scope.session.execute(
            select(*place).where(KeyPair.user_id == user_id, KeyPair.name == marker)
        ).first()
        if after is None:
            raise BadRequest(f"marker [{marker}] not found")
        query = query.where(tuple_(*place) > tuple_(*after))
    return list(scope.session.scalars(query))


def count_keypairs(scope: Scope, user_id: str) -> int:
    """How many key pairs the user has, in whatever project they were made."""
    return scope.session.scalar(select(func.count()).select_from(KeyPair).filter_by(user_id=user_id)) or 0


def add_keypair(scope: Scope, user_id: str, name: str, kind: str, public_key: str, limit: int) -> KeyPair:
    """Keep a public key. Forbidden over `limit` (-1: none), BadRequest for no key, Conflict for a name in use."""
    if 0 <= limit <= count_keypairs(scope, user_id):
        raise Forbidden("Maximum number of key pairs exceeded")
    fingerprint = x509_fingerprint(public_key) if kind == "x509" else ssh_fingerprint(public_key)
    if scope.session.scalars(select(KeyPair.id).filter_by(user_id=user_id, name=name)).first():
        raise Conflict(f"Key pair '{name}' already exists.")
    keypair = KeyPair(
        user_id=user_id,
        name=name,
        type=kind,
        public_key=public_key,
        fingerprint=fingerprint,
        created_at=scope.now,
    )
    scope.session.add(keypair)
    scope.session.flush()
    return keypair


def generate(scope: Scope) -> tuple[str, str]:
    """A new 2048-bit RSA key: the private one in PEM, the public one as OpenSSH writes it.

    From the cloud's own source of chance; it takes 0.2 to 1.3 s (0.6 in the mean, measured on a shared core).
    """
    from Crypto.PublicKey import RSA  # here, for it costs a tenth of the cloud's start

    key = scope.outside(lambda: RSA.generate(2048, randfunc=scope.cloud.ids.randfunc()))
    private, public = key.export_key(), key.public_key().export_key("OpenSSH")
    return private.decode() + "\n", public.decode() + " Generated-by-Nova"


def ssh_fingerprint(public_key: str) -> str:
    """MD5 of the key in colon form. Raises BadRequest for what OpenSSH would not take as a public key."""
    words = public_key.split()
    try:
        blob = base64.b64decode(words[1], validate=True)
        whole = is_ssh_key(words[0], blob)
    except (IndexError, ValueError, binascii.Error):
        whole = False
    if not whole:
        raise BadRequest(NO_FINGERPRINT)
    return _colons(hashlib.md5(blob, usedforsecurity=False).hexdigest())


def is_ssh_key(kind: str, blob: bytes) -> bool:
    """Whether the bytes are a key of that kind: its name, then as many fields as it has, of the right sizes."""
    name, *fields = _fields(blob)
    if name.decode("latin-1") != kind:
        return False
    if kind == "ssh-rsa":
        return len(fields) == 2 and len(fields[1]) >= 128
    if kind == "ssh-dss":
        return len(fields) == 4
    if kind == "ssh-ed25519":
        return len(fields) == 1 and len(fields[0]) == 32
    if kind.startswith("ecdsa-sha2-"):
        curve = kind.removeprefix("ecdsa-sha2-").encode()
        return len(fields) == 2 and fields[0] == curve and len(fields[1]) == CURVES.get(curve)
    if kind == "sk-ssh-ed25519@openssh.com":
        return len(fields) == 2 and len(fields[0]) == 32
    return False


def _fields(blob: bytes) -> list[bytes]:
    """The length-prefixed strings that an SSH key is made of (RFC 4253, section 6.6). Raises ValueError."""
    fields = []
    while blob:
        size = int.from_bytes(blob[:4], "big")
        if len(blob) < 4 + size:
            raise ValueError("cut short")
        fields.append(blob[4 : 4 + size])
        blob = blob[4 + size :]
    if not fields:
        raise ValueError("empty")
    return fields


def x509_fingerprint(certificate: str) -> str:
    """SHA-1 of a PEM certificate's bytes in colon form. Raises BadRequest for what is none."""
    from Crypto.PublicKey import RSA

    text = certificate.strip()
    try:
        if not (text.startswith(PEM_START) and text.endswith(PEM_END)):
            raise ValueError("no PEM")
        der = base64.b64decode("".join(text[len(PEM_START) : -len(PEM_END)].split()), validate=True)
        RSA.import_key(der)
    except (ValueError, IndexError, TypeError, binascii.Error) as error:
        raise BadRequest(
            f"Keypair data is invalid: failed to generate X509 fingerprint. Error message: {error}"
        ) from error
    return _colons(hashlib.sha1(der, usedforsecurity=False).hexdigest())


def _colons(digest: str) -> str:
    return ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))

"""Chance has one source: every id, token, password and MAC of the cloud comes from here.

A resource's id is derived from (seed, kind, project, name, nth of that name): the same on every learner's screen,
whatever was made before it. Tokens and passwords are random where the cloud is reached by sockets, and seeded
in process.
"""

import base64
import hashlib
import secrets
import uuid
from collections.abc import Callable, Mapping

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from cloudlab.sim.store import Base

PASSWORD_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class IdCount(Base):
    """How many ids were derived for one key: the 'nth of that name', rolled back with its transaction."""

    __tablename__ = "id_count"
    key: Mapped[str] = mapped_column(String, primary_key=True)
    n: Mapped[int]


class Ids:
    """The seeded source. `random_secrets` makes tokens and passwords unpredictable; ids stay derived."""

    def __init__(self, seed: int, random_secrets: bool = False) -> None:
        self.seed = seed
        self.random_secrets = random_secrets
        self._requests = self._secrets = 0  # how many were drawn

    def counts(self) -> dict[str, int]:
        """What was drawn so far, and stands in no table: `resume` goes on from there."""
        return {"requests": self._requests, "secrets": self._secrets}

    def resume(self, seed: int, counts: Mapping[str, int]) -> None:
        """Go on as the source of that seed which had drawn so much."""
        self.seed, self._requests, self._secrets = (
            int(n) for n in (seed, counts["requests"], counts["secrets"])
        )

    def _digest(self, *parts: object) -> bytes:
        return hashlib.sha256("\x1f".join(str(p) for p in (self.seed, *parts)).encode()).digest()

    def _nth(self, session: Session, key: str) -> int:
        row = session.get(IdCount, key)
        if row is None:
            row = IdCount(key=key, n=0)
            session.add(row)
        row.n += 1
        return row.n

    def uuid(self, session: Session, kind: str, project_id: str | None, name: str | None) -> str:
        """A version-4-shaped UUID with dashes for the next resource of this kind, project and name."""
        key = "\x1f".join((kind, project_id or "", name or ""))
        digest = self._digest(key, self._nth(session, key))
        return str(uuid.UUID(bytes=digest[:16], version=4))

    def hex(self, session: Session, kind: str, project_id: str | None, name: str | None) -> str:
        """The same as 32 hex digits, as keystone writes ids."""
        return self.uuid(session, kind, project_id, name).replace("-", "")

    def request_id(self) -> str:
        """`req-…` for one request: ordinal, not stored; random where tokens are, so that a restart repeats none."""
        if self.random_secrets:
            return f"req-{uuid.UUID(bytes=self.random_bytes(16), version=4)}"
        self._requests += 1
        return f"req-{uuid.UUID(bytes=self._digest('request', self._requests)[:16], version=4)}"

    def random_bytes(self, n: int) -> bytes:
        """n bytes of chance: seeded, or the operating system's with `random_secrets`."""
        if self.random_secrets:
            return secrets.token_bytes(n)
        return b"".join(self._stream(n))[:n]

    def _stream(self, n: int) -> list[bytes]:
        first = self._secrets + 1
        self._secrets += -(-n // 32)
        return [self._digest("secret", nth) for nth in range(first, self._secrets + 1)]

    def audit_id(self) -> str:
        """22 url-safe characters, as keystone's audit ids."""
        return base64.urlsafe_b64encode(self.random_bytes(16)).decode().rstrip("=")

    def password(self, length: int = 12) -> str:
        """An administrator password as nova generates one."""
        return "".join(PASSWORD_LETTERS[b % len(PASSWORD_LETTERS)] for b in self.random_bytes(length))

    def mac(self, session: Session, name: str) -> str:
        """`fa:16:3e:xx:xx:xx`, neutron's prefix, derived like an id."""
        tail = self._digest("mac", name, self._nth(session, f"mac\x1f{name}"))
        return "fa:16:3e:" + ":".join(f"{b:02x}" for b in tail[:3])

    def randfunc(self) -> Callable[[int], bytes]:
        """A source of bytes in the form that pycryptodome's key generation takes."""
        return self.random_bytes

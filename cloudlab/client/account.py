"""Who logs in: the parts of the body of `POST /v3/auth/tokens` (Identity API v3, Authentication and tokens)."""

from dataclasses import dataclass, field
from typing import Any

from cloudlab.client.redact import HIDDEN


class Secret(str):
    """A password as JSON sends it, that no output shows."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(HIDDEN)

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, _spec: str) -> str:
        return HIDDEN


@dataclass(frozen=True)
class Account:
    """`name` is for sentences. `identity` says who it is, and proves it; `scope` is {"scope": {"project": …}}, or empty
    where the proof brings its own (an application credential).
    """

    name: str
    identity: dict[str, Any]
    scope: dict[str, Any] = field(default_factory=dict)

    @property
    def login(self) -> dict[str, Any]:
        """The whole body."""
        return {"auth": {"identity": self.identity, **self.scope}}

    @property
    def project(self) -> str:
        """The name or id of the project that it asks for; "" where the proof brings it."""
        wanted = self.scope.get("scope", {}).get("project", {})
        return str(wanted.get("name") or wanted.get("id") or "")


def by_password(user: dict[str, Any], project: dict[str, Any]) -> Account:
    """A user with a password, for one project. Both as Keystone's body wants them."""
    identity = {"methods": ["password"], "password": {"user": user}}
    return Account(str(user.get("name") or user.get("id")), identity, {"scope": {"project": project}})

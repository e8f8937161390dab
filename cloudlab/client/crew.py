"""The accounts of this cloud, for calls of the kit's own. Each logs in when it is first needed; lab.token stays."""

from typing import TYPE_CHECKING, Any

from cloudlab.client.errors import LabError
from cloudlab.language import _

if TYPE_CHECKING:
    from cloudlab.client.exchange import Exchange
    from cloudlab.client.session import Session

ROLES = ("me", "admin", "neighbour")


class NoAccountError(LabError):
    """None of the accounts is that one."""


class Crew:
    """`purpose` is what the logins stand for in the history. Everything raises LabError when a login is refused."""

    def __init__(self, session: "Session", purpose: str) -> None:
        self._session, self._purpose = session, purpose
        self._tokens: dict[str, tuple[str, str, str]] = {}  # role → ids of user and project, token
        self.catalog: Any = None  # that of the first login

    def headers(self, role: str) -> dict[str, str]:
        """What a call has to bring to be this account's."""
        return {"X-Auth-Token": self._logged_in(role)[2]}

    def owner(self, role: str) -> tuple[str, str]:
        """The ids of the account's user and project."""
        return self._logged_in(role)[:2]

    def endpoint(self, service: str, role: str = "me") -> str:
        """A service's URL, as the catalog of that login says."""
        self._logged_in(role)
        return self._session.endpoint(service, catalog=self.catalog)

    def get(self, url: str, role: str = "me") -> "Exchange":
        """One GET as that account."""
        return self._session.request("GET", url, headers=self.headers(role), purpose=self._purpose)

    def role_of(self, user: str, project: str, name: str) -> str:
        """Which account has these ids. Raises NoAccountError."""
        for role in (role for role in ROLES if role in self._session.transport.accounts):
            if self.owner(role) == (user, project):
                return role
        # Translators: {who} is a user's name or id
        raise NoAccountError(
            _("{who} made it, whose login is not among yours. Log in so, and delete it.", who=name or user)
        )

    def _logged_in(self, role: str) -> tuple[str, str, str]:
        if role not in self._tokens:
            url, account = self._session.transport.urls["keystone"], self._session.transport.accounts[role]
            how: dict[str, Any] = {"headers": {"X-Auth-Token": None}, "purpose": self._purpose}
            answer = self._session.request("POST", f"{url}/v3/auth/tokens", json=account.login, **how)
            if answer.status_code != 201:
                status = f"{answer.status_code} {answer.reason}"
                # Translators: {status} is what the login was answered with: 401 Unauthorized
                raise LabError(_("{user} can't log in: {status}.", user=account.name, status=status))
            told = answer.json()["token"]
            ids = told["user"]["id"], told.get("project", {}).get("id", "")
            self._tokens[role] = (*ids, answer.headers["X-Subject-Token"])
            self.catalog = self.catalog or told.get("catalog")
        return self._tokens[role]

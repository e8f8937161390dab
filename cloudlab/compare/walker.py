"""One cloud being walked: who is logged in, what earlier answers gave, and the next call's answer."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cloudlab.client import realcloud
from cloudlab.client.account import Account, Secret
from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.client.session import Session
from cloudlab.client.wait import wait
from cloudlab.compare.mask import Mask
from cloudlab.compare.walk import Call
from cloudlab.language import N_, _

PURPOSE = "compare"
TIMEOUT = 300.0  # seconds for a thing to become what it should
KEY = Path(__file__).parents[1] / "lessons" / "keys" / "cloud.key.pub"
NAMED = {
    "compute": "compute",
    "image": "image",
    "storage": "block-storage",
}  # by name: what the catalog calls it
UNKNOWN = {
    "admin_login": N_("CLOUDLAB_ADMIN names no administrator"),
    "neighbour_login": N_("CLOUDLAB_NEIGHBOUR names nobody"),
    "me_unscoped": N_("the account doesn't log in by password"),
    "me_wrong": N_("the account doesn't log in by password"),
    "too_many": N_("the project has no limit of servers"),
    "too_big": N_("the project has no limit of gigabytes"),
}
_NAME = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Seen:
    """What came of one call: the answer without secrets and hosts, and the states on the way to it."""

    status: int
    headers: Mapping[str, str]
    body: Any
    states: tuple[str, ...] = ()


class Unknown(Exception):
    """A call's name that nothing is known of."""


class Walker:
    """`every`: seconds between two looks at a state; `prefix`: how the names of all that is made begin."""

    def __init__(self, session: Session, every: float, prefix: str) -> None:
        self.session, self.every = session, every
        self.accounts = dict(session.transport.accounts)
        self.roles: set[str] = set()
        self.names: dict[str, Any] = {
            "prefix": prefix,
            "public_key": KEY.read_text("ascii").strip(),
        }
        self.why = dict(UNKNOWN)  # by name: why it isn't known
        self._tokens: dict[str, str | None] = {"": None}

    def arrive(self) -> None:
        """Find the services, log in, and choose what to work with. Raises LabError."""
        if self.session.transport.real:
            realcloud.arrive(self.session)
        self.names |= self.session.transport.urls
        for role, account in self.accounts.items():
            self._introduce(role, account)
        answer = self._log_in("me")
        self.session.token = self._tokens["me"]  # for wait's questions
        self.roles = {role["name"] for role in answer["token"].get("roles", [])}
        for name, service in NAMED.items():
            self.names[name] = self.session.endpoint(service, catalog=answer["token"].get("catalog"))
        choice = self.session.here.choice
        self.names |= {"token": self._tokens["me"], "image_name": choice.image}
        self.names |= {"flavor_id": choice.flavor_id, "networks": choice.networks.get("networks", [])}
        self.mask = Mask(self.names[name] for name in (*NAMED, *self.session.transport.urls))

    def _introduce(self, role: str, account: Account) -> None:
        """An account's logins: for its project, for none, and with a wrong password."""
        self.names[f"{role}_login"] = account.login
        if account.identity["methods"] == ["password"]:
            self.names[f"{role}_unscoped"] = {"auth": {"identity": account.identity}}
            user = {**account.identity["password"]["user"], "password": Secret("not this one")}
            identity = {"methods": ["password"], "password": {"user": user}}
            self.names[f"{role}_wrong"] = {"auth": {"identity": identity}}

    def _log_in(self, who: str) -> Any:
        login = self.names.get(f"{who}_login")
        if login is None:
            raise Unknown(f"{who}_login")
        url = self.names["keystone"] + "/v3/auth/tokens"
        answer = self.session.request(
            "POST", url, json=login, headers={"X-Auth-Token": None}, purpose=PURPOSE
        )
        if answer.status_code != 201:
            raise LabError(
                _("{cloud} refuses a login: {status}.", cloud=self.cloud, status=answer.status_code)
            )
        self._tokens[who] = str(answer.headers["X-Subject-Token"])
        return answer.json()

    @property
    def cloud(self) -> str:
        return self.session.transport.cloud_name

    def ask(self, url: str, who: str = "me") -> Any:
        """A question of our own, which isn't compared: the answer's JSON. Raises LabError."""
        answer = self.send("GET", url, who)
        if not answer.ok:
            call = f"GET {urlsplit(answer.url).path}"
            status = f"{answer.status_code} {answer.reason}"
            raise LabError(
                _("{cloud} answers {call} with {status}.", cloud=self.cloud, call=call, status=status)
            )
        return answer.json()

    def send(self, method: str, url: str, who: str = "me", **more: Any) -> Exchange:
        """One call as `who`, its names filled in. Raises LabError, and Unknown."""
        if who not in self._tokens:
            self._log_in(who)
        headers = {"X-Auth-Token": self._tokens[who], **more.pop("headers", {})}
        filled = self.filled({"url": url, "headers": headers, **more})
        return self.session.request(method, purpose=PURPOSE, **filled)

    def filled(self, value: Any) -> Any:
        """Names replaced by what they stand for; a field of nothing is left out. Raises Unknown."""
        if isinstance(value, dict):
            whole = {name: self.filled(held) for name, held in value.items()}
            return {name: held for name, held in whole.items() if held != []}
        if isinstance(value, list):
            return [self.filled(element) for element in value]
        if not isinstance(value, str) or isinstance(value, Secret):
            return value
        alone = _NAME.fullmatch(value)
        return self._known(alone[1]) if alone else _NAME.sub(lambda found: str(self._known(found[1])), value)

    def _known(self, name: str) -> Any:
        if name not in self.names:
            raise Unknown(name)
        return self.names[name]

    def why_not(self, call: Call) -> str:
        """Why the call can't be made, or ""."""
        try:
            if call.who and call.who not in self._tokens:
                self._known(f"{call.who}_login")
            self.filled([call.url, dict(call.headers), call.body])
        except Unknown as unknown:
            return self._explained(str(unknown))
        return ""

    def leave_out(self, call: Call, why: str) -> None:
        """What it would have given stays unknown, for the same reason."""
        for name in call.saves:
            self.names.pop(name, None)
            self.why[name] = why

    def _explained(self, name: str) -> str:
        why = self.why.get(name)
        return _(why) if why else _("no earlier answer gave {name}", name=name)

    def act(self, call: Call) -> Seen:
        """The next call. Raises LabError."""
        states: list[str] = []
        if call.until:
            answer = self._waited(call, states)
        else:
            more: dict[str, Any] = {"headers": call.headers}
            if call.body is not None:
                more["data" if isinstance(call.body, bytes) else "json"] = call.body
            answer = self.send(call.method, call.url, call.who, **more)
        self._keep(call, answer)
        headers = {name.lower(): self.mask.text(value) for name, value in answer.redacted().headers.items()}
        return Seen(answer.status_code, headers, self.mask.data(self._body(answer)), tuple(states))

    def _waited(self, call: Call, states: list[str]) -> Exchange:
        def note(line: str, far: float, state: str) -> None:
            if states[-1:] != [state]:
                states.append(state)

        url = self.filled(call.url)
        return wait(self.session, url, call.until, TIMEOUT, self.every, note, purpose=PURPOSE)

    def _keep(self, call: Call, answer: Exchange) -> None:
        """What later calls need; nothing of an earlier walk's is taken for it."""
        for name, where in call.saves.items():
            self.names.pop(name, None)
            found = answer.headers.get(where) if "-" in where else _at(_json(answer.content), where)
            leads_away = name == "next" and not self.session.is_ours(str(found))  # no token goes there
            if answer.ok and found is not None and not leads_away:
                self.names[name] = found

    def _body(self, answer: Exchange) -> Any:
        """Without secrets: JSON's values, or the text."""
        return _json(self.session.redactor.body(answer.content))


def _json(content: bytes) -> Any:
    text = content.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        return text


def _at(body: Any, where: str) -> Any:
    """`server.id`, `images.0.id`; None where there is no such place."""
    for part in where.split("."):
        if isinstance(body, list) and part.isdigit() and int(part) < len(body):
            body = body[int(part)]
        elif isinstance(body, dict):
            body = body.get(part)
        else:
            return None
    return body

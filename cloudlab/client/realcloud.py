"""A real cloud, as OS_CLOUD and clouds.yaml, or the OS_* variables, describe it. Only this file knows openstacksdk.

Read by openstacksdk's own loader, so that every way of writing it down works that OpenStack's tools know; the calls are
ours. Which account is whose: OS_CLOUD is the learner's. CLOUDLAB_ADMIN and CLOUDLAB_NEIGHBOUR may name two more
entries of clouds.yaml: an administrator's, and one in another project.
"""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cloudlab.client.account import Account, Secret, by_password
from cloudlab.client.errors import LabError
from cloudlab.client.roots import ROOTS
from cloudlab.language import _

if TYPE_CHECKING:
    from cloudlab.client.session import Session

OTHERS = {"admin": "CLOUDLAB_ADMIN", "neighbour": "CLOUDLAB_NEIGHBOUR"}
VERSION = re.compile(r"/v\d+(\.\d+)?(/[^/]*)?$")  # and the project's id that old catalogs put behind it


@dataclass(frozen=True)
class RealCloud:
    """Where it is, who logs in ("me", and perhaps "admin" and "neighbour"), and how its certificates are checked."""

    name: str
    auth_url: str
    accounts: Mapping[str, Account]
    region: str | None = None
    interface: str = "public"
    verify: bool | str = True
    cert: tuple[str, str] | None = None


def is_asked_for() -> bool:
    """Whether this kernel's environment describes a cloud."""
    return bool(os.environ.get("OS_CLOUD") or os.environ.get("OS_AUTH_URL"))


def read(name: str | None = None) -> RealCloud:
    """The cloud `name` of clouds.yaml; without one, that of OS_CLOUD or of the OS_* variables. Raises LabError."""
    found = _entry(name or os.environ.get("OS_CLOUD") or None)
    accounts = {"me": account(found.config)}
    for role, variable in OTHERS.items():
        if os.environ.get(variable):
            accounts[role] = account(_entry(os.environ[variable]).config)
    certificate = found.config.get("cert"), found.config.get("key")
    verify = found.config.get("verify", True)
    return RealCloud(
        name=urlsplit(found.config["auth"]["auth_url"]).hostname if found.name == "envvars" else found.name,
        auth_url=found.config["auth"]["auth_url"],
        accounts=accounts,
        region=found.config.get("region_name") or None,
        interface=found.config.get("interface") or "public",
        verify=verify and (found.config.get("cacert") or True),
        cert=certificate if all(certificate) else None,
    )


def _entry(name: str | None) -> Any:
    try:
        from keystoneauth1.exceptions import ClientException
        from openstack.config import OpenStackConfig
        from openstack.exceptions import SDKException
    except ImportError:
        raise LabError(
            _(
                "This kernel's environment names a real cloud (OS_CLOUD or OS_AUTH_URL). To read it, the kit needs "
                "openstacksdk: pip install openstacksdk. For the embedded cloud, set CLOUDLAB_MODE=up."
            )
        ) from None
    try:
        found = OpenStackConfig().get_one(cloud=name)
    except (SDKException, ClientException, OSError, ValueError) as error:
        raise LabError(_("The cloud can't be read from your settings: {error}", error=error)) from None
    if not found.config.get("auth", {}).get("auth_url"):
        raise LabError(_("Your settings for this cloud have no auth_url: the URL of its Keystone."))
    return found


def account(config: Mapping[str, Any]) -> Account:
    """Who logs in, from an entry's `auth` and `auth_type`. Raises LabError for a proof that the kit can't send."""
    auth, kind = config.get("auth", {}), str(config.get("auth_type") or "password").removeprefix("v3")
    if kind == "applicationcredential":
        return _application_credential(auth)
    scope = {"scope": {"project": _named(auth, "project")}}
    if kind == "token":
        proof = {"methods": ["token"], "token": {"id": Secret(auth.get("token", ""))}}
        return Account(_("a token"), proof, scope)
    if kind == "password" and "password" not in auth:
        raise LabError(_("Your settings for this cloud have no password."))
    if kind != "password":
        raise LabError(
            _(
                "The kit logs in by password, application credential or token; these settings say {kind!r}. "
                "Make an application credential (openstack application credential create), and use that.",
                kind=kind,
            )
        )
    return by_password(
        {**_named(auth, "user"), "password": Secret(auth["password"])}, scope["scope"]["project"]
    )


def _application_credential(auth: Mapping[str, Any]) -> Account:
    """It brings its user and its project along."""
    who: dict[str, Any] = {"secret": Secret(auth.get("application_credential_secret", ""))}
    if auth.get("application_credential_id"):
        who["id"] = auth["application_credential_id"]
    else:
        who |= {"name": auth.get("application_credential_name"), "user": _named(auth, "user")}
    name = _("an application credential")
    return Account(name, {"methods": ["application_credential"], "application_credential": who})


def _named(auth: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """A user or a project by its id, or by its name and domain. Raises LabError."""
    name = auth.get("username" if kind == "user" else "project_name")
    if auth.get(f"{kind}_id"):
        return {"id": auth[f"{kind}_id"]}
    if not name:
        # Translators: {kind} is user or project, a word of clouds.yaml
        raise LabError(_("Your settings for this cloud name no {kind}.", kind=kind))
    domain = auth.get(f"{kind}_domain_name")
    return {
        "name": name,
        "domain": {"name": domain} if domain else {"id": auth.get(f"{kind}_domain_id") or "default"},
    }


def root_of(url: str) -> str:
    """A service's address without version and project: what `lab.urls` holds."""
    return VERSION.sub("", url.rstrip("/")).rstrip("/")


def arrive(session: "Session") -> None:
    """Log in once to learn from the catalog where the services are. The token isn't kept. Raises LabError."""
    real = session.transport.real
    assert real is not None
    url = session.transport.urls["keystone"] + "/v3/auth/tokens"
    try:
        answer = session.request("POST", url, json=real.accounts["me"].login, purpose="connect")
    except LabError as error:
        there = _(
            "That is where OS_CLOUD or OS_AUTH_URL lead. "
            "For the embedded cloud, unset them, or set CLOUDLAB_MODE=up."
        )
        raise LabError(f"{error} {there}") from None
    if answer.status_code != 201:
        raise LabError(
            _(
                "{cloud} refuses the login of {user}: {status} {reason}. Look at your clouds.yaml or OS_* variables.",
                cloud=real.name,
                user=real.accounts["me"].name,
                status=answer.status_code,
                reason=answer.reason,
            )
        )
    token = answer.json()["token"]
    catalog = token.get("catalog")
    if "project" not in token:
        raise LabError(_("Your login is for no project. Name one in your clouds.yaml or OS_* variables."))
    session.here.arrived(token)
    for service, (name, _below) in ROOTS.items():
        with suppress(LabError):  # this cloud may not have it, or not for this user
            session.transport.urls.setdefault(name, root_of(session.endpoint(service, catalog=catalog)))

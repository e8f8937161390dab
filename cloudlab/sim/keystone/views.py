"""Keystone rows → JSON."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from cloudlab.sim.clock import iso_z
from cloudlab.sim.keystone.bodies import page
from cloudlab.sim.keystone.credentials_model import ApplicationCredential, rules_of
from cloudlab.sim.keystone.model import (
    CatalogService,
    Domain,
    Endpoint,
    Group,
    Project,
    Region,
    Role,
    User,
    catalog_rows,
    domain_ref,
)
from cloudlab.sim.keystone.tokens import Token
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call


def token_body(scope: Scope, token: Token, catalog: bool = True) -> dict[str, Any]:
    """The v3 `token` object (recording keystone/004_token_password_project)."""
    user, place = token.user, token.place
    home = domain_ref(scope, user.domain_id)
    body: dict[str, Any] = {
        "methods": token.methods,
        "user": {"domain": home, "id": user.id, "name": user.name, "password_expires_at": None},
        "audit_ids": token.audit_ids,
        "expires_at": _micro_z(iso_z(token.expires_at)),
        "issued_at": _micro_z(iso_z(token.issued_at)),
    }
    if place.target is None:
        return body
    if place.project:
        domain = domain_ref(scope, place.project.domain_id)
        body["project"] = {"domain": domain, "id": place.project.id, "name": place.project.name}
        body["is_domain"] = False
    elif place.domain:
        body["domain"] = domain_ref(scope, place.domain.id)
    else:
        body["system"] = {"all": True}
    body["roles"] = [{"id": role.id, "name": role.name} for role in place.roles]
    if token.credential:
        body["application_credential"] = _token_credential(scope, token.credential)
    if catalog:
        body["catalog"] = catalog_body(scope, place.project.id if place.project else None)
    return body


def _token_credential(scope: Scope, row: ApplicationCredential) -> dict[str, Any]:
    rules = rules_of(scope, row)
    own = {"id": row.id, "name": row.name, "restricted": not row.unrestricted}
    return own if rules is None else {**own, "access_rules": rules}


def _micro_z(text: str | None) -> str | None:
    """Keystone writes whole seconds with six zeros: 2026-01-01T00:00:00.000000Z."""
    return text and text.replace("Z", ".000000Z")


def catalog_body(scope: Scope, project_id: str | None) -> list[dict[str, Any]]:
    """The service catalog for one project; an endpoint per interface.

    For a domain or the whole system there is no project to put into a URL: endpoints that want one are left out.
    """
    entries: dict[str, dict[str, Any]] = {}
    for row in catalog_rows(scope):
        entry = entries.setdefault(
            row.service_id, {"endpoints": [], "id": row.service_id, "type": row.type, "name": row.name or ""}
        )
        url = row.id and endpoint_url(scope, row, project_id)
        if url is not None:
            entry["endpoints"].append(
                {
                    "id": row.id,
                    "interface": row.interface,
                    "region_id": row.region_id,
                    "url": url,
                    "region": row.region_id,
                }
            )
    return list(entries.values())


def endpoint_url(scope: Scope, row: Any, project_id: str | None) -> str | None:
    """A row's URL for a project; None when it wants one and there is none."""
    url = (scope.cloud.url(row.room) if row.room else "") + row.url
    for mark in ("$(project_id)s", "%(project_id)s", "$(tenant_id)s", "%(tenant_id)s"):
        if mark in url:
            if project_id is None:
                return None
            url = url.replace(mark, project_id)
    return url


def collection(call: Call, name: str, items: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """A list with its links: all of it at once."""
    query = f"?{call.query_string}" if call.query_string else ""
    links = {"next": None, "self": f"{call.root}{call.path}{query}", "previous": None}
    return {name: list(items), "links": links}


def paged(call: Call, name: str, items: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """A list of what has ids, by id, of which `limit` and `marker` choose a part (seen on 2025.2)."""
    part, more = page(call, sorted(items, key=lambda item: str(item["id"])))
    body = collection(call, name, part)
    if more:
        query = urlencode({**dict(call.query), "marker": part[-1]["id"]})
        body["links"]["next"] = f"{call.root}{call.path}?{query}"
        body["truncated"] = True
    return body


def _links(call: Call, collection_name: str, id_: str) -> dict[str, str]:
    return {"self": f"{call.root}/v3/{collection_name}/{id_}"}


def domain(call: Call, row: Domain) -> dict[str, Any]:
    return {
        **row.extra,
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "enabled": row.enabled,
        "tags": row.tags,
        "options": row.options,
        "links": _links(call, "domains", row.id),
    }


def domain_as_project(call: Call, row: Domain) -> dict[str, Any]:
    """Keystone keeps a domain as a project without a parent, and shows it under /v3/projects when asked to."""
    nowhere = {"domain_id": None, "parent_id": None, "is_domain": True}
    return {**domain(call, row), **nowhere, "links": _links(call, "projects", row.id)}


def group(call: Call, row: Group) -> dict[str, Any]:
    return {
        **row.extra,
        "id": row.id,
        "name": row.name,
        "domain_id": row.domain_id,
        "description": row.description,
        "links": _links(call, "groups", row.id),
    }


def project(call: Call, row: Project) -> dict[str, Any]:
    return {
        **row.extra,
        "id": row.id,
        "name": row.name,
        "domain_id": row.domain_id,
        "description": row.description,
        "enabled": row.enabled,
        "parent_id": row.domain_id,
        "is_domain": False,
        "tags": row.tags,
        "options": row.options,
        "links": _links(call, "projects", row.id),
    }


def user(call: Call, row: User) -> dict[str, Any]:
    body = {**row.extra, "id": row.id, "name": row.name, "domain_id": row.domain_id, "enabled": row.enabled}
    if row.default_project_id is not None:
        body["default_project_id"] = row.default_project_id
    return {
        **body,
        "password_expires_at": None,
        "options": row.options,
        "links": _links(call, "users", row.id),
    }


def role(call: Call, row: Role) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "domain_id": row.domain_id,
        "description": row.description,
        "options": row.options,
        "links": _links(call, "roles", row.id),
    }


def region(call: Call, row: Region) -> dict[str, Any]:
    return {
        "id": row.id,
        "description": row.description,
        "parent_region_id": row.parent_region_id,
        "links": _links(call, "regions", row.id),
    }


def service(call: Call, row: CatalogService) -> dict[str, Any]:
    named = {} if row.name is None else {"name": row.name}
    own = {"id": row.id, "type": row.type, "enabled": row.enabled}
    return {**named, **own, **row.extra, "links": _links(call, "services", row.id)}


def endpoint(call: Call, row: Endpoint) -> dict[str, Any]:
    return {
        "id": row.id,
        "interface": row.interface,
        "region_id": row.region_id,
        "service_id": row.service_id,
        "url": (call.cloud.url(row.room) if row.room else "") + row.url,
        "enabled": row.enabled,
        "region": row.region_id,
        "links": _links(call, "endpoints", row.id),
    }

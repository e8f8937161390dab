"""Keystone rows → JSON."""

from typing import Any

from cloudlab.sim.clock import iso_z
from cloudlab.sim.keystone.model import Project, Token, User, catalog_rows, role_names
from cloudlab.sim.scope import Scope

DOMAIN = {"id": "default", "name": "Default"}


def token_body(scope: Scope, token: Token, catalog: bool = True) -> dict[str, Any]:
    """The v3 `token` object (recording keystone/004_token_password_project)."""
    user = scope.session.get_one(User, token.user_id)
    body: dict[str, Any] = {
        "methods": token.methods,
        "user": {"domain": DOMAIN, "id": user.id, "name": user.name, "password_expires_at": None},
        "audit_ids": token.audit_ids,
        "expires_at": _micro_z(iso_z(token.expires_at)),
        "issued_at": _micro_z(iso_z(token.issued_at)),
    }
    if token.target is None:
        return body
    if token.target == "system":
        body["system"] = {"all": True}
    else:
        project = scope.session.get_one(Project, token.target)
        body["project"] = {"domain": DOMAIN, "id": project.id, "name": project.name}
        body["is_domain"] = False
    body["roles"] = [{"id": r.id, "name": r.name} for r in role_names(scope, user.id, token.target)]
    if catalog:
        body["catalog"] = catalog_body(scope, token.target)
    return body


def _micro_z(text: str | None) -> str | None:
    """Keystone writes whole seconds with six zeros: 2026-01-01T00:00:00.000000Z."""
    return text and text.replace("Z", ".000000Z")


def catalog_body(scope: Scope, target: str) -> list[dict[str, Any]]:
    """The service catalog for one project; an endpoint per interface."""
    entries: dict[str, dict[str, Any]] = {}
    for service, endpoint in catalog_rows(scope):
        entry = entries.setdefault(
            service.id, {"endpoints": [], "id": service.id, "type": service.type, "name": service.name}
        )
        url = scope.cloud.url(endpoint.room) + endpoint.path.replace("$(project_id)s", target)
        entry["endpoints"].append(
            {
                "id": endpoint.id,
                "interface": endpoint.interface,
                "region_id": endpoint.region_id,
                "url": url,
                "region": endpoint.region_id,
            }
        )
    return list(entries.values())

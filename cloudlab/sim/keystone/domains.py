"""/v3/domains (API reference: Identity v3, Domains; the answers beyond the recordings were seen on 2025.2)."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import delete, select

from cloudlab.sim.errors import BadRequest, Conflict, Forbidden
from cloudlab.sim.keystone import groups, model, projects, roles, schemas, users, views
from cloudlab.sim.keystone.bodies import change, chosen, read_body, the_rest
from cloudlab.sim.keystone.policy import admin_only, authenticate, domain_reader, own_domain, sees_all
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

COLUMNS = ("id", "name", "description", "enabled", "tags", "options", "links", "explicit_domain_id")
CHANGEABLE = ("name", "description", "enabled", "tags", "options")


class Domains:
    """List (filters: name, enabled) and create."""

    def get(self, call: Call) -> dict[str, Any]:
        token = domain_reader(call, "identity:list_domains")
        rows = call.scope.session.scalars(select(model.Domain))
        seen = [row for row in rows if own_domain(token) in (None, row.id)]
        items = chosen(call, (views.domain(call, row) for row in seen), "name", "enabled")
        return views.paged(call, "domains", items)

    head = get

    def post(self, call: Call) -> Reply:
        asked = read_body(call, schemas.DOMAIN_CREATE, "domain")
        admin_only(call, "identity:create_domain")
        row = model.Domain(
            id=_new_id(call, asked),
            name=asked["name"],
            description=asked.get("description") or "",
            enabled=asked.get("enabled", True),
            tags=asked.get("tags", []),
            options=asked.get("options", {}),
            extra=the_rest(asked, *COLUMNS),
        )
        call.scope.session.add(row)
        call.scope.session.flush()
        return Reply(201, {"domain": views.domain(call, row)})


def _new_id(call: Call, asked: dict[str, Any]) -> str:
    """The id that was asked for, or a derived one; the name must be free, too. Raises BadRequest, Conflict."""
    wanted = asked.get("explicit_domain_id")
    if wanted is not None and (len(wanted) != 32 or not set(wanted) <= set("0123456789abcdef")):
        raise BadRequest("Domain ID does not conform to required UUID format.")
    taken = wanted is not None and (
        call.scope.session.get(model.Domain, wanted) is not None
        or call.scope.session.get(model.Project, wanted) is not None
    )
    if taken:
        raise _twin(asked["name"])
    _no_twin(call.scope, asked["name"], None)
    derived: str = wanted or call.cloud.ids.hex(call.scope.session, "domain", None, asked["name"])
    return derived


def _twin(name: str) -> Conflict:
    return Conflict(
        "Conflict occurred attempting to store project - it is not permitted to have two projects acting as"
        f" domains with the same name: {name}."
    )


def _no_twin(scope: Scope, name: str, own_id: str | None) -> None:
    found = model.domain_named(scope, name)
    if found and found.id != own_id:
        raise _twin(name)


class Domain:
    """One domain: anybody may look at the domain of their project."""

    def get(self, call: Call, domain_id: str) -> dict[str, Any]:
        token = authenticate(call)
        project = token.place.project
        mine = domain_id in (own_domain(token), project.domain_id if project else None)
        found = call.scope.session.get(model.Domain, domain_id)
        call.who.require((mine and found is not None) or sees_all(call), "identity:get_domain")
        return {"domain": views.domain(call, model.find(call.scope, model.Domain, domain_id))}

    head = get

    def patch(self, call: Call, domain_id: str) -> dict[str, Any]:
        asked = read_body(call, schemas.DOMAIN_UPDATE, "domain")
        admin_only(call, "identity:update_domain")
        row = model.find(call.scope, model.Domain, domain_id)
        if "name" in asked:
            _no_twin(call.scope, asked["name"], domain_id)
        change(row, asked, *CHANGEABLE)
        row.extra = {**row.extra, **the_rest(asked, *COLUMNS)}
        return {"domain": views.domain(call, row)}

    def delete(self, call: Call, domain_id: str) -> Reply:
        admin_only(call, "identity:delete_domain")
        row = model.find(call.scope, model.Domain, domain_id)
        if row.enabled:
            raise Forbidden("Cannot delete a domain that is enabled, please disable it first.")
        _empty(call.scope, domain_id)
        call.scope.session.delete(row)
        return Reply(204)


def _empty(scope: Scope, domain_id: str) -> None:
    """All that was in the domain goes with it, the grants on it too."""
    session = scope.session
    kinds: tuple[tuple[type[Any], Callable[[Scope, Any], None]], ...] = (
        (model.User, users.forget),
        (model.Group, groups.forget),
        (model.Project, projects.forget),
        (model.Role, roles.forget),
    )
    for kind, forget in kinds:
        for one in session.scalars(select(kind).filter_by(domain_id=domain_id)).all():
            forget(scope, one)
    session.execute(delete(model.Grant).filter_by(target=domain_id))

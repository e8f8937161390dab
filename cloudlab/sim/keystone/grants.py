"""Roles granted to users and groups on projects, domains and the whole system (API reference: Identity v3, Roles)."""

from typing import Any

from sqlalchemy import select

from cloudlab.sim.errors import NotFound
from cloudlab.sim.keystone import model, views
from cloudlab.sim.keystone.model import SYSTEM
from cloudlab.sim.keystone.policy import admin_or_reader, authenticate, domain_reader, in_its_domain
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

MANAGED = ("manager", "member", "reader")  # what a domain's manager may give
KINDS: dict[str, type[Any]] = {
    "user_id": model.User,
    "group_id": model.Group,
    "project_id": model.Project,
    "domain_id": model.Domain,
}


class Grants:
    """GET …/roles: what was granted, without what that implies."""

    def get(self, call: Call, **ends: str) -> dict[str, Any]:
        _look(call, "list", ends, plural=True)
        _existing(call.scope, ends)
        actor, target = _ends(ends)
        granted = select(model.Grant.role_id).filter_by(actor_id=actor, target=target)
        roles = select(model.Role).where(model.Role.id.in_(granted)).order_by(model.Role.id)
        return views.collection(
            call, "roles", [views.role(call, row) for row in call.scope.session.scalars(roles)]
        )

    head = get


class GrantOne:
    """One grant: PUT makes it, HEAD and GET check it, DELETE takes it back."""

    def get(self, call: Call, role_id: str, **ends: str) -> Reply:
        _look(call, "check", ends)
        _granted(call.scope, role_id, ends)
        return Reply(204)

    head = get

    def put(self, call: Call, role_id: str, **ends: str) -> Reply:
        _manager(call, "create", role_id, ends)
        model.find(call.scope, model.Role, role_id)
        _existing(call.scope, ends)
        actor, target = _ends(ends)
        call.scope.session.merge(model.Grant(actor_id=actor, target=target, role_id=role_id))
        return Reply(204)

    def delete(self, call: Call, role_id: str, **ends: str) -> Reply:
        _manager(call, "revoke", role_id, ends)
        call.scope.session.delete(_granted(call.scope, role_id, ends))
        return Reply(204)


def _ends(ends: dict[str, str]) -> tuple[str, str]:
    """The ids of actor and target, out of the path's parameters."""
    actor = ends.get("user_id") or ends["group_id"]
    return actor, ends.get("project_id") or ends.get("domain_id") or SYSTEM


def _rule(verb: str, ends: dict[str, str], plural: bool = False) -> str:
    grants = "grants" if plural else "grant"
    if _ends(ends)[1] != SYSTEM:
        return f"identity:{verb}_{grants}"
    return f"identity:{verb}_system_{grants}_for_{'user' if 'user_id' in ends else 'group'}"


def _domains(scope: Scope, ends: dict[str, str]) -> list[str | None]:
    """The domains of both ends: a domain's own people may look at, or change, what lies in that domain alone."""
    return [
        id_ if name == "domain_id" else model.home_of(scope, KINDS[name], id_) for name, id_ in ends.items()
    ]


def _look(call: Call, verb: str, ends: dict[str, str], plural: bool = False) -> None:
    """For an administrator or a reader of the system; but for grants on the system also for a domain's reader."""
    rule = _rule(verb, ends, plural)
    if _ends(ends)[1] == SYSTEM:
        admin_or_reader(call, rule)
    else:
        domain_reader(call, rule, *_domains(call.scope, ends))


def _manager(call: Call, verb: str, role_id: str, ends: dict[str, str]) -> None:
    """For an administrator; on no system's but a domain's ground also for its manager. Raises PolicyDenied."""
    token = authenticate(call)
    role = call.scope.session.get(model.Role, role_id)
    managed = role is not None and role.name in MANAGED and "manager" in call.who.roles
    near = managed and _ends(ends)[1] != SYSTEM and in_its_domain(token, *_domains(call.scope, ends))
    call.who.require(near or call.who.is_admin, _rule(verb, ends))


def _existing(scope: Scope, ends: dict[str, str]) -> None:
    """Both ends of a grant. Raises NotFound."""
    for name, id_ in sorted(ends.items(), reverse=True):  # a user before the place
        model.find(scope, KINDS[name], id_)


def _granted(scope: Scope, role_id: str, ends: dict[str, str]) -> model.Grant:
    """The grant. Raises NotFound."""
    model.find(scope, model.Role, role_id)
    _existing(scope, ends)
    actor, target = _ends(ends)
    found = scope.session.get(model.Grant, (actor, target, role_id))
    if found is None:
        raise NotFound(
            f"Could not find role assignment with role: {role_id}, user or group: {actor},"
            f" project, domain, or system: {target}."
        )
    return found

"""Roles granted to users and groups on projects, domains and the whole system (API reference: Identity v3, Roles)."""

from typing import Any

from sqlalchemy import select

from cloudlab.sim.errors import NotFound
from cloudlab.sim.keystone import model, tokens, views
from cloudlab.sim.keystone.model import SYSTEM
from cloudlab.sim.keystone.policy import admin_or_reader, authenticate, in_its_domain, sees_all
from cloudlab.sim.scope import READER, Scope
from cloudlab.sim.web import Call, Reply

MANAGED = ("manager", "member", "reader")  # what a domain's manager may give


class Grants:
    """GET …/roles: what was granted, without what that implies."""

    def get(self, call: Call, **ends: str) -> dict[str, Any]:
        actor, target = _ends(ends)
        if target == SYSTEM:
            admin_or_reader(call, _system_rule("list", ends, plural=True))
        else:
            _reader(call, "identity:list_grants", ends)
        _existing(call.scope, ends)
        granted = select(model.Grant.role_id).filter_by(actor_id=actor, target=target)
        rows = call.scope.session.scalars(select(model.Role).where(model.Role.id.in_(granted)))
        return views.collection(
            call, "roles", [views.role(call, row) for row in sorted(rows, key=lambda row: row.id)]
        )

    head = get


class GrantOne:
    """One grant: PUT makes it, HEAD and GET check it, DELETE takes it back."""

    def get(self, call: Call, role_id: str, **ends: str) -> Reply:
        if _ends(ends)[1] == SYSTEM:
            admin_or_reader(call, _system_rule("check", ends))
        else:
            _reader(call, "identity:check_grant", ends)
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


def _system_rule(verb: str, ends: dict[str, str], plural: bool = False) -> str:
    return f"identity:{verb}_system_grant{'s' * plural}_for_{'user' if 'user_id' in ends else 'group'}"


def _domains(scope: Scope, ends: dict[str, str]) -> list[str | None]:
    """The domains of both ends: a domain's own people may look at, or change, what lies in that domain alone."""
    kinds: dict[str, type[Any]] = {
        "user_id": model.User,
        "group_id": model.Group,
        "project_id": model.Project,
    }
    found = [scope.session.get(kinds[name], id_) for name, id_ in ends.items() if name in kinds]
    return [one.domain_id if one else None for one in found] + [
        id_ for name, id_ in ends.items() if name == "domain_id"
    ]


def _reader(call: Call, rule: str, ends: dict[str, str]) -> None:
    token = authenticate(call)
    near = READER in call.who.roles and in_its_domain(token, *_domains(call.scope, ends))
    call.who.require(near or sees_all(call), rule)


def _manager(call: Call, verb: str, role_id: str, ends: dict[str, str]) -> None:
    """For an administrator; on no system's but a domain's ground also for its manager. Raises PolicyDenied."""
    token: tokens.Token = authenticate(call)
    on_system = _ends(ends)[1] == SYSTEM
    role = call.scope.session.get(model.Role, role_id)
    managed = not on_system and role is not None and role.name in MANAGED and "manager" in call.who.roles
    near = managed and in_its_domain(token, *_domains(call.scope, ends))
    rule = _system_rule(verb, ends) if on_system else f"identity:{verb}_grant"
    call.who.require(near or call.who.is_admin, rule)


def _existing(scope: Scope, ends: dict[str, str]) -> None:
    """Both ends of a grant. Raises NotFound."""
    kinds: dict[str, type[Any]] = {
        "user_id": model.User,
        "group_id": model.Group,
        "project_id": model.Project,
        "domain_id": model.Domain,
    }
    for name, id_ in sorted(ends.items(), reverse=True):  # the actor first
        model.find(scope, kinds[name], id_)


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

"""/v3/role_assignments: who has which role where (API reference: Identity v3, Role assignments; seen on 2025.2)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from cloudlab.sim.errors import BadRequest
from cloudlab.sim.keystone import model, views
from cloudlab.sim.keystone.bodies import is_true
from cloudlab.sim.keystone.model import SYSTEM
from cloudlab.sim.keystone.policy import domain_reader, own_domain
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call

NOT_BOTH = (
    ("scope.domain.id", "scope.project.id", "Specify a domain or project, not both"),
    ("scope.domain.id", "scope.system", "Specify system or domain, not both"),
    ("scope.project.id", "scope.system", "Specify system or project, not both"),
    ("user.id", "group.id", "Specify a user or group, not both"),
)


@dataclass(frozen=True)
class Assignment:
    """A role somewhere. `group` is how a user has it, `prior` the granted role that carries it."""

    actor: str
    target: str
    role: str
    is_group: bool = False
    group: str | None = None
    prior: str | None = None


class Assignments:
    """GET; filters user.id, group.id, role.id, scope.project.id, scope.domain.id, scope.system; effective; names."""

    def get(self, call: Call) -> dict[str, Any]:
        token = domain_reader(call, "identity:list_role_assignments")
        _check(call)
        known = _Known(call.scope)
        found = _effective(call, known) if is_true(call, "effective") else _granted(call, known)
        wanted, domain_id = call.param("role.id"), own_domain(token)
        named = is_true(call, "include_names")
        items = [
            _view(call, one, known, named)
            for one in found
            if wanted in (None, one.role) and domain_id in (None, known.domain_of(one.target))
        ]
        return views.collection(call, "role_assignments", items)

    head = get


def _check(call: Call) -> None:
    """Raises BadRequest for filters that contradict each other."""
    for one, other, message in NOT_BOTH:
        if call.param(one) and call.param(other):
            raise BadRequest(message)
    if is_true(call, "effective") and call.param("group.id"):
        raise BadRequest("Combining effective and group filter will always result in an empty list.")


class _Known:
    """Names and kinds by id, read once for a whole list."""

    def __init__(self, scope: Scope) -> None:
        session = scope.session
        users, groups, projects = (
            {row.id: row for row in session.execute(select(kind.id, kind.name, kind.domain_id))}
            for kind in (model.User, model.Group, model.Project)
        )
        self.rows: dict[str, Any] = {**users, **groups, **projects}
        self.groups = set(groups)
        self.roles = {row.id: row.name for row in session.execute(select(model.Role.id, model.Role.name))}
        self.domains = {
            row.id: row.name for row in session.execute(select(model.Domain.id, model.Domain.name))
        }

    def domain_of(self, target: str) -> str | None:
        """A target's domain: its own for a project, itself for a domain, none for the system."""
        return target if target in self.domains else getattr(self.rows.get(target), "domain_id", None)

    def shown(self, id_: str, named: bool) -> dict[str, Any]:
        """What the id stands for, as an assignment shows it."""
        if not named:
            return {"id": id_}
        if id_ in self.domains:
            return {"id": id_, "name": self.domains[id_]}
        row = self.rows.get(id_)
        home = row.domain_id if row else None
        domain = {"id": home, "name": self.domains.get(home) if home else None}
        return {"id": id_, "name": row.name if row else None, "domain": domain}


def _granted(call: Call, known: _Known) -> list[Assignment]:
    """What was granted. Filtered by group, it leaves out the system."""
    with_system = not call.param("group.id") or bool(call.param("scope.system"))
    grants = _grants(call, with_system, call.param("user.id") or call.param("group.id"))
    return [Assignment(g.actor_id, g.target, g.role_id, g.actor_id in known.groups) for g in grants]


def _grants(call: Call, with_system: bool, actor: str | None) -> Iterator[model.Grant]:
    if call.param("scope.OS-INHERIT:inherited_to"):
        return iter(())  # no role is inherited here
    query = select(model.Grant).order_by(model.Grant.actor_id, model.Grant.target, model.Grant.role_id)
    target = call.param("scope.project.id") or call.param("scope.domain.id")
    if actor:
        query = query.where(model.Grant.actor_id == actor)
    if target:
        query = query.where(model.Grant.target == target)
    if call.param("scope.system"):
        query = query.where(model.Grant.target == SYSTEM)
    if not with_system:
        query = query.where(model.Grant.target != SYSTEM)
    return iter(call.scope.session.scalars(query))


def _effective(call: Call, known: _Known) -> list[Assignment]:
    """What users have: by their own grants, by their groups', and by what a role carries."""
    members: dict[str, list[str]] = {}
    for row in call.scope.session.scalars(select(model.Membership).order_by(model.Membership.user_id)):
        members.setdefault(row.group_id, []).append(row.user_id)
    found: list[Assignment] = []
    for grant in _grants(call, bool(call.param("scope.system")), None):
        if grant.actor_id in known.groups:
            users = members.get(grant.actor_id, [])
            found += [Assignment(u, grant.target, grant.role_id, group=grant.actor_id) for u in users]
        else:
            found.append(Assignment(grant.actor_id, grant.target, grant.role_id))
    wanted = call.param("user.id")
    return _with_implied(call.scope, (one for one in found if wanted in (None, one.actor)))


def _with_implied(scope: Scope, granted: Iterable[Assignment]) -> list[Assignment]:
    """Each assignment, then each that it carries; one that is there already carries nothing new."""
    implied: dict[str, list[str]] = {}
    for row in scope.session.scalars(select(model.RoleImplication)):
        implied.setdefault(row.prior_id, []).append(row.implied_id)
    found = list(granted)
    seen: set[Assignment] = set()
    for one in found:  # grows while it is walked: what is implied implies more
        for role_id in implied.get(one.role, []):
            carried = replace(one, role=role_id, prior=one.role)
            if carried not in seen:
                seen.add(carried)
                found.append(carried)
    return found


def _view(call: Call, one: Assignment, known: _Known, named: bool) -> dict[str, Any]:
    """One assignment; an implied one links to the grant that carries it (recording keystone/066)."""
    place, scope = _place(one.target, known, named)
    actor_kind = "group" if one.is_group else "user"
    holder = f"groups/{one.group}" if one.group else f"{actor_kind}s/{one.actor}"
    links = {"assignment": f"{call.root}/v3/{place}/{holder}/roles/{one.prior or one.role}"}
    if one.group:
        links["membership"] = f"{call.root}/v3/groups/{one.group}/users/{one.actor}"
    if one.prior:
        links["prior_role"] = f"{call.root}/v3/prior_role/{one.role}/implies/{one.prior}"
    role = {"id": one.role, "name": known.roles.get(one.role)} if named else {"id": one.role}
    return {"links": links, "scope": scope, actor_kind: known.shown(one.actor, named), "role": role}


def _place(target: str, known: _Known, named: bool) -> tuple[str, dict[str, Any]]:
    """A target as a part of a path, and as an assignment shows it."""
    if target == SYSTEM:
        return SYSTEM, {"system": {"all": True}}
    kind = "domain" if target in known.domains else "project"
    return f"{kind}s/{target}", {kind: known.shown(target, named)}

"""/v3/roles, grants on projects and on the system, /v3/role_assignments (API reference: Identity v3, Roles)."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import delete, select

from cloudlab.sim.errors import BadRequest, Conflict, Forbidden, NotFound
from cloudlab.sim.keystone import model, schemas, views
from cloudlab.sim.keystone.bodies import chosen, is_true, read_body
from cloudlab.sim.keystone.model import SYSTEM
from cloudlab.sim.keystone.policy import admin_only, admin_or_reader
from cloudlab.sim.keystone.projects import require_matching_id
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply


class Roles:
    """List and create."""

    def get(self, call: Call) -> dict[str, Any]:
        admin_or_reader(call, "identity:list_roles")
        rows = call.scope.session.scalars(select(model.Role).order_by(model.Role.id))
        items = chosen(call, (views.role(call, row) for row in rows), "name", "domain_id")
        return views.collection(call, "roles", items)

    head = get

    def post(self, call: Call) -> Reply:
        admin_only(call, "identity:create_role")
        asked = read_body(call, schemas.ROLE_CREATE, "role")
        if asked.get("domain_id") is not None:
            raise NotFound(f"Could not find domain: {asked['domain_id']}.")
        _no_twin(call.scope, asked["name"], None)
        row = model.Role(
            id=call.cloud.ids.hex(call.scope.session, "role", None, asked["name"]),
            name=asked["name"],
            description=asked.get("description"),
            options=asked.get("options", {}),
        )
        call.scope.session.add(row)
        call.scope.session.flush()
        return Reply(201, {"role": views.role(call, row)})


def _no_twin(scope: Scope, name: str, own_id: str | None) -> None:
    twin = scope.session.scalars(select(model.Role.id).filter_by(name=name)).first()
    if twin not in (None, own_id):
        raise Conflict(
            f"Conflict occurred attempting to store role - Duplicate entry found with name {name}."
        )


class Role:
    """One role. The first ones are immutable until their option is taken back."""

    def get(self, call: Call, role_id: str) -> dict[str, Any]:
        admin_or_reader(call, "identity:get_role")
        return {"role": views.role(call, model.find(call.scope, model.Role, role_id))}

    head = get

    def patch(self, call: Call, role_id: str) -> dict[str, Any]:
        admin_only(call, "identity:update_role")
        asked = read_body(call, schemas.ROLE_UPDATE, "role")
        require_matching_id(asked, role_id)
        row = model.find(call.scope, model.Role, role_id)
        if asked.get("options", {}).get("immutable", True) is not False:
            _mutable(row, "update")
        if "name" in asked:
            _no_twin(call.scope, asked["name"], role_id)
        for name in ("name", "description", "options"):
            if name in asked:
                setattr(row, name, asked[name])
        return {"role": views.role(call, row)}

    def delete(self, call: Call, role_id: str) -> Reply:
        admin_only(call, "identity:delete_role")
        row = model.find(call.scope, model.Role, role_id)
        _mutable(row, "delete")
        call.scope.session.execute(delete(model.Grant).filter_by(role_id=role_id))
        call.scope.session.delete(row)
        return Reply(204)


def _mutable(row: model.Role, change: str) -> None:
    if row.options.get("immutable"):
        raise Forbidden(
            f"Unable to {change} immutable role resource: `{row.id}."
            ' Set resource option "immutable" to false first.'
        )


class Grants:
    """GET …/users/{user_id}/roles: what was granted, without what that implies."""

    def get(self, call: Call, user_id: str, project_id: str = SYSTEM) -> dict[str, Any]:
        rule = "identity:list_grants" if project_id != SYSTEM else "identity:list_system_grants_for_user"
        admin_or_reader(call, rule)
        _existing(call.scope, user_id, project_id)
        granted = select(model.Grant.role_id).filter_by(user_id=user_id, target=project_id)
        query = select(model.Role).where(model.Role.id.in_(granted)).order_by(model.Role.id)
        rows = call.scope.session.scalars(query)
        return views.collection(call, "roles", [views.role(call, row) for row in rows])

    head = get


def _existing(scope: Scope, user_id: str, target: str) -> None:
    """Both ends of a grant. Raises NotFound."""
    model.find(scope, model.User, user_id)
    if target != SYSTEM:
        model.find(scope, model.Project, target)


class GrantOne:
    """One grant: PUT makes it, HEAD and GET check it, DELETE takes it back."""

    def get(self, call: Call, user_id: str, role_id: str, project_id: str = SYSTEM) -> Reply:
        admin_or_reader(call, _rule("check", project_id))
        _granted(call.scope, user_id, role_id, project_id)
        return Reply(204)

    head = get

    def put(self, call: Call, user_id: str, role_id: str, project_id: str = SYSTEM) -> Reply:
        admin_only(call, _rule("create", project_id))
        model.find(call.scope, model.Role, role_id)
        _existing(call.scope, user_id, project_id)
        call.scope.session.merge(model.Grant(user_id=user_id, target=project_id, role_id=role_id))
        return Reply(204)

    def delete(self, call: Call, user_id: str, role_id: str, project_id: str = SYSTEM) -> Reply:
        admin_only(call, _rule("revoke", project_id))
        call.scope.session.delete(_granted(call.scope, user_id, role_id, project_id))
        return Reply(204)


def _rule(verb: str, target: str) -> str:
    return f"identity:{verb}_grant" if target != SYSTEM else f"identity:{verb}_system_grant_for_user"


def _granted(scope: Scope, user_id: str, role_id: str, target: str) -> model.Grant:
    """The grant. Raises NotFound."""
    model.find(scope, model.Role, role_id)
    _existing(scope, user_id, target)
    found = scope.session.get(model.Grant, (user_id, target, role_id))
    if found is None:
        raise NotFound(
            f"Could not find role assignment with role: {role_id}, user or group: {user_id},"
            f" project, domain, or system: {target}."
        )
    return found


class Assignments:
    """GET /v3/role_assignments: filters user.id, role.id, scope.project.id, scope.system; effective; include_names."""

    def get(self, call: Call) -> dict[str, Any]:
        admin_or_reader(call, "identity:list_role_assignments")
        if call.param("scope.project.id") and call.param("scope.system"):
            raise BadRequest("Specify system or project, not both")
        if call.param("user.id") and call.param("group.id"):
            raise BadRequest("Specify a user or group, not both")
        effective = is_true(call, "effective")
        names = _Names(call.scope) if is_true(call, "include_names") else None
        found: list[tuple[model.Grant, str | None]] = [
            (grant, None) for grant in _grants(call, with_system=not effective)
        ]
        if effective:
            found = _with_implied(
                call.scope, _grants(call, with_system=bool(call.param("scope.system")), any_role=True)
            )
        wanted = call.param("role.id")
        items = [_view(call, *one, names) for one in found if wanted in (None, one[0].role_id)]
        return views.collection(call, "role_assignments", items)

    head = get


def _grants(call: Call, with_system: bool, any_role: bool = False) -> Iterator[model.Grant]:
    if call.param("group.id") or call.param("scope.domain.id"):
        return iter(())  # no groups here, and no roles on domains
    query = select(model.Grant).order_by(model.Grant.user_id, model.Grant.target, model.Grant.role_id)
    for parameter, column in (("user.id", model.Grant.user_id), ("scope.project.id", model.Grant.target)):
        if call.param(parameter):
            query = query.where(column == call.param(parameter))
    if call.param("scope.system"):
        query = query.where(model.Grant.target == SYSTEM)
    if not with_system:
        query = query.where(model.Grant.target != SYSTEM)
    return iter(call.scope.session.scalars(query))


def _with_implied(scope: Scope, grants: Iterator[model.Grant]) -> list[tuple[model.Grant, str | None]]:
    """Each grant, then each role that it carries together with the role that carries it."""
    implied: dict[str, list[str]] = {}
    for row in scope.session.scalars(select(model.RoleImplication)):
        implied.setdefault(row.prior_id, []).append(row.implied_id)
    found: list[tuple[model.Grant, str | None]] = [(grant, None) for grant in grants]
    for grant, _ in found:  # grows while it is walked: what is implied implies more
        for role_id in implied.get(grant.role_id, []):
            carried = model.Grant(user_id=grant.user_id, target=grant.target, role_id=role_id)
            found.append((carried, grant.role_id))
    return found


class _Names:
    """Names by id, read once for a whole list."""

    def __init__(self, scope: Scope) -> None:
        kinds = (model.User, model.Project, model.Role)
        self.by_id: dict[str, str] = {}
        for kind in kinds:
            self.by_id.update((row.id, row.name) for row in scope.session.execute(select(kind.id, kind.name)))

    def of(self, id_: str) -> dict[str, Any]:
        return {"id": id_, "name": self.by_id.get(id_)}


def _view(call: Call, grant: model.Grant, prior: str | None, names: _Names | None) -> dict[str, Any]:
    """One assignment; an implied one links to the grant that carries it (recording keystone/066)."""
    place = SYSTEM if grant.target == SYSTEM else f"projects/{grant.target}"
    links = {"assignment": f"{call.root}/v3/{place}/users/{grant.user_id}/roles/{prior or grant.role_id}"}
    if prior:
        links["prior_role"] = f"{call.root}/v3/prior_role/{grant.role_id}/implies/{prior}"
    own = {"domain": views.DOMAIN} if names else {}
    described = names.of if names else lambda id_: {"id": id_}
    project = {"project": {**described(grant.target), **own}}
    return {
        "links": links,
        "scope": {"system": {"all": True}} if grant.target == SYSTEM else project,
        "user": {**described(grant.user_id), **own},
        "role": described(grant.role_id),
    }

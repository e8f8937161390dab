"""/v3/roles (API reference: Identity v3, Roles)."""

from typing import Any

from sqlalchemy import delete, select

from cloudlab.sim.errors import Conflict, Forbidden
from cloudlab.sim.keystone import model, schemas, views
from cloudlab.sim.keystone.bodies import change, chosen, read_body, require_matching_id
from cloudlab.sim.keystone.policy import admin_only, authenticate, sees_all
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply


class Roles:
    """List and create."""

    def get(self, call: Call) -> dict[str, Any]:
        _look(call, "identity:list_domain_roles" if call.param("domain_id") else "identity:list_roles")
        rows = call.scope.session.scalars(
            select(model.Role).filter_by(domain_id=call.param("domain_id") or None)
        )
        return views.paged(call, "roles", chosen(call, (views.role(call, row) for row in rows), "name"))

    head = get

    def post(self, call: Call) -> Reply:
        asked = read_body(call, schemas.ROLE_CREATE, "role")
        domain_id = asked.get("domain_id") or None  # as keystone: of any name, it looks for none
        admin_only(call, "identity:create_domain_role" if domain_id else "identity:create_role")
        _no_twin(call.scope, asked["name"], domain_id, None)
        row = model.Role(
            id=call.cloud.ids.hex(call.scope.session, "role", None, asked["name"]),
            name=asked["name"],
            domain_id=domain_id,
            description=asked.get("description"),
            options=asked.get("options", {}),
        )
        call.scope.session.add(row)
        call.scope.session.flush()
        return Reply(201, {"role": views.role(call, row)})


def _look(call: Call, rule: str) -> None:
    """For an administrator, a reader of the system, or a domain's manager."""
    token = authenticate(call)
    manager = token.place.domain is not None and "manager" in call.who.roles
    call.who.require(manager or sees_all(call), rule)


def _no_twin(scope: Scope, name: str, domain_id: str | None, own_id: str | None) -> None:
    twin = scope.session.scalars(select(model.Role.id).filter_by(name=name, domain_id=domain_id)).first()
    if twin not in (None, own_id):
        raise Conflict(
            f"Conflict occurred attempting to store role - Duplicate entry found with name {name}."
        )


class Role:
    """One role. The first ones are immutable until their option is taken back."""

    def get(self, call: Call, role_id: str) -> dict[str, Any]:
        _look(call, "identity:get_role")
        return {"role": views.role(call, model.find(call.scope, model.Role, role_id))}

    head = get

    def patch(self, call: Call, role_id: str) -> dict[str, Any]:
        asked = read_body(call, schemas.ROLE_UPDATE, "role")
        admin_only(call, "identity:update_role")
        require_matching_id(asked, role_id)
        row = model.find(call.scope, model.Role, role_id)
        if asked.get("options", {}).get("immutable", True) is not False:
            _mutable(row, "update")
        if "name" in asked:
            _no_twin(call.scope, asked["name"], row.domain_id, role_id)
        change(row, asked, "name", "description", "options")
        return {"role": views.role(call, row)}

    def delete(self, call: Call, role_id: str) -> Reply:
        admin_only(call, "identity:delete_role")
        row = model.find(call.scope, model.Role, role_id)
        _mutable(row, "delete")
        forget(call.scope, row)
        return Reply(204)


def forget(scope: Scope, row: model.Role) -> None:
    """The role goes, and with it what was granted and implied by it."""
    session, rule = scope.session, model.RoleImplication
    session.execute(delete(model.Grant).filter_by(role_id=row.id))
    session.execute(delete(rule).where((rule.prior_id == row.id) | (rule.implied_id == row.id)))
    session.delete(row)


def _mutable(row: model.Role, change: str) -> None:
    if row.options.get("immutable"):
        raise Forbidden(
            f"Unable to {change} immutable role resource: `{row.id}."
            ' Set resource option "immutable" to false first.'
        )

"""Roles that carry other roles: /v3/roles/{role}/implies and /v3/role_inferences (seen on 2025.2)."""

from typing import Any

from sqlalchemy import select

from cloudlab.sim.errors import Conflict, Forbidden, NotFound
from cloudlab.sim.keystone import model
from cloudlab.sim.keystone.policy import admin_only, admin_or_reader
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

NEVER_IMPLIED = ("admin",)  # keystone's own list of roles that nothing may carry


class Inferences:
    """GET /v3/role_inferences: every rule there is."""

    def get(self, call: Call) -> dict[str, Any]:
        admin_or_reader(call, "identity:list_role_inference_rules")
        rows = call.scope.session.scalars(select(model.RoleImplication.prior_id).distinct())
        priors = [model.find(call.scope, model.Role, prior) for prior in sorted(rows)]
        found = [
            {
                "prior_role": _role(call, one),
                "implies": [_role(call, r) for r in _implied(call.scope, one.id)],
            }
            for one in priors
        ]
        return {"role_inferences": found}

    head = get


class Implied:
    """GET /v3/roles/{prior_id}/implies."""

    def get(self, call: Call, role_id: str) -> dict[str, Any]:
        admin_or_reader(call, "identity:list_implied_roles")
        prior = model.find(call.scope, model.Role, role_id)
        implied = [_role(call, row) for row in _implied(call.scope, role_id)]
        return _inference(call, prior, implied, f"/roles/{role_id}/implies")

    head = get


class ImpliedOne:
    """One rule: PUT makes it, HEAD and GET look at it, DELETE takes it back."""

    def get(self, call: Call, role_id: str, implied_id: str) -> dict[str, Any]:
        admin_or_reader(call, "identity:get_implied_role")
        _rule(call.scope, role_id, implied_id)
        return _one(call, role_id, implied_id)

    def head(self, call: Call, role_id: str, implied_id: str) -> Reply:
        admin_or_reader(call, "identity:check_implied_role")
        _rule(call.scope, role_id, implied_id)
        return Reply(204)

    def put(self, call: Call, role_id: str, implied_id: str) -> Reply:
        admin_only(call, "identity:create_implied_role")
        model.find(call.scope, model.Role, role_id)
        implied = model.find(call.scope, model.Role, implied_id)
        if implied.name in NEVER_IMPLIED:
            raise Forbidden(f"{implied_id} cannot be an implied roles.")
        if call.scope.session.get(model.RoleImplication, (role_id, implied_id)):
            raise Conflict("Conflict occurred attempting to store implied_role - Duplicate entry.")
        call.scope.session.add(model.RoleImplication(prior_id=role_id, implied_id=implied_id))
        return Reply(201, _one(call, role_id, implied_id))

    def delete(self, call: Call, role_id: str, implied_id: str) -> Reply:
        admin_only(call, "identity:delete_implied_role")
        call.scope.session.delete(_rule(call.scope, role_id, implied_id))
        return Reply(204)


def _implied(scope: Scope, role_id: str) -> list[model.Role]:
    carried = select(model.RoleImplication.implied_id).filter_by(prior_id=role_id)
    return list(
        scope.session.scalars(select(model.Role).where(model.Role.id.in_(carried)).order_by(model.Role.id))
    )


def _rule(scope: Scope, role_id: str, implied_id: str) -> model.RoleImplication:
    """Raises NotFound."""
    model.find(scope, model.Role, role_id)
    model.find(scope, model.Role, implied_id)
    found = scope.session.get(model.RoleImplication, (role_id, implied_id))
    if found is None:
        raise NotFound(f"{role_id} does not imply {implied_id}.")
    return found


def _one(call: Call, role_id: str, implied_id: str) -> dict[str, Any]:
    prior, implied = (model.find(call.scope, model.Role, id_) for id_ in (role_id, implied_id))
    return _inference(call, prior, _role(call, implied), f"/roles/{role_id}/implies/{implied_id}")


def _inference(call: Call, prior: model.Role, implies: Any, path: str) -> dict[str, Any]:
    body = {"prior_role": _role(call, prior), "implies": implies}
    return {"role_inference": body, "links": {"self": f"{call.root}/v3{path}"}}


def _role(call: Call, row: model.Role) -> dict[str, Any]:
    return {"id": row.id, "links": {"self": f"{call.root}/v3/roles/{row.id}"}, "name": row.name}

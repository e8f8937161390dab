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
        carrying = model.Role.id.in_(select(model.RoleImplication.prior_id))
        priors = call.scope.session.scalars(select(model.Role).where(carrying).order_by(model.Role.id)).all()
        return {"role_inferences": [_rules_of(call, prior) for prior in priors]}

    head = get


class Implied:
    """GET /v3/roles/{prior_id}/implies."""

    def get(self, call: Call, role_id: str) -> dict[str, Any]:
        admin_or_reader(call, "identity:list_implied_roles")
        prior = model.find(call.scope, model.Role, role_id)
        return _inference(call, _rules_of(call, prior), f"/roles/{role_id}/implies")

    head = get


class ImpliedOne:
    """One rule: PUT makes it, HEAD and GET look at it, DELETE takes it back."""

    def get(self, call: Call, role_id: str, implied_id: str) -> dict[str, Any]:
        admin_or_reader(call, "identity:get_implied_role")
        prior, implied = _both(call.scope, role_id, implied_id)
        _rule(call.scope, prior, implied)
        return _one(call, prior, implied)

    def head(self, call: Call, role_id: str, implied_id: str) -> Reply:
        admin_or_reader(call, "identity:check_implied_role")
        _rule(call.scope, *_both(call.scope, role_id, implied_id))
        return Reply(204)

    def put(self, call: Call, role_id: str, implied_id: str) -> Reply:
        admin_only(call, "identity:create_implied_role")
        prior, implied = _both(call.scope, role_id, implied_id)
        if implied.name in NEVER_IMPLIED:
            raise Forbidden(f"{implied_id} cannot be an implied roles.")
        if call.scope.session.get(model.RoleImplication, (role_id, implied_id)):
            raise Conflict("Conflict occurred attempting to store implied_role - Duplicate entry.")
        call.scope.session.add(model.RoleImplication(prior_id=role_id, implied_id=implied_id))
        return Reply(201, _one(call, prior, implied))

    def delete(self, call: Call, role_id: str, implied_id: str) -> Reply:
        admin_only(call, "identity:delete_implied_role")
        call.scope.session.delete(_rule(call.scope, *_both(call.scope, role_id, implied_id)))
        return Reply(204)


def _both(scope: Scope, role_id: str, implied_id: str) -> tuple[model.Role, model.Role]:
    """Raises NotFound."""
    return model.find(scope, model.Role, role_id), model.find(scope, model.Role, implied_id)


def _rule(scope: Scope, prior: model.Role, implied: model.Role) -> model.RoleImplication:
    """Raises NotFound."""
    found = scope.session.get(model.RoleImplication, (prior.id, implied.id))
    if found is None:
        raise NotFound(f"{prior.id} does not imply {implied.id}.")
    return found


def _rules_of(call: Call, prior: model.Role) -> dict[str, Any]:
    carried = select(model.RoleImplication.implied_id).filter_by(prior_id=prior.id)
    query = select(model.Role).where(model.Role.id.in_(carried)).order_by(model.Role.id)
    implies = [_role(call, row) for row in call.scope.session.scalars(query)]
    return {"prior_role": _role(call, prior), "implies": implies}


def _one(call: Call, prior: model.Role, implied: model.Role) -> dict[str, Any]:
    inference = {"prior_role": _role(call, prior), "implies": _role(call, implied)}
    return _inference(call, inference, f"/roles/{prior.id}/implies/{implied.id}")


def _inference(call: Call, inference: dict[str, Any], path: str) -> dict[str, Any]:
    return {"role_inference": inference, "links": {"self": f"{call.root}/v3{path}"}}


def _role(call: Call, row: model.Role) -> dict[str, Any]:
    return {"id": row.id, "links": {"self": f"{call.root}/v3/roles/{row.id}"}, "name": row.name}

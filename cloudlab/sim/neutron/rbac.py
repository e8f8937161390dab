"""RBAC policies: an owner lets another project (an administrator: everybody) use a resource.

Networking API reference, 'RBAC policies'; seen on 2025.2. (There a refusal quotes the names of the callbacks that
refused, one for each plugin that asked; here the one sentence of theirs.)
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from cloudlab.sim.errors import ApiError, BadRequest
from cloudlab.sim.neutron import sharing, validators
from cloudlab.sim.neutron.attributes import OWNER, READ_ONLY, REQUIRED, Attribute
from cloudlab.sim.neutron.faults import conflict, invalid_input, not_found, refused
from cloudlab.sim.neutron.kind import Json, Kind, by_id, changed
from cloudlab.sim.neutron.model import (
    AddressGroup,
    AddressScope,
    Network,
    Port,
    PortGroup,
    RbacPolicy,
    Rule,
    SecurityGroup,
    Subnet,
    SubnetPool,
)
from cloudlab.sim.scope import Scope

TABLES: dict[str, Any] = {
    "network": Network,
    "security_group": SecurityGroup,
    "address_scope": AddressScope,
    "subnetpool": SubnetPool,
    "address_group": AddressGroup,
}
ACTIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(TABLES, (sharing.SHARED,)),
    "network": (sharing.SHARED, sharing.EXTERNAL),
}


def _object_type(value: Any) -> str:
    """One of those that can be shared. (Neutron says 500 to a policy without a type; here that is a 400, too.)"""
    text = value.strip().lower() if isinstance(value, str) else ""
    if text not in TABLES:
        raise invalid_input(f"'{value}' is not a valid RBAC object type")
    return text


class RbacPolicies(Kind):
    resource, collection, table = "rbac_policy", "rbac_policies", RbacPolicy
    missing = ("RbacPolicyNotFound", "RBAC policy of type {type} with ID {id} not found")
    attributes = {
        "id": READ_ONLY,
        "object_type": Attribute(put=False, default=REQUIRED, convert=_object_type, policy="member"),
        "object_id": Attribute(put=False, default=REQUIRED, check=validators.uuid, policy="member"),
        "target_tenant": Attribute(
            default=REQUIRED, check=validators.string(255), column="target_project", policy="not everybody"
        ),
        "action": Attribute(put=False, default=REQUIRED, check=validators.string(255), policy="member"),
        **OWNER,
    }

    def may_set(self, scope: Scope, name: str, data: Json) -> bool:
        """Everybody at once is an administrator's to let in."""
        return scope.who.is_admin or name != "target_tenant" or data[name] != sharing.EVERYBODY

    def one(self, scope: Scope, id_: str) -> Any:
        row = by_id(scope, RbacPolicy, id_)
        if row is not None and (scope.who.is_admin or row.project_id == scope.who.project_id):
            return row
        raise self.not_found(id_, row.object_type if row else "unknown")

    def not_found(self, id_: str, of: str = "unknown") -> ApiError:
        kind, sentence = self.missing
        return not_found(kind, sentence.format(type=of, id=id_))

    def views(self, scope: Scope, rows: Sequence[Any], fields: frozenset[str]) -> list[Json]:
        return [view(row) for row in rows]

    def create(self, scope: Scope, data: Json) -> RbacPolicy:
        kind, action = data["object_type"], data["action"]
        if action not in ACTIONS[kind]:
            raise refused(
                "InvalidActionForType",
                f"Invalid action '{action}' for object type '{kind}'. Valid actions: {ACTIONS[kind]}",
            )
        row = by_id(scope, TABLES[kind], data["object_id"])
        if row is None or (row.project_id != scope.who.project_id and not scope.who.is_admin):
            raise _not_yours(scope, kind, row, data["object_id"])
        if data["target_tenant"] in (p.target_project for p in sharing.policies(scope, row.id, action)):
            raise conflict("DuplicateRbacPolicy", "An RBAC policy already exists with those values.")
        _tell(scope, row, becomes_external=True if action == sharing.EXTERNAL else None)
        return sharing.add(scope, kind, row.id, data["project_id"], action, data["target_tenant"])

    def update(self, scope: Scope, row: Any, data: Json) -> None:
        if data.get("target_tenant", row.target_project) != row.target_project:
            check_unused(scope, row)
            _tell(scope, by_id(scope, TABLES[row.object_type], row.object_id))
        super().update(scope, row, data)

    def delete(self, scope: Scope, row: Any) -> None:
        check_unused(scope, row)
        scope.session.delete(row)
        scope.session.flush()
        network = by_id(scope, Network, row.object_id)
        ends = row.action == sharing.EXTERNAL and not sharing.policies(scope, row.object_id, row.action)
        _tell(scope, network, becomes_external=False if ends else None)


def _tell(scope: Scope, row: Any, becomes_external: bool | None = None) -> None:
    """A network's revision moves with its policies; the first and last external one make it so, or no longer."""
    if not isinstance(row, Network):
        return
    changed(scope, row)
    if becomes_external is not None and row.external != becomes_external:
        row.external = becomes_external
        changed(scope, row)


def _not_yours(scope: Scope, kind: str, row: Any, object_id: str) -> BadRequest:
    """Who may not see the object learns no more than that."""
    if row is None:
        return invalid_input(f"{kind.replace('_', ' ').capitalize()} {object_id} could not be found")
    return invalid_input("Only admins can manipulate policies on objects they do not own")


def _users(scope: Scope, policy: RbacPolicy) -> set[str]:
    """The projects that have something of their own on the shared object."""
    id_ = policy.object_id
    queries = {
        "network": [select(Port.project_id).where(Port.network_id == id_)],
        "security_group": [
            select(Port.project_id)
            .join(PortGroup, PortGroup.port_id == Port.id)
            .where(PortGroup.group_id == id_),
            select(Rule.project_id).where(Rule.remote_group_id == id_),
        ],
        "address_scope": [select(SubnetPool.project_id).where(SubnetPool.address_scope_id == id_)],
        "subnetpool": [select(Subnet.project_id).where(Subnet.subnetpool_id == id_)],
        "address_group": [select(Rule.project_id).where(Rule.remote_address_group_id == id_)],
    }[policy.object_type]
    return {project for query in queries for project in scope.session.scalars(query)} - {""}


def check_unused(scope: Scope, policy: RbacPolicy) -> None:
    """Nobody who lost the access may still depend on it. Raises Conflict."""
    if policy.action != sharing.SHARED:
        return
    owner = by_id(scope, TABLES[policy.object_type], policy.object_id)
    others = {p.target_project for p in sharing.policies(scope, policy.object_id)} - {policy.target_project}
    if sharing.EVERYBODY in others:
        return
    users = _users(scope, policy) - others - {owner.project_id if owner else ""}
    if policy.target_project in users or (users and policy.target_project == sharing.EVERYBODY):
        raise conflict("RbacPolicyInUse", _in_use(policy))


def _in_use(policy: RbacPolicy) -> str:
    details = f"project_id={policy.target_project}"
    if policy.object_type == "network":
        network = f"network {policy.object_id}"
        details = f"Unable to reconfigure sharing settings for {network}. Multiple tenants are using it."
    return (
        f"RBAC policy on object {policy.object_id} cannot be removed because other objects depend on it.\n"
        f"Details: {details}"
    )


def view(row: RbacPolicy) -> Json:
    return {
        "id": row.id,
        "project_id": row.project_id,
        "action": row.action,
        "object_id": row.object_id,
        "target_tenant": row.target_project,
        "object_type": row.object_type,
        "tenant_id": row.project_id,
    }


RBAC_POLICIES = RbacPolicies()

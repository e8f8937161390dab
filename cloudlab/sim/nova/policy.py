"""Who may do what: nova's policy names, by the least role that they need (nova's defaults of 2025.2)."""

from cloudlab.sim.errors import PolicyDenied
from cloudlab.sim.scope import ADMIN, MEMBER, READER, Scope

ANYONE = "anyone"
RULES = {
    "os-flavor-manage:create": ADMIN,
    "os-flavor-manage:update": ADMIN,
    "os-flavor-manage:delete": ADMIN,
    "os-flavor-access": ADMIN,
    "os-flavor-access:add_tenant_access": ADMIN,
    "os-flavor-access:remove_tenant_access": ADMIN,
    "os-flavor-extra-specs:index": READER,
    "os-flavor-extra-specs:show": READER,
    "os-flavor-extra-specs:create": ADMIN,
    "os-flavor-extra-specs:update": ADMIN,
    "os-flavor-extra-specs:delete": ADMIN,
    "limits": ANYONE,
    "limits:other_project": ADMIN,
    "os-availability-zone:list": ANYONE,
    "os-availability-zone:detail": ADMIN,
    "os-quota-sets:show": READER,
    "os-quota-sets:detail": READER,
    "os-quota-sets:defaults": ANYONE,
    "os-quota-sets:update": ADMIN,
    "os-quota-sets:delete": ADMIN,
}


def enforce(scope: Scope, rule: str, project_id: str | None = None) -> None:
    """Raise PolicyDenied unless the caller may do `rule` (in `project_id`; without it in their own project)."""
    if not allows(scope, rule, project_id):
        raise PolicyDenied(rule)


def allows(scope: Scope, rule: str, project_id: str | None = None) -> bool:
    """Whether the caller may. A token for the whole system is for no project's business."""
    who, least = scope.who, RULES[rule]
    if who.system or who.is_admin or least == ANYONE:
        return not who.system
    has_role = {ADMIN: False, MEMBER: who.is_member, READER: who.is_reader}[least]
    return has_role and project_id in (None, who.project_id)


def enforce_owner(scope: Scope, rule: str, user_id: str) -> None:
    """Raise PolicyDenied unless the caller is that user, or admin (key pairs belong to users, not to projects)."""
    if scope.who.system or not (scope.who.is_admin or scope.who.user_id == user_id):
        raise PolicyDenied(rule)

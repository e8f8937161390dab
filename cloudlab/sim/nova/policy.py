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
    # servers: what looks, what changes, what only an administrator does
    **dict.fromkeys(
        (
            "servers:index",
            "servers:detail",
            "servers:show",
            "ips:index",
            "ips:show",
            "server-metadata:index",
            "server-metadata:show",
            "os-server-tags:index",
            "os-server-tags:show",
            "os-security-groups:list",
            "os-attach-interfaces:list",
            "os-attach-interfaces:show",
            "os-server-password:show",
            "compute:server:topology:index",
            "os-instance-actions:list",
            "os-instance-actions:show",
            "os-volumes-attachments:index",
            "os-volumes-attachments:show",
        ),
        READER,
    ),
    **dict.fromkeys(
        (
            "servers:create",
            "servers:update",
            "servers:delete",
            "servers:start",
            "servers:stop",
            "servers:reboot",
            "servers:rebuild",
            "servers:resize",
            "servers:confirm_resize",
            "servers:revert_resize",
            "servers:create_image",
            "servers:trigger_crash_dump",
            "server-metadata:create",
            "server-metadata:update",
            "server-metadata:update_all",
            "server-metadata:delete",
            "os-server-tags:update",
            "os-server-tags:update_all",
            "os-server-tags:delete",
            "os-server-tags:delete_all",
            "os-server-password:clear",
            "os-console-output",
            "os-remote-consoles",
            "os-lock-server:lock",
            "os-lock-server:unlock",
            "os-pause-server:pause",
            "os-pause-server:unpause",
            "os-suspend-server:suspend",
            "os-suspend-server:resume",
            "os-rescue",
            "os-unrescue",
            "os-shelve:shelve",
            "os-shelve:unshelve",
            "os-admin-password",
            "os-security-groups:add",
            "os-security-groups:remove",
            "os-floating-ips:add",
            "os-floating-ips:remove",
            "os-create-backup",
            "os-deferred-delete:force",
            "os-deferred-delete:restore",
            "os-volumes-attachments:create",
            "os-volumes-attachments:delete",
        ),
        MEMBER,
    ),
    **dict.fromkeys(
        (
            "servers:index:get_all_tenants",
            "servers:detail:get_all_tenants",
            "os-multinic:add",
            "os-multinic:remove",
            "os-shelve:shelve_offload",
            "os-admin-actions:reset_state",
            "os-admin-actions:inject_network_info",
            "os-migrate-server:migrate",
            "os-migrate-server:migrate_live",
            "os-evacuate",
            "os-server-diagnostics",
            "os-server-external-events:create",
        ),
        ADMIN,
    ),
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

"""Keystone's one table: path → resource."""

from cloudlab.sim.errors import ApiError, MethodNotAllowed
from cloudlab.sim.keystone import (
    auth_tokens,
    catalog,
    empty,
    legacy,
    policy,
    projects,
    roles,
    users,
    versions,
)
from cloudlab.sim.keystone.faults import fault
from cloudlab.sim.web import Call, Reply, Service

PROJECT_GRANTS = "/v3/projects/{project_id}/users/{user_id}/roles"
SYSTEM_GRANTS = "/v3/system/users/{user_id}/roles"


def leave(call: Call, reply: Reply) -> None:
    reply.headers.setdefault("Vary", "X-Auth-Token")
    reply.headers["x-openstack-request-id"] = call.scope.request_id


def preflight(call: Call, error: ApiError) -> Reply:
    """OPTIONS: which methods there are; for a path that nobody knows nothing (seen on 2025.2)."""
    if not isinstance(error, MethodNotAllowed):
        return Reply(200)
    reply = Reply(200, raw=b"", content_type="text/html; charset=utf-8")
    reply.headers["Allow"] = ", ".join(error.allowed)
    leave(call, reply)
    return reply


SERVICE = Service(
    name="keystone",
    fault=fault,
    ready=policy.check_body,
    leave=leave,
    preflight=preflight,
    root_routes=(
        ("/", versions.Root),
        ("/v3", versions.V3),
        ("/v3/auth/tokens", auth_tokens.Tokens),
        ("/v3/auth/catalog", auth_tokens.Catalog),
        ("/v3/auth/projects", auth_tokens.Projects),
        ("/v3/auth/domains", auth_tokens.Domains),
        ("/v3/auth/system", auth_tokens.System),
        ("/v3/projects", projects.Projects),
        ("/v3/projects/{project_id}", projects.Project),
        ("/v3/domains", projects.Domains),
        ("/v3/domains/{domain_id}", projects.Domain),
        ("/v3/users", users.Users),
        ("/v3/users/{user_id}", users.User),
        ("/v3/users/{user_id}/password", users.Password),
        ("/v3/users/{user_id}/projects", users.UserProjects),
        ("/v3/users/{user_id}/groups", empty.UserGroups),
        ("/v3/roles", roles.Roles),
        ("/v3/roles/{role_id}", roles.Role),
        (PROJECT_GRANTS, roles.Grants),
        (PROJECT_GRANTS + "/{role_id}", roles.GrantOne),
        (SYSTEM_GRANTS, roles.Grants),
        (SYSTEM_GRANTS + "/{role_id}", roles.GrantOne),
        ("/v3/role_assignments", roles.Assignments),
        ("/v3/services", catalog.Services),
        ("/v3/services/{service_id}", catalog.OneService),
        ("/v3/endpoints", catalog.Endpoints),
        ("/v3/endpoints/{endpoint_id}", catalog.Endpoint),
        ("/v3/regions", catalog.Regions),
        ("/v3/regions/{region_id}", catalog.Region),
        ("/v3/groups", empty.Groups),
        ("/v3/groups/{group_id}", empty.Group),
        ("/v3/credentials", empty.Credentials),
        ("/v2.0", legacy.Root),
        ("/v2.0/tokens", legacy.Tokens),
        ("/v2.0/tokens/{token_id}", legacy.OneToken),
        ("/v2.0/tenants", legacy.Tenants),
    ),
    absent=(
        ("POST", "/v3/domains"),
        ("PATCH DELETE", "/v3/domains/{domain_id}"),
        ("GET PUT PATCH DELETE", "/v3/domains/{domain_id}/config"),
        ("GET", "/v3/domains/{domain_id}/users/{user_id}/roles"),
        ("HEAD GET PUT DELETE", "/v3/domains/{domain_id}/users/{user_id}/roles/{role_id}"),
        ("POST", "/v3/groups"),
        ("PATCH DELETE", "/v3/groups/{group_id}"),
        ("GET", "/v3/groups/{group_id}/users"),
        ("HEAD PUT DELETE", "/v3/groups/{group_id}/users/{user_id}"),
        ("GET", "/v3/projects/{project_id}/groups/{group_id}/roles"),
        ("HEAD GET PUT DELETE", "/v3/projects/{project_id}/groups/{group_id}/roles/{role_id}"),
        ("GET PUT DELETE", "/v3/projects/{project_id}/tags"),
        ("GET PUT DELETE", "/v3/projects/{project_id}/tags/{tag}"),
        ("GET", "/v3/system/groups/{group_id}/roles"),
        ("HEAD GET PUT DELETE", "/v3/system/groups/{group_id}/roles/{role_id}"),
        ("POST", "/v3/credentials"),
        ("GET PATCH DELETE", "/v3/credentials/{credential_id}"),
        ("GET POST", "/v3/users/{user_id}/application_credentials"),
        ("GET DELETE", "/v3/users/{user_id}/application_credentials/{credential_id}"),
        ("GET", "/v3/users/{user_id}/access_rules"),
        ("GET DELETE", "/v3/users/{user_id}/access_rules/{rule_id}"),
        ("GET POST", "/v3/users/{user_id}/credentials/OS-EC2"),
        ("GET DELETE", "/v3/users/{user_id}/credentials/OS-EC2/{credential_id}"),
        ("GET", "/v3/role_inferences"),
        ("GET", "/v3/roles/{role_id}/implies"),
        ("HEAD GET PUT DELETE", "/v3/roles/{role_id}/implies/{implied_id}"),
        ("GET POST", "/v3/policies"),
        ("GET PATCH DELETE", "/v3/policies/{policy_id}"),
        ("GET POST", "/v3/registered_limits"),
        ("GET PATCH DELETE", "/v3/registered_limits/{limit_id}"),
        ("GET POST", "/v3/limits"),
        ("GET", "/v3/limits/model"),
        ("GET PATCH DELETE", "/v3/limits/{limit_id}"),
        ("GET POST", "/v3/OS-TRUST/trusts"),
        ("GET DELETE", "/v3/OS-TRUST/trusts/{trust_id}"),
        ("GET", "/v3/OS-FEDERATION/identity_providers"),
        ("GET PUT PATCH DELETE", "/v3/OS-FEDERATION/identity_providers/{provider_id}"),
        ("GET", "/v3/OS-FEDERATION/mappings"),
        ("GET", "/v3/OS-FEDERATION/service_providers"),
        ("GET", "/v3/OS-REVOKE/events"),
        ("GET POST", "/v3/OS-EP-FILTER/endpoint_groups"),
        ("GET POST", "/v3/OS-OAUTH1/consumers"),
        ("GET", "/v3/auth/tokens/OS-PKI/revoked"),
        ("POST", "/v3/ec2tokens"),
        ("POST", "/v3/s3tokens"),
    ),
)

"""Keystone's one table: path → resource."""

import json

from cloudlab.sim import schema
from cloudlab.sim.errors import ApiError, MethodNotAllowed
from cloudlab.sim.keystone import (
    application_credentials,
    assignments,
    auth_tokens,
    catalog,
    domains,
    empty,
    grants,
    groups,
    implied,
    legacy,
    older,
    policy,
    projects,
    roles,
    stored,
    users,
    versions,
)
from cloudlab.sim.keystone.faults import fault
from cloudlab.sim.web import UNSPACED, Call, Reply, Service

schema.MIGRATIONS[2] = older.to_actors

ACTORS = ("users/{user_id}", "groups/{group_id}")
PLACES = ("projects/{project_id}", "domains/{domain_id}", "system")
GRANTS = tuple(f"/v3/{place}/{actor}/roles" for place in PLACES for actor in ACTORS)
CREDENTIALS = "/v3/users/{user_id}/application_credentials"
RULES = "/v3/users/{user_id}/access_rules"
EC2 = "/v3/users/{user_id}/credentials/OS-EC2"
FEDERATION = "/v3/OS-FEDERATION"


def leave(call: Call, reply: Reply) -> None:
    """On all answers but 413: a body that is too large is refused before (limits: keystone_body_too_large)."""
    if reply.status == 413:
        return
    reply.headers.setdefault("Vary", "X-Auth-Token")
    reply.headers["x-openstack-request-id"] = call.scope.request_id


def written(call: Call, reply: Reply) -> str:
    """An error has no spaces, and ends its line as other answers do, but for tokens and versions (seen on 2025.2)."""
    failed = reply.status >= 400
    text = json.dumps(reply.body, separators=UNSPACED if failed and "error" in reply.body else None)
    alone = call.path.rstrip("/") in ("", "/v3", "/v3/auth/tokens") or call.path.startswith("/v2.0")
    return text if alone and not failed else text + "\n"


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
    limited=True,
    written=written,
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
        ("/v3/projects/{project_id}/tags", projects.Tags),
        ("/v3/projects/{project_id}/tags/{tag}", projects.Tag),
        ("/v3/domains", domains.Domains),
        ("/v3/domains/{domain_id}", domains.Domain),
        ("/v3/users", users.Users),
        ("/v3/users/{user_id}", users.User),
        ("/v3/users/{user_id}/password", users.Password),
        ("/v3/users/{user_id}/projects", users.UserProjects),
        ("/v3/users/{user_id}/groups", users.UserGroups),
        ("/v3/roles", roles.Roles),
        ("/v3/roles/{role_id}", roles.Role),
        ("/v3/roles/{role_id}/implies", implied.Implied),
        ("/v3/roles/{role_id}/implies/{implied_id}", implied.ImpliedOne),
        ("/v3/role_inferences", implied.Inferences),
        *((path, grants.Grants) for path in GRANTS),
        *((path + "/{role_id}", grants.GrantOne) for path in GRANTS),
        ("/v3/role_assignments", assignments.Assignments),
        (CREDENTIALS, application_credentials.Credentials),
        (CREDENTIALS + "/{credential_id}", application_credentials.Credential),
        (RULES, application_credentials.Rules),
        (RULES + "/{rule_id}", application_credentials.Rule),
        ("/v3/services", catalog.Services),
        ("/v3/services/{service_id}", catalog.OneService),
        ("/v3/endpoints", catalog.Endpoints),
        ("/v3/endpoints/{endpoint_id}", catalog.Endpoint),
        ("/v3/regions", catalog.Regions),
        ("/v3/regions/{region_id}", catalog.Region),
        ("/v3/groups", groups.Groups),
        ("/v3/groups/{group_id}", groups.Group),
        ("/v3/groups/{group_id}/users", groups.Members),
        ("/v3/groups/{group_id}/users/{user_id}", groups.Member),
        ("/v3/credentials", stored.Credentials),
        ("/v3/credentials/{credential_id}", stored.Credential),
        (EC2, stored.Ec2Credentials),
        (EC2 + "/{access}", stored.Ec2Credential),
        ("/v3/policies", empty.Policies),
        ("/v3/limits", empty.Limits),
        ("/v3/limits/model", empty.LimitModel),
        ("/v3/registered_limits", empty.RegisteredLimits),
        (FEDERATION + "/identity_providers", empty.IdentityProviders),
        (FEDERATION + "/identity_providers/{id_}", empty.IdentityProvider),
        (FEDERATION + "/mappings", empty.Mappings),
        (FEDERATION + "/mappings/{id_}", empty.Mapping),
        (FEDERATION + "/service_providers", empty.ServiceProviders),
        (FEDERATION + "/projects", auth_tokens.Projects),
        (FEDERATION + "/domains", auth_tokens.Domains),
        ("/v3/OS-OAUTH1/consumers", empty.Consumers),
        ("/v3/OS-EP-FILTER/endpoint_groups", empty.EndpointGroups),
        ("/v2.0", legacy.Root),
        ("/v2.0/tokens", legacy.Tokens),
        ("/v2.0/tokens/{token_id}", legacy.OneToken),
        ("/v2.0/tenants", legacy.Tenants),
    ),
    absent=(
        ("GET PUT PATCH DELETE", "/v3/domains/{domain_id}/config"),
        ("POST", "/v3/policies"),
        ("GET PATCH DELETE", "/v3/policies/{policy_id}"),
        ("POST", "/v3/registered_limits"),
        ("GET PATCH DELETE", "/v3/registered_limits/{limit_id}"),
        ("POST", "/v3/limits"),
        ("GET PATCH DELETE", "/v3/limits/{limit_id}"),
        ("GET POST", "/v3/OS-TRUST/trusts"),
        ("GET DELETE", "/v3/OS-TRUST/trusts/{trust_id}"),
        ("PUT PATCH DELETE", FEDERATION + "/identity_providers/{id_}"),
        ("GET", FEDERATION + "/identity_providers/{id_}/protocols"),
        ("PUT PATCH DELETE", FEDERATION + "/mappings/{id_}"),
        ("GET PUT PATCH DELETE", FEDERATION + "/service_providers/{id_}"),
        ("GET", "/v3/OS-INHERIT/{place}/{place_id}/{actor}/{actor_id}/roles/inherited_to_projects"),
        (
            "HEAD GET PUT DELETE",
            "/v3/OS-INHERIT/{place}/{place_id}/{actor}/{actor_id}/roles/{role_id}/inherited_to_projects",
        ),
        ("GET", "/v3/OS-REVOKE/events"),
        ("POST", "/v3/OS-EP-FILTER/endpoint_groups"),
        ("POST", "/v3/OS-OAUTH1/consumers"),
        ("GET", "/v3/auth/tokens/OS-PKI/revoked"),
        ("POST", "/v3/ec2tokens"),
        ("POST", "/v3/s3tokens"),
    ),
)

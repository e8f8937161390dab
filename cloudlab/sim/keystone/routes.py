"""Keystone's one table: path → resource."""

from cloudlab.sim.keystone import auth_tokens, policy
from cloudlab.sim.keystone.faults import fault
from cloudlab.sim.web import Call, Reply, Service


def leave(call: Call, reply: Reply) -> None:
    reply.headers.setdefault("Vary", "X-Auth-Token")
    reply.headers["x-openstack-request-id"] = call.scope.request_id


SERVICE = Service(
    name="keystone",
    fault=fault,
    ready=policy.check_body,
    leave=leave,
    root_routes=(
        ("/v3/auth/tokens", auth_tokens.Tokens),
        ("/v3/auth/catalog", auth_tokens.Catalog),
        ("/v3/auth/projects", auth_tokens.Projects),
        ("/v3/auth/domains", auth_tokens.Domains),
        ("/v3/auth/system", auth_tokens.System),
    ),
)

"""Keystone's one table: path → resource."""

from cloudlab.sim.keystone.auth_tokens import Tokens
from cloudlab.sim.keystone.faults import fault
from cloudlab.sim.web import Call, Reply, Service


def leave(call: Call, reply: Reply) -> None:
    reply.headers.setdefault("Vary", "X-Auth-Token")
    reply.headers["x-openstack-request-id"] = call.scope.request_id


SERVICE = Service(
    name="keystone",
    fault=fault,
    leave=leave,
    root_routes=(("/v3/auth/tokens", Tokens),),
)

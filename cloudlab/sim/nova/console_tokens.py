"""os-console-auth-tokens: where a console's token leads. No console is ever given out here, so none is known."""

from typing import Any

from cloudlab.sim.errors import BadRequest, NotFound
from cloudlab.sim.nova import policy
from cloudlab.sim.web import Call


class ConsoleToken:
    """`/os-console-auth-tokens/{token}` (before 2.31 only for RDP's, which are gone)."""

    def get(self, call: Call, token: str) -> Any:
        if not call.at_least(31):
            raise BadRequest(
                "The server could not comply with the request since it is either malformed or otherwise incorrect."
            )
        policy.enforce(call.scope, "os-console-auth-tokens")
        raise NotFound("Token not found")

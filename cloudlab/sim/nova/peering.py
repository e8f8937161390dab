"""How nova asks the other services for a user: with the user's token, or with its own when that has ended meanwhile.

The real nova sends its own token beside the user's (X-Service-Token), for which the others let an expired one pass.
"""

from typing import TYPE_CHECKING, Any

from cloudlab.sim.scope import Scope

if TYPE_CHECKING:
    from cloudlab.sim.peers import Answer


def ask(scope: Scope, service: str, method: str, path: str, **how: Any) -> "Answer":
    """One call for the user. Any status comes back."""
    answer = scope.ask(service, method, path, **how)
    return scope.ask_as_service(service, method, path, **how) if answer.status == 401 else answer

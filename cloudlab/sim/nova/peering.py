"""How nova asks the other services for a user: with the user's token; in a task, with its own when that has ended.

The real nova sends its own token beside the user's (X-Service-Token), for which the others let an expired one pass.
Never while a request is answered: nova's own token may do more than the user.
"""

from typing import TYPE_CHECKING, Any

from cloudlab.sim.scope import Scope

if TYPE_CHECKING:
    from cloudlab.sim.peers import Answer


def ask(scope: Scope, service: str, method: str, path: str, **how: Any) -> "Answer":
    """One call for the user. Any status comes back."""
    answer = scope.ask(service, method, path, **how)
    if answer.status == 401 and scope.late:
        return scope.ask_as_service(service, method, path, **how)
    return answer

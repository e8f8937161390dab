"""Who may do what: keystone's default policy for project-scoped and system-scoped tokens, and who is asking.

Most of the identity API is the administrator's; `own` names what a user may see of itself.
"""

from cloudlab.sim.auth import context_of
from cloudlab.sim.errors import BadJson, BadRequest
from cloudlab.sim.keystone import tokens, views
from cloudlab.sim.web import Call

MALFORMED = (
    " The server could not comply with the request since it is either malformed or otherwise incorrect."
    " The client is assumed to be in error."
)


def authenticate(call: Call) -> tokens.Token:
    """Keystone knows its tokens itself. Puts the caller's Context on the scope. Raises Unauthorized."""
    token = tokens.read_own(call.scope, call.headers.get("x-auth-token", ""))
    data = views.token_body(call.scope, token, catalog=False)
    call.scope.context = context_of(token.id, data, call.scope.request_id)
    return token


def admin_only(call: Call, rule: str, own: bool = False) -> None:
    """A change: for an administrator (or, with `own`, for whom it concerns). Raises PolicyDenied."""
    authenticate(call)
    call.who.require(call.who.is_admin or own, rule)


def admin_or_reader(call: Call, rule: str) -> None:
    """A look: for an administrator, or a reader of the whole system. Raises PolicyDenied."""
    authenticate(call)
    call.who.require(call.who.is_admin or (call.who.system and call.who.is_reader), rule)


def expecting(attribute: str, target: str) -> BadRequest:
    """Keystone's own sentence for something that is missing from a request."""
    return BadRequest(f"Expecting to find {attribute} in {target}.{MALFORMED}")


def check_body(call: Call) -> None:
    """What keystone says of any body before it looks at the path: JSON, announced as such, an object."""
    if not call.raw:
        return
    kind = call.headers.get("content-type", "").partition(";")[0].strip()
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise expecting("application/json", "Content-Type header")
    try:
        body = call.json
    except BadJson:
        raise expecting("valid JSON", "request body") from None
    if not isinstance(body, dict):
        raise expecting("valid JSON object", "request body")

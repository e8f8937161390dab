"""Who may do what: keystone's default policy for tokens of every scope, and who is asking."""

from collections.abc import Iterable, Iterator
from typing import Any

from cloudlab.sim import access_rules
from cloudlab.sim.auth import NEEDS_TOKEN, context_of
from cloudlab.sim.errors import BadJson, BadRequest, Unauthorized
from cloudlab.sim.keystone import model, tokens, views
from cloudlab.sim.scope import READER, Scope
from cloudlab.sim.web import Call

MALFORMED = (
    " The server could not comply with the request since it is either malformed or otherwise incorrect."
    " The client is assumed to be in error."
)


def authenticate(call: Call) -> tokens.Token:
    """Keystone knows its tokens itself. Puts the caller's Context on the scope. Raises Unauthorized."""
    token = tokens.read_own(call.scope, call.headers.get("x-auth-token", ""))
    data = views.token_body(call.scope, token, catalog=False)
    if not access_rules.allowed(data, "keystone", call.method, call.path) and not _looks_at_a_token(call):
        raise Unauthorized(NEEDS_TOKEN)
    call.scope.context = context_of(token.id, data, call.scope.request_id)
    return token


def _looks_at_a_token(call: Call) -> bool:
    """A token can always be asked about, whatever its access rules say."""
    return call.method == "GET" and call.path == "/v3/auth/tokens"


def admin_only(call: Call, rule: str) -> None:
    """A change: for an administrator. Raises PolicyDenied."""
    authenticate(call)
    call.who.require(call.who.is_admin, rule)


def admin_or_reader(call: Call, rule: str) -> None:
    """A look: for an administrator, or a reader of the whole system. Raises PolicyDenied."""
    authenticate(call)
    call.who.require(sees_all(call), rule)


def sees_all(call: Call) -> bool:
    return call.who.is_admin or (call.who.system and call.who.is_reader)


def sees_in(call: Call, token: tokens.Token, *domains: str | None) -> bool:
    """Whether the caller may look at what is in these domains: they are its token's one, or it sees all."""
    return sees_all(call) or (READER in call.who.roles and in_its_domain(token, *domains))


def domain_reader(call: Call, rule: str, *domains: str | None) -> tokens.Token:
    """A look: also for a reader of a domain, at what is in that domain. Raises PolicyDenied."""
    token = authenticate(call)
    call.who.require(sees_in(call, token, *domains), rule)
    return token


def domain_manager(call: Call, rule: str, *domains: str | None) -> tokens.Token:
    """A change: also for a manager of a domain, to what is in that domain. Raises PolicyDenied."""
    token = authenticate(call)
    call.who.require(
        call.who.is_admin or ("manager" in call.who.roles and in_its_domain(token, *domains)), rule
    )
    return token


def in_its_domain(token: tokens.Token, *domains: str | None) -> bool:
    """Whether the token is for one domain and these are all that one."""
    return token.place.domain is not None and set(domains) <= {token.place.domain.id}


def own_domain(token: tokens.Token) -> str | None:
    """The id of the one domain that the token is for, if it is."""
    return token.place.domain.id if token.place.domain else None


def only_domain(token: tokens.Token, rows: Iterable[Any]) -> Iterator[Any]:
    """The rows that a list shows: to a token for one domain only what is in it."""
    return (row for row in rows if own_domain(token) in (None, row.domain_id))


def in_reach(call: Call, rule: str, rows: Iterable[Any]) -> Iterable[Any]:
    """The rows that the caller may list: all, or for a token for one domain those of that domain."""
    return only_domain(domain_reader(call, rule), rows)


def domain_for(scope: Scope, token: tokens.Token, asked: dict[str, Any]) -> str:
    """The domain of something new: the one that is named, the token's own, or Default. Raises NotFound."""
    domain_id: str = asked.get("domain_id") or own_domain(token) or model.DEFAULT
    return model.find(scope, model.Domain, domain_id).id


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

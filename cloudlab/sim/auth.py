"""What keystonemiddleware does in front of every service: who is this token? Asked of keystone, kept for a while."""

from datetime import datetime, timedelta
from typing import Any

from cloudlab.sim import access_rules
from cloudlab.sim.clock import parse_iso
from cloudlab.sim.errors import ApiError, PeerFailed, Unauthorized
from cloudlab.sim.scope import Context
from cloudlab.sim.web import Call, Reply
from cloudlab.sim.webob import error_reply

NEEDS_TOKEN = "The request you have made requires authentication."
LATER = "The server is currently unavailable. Please try again at a later time."
NO_KEYSTONE = "The Keystone service is temporarily unavailable."
KEPT = timedelta(seconds=300)  # keystonemiddleware's token_cache_time


class KeystoneAway(ApiError):
    """Nobody can say whose token this is."""

    status = 503


class TokenCache:
    """Answers of keystone by (service, token), each for `KEPT` or until the token ends. Bounded.

    As with the real middleware, a token that keystone has revoked works elsewhere until its answer is forgotten.
    """

    def __init__(self, limit: int = 2000) -> None:
        self._known: dict[tuple[str, str], tuple[datetime, dict[str, Any]]] = {}
        self._limit = limit

    def get(self, service: str, token: str, now: datetime) -> dict[str, Any] | None:
        known = self._known.get((service, token))
        return known[1] if known and now < known[0] else None

    def forget(self, token: str) -> None:
        """Whoever gets the token asks keystone anew."""
        for key in [key for key in self._known if key[1] == token]:
            del self._known[key]

    def put(self, service: str, token: str, now: datetime, data: dict[str, Any]) -> None:
        while self._known and (len(self._known) >= self._limit or next(iter(self._known.values()))[0] <= now):
            self._known.pop(next(iter(self._known)))
        kept = {name: value for name, value in data.items() if name != "catalog"}  # nine tenths of it
        self._known[(service, token)] = (min(now + KEPT, parse_iso(data["expires_at"])), kept)

    def as_list(self) -> list[Any]:
        """For JSON; `resume` reads it."""
        return [[*key, until.isoformat(), data] for key, (until, data) in self._known.items()]

    def resume(self, known: list[Any]) -> None:
        """Know this, and nothing else."""
        self._known = {(service, token): (parse_iso(until), data) for service, token, until, data in known}


def authenticate(call: Call) -> None:
    """Put the caller's Context on the call's scope. Raises Unauthorized without a valid token, KeystoneAway."""
    token = call.headers.get("x-auth-token")
    if not token:
        raise Unauthorized(NEEDS_TOKEN)
    data = _validated(call, token)
    if not access_rules.allowed(data, call.scope.service, call.method, call.path) and not service_roles(call):
        raise Unauthorized(NEEDS_TOKEN)
    passed = call.headers.get("x-openstack-request-id", "")
    call.scope.context = context_of(token, data, call.scope.request_id, passed)


def service_roles(call: Call) -> tuple[str, ...]:
    """The roles of the service that vouches for this call with its own token (X-Service-Token); () if none does."""
    token = call.headers.get("x-service-token")
    try:
        return context_of(token, _validated(call, token), "").roles if token else ()
    except Unauthorized:
        return ()


def _validated(call: Call, token: str) -> dict[str, Any]:
    cache, scope = call.cloud.token_cache, call.scope
    known = cache.get(scope.service, token, scope.now)
    if known is None:
        asked = {"X-Subject-Token": token, "OpenStack-Identity-Access-Rules": "1"}
        try:
            answer = scope.ask_as_service("keystone", "GET", "/v3/auth/tokens", headers=asked)
        except PeerFailed as error:
            raise KeystoneAway(NO_KEYSTONE) from error
        if not answer.ok:
            raise Unauthorized(NEEDS_TOKEN)
        known = answer.json["token"]
        cache.put(scope.service, token, scope.now, known)
    return known


def context_of(token: str, data: dict[str, Any], request_id: str, global_request_id: str = "") -> Context:
    """The Context that a v3 token body describes."""
    project = data.get("project") or {}
    return Context(
        user_id=data["user"]["id"],
        user_name=data["user"]["name"],
        project_id=project.get("id"),
        project_name=project.get("name", ""),
        domain_id=data["user"]["domain"]["id"],
        roles=tuple(role["name"] for role in data.get("roles", [])),
        token=token,
        request_id=request_id,
        system="system" in data,
        global_request_id=global_request_id,
    )


def middleware_reply(call: Call, error: ApiError) -> Reply | None:
    """What the middleware answers itself, the same in front of every service but keystone; None: it lets pass.

    401 as in recording nova_v21/070_no_token; 503 without keystone as recorded on 2026-11-28, in the form that Accept
    asks for.
    """
    if isinstance(error, KeystoneAway):
        return error_reply(call, 503, LATER, detail=error.message)
    if error.status != 401:
        return None
    body = {"error": {"code": 401, "title": "Unauthorized", "message": NEEDS_TOKEN}}
    return Reply(401, body, {"WWW-Authenticate": f'Keystone uri="{call.cloud.url("keystone")}/"'})

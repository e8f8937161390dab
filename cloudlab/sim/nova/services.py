"""os-services: nova's own services, for administrators (API reference; nova_*/054, 055; updates seen on 2025.2)."""

from typing import Any

from cloudlab.sim.clock import iso_micro
from cloudlab.sim.errors import BadRequest, Conflict, NotFound
from cloudlab.sim.nova import hosts_model as model
from cloudlab.sim.nova import policy
from cloudlab.sim.nova.bodies import ANY_TEXT, Schema, checked, checked_query, query_schema
from cloudlab.sim.nova.negotiation import of_version
from cloudlab.sim.nova.paging import whole
from cloudlab.sim.nova.schemas import BOOLEAN, closed
from cloudlab.sim.nova.servers_create import truth
from cloudlab.sim.nova.servers_schemas import FQDN, TEXT, is_uuid
from cloudlab.sim.nova.servers_views import whole_second
from cloudlab.sim.processes import HOST
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

Json = dict[str, Any]
LIST = query_schema(host=ANY_TEXT, binary=ANY_TEXT)
LIST_275 = query_schema(strict=True, host=ANY_TEXT, binary=ANY_TEXT)
WORDS = ("enable", "disable", "disable-log-reason", "force-down")  # the last from 2.11
_OLD: dict[str, Any] = {"host": FQDN, "binary": TEXT, "disabled_reason": TEXT}
UPDATE: dict[int, Schema] = {
    1: closed(["host", "binary"], **_OLD),
    11: closed(["host", "binary"], **_OLD, forced_down=BOOLEAN),
    53: closed(
        None,
        status={"type": "string", "enum": ["enabled", "disabled"]},
        disabled_reason=TEXT,
        forced_down=BOOLEAN,
    ),
}


def shown(call: Call, service: model.ComputeService, since_when: Any = None) -> Json:
    """A service; with `forced_down` from 2.11, and its UUID for an id from 2.53."""
    body: Json = {
        "binary": service.binary,
        "host": service.host,
        "id": service.id if call.at_least(53) else service.number,
        "zone": model.zone_of(call.scope, service),
        "status": "disabled" if service.disabled else "enabled",
        "state": "up" if model.is_up(service) else "down",
        "updated_at": iso_micro(since_when or whole_second(call.scope.now)),
        "disabled_reason": service.disabled_reason,
    }
    return body | ({"forced_down": service.forced_down} if call.at_least(11) else {})


class Services:
    """`/os-services`."""

    def get(self, call: Call) -> Json:
        query = checked_query(call, LIST_275 if call.at_least(75) else LIST)
        policy.enforce(call.scope, "os-services:list")
        found = [
            service
            for service in model.services(call.scope)
            if query.get("host") in (None, "", service.host)
            and query.get("binary") in (None, "", service.binary)
        ]
        return {"services": [shown(call, service) for service in found]}


class OneService:
    """`/os-services/{key}`: a service's UUID, or before 2.53 (PUT) what to do with the one that the body names."""

    def put(self, call: Call, key: str) -> Json:
        wanted = checked(call, of_version(call, UPDATE))
        policy.enforce(call.scope, "os-services:update")
        return self._by_id(call, key, wanted) if call.at_least(53) else self._by_word(call, key, wanted)

    def _by_id(self, call: Call, service_id: str, wanted: Json) -> Json:
        if not is_uuid(service_id):
            raise BadRequest(f"Invalid uuid {service_id}")
        service = next((row for row in model.services(call.scope) if row.id == service_id), None)
        if service is None:
            raise NotFound(f"Service {service_id} could not be found.")
        _only_compute(service.binary)
        if "status" not in wanted and "forced_down" not in wanted:
            raise BadRequest(
                "No updates were requested. Fields 'status' or 'forced_down' should be specified."
            )
        if wanted.get("status") == "enabled" and "disabled_reason" in wanted:
            raise BadRequest("Specifying 'disabled_reason' with status 'enabled' is invalid.")
        if "status" in wanted:
            _able(call.scope, service, wanted["status"] == "disabled", wanted.get("disabled_reason"))
        if "forced_down" in wanted:
            service.forced_down = truth(wanted["forced_down"])
        return {"service": shown(call, service, call.scope.now)}

    def _by_word(self, call: Call, word: str, wanted: Json) -> Json:
        if word not in (WORDS if call.at_least(11) else WORDS[:-1]):
            raise NotFound("Unknown action")
        needed = {"disable-log-reason": "disabled_reason", "force-down": "forced_down"}.get(word)
        if needed and needed not in wanted:
            raise BadRequest(f"Missing {needed.replace('_reason', ' reason')} field")
        service = _named(call.scope, wanted["host"], wanted["binary"])
        body: Json = {"host": service.host, "binary": service.binary}
        if word == "force-down":
            body["forced_down"] = service.forced_down = truth(wanted["forced_down"])
            return {"service": body}
        reason = wanted["disabled_reason"] if word == "disable-log-reason" else None
        _able(call.scope, service, word != "enable", reason)
        body["status"] = "disabled" if service.disabled else "enabled"
        return {"service": body | ({"disabled_reason": reason} if reason else {})}

    def delete(self, call: Call, key: str) -> Reply:
        policy.enforce(call.scope, "os-services:delete")
        service = _to_delete(call, key)
        if service.binary == model.COMPUTE:
            _check_empty(call.scope)
            for aggregate in model.aggregates(call.scope):
                aggregate.hosts = [host for host in aggregate.hosts if host != service.host]
            path = f"/resource_providers/{model.provider_id(call.scope)}"
            call.scope.ask_as_service("placement", "DELETE", path, headers=model.PLACEMENT)
        call.scope.session.delete(service)
        return Reply(204)


def _only_compute(binary: str) -> None:
    if binary != model.COMPUTE:
        raise BadRequest(
            f"Updating a {binary} service is not supported. Only nova-compute services can be updated."
        )


def _named(scope: Scope, host: str, binary: str) -> model.ComputeService:
    _only_compute(binary)
    for service in model.services(scope):
        if (service.host, service.binary) == (host, binary):
            return service
    raise NotFound(f"Host '{host}' is not mapped to any cell")


def _able(scope: Scope, service: model.ComputeService, disabled: bool, reason: str | None) -> None:
    """Enable or disable it; compute itself tells placement, while it is up."""
    service.disabled, service.disabled_reason = disabled, reason if disabled else None
    if model.is_up(service):
        model.tell_placement(scope, disabled)


def _to_delete(call: Call, key: str) -> model.ComputeService:
    by_uuid = call.at_least(53)
    if by_uuid and not is_uuid(key):
        raise BadRequest(f"Invalid uuid {key}")
    if not by_uuid and whole(key) is None:
        raise BadRequest("Invalid input received: id must be an integer")
    for service in model.services(call.scope):
        if key == service.id if by_uuid else whole(key) == service.number:
            return service
    raise NotFound(f"Service {key} not found.")


def _check_empty(scope: Scope) -> None:
    """Raises Conflict while the host has servers."""
    if model.servers_on(scope, [HOST]):
        raise Conflict(
            "Unable to delete compute service that is hosting instances. Migrate or delete the instances first."
        )

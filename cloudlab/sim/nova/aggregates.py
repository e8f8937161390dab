"""os-aggregates: groups of hosts, and the zones that they make (API reference; nova_*/056; the rest seen on 2025.2)."""

from typing import Any

from cloudlab.sim import processes
from cloudlab.sim.clock import iso_micro
from cloudlab.sim.errors import ApiError, BadRequest, Conflict, NotFound
from cloudlab.sim.nova import hosts_model as model
from cloudlab.sim.nova import policy
from cloudlab.sim.nova.bodies import LEGACY_NAME, NAME, Schema, action_named, checked
from cloudlab.sim.nova.negotiation import since
from cloudlab.sim.nova.paging import whole
from cloudlab.sim.nova.peering import ask
from cloudlab.sim.nova.schemas import KEY_NAME, closed
from cloudlab.sim.nova.servers_schemas import FQDN, IMAGE_ONLY
from cloudlab.sim.nova.servers_views import whole_second
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

Json = dict[str, Any]
_ZONE: Schema = {"oneOf": [{**NAME, "pattern": "^[^:]*$"}, {"type": "null"}]}
CREATE = closed(["aggregate"], aggregate=closed(["name"], name=NAME, availability_zone=_ZONE))
UPDATE = closed(
    ["aggregate"],
    aggregate={
        **closed(None, name={**LEGACY_NAME, "minLength": 1}, availability_zone=_ZONE),
        "anyOf": [{"required": ["name"]}, {"required": ["availability_zone"]}],
    },
)
_METADATA: Schema = {
    "type": "object",
    "patternProperties": {KEY_NAME: {"type": ["string", "null"], "maxLength": 255}},
    "additionalProperties": False,
}
ACTIONS: dict[str, Schema] = {
    "add_host": closed(["add_host"], add_host=closed(["host"], host=FQDN)),
    "remove_host": closed(["remove_host"], remove_host=closed(["host"], host=FQDN)),
    "set_metadata": closed(["set_metadata"], set_metadata=closed(["metadata"], metadata=_METADATA)),
}
IMAGES = closed(["cache"], cache={"type": "array", "minItems": 1, "items": closed(["id"], id=IMAGE_ONLY)})


def shown(call: Call, row: model.Aggregate, young: bool = False, moment: Any = None) -> Json:
    """An aggregate, with its UUID from 2.41. `young`: as the answer to its creation. `moment`: of this change."""
    body: Json = {"id": row.number}
    if call.at_least(41):
        body["uuid"] = row.id
    body["name"] = row.name
    if not young:
        body |= {"hosts": row.hosts, "metadata": row.aggregate_metadata}
    created = row.created_at if young else whole_second(row.created_at)
    return body | {
        "created_at": iso_micro(created),
        "updated_at": iso_micro(moment or whole_second(row.updated_at)),
        "deleted_at": None,
        "deleted": False,
        "availability_zone": row.aggregate_metadata.get(model.ZONE_KEY),
    }


def _number(key: str) -> int:
    number = whole(key)
    if number is None:
        raise BadRequest("Invalid input received: id must be an integer")
    return number


def _find(scope: Scope, key: str) -> model.Aggregate:
    row = scope.session.get(model.Aggregate, _number(key))
    if row is None:
        raise NotFound(f"Aggregate {key} could not be found.")
    return row


def _check_name(scope: Scope, name: str, but: int | None = None) -> None:
    if any(row.name == name and row.number != but for row in model.aggregates(scope)):
        raise Conflict(f"Aggregate {name} already exists.")


class Aggregates:
    """`/os-aggregates`."""

    def get(self, call: Call) -> Json:
        policy.enforce(call.scope, "os-aggregates:index")
        return {"aggregates": [shown(call, row) for row in model.aggregates(call.scope)]}

    def post(self, call: Call) -> Json:
        asked = checked(call, CREATE)["aggregate"]
        policy.enforce(call.scope, "os-aggregates:create")
        name, zone = asked["name"].strip(), asked.get("availability_zone")
        _check_name(call.scope, name)
        row = model.Aggregate(
            id=call.scope.uuid("aggregate", name),
            name=name,
            hosts=[],
            aggregate_metadata={model.ZONE_KEY: zone} if zone else {},
            created_at=call.scope.now,
        )
        call.scope.session.add(row)
        call.scope.session.flush()
        return {"aggregate": shown(call, row, young=True)}


class OneAggregate:
    """`/os-aggregates/{key}`: by number."""

    def get(self, call: Call, key: str) -> Json:
        policy.enforce(call.scope, "os-aggregates:show")
        return {"aggregate": shown(call, _find(call.scope, key))}

    def put(self, call: Call, key: str) -> Json:
        asked = checked(call, UPDATE)["aggregate"]
        policy.enforce(call.scope, "os-aggregates:update")
        row = _find(call.scope, key)
        if "availability_zone" in asked:
            change = {model.ZONE_KEY: asked["availability_zone"]}
            _set_metadata(call.scope, row, change, f"Cannot update aggregate {row.number}.")
        if "name" in asked:
            _check_name(call.scope, asked["name"].strip(), row.number)
            row.name = asked["name"].strip()
        row.updated_at = call.scope.now
        return {"aggregate": shown(call, row, moment=row.updated_at)}

    def delete(self, call: Call, key: str) -> Reply:
        policy.enforce(call.scope, "os-aggregates:delete")
        row = _find(call.scope, key)
        if row.hosts:
            raise BadRequest(
                f"Cannot remove host from aggregate {row.number}. Reason: Host aggregate is not empty."
            )
        call.scope.session.delete(row)
        return Reply(200)


class AggregateAction:
    """`/os-aggregates/{key}/action`."""

    def post(self, call: Call, key: str) -> Json:
        name = action_named(call, ACTIONS)
        wanted = checked(call, ACTIONS[name])[name]
        policy.enforce(call.scope, f"os-aggregates:{name}")
        row: model.Aggregate = getattr(self, f"_{name}")(call, key, wanted)
        moment = row.updated_at if name == "set_metadata" else None
        return {"aggregate": shown(call, row, moment=moment)}

    def _add_host(self, call: Call, key: str, wanted: Json) -> model.Aggregate:
        host = wanted["host"]
        _number(key)
        if host not in _hosts(call.scope):
            raise NotFound(f"Compute host {host} could not be found.")
        row = _find(call.scope, key)
        refusal = f"Cannot add host to aggregate {row.number}."
        zone = row.aggregate_metadata.get(model.ZONE_KEY)
        if zone:
            _check_zone(call.scope, row, zone, [host], refusal)
            _check_nobody_moves(call.scope, zone, host, refusal)
        if host in row.hosts:
            raise Conflict(f"Aggregate {row.number} already has host {host}.")
        row.hosts = [*row.hosts, host]
        return row

    def _remove_host(self, call: Call, key: str, wanted: Json) -> model.Aggregate:
        host = wanted["host"]
        row = call.scope.session.get(model.Aggregate, _number(key))
        if row is None or host not in row.hosts:
            raise NotFound(f"Cannot remove host {host} in aggregate {key}")
        row.hosts = [name for name in row.hosts if name != host]
        return row

    def _set_metadata(self, call: Call, key: str, wanted: Json) -> model.Aggregate:
        row = _find(call.scope, key)
        _set_metadata(
            call.scope, row, wanted["metadata"], f"Cannot update metadata of aggregate {row.number}."
        )
        row.updated_at = call.scope.now
        return row


def _hosts(scope: Scope) -> set[str]:
    return {service.host for service in model.services(scope) if service.binary == model.COMPUTE}


def _set_metadata(scope: Scope, row: model.Aggregate, change: Json, refusal: str) -> None:
    """Merge it; null takes a key away. A zone can't be taken away, nor changed under servers that are in it."""
    if model.ZONE_KEY in change:
        zone = change[model.ZONE_KEY]
        if not zone:
            raise BadRequest(
                f"{refusal} Reason: Aggregate {row.name} does not support empty named availability zone."
            )
        _check_zone(scope, row, zone, row.hosts, refusal, BadRequest)
        if zone != row.aggregate_metadata.get(model.ZONE_KEY) and model.servers_on(scope, row.hosts):
            raise BadRequest(f"{refusal} Reason: One or more hosts contain instances in this zone.")
    merged = {**row.aggregate_metadata, **change}
    row.aggregate_metadata = {name: value for name, value in merged.items() if value is not None}


def _check_zone(
    scope: Scope,
    row: model.Aggregate,
    zone: str,
    hosts: list[str],
    refusal: str,
    error: type[ApiError] = Conflict,
) -> None:
    """A host is in one zone only: raises `error` when another aggregate has put one of them into another."""
    others = [
        other.aggregate_metadata[model.ZONE_KEY]
        for other in model.aggregates(scope)
        if other is not row and set(hosts) & set(other.hosts) and model.ZONE_KEY in other.aggregate_metadata
    ]
    conflicting = [name for name in others if name != zone]
    if conflicting:
        raise error(f"{refusal} Reason: One or more hosts already in availability zone(s) {conflicting}.")


def _check_nobody_moves(scope: Scope, zone: str, host: str, refusal: str) -> None:
    """Raises Conflict when servers on the host would change their zone with it."""
    now, count = model.aggregates_zone(scope, host), model.servers_on(scope, [host])
    if count and now != zone:
        raise Conflict(
            f"{refusal} Reason: The host cannot be added to the aggregate as the availability zone of the host "
            f"would change from '{now}' to '{zone}' but the host already has {count} instance(s). Changing the AZ "
            "of an existing instance is not supported by this action. Move the instances away from this host then "
            "try again. If you need to move the instances between AZs then you can use shelve_offload and unshelve "
            "to achieve this."
        )


class AggregateImages:
    """`/os-aggregates/{key}/images`, from 2.81: have the hosts fetch images beforehand."""

    def post(self, call: Call, key: str) -> Reply:
        since(call, 81)
        asked = [item["id"] for item in checked(call, IMAGES)["cache"]]
        policy.enforce(call.scope, "compute:aggregates:images")
        if len(asked) != len(set(asked)):
            raise BadRequest("Duplicate images in request")
        _find(call.scope, key)
        for image_id in asked:
            if not ask(call.scope, "glance", "GET", f"/v2/images/{image_id}").ok:
                raise BadRequest(f"Image {image_id} could not be found.")
        call.scope.message("cast", processes.CONDUCTOR, "cache_images")
        return Reply(202)

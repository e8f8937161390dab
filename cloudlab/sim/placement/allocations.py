"""Who holds what: allocations by consumer, and a project's usages. (Placement API reference: allocations, usages.)"""

from typing import Any

from cloudlab.sim.errors import BadRequest
from cloudlab.sim.placement import model, schemas, views
from cloudlab.sim.placement.bodies import checked, known_class
from cloudlab.sim.placement.providers import expect_generation, permit, since
from cloudlab.sim.validation import first_error
from cloudlab.sim.web import Call, Reply

NOBODY = "00000000-0000-0000-0000-000000000000"  # before 1.8 nobody had to say for whom


class Consumer:
    def get(self, call: Call, consumer: str) -> Reply:
        permit(call, "allocations:list")
        rows = model.allocations_of(call.scope, consumer)
        body: dict[str, Any] = {"allocations": views.grouped(rows, "provider_uuid")}
        for row in model.providers(call.scope, body["allocations"]):
            body["allocations"][row.uuid]["generation"] = row.generation
        owner = call.scope.session.get(model.Consumer, consumer) if rows else None
        if owner and call.at_least(12):
            body |= {"project_id": owner.project_id, "user_id": owner.user_id}
        if owner and call.at_least(28):
            body["consumer_generation"] = owner.generation
        if owner and call.at_least(38):
            body["consumer_type"] = owner.consumer_type
        return Reply(200, body)

    def put(self, call: Call, consumer: str) -> Reply:
        permit(call, "allocations:update")
        if first_error(schemas.UUID, consumer):
            raise BadRequest(f"Malformed consumer_uuid: {consumer}")
        body = checked(schemas.ALLOCATIONS[_since(call)], call.json)
        model.claim(call.scope, wish(call, consumer, body))
        return Reply(204)

    def delete(self, call: Call, consumer: str) -> Reply:
        permit(call, "allocations:delete")
        model.release(call.scope, consumer)
        return Reply(204)


class ManyConsumers:
    """POST /allocations: several consumers at once, all or none, as when a server moves. Since 1.13."""

    def post(self, call: Call) -> Reply:
        permit(call, "allocations:manage")
        since(call, 13)
        body = checked(schemas.MANY_ALLOCATIONS[_since(call)], call.json)
        model.claim_all(call.scope, [wish(call, consumer, one) for consumer, one in body.items()])
        return Reply(204)


def _since(call: Call) -> int:
    return max(since for since in schemas.ALLOCATIONS if since <= call.version[1])


def wish(call: Call, consumer: str, body: dict[str, Any]) -> model.Claim:
    """What one consumer's body asks for. Raises BadRequest for a class that isn't known."""
    wanted = _wanted(body["allocations"])
    for resources in wanted.values():
        for name in resources:
            known_class(call.scope, name, "Unable to allocate inventory ")
    return model.Claim(
        consumer=consumer,
        wanted=wanted,
        project_id=body.get("project_id", NOBODY),
        user_id=body.get("user_id", NOBODY),
        generation=body.get("consumer_generation"),
        check_generation=call.at_least(28),
        consumer_type=body.get("consumer_type", "unknown"),
    )


class Reshaper:
    """POST /reshaper: inventories and what is held of them change together. Services only. Since 1.30."""

    def post(self, call: Call) -> Reply:
        since(call, 30)
        call.who.require("service" in call.who.roles, "placement:reshaper:reshape")
        body = checked(schemas.RESHAPER[_since(call)], call.json)
        wishes = [wish(call, consumer, one) for consumer, one in body["allocations"].items()]
        rows = [(model.provider(call.scope, uuid), new) for uuid, new in body["inventories"].items()]
        for row, new in rows:
            expect_generation(row, new["resource_provider_generation"])
        model.set_aside(call.scope, [one.consumer for one in wishes])
        for row, new in rows:
            for name in new["inventories"]:
                known_class(call.scope, name, "")
            model.set_inventories(call.scope, row, new["inventories"])
        model.claim_all(call.scope, wishes)
        return Reply(204)


def _wanted(allocations: Any) -> dict[str, dict[str, int]]:
    """Both forms of the body (a list before 1.12) as {provider uuid: {class: amount}}."""
    if isinstance(allocations, dict):
        return {uuid: entry["resources"] for uuid, entry in allocations.items()}
    return {entry["resource_provider"]["uuid"]: entry["resources"] for entry in allocations}


class ProjectUsages:
    """Since 1.9. The one thing here that a project's reader may see: what the own project holds."""

    def get(self, call: Call) -> Reply:
        since(call, 9)
        project, user = call.param("project_id"), call.param("user_id")
        if not project:
            raise BadRequest("Invalid query string parameters: 'project_id' is a required property")
        own = call.who.is_reader and call.who.project_id == project
        call.who.require(own or call.who.is_admin or "service" in call.who.roles, "placement:usages")
        if call.at_least(38):
            found = model.usages_by_type(call.scope, project, user)
            wanted = call.param("consumer_type")
            return Reply(200, {"usages": {k: v for k, v in found.items() if wanted in (None, "all", k)}})
        return Reply(200, {"usages": model.project_usages(call.scope, project, user)})

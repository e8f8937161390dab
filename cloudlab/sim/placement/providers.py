"""Resource providers and what they have. (Placement API reference: resource providers, inventories, traits.)"""

from datetime import datetime
from email.utils import format_datetime
from typing import Any

from sqlalchemy import select

from cloudlab.sim.errors import BadRequest, Conflict, PathNotFound
from cloudlab.sim.placement import filters, model, names, schemas, views
from cloudlab.sim.placement.bodies import checked
from cloudlab.sim.web import Call, Reply


def http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def permit(call: Call, rule: str) -> None:
    """Administrators and services only: a learner's project has no business here."""
    call.who.require(call.who.is_admin or "service" in call.who.roles, f"placement:{rule}")


def dated(call: Call, body: dict[str, Any], row: model.Provider) -> Reply:
    """The answer with the time of the provider's last change."""
    return Reply(200, body, {"Last-Modified": http_date(row.updated_at)} if call.at_least(15) else {})


def since(call: Call, minor: int) -> None:
    """What a microversion brought isn't there before. Raises PathNotFound."""
    if not call.at_least(minor):
        raise PathNotFound()


def expect_generation(
    row: model.Provider, generation: int, message: str = "resource provider generation conflict"
) -> None:
    if generation != row.generation:
        raise Conflict(message, code=model.CONCURRENT)


class Providers:
    def get(self, call: Call) -> Reply:
        permit(call, "resource_providers:list")
        rows = filters.listed(call)
        headers = {}
        if rows and call.at_least(15):
            headers["Last-Modified"] = http_date(max(row.updated_at for row in rows))
        return Reply(
            200, {"resource_providers": [views.provider(row, call.version[1]) for row in rows]}, headers
        )

    def post(self, call: Call) -> Reply:
        permit(call, "resource_providers:create")
        body = checked(schemas.PROVIDER_CREATE, call.json)
        row = model.add_provider(call.scope, body["name"], body.get("uuid"), body.get("parent_provider_uuid"))
        headers = {"Location": f"{call.root}/resource_providers/{row.uuid}"}
        if call.at_least(20):
            headers["Last-Modified"] = http_date(row.updated_at)
            return Reply(200, views.provider(row, call.version[1]), headers)
        return Reply(201, headers=headers)


class Provider:
    def get(self, call: Call, uuid: str) -> Reply:
        permit(call, "resource_providers:show")
        row = model.provider(call.scope, uuid)
        return dated(call, views.provider(row, call.version[1]), row)

    def put(self, call: Call, uuid: str) -> Reply:
        permit(call, "resource_providers:update")
        row = model.provider(call.scope, uuid)
        body = checked(schemas.PROVIDER_UPDATE, call.json)
        name = body["name"]
        taken = select(model.Provider).where(model.Provider.name == name, model.Provider.uuid != uuid)
        if call.scope.session.scalars(taken).first():
            raise Conflict(
                f"Conflicting resource provider {name} already exists.", code="placement.duplicate_name"
            )
        if "parent_provider_uuid" in body:
            model.move(call.scope, row, body["parent_provider_uuid"], anywhere=call.at_least(37))
        row.name, row.updated_at = name, call.scope.now
        return dated(call, views.provider(row, call.version[1]), row)

    def delete(self, call: Call, uuid: str) -> Reply:
        permit(call, "resource_providers:delete")
        model.remove_provider(call.scope, uuid)
        return Reply(204)


class Usages:
    def get(self, call: Call, uuid: str) -> Reply:
        permit(call, "resource_providers:usages")
        row = model.provider(call.scope, uuid)
        held = model.used(call.scope, [uuid])
        classes = model.inventories(call.scope, [uuid]).get(uuid, {})
        usages = {name: held.get((uuid, name), 0) for name in classes}
        return Reply(200, {"resource_provider_generation": row.generation, "usages": usages})


class Allocations:
    def get(self, call: Call, uuid: str) -> Reply:
        permit(call, "resource_providers:allocations:list")
        row = model.provider(call.scope, uuid)
        query = (
            select(model.Allocation)
            .where(model.Allocation.provider_uuid == uuid)
            .order_by(model.Allocation.n)
        )
        found = views.grouped(list(call.scope.session.scalars(query)), "consumer_uuid")
        if call.at_least(28):
            query_consumers = select(model.Consumer).where(model.Consumer.uuid.in_(list(found)))
            for consumer in call.scope.session.scalars(query_consumers):
                found[consumer.uuid]["consumer_generation"] = consumer.generation
        return Reply(200, {"allocations": found, "resource_provider_generation": row.generation})


STALE = "Resource provider's generation already changed. Please update the generation and try again."


class Traits:
    def get(self, call: Call, uuid: str) -> Reply:
        permit(call, "resource_providers:traits:list")
        row = model.provider(call.scope, uuid)
        return self._answer(call, row)

    def put(self, call: Call, uuid: str) -> Reply:
        """All traits anew: nova's compute says so that its service is disabled (COMPUTE_STATUS_DISABLED)."""
        permit(call, "resource_providers:traits:update")
        body = checked(schemas.TRAITS, call.json)
        row = model.provider(call.scope, uuid)
        expect_generation(row, body["resource_provider_generation"], STALE)
        unknown = names.unknown(call.scope, names.TRAIT, body["traits"])
        if unknown:
            raise BadRequest(f"No such trait {', '.join(unknown)}")
        model.set_traits(call.scope, row, body["traits"])
        return self._answer(call, row)

    def delete(self, call: Call, uuid: str) -> Reply:
        permit(call, "resource_providers:traits:delete")
        model.set_traits(call.scope, model.provider(call.scope, uuid), ())
        return Reply(204)

    def _answer(self, call: Call, row: model.Provider) -> Reply:
        held = model.traits(call.scope, [row.uuid]).get(row.uuid, [])
        return dated(call, {"traits": held, "resource_provider_generation": row.generation}, row)


class Aggregates:
    def get(self, call: Call, uuid: str) -> Reply:
        permit(call, "resource_providers:aggregates:list")
        return self._answer(call, model.provider(call.scope, uuid))

    def put(self, call: Call, uuid: str) -> Reply:
        """All anew. Since 1.19 the body names the generation, and the generation moves on."""
        permit(call, "resource_providers:aggregates:update")
        row = model.provider(call.scope, uuid)
        if not call.at_least(19):
            model.set_aggregates(call.scope, row, checked(schemas.AGGREGATE_LIST, call.json))
            return self._answer(call, row)
        body = checked(schemas.AGGREGATES, call.json)
        expect_generation(row, body["resource_provider_generation"], STALE)
        model.set_aggregates(call.scope, row, body["aggregates"])
        model.changed(call.scope, row)
        return self._answer(call, row)

    def _answer(self, call: Call, row: model.Provider) -> Reply:
        body: dict[str, Any] = {"aggregates": model.aggregates(call.scope, [row.uuid]).get(row.uuid, [])}
        if call.at_least(19):
            body["resource_provider_generation"] = row.generation
        return dated(call, body, row)

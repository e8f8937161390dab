"""Resource providers and what they have. (Placement API reference: resource providers, inventories, traits.)"""

from datetime import datetime
from email.utils import format_datetime
from typing import Any

from sqlalchemy import select

from cloudlab.sim.errors import BadRequest, Conflict, NotFound
from cloudlab.sim.placement import model, schemas, views
from cloudlab.sim.placement.bodies import checked
from cloudlab.sim.placement.names import RESOURCE_CLASSES, TRAITS
from cloudlab.sim.web import Call, Reply


def http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def permit(call: Call, rule: str) -> None:
    """Administrators and services only: a learner's project has no business here."""
    call.who.require(call.who.is_admin or "service" in call.who.roles, f"placement:{rule}")


def dated(call: Call, body: dict[str, Any], row: model.Provider) -> Reply:
    """The answer with the time of the provider's last change."""
    return Reply(200, body, {"Last-Modified": http_date(row.updated_at)} if call.at_least(15) else {})


def expect_generation(row: model.Provider, generation: int) -> None:
    if generation != row.generation:
        raise Conflict("resource provider generation conflict", code=model.CONCURRENT)


class Providers:
    def get(self, call: Call) -> Reply:
        permit(call, "resource_providers:list")
        asked = checked(schemas.PROVIDER_FILTERS, dict(call.query))
        query = select(model.Provider).order_by(model.Provider.n)
        if "uuid" in asked:
            query = query.where(model.Provider.uuid == asked["uuid"])
        if "name" in asked:
            query = query.where(model.Provider.name == asked["name"])
        if "in_tree" in asked:
            tree = select(model.Provider.root_uuid).where(model.Provider.uuid == asked["in_tree"])
            query = query.where(model.Provider.root_uuid.in_(tree))
        rows = list(call.scope.session.scalars(query))
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
        name = checked(schemas.PROVIDER_UPDATE, call.json)["name"]
        taken = select(model.Provider).where(model.Provider.name == name, model.Provider.uuid != uuid)
        if call.scope.session.scalars(taken).first():
            raise Conflict(
                f"Conflicting resource provider {name} already exists.", code="placement.duplicate_name"
            )
        row.name, row.updated_at = name, call.scope.now
        return dated(call, views.provider(row, call.version[1]), row)

    def delete(self, call: Call, uuid: str) -> Reply:
        permit(call, "resource_providers:delete")
        model.remove_provider(call.scope, uuid)
        return Reply(204)


class Inventories:
    def get(self, call: Call, uuid: str) -> Reply:
        permit(call, "resource_providers:inventories:list")
        return self._answer(call, model.provider(call.scope, uuid))

    def put(self, call: Call, uuid: str) -> Reply:
        permit(call, "resource_providers:inventories:update")
        row = model.provider(call.scope, uuid)
        body = checked(schemas.INVENTORIES, call.json)
        expect_generation(row, body["resource_provider_generation"])
        for name, numbers in body["inventories"].items():
            known_class(name, "Unknown resource class in inventory for resource provider " + f"{uuid}: ")
            if numbers["total"] <= numbers.get("reserved", 0):
                raise BadRequest(
                    f"Unable to update inventory for resource provider {uuid}: Invalid inventory for '{name}' on "
                    f"resource provider '{uuid}'. The reserved value is greater than or equal to total."
                )
        model.set_inventories(call.scope, row, body["inventories"])
        return self._answer(call, row)

    def delete(self, call: Call, uuid: str) -> Reply:
        permit(call, "resource_providers:inventories:delete")
        model.set_inventories(call.scope, model.provider(call.scope, uuid), {})
        return Reply(204)

    def _answer(self, call: Call, row: model.Provider) -> Reply:
        rows = model.inventories(call.scope, [row.uuid]).get(row.uuid, {})
        body = {
            "resource_provider_generation": row.generation,
            "inventories": {name: views.inventory(found) for name, found in rows.items()},
        }
        return dated(call, body, row)


def known_class(name: str, before: str) -> None:
    if name not in RESOURCE_CLASSES:
        raise BadRequest(f"{before}No such resource class {name}.")


class Inventory:
    def get(self, call: Call, uuid: str, name: str) -> Reply:
        permit(call, "resource_providers:inventories:show")
        row = model.provider(call.scope, uuid)
        found = model.inventories(call.scope, [uuid]).get(uuid, {}).get(name)
        if found is None:
            raise NotFound(f"No inventory of class {name} for {uuid}")
        body = {"resource_provider_generation": row.generation, **views.inventory(found)}
        return dated(call, body, row)


class Usages:
    def get(self, call: Call, uuid: str) -> Reply:
        permit(call, "resource_providers:usages")
        row = model.provider(call.scope, uuid)
        held = model.used(call.scope, [uuid])
        names = model.inventories(call.scope, [uuid]).get(uuid, {})
        usages = {name: held.get((uuid, name), 0) for name in names}
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
        if body["resource_provider_generation"] != row.generation:
            raise Conflict(STALE, code=model.CONCURRENT)
        unknown = sorted(set(body["traits"]) - set(TRAITS))
        if unknown:
            raise BadRequest(f"No such trait {', '.join(unknown)}")
        model.set_traits(call.scope, row, body["traits"])
        return self._answer(call, row)

    def _answer(self, call: Call, row: model.Provider) -> Reply:
        names = model.traits(call.scope, [row.uuid]).get(row.uuid, [])
        return dated(call, {"traits": names, "resource_provider_generation": row.generation}, row)


class Aggregates:
    """No provider is in any aggregate: nothing makes one here."""

    def get(self, call: Call, uuid: str) -> Reply:
        permit(call, "resource_providers:aggregates:list")
        row = model.provider(call.scope, uuid)
        body: dict[str, Any] = {"aggregates": []}
        if call.at_least(19):
            body["resource_provider_generation"] = row.generation
        return Reply(200, body)


class ResourceClasses:
    def get(self, call: Call) -> Reply:
        permit(call, "resource_classes:list")
        return Reply(200, {"resource_classes": [views.resource_class(name) for name in RESOURCE_CLASSES]})


class ResourceClass:
    def get(self, call: Call, name: str) -> Reply:
        permit(call, "resource_classes:show")
        if name not in RESOURCE_CLASSES:
            raise NotFound(f"No such resource class {name}.")
        return Reply(200, views.resource_class(name))


class AllTraits:
    def get(self, call: Call) -> Reply:
        permit(call, "traits:list")
        asked = call.param("name") or ""
        names: list[str] | tuple[str, ...] = TRAITS
        if asked.startswith("startswith:"):
            names = [name for name in TRAITS if name.startswith(asked[len("startswith:") :])]
        elif asked.startswith("in:"):
            names = [name for name in TRAITS if name in asked[len("in:") :].split(",")]
        return Reply(200, {"traits": list(names)})


class OneTrait:
    def get(self, call: Call, name: str) -> Reply:
        permit(call, "traits:show")
        if name not in TRAITS:
            raise NotFound(f"No such trait(s): {name}.")
        return Reply(204)

"""How much of each class a provider has. (Placement API reference: resource provider inventories; seen on 2025.2)"""

from typing import Any

from cloudlab.sim.errors import BadRequest, Conflict, NotFound
from cloudlab.sim.placement import model, names, schemas, views
from cloudlab.sim.placement.bodies import checked, known_class
from cloudlab.sim.placement.providers import dated, expect_generation, permit
from cloudlab.sim.web import Call, Reply


def _check_reserved(uuid: str, name: str, numbers: dict[str, Any]) -> None:
    if numbers["total"] <= numbers.get("reserved", 0):
        raise BadRequest(
            f"Unable to update inventory for resource provider {uuid}: Invalid inventory for '{name}' on "
            f"resource provider '{uuid}'. The reserved value is greater than or equal to total."
        )


class Inventories:
    def get(self, call: Call, uuid: str) -> Reply:
        permit(call, "resource_providers:inventories:list")
        return self._answer(call, model.provider(call.scope, uuid))

    def post(self, call: Call, uuid: str) -> Reply:
        """One more class."""
        permit(call, "resource_providers:inventories:create")
        row = model.provider(call.scope, uuid)
        body = checked(schemas.INVENTORY_CREATE, call.json)
        name = body.pop("resource_class")
        known_class(call.scope, name, f"Unable to create inventory for resource provider {uuid}: ")
        _check_reserved(uuid, name, body)
        if name in model.inventories(call.scope, [uuid]).get(uuid, {}):
            raise Conflict(f"Update conflict: Inventory of class {name} already exists for provider {uuid}")
        model.add_inventory(call.scope, row, name, body)
        here = f"{call.root}/resource_providers/{uuid}/inventories/{name}"
        return Reply(201, one_view(call, row, name), {"Location": here})

    def put(self, call: Call, uuid: str) -> Reply:
        permit(call, "resource_providers:inventories:update")
        row = model.provider(call.scope, uuid)
        body = checked(schemas.INVENTORIES, call.json)
        expect_generation(row, body["resource_provider_generation"])
        for name, numbers in body["inventories"].items():
            known_class(
                call.scope, name, f"Unknown resource class in inventory for resource provider {uuid}: "
            )
            _check_reserved(uuid, name, numbers)
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


def one_view(call: Call, row: model.Provider, name: str) -> dict[str, Any]:
    found = model.inventories(call.scope, [row.uuid]).get(row.uuid, {}).get(name)
    if found is None:
        raise NotFound(f"No inventory of class {name} for {row.uuid}")
    return {"resource_provider_generation": row.generation, **views.inventory(found)}


class Inventory:
    def get(self, call: Call, uuid: str, name: str) -> Reply:
        permit(call, "resource_providers:inventories:show")
        row = model.provider(call.scope, uuid)
        return dated(call, one_view(call, row, name), row)

    def put(self, call: Call, uuid: str, name: str) -> Reply:
        permit(call, "resource_providers:inventories:update")
        row = model.provider(call.scope, uuid)
        body = checked(schemas.INVENTORY_UPDATE, call.json)
        expect_generation(row, body.pop("resource_provider_generation"))
        if names.unknown(call.scope, names.CLASS, [name]):
            raise NotFound(f"No such resource class {name}.")
        if name not in model.inventories(call.scope, [uuid]).get(uuid, {}):
            raise BadRequest(
                f"Unable to update inventory for resource provider {uuid}: No inventory of class {name} found."
            )
        _check_reserved(uuid, name, body)
        model.add_inventory(call.scope, row, name, body)
        return dated(call, one_view(call, row, name), row)

    def delete(self, call: Call, uuid: str, name: str) -> Reply:
        permit(call, "resource_providers:inventories:delete")
        row = model.provider(call.scope, uuid)
        have = model.inventories(call.scope, [uuid]).get(uuid, {})
        if name not in have:
            wrong = f"No inventory of class {name} found for delete"
            raise NotFound(f"{wrong}: {wrong}")
        left = {other: views.inventory(one) for other, one in have.items() if other != name}
        model.set_inventories(call.scope, row, left)
        return Reply(204)

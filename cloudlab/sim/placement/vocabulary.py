"""Traits and resource classes: the standard ones, and those of somebody's own making (CUSTOM_…).

Placement API reference: traits, resource classes; recordings placement/015, 016; the rest seen on 2025.2.
"""

import re
from typing import Any

from sqlalchemy import delete, select, update

from cloudlab.sim.errors import BadRequest, Conflict, NotFound
from cloudlab.sim.placement import model, names, schemas, views
from cloudlab.sim.placement.bodies import checked
from cloudlab.sim.placement.providers import http_date, permit, since
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

CUSTOM = re.compile(r"^CUSTOM_[A-Z0-9_]+$")


def _add(scope: Scope, kind: str, name: str) -> bool:
    """Whether it is new."""
    if not names.unknown(scope, kind, [name]):
        return False
    scope.session.add(names.CustomName(kind=kind, name=name))
    scope.session.flush()
    return True


def _forget(scope: Scope, kind: str, name: str) -> None:
    table = names.CustomName
    scope.session.execute(delete(table).where(table.kind == kind, table.name == name))


class ResourceClasses:
    def get(self, call: Call) -> Reply:
        permit(call, "resource_classes:list")
        known = names.all_of(call.scope, names.CLASS)
        return Reply(200, {"resource_classes": [views.resource_class(name) for name in known]})

    def post(self, call: Call) -> Reply:
        permit(call, "resource_classes:create")
        name = checked(schemas.CUSTOM_CLASS, call.json)["name"]
        if not _add(call.scope, names.CLASS, name):
            raise Conflict(f"Conflicting resource class already exists: {name}")
        return Reply(201, headers={"Location": f"{call.root}/resource_classes/{name}"})


class ResourceClass:
    def get(self, call: Call, name: str) -> Reply:
        permit(call, "resource_classes:show")
        self._known(call, name)
        return Reply(200, views.resource_class(name))

    def put(self, call: Call, name: str) -> Reply:
        """Since 1.7: it is there afterwards. Before: it gets another name."""
        permit(call, "resource_classes:update")
        if not call.at_least(7):
            return self._rename(call, name)
        checked(schemas.CUSTOM_CLASS, {"name": name})
        new = _add(call.scope, names.CLASS, name)
        return Reply(201 if new else 204, headers={"Location": f"{call.root}/resource_classes/{name}"})

    def _rename(self, call: Call, name: str) -> Reply:
        self._known(call, name)
        new = checked(schemas.CUSTOM_CLASS, call.json)["name"]
        if name in names.STANDARD[names.CLASS]:
            raise BadRequest(f"Cannot update standard resource class {name}.")
        if not _add(call.scope, names.CLASS, new):
            raise Conflict(f"Resource class already exists: {new}")
        _forget(call.scope, names.CLASS, name)
        tables: tuple[Any, ...] = (model.Inventory, model.Allocation)
        for table in tables:
            renamed = update(table).where(table.resource_class == name).values(resource_class=new)
            call.scope.session.execute(renamed)
        return Reply(200, views.resource_class(new))

    def delete(self, call: Call, name: str) -> Reply:
        permit(call, "resource_classes:delete")
        self._known(call, name)
        if name in names.STANDARD[names.CLASS]:
            raise BadRequest(f"Error in delete resource class: Cannot delete standard resource class {name}.")
        held = select(model.Inventory.n).where(model.Inventory.resource_class == name).limit(1)
        if call.scope.session.scalars(held).first():
            raise Conflict(f"Error in delete resource class: Resource class {name} is in use in inventory.")
        _forget(call.scope, names.CLASS, name)
        return Reply(204)

    def _known(self, call: Call, name: str) -> None:
        if names.unknown(call.scope, names.CLASS, [name]):
            raise NotFound(f"No such resource class {name}.")


class AllTraits:
    def get(self, call: Call) -> Reply:
        permit(call, "traits:list")
        since(call, 6)
        found = names.all_of(call.scope, names.TRAIT)
        asked = call.param("name") or ""
        if asked.startswith("startswith:"):
            found = [name for name in found if name.startswith(asked[len("startswith:") :])]
        elif asked.startswith("in:"):
            found = [name for name in found if name in asked[len("in:") :].split(",")]
        associated = (call.param("associated") or "").lower()
        if associated in ("true", "false"):
            used = set(call.scope.session.scalars(select(model.ProviderTrait.trait)))
            found = [name for name in found if (name in used) is (associated == "true")]
        return Reply(200, {"traits": found})


class OneTrait:
    def get(self, call: Call, name: str) -> Reply:
        permit(call, "traits:show")
        since(call, 6)
        self._known(call, name)
        return Reply(204)

    def put(self, call: Call, name: str) -> Reply:
        permit(call, "traits:update")
        since(call, 6)
        if not CUSTOM.match(name) or len(name) > 255:
            raise BadRequest(
                "The trait is invalid. A valid trait must be no longer than 255 characters, start with the prefix "
                '"CUSTOM_" and use following characters: "A"-"Z", "0"-"9" and "_"'
            )
        new = _add(call.scope, names.TRAIT, name)
        headers = {"Location": f"{call.root}/traits/{name}"}
        if call.at_least(15):
            headers["Last-Modified"] = http_date(call.scope.now)
        return Reply(201 if new else 204, headers=headers)

    def delete(self, call: Call, name: str) -> Reply:
        permit(call, "traits:delete")
        since(call, 6)
        self._known(call, name)
        if name in names.STANDARD[names.TRAIT]:
            raise BadRequest(f"Cannot delete standard trait {name}.")
        used = select(model.ProviderTrait.n).where(model.ProviderTrait.trait == name).limit(1)
        if call.scope.session.scalars(used).first():
            raise Conflict(f"The trait {name} is in use by a resource provider.")
        _forget(call.scope, names.TRAIT, name)
        return Reply(204)

    def _known(self, call: Call, name: str) -> None:
        if names.unknown(call.scope, names.TRAIT, [name]):
            raise NotFound(f"No such trait(s): {name}.")

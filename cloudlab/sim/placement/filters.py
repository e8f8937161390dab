"""GET /resource_providers: by name, uuid, tree, aggregate, trait, and by what a provider could give."""

from sqlalchemy import select

from cloudlab.sim.errors import BadRequest
from cloudlab.sim.placement import bodies, model, schemas
from cloudlab.sim.web import Call

SINCE = {"member_of": 3, "resources": 4, "in_tree": 14, "required": 18}


def listed(call: Call) -> list[model.Provider]:
    """The providers that the query asks for. Raises BadRequest."""
    asked = bodies.checked(schemas.PROVIDER_FILTERS, dict(call.query))
    for name in asked:
        if name in SINCE and not call.at_least(SINCE[name]):
            raise BadRequest(
                "Invalid query string parameters: Additional properties are not allowed "
                f"('{name}' was unexpected)"
            )
    query = select(model.Provider).order_by(model.Provider.n)
    if "uuid" in asked:
        query = query.where(model.Provider.uuid == asked["uuid"])
    if "name" in asked:
        query = query.where(model.Provider.name == asked["name"])
    if "in_tree" in asked:
        tree = select(model.Provider.root_uuid).where(model.Provider.uuid == asked["in_tree"])
        query = query.where(model.Provider.root_uuid.in_(tree))
    rows = list(call.scope.session.scalars(query))
    for name, test in (("member_of", _member), ("resources", _able), ("required", _with_traits)):
        for value in [value for key, value in call.query if key == name]:
            rows = test(call, rows, value)
    return rows


def _member(call: Call, rows: list[model.Provider], value: str) -> list[model.Provider]:
    among, wanted = bodies.aggregates(value)
    mine = model.aggregates(call.scope, [row.uuid for row in rows])
    return [row for row in rows if bool(wanted & set(mine.get(row.uuid, ()))) is among]


def _able(call: Call, rows: list[model.Provider], value: str) -> list[model.Provider]:
    wanted = bodies.resources(call.scope, value)
    uuids = [row.uuid for row in rows]
    have, held = model.inventories(call.scope, uuids), model.used(call.scope, uuids)

    def can(row: model.Provider, name: str, amount: int) -> bool:
        inventory = have.get(row.uuid, {}).get(name)
        return inventory is not None and inventory.can_give(amount, held.get((row.uuid, name), 0))

    return [row for row in rows if all(can(row, name, amount) for name, amount in wanted.items())]


def _with_traits(call: Call, rows: list[model.Provider], value: str) -> list[model.Provider]:
    required, forbidden = bodies.traits(call.scope, value, 'Invalid trait(s) in "required" parameter: ')
    mine = model.traits(call.scope, [row.uuid for row in rows])

    def fits(row: model.Provider) -> bool:
        have = set(mine.get(row.uuid, ()))
        return not (forbidden & have) and all(any_of & have for any_of in required)

    return [row for row in rows if fits(row)]

"""HTTP for every kind: list, create (one or many), show, update, delete.

The order of checks is neutron's: body, whose network, quota, policy, then the kind's own rules.
"""

from collections.abc import Sequence
from typing import Any

from cloudlab.sim.errors import PolicyDenied, PreconditionFailed
from cloudlab.sim.neutron import bodies, query, quotas, sharing, tags
from cloudlab.sim.neutron.attributes import create_data, update_data
from cloudlab.sim.neutron.faults import bad, refused
from cloudlab.sim.neutron.kind import Json, Kind
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply


def collection(kind: Kind) -> type:
    """The resource class for /v2.0/<collection>."""

    class Collection:
        def get(self, call: Call) -> Reply:
            return list_all(call, kind)

        def post(self, call: Call) -> Reply:
            return create(call, kind)

        def put(self, call: Call) -> Reply:
            raise kind.not_found("None")  # as if the path ended in an id (seen on 2025.2)

        def delete(self, call: Call) -> Reply:
            raise kind.not_found("None")

    return Collection


def item(kind: Kind, updates: bool = True) -> type:
    """The resource class for /v2.0/<collection>/{id_}."""

    class Item:
        def get(self, call: Call, id_: str) -> Reply:
            return show(call, kind, id_)

        def delete(self, call: Call, id_: str) -> Reply:
            return remove(call, kind, id_)

    class Changeable(Item):
        def put(self, call: Call, id_: str) -> Reply:
            return update(call, kind, id_)

    return Changeable if updates else Item


def list_all(call: Call, kind: Kind) -> Reply:
    kind.before(call.scope)
    rows, page = query.listed(call, kind)
    wanted = query.fields(call)
    items = _views(call, kind, rows, wanted)
    body: Json = {kind.collection: query.only(items, wanted)}
    links = query.links(call, page, items)
    if links:
        body[f"{kind.collection}_links"] = links
    return Reply(200, body)


def show(call: Call, kind: Kind, id_: str) -> Reply:
    row = kind.one(call.scope, id_)
    wanted = query.fields(call)
    return Reply(200, {kind.resource: query.only(_views(call, kind, [row], wanted), wanted)[0]})


def create(call: Call, kind: Kind) -> Reply:
    """POST of one resource, or of many in one go (all or none)."""
    many, said = _bodies(call, kind)
    prepared = [create_data(kind.attributes, given, call.who) for given in said]
    for data in prepared:
        kind.check_owner(call.scope, data)
    kind.before(call.scope)
    quotas.check(call.scope, kind.resource, [data["project_id"] for data in prepared])
    for given, data in zip(said, prepared, strict=True):
        allowed = call.who.is_admin if kind.admins_only else call.who.is_member
        _permit(call, kind, "create", allowed, list(given), data)
    rows = [kind.create(call.scope, data) for data in prepared]
    call.scope.session.flush()
    views = [kind.created_view(call.scope, row) for row in rows]
    tags.fill(call.scope, rows, views)
    return Reply(201, {kind.collection: views} if many else {kind.resource: views[0]})


def update(call: Call, kind: Kind, id_: str) -> Reply:
    row = kind.one(call.scope, id_)
    given = _one_body(call, kind)
    data = update_data(kind.attributes, given)
    _permit(call, kind, "update", kind.may_change(call.who, row), list(given), {**vars(row), **data})
    before = row.revision
    kind.update(call.scope, row, data)
    _constrained(call, before)
    call.scope.session.flush()
    view = kind.updated_view(call.scope, row)
    tags.fill(call.scope, [row], [view])
    return Reply(200, {kind.resource: view})


def remove(call: Call, kind: Kind, id_: str) -> Reply:
    row = kind.one(call.scope, id_)
    _permit(call, kind, "delete", kind.may_change(call.who, row), [], {})
    before = row.revision
    take_away(call.scope, kind, row)
    _constrained(call, before)
    return Reply(204)


def take_away(scope: Scope, kind: Kind, row: Any) -> None:
    """Delete the row, and what hangs on one of any kind: its tags and its policies."""
    kind.delete(scope, row)
    tags.forget(scope, row.id)
    sharing.forget(scope, row.id)


def _views(call: Call, kind: Kind, rows: Sequence[Any], wanted: frozenset[str]) -> list[Json]:
    items = kind.views(call.scope, rows, wanted)
    if not wanted or "tags" in wanted:
        tags.fill(call.scope, rows, items)
    return items


def _constrained(call: Call, revision: int) -> None:
    """`If-Match: revision_number=N` lets a change through only from that revision. Last: other refusals go first."""
    name, _, number = call.headers.get("if-match", "").partition("=")
    if name.strip() != "revision_number":
        return
    if not (number.isascii() and number.isdigit()):
        raise refused(
            "BadRequest",
            "Bad if-match request: Revision number etag must be in the format of revision_number=<int>.",
        )
    if int(number[:18]) != revision:
        raise PreconditionFailed(
            f"Constrained to {number}, but current revision is {revision}",
            type="RevisionNumberConstraintFailed",
        )


def _permit(call: Call, kind: Kind, action: str, allowed: bool, names: list[str], data: Json) -> None:
    """Raise PolicyDenied with the rule as neutron builds it: the action's, its attributes', and their parts'."""
    base = f"{action}_{kind.resource}"
    rule, ok = f"rule:{base}", allowed
    for name, attribute in kind.attributes.items():
        if not attribute.policy or name not in names or attribute.is_default(data[name]):
            continue
        of_attribute = f"rule:{base}:{name}"
        parts = _parts(data[name]) if attribute.parts else []
        if parts:
            of_parts = " and ".join(f"rule:{base}:{name}:{part}" for part in parts)
            of_attribute = f"({of_attribute} and ({of_parts}))"
        rule = f"({rule} and {of_attribute})"
        ok = ok and kind.may_set(call.scope, name, data)
    if not ok:
        raise PolicyDenied(rule)


def _parts(value: Any) -> list[str]:
    """The keys of an object, or of all objects of a list."""
    items = value if isinstance(value, list) else [value]
    return [key for item in items if isinstance(item, dict) for key in item]


def _one_body(call: Call, kind: Kind) -> Json:
    body = bodies.read(call)
    if body.get(kind.resource) is None:
        raise bad(f"Unable to find '{kind.resource}' in request body")
    if not isinstance(body[kind.resource], dict):
        raise bad(f"Object '{kind.resource}' contains invalid data")
    return body[kind.resource]


def _bodies(call: Call, kind: Kind) -> tuple[bool, list[Json]]:
    """Whether there are many, and each."""
    body = bodies.read(call)
    if kind.collection not in body:
        return False, [_one_body(call, kind)]
    many = body[kind.collection]
    if not many:
        raise bad("Resources required")
    if not isinstance(many, list) or not all(isinstance(one, dict) for one in many):
        raise bad(f"Object '{kind.resource}' contains invalid data")
    return True, many

"""Tags: words on a resource of any kind that has standard attributes.

Networking API reference, 'Standard attributes tag extension'; the answers below were seen on 2025.2. (There a tag for
a resource that isn't there is a 500; here it is the 404 that neutron means.)
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import delete, func, select

from cloudlab.sim.errors import BadJson
from cloudlab.sim.neutron import sharing, validators
from cloudlab.sim.neutron.faults import invalid_input, not_found, refused
from cloudlab.sim.neutron.kind import Condition, Json, Kind, by_id, changed
from cloudlab.sim.neutron.model import Tag
from cloudlab.sim.plain import Plain, one_of, values
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

MOST = 50
OF_ROWS = Plain(select(Tag.resource_id, Tag.tag).where(one_of(Tag.resource_id, "ids")).order_by(Tag.tag))


def fill(scope: Scope, rows: Sequence[Any], items: list[Json]) -> None:
    """Put each row's tags into its JSON, one query for all."""
    by_row = {row.id: item for row, item in zip(rows, items, strict=True) if "tags" in item}
    if by_row:
        for resource_id, tag in OF_ROWS.rows(scope.session, ids=values(by_row)):
            by_row[resource_id]["tags"].append(tag)


def of(scope: Scope, resource_id: str) -> list[str]:
    return [tag for _, tag in OF_ROWS.rows(scope.session, ids=values([resource_id]))]


def put(scope: Scope, resource_id: str, wanted: Sequence[str], replace: bool) -> bool:
    """Set the tags (or add to them); whether that changed anything."""
    known = set(of(scope, resource_id))
    gone = known - set(wanted) if replace else set()
    new = [tag for tag in wanted if tag not in known]
    scope.session.execute(delete(Tag).where(Tag.resource_id == resource_id, Tag.tag.in_(gone)))
    scope.session.add_all(Tag(resource_id=resource_id, tag=tag) for tag in new)
    scope.session.flush()
    return bool(gone or new)


def forget(scope: Scope, resource_id: str) -> None:
    scope.session.execute(delete(Tag).where(Tag.resource_id == resource_id))


def _words(values: list[str]) -> list[str]:
    return [word for value in values for word in value.split(",")]


def _all_of(table: Any, values: list[str]) -> Condition:
    words = set(_words(values))
    having = (
        select(Tag.resource_id)
        .where(Tag.tag.in_(words))
        .group_by(Tag.resource_id)
        .having(func.count() == len(words))
    )
    return table.id.in_(having)


def _any_of(table: Any, values: list[str]) -> Condition:
    return table.id.in_(select(Tag.resource_id).where(Tag.tag.in_(_words(values))))


FILTERS: dict[str, Callable[[Any, list[str]], Condition]] = {
    "tags": _all_of,
    "tags-any": _any_of,
    "not-tags": lambda table, values: ~_all_of(table, values),
    "not-tags-any": lambda table, values: ~_any_of(table, values),
}


def _row(call: Call, kind: Kind, id_: str, action: str) -> Any:
    """The resource, if the caller may do that with its tags. (Neutron looks for it as an administrator would.)"""
    row = by_id(call.scope, kind.table, id_)
    if row is None:
        raise not_found("TagResourceNotFound", f"Resource {kind.collection} {id_} could not be found.")
    may = kind.may_change(call.who, row) or (action == "get" and _may_read(call.scope, row))
    call.who.require(may, f"rule:{action}_{kind.resource}:tags")
    return row


def _may_read(scope: Scope, row: Any) -> bool:
    own = row.project_id == scope.who.project_id
    return scope.who.is_reader and (own or bool(sharing.shared(scope, [row.id])))


def _checked(tag: str) -> str:
    reason = validators.string(255)(tag)
    if reason:
        raise invalid_input(reason)
    return tag


def _body(call: Call) -> list[str]:
    if not isinstance(call.json, dict) and call.json is not None:
        raise BadJson("Body contains invalid data")
    if not isinstance(call.json, dict) or "tags" not in call.json:
        raise invalid_input("Invalid tags body")
    reason = validators.unique_strings(255)(call.json["tags"])
    if reason:
        raise invalid_input(reason)
    return list(call.json["tags"])


def _limit(kind: Kind, tags: Sequence[str]) -> None:
    if len(set(tags)) > MOST:
        raise refused(
            "BadRequest",
            f"Bad {kind.collection} request: The number of tags exceed the per-resource limit of {MOST}.",
        )


def many(kind: Kind) -> type:
    """The resource class for /v2.0/<collection>/{id_}/tags."""

    class Tags:
        def get(self, call: Call, id_: str) -> Reply:
            return Reply(200, {"tags": of(call.scope, _row(call, kind, id_, "get").id)})

        def post(self, call: Call, id_: str) -> Reply:
            return self._set(call, id_, "create", replace=False)

        def put(self, call: Call, id_: str) -> Reply:
            return self._set(call, id_, "update", replace=True)

        def _set(self, call: Call, id_: str, action: str, replace: bool) -> Reply:
            wanted = _body(call)
            row = _row(call, kind, id_, action)
            _limit(kind, wanted if replace else [*of(call.scope, row.id), *wanted])
            if put(call.scope, row.id, wanted, replace):
                changed(call.scope, row)
            return Reply(200, {"tags": wanted})

        def delete(self, call: Call, id_: str) -> Reply:
            row = _row(call, kind, id_, "delete")
            if put(call.scope, row.id, (), replace=True):
                changed(call.scope, row)
            return Reply(204)

    return Tags


def one(kind: Kind) -> type:
    """The resource class for /v2.0/<collection>/{id_}/tags/{tag}."""

    class OneTag:
        def get(self, call: Call, id_: str, tag: str) -> Reply:
            self._known(call, _row(call, kind, id_, "get"), _checked(tag))
            return Reply(204)

        def put(self, call: Call, id_: str, tag: str) -> Reply:
            row = _row(call, kind, id_, "update")
            _limit(kind, [*of(call.scope, row.id), _checked(tag)])
            if put(call.scope, row.id, [tag], replace=False):
                changed(call.scope, row)
            return Reply(201, raw=b"null")

        def delete(self, call: Call, id_: str, tag: str) -> Reply:
            row = _row(call, kind, id_, "delete")
            self._known(call, row, _checked(tag))
            call.scope.session.execute(delete(Tag).where(Tag.resource_id == row.id, Tag.tag == tag))
            changed(call.scope, row)
            return Reply(204)

        def _known(self, call: Call, row: Any, tag: str) -> None:
            if tag not in of(call.scope, row.id):
                raise not_found("TagNotFound", f"Tag {tag} could not be found.")

    return OneTag

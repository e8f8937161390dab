"""What the API layer needs to know of each kind of resource. A kind has the rules; the controller has the HTTP."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, select

from cloudlab.sim.clock import iso_z
from cloudlab.sim.errors import ApiError
from cloudlab.sim.neutron.attributes import UNSET, Attributes
from cloudlab.sim.neutron.faults import not_found
from cloudlab.sim.scope import Context, Scope

Json = dict[str, Any]
Condition = ColumnElement[bool]


class Kind:
    """One kind of resource: its attributes as data, its table, who sees what, and the four changes."""

    resource: ClassVar[str]
    collection: ClassVar[str]
    table: ClassVar[Any]
    attributes: ClassVar[Attributes]
    missing: ClassVar[tuple[str, str]]  # the error's type, and its sentence with {id}
    admins_only: ClassVar[bool] = False  # to make, change and delete
    special_filters: ClassVar[dict[str, Callable[[list[str], Context], Condition]]] = {}

    def visible(self, who: Context) -> Condition | None:
        """Which rows the caller may see; None for all."""
        return None if who.is_admin else self.table.project_id == who.project_id

    def one(self, scope: Scope, id_: str) -> Any:
        """The row, if the caller may see it. Raises NotFound."""
        query = select(self.table).where(self.table.id == id_)
        condition = self.visible(scope.who)
        row = scope.session.scalars(query if condition is None else query.where(condition)).first()
        if row is None:
            raise self.not_found(id_)
        return row

    @property
    def tagged(self) -> bool:
        return "tags" in self.attributes

    def not_found(self, id_: str) -> ApiError:
        return not_found(self.missing[0], self.missing[1].format(id=id_))

    def may_set(self, scope: Scope, name: str, data: Json) -> bool:
        """Whether the caller may set an attribute that has a policy of its own."""
        return scope.who.is_admin

    def may_change(self, who: Context, row: Any) -> bool:
        """Administrators, and (unless the kind is theirs alone) members of the project that has it."""
        return who.is_admin or (not self.admins_only and who.is_member and row.project_id == who.project_id)

    def permitted(self, scope: Scope, id_: str, action: str) -> Any:
        """The row, for an action with a path of its own. Raises NotFound, or PolicyDenied."""
        row = self.one(scope, id_)
        scope.who.require(self.may_change(scope.who, row), f"rule:{action}")
        return row

    def check_owner(self, scope: Scope, data: Json) -> None:
        """Whether the resource may be in the network it names."""

    def before(self, scope: Scope) -> None:
        """What must be there before a list or a create: the default group, where groups are listed."""

    def views(self, scope: Scope, rows: Sequence[Any], fields: frozenset[str]) -> list[Json]:
        """Rows as JSON; `fields` (when not empty) lets a kind leave out what nobody asked for."""
        raise NotImplementedError

    def created_view(self, scope: Scope, row: Any) -> Json:
        """What the answer to a create says; some kinds say more there."""
        return self.views(scope, [row], frozenset())[0]

    def updated_view(self, scope: Scope, row: Any) -> Json:
        """The same for an update."""
        return self.views(scope, [row], frozenset())[0]

    def create(self, scope: Scope, data: Json) -> Any:
        raise NotImplementedError

    def update(self, scope: Scope, row: Any, data: Json) -> None:
        """Set what was said; kinds with more rules do them first. What says nothing new is no change."""
        said = {self.attributes[name].column or name: value for name, value in data.items()}
        if any(getattr(row, name) != value for name, value in said.items()):
            changed(scope, row)
        for name, value in said.items():
            setattr(row, name, value)

    def delete(self, scope: Scope, row: Any) -> None:
        raise NotImplementedError


def changed(scope: Scope, row: Any) -> None:
    """The row's revision and time move on."""
    row.revision += 1
    row.updated_at = scope.now


def by_id(scope: Scope, table: Any, id_: str | None) -> Any:
    """The row, whoever asks; None when there is none."""
    return scope.session.scalars(select(table).where(table.id == id_)).first()


def given(data: Json, name: str, otherwise: Any) -> Any:
    """The attribute, or `otherwise` when the request left it open."""
    return otherwise if data.get(name, UNSET) is UNSET else data[name]


def said(data: Json, names: Iterable[str]) -> Json:
    """Those of the names that the request said something of."""
    return {name: data[name] for name in names if data.get(name, UNSET) is not UNSET}


def born(
    scope: Scope, kind: str, name: str, project_id: str, revision: int = 0, description: str | None = ""
) -> Json:
    """The standard columns of a new row."""
    return {
        "id": scope.uuid(kind, name, project_id),
        "project_id": project_id,
        "description": description,
        "created_at": scope.now,
        "updated_at": scope.now,
        "revision": revision,
    }


def standard_view(row: Any) -> Json:
    """The standard attributes as nearly every resource's JSON ends; the tags come later (`tags.fill`)."""
    return {
        "tags": [],
        "created_at": iso_z(row.created_at),
        "updated_at": iso_z(row.updated_at),
        "revision_number": row.revision,
        "project_id": row.project_id,
    }

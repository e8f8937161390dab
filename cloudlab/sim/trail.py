"""Which states servers, volumes and snapshots have been in, and when: the road that `lab.states` draws.

A room says which of its rows have a life (`watch`). From then on each change of their state becomes a row of TRAIL, in
the same transaction: what is rolled back leaves no trace, what is saved or killed keeps its road, and a request that
only reads never comes here. The time is the row's own, which its room sets with every change of state.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, delete, event, insert, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cloudlab.language import said
from cloudlab.sim.store import Base, UtcTime

if TYPE_CHECKING:
    from cloudlab.sim.cloud import Cloud

LIMIT = 5000  # changes of state that are remembered in all; the oldest go first
GONE, FAILURE = "gone", "(it fails)"


class Mark(Base):
    """One resource in one state, from `time` until its next mark. `name` is what the resource was called then."""

    __tablename__ = "trail"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str]
    id: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    state: Mapped[str]
    time: Mapped[datetime] = mapped_column(UtcTime)


@dataclass(frozen=True)
class Move:
    """One way from state to state. `by` is the call that begins it, "" for what follows by itself after `seconds`.

    `start` is "" for what makes the resource. `way` holds the moves of one call from one state together: the same
    status can be passed on the way to different ends. Seconds are those of the classroom profile.
    """

    start: str
    to: str
    by: str = ""
    seconds: float = 0.0
    way: str = ""


@dataclass(frozen=True)
class Kind:
    """What a room says of one of its tables: a row's state as the API shows it, and how one leads to another.

    `moves` gets the row, or None when that is gone.
    """

    name: str
    table: type[Any]
    state: Callable[[Any], str]
    moves: Callable[[Any], tuple[Move, ...]]


KINDS: dict[str, Kind] = {}
_ADD = insert(Mark)
_ROAD = select(Mark).where(Mark.id == bindparam("id")).order_by(Mark.number)
_FORGET = delete(Mark).where(Mark.number <= bindparam("last"))


def _unknown(kind: str, id: str) -> str:
    if kind:
        return said("There is no {kind} with the id {id}.", kind=said(kind), id=id)
    return said("There is no server, volume or snapshot with the id {id}.", id=id)


def watch(kind: Kind, columns: Iterable[str]) -> None:
    """Remember each state of the table's rows from now on. `columns` are those that the state is made of."""
    KINDS[kind.name] = kind
    names = tuple(columns)

    def made(mapper: Any, connection: Connection, row: Any) -> None:
        _note(connection, kind, row, kind.state(row))

    def changed(mapper: Any, connection: Connection, row: Any) -> None:
        attributes = inspect(row).attrs
        if any(attributes[name].history.has_changes() for name in names):
            _note(connection, kind, row, kind.state(row))

    def gone(mapper: Any, connection: Connection, row: Any) -> None:
        _note(connection, kind, row, GONE)

    event.listen(kind.table, "after_insert", made)
    event.listen(kind.table, "before_update", changed)
    event.listen(kind.table, "after_delete", gone)


def _note(connection: Connection, kind: Kind, row: Any, state: str) -> None:
    mark = {"kind": kind.name, "id": row.id, "name": row.name or "", "state": state, "time": _when(row)}
    (number,) = connection.execute(_ADD, mark).inserted_primary_key or (0,)
    if number > LIMIT:
        connection.execute(_FORGET, {"last": number - LIMIT})


class Unknown(Exception):
    """No such resource, now or in what is remembered."""


def tell(cloud: "Cloud", kind: str, id: str) -> dict[str, Any]:
    """A resource's machine, and its road so far, as plain data: kind, id, name, states, moves, path. Raises Unknown.

    `kind` may be "": the id alone is looked for. Times are ISO 8601, seconds those of this cloud's profile.
    """
    with cloud.looked_into() as session:
        marks = [mark for mark in session.scalars(_ROAD, {"id": id}) if kind in ("", mark.kind)]
        kinds = [one for one in KINDS.values() if one.name == (marks[0].kind if marks else kind or one.name)]
        rows = [(one, _row(session, one, id)) for one in kinds]
        of, row = next(
            ((one, row) for one, row in rows if row is not None), (kinds[0] if kinds else None, None)
        )
        if of is None or (row is None and not marks):
            raise Unknown(_unknown(kind, repr(id)))
        moves = of.moves(row)
        path = [(mark.state, mark.time) for mark in marks] or [(of.state(row), _when(row))]
        name = marks[-1].name if row is None else row.name or ""
    return {
        "kind": of.name,
        "id": id,
        "name": name,
        "states": list(dict.fromkeys(state for move in moves for state in (move.start, move.to) if state)),
        "moves": [_plain(move, cloud.pace) for move in moves],
        "path": [{"state": state, "time": time.isoformat()} for state, time in path],
    }


def _row(session: Session, kind: Kind, id: str) -> Any:
    return session.scalars(select(kind.table).where(kind.table.id == id)).first()


def _when(row: Any) -> datetime:
    """When a row's state last changed, by the row itself."""
    return row.updated_at or row.created_at


def _plain(move: Move, pace: float) -> dict[str, Any]:
    seconds = move.seconds * pace
    return {"from": move.start, "to": move.to, "by": move.by, "seconds": seconds, "way": move.way}

"""What is due, and when. An asynchronous step is a row with a due time; `run_due` runs each at its own time.

A handler checks its precondition again when it runs (the server may be gone by then). Nothing here needs a thread:
`run_due` is called before each request, and by a ticker where there are sockets.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cloudlab.sim.store import Base, UtcTime

if TYPE_CHECKING:
    from cloudlab.sim.scope import Scope

Handler = Callable[..., None]
HANDLERS: dict[str, Handler] = {}
PROCESSES: dict[str, str] = {}  # of those that are not their service's worker


class Task(Base):
    """One step to come: which handler (`kind`), with which arguments, when."""

    __tablename__ = "task"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    due: Mapped[datetime] = mapped_column(UtcTime, index=True)
    kind: Mapped[str]
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    context: Mapped[dict[str, Any] | None] = mapped_column(JSON)


def handler(kind: str, process: str = "") -> Callable[[Handler], Handler]:
    """Register `function(scope, **arguments)` to run for tasks of this kind, such as 'nova.spawn'.

    `process` does it, if it isn't the service's worker.
    """

    def register(function: Handler) -> Handler:
        if kind in HANDLERS:
            raise ValueError(f"two handlers for {kind}")
        if process:
            PROCESSES[kind] = process
        HANDLERS[kind] = function
        return function

    return register


def later(scope: "Scope", seconds: float, kind: str, **arguments: Any) -> None:
    """Put a task `seconds` (of the classroom profile; the scope's profile scales them) after the scope's moment."""
    if kind not in HANDLERS:
        raise KeyError(f"no handler for {kind}")
    due = scope.moment + timedelta(seconds=seconds * scope.cloud.pace)
    context = scope.context.as_dict() if scope.context else None
    scope.cloud.expect_task(due)
    scope.session.add(Task(due=due, kind=kind, arguments=arguments, context=context))


# Asked before every request: building the query anew would cost as much as running it.
_NEXT_DUE = select(Task).where(Task.due <= bindparam("now")).order_by(Task.due, Task.id).limit(1)


def next_due(session: Session, now: datetime) -> Task | None:
    """The earliest task that is due by `now`, the first made first among equals."""
    return session.scalars(_NEXT_DUE, {"now": now}).first()


def first(session: Session) -> Task | None:
    """The next task, whenever it is due."""
    return session.scalars(select(Task).order_by(Task.due, Task.id).limit(1)).first()


def next_time(session: Session) -> datetime | None:
    """When the next task is due, if there is one."""
    return session.scalars(select(Task.due).order_by(Task.due).limit(1)).first()

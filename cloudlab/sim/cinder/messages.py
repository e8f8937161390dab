"""What went wrong after the answer was given, told to the project (API reference: Messages, from 3.3)."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Mapped, mapped_column

from cloudlab.sim.cinder.faults import no_such
from cloudlab.sim.cinder.filters import RESOURCE_FILTERS, conditions, wanted
from cloudlab.sim.cinder.gate import since
from cloudlab.sim.cinder.paging import listed, next_link, page
from cloudlab.sim.cinder.views import links, when
from cloudlab.sim.scope import Scope
from cloudlab.sim.store import Base, UtcTime
from cloudlab.sim.web import Call, Reply

KEPT = timedelta(days=30)
NOT_MADE = ("008", "012", "create volume from backend storage:Driver failed to create the volume.")
NOT_EXTENDED = ("007", "010", "extend volume:Volume Driver failed to extend volume.")
NO_SNAPSHOT = ("009", "013", "create snapshot:Snapshot failed to create.")
NO_ROOM = ("007", "003", "extend volume:Could not find any available weighted backend.")
NO_BACKEND = ("001", "003", "schedule allocate volume:Could not find any available weighted backend.")


class Message(Base):
    __tablename__ = "cinder_message"
    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = mapped_column(index=True)
    event_id: Mapped[str]
    user_message: Mapped[str]
    message_level: Mapped[str] = mapped_column(default="ERROR")
    request_id: Mapped[str]
    resource_type: Mapped[str]
    resource_uuid: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcTime)


def tell(
    scope: Scope,
    what: tuple[str, str, str],
    project_id: str,
    id: str,
    kind: str = "VOLUME",
    earlier: int = 0,
) -> None:
    """Leave a message about a volume (or a snapshot: `kind` VOLUME_SNAPSHOT).

    `what` is (action, detail, sentence), as cinder numbers them; `earlier`: so many microseconds before now.
    """
    action, detail, sentence = what
    scope.session.add(
        Message(
            id=scope.uuid("message", id, project_id),
            project_id=project_id,
            event_id=f"VOLUME_{kind}_{action}_{detail}",
            user_message=sentence,
            request_id=scope.request_id,
            resource_type=kind,
            resource_uuid=id,
            created_at=scope.now - timedelta(microseconds=earlier),
        )
    )


def _body(call: Call, row: Message) -> dict[str, Any]:
    return {
        "id": row.id,
        "event_id": row.event_id,
        "user_message": row.user_message,
        "message_level": row.message_level,
        "created_at": when(row.created_at),
        "guaranteed_until": when(row.created_at + KEPT),
        "request_id": row.request_id,
        "links": links(call, f"messages/{row.id}"),
        "resource_type": row.resource_type,
        "resource_uuid": row.resource_uuid,
    }


def _visible(scope: Scope) -> Select[Any]:
    query = select(Message)
    return query if scope.who.is_admin else query.where(Message.project_id == scope.who.project_id)


def _get(scope: Scope, id: str) -> Message:
    row = scope.session.scalars(_visible(scope).where(Message.id == id)).first()
    if row is None:
        raise no_such("Message", id)
    return row


class Messages:
    """GET /messages; filters and pages from 3.5"""

    def get(self, call: Call) -> dict[str, Any]:
        since(call, 3)
        if not call.at_least(5):
            everything = call.scope.session.scalars(_visible(call.scope).order_by(Message.created_at.desc()))
            return {"messages": [_body(call, row) for row in everything]}
        asked_page = page(call)
        filters = wanted(call, RESOURCE_FILTERS["message"])
        query = _visible(call.scope).where(*conditions(Message, filters))
        rows = listed(call, query, Message, asked_page, _get)
        return {
            "messages": [_body(call, row) for row in rows],
            **next_link(call, asked_page, rows, "messages", "messages"),
        }


class OneMessage:
    """GET and DELETE /messages/{id}"""

    def get(self, call: Call, id: str) -> dict[str, Any]:
        since(call, 3)
        return {"message": _body(call, _get(call.scope, id))}

    def delete(self, call: Call, id: str) -> Reply:
        since(call, 3)
        call.scope.session.delete(_get(call.scope, id))
        return Reply(204, raw=b"")

"""Glance's tasks: what an import is doing, kept two days after its end."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from cloudlab.sim.glance.model import Image
from cloudlab.sim.scope import Scope
from cloudlab.sim.store import Base, UtcTime

KEPT = timedelta(hours=48)


class ImportTask(Base):
    """`status` is pending, processing, success or failure."""

    __tablename__ = "glance_task"
    id: Mapped[str] = mapped_column(primary_key=True)
    image_id: Mapped[str] = mapped_column(index=True)
    owner: Mapped[str | None]
    user_id: Mapped[str]
    request_id: Mapped[str]
    status: Mapped[str] = mapped_column(default="pending")
    input: Mapped[dict[str, Any]] = mapped_column(JSON)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    message: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime)


def begin(scope: Scope, image: Image, asked: dict[str, Any]) -> ImportTask:
    task = ImportTask(
        id=scope.uuid("glance task", image.id),
        image_id=image.id,
        owner=scope.who.project_id,
        user_id=scope.who.user_id,
        request_id=scope.request_id,
        status="pending",
        input={"image_id": image.id, **asked},
        message="",
        created_at=scope.now,
        updated_at=scope.now,
    )
    scope.session.add(task)
    return task


def end(scope: Scope, task: ImportTask, ok: bool, message: str) -> None:
    task.status, task.message = "success" if ok else "failure", message
    task.result = {"image_id": task.image_id} if ok else None
    task.updated_at, task.expires_at = scope.now, scope.now + KEPT

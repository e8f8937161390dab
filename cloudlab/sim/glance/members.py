"""Members of a shared image: the projects that may see it, and what each thinks of it (API reference: Sharing).

The owner adds and removes members; only a member says whether it accepts (seen on 2025.2).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from cloudlab.sim.clock import iso_z
from cloudlab.sim.errors import BadRequest, Conflict, Forbidden, NotFound, TooLarge
from cloudlab.sim.glance import model
from cloudlab.sim.glance.model import Image, Member
from cloudlab.sim.web import Call, Reply

MOST = 128  # members of one image, glance's default quota
STATUSES = ("pending", "accepted", "rejected")


def _body(row: Member) -> dict[str, Any]:
    return {
        "member_id": row.member_id,
        "image_id": row.image_id,
        "status": row.status,
        "created_at": iso_z(row.created_at),
        "updated_at": iso_z(row.updated_at),
        "schema": "/v2/schemas/member",
    }


def _shared(call: Call, image_id: str, verb: str, why: str = ".") -> Image:
    """A visible image that can have members. Raises NotFound, Forbidden."""
    image = model.find(call.scope, image_id, otherwise=f"Image {image_id} not found.")
    if image.visibility != "shared":
        raise Forbidden(f"Not allowed to {verb} members for image {image_id}{why}")
    return image


def _visible(call: Call, image: Image) -> list[Member]:
    """All members to the owner, its own entry to a member."""
    query = select(Member).filter_by(image_id=image.id).order_by(Member.created_at)
    if not call.who.is_admin and image.owner != call.who.project_id:
        query = query.where(Member.member_id == call.who.project_id)
    return list(call.scope.session.scalars(query))


def _one(call: Call, image: Image, member_id: str) -> Member:
    for row in _visible(call, image):
        if row.member_id == member_id:
            return row
    raise NotFound(f"{member_id} not found in the member list of the image {image.id}.")


class Members:
    """GET and POST /images/{id}/members"""

    def get(self, call: Call, image_id: str) -> dict[str, Any]:
        image = _shared(call, image_id, "list", ": Only shared images have members.")
        return {"members": [_body(row) for row in _visible(call, image)], "schema": "/v2/schemas/members"}

    def post(self, call: Call, image_id: str) -> dict[str, Any]:
        member_id = _asked_member(call.json)
        image = _shared(call, image_id, "create")
        model.may_change(call.who, image, "add_member")
        session = call.scope.session
        if session.get(Member, (image.id, member_id)):
            raise Conflict(f"Member {member_id} is duplicated for image {image.id}")
        count = session.scalar(select(func.count()).select_from(Member).filter_by(image_id=image.id)) or 0
        if count >= MOST:
            raise TooLarge(
                "The limit has been exceeded on the number of allowed image members for this image. "
                f"Attempted: {count + 1}, Maximum: {MOST}"
            )
        now: datetime = call.scope.now
        row = Member(image_id=image.id, member_id=member_id, status="pending", created_at=now, updated_at=now)
        session.add(row)
        return _body(row)


def _asked_member(body: Any) -> str:
    form = 'Expected a member in the form: {"member": "image_id"}'
    if not isinstance(body, dict):
        raise BadRequest(form)
    if "member" not in body:
        raise BadRequest("Member to be added not specified")
    if not body["member"]:
        raise BadRequest("Member can't be empty")
    if not isinstance(body["member"], str) or len(body["member"]) > 255:
        raise BadRequest(form)
    return body["member"]


class OneMember:
    """GET, PUT and DELETE /images/{id}/members/{member}"""

    def get(self, call: Call, image_id: str, member_id: str) -> dict[str, Any]:
        image = _shared(call, image_id, "list", ": Only shared images have members.")
        return _body(_one(call, image, member_id))

    def put(self, call: Call, image_id: str, member_id: str) -> dict[str, Any]:
        """What the member thinks of the image: only an accepted one is in its lists."""
        status = _asked_status(call.json)
        image = _shared(call, image_id, "update")
        row = _one(call, image, member_id)
        own = call.who.is_member and row.member_id == call.who.project_id
        model.allow(call.who.is_admin or own, "modify_member")
        if status not in STATUSES:
            raise BadRequest('Incorrect request: Status must be "pending", "accepted" or "rejected".')
        row.status, row.updated_at = str(status), call.scope.now
        return _body(row)

    def delete(self, call: Call, image_id: str, member_id: str) -> Reply:
        image = _shared(call, image_id, "delete")
        model.may_change(call.who, image, "delete_member")
        call.scope.session.delete(_one(call, image, member_id))
        return Reply(204)


def _asked_status(body: Any) -> Any:
    if not isinstance(body, dict):
        raise BadRequest('Expected a status in the form: {"status": "status"}')
    if "status" not in body:
        raise BadRequest("Status not specified")
    return body["status"]

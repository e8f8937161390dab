"""The attachments API, from 3.27 (API reference: Block Storage v3, Attachments): nova uses it for its servers."""

from typing import Any

from cloudlab.sim import processes
from cloudlab.sim.cinder import attachments_model, schemas
from cloudlab.sim.cinder.bodies import asked, flag, only
from cloudlab.sim.cinder.faults import no_such_action
from cloudlab.sim.cinder.filters import RESOURCE_FILTERS, conditions, wanted
from cloudlab.sim.cinder.gate import since
from cloudlab.sim.cinder.model import Attachment, Volume, get_volume
from cloudlab.sim.cinder.paging import listed, page
from cloudlab.sim.cinder.views import attachment_body, attachment_summary
from cloudlab.sim.cinder.volume_actions import by_service
from cloudlab.sim.errors import ApiError
from cloudlab.sim.web import Call, Reply

COLUMNS = {"instance_id": "instance_uuid", "attach_status": "status"}  # filter → our column
SORT = {"attach_status": "status"}


def _list(call: Call, detail: bool) -> dict[str, Any]:
    since(call, 27)
    asked_page = page(call, aliases=SORT)
    given = wanted(call, RESOURCE_FILTERS["attachment"])
    filters = {COLUMNS.get(name, name): value for name, value in given.items()}
    everybody = call.who.is_admin and flag(call, "all_tenants")
    filters.pop("all_tenants", None)
    query = attachments_model.of_project(call.scope, everybody).where(*conditions(Attachment, filters))
    rows = listed(call, query, Attachment, asked_page, attachments_model.get)
    return {"attachments": [attachment_body(row) if detail else attachment_summary(row) for row in rows]}


class Attachments:
    """GET and POST /attachments"""

    def get(self, call: Call) -> dict[str, Any]:
        return _list(call, detail=False)

    def post(self, call: Call) -> dict[str, Any]:
        """Reserve a volume; with a connector, export it as well (recording cinder/113_attachment_create)."""
        since(call, 27)
        body = asked(call, schemas.at(schemas.CREATE_ATTACHMENT, call.version[1]))["attachment"]
        volume = get_volume(call.scope, body["volume_uuid"])
        mode = body.get("mode", "null")
        attachment = attachments_model.create(call.scope, volume, body.get("instance_uuid"), mode)
        shown = attachment_body(attachment)
        if body.get("connector"):
            shown["connection_info"] = attachments_model.connect(call.scope, attachment, body["connector"])
        return {"attachment": shown}


class AttachmentsDetail:
    """GET /attachments/detail"""

    def get(self, call: Call) -> dict[str, Any]:
        return _list(call, detail=True)


class OneAttachment:
    """GET, PUT and DELETE /attachments/{id}"""

    def get(self, call: Call, id: str) -> dict[str, Any]:
        since(call, 27)
        return {"attachment": attachment_body(attachments_model.get(call.scope, id))}

    def put(self, call: Call, id: str) -> dict[str, Any]:
        """Tell where the server is. The answer has the new connection, the rest is as before (recording cinder/117)."""
        since(call, 27)
        connector = asked(call, schemas.UPDATE_ATTACHMENT)["attachment"]["connector"]
        attachment = attachments_model.get(call.scope, id)
        shown = attachment_body(attachment)
        shown["connection_info"] = attachments_model.connect(call.scope, attachment, connector)
        return {"attachment": shown}

    def delete(self, call: Call, id: str) -> dict[str, Any]:
        """Free the volume; what other attachments it has (recording cinder/125_attachment_delete)."""
        since(call, 27)
        attachment = attachments_model.get(call.scope, id)
        attachments_model.check_free_to_detach(call.scope, attachment, by_service(call))
        volume = call.scope.session.get_one(Volume, attachment.volume_id)
        call.scope.message("call", processes.VOLUME, "attachment_delete", f"{attachment.id} {volume.id}")
        if call.cloud.faults.driver_fails("detach"):
            raise ApiError("the driver failed in terminate_connection")
        left = attachments_model.free(call.scope, volume, attachment)
        return {"attachments": [attachment_summary(row) for row in left]}


class AttachmentAction:
    """POST /attachments/{id}/action: os-complete, from 3.44"""

    def post(self, call: Call, id: str) -> Reply:
        name = only(call)
        if name != "os-complete":
            raise no_such_action(name)
        since(call, 44)
        asked(call, schemas.COMPLETE_ATTACHMENT)
        attachment = attachments_model.get(call.scope, id)
        attachments_model.complete(call.scope, attachment)
        return Reply(204, raw=b"")

"""Transfers of volumes over HTTP, under their old path and their new one (from 3.55), which answer alike."""

from typing import Any

from cloudlab.sim.cinder import schemas, transfers_model
from cloudlab.sim.cinder.bodies import accepted, asked, flag, truth
from cloudlab.sim.cinder.filters import conditions
from cloudlab.sim.cinder.model import get_volume
from cloudlab.sim.cinder.paging import MOST_ROWS, PAGING, Page, listed, next_link, page
from cloudlab.sim.cinder.transfers_model import Transfer
from cloudlab.sim.cinder.views import links, when
from cloudlab.sim.clock import iso_micro
from cloudlab.sim.web import Call, Reply

PATH = "os-volume-transfer"
PAGED = 59  # from this minor version on lists have pages
OLDEST_FIRST = Page(MOST_ROWS, 0, None, (("created_at", "asc"), ("id", "asc")))


def _summary(call: Call, transfer: Transfer) -> dict[str, Any]:
    return {
        "id": transfer.id,
        "volume_id": transfer.volume_id,
        "name": transfer.name,
        "links": links(call, f"{PATH}/{transfer.id}"),
    }


def _body(call: Call, transfer: Transfer) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": transfer.id,
        "created_at": when(transfer.created_at),
        "name": transfer.name,
        "volume_id": transfer.volume_id,
        "links": links(call, f"{PATH}/{transfer.id}"),
    }
    if call.at_least(55):
        body["no_snapshots"] = transfer.no_snapshots
    if call.at_least(57):
        body["source_project_id"] = transfer.source_project_id
        body["destination_project_id"], body["accepted"] = None, False
    return body


def _list(call: Call, detail: bool) -> dict[str, Any]:
    """The open offers. Before 3.59 there are no pages, and `limit` is a filter that nothing fits."""
    paged = call.at_least(PAGED)
    asked_page = page(call) if paged else OLDEST_FIRST
    filters = {
        name: value for name, value in call.query if name != "all_tenants" and not (paged and name in PAGING)
    }
    everybody = call.who.is_admin and flag(call, "all_tenants")
    query = transfers_model.of_project(call.scope, everybody).where(*conditions(Transfer, filters))
    rows = listed(call, query, Transfer, asked_page, transfers_model.get)
    return {
        "transfers": [(_body if detail else _summary)(call, row) for row in rows],
        **next_link(call, asked_page, rows, "transfers", PATH),
    }


class Transfers:
    """GET and POST /os-volume-transfer and /volume-transfers (recording cinder/138_transfer_create)"""

    def get(self, call: Call) -> dict[str, Any]:
        return _list(call, detail=False)

    def post(self, call: Call) -> Reply:
        """Offer a volume. The answer is the only place that ever shows the key."""
        # The older path never learnt more than it knew at first.
        minor = 0 if PATH in call.path else call.version[1]
        wish = asked(call, schemas.at(schemas.CREATE_TRANSFER, minor))["transfer"]
        volume = get_volume(call.scope, wish["volume_id"])
        name = wish["name"].strip() if wish.get("name") is not None else None
        transfer, key = transfers_model.create(
            call.scope, volume, name, truth(wish.get("no_snapshots", False))
        )
        shown = {**_body(call, transfer), "created_at": iso_micro(transfer.created_at), "auth_key": key}
        return Reply(202, {"transfer": shown})


class TransfersDetail:
    """GET …/detail"""

    def get(self, call: Call) -> dict[str, Any]:
        return _list(call, detail=True)


class OneTransfer:
    """GET and DELETE …/{id} (recording cinder/140_transfer_delete)"""

    def get(self, call: Call, id: str) -> dict[str, Any]:
        return {"transfer": _body(call, transfers_model.get(call.scope, id))}

    def delete(self, call: Call, id: str) -> Reply:
        transfers_model.withdraw(call.scope, transfers_model.get(call.scope, id))
        return accepted()


class AcceptTransfer:
    """POST …/{id}/accept: whoever has the key takes the volume"""

    def post(self, call: Call, id: str) -> Reply:
        key = asked(call, schemas.ACCEPT_TRANSFER)["accept"]["auth_key"]
        return Reply(202, {"transfer": _summary(call, transfers_model.accept(call.scope, id, str(key)))})

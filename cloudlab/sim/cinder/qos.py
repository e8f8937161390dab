"""QoS specs: limits on a volume's speed, for administrators, who tie them to volume types (API reference: QoS specs).

Nothing here makes a volume slower: there are no disks. What is said about the specs is what the real service says
(seen on 2025.2).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from cloudlab.sim.cinder import schemas
from cloudlab.sim.cinder.bodies import accepted, asked, flag
from cloudlab.sim.cinder.faults import invalid_input
from cloudlab.sim.cinder.filters import conditions
from cloudlab.sim.cinder.model import Strings, VolumeType, get_type
from cloudlab.sim.cinder.paging import PAGING, cut, page
from cloudlab.sim.cinder.views import links
from cloudlab.sim.errors import BadRequest, Conflict, NotFound
from cloudlab.sim.scope import Scope
from cloudlab.sim.store import Base, UtcTime
from cloudlab.sim.web import Call, Reply

# The real table has no such columns: no list is sorted or filtered by them.
NOT_COLUMNS = ("name", "consumer", "specs")
CONSUMERS = ("back-end", "front-end", "both")
RULE = "volume_extension:qos_specs_manage"


class QosSpecs(Base):
    __tablename__ = "cinder_qos"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    consumer: Mapped[str]
    specs: Mapped[dict[str, str]] = mapped_column(Strings, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


def _get(scope: Scope, id: str) -> QosSpecs:
    found = scope.session.get(QosSpecs, id)
    if found is None:
        raise NotFound(f"No such QoS spec {id}.")
    return found


def _summary(row: QosSpecs) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "consumer": row.consumer, "specs": dict(row.specs)}


def _body(call: Call, row: QosSpecs) -> dict[str, Any]:
    return {"qos_specs": _summary(row), "links": links(call, f"qos-specs/{row.id}")}


def _consumer(value: Any) -> str:
    if value not in CONSUMERS:
        raise BadRequest(
            "Invalid qos specs: Valid consumer of QoS specs are: QoSConsumerValues(default=<class "
            f"'oslo_versionedobjects.fields.UnspecifiedDefault'>,nullable=False,valid_values={CONSUMERS})"
        )
    return str(value)


def _types_of(scope: Scope, row: QosSpecs) -> list[VolumeType]:
    return list(scope.session.scalars(select(VolumeType).filter_by(qos_specs_id=row.id)))


class AllQos:
    """GET and POST /qos-specs"""

    def get(self, call: Call) -> dict[str, Any]:
        call.who.require(call.who.is_admin, f"{RULE}:get_all")
        asked_page = page(call)
        if any(key in NOT_COLUMNS for key, _ in asked_page.keys):
            raise invalid_input("Invalid sort key")
        given = [(name, value) for name, value in call.query if name not in PAGING]
        filters = {"" if name in NOT_COLUMNS else name: value for name, value in given}
        marker = _get(call.scope, asked_page.marker) if asked_page.marker is not None else None
        query = select(QosSpecs).where(*conditions(QosSpecs, filters))
        rows = call.scope.session.scalars(cut(query, QosSpecs, asked_page, marker))
        return {"qos_specs": [_summary(row) for row in rows]}

    def post(self, call: Call) -> dict[str, Any]:
        wish = dict(asked(call, schemas.CREATE_QOS)["qos_specs"])
        call.who.require(call.who.is_admin, f"{RULE}:create")
        name, consumer = wish.pop("name").strip(), _consumer(wish.pop("consumer", "back-end"))
        specs = {key: value for key, value in wish.items() if value is not None}
        for key, value in specs.items():
            if not isinstance(value, str):
                raise invalid_input(f'Value for key "{key}" is not a string or unicode')
        if call.scope.session.scalars(select(QosSpecs).filter_by(name=name)).first():
            raise Conflict(f"QoS Specs {name} already exists.")
        row = QosSpecs(
            id=call.scope.uuid("qos", name),
            name=name,
            consumer=consumer,
            specs=specs,
            created_at=call.scope.now,
        )
        call.scope.session.add(row)
        return _body(call, row)


class OneQos:
    """GET, PUT and DELETE /qos-specs/{id}"""

    def get(self, call: Call, id: str) -> dict[str, Any]:
        call.who.require(call.who.is_admin, f"{RULE}:get")
        return _body(call, _get(call.scope, id))

    def put(self, call: Call, id: str) -> dict[str, Any]:
        """Add and change specs; the answer repeats the wish."""
        body = asked(call, schemas.SET_QOS)
        call.who.require(call.who.is_admin, f"{RULE}:update")
        row, wish = _get(call.scope, id), dict(body["qos_specs"])
        if "consumer" in wish:
            row.consumer = _consumer(wish.pop("consumer"))
        row.specs = {**row.specs, **{key: value for key, value in wish.items() if value is not None}}
        return body

    def delete(self, call: Call, id: str) -> Reply:
        call.who.require(call.who.is_admin, f"{RULE}:delete")
        force = flag(call, "force")
        row = _get(call.scope, id)
        tied = _types_of(call.scope, row)
        if tied and not force:
            raise BadRequest("Qos specs still in use.")
        for volume_type in tied:
            volume_type.qos_specs_id = None
        call.scope.session.delete(row)
        return accepted()


class DeleteKeys:
    """PUT /qos-specs/{id}/delete_keys"""

    def put(self, call: Call, id: str) -> Reply:
        keys = asked(call, schemas.UNSET_QOS)["keys"]
        call.who.require(call.who.is_admin, f"{RULE}:delete")
        row = _get(call.scope, id)
        for key in keys:
            if key not in row.specs:
                call.scope.kept = True  # the keys before this one are gone, as on the real cloud
                raise NotFound(f"QoS spec {id} has no spec with key {key}.")
            row.specs = {name: value for name, value in row.specs.items() if name != key}
        return accepted()


class Associations:
    """GET /qos-specs/{id}/associations: the types that these specs are for"""

    def get(self, call: Call, id: str) -> dict[str, Any]:
        call.who.require(call.who.is_admin, f"{RULE}:get_all")
        row = _get(call.scope, id)
        return {
            "qos_associations": [
                {"association_type": "volume_type", "name": tied.name, "id": tied.id}
                for tied in _types_of(call.scope, row)
            ]
        }


def _asked_type(call: Call) -> VolumeType:
    id = call.param("vol_type_id")
    if id is None:
        raise BadRequest("Volume Type id must not be None.")
    return get_type(call.scope, id)


class Associate:
    """GET /qos-specs/{id}/associate?vol_type_id=…: a GET that changes something"""

    def get(self, call: Call, id: str) -> Reply:
        call.who.require(call.who.is_admin, f"{RULE}:update")
        volume_type = _asked_type(call)
        row = _get(call.scope, id)
        if volume_type.qos_specs_id not in (None, row.id):
            raise BadRequest(
                f"Invalid volume type: Type {volume_type.id} is already associated with another qos specs: "
                f"{volume_type.qos_specs_id}"
            )
        volume_type.qos_specs_id = row.id
        return accepted()


class Disassociate:
    """GET /qos-specs/{id}/disassociate?vol_type_id=…"""

    def get(self, call: Call, id: str) -> Reply:
        call.who.require(call.who.is_admin, f"{RULE}:update")
        volume_type = _asked_type(call)
        _get(call.scope, id)
        volume_type.qos_specs_id = None
        return accepted()


class DisassociateAll:
    """GET /qos-specs/{id}/disassociate_all"""

    def get(self, call: Call, id: str) -> Reply:
        call.who.require(call.who.is_admin, f"{RULE}:update")
        for volume_type in _types_of(call.scope, _get(call.scope, id)):
            volume_type.qos_specs_id = None
        return accepted()

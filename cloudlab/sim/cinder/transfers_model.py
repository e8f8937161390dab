"""A volume changes hands: its owner offers it, who knows the key takes it (API reference: Volume transfers)."""

import hashlib
import hmac
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Mapped, mapped_column

from cloudlab.sim.cinder.faults import OverQuota, invalid_snapshot, invalid_volume, no_such
from cloudlab.sim.cinder.model import Snapshot, Volume, VolumeType, touch
from cloudlab.sim.cinder.quotas_model import check_size, reserve
from cloudlab.sim.errors import BadRequest
from cloudlab.sim.scope import Scope
from cloudlab.sim.store import Base, UtcTime

SALT, KEY = 4, 8  # bytes; each is two hex digits on the wire


class Transfer(Base):
    """An offer that nobody has taken yet. The key itself is not kept."""

    __tablename__ = "cinder_transfer"
    id: Mapped[str] = mapped_column(primary_key=True)
    volume_id: Mapped[str] = mapped_column(index=True)
    name: Mapped[str | None]
    salt: Mapped[str]
    crypt_hash: Mapped[str]
    no_snapshots: Mapped[bool] = mapped_column(default=False)
    source_project_id: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


def of_project(scope: Scope, everybody: bool) -> Select[Any]:
    """A query for the offers that the caller may see: those of its project's volumes."""
    query = select(Transfer).join(Volume, Volume.id == Transfer.volume_id)
    return query if everybody else query.where(Volume.project_id == scope.who.project_id)


def get(scope: Scope, id: str) -> Transfer:
    """An offer of the caller's project; any, for an administrator. Raises NotFound."""
    query = of_project(scope, scope.who.is_admin).where(Transfer.id == id)
    transfer = scope.session.scalars(query).first()
    if transfer is None:
        raise no_such("Transfer", id)
    return transfer


def create(scope: Scope, volume: Volume, name: str | None, no_snapshots: bool) -> tuple[Transfer, str]:
    """Offer a volume: the offer, and the key that opens it. Raises BadRequest (seen on 2025.2)."""
    if volume.status != "available":
        raise invalid_volume("status must be available")
    for snapshot in [] if no_snapshots else _snapshots(scope, volume):
        if snapshot.status != "available":
            raise invalid_snapshot(f"snapshot: {snapshot.id} status must be available")
    salt, key = (scope.cloud.ids.random_bytes(n).hex() for n in (SALT, KEY))
    transfer = Transfer(
        id=scope.uuid("transfer", name, volume.project_id),
        volume_id=volume.id,
        name=name,
        salt=salt,
        crypt_hash=_crypt(salt, key),
        no_snapshots=no_snapshots,
        source_project_id=volume.project_id,
        created_at=scope.now,
    )
    scope.session.add(transfer)
    touch(scope, volume, status="awaiting-transfer")
    return transfer, key


def _crypt(salt: str, key: str) -> str:
    return hmac.new(salt.encode(), key.encode(), hashlib.sha1).hexdigest()


def _snapshots(scope: Scope, volume: Volume) -> list[Snapshot]:
    return list(scope.session.scalars(select(Snapshot).filter_by(volume_id=volume.id)))


def withdraw(scope: Scope, transfer: Transfer) -> None:
    """Take an offer back; the volume is its owner's as before."""
    volume = scope.session.get(Volume, transfer.volume_id)
    if volume is not None and volume.status == "awaiting-transfer":
        touch(scope, volume, status="available")
    scope.session.delete(transfer)


def accept(scope: Scope, id: str, key: str) -> Transfer:
    """The volume, and its snapshots unless they stay behind, belong to the caller from now on.

    Raises NotFound, BadRequest and OverQuota.
    """
    transfer = scope.session.get(Transfer, id)
    volume = scope.session.get(Volume, transfer.volume_id) if transfer else None
    if transfer is None or volume is None:
        raise no_such("Transfer", id)
    if not hmac.compare_digest(_crypt(transfer.salt, key), transfer.crypt_hash):
        raise BadRequest(f"Invalid auth key: Attempt to transfer {id} with invalid auth key.")
    snapshots = [] if transfer.no_snapshots else _snapshots(scope, volume)
    _reserve(scope, volume, snapshots)
    if volume.status != "awaiting-transfer":
        raise invalid_volume(f"Transfer {id}: Volume id {volume.id} expected in awaiting-transfer state.")
    owner = {"project_id": scope.who.project_id, "user_id": scope.who.user_id}
    for snapshot in snapshots:
        if snapshot.status != "available":
            raise invalid_snapshot(
                f"Transfer {id}: Snapshot {snapshot.id} is not in the expected available state."
            )
        touch(scope, snapshot, **owner)
    touch(scope, volume, status="available", **owner)
    scope.session.delete(transfer)
    return transfer


def _reserve(scope: Scope, volume: Volume, snapshots: list[Snapshot]) -> None:
    """Whether the new owner has room for all of it. Raises OverQuota."""
    project_id = scope.who.project_id or ""
    volume_type = scope.session.get_one(VolumeType, volume.volume_type_id)
    check_size(scope, project_id, volume.size)
    sizes = sum(snapshot.volume_size for snapshot in snapshots)
    try:
        reserve(scope, project_id, volume_type, {"volumes": 1, "gigabytes": volume.size}, volume.size)
        if snapshots:
            wanted = {"snapshots": len(snapshots), "gigabytes": volume.size + sizes}
            reserve(scope, project_id, volume_type, wanted, sizes)
    except OverQuota as error:
        # This one sentence comes without the name of the error in front, unlike everywhere else.
        raise OverQuota(error.message.removeprefix("VolumeSizeExceedsAvailableQuota: ")) from None

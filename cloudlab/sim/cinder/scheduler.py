"""Whether there is a place for a volume: the one back end, unless it is off, full, or the type wants another."""

from sqlalchemy import func, select

from cloudlab.sim.cinder.model import DEFAULT_TYPE, VOLUME_SERVICE, CinderService, Volume, VolumeType
from cloudlab.sim.scope import Scope

CAPACITY = 1000  # GiB
OVER_SUBSCRIPTION = 20  # thin volumes: so many times more is promised than there is


def back_end(scope: Scope) -> CinderService | None:
    """The process that makes volumes, unless it is switched off."""
    query = select(CinderService).filter_by(binary=VOLUME_SERVICE, disabled=False)
    return scope.session.scalars(query).first()


def place_for(scope: Scope, volume_type: VolumeType) -> CinderService | None:
    """The process that would make the volume, or None."""
    wanted = volume_type.extra_specs.get("volume_backend_name")
    return back_end(scope) if wanted in (None, DEFAULT_TYPE) else None


def has_room(scope: Scope, more: int) -> bool:
    """Whether the back end would promise so many GiB more (recording limits: volume_too_large)."""
    promised = scope.session.scalar(select(func.sum(Volume.size)).where(Volume.host.is_not(None))) or 0
    return promised + more <= CAPACITY * OVER_SUBSCRIPTION

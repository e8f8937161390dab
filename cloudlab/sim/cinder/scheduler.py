"""Whether there is a place for a volume: the one back end, unless it is switched off or the type wants another."""

from sqlalchemy import select

from cloudlab.sim.cinder.model import DEFAULT_TYPE, VOLUME_SERVICE, CinderService, VolumeType
from cloudlab.sim.scope import Scope


def back_end(scope: Scope) -> CinderService | None:
    """The process that makes volumes, unless it is switched off."""
    query = select(CinderService).filter_by(binary=VOLUME_SERVICE, disabled=False)
    return scope.session.scalars(query).first()


def place_for(scope: Scope, volume_type: VolumeType) -> CinderService | None:
    """The process that would make the volume, or None."""
    wanted = volume_type.extra_specs.get("volume_backend_name")
    return back_end(scope) if wanted in (None, DEFAULT_TYPE) else None

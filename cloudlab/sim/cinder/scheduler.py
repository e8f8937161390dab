"""Whether there is a place for a volume: the one back end, unless it is switched off or the type wants another."""

from sqlalchemy import select

from cloudlab.sim.cinder.model import DEFAULT_TYPE, CinderService, VolumeType
from cloudlab.sim.scope import Scope


def place_for(scope: Scope, volume_type: VolumeType) -> CinderService | None:
    """The process that would make the volume, or None."""
    wanted = volume_type.extra_specs.get("volume_backend_name")
    if wanted not in (None, DEFAULT_TYPE):
        return None
    query = select(CinderService).filter_by(binary="cinder-volume", disabled=False)
    return scope.session.scalars(query).first()

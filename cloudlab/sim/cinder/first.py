"""Cinder's first contents (recording INITIAL.json): two volume types, its processes."""

from datetime import timedelta

from cloudlab.sim.cinder import group_types
from cloudlab.sim.cinder.model import DEFAULT_TYPE, VOLUME_SERVICE, CinderService, VolumeType
from cloudlab.sim.processes import HOST
from cloudlab.sim.scope import Scope

# Name, description, extra specs, how many seconds older than the cloud: the list has the newest first.
TYPES: tuple[tuple[str, str | None, dict[str, str], int], ...] = (
    ("__DEFAULT__", "Default Volume Type", {}, 1),
    (DEFAULT_TYPE, None, {"volume_backend_name": DEFAULT_TYPE}, 0),
)
SERVICES = ((VOLUME_SERVICE, f"{HOST}@{DEFAULT_TYPE}"), ("cinder-scheduler", HOST))


def fill(scope: Scope) -> None:
    for name, description, specs, age in TYPES:
        scope.session.add(
            VolumeType(
                id=scope.uuid("volume type", name),
                name=name,
                is_default=name == DEFAULT_TYPE,
                description=description,
                extra_specs=specs,
                created_at=scope.now - timedelta(seconds=age),
            )
        )
    for binary, host in SERVICES:
        scope.session.add(CinderService(id=scope.uuid("cinder service", binary), binary=binary, host=host))
    group_types.fill(scope)

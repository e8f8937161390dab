"""What the project may have: whether the walk has room in it, and what is one too many."""

from typing import Any

from cloudlab.client.errors import LabError
from cloudlab.compare.walker import Walker
from cloudlab.language import _

# Where; the limit, and what is used of it; how much the walk needs at a time; the name of one more than the limit.
LIMITS = (
    ("{compute}/limits", "maxTotalInstances", "totalInstancesUsed", 2, "too_many"),
    ("{storage}/limits", "maxTotalVolumes", "totalVolumesUsed", 2, ""),
    ("{storage}/limits", "maxTotalSnapshots", "totalSnapshotsUsed", 1, ""),
    ("{storage}/limits", "maxTotalVolumeGigabytes", "totalGigabytesUsed", 6, "too_big"),
)
BUILDERS = {"05-server", "06-volume", "07-attach"}  # the lessons that make what has a limit


def learn(walker: Walker, lessons: list[str]) -> None:
    """Names what is one too many, where there is a limit. Raises LabError where there is no room."""
    for url, limit, used, need, name in LIMITS:
        found: dict[str, Any] = walker.ask(url)["limits"]["absolute"]
        most = found.get(limit, -1)
        if most > 0 and name:
            walker.names[name] = most + 1
        if most >= 0 and BUILDERS.intersection(lessons) and found.get(used, 0) + need > most:
            raise LabError(
                # Translators: {limit} is the name of a limit in the cloud's answer, maxTotalVolumes
                _(
                    "The project has no room for the comparison: {limit} is {most}, {used} are used, it needs {need}. "
                    "Delete something, or take a lesson that makes no server and no volume "
                    "(--lesson with one of 00 to 04).",
                    limit=limit,
                    most=most,
                    used=found.get(used, 0),
                    need=need,
                )
            )

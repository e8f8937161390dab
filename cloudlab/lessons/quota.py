"""Whether a lesson fits into the project of a real cloud, asked before anything is made.

Nova and Cinder say what a project may have and has (`GET /limits`). For images and networks no such call is there for
everybody, so these show only when they are made.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

from cloudlab.client.crew import Crew
from cloudlab.client.errors import LabError
from cloudlab.client.session import Session
from cloudlab.language import N_, _
from cloudlab.lessons.prepare import KEY_NAME, SERVER_NAME, VOLUME_NAME

PURPOSE = "quota"


@dataclass(frozen=True)
class Needs:
    """The most that a lesson has at the same time, its solutions and what `lab.start` makes included.

    `kept` are those of which `lab.start` or the lesson takes the kit's own one, if it is there already.
    """

    servers: int = 0
    volumes: int = 0
    gigabytes: int = 0
    snapshots: int = 0
    keypairs: int = 0
    kept: tuple[str, ...] = ()


# Counted by walking through each lesson (tests/unit/test_lessons_quota.py). Others make nothing that has a limit here.
NEEDS = {
    "04-ssh-key": Needs(keypairs=2, kept=("keypairs",)),
    "05-server": Needs(servers=2, keypairs=1, kept=("keypairs",)),
    "06-volume": Needs(1, 2, 6, snapshots=1, keypairs=1, kept=("servers", "keypairs")),
    "07-attach": Needs(2, 1, 1, keypairs=1, kept=("servers", "volumes", "keypairs")),
    "08-inside": Needs(2, 2, 2, kept=("volumes",)),
    "10-capstone": Needs(2, 1, 1, keypairs=1),
}
# Word of the sentence, which need, and the two numbers of the answer: how many there may be, and are.
LIMITS = (
    (N_("servers"), "servers", "maxTotalInstances", "totalInstancesUsed"),
    (N_("cores"), "cores", "maxTotalCores", "totalCoresUsed"),
    (N_("MiB of memory"), "ram", "maxTotalRAMSize", "totalRAMUsed"),
    (N_("volumes"), "volumes", "maxTotalVolumes", "totalVolumesUsed"),
    (N_("GiB of volumes"), "gigabytes", "maxTotalVolumeGigabytes", "totalGigabytesUsed"),
    (N_("snapshots"), "snapshots", "maxTotalSnapshots", "totalSnapshotsUsed"),
    (N_("key pairs"), "keypairs", "maxTotalKeypairs", "keypairs"),
)
# The kit's own: which need, service, path, the list's name, and its name in there.
OWN = (
    ("servers", "compute", "/servers", "servers", SERVER_NAME),
    ("volumes", "block-storage", "/volumes", "volumes", VOLUME_NAME),
    ("keypairs", "compute", "/os-keypairs", "keypairs", KEY_NAME),
)


def need_room(session: Session, lesson: str) -> None:
    """Raises LabError when the lesson doesn't fit, with what to do."""
    if lesson not in NEEDS:
        return
    size = session.here.choice
    complaints = check(session, lesson, size.vcpus, size.ram)
    if complaints:
        told = _(
            "Lesson {lesson} doesn't fit into your project, and nothing was made. {complaints} "
            "lab.cleanup() lists what you made here before; lab.cleanup(yes=True) removes it.",
            lesson=lesson,
            complaints=" ".join(complaints),
        )
        raise LabError(told)


def check(session: Session, lesson: str, vcpus: int, ram: int) -> list[str]:
    """What there is too little room for, a sentence each. `vcpus` and `ram` (MiB) are those of the lesson's flavor."""
    needs, crew = NEEDS[lesson], Crew(session, PURPOSE)
    crew.headers("me")  # a refused login isn't a service that is missing
    known = {**_limits(crew, "compute"), **_limits(crew, "block-storage")}
    if needs.keypairs:
        known["keypairs"] = len(_asked(crew, "compute", "/os-keypairs").get("keypairs", []))
    if not _short(needs, known, vcpus, ram):
        return []
    return _short(_less(needs, crew), known, vcpus, ram)


def _asked(crew: Crew, service: str, path: str) -> dict[str, Any]:
    """As you, whatever lab.token is. A service that refuses, or isn't there, limits nothing."""
    try:
        url = crew.endpoint(service) + path
    except LabError:
        return {}
    answer = crew.get(url)
    return answer.json() if answer.ok else {}


def _limits(crew: Crew, service: str) -> dict[str, int]:
    return _asked(crew, service, "/limits").get("limits", {}).get("absolute", {})


def _less(needs: Needs, crew: Crew) -> Needs:
    """Without what is there already, and won't be made again."""
    for need, service, path, key, name in OWN:
        if need in needs.kept and any(_named(row, name) for row in _asked(crew, service, path).get(key, [])):
            needs = replace(needs, **{need: getattr(needs, need) - 1})
            if need == "volumes":
                needs = replace(needs, gigabytes=needs.gigabytes - 1)
    return needs


def _named(row: dict[str, Any], name: str) -> bool:
    return (row.get("keypair") or row).get("name") == name


def _short(needs: Needs, known: dict[str, int], vcpus: int, ram: int) -> list[str]:
    wanted = {**asdict(needs), "cores": needs.servers * vcpus, "ram": needs.servers * ram}
    told = []
    for word, need, most, used in LIMITS:
        limit = known.get(most, -1)
        room = max(limit - known.get(used, 0), 0)
        if limit >= 0 and wanted[need] > room:
            # Translators: {what} is "servers", "GiB of volumes", …
            told.append(
                _(
                    "It needs up to {n} {what}; there is room for {room}.",
                    n=wanted[need],
                    what=_(word),
                    room=room,
                )
            )
    return told

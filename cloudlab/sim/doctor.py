"""What can be wrong around an embedded cloud, and what to do about it."""

import importlib.metadata
import os
import re
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cloudlab.language import N_, SOURCE, available, known, said
from cloudlab.sim import home

LEAST_PYTHON = (3, 11)
LEAST_DISK = 200 * 2**20
NETWORK_FILESYSTEMS = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "afs",
    "fuse.sshfs",
    "9p",
    "ceph",
    "glusterfs",
    "lustre",
}
PORTS = {"keystone": 5000, "nova": 8774, "cinder": 8776, "placement": 8778, "glance": 9292, "neutron": 9696}


LEVELS = (N_("ok"), N_("note"), N_("problem"))


@dataclass(frozen=True)
class Finding:
    """`level` is one of LEVELS; `advice` says what to do about a note or a problem. Texts are `said`."""

    level: str
    what: str
    advice: str = ""


def examine(folder: Path) -> Iterator[Finding]:
    """All findings about this machine and the cloud of this state folder."""
    yield _python(sys.version_info[:2])
    yield from _libraries()
    yield from _folder(folder)
    yield from _proxy(dict(os.environ))
    yield from _language(os.environ.get("CLOUDLAB_LANG", ""))
    state = home.read_state(folder)
    alive = home.is_running(state)
    try:
        yield from _process(folder, state, alive)
    except home.HomeError as error:
        yield Finding("problem", error.args[0])
    yield from _ports(state if alive else None)


def _python(version: tuple[int, ...]) -> Finding:
    text = ".".join(map(str, version))
    if version < LEAST_PYTHON:
        return Finding("problem", f"Python {text}", said("cloudlab needs Python 3.11 or newer"))
    return Finding("ok", f"Python {text}, {sys.executable}")


def _libraries() -> Iterator[Finding]:
    """Each library that cloudlab asks for: there, and within its range."""
    try:
        wanted = [one for one in importlib.metadata.requires("cloudlab") or [] if "extra ==" not in one]
    except importlib.metadata.PackageNotFoundError:
        yield Finding(
            "note", said("cloudlab itself is not installed here"), "python -m pip install -r requirements.txt"
        )
        return
    bad = [line for line in map(_library, wanted) if line]
    for line in bad:
        yield Finding("problem", line, "python -m pip install -r requirements.txt")
    if not bad:
        yield Finding("ok", said("the {count} libraries are there", count=len(wanted)))


def _library(requirement: str) -> str:
    """What is wrong with one `name>=1.2,<3`; empty when nothing is."""
    name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
    try:
        found = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return said("{name} is missing", name=name)
    for sign, bound in re.findall(r"(>=|<)\s*([\d.]+)", requirement):
        if (_numbers(found) >= _numbers(bound)) != (sign == ">="):
            return said("{name} {found} is not {range}", name=name, found=found, range=sign + bound)
    return ""


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)][:3]


def _folder(folder: Path) -> Iterator[Finding]:
    place = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not os.access(place, os.W_OK):
        yield Finding(
            "problem",
            said("{place} can't be written", place=place),
            said("choose another state folder: --state DIR, or CLOUDLAB_STATE"),
        )
    free = shutil.disk_usage(place).free
    if free < LEAST_DISK:
        yield Finding(
            "problem",
            said("only {free} MiB are free at {place}", free=free // 2**20, place=place),
            said("make room, or choose: --state DIR"),
        )
    else:
        yield Finding("ok", said("state folder {folder}, {free} GiB free", folder=folder, free=free // 2**30))
    kind = filesystem(place)
    if kind in NETWORK_FILESYSTEMS:
        yield Finding(
            "problem",
            said(
                "{place} is on a network file system ({kind}), where SQLite can lose data",
                place=place,
                kind=kind,
            ),
            said("choose a local folder: export CLOUDLAB_STATE=/tmp/cloudlab-$USER"),
        )


def _proxy(environment: dict[str, str]) -> Iterator[Finding]:
    """A proxy for HTTP catches 127.0.0.1 too, unless it is told not to: curl and requests both obey."""
    named = {name.lower(): value for name, value in environment.items() if value}
    proxy = next((name for name in ("http_proxy", "all_proxy") if name in named), None)
    kept_out = re.split(r"[\s,]+", named.get("no_proxy", ""))
    if proxy and not {"127.0.0.1", "127.0.0.0/8", "*"} & set(kept_out):
        yield Finding(
            "problem",
            said("{proxy} is set, and would catch the calls to 127.0.0.1", proxy=proxy),
            "export NO_PROXY=127.0.0.1,localhost",
        )


def _language(asked: str) -> Iterator[Finding]:
    """A wish that can't be met is told: the kit speaks English then."""
    if asked and not known(asked) and not re.match(rf"{SOURCE}\b", asked.replace("_", "-")):
        yield Finding(
            "note",
            said("CLOUDLAB_LANG={asked}: the kit doesn't speak that, so it speaks English", asked=asked),
            said("choose one of {languages}", languages=", ".join((SOURCE, *available()))),
        )


def filesystem(path: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """The kind of file system that holds this path; empty where the system doesn't say (only Linux does)."""
    try:
        rows = [line.split() for line in mounts.read_text("utf-8", "replace").splitlines()]
    except OSError:
        return ""
    whole = path.resolve()
    holding = [
        (len(row[1]), row[2]) for row in rows if len(row) > 2 and whole.is_relative_to(_unescaped(row[1]))
    ]
    return max(holding)[1] if holding else ""


def _unescaped(mount_point: str) -> str:
    """/proc/mounts writes a space as \\040."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), mount_point)


def _process(folder: Path, state: home.State | None, alive: bool) -> Iterator[Finding]:
    if alive and state:
        yield Finding(
            "ok",
            said(
                "the cloud runs: process {pid}, since {started_at}",
                pid=state["pid"],
                started_at=state["started_at"],
            ),
        )
        return
    if not folder.exists():
        yield Finding("note", said("the cloud has never run from this state folder"), "python -m cloudlab up")
        return
    with home.owned(folder) as free:
        if not free:
            pid = (state or {}).get("pid", "?")
            yield Finding(
                "problem",
                said(
                    "a process (the last known is {pid}) holds {lock} and does not answer",
                    pid=pid,
                    lock=folder / home.LOCK,
                ),
                said(
                    "end it (kill {pid}), then: python -m cloudlab up; its log is {log}",
                    pid=pid,
                    log=folder / home.LOG,
                ),
            )
        elif state:
            yield _stale(folder, state)
        else:
            yield Finding("note", said("the cloud is not running"), "python -m cloudlab up")


def _stale(folder: Path, state: home.State) -> Finding:
    return Finding(
        "note",
        said(
            "{file} speaks of process {pid}, which does not answer: was it killed?",
            file=folder / home.STATE,
            pid=state.get("pid"),
        ),
        said("python -m cloudlab up starts it again, with what was made in it"),
    )


def _ports(state: home.State | None) -> Iterator[Finding]:
    """Who listens where: ours, nobody, or a stranger."""
    for service, port in PORTS.items():
        ours = (state or {}).get("ports", {}).get(service)
        if ours == port:
            yield Finding("ok", said("{service} on {port}", service=service, port=port))
        elif not _taken(port):
            yield Finding("ok", _free(service, port, ours))
        else:
            yield _stranger(service, port, ours)


def _free(service: str, port: int, ours: int | None) -> str:
    if ours:
        return said(
            "port {port} ({service}) is free; {service} is on {ours}", port=port, service=service, ours=ours
        )
    return said("port {port} ({service}) is free", port=port, service=service)


def _stranger(service: str, port: int, ours: int | None) -> Finding:
    if ours:
        advice = said("{service} is on {ours} instead, as its catalog says", service=service, ours=ours)
    else:
        advice = said("`up` will move {service} alone", service=service)
    if port == 5000 and sys.platform == "darwin":
        # Translators: {advice} is a sentence without its end
        advice = said(
            "{advice}; on macOS it is AirPlay Receiver: System Settings → General → AirDrop & Handoff",
            advice=advice,
        )
    return Finding(
        "note",
        said("port {port} ({service}) is taken by another program", port=port, service=service),
        advice,
    )


def _taken(port: int) -> bool:
    with socket.socket() as sock:
        sock.settimeout(1)
        return sock.connect_ex(("127.0.0.1", port)) == 0

"""Where a running cloud keeps its things, and how others find, start and stop it.

A state folder holds `cloud.json` (who runs: pid, instance id, ports, control), `cloud.db`, `settings.json`,
`cloud.log` and `cloud.lock`. `cloud.json` is a claim: it counts only while the process behind the control
port answers with the same instance id, so a killed cloud, or a neighbour's, is never taken for ours.
Imports stay light here: `python -m cloudlab up` waits for them.
"""

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from cloudlab.language import retold, said
from cloudlab.sim.errors import disk_full

STATE, DATABASE, SETTINGS, LOG, LOCK = "cloud.json", "cloud.db", "settings.json", "cloud.log", "cloud.lock"
SECRET_HEADER = "X-Cloudlab-Secret"
START_LIMIT = 60.0  # seconds
STOP_LIMIT = 10.0
LARGEST_LOG = 1_000_000  # bytes
FULL = (errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.ENOSPC,)

State = dict[str, Any]


class NoAnswer(Exception):
    """What answered is not the control port, or refuses."""


class Refused(NoAnswer):
    """The control port understood the order and says why it can't be done."""


SILENT = said("A cloud holds the state folder and does not answer: python -m cloudlab doctor")


class HomeError(Exception):
    """The cloud can't be found, started or stopped; the message is one a learner can act on."""


def default_state_dir() -> Path:
    """`$CLOUDLAB_STATE`, else the platform's folder for a user's state."""
    named = os.environ.get("CLOUDLAB_STATE")
    if named:
        return Path(named).expanduser()
    from platformdirs import user_state_path

    return user_state_path("cloudlab", appauthor=False)


def make_folder(folder: Path) -> Path:
    """The state folder, for its owner only. Raises HomeError when it can't be made."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in FULL:
            raise explained(error, folder) from error
        raise HomeError(
            said(
                "The state folder {folder} can't be made ({why}). Choose another: --state DIR",
                folder=folder,
                why=error.strerror,
            )
        ) from error
    return folder


def explained(error: OSError, folder: Path) -> HomeError:
    """What the system refused in the state folder, and what to do, in a sentence."""
    if error.errno in FULL:
        return HomeError(disk_full(folder))
    what = error.filename or folder
    return HomeError(
        said(
            "{what} can't be used ({why}). The state folder and what is in it must be yours to write "
            "(chmod -R u+rwX {folder}); or choose another folder: --state DIR",
            what=what,
            why=error.strerror or error,
            folder=folder,
        )
    )


@contextmanager
def explaining(folder: Path) -> Iterator[None]:
    """The system's refusals inside become HomeErrors."""
    try:
        yield
    except OSError as error:
        raise explained(error, folder) from error


def read_state(folder: Path) -> State | None:
    """What `cloud.json` claims, or None when there is none (or half of one)."""
    return _read_json(folder / STATE)


def write_state(folder: Path, state: State) -> None:
    """Write `cloud.json` at once and readable by its owner only: it holds the control secret."""
    _write_json(folder / STATE, state)


def remove_state(folder: Path, instance_id: str) -> None:
    """Remove `cloud.json` if it is still this instance's."""
    state = read_state(folder)
    if state and state.get("instance_id") == instance_id:
        (folder / STATE).unlink(missing_ok=True)


def read_settings(folder: Path) -> dict[str, Any]:
    """What the database was made with (`seed`), and what its owner changed while it ran: `clock` (Steering.as_dict) and
    `restored_seed`, of a cloud that was saved elsewhere. Empty when there is no database.
    """
    return (_read_json(folder / SETTINGS) or {}) if (folder / DATABASE).exists() else {}


def write_settings(folder: Path, settings: dict[str, Any]) -> None:
    _write_json(folder / SETTINGS, settings)


def forget(folder: Path) -> None:
    """Remove the database and its settings, so that the next start has the first contents. Not while it runs."""
    for name in (DATABASE, DATABASE + "-wal", DATABASE + "-shm", SETTINGS):
        (folder / name).unlink(missing_ok=True)


def trim_log(folder: Path) -> None:
    """Put a log that has grown large aside. Only for who owns the folder: others' processes write there."""
    log = folder / LOG
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        shutil.copyfile(log, folder / (LOG + ".old"))
        os.truncate(log, 0)


def is_running(state: State | None) -> bool:
    """Whether the very cloud that wrote this state answers on its control port."""
    if not state:
        return False
    try:
        return _ask(state, "GET", "/", secret=False).get("instance_id") == state["instance_id"]
    except (OSError, NoAnswer, ValueError, KeyError, TypeError, AttributeError):
        return False


def running(folder: Path) -> State | None:
    """The state of the cloud that runs from this folder, or None."""
    state = read_state(folder)
    return state if is_running(state) else None


def control(state: State, method: str, path: str, order: dict[str, Any] | None = None) -> dict[str, Any]:
    """One call to the control port, with the secret. Raises HomeError, also with what a row refused."""
    try:
        return _ask(state, method, path, secret=True, order=order)
    except Refused as error:
        raise HomeError(error.args[0]) from error
    except (OSError, NoAnswer, ValueError) as error:
        raise HomeError(said("The embedded cloud does not answer: {error}", error=error)) from error


def start(folder: Path, **options: Any) -> State:
    """The state of the cloud in this folder, started in the background if it isn't running.

    Options: profile, seed, legacy_v2, ports (service → number; 0 is any free one); a running cloud keeps its own.
    Raises HomeError with what went wrong and what to do.
    """
    state = running(folder)
    if state:
        return state
    process = _spawn(make_folder(folder), options)
    line = _first_line(process, START_LIMIT)
    if not line:
        process.poll()
        raise HomeError(
            said(
                "The embedded cloud did not start. The end of {log}:\n{tail}",
                log=folder / LOG,
                tail=_tail(folder / LOG),
            )
        )
    answer: State = json.loads(line)
    if "error" in answer:
        raise HomeError(retold(answer["said"]))
    return answer


def stop(folder: Path) -> bool:
    """Stop the cloud in this folder and wait until it has gone. False when none was running. Raises HomeError."""
    state = running(folder)
    if state is None and _abandoned(folder):
        return False
    state = state or _wait_for_other(folder, STOP_LIMIT)  # it may be starting, or busy
    if state is None:
        raise HomeError(SILENT)
    control(state, "POST", "/stop")
    if not _until_unlocked(folder, STOP_LIMIT):
        raise HomeError(
            said(
                "The embedded cloud (process {pid}) was told to stop and has not, see {log}",
                pid=state["pid"],
                log=folder / LOG,
            )
        )
    return True


def _abandoned(folder: Path) -> bool:
    """Whether no process holds the folder; a claim that a killed one left is removed then, and only then."""
    if not (folder / LOCK).exists():
        return True
    with owned(folder) as ours:
        if ours:
            (folder / STATE).unlink(missing_ok=True)
        return ours


@contextmanager
def owned(folder: Path) -> Iterator[bool]:
    """Hold the folder's lock: True, or False when another process has it. A kill frees it, too."""
    with explaining(folder):
        file = (folder / LOCK).open("a+b")
    with file:
        got = _try_lock(file)
        try:
            yield got
        finally:
            if got:
                _unlock(file)


def patience(seconds: float = 20.0) -> Iterator[None]:
    """A turn at once, and one every 20 ms until the time is over: for questions to another process."""
    end = time.monotonic() + seconds
    yield
    while time.monotonic() < end:
        time.sleep(0.02)
        yield


def _wait_for_other(folder: Path, seconds: float) -> State | None:
    """The state of the cloud that holds the lock, once it answers."""
    return next((state for _ in patience(seconds) if (state := running(folder))), None)


def _until_unlocked(folder: Path, seconds: float) -> bool:
    for _ in patience(seconds):
        with owned(folder) as free:
            if free:
                return True
    return False


def _spawn(folder: Path, options: dict[str, Any]) -> "subprocess.Popen[bytes]":
    """The server as a process that outlives this one. -P: a learner's `token.py` is not the library's.

    MALLOC_ARENA_MAX: else glibc keeps memory apart for many threads, of which one works at a time (7 of 99 MiB).
    """
    command = [sys.executable, "-P", "-m", "cloudlab.sim.server", str(folder), json.dumps(options)]
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    detached: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        detached = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    with explaining(folder):
        errors = (folder / LOG).open("ab")  # appended: somebody else's `up` may be writing there, too
    with errors:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={"MALLOC_ARENA_MAX": "2", **os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            **detached,
        )


def _first_line(process: "subprocess.Popen[bytes]", seconds: float) -> bytes:
    """The line by which the server says that it is ready; empty when it died or the time is over."""
    assert process.stdout is not None
    lines: list[bytes] = []
    reader = threading.Thread(target=lambda: lines.append(process.stdout.readline()), daemon=True)  # type: ignore[union-attr]
    reader.start()
    reader.join(seconds)
    if reader.is_alive():
        process.kill()
    process.returncode = process.returncode or 0  # it lives on by intent: no warning when the object goes
    return lines[0] if lines else b""


def _ask(
    state: State, method: str, path: str, secret: bool, order: dict[str, Any] | None = None
) -> dict[str, Any]:
    from http.client import HTTPConnection, HTTPException  # a first `up` has nobody to ask

    door = state["control"]
    connection = HTTPConnection("127.0.0.1", int(door["port"]), timeout=5 if not secret else 30)
    try:
        content = json.dumps(order) if order else None
        connection.request(method, path, content, {SECRET_HEADER: door["secret"]} if secret else {})
        answer = connection.getresponse()
        body = json.loads(answer.read())
    except HTTPException as error:
        raise NoAnswer(str(error)) from error
    finally:
        connection.close()
    if answer.status == 400:
        raise Refused(retold(body.get("said", body["error"])))  # an older cloud has no `said`
    if answer.status != 200:
        raise NoAnswer(f"control answered {answer.status}: {body}")
    return body


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _write_json(path: Path, content: dict[str, Any]) -> None:
    draft = path.with_suffix(f".{os.getpid()}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with explaining(path.parent):
        try:
            with os.fdopen(os.open(draft, flags, 0o600), "w", encoding="utf-8") as file:
                json.dump(content, file, indent=1)
            draft.replace(path)
        except OSError:
            draft.unlink(missing_ok=True)
            raise


def _tail(path: Path, lines: int = 12) -> str:
    try:
        return "\n".join(path.read_text("utf-8", "replace").splitlines()[-lines:]) or said("(empty)")
    except OSError:
        return said("(no log)")


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)

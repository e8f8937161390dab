"""The command under bad conditions: each gives a sentence that says what to do, exits with 1, and keeps the old state.

Real `python -m cloudlab` processes. Who runs the tests as root has rights that modes don't take away; then the commands
are run without the capabilities that do that, as an ordinary owner of the files.
"""

import contextlib
import ctypes
import functools
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from cloudlab.sim import home
from tests.clouds import FREE_PORTS
from tests.hard.disk import small_disk
from tests.hard.stream import a_public_key
from tests.hard.wire import NOVA, Wire

pytestmark = pytest.mark.skipif(os.name == "nt", reason="modes and signals as POSIX has them")
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A state folder; whatever still runs from it is stopped at the end."""
    folder = tmp_path / "state"
    yield folder
    for path in (folder, *folder.glob("*")) if folder.is_dir() else ():
        path.chmod(0o700)
    with contextlib.suppress(home.HomeError):
        home.stop(folder)


def begin(folder: Path, *words: str) -> "subprocess.Popen[str]":
    line = [sys.executable, "-m", "cloudlab", words[0], "--state", str(folder), *words[1:]]
    line += FREE_PORTS if words[0] == "up" else []
    pipe = subprocess.PIPE
    return subprocess.Popen(line, stdout=pipe, stderr=pipe, text=True, preexec_fn=_as_an_ordinary_owner)


def _as_an_ordinary_owner() -> None:
    """Root's right to read and write whatever the modes say (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH) goes."""
    if os.geteuid() == 0 and sys.platform == "linux":
        for capability in (1, 2):
            ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def finish(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    process = begin(folder, *words)
    out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(words, process.returncode, out, err)


@pytest.fixture
def run(folder: Path) -> Run:
    return functools.partial(finish, folder)


@pytest.fixture(scope="module")
def was_used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a cloud has run and a key pair was made; the cloud is down."""
    folder = tmp_path_factory.mktemp("used") / "state"
    assert finish(folder, "up").returncode == 0
    state = home.read_state(folder)
    assert state
    demo = Wire(state["ports"]).log_in("demo", "demo")
    order = {"keypair": {"name": "kept", "public_key": a_public_key("kept")}}
    assert demo.ask("POST", "nova", f"{NOVA}/os-keypairs", order).ok
    demo.close()
    assert home.stop(folder)
    return folder


@pytest.fixture
def used(folder: Path, was_used: Path) -> Path:
    """A copy of that folder."""
    shutil.copytree(was_used, folder)
    return folder


def keys(folder: Path) -> list[str]:
    state = home.running(folder)
    assert state
    demo = Wire(state["ports"]).log_in("demo", "demo")
    found = demo.ask("GET", "nova", f"{NOVA}/os-keypairs").json["keypairs"]
    demo.close()
    return [one["keypair"]["name"] for one in found]


def refused(done: "subprocess.CompletedProcess[str]", *words: str) -> None:
    """It failed with a sentence that holds these words, and no traceback."""
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for word in words:
        assert word in done.stderr


# --- the folder


def test_a_folder_that_is_a_file(folder: Path, run: Run) -> None:
    folder.write_text("precious")
    for command in ("up", "reset"):
        refused(run(command), str(folder), "--state DIR")
    assert folder.read_text() == "precious"
    assert run("status").returncode == 1
    assert "Traceback" not in run("doctor").stderr


@pytest.mark.parametrize("mode", [0o500, 0o000])
def test_a_folder_without_permission(used: Path, run: Run, mode: int) -> None:
    before = (used / home.DATABASE).read_bytes()
    (used / home.LOCK).unlink()
    used.chmod(mode)
    refused(run("up"), str(used), "chmod", "--state DIR")
    assert "problem" in run("doctor").stdout
    used.chmod(0o700)
    assert (used / home.DATABASE).read_bytes() == before
    assert run("up").returncode == 0 and keys(used) == ["kept"]


def test_a_parent_without_permission(tmp_path: Path, run: Run) -> None:
    tmp_path.chmod(0o500)
    done = run("up")
    tmp_path.chmod(0o700)
    refused(done, "can't be made", "--state DIR")


def test_a_folder_on_a_disk_that_is_read_only(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=8) as disk:
        state = disk.path / "state"
        done = finish(state, "up")
        assert "runs" in done.stdout, done.stderr
        claim = home.running(state)
        assert claim
        process = psutil.Process(claim["pid"])
        finish(state, "down")
        # its log stays open for a moment after it has let go of the folder
        psutil.wait_procs([process], timeout=10)
        disk.make_read_only()
        refused(finish(state, "up"), str(state), "--state DIR")
        disk.make_writable()
        assert finish(state, "up").returncode == 0
        assert home.stop(state)


def test_a_full_disk(tmp_path: Path) -> None:
    """Too small for the first contents; then there is room."""
    with small_disk(tmp_path / "disk", megabytes=8) as disk:
        state = disk.path / "state"
        disk.fill(but=150_000)
        for _ in range(2):  # what the first left behind doesn't hinder the second
            refused(finish(state, "up"), "full", "--state DIR")
        disk.empty()
        assert finish(state, "up").returncode == 0
        assert home.stop(state)


# --- the database file


def test_a_database_that_is_read_only(used: Path, run: Run) -> None:
    before = (used / home.DATABASE).read_bytes()
    (used / home.DATABASE).chmod(0o400)
    refused(run("up"), home.DATABASE, "can't be opened for writing", "chmod", "--state DIR")
    assert (used / home.DATABASE).read_bytes() == before
    for path in used.iterdir():  # as the sentence says
        path.chmod(0o600)
    assert run("up").returncode == 0 and keys(used) == ["kept"]


def _cut(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def _bad_header(whole: bytes) -> bytes:
    return b"This is my shopping list.\n" * 40 + whole[1040:]


def _bad_middle(whole: bytes) -> bytes:
    middle = len(whole) // 2 // 4096 * 4096
    return whole[:middle] + b"\xa5" * 8192 + whole[middle + 8192 :]


@pytest.mark.parametrize("damage", [_cut, _bad_header, _bad_middle, lambda whole: b"junk"])
def test_a_damaged_database(used: Path, run: Run, damage: Callable[[bytes], bytes]) -> None:
    path = used / home.DATABASE
    path.write_bytes(damage(path.read_bytes()))
    before = path.read_bytes()
    refused(run("up"), str(path), "damaged", "move it away", "python -m cloudlab reset")
    assert path.read_bytes() == before


def test_reset_of_a_damaged_database(used: Path, run: Run) -> None:
    """As the sentence above says."""
    (used / home.DATABASE).write_bytes(b"junk")
    assert run("reset").returncode == 0
    assert run("up").returncode == 0 and keys(used) == []


def test_a_database_of_a_newer_version(used: Path, run: Run) -> None:
    with contextlib.closing(sqlite3.connect(used / home.DATABASE)) as db:
        db.execute("PRAGMA user_version = 999")
        db.execute("PRAGMA journal_mode=DELETE")
    refused(run("up"), "newer cloudlab", "Update cloudlab", "python -m cloudlab reset")
    with contextlib.closing(sqlite3.connect(used / home.DATABASE)) as db:
        assert db.execute("SELECT name FROM nova_keypair").fetchall() == [("kept",)]


# --- one cloud a folder


def test_many_up_at_once_are_one_cloud(folder: Path) -> None:
    processes = [begin(folder, "up") for _ in range(5)]
    said = [process.communicate(timeout=90) for process in processes]
    assert [process.returncode for process in processes] == [0] * 5, said
    state = home.running(folder)
    assert state
    assert all(f"(process {state['pid']}" in out for out, _ in said), said
    assert "Traceback" not in (folder / home.LOG).read_text()


def test_a_killed_up_leaves_nothing_in_the_way(used: Path, run: Run) -> None:
    """Killed while it serves, and the command that waits for it killed while it starts."""
    for moment in (0.1, 0.3, 0.6):
        starting = begin(used, "up")
        with contextlib.suppress(subprocess.TimeoutExpired):
            starting.wait(moment)
        starting.kill()
        starting.communicate()
        assert run("up").returncode == 0  # joins the cloud that the killed command had begun, or starts it
        state = home.running(used)
        assert state and keys(used) == ["kept"]
        os.kill(state["pid"], signal.SIGKILL)
        assert home._until_unlocked(used, 10)
        assert home.read_state(used) == state  # a claim that must not be believed
    assert run("up").returncode == 0 and keys(used) == ["kept"]


def test_a_lock_that_a_dead_process_held(used: Path, run: Run) -> None:
    hold = "import sys; from pathlib import Path; from cloudlab.sim import home\n"
    hold += "with home.owned(Path(sys.argv[1])) as got: print(got, flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    holder = subprocess.Popen([sys.executable, "-c", hold, str(used)], stdin=pipe, stdout=pipe, text=True)
    assert holder.stdout and holder.stdout.readline() == "True\n"
    holder.kill()
    holder.communicate()
    home.write_state(used, {"pid": holder.pid, "instance_id": "x", "control": {"port": 1, "secret": "x"}})
    assert run("up").returncode == 0 and keys(used) == ["kept"]


def test_half_a_state_file_is_no_state(used: Path, run: Run) -> None:
    for text in ("", "{", json.dumps([]), json.dumps({"pid": 1})):
        (used / home.STATE).write_text(text)
        assert run("status").returncode == 1
    assert run("up").returncode == 0 and keys(used) == ["kept"]

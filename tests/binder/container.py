"""What Binder makes of this repository, without Docker: an empty home, an ordinary user, and `binder/`'s four files.

The steps are repo2docker's (its Python build pack, read in August 2026), in the order of its Dockerfile:

    COPY src/ ${REPO_DIR}/                                     the tracked files; REPO_DIR is the user's HOME
    pip install --no-cache-dir -r "binder/requirements.txt"    there, since the file names others (`-r`)
    ./binder/postBuild                                         as the user
    binder/start jupyter-lab --ip … --ServerApp.base_url …     each time; what is appended is BinderHub's

A folder `binder/` hides all of repo2docker's files at the root; those in it that are not known here are refused, so
that a new one (apt.txt, environment.yml …) isn't forgotten by the test. Where it differs from Binder: the Python is
this machine's and its environment an empty venv (there: conda's, with JupyterLab already in it), the log isn't
also written to the terminal, the processes are not shut in a container, and Jupyter listens on the loopback only.
"""

import ast
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

KNOWN = {"requirements.txt", "runtime.txt", "postBuild", "start"}
USER = "jovyan"
FIRST_ID, HOW_MANY = 61_000, 4_000
MIB = 1024 * 1024
ROOM, MEMORY_FREE = 1500 * MIB, 4000 * MIB
# What tells this machine's pip where packages are; the user of an empty home has no such file of their own.
REGISTRY = {
    "index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "cert", "client-cert", "proxy",
    "timeout", "default-timeout", "retries", "constraint",
}  # fmt: skip
OUTWARD = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


class NotHereError(Exception):
    """This machine can't play Binder; the text says why."""


@dataclass(frozen=True)
class Share:
    """One process's memory in MiB. `pss` counts a page shared by n processes as 1/n, as one container's sum needs."""

    role: str  # jupyter, kernel, cloud, other
    pss: float
    rss: float


class Container:
    """One built environment and what runs in it. `close` ends and removes everything."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ids = ordinary_user()
        self.folder = Path(tempfile.mkdtemp(prefix="binder-", dir=quick_folder()))
        self.home, self.venv = self.folder / "home", self.folder / "env"
        self.log = self.home / ".jupyter-server-log.txt"  # repo2docker's name
        self.server: subprocess.Popen[bytes] | None = None

    # Building, as repo2docker does it.

    def copy_sources(self) -> None:
        """The home's contents are the repository's tracked files."""
        self.home.mkdir()
        for name in tracked(self.root):
            target = self.home / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.root / name, target)
        self._give_away(self.folder)

    def make_python(self) -> None:
        """A fresh environment of the Python that runtime.txt names, with a current pip as conda's has."""
        wanted = (self.home / "binder" / "runtime.txt").read_text("utf-8").strip()
        self.run(self._interpreter(wanted.replace("-", "", 1)), "-m", "venv", "--upgrade-deps", self.venv)

    def install(self) -> None:
        pip = self.venv / "bin" / "pip"
        self.run(pip, "install", "--quiet", "--no-cache-dir", "-r", "binder/requirements.txt")

    def post_build(self) -> str:
        return self.run("./binder/postBuild", building=False)

    # Running, as BinderHub does it.

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """`binder/start` with these arguments, in the background; what it says goes to `log`."""
        with self.log.open("wb") as log:
            self.server = subprocess.Popen(
                [self.home / "binder" / "start", *arguments],
                **self._who(),
                env=self.environment() | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self.server

    def run(self, *command: str | Path, building: bool = True) -> str:
        """What a command prints, run by the user at home. Raises AssertionError with all it said when it fails."""
        environment = self.environment() | (outward() | {"TMPDIR": str(self.folder)} if building else {})
        done = subprocess.run(
            command, **self._who(), env=environment, capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def environment(self) -> dict[str, str]:
        """The Dockerfile's ENV, and nothing of this machine's."""
        own = self.home / ".local" / "bin"
        return {
            "HOME": str(self.home),
            "REPO_DIR": str(self.home),
            "USER": USER,
            "SHELL": "/bin/bash",
            "PATH": f"{own}:{self.venv}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
        }

    # Looking, and ending.

    def processes(self) -> list[psutil.Process]:
        """All that runs with this home, whoever started it."""
        return [process for process in psutil.process_iter() if _home_of(process) == str(self.home)]

    def memory(self) -> list[Share]:
        """The memory of each process that runs here (Linux's smaps)."""
        return [share for process in self.processes() for share in _shares(process)]

    def stop_server(self, seconds: float = 30) -> int:
        """What Jupyter says (its exit code) to the signal by which a container is ended."""
        assert self.server is not None
        self.server.terminate()
        return self.server.wait(seconds)

    def close(self) -> None:
        """Whatever happened: no process and no file stays."""
        rest = self.processes()
        for process in rest:
            process.kill()
        psutil.wait_procs(rest, timeout=10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _who(self) -> dict[str, Any]:
        ids = {"user": self.ids, "group": self.ids, "extra_groups": []} if self.ids is not None else {}
        return {**ids, "cwd": self.home, "umask": 0o022}

    def _give_away(self, folder: Path) -> None:
        if self.ids is not None:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, self.ids, self.ids, follow_symlinks=False)

    def _interpreter(self, name: str) -> Path:
        """A Python of this name that the user may run, and that can make environments."""
        folders = [*os.environ.get("PATH", "").split(os.pathsep), "/usr/local/bin", "/usr/bin"]
        for python in dict.fromkeys(
            [Path(sys.base_prefix) / "bin" / name, *(Path(f) / name for f in folders)]
        ):
            if self._can_run(python):
                return python
        raise NotHereError(
            f"no {name} with venv that an ordinary user may run; binder/runtime.txt asks for it"
        )

    def _can_run(self, python: Path) -> bool:
        try:
            self.run(python, "-c", "import ensurepip, venv")
        except (OSError, AssertionError):
            return False
        return True


def ordinary_user() -> int | None:
    """The number of a user that nobody has, if we are root; None if we are an ordinary user ourselves."""
    if not sys.platform.startswith("linux"):
        raise NotHereError("Binder's containers are Linux, and this system is not")
    if os.geteuid() != 0:
        return None
    number = FIRST_ID + os.getpid() % HOW_MANY
    while _has_name(number):
        number += 1
    try:
        subprocess.run(["/bin/true"], user=number, group=number, extra_groups=[], check=True)
    except OSError as error:
        raise NotHereError(f"we are root, and may not become an ordinary user ({error.strerror})") from error
    return number


def quick_folder() -> str | None:
    """A folder in memory, if there is room: an environment is 28,000 files, and some disks take a minute for each way.

    None is the usual place for temporary files.
    """
    shared = Path("/dev/shm")
    if not shared.is_dir() or psutil.virtual_memory().available < MEMORY_FREE:
        return None
    disk = os.statvfs(shared)
    fits = disk.f_bavail * disk.f_frsize > ROOM and not disk.f_flag & os.ST_NOEXEC
    return str(shared) if fits and os.access(shared, os.W_OK) else None


def tracked(root: Path) -> list[str]:
    """What a clone has. The tree may be another user's (a container's mount): git is told that this is meant."""
    if not (root / ".git").exists() or shutil.which("git") is None:
        raise NotHereError("which files Binder would get is known by git only, and this is no clone")
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (root / name).is_file()]


def outward() -> dict[str, str]:
    """Where this machine's pip finds packages, as variables: the ordinary, configured registry."""
    variables = {name: value for name, value in os.environ.items() if name.upper() in OUTWARD}
    said = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True)
    for line in said.stdout.splitlines():
        key, _, value = line.partition("=")
        option = key.removeprefix(":env:").rpartition(".")[2]
        if option in REGISTRY:
            words = str(ast.literal_eval(value)).split()
            variables[f"PIP_{option.upper().replace('-', '_')}"] = " ".join(words)
    return variables


def _has_name(number: int) -> bool:
    try:
        return bool(pwd.getpwuid(number))
    except KeyError:
        return False


def _home_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get("HOME")
    except psutil.Error:
        return None


def _shares(process: psutil.Process) -> Iterator[Share]:
    try:
        words, memory = process.cmdline(), process.memory_full_info()
    except psutil.Error:
        return  # it has ended meanwhile
    yield Share(_role(" ".join(words)), memory.pss / MIB, memory.rss / MIB)


def _role(command: str) -> str:
    marks = {"ipykernel_launcher": "kernel", "jupyter-lab": "jupyter", "cloudlab": "cloud"}
    return next((role for mark, role in marks.items() if mark in command), "other")

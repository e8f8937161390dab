"""What has to be there before anything starts: a Debian-like Linux with a few packages, and the services from PyPI."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from .settings import HERE, LOCALHOST, PORTS, Home

RABBIT_BIN = Path("/usr/lib/rabbitmq/bin")
WHERE = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
# program → Debian's package
PROGRAMS = {
    "mariadbd": "mariadb-server",
    "rabbitmq-server": "rabbitmq-server",
    "memcached": "memcached",
    "qemu-img": "qemu-utils",
    "gcc": "gcc",
}
HEADERS = ["libffi-dev", "python3-dev"]  # to compile with: named where anything is missing
NEWEST_PYTHON = (3, 12)  # the last that the services' own packages name


class NotHereError(Exception):
    """This machine lacks something; the message says what to do."""


def program(name: str) -> str:
    """Where a program of the system is."""
    return shutil.which(name, path=WHERE) or name


def interpreter() -> str:
    """A Python that the services know: this one, or an older one beside it. NotHereError if there is none."""
    if sys.version_info[:2] <= NEWEST_PYTHON:
        return sys.executable
    found = shutil.which("python3.12") or shutil.which("python3.11")
    if found is None:
        raise NotHereError(
            f"OpenStack 2025.2 knows Python up to 3.12. This is {sys.version.split()[0]}, and there is no python3.12."
        )
    return found


def missing_packages() -> list[str]:
    """Debian's names of what isn't installed."""
    return [package for name, package in PROGRAMS.items() if not shutil.which(name, path=WHERE)]


def check_machine() -> None:
    """Raise NotHereError where this can't work, before minutes are spent on it."""
    if sys.platform != "linux":
        raise NotHereError(
            "The real services run on Linux only; on another system, use a container of Debian."
        )
    if os.geteuid() != 0:
        raise NotHereError(
            "This must be root: it starts a database and a message bus. Try: sudo make realcloud"
        )
    interpreter()
    missing = missing_packages()
    if missing:
        raise NotHereError(
            "Some packages of the system are missing. On Debian or Ubuntu:\n"
            f"    apt-get install --no-install-recommends {' '.join([*missing, *HEADERS])}\n"
            "(The daemons that this starts aren't used: ours run beside them, on ports of their own.)"
        )


def taken_ports() -> dict[str, int]:
    """Our ports at which somebody listens."""
    taken = {}
    for name, port in PORTS.items():
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((LOCALHOST, port)) == 0:
                taken[name] = port
    return taken


def check_ports() -> None:
    """Raise NotHereError if a port is somebody else's."""
    taken = ", ".join(f"{port} ({name})" for name, port in taken_ports().items())
    if taken:
        raise NotHereError(
            f"Taken on {LOCALHOST}: {taken}.\nStop what listens there (python -m cloudlab down, if it is an embedded "
            "cloud), or run in a network of its own: --netns NAME"
        )


def install(home: Home) -> None:
    """The services in an environment of their own. Once; again when what is asked for has changed."""
    wanted, stamp = fingerprint(), home.path / "installed"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    print("installing the services (some minutes)", flush=True)
    if not (home.bin / "python").exists():
        subprocess.run([interpreter(), "-m", "venv", str(home.path / "venv")], check=True)
    pip(home, "--upgrade", "pip", "setuptools<81", "wheel")
    # What building wheels needs, first and once: an isolated build would fetch a setuptools that is too new for some.
    pip(home, "-c", str(HERE / "constraints.txt"), "pbr", "cython")
    requirements = ["-c", str(HERE / "constraints.txt"), "-r", str(HERE / "requirements.txt")]
    pip(home, "--no-build-isolation", *requirements)
    drivers = home.path / "drivers"  # a copy: building leaves files behind
    shutil.rmtree(drivers, ignore_errors=True)
    shutil.copytree(HERE / "drivers", drivers, ignore=shutil.ignore_patterns("__pycache__"))
    pip(home, "--no-build-isolation", "--no-deps", "--force-reinstall", str(drivers))
    stamp.write_text(wanted)


def fingerprint() -> str:
    """Of all that decides what is installed."""
    files = [HERE / "constraints.txt", HERE / "requirements.txt", *sorted((HERE / "drivers").rglob("*.*"))]
    texts = [path.read_bytes() for path in files if path.suffix in (".txt", ".toml", ".py")]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()


def pip(home: Home, *arguments: str) -> None:
    """Install, saying what."""
    print("  pip install", " ".join(arguments), flush=True)
    command = [str(home.bin / "python"), "-m", "pip", "install", "--quiet", *arguments]
    if subprocess.run(command).returncode:
        raise NotHereError("pip could not install the services: its own words are above.")

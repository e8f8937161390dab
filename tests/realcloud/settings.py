"""Where the real cloud lives, and the few facts that all of its parts share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
DEFAULT_HOME = HERE.parent.parent / ".realcloud"

LOCALHOST = "127.0.0.1"
PASSWORD = "secret"  # of every user, the database and the message bus
REGION = "RegionOne"
HOST = "devstack"  # the name under which the recorded services knew their one host
BACKEND = "lvmdriver-1"

# The services' own ports; those beneath are none of the usual ones, so that a database of this machine stays in peace.
API_PORTS = {
    "keystone": 5000,
    "glance": 9292,
    "placement": 8778,
    "nova": 8774,
    "neutron": 9696,
    "cinder": 8776,
}
MARIADB_PORT, RABBIT_PORT, RABBIT_NODE_PORT, EPMD_PORT, MEMCACHED_PORT = 13306, 5673, 25673, 14369, 21211
PORTS = {
    **API_PORTS,
    "mariadb": MARIADB_PORT,
    "rabbitmq": RABBIT_PORT,
    "rabbitmq's nodes": RABBIT_NODE_PORT,
    "rabbitmq's epmd": EPMD_PORT,
    "memcached": MEMCACHED_PORT,
}
KEYSTONE = f"http://{LOCALHOST}:{API_PORTS['keystone']}/"

# cloud's name in clouds.yaml → user and project
CLOUDS = {
    "rc-demo": ("demo", "demo"),
    "rc-admin": ("admin", "admin"),
    "rc-reader": ("demo_reader", "demo"),
    "rc-alt": ("alt_demo", "alt_demo"),
}


@dataclass(frozen=True)
class Home:
    """The folder that holds all of it; removing the folder removes the cloud."""

    path: Path

    @property
    def bin(self) -> Path:
        """The services' programs."""
        return self.path / "venv" / "bin"

    @property
    def shipped(self) -> Path:
        """The configuration that the services' packages bring."""
        return self.path / "venv" / "etc"

    @property
    def etc(self) -> Path:
        """The configuration that we write."""
        return self.path / "etc"

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def run(self) -> Path:
        """Who runs, by process id; and the database's socket."""
        return self.path / "run"

    @property
    def state(self) -> Path:
        """What the services keep."""
        return self.path / "state"

    @property
    def contents(self) -> Path:
        """The databases as they were when the cloud held its first contents and nothing else."""
        return self.state / "first-contents.sql"


def requirements() -> dict[str, str]:
    """The pinned packages: name → version."""
    lines = (HERE / "requirements.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if "==" in line)  # type: ignore[misc]

"""The embedded cloud as the measurements need it: started by its command, filled by calls and by copies of a row."""

import json
import os
import sqlite3
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

from cloudlab.__main__ import _token
from cloudlab.sim import home
from tests.asking import login_body
from tests.bench.timing import Wire
from tests.clouds import FREE_PORTS

JSON = {"Content-Type": "application/json"}
LOGIN = login_body("demo", "demo")


class Ours:
    """The embedded cloud in one state folder."""

    def __init__(self, folder: Path, profile: str = "instant") -> None:
        self.folder, self._profile = folder, profile

    def command(self, *words: str) -> None:
        line = [sys.executable, "-m", "cloudlab", words[0], "--state", str(self.folder), *words[1:]]
        environment = {name: value for name, value in os.environ.items() if name != "CLOUDLAB_MODE"}
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL, env=environment)

    def up(self) -> None:
        self.command("up", "--profile", self._profile, *FREE_PORTS)

    def down(self) -> None:
        self.command("down")

    @property
    def state(self) -> dict[str, Any]:
        state = home.running(self.folder)
        assert state, "the cloud is not running"
        return state

    def wire(self, service: str, user: str = "demo") -> Wire:
        """A connection to one service, logged in."""
        state = self.state
        token = _token(state, user, {"demo": "demo", "admin": "admin"}[user])[0]
        return Wire(state["ports"][service], {**JSON, "X-Auth-Token": token})

    def start_to_first_token(self) -> None:
        """`python -m cloudlab up`, and a token."""
        self.up()
        wire = Wire(self.state["ports"]["keystone"], JSON)
        wire.ask("POST", "/v3/auth/tokens", LOGIN, expect=201)
        wire.close()

    def make_one_server(self) -> None:
        """One server by ordinary calls, ACTIVE."""
        nova = self.wire("nova")
        made = json.loads(nova.ask("POST", "/v2.1/servers", self.order("one"), expect=202))["server"]["id"]
        server = json.loads(nova.ask("GET", f"/v2.1/servers/{made}"))["server"]
        assert server["status"] == "ACTIVE", server

    def order(self, name: str) -> dict[str, Any]:
        """The body that makes a server of this name."""
        image = json.loads(self.wire("glance").ask("GET", "/v2/images"))["images"][0]["id"]
        flavor = json.loads(self.wire("nova").ask("GET", "/v2.1/flavors"))["flavors"][0]["id"]
        return {"server": {"name": name, "imageRef": image, "flavorRef": flavor}}

    def copy_servers(self, total: int) -> None:
        """Copy the one server's row until there are `total`. The cloud must be down."""
        with sqlite3.connect(self.folder / home.DATABASE) as db:
            columns = [row[1] for row in db.execute("PRAGMA table_info(nova_server)")]
            others = [name for name in columns if name not in ("number", "id", "name")]
            listed = ", ".join(f'"{name}"' for name in others)
            have = db.execute("SELECT count(*) FROM nova_server").fetchone()[0]
            db.executemany(
                f"INSERT INTO nova_server (id, name, {listed}) "
                f"SELECT ?, ?, {listed} FROM nova_server WHERE number = (SELECT min(number) FROM nova_server)",
                [(str(uuid.UUID(int=number)), f"copy-{number}") for number in range(have, total)],
            )
        db.close()

"""A stream of writes as a learner's script would send it, and the ledger of what the cloud acknowledged.

Each writer has a connection and things of its own. It sends a random act that makes sense for what it has, until the
cloud is gone; what was on the way then is in doubt: it may have happened or not.
"""

import base64
import random
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from tests.hard.wire import CINDER, GLANCE, NOVA, Got, Wire

FLAVOR, IMAGE = "1", "5e9cecc5-ae7a-4f7e-b488-ed22daa0e2ab"
MOST = 3  # of a kind, for each writer
REFUSALS = (400, 403, 404, 409, 413)  # not yet, no more, no longer: answers that change nothing


@dataclass
class Thing:
    """Something that was asked for. `made` and `gone` are True when acknowledged, None when in doubt."""

    kind: str
    name: str
    id: str = ""
    made: bool | None = None
    gone: bool | None = False
    data: bool | None = False  # an image's bytes
    server: "Thing | None" = None  # a volume's
    tied: bool | None = False  # to that server

    @property
    def live(self) -> bool:
        return self.made is True and self.gone is False


@dataclass
class Writer:
    """One stream. `answers` counts all, `acknowledged` those of success; `broken` holds those that must not be."""

    wire: Wire
    chance: random.Random
    name: str
    things: list[Thing] = field(default_factory=list)
    answers: int = 0
    acknowledged: int = 0
    broken: list[str] = field(default_factory=list)
    _number: int = 0

    def write(self, stop: threading.Event) -> None:
        """Send acts until the cloud is gone or `stop` is set."""
        acts: list[Callable[[], None]] = [
            self.make_server, self.make_volume, self.make_image, self.make_key, self.tie, self.untie, self.drop,
        ]  # fmt: skip
        try:
            while not stop.is_set():
                self.chance.choice(acts)()
        except (OSError, HTTPException):
            self.wire.close()

    def of(self, kind: str) -> list[Thing]:
        return [thing for thing in self.things if thing.kind == kind and thing.live]

    def make_server(self) -> None:
        def order(name: str) -> Any:
            return {"server": {"name": name, "imageRef": IMAGE, "flavorRef": FLAVOR}}

        self._make("server", "nova", f"{NOVA}/servers", order, lambda body: body["server"]["id"])

    def make_volume(self) -> None:
        def order(name: str) -> Any:
            return {"volume": {"name": name, "size": 1}}

        self._make("volume", "cinder", f"{self._cinder}/volumes", order, lambda body: body["volume"]["id"])

    def make_key(self) -> None:
        def order(name: str) -> Any:
            return {"keypair": {"name": name, "public_key": a_public_key(name)}}

        self._make("key", "nova", f"{NOVA}/os-keypairs", order, lambda body: body["keypair"]["name"])

    def make_image(self) -> None:
        def order(name: str) -> Any:
            return {"name": name, "disk_format": "raw", "container_format": "bare"}

        image = self._make("image", "glance", f"{GLANCE}/images", order, lambda body: body["id"])
        if image:
            image.data = None
            got = self._ask(
                "PUT", "glance", f"{GLANCE}/images/{image.id}/file", raw=image.name.encode() * 5000
            )
            image.data = got.ok

    def tie(self) -> None:
        """Attach a free volume to a server."""
        free, servers = [v for v in self.of("volume") if v.tied is False], self.of("server")
        if free and servers:
            volume, server = self.chance.choice(free), self.chance.choice(servers)
            volume.server, volume.tied = server, None
            order = {"volumeAttachment": {"volumeId": volume.id}}
            got = self._ask("POST", "nova", f"{NOVA}/servers/{server.id}/os-volume_attachments", order)
            volume.tied = got.ok

    def untie(self) -> None:
        tied = [v for v in self.of("volume") if v.tied and v.server and v.server.live]
        if tied:
            volume = self.chance.choice(tied)
            volume.tied = None
            path = f"{NOVA}/servers/{volume.server.id}/os-volume_attachments/{volume.id}"  # type: ignore[union-attr]
            volume.tied = not self._ask("DELETE", "nova", path).ok

    def drop(self) -> None:
        """Delete something."""
        droppable = [t for t in self.things if t.live and t.tied is False]
        if not droppable:
            return
        thing = self.chance.choice(droppable)
        service, path = {
            "server": ("nova", f"{NOVA}/servers/{thing.id}"),
            "volume": ("cinder", f"{self._cinder}/volumes/{thing.id}"),
            "key": ("nova", f"{NOVA}/os-keypairs/{thing.id}"),
            "image": ("glance", f"{GLANCE}/images/{thing.id}"),
        }[thing.kind]
        held = [v for v in self.things if v.server is thing and v.tied]
        thing.gone = None
        for volume in held:
            volume.tied = None
        thing.gone = self._ask("DELETE", service, path).ok
        for volume in held:
            volume.tied = not thing.gone

    @property
    def _cinder(self) -> str:
        return f"{CINDER}/{self.wire.project_id}"

    def _make(self, kind: str, service: str, path: str, order: Any, id_of: Any) -> Thing | None:
        if len(self.of(kind)) >= MOST:
            return None
        self._number += 1
        thing = Thing(kind, f"{self.name}-{kind}-{self._number}")
        self.things.append(thing)
        got = self._ask("POST", service, path, order(thing.name))
        thing.made = got.ok
        thing.id = id_of(got.json) if got.ok else ""
        return thing if got.ok else None

    def _ask(self, method: str, service: str, path: str, body: Any = None, raw: bytes | None = None) -> Got:
        got = self.wire.ask(method, service, path, body, raw)
        self.answers += 1
        self.acknowledged += got.ok
        if not got.ok and got.status not in REFUSALS:
            self.broken.append(f"{method} {path}: {got.status} {got.content[:300]!r}")
        return got


def a_public_key(name: str) -> str:
    """An ed25519 public key in OpenSSH's form; its number is the name's."""
    kind, number = b"ssh-ed25519", name.encode().ljust(32, b".")[:32]
    blob = b"".join(struct.pack(">I", len(part)) + part for part in (kind, number))
    return f"ssh-ed25519 {base64.b64encode(blob).decode()} {name}"

"""The mark `cloudlab` on what is made on a real cloud: one more ordinary call each, in the history for `mark`.

Server, volume and snapshot have it in their metadata, an image among its properties. Key pairs, flavors, users and
whatever else have no such place, or none by which a list could be searched: for them there is the ledger (made.py).
Nova refuses metadata while it builds a server, so a server is marked when somebody has seen it built.
"""

from cloudlab.client.exchange import Exchange
from cloudlab.client.session import Session
from cloudlab.language import N_

NOTICE = N_(
    "What you make here carries the mark `cloudlab`, by one more call each (for: mark, in lab.history).\n"
    "lab.cleanup() lists what was made; lab.cleanup(yes=True) removes it."
)
KEY, PURPOSE = "cloudlab", "mark"
NO_LESSON = "-"
WITH_METADATA = frozenset({"server", "volume", "snapshot"})
BUILT = frozenset({"ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED"})
IMAGE_PATCH = "application/openstack-images-v2.1-json-patch"


class Marks:
    """Marks what it is offered, with the token of the call that made it (or that saw it)."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._building: dict[str, str] = {}  # a server's URL → the lesson

    def offer(self, exchange: Exchange, new: list[tuple[str, str, str]]) -> None:
        """A call was answered, and made `new`: kind, URL and lesson. Raises LabError when nobody answers."""
        token = exchange.request.headers.get("X-Auth-Token")
        for kind, url, lesson in new:
            if kind == "server":
                self._building[url] = lesson
            else:
                self._mark(kind, url, lesson, token)
        seen = exchange.url.partition("?")[0]
        if seen in self._building and _is_built(exchange):
            self._mark("server", seen, self._building.pop(seen), token)

    def _mark(self, kind: str, url: str, lesson: str, token: str | None) -> None:
        """A refusal changes nothing: the ledger knows the thing."""
        headers, text = {"X-Auth-Token": token}, lesson or NO_LESSON
        if kind in WITH_METADATA:
            body = {"metadata": {KEY: text}}
            self._session.request("POST", f"{url}/metadata", json=body, headers=headers, purpose=PURPOSE)
        elif kind == "image":
            patch = [{"op": "add", "path": f"/{KEY}", "value": text}]
            headers["Content-Type"] = IMAGE_PATCH
            self._session.request("PATCH", url, json=patch, headers=headers, purpose=PURPOSE)


def mark_of(resource: dict[str, object]) -> str:
    """The mark of a row in a list; "" if it has none."""
    metadata = resource.get("metadata")
    held = metadata if isinstance(metadata, dict) else resource
    return str(held.get(KEY) or "")


def _is_built(exchange: Exchange) -> bool:
    if exchange.request.method != "GET" or exchange.status_code != 200:
        return False
    try:
        server = exchange.json()["server"]
        return server["status"] in BUILT and not server.get("OS-EXT-STS:task_state")
    except (ValueError, KeyError, TypeError):
        return False

"""What happened between the services, in order: every exchange and every message. In memory and bounded."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Entry:
    """One arrow: an HTTP exchange (`kind` "http") or a message ("cast", "call", "fanout")."""

    kind: str
    time: datetime
    sender: str
    receiver: str
    what: str
    status: int | None = None
    request_id: str | None = None
    parent: str | None = None


class Journal:
    """The latest `limit` entries; the oldest go first."""

    def __init__(self, limit: int = 5000) -> None:
        self._entries: deque[Entry] = deque(maxlen=limit)

    def add(self, entry: Entry) -> None:
        self._entries.append(entry)

    def entries(self, request_id: str | None = None) -> list[Entry]:
        """All entries, or those that one request caused (its own and its descendants')."""
        if request_id is None:
            return list(self._entries)
        return [e for e in self._entries if request_id in (e.request_id, e.parent)]

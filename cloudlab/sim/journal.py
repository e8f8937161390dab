"""What happened between the cloud's processes, in the order in which it began: every exchange and every message.

In memory, outside of transactions, and bounded twice: the oldest entries go first, and long before that the oldest
contents (headers and bodies). Nothing here is redacted: only the cloud's owner may ask for it (control.py).
"""

from base64 import b64encode
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

ENTRIES = 3000
CONTENTS = 2_000_000  # bytes of headers and bodies together
LONGEST = 65_536  # bytes of one body; a longer one (an image) is counted, not kept
PAIR = 200  # bytes that a header takes, about
IDS = ("x-openstack-request-id", "x-compute-request-id")
LENGTHS = tuple(map(len, IDS))
Pairs = list[tuple[str, str]]


@dataclass(slots=True)
class Content:
    """What an exchange carried. Sizes are those on the wire; a body that was too long is empty.

    Request headers have the names that WSGI gives them ("HTTP_ACCEPT"): spelling them is left to who reads.
    """

    request_headers: Pairs
    request_body: bytes
    request_size: int
    response_headers: Pairs
    response_body: bytes
    response_size: int

    @property
    def weight(self) -> int:
        headers = PAIR * (len(self.request_headers) + len(self.response_headers))
        return headers + len(self.request_body) + len(self.response_body)


@dataclass(slots=True)
class Entry:
    """One arrow: an HTTP exchange (`kind` "http") or a message ("cast", "call", "fanout").

    `sender` and `receiver` are processes: "client", "nova-api", "nova-compute", "neutron-api", …; a fanout has no
    receiver. `name` is "POST /v2.0/ports" or the message's. `request_id` is the one that an exchange answers with, or
    that a message carries; `parent` is the request whose work this is; `global_request_id` what the sender passed on.
    `topic` is a message's queue, `about` the ids of the resources that it concerns.
    """

    kind: str
    time: datetime
    sender: str
    receiver: str
    name: str
    request_id: str
    parent: str
    global_request_id: str = ""
    status: int | None = None
    seconds: float = 0.0
    url: str = ""
    user_agent: str = ""
    microversion: str = ""
    topic: str = ""
    about: str = ""
    lost: bool = False
    content: Content | None = None
    number: int = 0  # the journal gives it

    def concerns(self, resource: str) -> bool:
        """Whether a resource's id stands in it."""
        if resource in self.name or resource in self.about:
            return True
        content, text = self.content, resource.encode()
        return content is not None and (text in content.request_body or text in content.response_body)


class Journal:
    """The latest entries, by number: the first ever has 1. Written under the cloud's lock, read by anybody."""

    def __init__(self, entries: int = ENTRIES, contents: int = CONTENTS) -> None:
        self._entries: deque[Entry] = deque(maxlen=entries)
        self._heavy: deque[tuple[Entry, int]] = deque()  # those with contents, oldest first
        self._weight, self._limit = 0, contents
        self._last = 0

    @property
    def last(self) -> int:
        """The latest entry's number; 0 for none."""
        return self._last

    def add(self, entry: Entry) -> None:
        """A new entry: it gets the next number."""
        self._last = entry.number = self._last + 1
        self._entries.append(entry)

    def keep(self, entry: Entry, content: Content) -> None:
        """Keep what an exchange carried, as long as there is room."""
        if content.request_size > LONGEST:
            content.request_body = b""
        if content.response_size > LONGEST:
            content.response_body = b""
        entry.content = content
        weight = content.weight
        self._heavy.append((entry, weight))
        self._weight += weight
        while self._weight > self._limit:
            oldest, gone = self._heavy.popleft()
            oldest.content = None
            self._weight -= gone

    def forget_after(self, number: int) -> None:
        """What came after that number did not happen: it is done anew, or could not be kept."""
        while self._entries and self._entries[-1].number > number:
            self._entries.pop()
        kept = [pair for pair in self._heavy if pair[0].number <= number]
        self._heavy, self._weight = deque(kept), sum(weight for _, weight in kept)
        self._last = number

    def entries(self, after: int = 0) -> list[Entry]:
        """All entries with a higher number than `after`."""
        return [entry for entry in list(self._entries) if entry.number > after]

    def caused_by(self, request_id: str) -> list[Entry]:
        """The request's own exchange, and all that followed from it."""
        known, found = {request_id}, []
        for entry in list(self._entries):
            if entry.parent in known or entry.request_id == request_id:
                known.add(entry.request_id)
                found.append(entry)
        return found

    def about(self, resource: str) -> list[Entry]:
        """Everything in which a resource's id stands."""
        return [entry for entry in list(self._entries) if entry.concerns(resource)]


def as_json(entry: Entry) -> dict[str, Any]:
    """An entry with its contents, bodies in base64."""
    content = entry.content
    told = {name: getattr(entry, name) for name in Entry.__slots__ if name != "content"}
    told["time"] = entry.time.isoformat()
    if content is not None:
        sent = [(_spelled(name), value) for name, value in content.request_headers]
        told["request"] = _message(sent, content.request_body, content.request_size)
        told["response"] = _message(content.response_headers, content.response_body, content.response_size)
    return told


def _spelled(name: str) -> str:
    """HTTP_X_AUTH_TOKEN as X-Auth-Token: how it was spelled on the wire, WSGI doesn't say."""
    return name.removeprefix("HTTP_").replace("_", "-").title()


def _message(headers: Pairs, body: bytes, size: int) -> dict[str, Any]:
    return {"headers": headers, "body": b64encode(body).decode(), "size": size}


def answered_id(headers: Iterable[tuple[str, str]], otherwise: str) -> str:
    """The request id that an answer carries; `otherwise` where it has none (a version document)."""
    second = ""
    for name, value in headers:
        if len(name) in LENGTHS and (name := name.lower()) in IDS:
            if name == IDS[0]:
                return value
            second = value
    return second or otherwise

"""Where calls can go: the services that the learner knows of, and the operations that a service has."""

import re
from contextlib import suppress
from typing import Any, NamedTuple

from cloudlab.client import catalog as catalogs
from cloudlab.client.errors import LabError
from cloudlab.client.roots import ROOTS
from cloudlab.client.session import Session


class Operation(NamedTuple):
    """What a service can be asked for. `path` has {names} for what differs; without a `schema` there is no form."""

    method: str
    service: str
    path: str
    schema: dict[str, Any] | None

    def fits(self, path: str) -> bool:
        """Whether this is the operation of a path, with or without real ids in it."""
        pattern = "[^/]+".join(map(re.escape, re.split(r"\{\w+\}", self.path)))
        return re.fullmatch(pattern, path.partition("?")[0]) is not None


class Place(NamedTuple):
    """A service: its type, and its URL without a slash at the end."""

    service: str
    url: str

    def has(self, operation: Operation) -> bool:
        return operation.service in catalogs.ALIASES.get(self.service, (self.service,))


def places(session: Session) -> dict[str, Place]:
    """The services of the catalog, or of the cloud's roots before there is one; by `type (name)`."""
    if session.catalog is None:
        urls = session.transport.urls
        return {
            f"{service} ({name})": Place(service, urls[name] + below)
            for service, (name, below) in ROOTS.items()
            if name in urls
        }
    found = {}
    for entry in session.catalog:
        service = str(entry.get("type"))
        with suppress(LabError):  # one without a public endpoint can't be called
            found[f"{service} ({entry.get('name')})"] = Place(
                service, session.endpoint(service, catalog=[entry])
            )
    return found


def find(operations: list[Operation], method: str, place: Place | None, path: str) -> Operation | None:
    """The operation that a call is; one whose path is written out goes before one with a name for it."""
    fitting = [o for o in operations if o.method == method and place and place.has(o) and o.fits(path)]
    return min(fitting, key=lambda operation: operation.path.count("{"), default=None)

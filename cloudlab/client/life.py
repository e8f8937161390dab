"""Which resource `lab.states` is asked for, and what can be known of its states: from inside, or only from outside."""

import re
from typing import Any
from urllib.parse import urlsplit

from cloudlab.client.errors import LabError
from cloudlab.client.inside import Inside
from cloudlab.client.session import Session
from cloudlab.client.wait import GONE, resource_url, state_of
from cloudlab.language import N_, _
from cloudlab.show.states import States, Visit, read

PURPOSE = "states"
KINDS = {"servers": "server", "volumes": "volume", "snapshots": "snapshot"}
_PLACE = re.compile(rf"/({'|'.join(KINDS)})/([^/]+)")
WHAT = N_(
    "lab.states takes a server, a volume or a snapshot: the exchange that made or showed it, "
    "the resource itself, or its URL."
)


def states(session: Session, inside: Inside, resource: Any, full: bool = False) -> States:
    """What `lab.states` shows. Raises LabError."""
    kind, id, url = _which(resource)
    if inside.is_open:
        return read(inside.order("GET", "/states", kind=kind, id=id), full)
    if not url:
        raise LabError(_(WHAT) + " " + _("An id alone doesn't say where it is."))
    return _from_outside(session, kind, id, url, full)


def _which(resource: Any) -> tuple[str, str, str]:
    """Kind, id and URL; without a URL the id alone. Raises LabError."""
    try:
        url = resource_url(resource)
    except LabError:
        inner = [resource, *resource.values()] if isinstance(resource, dict) else []
        ids = [one["id"] for one in inner if isinstance(one, dict) and isinstance(one.get("id"), str)]
        if ids:
            return "", ids[0], ""
        raise LabError(_(WHAT)) from None
    found = _PLACE.search(urlsplit(url).path)
    if found is None or found[2] == "detail":
        raise LabError(_(WHAT) + " " + _("{url} is none of them.", url=url))
    return KINDS[found[1]], found[2], url


def _from_outside(session: Session, kind: str, id: str, url: str, full: bool) -> States:
    """One GET: the present state is all that can be seen."""
    exchange = session.request("GET", url, purpose=PURPOSE)
    state = state_of(exchange, GONE)
    name = "" if not exchange.ok else _name(exchange.redacted().json())
    return States(kind, id, name, (), (Visit(state, session.transport.clock.now()),), full, inside=False)


def _name(body: Any) -> str:
    inner = next(iter(body.values()), None) if isinstance(body, dict) else None
    return str(inner.get("name") or "") if isinstance(inner, dict) else ""

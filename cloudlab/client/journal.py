"""`lab.journal`: what the embedded cloud noted of every exchange and message, whoever made them, without secrets."""

import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange, Headers, Request, Response
from cloudlab.client.inside import Arrow, Inside
from cloudlab.client.redact import Redactor
from cloudlab.client.tabular import Tabular
from cloudlab.language import _

SERVICES = ("nova", "neutron", "cinder", "glance", "placement")  # users whose tokens are named after them
TOKENS = "/v3/auth/tokens"
FACTS = ("number", "kind", "sender", "receiver", "status", "request_id", "global_request_id", "parent", "seconds",
         "user_agent", "microversion", "about", "lost")  # fmt: skip
Json = dict[str, Any]


class Journal(Tabular):
    """Arrows in the order in which they began: iterate, take one by its place (`[-1]`), or look at it as a table.

    It is read when it is first looked at. `lab.journal` is all of it; `by_request` and `by_resource` are parts. It
    holds the latest few thousand arrows; headers and bodies only of the latest few hundred.
    """

    def __init__(self, inside: Inside, redactor: Redactor, **wanted: str) -> None:
        self._inside, self._redactor, self._wanted = inside, redactor, wanted

    def by_request(self, request: Any) -> "Journal":
        """A request's own exchange and all that it caused. `request`: an exchange, or a request id."""
        return Journal(self._inside, self._redactor, request_id=request_id_of(request))

    def by_resource(self, resource: Any) -> "Journal":
        """Everything in which a resource's id stands. `resource`: an id, or a resource that has one."""
        ident = resource.get("id") if isinstance(resource, dict) else resource
        if not isinstance(ident, str) or not ident:
            raise LabError(
                _("by_resource takes an id, or a resource that has one: lab.journal.by_resource(server)")
            )
        return Journal(self._inside, self._redactor, resource=ident)

    def save(self, path: str | Path) -> Path:
        """Write it as a HAR file, which browsers' network tools and many others open. Gives the path."""
        from cloudlab.show.har import as_har

        target = Path(path)
        if target.suffix != ".har":
            target = target.with_name(target.name + ".har")
        try:
            target.write_text(json.dumps(as_har(self.arrows), ensure_ascii=False, indent=1) + "\n", "utf-8")
        except OSError as error:
            why = error.strerror
            raise LabError(
                _("{file} can't be written ({why}). Give another path.", file=target, why=why)
            ) from None
        return target

    @cached_property
    def arrows(self) -> list[Arrow]:
        """All of them. Raises LabError where the inside can't be seen."""
        entries = self._inside.order("GET", "/journal", **self._wanted)["entries"]
        for entry in entries:
            _learn(entry, self._redactor)
        return [_arrow(entry, self._redactor) for entry in entries]

    def __iter__(self) -> Iterator[Arrow]:
        return iter(self.arrows)

    def __len__(self) -> int:
        return len(self.arrows)

    def __getitem__(self, place: int) -> Arrow:
        return self.arrows[place]

    def _table(self) -> Any:
        from cloudlab.show.table import journal_table

        return journal_table(self.arrows)


def request_id_of(request: Any) -> str:
    """The request id of an exchange's answer, or the one given as text. Raises LabError."""
    if isinstance(request, str) and request.startswith("req-"):
        return request
    if isinstance(request, Exchange):
        found = request.headers.get("X-Openstack-Request-Id") or request.headers.get("X-Compute-Request-Id")
        if found:
            return str(found)
        raise LabError(_("This answer carries no request id: nothing inside can be found by it."))
    raise LabError(_('This takes an exchange, or a request id as its answer shows it ("req-…").'))


def _learn(entry: Json, redactor: Redactor) -> None:
    """The services' own tokens get their owner's name: keystone's answers say whose a token is."""
    if entry["kind"] != "http" or not entry["name"].endswith(TOKENS) or "response" not in entry:
        return
    answered = Headers(map(tuple, entry["response"]["headers"]))
    asked = Headers(map(tuple, entry["request"]["headers"]))
    token = answered.get("X-Subject-Token") or asked.get("X-Subject-Token")
    try:
        owner = json.loads(b64decode(entry["response"]["body"]))["token"]["user"]["name"]
    except (ValueError, KeyError, TypeError):
        return
    if token and owner in SERVICES:
        redactor.name(token, owner)


def _arrow(entry: Json, redactor: Redactor) -> Arrow:
    exchange = _exchange(entry).redacted(redactor) if "response" in entry else None
    name = redactor.text(entry["name"])
    if exchange is not None:
        url = urlsplit(exchange.url)
        name = f"{exchange.request.method} {url.path}" + (f"?{url.query}" if url.query else "")
    facts = {fact: entry[fact] for fact in FACTS}
    return Arrow(time=datetime.fromisoformat(entry["time"]), name=name, exchange=exchange, **facts)


def _exchange(entry: Json) -> Exchange:
    asked, answered = entry["request"], entry["response"]
    return Exchange(
        Request(entry["name"].split(" ", 1)[0], entry["url"], *_parts(asked)),
        Response(entry["status"], _reason(entry["status"]), *_parts(answered)),
        elapsed=timedelta(seconds=entry["seconds"]),
        ordinal=entry["number"],
        purpose="inside",
    )


def _parts(message: Json) -> tuple[Headers, bytes, int]:
    return Headers(map(tuple, message["headers"])), b64decode(message["body"]), message["size"]


def _reason(status: int) -> str:
    from http.client import responses

    return responses.get(status, "")

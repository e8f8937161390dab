"""How one exchange gets into the journal: noted when it begins, so that what it causes stands after it."""

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cloudlab.sim import processes
from cloudlab.sim.journal import Content, Entry, Pairs, answered_id

if TYPE_CHECKING:
    from cloudlab.sim.cloud import Cloud
    from cloudlab.sim.scope import Scope

CLIENT = "client"
VERSION, OLD_VERSION = "HTTP_OPENSTACK_API_VERSION", "HTTP_X_OPENSTACK_NOVA_API_VERSION"
HEADER = "HTTP_"
PLAIN_PATH = re.compile(r"[\w/.:@~-]*", re.ASCII)
PLAIN = ("CONTENT_TYPE", "CONTENT_LENGTH")


class Note:
    """One exchange on its way."""

    def __init__(self, cloud: "Cloud", scope: "Scope", environ: dict[str, Any], body: bytes) -> None:
        self._journal, self._clock, self._pause = cloud.journal, cloud.clock, scope.pause
        self._environ, self._body = environ, body
        caller, ask = scope.caller, environ.get
        path, query = _quoted(environ["PATH_INFO"]), ask("QUERY_STRING")
        if query:
            path = f"{path}?{query}"
        self._entry = Entry(
            kind="http",
            time=scope.moment,
            sender=caller.process if caller else CLIENT,
            receiver=processes.api(scope.service),
            name=f"{environ['REQUEST_METHOD']} {path}",
            request_id=scope.request_id,
            parent=caller.request_id if caller else "",
            global_request_id=ask("HTTP_X_OPENSTACK_REQUEST_ID", ""),
            url=cloud.url(scope.service) + path,
            user_agent=ask("HTTP_USER_AGENT", ""),
            microversion=ask(VERSION) or ask(OLD_VERSION, ""),
        )
        self._journal.add(self._entry)
        self._began = self._clock.stopwatch() + self._pause.seconds

    def complete(self, status: int, headers: Pairs, content: bytes) -> None:
        """It was answered."""
        entry, environ, body = self._entry, self._environ, self._body
        entry.seconds = self._clock.stopwatch() + self._pause.seconds - self._began
        entry.status, entry.request_id = status, answered_id(headers, entry.request_id)
        sent = [pair for pair in environ.items() if pair[0].startswith(HEADER)]
        sent += [(key, environ[key]) for key in PLAIN if environ.get(key)]
        self._journal.keep(entry, Content(sent, body, len(body), headers, content, len(content)))


def _quoted(path: str) -> str:
    """The path as a URL has it. WSGI took the quoting off."""
    return path if PLAIN_PATH.fullmatch(path) else quote(path.encode("latin-1"), safe="/:@!$&'()*+,;=~")

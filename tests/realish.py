"""A cloud that the kit takes for a real one: the embedded cloud under names of its own, without its inside.

    lab = real_lab()                      # as connect() with OS_CLOUD
    lab = real_lab("admin", "neighbour")  # as with CLOUDLAB_ADMIN and CLOUDLAB_NEIGHBOUR

Its services are at http://identity.cloud.example:5000, http://compute.cloud.example:8774, …
"""

import ipaddress
import uuid
from typing import Any

from requests.adapters import BaseAdapter

from cloudlab import Lab
from cloudlab import lab as labs
from cloudlab.client.realcloud import RealCloud
from cloudlab.client.transport import PUBLISHED_ACCOUNTS, Transport, in_process

DOMAIN = "cloud.example"
HOSTS = {
    "keystone": "identity",
    "glance": "image",
    "placement": "placement",
    "neutron": "network",
    "cinder": "volume",
    "nova": "compute",
}


class NamedHosts(BaseAdapter):
    """Calls the embedded cloud's services by the names above, in requests and in answers."""

    def __init__(self, inner: BaseAdapter, urls: dict[str, str]) -> None:
        super().__init__()
        self._inner = inner
        self._names = {
            url.removeprefix("http://"): f"{HOSTS[service]}.{DOMAIN}:{url.rpartition(':')[2]}"
            for service, url in urls.items()
        }

    @property
    def urls(self) -> dict[str, str]:
        return {service: f"http://{name}" for service, name in zip(HOSTS, self._names.values(), strict=True)}

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        asked = request.copy()
        for address, name in self._names.items():
            asked.url = asked.url.replace(f"//{name}", f"//{address}")
        answer = self._inner.send(asked, *args, **kwargs)
        for header, value in answer.headers.items():
            answer.headers[header] = self._named(value)
        answer._content = self._named(answer.content.decode("latin-1")).encode("latin-1")
        answer.url, answer.request, answer.connection = request.url, request, self
        return answer

    def _named(self, text: str) -> str:
        for address, name in self._names.items():
            text = text.replace(f"//{address}", f"//{name}")
        return text

    def close(self) -> None:
        self._inner.close()


def real_transport(*others: str, manual: bool = True) -> Transport:
    """The way to it. `others` are the accounts besides the learner's; its time is a manual clock's."""
    found = in_process(manual)
    named = {service: found.urls[service] for service in HOSTS}
    adapter = NamedHosts(found.adapter, named)
    found.adapter, found.urls = adapter, {"keystone": adapter.urls["keystone"]}
    found.cloud_name, found.where = "acme", "a real cloud"
    found.published, found.deterministic, found.control = frozenset(), False, None
    accounts = {role: PUBLISHED_ACCOUNTS[role] for role in ("me", *others)}
    found.real = RealCloud("acme", adapter.urls["keystone"] + "/v3", accounts)
    return found


def real_lab(*others: str, manual: bool = True) -> Lab:
    """A lab on it, as connect() gives one."""
    return labs._arrived(real_transport(*others, manual=manual))


def remains(text: str) -> set[str]:
    """The ids, addresses and hosts in a text, found in another way than the veil finds them."""
    plain = text.replace("\\n", " ")
    words = "".join(c if c.isalnum() or c in ".:-" else " " for c in plain).split()
    pieces = {piece.strip(".:-") for word in words for piece in (word, *word.split("-", 1), *word.split(":"))}
    return {piece for piece in pieces if _is_address(piece) or _is_id(piece) or DOMAIN in piece}


def _is_address(piece: str) -> bool:
    try:
        found = ipaddress.ip_address(piece)
    except ValueError:
        return len(piece) == 17 and piece.count(":") == 5
    return not (found.is_loopback or found.is_unspecified or str(found).startswith("255."))


def _is_id(piece: str) -> bool:
    try:
        return len(piece) in (32, 36) and bool(uuid.UUID(piece))
    except ValueError:
        return False

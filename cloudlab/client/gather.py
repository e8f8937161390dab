"""What exists in the learner's project, asked with their token by ordinary calls; each is in the history, for `map`.

A service that refuses or isn't there leaves its things out, and a line that says so.
"""

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, urlsplit

from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.client.roots import service_root
from cloudlab.client.session import Session
from cloudlab.language import N_, _
from cloudlab.show.scene import WORDS, Link, Scene, Thing

PURPOSE = "map"
ASKED = (
    # kind, service, path, the list's name in the answer
    ("server", "compute", "/servers/detail", "servers"),
    ("keypair", "compute", "/os-keypairs", "keypairs"),
    ("port", "network", "/ports", "ports"),
    ("network", "network", "/networks", "networks"),
    ("volume", "block-storage", "/volumes/detail", "volumes"),
)
REACH = {"router:external": N_("external"), "shared": N_("shared")}  # what is said of a network
Json = dict[str, Any]


def gather(session: Session) -> Scene:
    """All of it. Raises LabError without a token."""
    if not session.token:
        raise LabError(
            _(
                "lab.map() asks the cloud with your token, and you have none yet: "
                'lab.token = r.headers["X-Subject-Token"] of a POST …/v3/auth/tokens.'
            )
        )
    return _Survey(session).scene()


class _Survey:
    """The calls of one map, and what they brought."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._calls: list[str] = []
        self._troubles: list[str] = []

    def scene(self) -> Scene:
        found = {kind: self._list(kind, service, path, name) for kind, service, path, name in ASKED}
        rows = {kind: list_ or [] for kind, list_ in found.items()}
        project, servers = self._project(), rows["server"]
        rows["port"] = list(_nova_ports(rows) if found["port"] is None else _own_ports(rows["port"], project))
        rows["network"] = list(_own_networks(rows, project))
        things = [*_servers(servers, self._names(servers)), *_ports(rows["port"])]
        things += [*_networks(rows["network"]), *_volumes(rows["volume"]), *_keypairs(rows["keypair"])]
        return Scene(
            tuple(self._safe(thing) for thing in things),
            tuple(_links(rows)),
            tuple(self._calls),
            tuple(self._troubles),
            frozenset(kind for kind, list_ in found.items() if list_ is None),
            project,
        )

    def _list(self, kind: str, service: str, path: str, name: str) -> list[Json] | None:
        """The rows of one list; None where it can't be had, and a line in the troubles."""
        many = _(WORDS[kind][1])
        try:
            answer = self._get(service_root(self._session, service) + path)
            rows = answer.json()[name] if answer.ok else None
        except LabError as error:
            # Translators: {many} is "servers", "key pairs", …; {error} a sentence
            self._troubles.append(_("✗ The {many} are not drawn. {error}", many=many, error=error))
            return None
        except (KeyError, TypeError):
            rows = None
        if not isinstance(rows, list):
            # Translators: {call} is the line of a call, GET http://… → 403 Forbidden
            self._troubles.append(_("✗ The {many} are not drawn: {call}", many=many, call=self._calls[-1]))
            return None
        if answer.json().get(f"{name}_links"):
            self._troubles.append(_more(many, len(rows)))
        inside = [row.get(kind, row) for row in rows if isinstance(row, dict)]
        return [row for row in inside if isinstance(row, dict)]

    def _get(self, url: str) -> Exchange:
        answer = self._session.request("GET", url, purpose=PURPOSE)
        safe = answer.redacted()
        self._calls.append(f"GET {safe.url} → {answer.status_code} {answer.reason}")
        return answer

    def _names(self, servers: list[Json]) -> dict[str, str]:
        """The names of the flavors and images that servers have: their lists show ids only."""
        flavors = {_id(row.get("flavor")) for row in servers} - {""}
        images = {_id(row.get("image")) for row in servers} - {""}
        names = self._named("compute", "/flavors", "flavors") if flavors else {}
        wanted = quote(",".join(sorted(images)), safe=",-")
        return names | (self._named("image", f"/images?id=in:{wanted}", "images") if images else {})

    def _named(self, service: str, path: str, name: str) -> dict[str, str]:
        """Names by id. Small words: without them the map is as true."""
        try:
            rows = self._get(service_root(self._session, service) + path).json()[name]
            return {f"{name} {row['id']}": str(row["name"]) for row in rows}
        except (LabError, KeyError, TypeError):
            return {}

    def _safe(self, thing: Thing) -> Thing:
        hide = self._session.redactor.text
        facts = tuple((name, hide(words)) for name, words in thing.facts)
        return Thing(thing.kind, thing.id, hide(thing.name), thing.state, facts, thing.since)

    def _project(self) -> str:
        """Which project this is: the last part of cinder's address in the catalog."""
        try:
            last = urlsplit(self._session.endpoint("block-storage")).path.rpartition("/")[2]
        except LabError:
            return ""
        return last if len(last) >= 32 else ""


def _more(many: str, count: int) -> str:
    return _(
        "There are more {many} than one answer holds: only its {count} are drawn.", many=many, count=count
    )


def _id(value: Any) -> str:
    return str(value.get("id") or "") if isinstance(value, dict) else ""


def _text(row: Json, name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else "" if value is None else str(value)


def _servers(rows: list[Json], names: dict[str, str]) -> Iterator[Thing]:
    for row in rows:
        task = row.get("OS-EXT-STS:task_state")
        flavor, image = _id(row.get("flavor")), _id(row.get("image"))
        named = row["flavor"].get("original_name") if isinstance(row.get("flavor"), dict) else None
        facts = (
            (N_("flavor"), str(named or names.get(f"flavors {flavor}") or flavor)),
            (N_("image"), names.get(f"images {image}") or _image(image)),
            (N_("key"), _text(row, "key_name")),
        )
        state = _text(row, "status") + (f" / {task}" if task else "")
        yield Thing("server", _text(row, "id"), _text(row, "name"), state, facts, _text(row, "created"))


def _image(id: str) -> str:
    """What there is to say of a server's image whose name isn't known."""
    # Translators: {id} is the beginning of an image's id; a server without an image boots "from a volume"
    return _("image {id}…", id=id[:8]) if id else _("from a volume")


def _own_ports(rows: Iterable[Json], project: str) -> Iterator[Json]:
    """Those of servers, and those of nobody; not what networks have for themselves (router, DHCP), nor what an
    administrator sees of other projects."""
    for row in rows:
        of_server = _text(row, "device_owner").startswith("compute:")
        if _is_of(row, project) and (of_server or not _text(row, "device_id")):
            yield row


def _nova_ports(rows: dict[str, list[Json]]) -> Iterator[Json]:
    """What nova itself remembers of a server's addresses, by the network's name: where neutron doesn't answer."""
    ids = {_text(row, "name"): _text(row, "id") for row in rows["network"]}
    for server in rows["server"]:
        for network, addresses in sorted((server.get("addresses") or {}).items()):
            fixed = [
                {"ip_address": a.get("addr")} for a in addresses if a.get("OS-EXT-IPS:type") != "floating"
            ]
            id = f"{_text(server, 'id')} {network}"
            yield {
                "id": id,
                "device_id": server.get("id"),
                "network_id": ids.get(network),
                "fixed_ips": fixed,
            }


def _own_networks(rows: dict[str, list[Json]], project: str) -> Iterator[Json]:
    """The project's own, and those that others let it use."""
    used = {_text(port, "network_id") for port in rows["port"]}
    for row in rows["network"]:
        if (
            _is_of(row, project)
            or row.get("shared")
            or row.get("router:external")
            or _text(row, "id") in used
        ):
            yield row


def _is_of(row: Json, project: str) -> bool:
    owner = _text(row, "project_id") or _text(row, "tenant_id")
    return not project or not owner or owner == project


def _ports(rows: Iterable[Json]) -> Iterator[Thing]:
    for row in rows:
        addresses = [_text(ip, "ip_address") for ip in row.get("fixed_ips") or [] if isinstance(ip, dict)]
        facts = ((N_("address"), ", ".join(addresses)), (N_("mac"), _text(row, "mac_address")))
        name = ", ".join(addresses) or _text(row, "name")
        yield Thing("port", _text(row, "id"), name, _text(row, "status"), facts, _text(row, "created_at"))


def _networks(rows: list[Json]) -> Iterator[Thing]:
    for row in rows:
        facts = ((N_("reach"), ", ".join(_(REACH[key]) for key in REACH if row.get(key))),)
        since = _text(row, "created_at")
        yield Thing("network", _text(row, "id"), _text(row, "name"), _text(row, "status"), facts, since)


def _volumes(rows: list[Json]) -> Iterator[Thing]:
    for row in rows:
        facts = ((N_("size"), f"{_text(row, 'size')} GiB"),)
        since = _text(row, "created_at")
        yield Thing("volume", _text(row, "id"), _text(row, "name"), _text(row, "status"), facts, since)


def _keypairs(rows: list[Json]) -> Iterator[Thing]:
    for row in rows:
        name = _text(row, "name")
        yield Thing(
            "keypair", _text(row, "fingerprint") + name, name, "", ((N_("type"), _text(row, "type")),)
        )


def _links(rows: dict[str, list[Json]]) -> Iterator[Link]:
    """Only between things that are there."""
    servers = {_text(row, "id") for row in rows["server"]}
    networks = {_text(row, "id") for row in rows["network"]}
    for row in rows["port"]:
        key, server, network = f"port {_text(row, 'id')}", _text(row, "device_id"), _text(row, "network_id")
        if server in servers:
            yield Link(key, f"server {server}")
        if network in networks:
            yield Link(key, f"network {network}")
    for row in rows["volume"]:
        for held in row.get("attachments") or []:
            if isinstance(held, dict) and _text(held, "server_id") in servers:
                device = _text(held, "device")
                yield Link(f"volume {_text(row, 'id')}", f"server {_text(held, 'server_id')}", device)
    by_name = {_text(row, "name"): row for row in rows["keypair"]}
    for row in rows["server"]:
        pair = by_name.get(_text(row, "key_name"))
        if pair:
            yield Link(
                f"keypair {_text(pair, 'fingerprint')}{_text(pair, 'name')}", f"server {_text(row, 'id')}"
            )

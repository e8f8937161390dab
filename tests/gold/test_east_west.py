"""What our services ask and tell each other is what the real ones do: the same exchanges and messages, in order.

Compared are the essential ones: `NOISE` names the recorded ones that are left out, `OURS` what is there beside them,
each with its reason. Of an exchange everything that the recording says is compared: who asks whom, method, path,
status, user agent, microversion, whose token, and whether the first request's id goes along.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from cloudlab.compare.ids import path_form
from cloudlab.sim.neutron import notify
from cloudlab.sim.nova import build

from .clouds import in_process
from .hooks import CIRROS, DEMO
from .story import read_text
from .walk import BASE, Walk
from .wire import Answer

Row = dict[str, Any]
LEARNER = "TOKEN-0-demo@demo"
COMPARED = ("kind", "from", "to", "name", "status", "agent", "version", "token", "vouching", "connected")

# Of the recording: what a row has to have, and why it is left out.
NOISE: tuple[tuple[Row, str], ...] = (
    ({"kind": "reply"}, "the answer to a call: ours are not noted apart from the call"),
    (
        {"to": "conductor", "name": "object_.*"},
        "compute has no database and asks conductor to read and write for it; ours reads and writes itself",
    ),
    ({"name": "notify_service_capabilities"}, "cinder-volume's own report, every minute"),
    (
        {"from": "nova-compute", "to": "placement", "connected": "other"},
        "compute's own look at its host, every minute: nobody's request",
    ),
    (
        {"from": "nova-compute", "to": "neutron-api", "connected": "other"},
        "compute reads the same facts a second time, because of the next",
    ),
    (
        {"to": "nova-api", "name": "POST /v2.1/os-server-external-events", "nth": 2},
        "network-changed, which neutron's notifier sends two seconds later, when nothing has changed any more",
    ),
    ({"from": "nova-api", "name": "external_instance_event", "nth": 2}, "and what nova does with it"),
    (
        {"from": "nova-compute", "name": r"GET /v2\.0/ports\?device_owner&network_id"},
        "the network's DHCP servers, for the guest's files: our guest has none",
    ),
    (
        {"from": "nova-compute", "name": r"GET /v2\.0/networks/\{id\}\?fields"},
        "the network's segments and provider, for the virtual switch: ours has none",
    ),
)
OURS: tuple[tuple[Row, str], ...] = (
    (
        {"to": "keystone", "name": "GET /v3/auth/tokens", "first": False},
        "each service's middleware asks about a token that it has not seen; in the recording a shared cache answered",
    ),
)


def matches(row: Row, wanted: Row) -> bool:
    """Whether a row is what an entry of NOISE or OURS describes; names are patterns."""
    named = re.fullmatch(wanted.get("name", ".*"), row["name"])
    return bool(named) and all(row.get(key) == wanted[key] for key in wanted if key != "name")


def numbered(rows: list[Row]) -> list[Row]:
    """Each with which one of its name it is: `nth`."""
    seen: Counter[tuple[str, str]] = Counter()
    for row in rows:
        seen[row["to"], row["name"]] += 1
        row["nth"] = seen[row["to"], row["name"]]
    return rows


def without(rows: list[Row], left_out: tuple[tuple[Row, str], ...]) -> list[Row]:
    kept = [row for row in numbered(rows) if not any(matches(row, wanted) for wanted, _ in left_out)]
    return [{key: row.get(key, "") for key in COMPARED} for row in kept]


RECORDED: dict[str, list[Row]] = json.loads(read_text("EAST_WEST"))


class Desk:
    """A cloud on which operations are done one after the other, each with what it caused."""

    def __init__(self, cloud: Any, walk: Walk) -> None:
        self.cloud, self.walk = cloud, walk
        self.caused: dict[str, list[Any]] = {}

    def do(self, operation: str, method: str, url: str, body: Any = None) -> Answer:
        """One operation with a new token, until nothing is under way."""
        self.walk.tokens.pop(LEARNER, None)
        self.walk.token(LEARNER)
        before = self.cloud.journal.last
        answer = self.walk.must("demo@demo", method, url, body)
        self.walk.wait(30)
        self.cloud.run_due()
        self.caused[operation] = self.cloud.journal.entries(before)
        return answer

    def life(self) -> None:
        """A server and a volume, from their beginning to their end."""
        nova, cinder = BASE["nova"], f"{BASE['cinder']}/{self.walk.ids.translate(DEMO)}"
        server = {"name": "asked", "imageRef": self.walk.ids.translate(CIRROS), "flavorRef": "1"}
        made = self.do("server_create", "POST", f"{nova}/servers", {"server": server})
        url = f"{nova}/servers/{made.body['server']['id']}"
        self.do("server_list", "GET", f"{nova}/servers/detail")
        self.do("server_stop", "POST", f"{url}/action", {"os-stop": None})
        volume = self.do("volume_create", "POST", f"{cinder}/volumes", {"volume": {"size": 1}})
        ident = volume.body["volume"]["id"]
        self.do("snapshot_create", "POST", f"{cinder}/snapshots", {"snapshot": {"volume_id": ident}})
        attached = {"volumeAttachment": {"volumeId": ident}}
        self.do("volume_attach", "POST", f"{url}/os-volume_attachments", attached)
        self.do("volume_detach", "DELETE", f"{url}/os-volume_attachments/{ident}")
        self.do("server_delete", "DELETE", url)

    def rows(self) -> dict[str, list[Row]]:
        """By operation, in the recording's form."""
        owners = whose(self.cloud.journal.entries())
        return {
            operation: [as_row(entry, entries[0], owners) for entry in entries]
            for operation, entries in self.caused.items()
        }


def whose(entries: list[Any]) -> dict[str, str]:
    """The user's name of each token that keystone gave."""
    given = [entry for entry in entries if entry.name == "POST /v3/auth/tokens" and entry.status == 201]
    found = {}
    for content in [entry.content for entry in given]:
        headers = {name.lower(): value for name, value in content.response_headers}
        found[headers["x-subject-token"]] = json.loads(content.response_body)["token"]["user"]["name"]
    return found


def as_row(entry: Any, outermost: Any, owners: dict[str, str]) -> Row:
    """A journal entry in the recording's form. `outermost`: the call that began it all."""
    first = outermost.request_id
    row = {"kind": entry.kind, "from": entry.sender, "to": entry.topic or entry.receiver, "name": entry.name}
    if entry.kind != "http":
        return {**row, "connected": "first" if entry.request_id == first else "other"}
    method, _, path = entry.name.partition(" ")
    sent = dict(entry.content.request_headers)
    passed = entry.global_request_id
    return {
        **row,
        "name": f"{method} {path_form(path)}",
        "status": entry.status,
        "agent": entry.user_agent if entry.sender != "client" else "gold-recorder",
        "version": entry.microversion,
        "token": owners.get(sent.get("HTTP_X_AUTH_TOKEN", ""), ""),
        "vouching": owners.get(sent.get("HTTP_X_SERVICE_TOKEN", ""), ""),
        "connected": "" if not passed else "first" if passed == first else "other",
        "first": (entry.parent, entry.sender) == (first, outermost.receiver),
    }


@contextmanager
def desk() -> Iterator[Desk]:
    """Where each operation was done once: a fresh cloud's first call causes more, its services have to log in."""
    with in_process(1) as (cloud, caller):
        walk = Walk(caller, cloud.clock)
        walk.bind_first_contents()
        used = Desk(cloud, walk)
        used.life()
        yield used


@pytest.fixture(scope="module")
def rows() -> dict[str, list[Row]]:
    """What each recorded operation causes between our services."""
    with desk() as used:
        used.life()
        return used.rows()


@pytest.mark.parametrize("operation", RECORDED)
def test_the_same_exchanges_and_messages_in_the_same_order(
    operation: str, rows: dict[str, list[Row]]
) -> None:
    assert without(rows[operation], OURS) == without(RECORDED[operation], NOISE)


@pytest.mark.parametrize(("wanted", "reason"), NOISE)
def test_what_is_left_out_was_recorded(wanted: Row, reason: str) -> None:
    assert reason
    assert any(matches(row, wanted) for rows in RECORDED.values() for row in numbered(rows))


def test_a_call_that_is_taken_out_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "_count_own", lambda scope, server: None)
    monkeypatch.setattr(notify, "agents", lambda scope, port, *messages: None)
    with desk() as used:
        used.life()
        ours = [row["name"] for row in without(used.rows()["server_delete"], OURS)]
    recorded = [row["name"] for row in without(RECORDED["server_delete"], NOISE)]
    gone = Counter(recorded) - Counter(ours)
    assert gone == Counter(
        ["GET /resource_providers/{id}/allocations", "push", "security_groups_member_updated", "port_delete"]
    )

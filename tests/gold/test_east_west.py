"""What our services ask each other is what the real ones ask: the same paths of the same services, per operation.

Order and completeness are not judged here, and tokens aside: a shared cache hid most validations in the recording.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from .clouds import in_process
from .hooks import CIRROS, DEMO
from .ids import path_form
from .story import read_text
from .walk import BASE, Walk
from .wire import Answer

Call = tuple[str, str, str, str, int | None]


class Desk:
    """A cloud on which operations are done one after the other, each with the calls that it caused."""

    def __init__(self, cloud: Any, walk: Walk) -> None:
        self.cloud, self.walk = cloud, walk
        self.calls: dict[str, list[Call]] = {}

    def do(self, operation: str, method: str, url: str, body: Any = None) -> Answer:
        """One operation, until nothing is under way."""
        before = len(self.cloud.journal.entries())
        answer = self.walk.must("demo@demo", method, url, body)
        self.walk.wait(30)
        self.cloud.run_due()
        entries = self.cloud.journal.entries()[before:]
        self.calls[operation] = [as_call(entry) for entry in entries if entry.kind == "http"]
        return answer


def as_call(entry: Any) -> Call:
    """A journal entry in the recording's form."""
    method, _, path = entry.what.partition(" ")
    return entry.sender, entry.receiver, method, path_form(path), entry.status


@pytest.fixture(scope="module")
def calls() -> Iterator[dict[str, list[Call]]]:
    """What each recorded operation causes between our services."""
    with in_process(1) as (cloud, caller):
        walk = Walk(caller, cloud.clock)
        walk.bind_first_contents()
        desk = Desk(cloud, walk)
        nova, cinder = BASE["nova"], f"{BASE['cinder']}/{walk.ids.translate(DEMO)}"
        server = {"name": "asked", "imageRef": walk.ids.translate(CIRROS), "flavorRef": "1"}
        made = desk.do("server_create", "POST", f"{nova}/servers", {"server": server})
        url = f"{nova}/servers/{made.body['server']['id']}"
        desk.do("server_list", "GET", f"{nova}/servers/detail")
        desk.do("server_stop", "POST", f"{url}/action", {"os-stop": None})
        volume = desk.do("volume_create", "POST", f"{cinder}/volumes", {"volume": {"size": 1}}).body[
            "volume"
        ]["id"]
        attached = {"volumeAttachment": {"volumeId": volume}}
        desk.do("snapshot_create", "POST", f"{cinder}/snapshots", {"snapshot": {"volume_id": volume}})
        desk.do("volume_attach", "POST", f"{url}/os-volume_attachments", attached)
        desk.do("volume_detach", "DELETE", f"{url}/os-volume_attachments/{volume}")
        desk.do("server_delete", "DELETE", url)
        assert not walk.missing
        yield desk.calls


RECORDED = json.loads(read_text("EAST_WEST"))


@pytest.mark.parametrize("operation", RECORDED)
def test_only_questions_that_real_services_ask(operation: str, calls: dict[str, list[Call]]) -> None:
    recorded = {tuple(call) for call in RECORDED[operation]}
    invented = [call for call in calls[operation] if call[1] != "keystone" and call not in recorded]
    assert not invented


@pytest.mark.parametrize("operation", ["server_create", "volume_attach", "volume_detach", "server_delete"])
def test_services_that_were_asked_are_asked(operation: str, calls: dict[str, list[Call]]) -> None:
    recorded = {(call[0], call[1]) for call in RECORDED[operation]} - {("nova", "keystone")}
    assert recorded <= {call[:2] for call in calls[operation]}

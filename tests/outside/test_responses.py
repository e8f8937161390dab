"""The table of response schemas: it is whole, the recorded answers satisfy it, and wrong ones don't."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.parity.operations import PRESENT, Operation, operations

from . import exceptions, responses
from .answers import TABLES
from .recordings import recorded

RECORDED = dict(recorded(*TABLES))
SUCCESSES = {key: step for key, step in RECORDED.items() if 200 <= step.status < 300}


@pytest.mark.parametrize("service", TABLES)
def test_every_row_names_a_schema_of_tempests(service: str) -> None:
    for name in TABLES[service].values():
        assert "status_code" in responses.schema_for(service, name, (99, 0)), name


def test_the_schema_is_the_newest_that_is_not_newer_than_what_was_asked() -> None:
    name = "servers.get_server"
    fields = {
        minor: set(
            responses.schema_for("nova", name, (2, minor))["response_body"]["properties"]["server"][
                "properties"
            ]
        )
        for minor in (1, 2, 3, 18, 19, 96, 100)
    }
    assert fields[1] == fields[2]
    assert fields[3] - fields[2] >= {"OS-EXT-SRV-ATTR:hostname"}
    assert fields[19] - fields[18] == {"description"}
    assert fields[100] - fields[96] >= {"scheduler_hints"}
    assert "details" in str(responses.schema_for("nova", "servers.show_instance_action", (2, 84)))
    assert responses.schema_for("nova", name, None) is responses.schema_for("nova", name, (2, 1))


def test_recorded_answers_satisfy_the_table() -> None:
    """A real nova and a real cinder are the proof of the table, of the microversions, and of the exceptions."""
    said = [text for exchange in RECORDED.values() for text in responses.complaints(exchange)]
    assert said == []


def test_the_recordings_say_something_about_much_of_the_table() -> None:
    seen = {(s.service, responses.ROWS[s.service].find(s)) for s in SUCCESSES.values()}
    assert len(SUCCESSES) >= 600
    assert len([row for _, row in seen if row]) >= 110


def test_exceptions_that_name_a_recording_are_needed_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    named = [entry for entry in exceptions.EXCUSED if re.search(r"(nova_v2\w*|cinder)/\d+", entry.reason)]
    needed = set()
    monkeypatch.setattr(
        responses, "excused", lambda *given: needed.update(e for e in named if e.covers(*given)) or False
    )
    for exchange in SUCCESSES.values():
        responses.complaints(exchange)
    assert {entry.row for entry in needed} >= {
        "GET /os-simple-tenant-usage/{id}",
        "GET /os-hypervisors/detail",
        "GET /snapshots/{id}",
    }


def test_another_status_is_noticed() -> None:
    judged = {key: s for key, s in SUCCESSES.items() if responses.ROWS[s.service].find(s)}
    quiet = [key for key, s in judged.items() if not responses.complaints(replace(s, status=208))]
    assert quiet == []


def test_a_missing_body_is_noticed() -> None:
    """Whoever has a body in its schema misses it; bodies that may hold anything aren't counted."""
    judged = {key: s for key, s in SUCCESSES.items() if s.answer and responses.ROWS[s.service].find(s)}
    quiet = [key for key, s in judged.items() if not responses.complaints(replace(s, answer=""))]
    assert quiet == []


WRONG = {
    "a field too many": (r"servers/[0-9a-f-]{36}$", lambda body: body["server"].update(vcpus=1)),
    "a field missing": (r"flavors/detail", lambda body: body["flavors"][0].pop("ram")),
    "a number as text": (r"volumes/[0-9a-f-]{36}$", lambda body: body["volume"].update(size="1")),
    "a status that isn't": (r"servers/detail", lambda body: body["servers"][0].update(status=None)),
    "no list": (r"snapshots$", lambda body: body.update(snapshots={})),
    "no time": (r"images/[0-9a-f-]{36}$", lambda body: body["image"].update(updated="yesterday")),
    "half the limits": (r"limits", lambda body: body["limits"].pop("absolute")),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_answer_is_noticed(what: str) -> None:
    where, spoil = WRONG[what]
    found = 0
    for exchange in SUCCESSES.values():
        body = json.loads(exchange.answer) if exchange.answer[:1] == "{" else None
        if exchange.method == "GET" and re.search(where, exchange.path) and body and any(body.values()):
            spoil(body)
            found += 1
            assert responses.complaints(replace(exchange, answer=json.dumps(body))), exchange
    assert found


def present(service: str) -> Iterator[Operation]:
    """The service's operations below its mount, or all where it has none."""
    mounted = service != "keystone"
    return (one for one in operations()[service] if one.status == PRESENT and one.mounted >= mounted)


@pytest.mark.parametrize("service", TABLES)
def test_every_operation_is_judged_or_says_why_not(service: str) -> None:
    tables = responses.ROWS[service], responses.UNJUDGED_ROWS[service]
    unheard = [one.key for one in present(service) if not any(t.find(one.example()) for t in tables)]
    assert unheard == []


@pytest.mark.parametrize("service", TABLES)
def test_nothing_is_both_judged_and_not(service: str) -> None:
    assert not set(TABLES[service]) & set(exceptions.UNJUDGED[service])

"""The journal: order, bounds, and what belongs together."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cloudlab.sim.journal import LONGEST, Content, Entry, Journal, answered_id

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def note(journal: Journal, request_id: str, parent: str = "", **facts: Any) -> int:
    told = {"kind": "http", "sender": "client", "receiver": "nova-api", "name": "GET /", **facts}
    entry = Entry(time=NOW, request_id=request_id, parent=parent, **told)
    journal.add(entry)
    return entry.number


def names(entries: list[Any]) -> list[int]:
    return [entry.number for entry in entries]


def carry(journal: Journal, request_id: str, body: bytes) -> Any:
    entry = Entry("http", NOW, "a", "b", "GET /", request_id, parent="")
    journal.add(entry)
    journal.keep(entry, Content([], b"", 0, [], body, len(body)))
    return entry


def test_numbers_go_on_and_the_oldest_entries_go_first() -> None:
    journal = Journal(entries=3)
    for number in range(1, 6):
        assert note(journal, f"req-{number}") == number
    assert names(journal.entries()) == [3, 4, 5]
    assert names(journal.entries(after=4)) == [5]
    assert journal.last == 5


def test_contents_go_long_before_entries() -> None:
    journal = Journal(contents=250)
    first, second, third = (carry(journal, f"req-{n}", b"x" * 100) for n in range(3))
    assert first.content is None
    assert second.content is not None
    assert third.content is not None
    assert len(journal.entries()) == 3


def test_a_long_body_is_counted_not_kept() -> None:
    entry = carry(Journal(), "req-1", b"x" * (LONGEST + 1))
    assert (entry.content.response_body, entry.content.response_size) == (b"", LONGEST + 1)


def test_what_a_request_caused_is_its_own_exchange_and_all_that_followed() -> None:
    journal = Journal()
    note(journal, "req-other")
    top = note(journal, "req-1")
    inner = note(journal, "req-2", "req-1")
    deeper = note(journal, "req-3", "req-2")
    message = note(journal, "req-3", "req-3", kind="cast", name="later")
    assert names(journal.caused_by("req-1")) == [top, inner, deeper, message]
    assert journal.caused_by("req-none") == []


def test_by_resource_finds_paths_bodies_and_messages() -> None:
    journal = Journal()
    path = note(journal, "req-1", name="GET /servers/ab12")
    note(journal, "req-2", name="GET /servers/ffff")
    body = carry(journal, "req-3", b'{"id": "ab12"}').number
    message = note(journal, "req-4", kind="cast", name="stop_instance", about="cd34 ab12")
    assert names(journal.about("ab12")) == [path, body, message]


def test_what_is_done_anew_did_not_happen() -> None:
    journal = Journal()
    kept = carry(journal, "req-1", b"kept")
    before = journal.last
    carry(journal, "req-2", b"gone")
    note(journal, "req-3", "req-2")
    journal.forget_after(before)
    assert names(journal.entries()) == [kept.number]
    assert note(journal, "req-4") == before + 1
    assert journal.entries()[0].content.response_body == b"kept"


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([("x-openstack-request-id", "req-a"), ("X-Compute-Request-Id", "req-b")], "req-a"),
        ([("X-Compute-Request-Id", "req-b")], "req-b"),
        ([("Content-Type", "text/html")], "req-own"),
    ],
)
def test_the_id_that_an_answer_carries(headers: list[tuple[str, str]], found: str) -> None:
    assert answered_id(headers, "req-own") == found

"""The published request schemas: the table is whole, real services agreed with them, and disagreement is noticed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from . import bodies, published
from .exceptions import REFUSED_BESIDES, UNPUBLISHED
from .paths import Rows
from .recordings import recorded
from .tap import Exchange
from .test_responses import present

SENT = {
    key: (exchange, row)
    for key, exchange in recorded(*bodies.TABLES)
    if exchange.method in bodies.WITH_BODY and (row := bodies.ROWS[exchange.service].find(exchange))
}


@pytest.fixture(autouse=True)
def _published() -> None:
    if not published.are_here():
        pytest.fail("nova's, cinder's and keystone's schemas aren't here: `make tests` fetches them")


@pytest.mark.parametrize("service", bodies.TABLES)
def test_every_row_names_a_method_with_a_published_schema(service: str) -> None:
    for key in bodies.TABLES[service]:
        found = bodies.schemas(service, key)
        assert found, key
        for schema in found:
            constant = getattr(published.module(schema.module), schema.name)
            assert json.dumps(constant), f"{key}: nothing hollow may be in a schema"


def test_microversions_are_read_from_the_decorators() -> None:
    found = bodies.schemas("nova", "POST /os-keypairs")
    assert [(s.name, s.oldest, s.newest) for s in found] == [
        ("create_v20", (2, 0), (2, 0)),
        ("create", (2, 1), (2, 1)),
        ("create_v22", (2, 2), (2, 9)),
        ("create_v210", (2, 10), (2, 91)),
        ("create_v292", (2, 92), None),
    ]
    first = bodies.schemas("cinder", "POST /volumes")[0]
    assert (first.name, first.oldest, first.newest) == ("create", (3, 0), (3, 12))


def test_the_real_services_agreed_with_their_schemas() -> None:
    """Every recorded request: what was refused is refused in the same words, what was taken is taken."""
    said = [text for exchange, _ in SENT.values() for text in bodies.complaints(exchange)]
    assert said == []


def test_the_recordings_say_something_about_both() -> None:
    verdicts = [bodies.judge(exchange, row) for exchange, row in SENT.values()]
    assert sum(verdict is not None and verdict.valid for verdict in verdicts) >= 280
    assert sum(verdict is not None and not verdict.valid for verdict in verdicts) >= 80


def test_a_refusal_that_is_missing_or_wrong_is_noticed() -> None:
    for exchange, row in SENT.values():
        verdict = bodies.judge(exchange, row)
        if verdict and not verdict.valid and exchange.status == 400:
            assert bodies.complaints(replace(exchange, status=202)), exchange
            assert bodies.complaints(replace(exchange, answer='{"badRequest": {"message": "No."}}')), exchange


def test_a_refusal_of_what_is_right_is_noticed() -> None:
    no = '{"badRequest": {"message": "Invalid input for field/attribute name. Value: x. x is too short"}}'
    taken = [
        exchange
        for exchange, row in SENT.values()
        if exchange.status < 300 and bodies.judge(exchange, row) and row not in REFUSED_BESIDES
    ]
    assert taken
    for exchange in taken:
        assert bodies.complaints(replace(exchange, status=400, answer=no)), exchange


@pytest.mark.parametrize("service", bodies.TABLES)
def test_every_body_is_judged_or_it_is_said_why_not(service: str) -> None:
    tables = bodies.ROWS[service], Rows(service, UNPUBLISHED[service])
    with_body = [one for one in present(service) if one.method in bodies.WITH_BODY]
    assert [one.key for one in with_body if not any(rows.find(one.example()) for rows in tables)] == []


def test_half_a_pair_of_surrogates_is_nobodys_matter() -> None:
    exchange = Exchange("nova", "POST", "/v2.1/servers", "", {}, '{"server": "\\ud800"}', 400, {}, "{}")
    assert bodies.complaints(exchange) == []

"""WebOb's choice between HTML, JSON and text, seen on 2025.2 (WebOb 1.8.9) for each of these headers."""

import time

import pytest

from cloudlab.sim.webob import best_offer

HTML, JSON, TEXT = "text/html", "application/json", None


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("", TEXT),  # as well as no header at all
        ("*/*", HTML),
        ("application/json", JSON),
        ("Application/JSON", JSON),
        ("text/plain", TEXT),
        ("application/*", JSON),
        ("text/html, application/json", HTML),
        ("application/json, text/html", HTML),
        ("application/json;q=0.5,text/html;q=0.4", JSON),
        ("text/html;q=0, */*", JSON),
        ("text/html;q=0", TEXT),
        ("text/html;q=0, application/json;q=0", TEXT),
        ("text/html;level=1", TEXT),
        ("text/*;level=1", HTML),
        ('text/plain;title="a,b", application/json', JSON),
        ("application/json;q=0.3;ext=1, text/*;q=0.2", JSON),
        ("application/json, text/html;q=0.5, text/html", JSON),
        ("application/json,,", JSON),
        ("rubbish", HTML),
        ("application/json;q=2", HTML),
        ("application/json, ", HTML),
        (",application/json", HTML),
        ("application/json text/html", HTML),
    ],
)
def test_the_offer_that_the_header_likes_best(accept: str, wanted: str | None) -> None:
    assert best_offer(accept) == wanted


@pytest.mark.parametrize(
    "accept", ["a/b" + ";a=b" * 20_000 + ";", "," * 60_000 + "x", 'a/b;x="' + "\\a" * 30_000]
)
def test_a_header_made_to_be_slow_is_not(accept: str) -> None:
    started = time.process_time()
    best_offer(accept)
    assert time.process_time() - started < 1

"""How an exchange looks: complete, folded, marked, escaped, and the same bytes each time."""

import json
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudlab.client.exchange import Exchange, Headers, Request, Response
from cloudlab.show.html import as_html
from cloudlab.show.words import STATUS, meaning, took
from tests.unit.tiny_cloud import KEYSTONE, NOVA, log_in, tiny_lab

EVIL = '<script>alert("1")</script><img src=x onerror=alert(1)>'
VOID = {"img", "br", "meta", "input"}


class Page(HTMLParser):
    """Tags and visible text; complains about a tag that isn't closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.text += data


def make(body: bytes = b"{}", marks=(), status=200, method="GET", url=f"{NOVA}/x", **headers) -> Exchange:
    return Exchange(
        Request(
            method,
            url,
            Headers({"Content-Type": "application/json", **headers}),
            b'{"server": {"name": "a"}}',
        ),
        Response(status, "Reason", Headers({"Content-Type": "application/json", **headers}), body),
        elapsed=timedelta(milliseconds=50),
        ordinal=3,
        marks=tuple(marks),
    )


def test_text_and_html_say_the_same():
    lab, app = tiny_lab()
    log_in(lab)
    app.on(
        "GET",
        "/v2.1/servers/s1",
        (200, {"X-Openstack-Request-Id": "req-1"}, {"server": {"name": "vm-ü", "n": 1}}),
    )
    bundle = lab.get(f"{NOVA}/servers/s1")._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    for text in (bundle["text/plain"], Page(bundle["text/html"]).text):
        for piece in (
            "GET",
            f"{NOVA}/servers/s1",
            "‹token 1›",
            "200 Reason",
            meaning(200),
            "50 ms",
            "req-1",
            "vm-ü",
        ):
            assert piece in text


def test_html_needs_no_script_no_ids_and_is_whole():
    page = Page(as_html(make()))
    assert "script" not in page.tags and "id" not in page.attributes and "onclick" not in page.attributes
    assert page.tags.count("summary") == page.tags.count("details") >= 6
    for label in ("as curl", "as requests code", "as raw HTTP", "Request headers", "Response headers"):
        assert label in page.text
    assert 'aria-label="Exchange 3: GET, 200 Reason"' in as_html(make())


def test_the_style_knows_jupyters_theme_and_the_browsers():
    style = as_html(make()).split("</style>")[0]
    assert "var(--jp-layout-color1,#fff)" in style and "prefers-color-scheme:dark" in style
    assert ":focus-visible" in style


@pytest.mark.parametrize("place", ["body", "key", "header", "url", "text"])
def test_a_server_named_script_shows_as_text(place):
    body = {"body": '{"name": "<script>alert(1)</script>"}', "key": '{"<script>": 1}', "text": EVIL}.get(
        place, "{}"
    )
    headers = {"X-Evil": EVIL} if place == "header" else {}
    url = f"{NOVA}/<script>" if place == "url" else f"{NOVA}/x"
    page = Page(as_html(make(body.encode(), url=url, **headers)))
    assert not {"script", "img"} & set(page.tags)
    assert "<script>" in page.text


@given(st.text(), st.text(), st.sampled_from([200, 404, 500]))
def test_whatever_a_body_holds_the_page_stays_whole(value, reason, status):
    response = Response(status, reason, Headers({"X-A": reason}), value.encode("utf-8", "surrogatepass"))
    page = Page(as_html(Exchange(Request("GET", f"{NOVA}/x"), response)))
    assert not {"script", "img"} & set(page.tags)


def test_two_runs_give_the_same_bytes():
    def run() -> list[str]:
        lab, app = tiny_lab()
        app.on("GET", "/v2.1/servers", (200, {}, {"servers": [{"id": str(i)} for i in range(50)]}))
        log_in(lab)
        return [lab.get(f"{NOVA}/servers")._repr_mimebundle_()[kind] for kind in ("text/html", "text/plain")]

    assert run() == run()


@pytest.mark.parametrize(
    ("mark", "line"),
    [
        ("X-Subject-Token", "    X-Subject-Token: ‹token 1›  ◀"),
        ("token.user.name", '        "name": "demo"  ◀'),
        ("request.auth.scope", '        "scope": "p"  ◀'),
    ],
)
def test_a_mark_points_at_one_line(mark, line):
    lab, _ = tiny_lab()
    r = lab.post(f"{KEYSTONE}/v3/auth/tokens", json={"auth": {"scope": "p"}}, mark=mark)
    assert [text.strip() for text in str(r).splitlines() if "◀" in text] == [line.strip()]
    assert as_html(r.redacted()).count("<mark>") == (2 if mark.startswith("X-") else 1)


def test_marks_of_the_status_and_of_every_item():
    r = make(b'{"servers": [{"id": 1}, {"id": 2}]}', marks=["status_code", "servers.*.id"])
    assert str(r).count("◀") == 3


def big(n: int = 60) -> bytes:
    items = [{"id": i, **{f"f{j}": j for j in range(12)}} for i in range(n)]
    return json.dumps({"servers": items, "next": None}).encode()


def test_a_long_body_is_folded_and_nothing_is_lost():
    r = make(big())
    shown, full = str(r).splitlines(), r.as_text(full=True).splitlines()
    assert len(shown) < 70 < 800 < len(full)
    assert '"f11": 11' in "".join(shown), "the first item stays open, as an example"
    page = Page(as_html(r))
    assert page.text.count('"f11": 11') >= 60


def test_a_marked_part_is_never_folded():
    r = make(big(), marks=["servers.45.f3"])
    assert '"f3": 3,  ◀' in str(r)


def test_a_folded_object_shows_its_name():
    servers = [{"id": f"i{n}", "name": f"vm-{n}", "list": list(range(20))} for n in range(9)]
    text = str(make(json.dumps({"servers": servers}).encode()))
    assert '        { … "name": "vm-8" … }' in text.splitlines() and '"name": "vm-0",' in text


def test_what_is_marked_in_every_item_shows_on_the_closed_lines():
    lines = str(make(big(), marks=["servers.*.f3"])).splitlines()
    assert len(lines) < 70
    assert '        { … "f3": 3 … },  ◀' in lines and '          "f3": 3,  ◀' in lines


def test_short_bodies_are_whole():
    assert "…" not in str(make(b'{"servers": [{"id": 1, "a": [1, 2, 3]}]}'))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"\xff\xfe\x00", "3 bytes of application/json"),
        (b"\x00\x01", "2 bytes of"),
        (b"line 1\nline 2", "    line 2"),
        (b"", "(50 ms)"),
    ],
)
def test_bodies_that_are_no_json(body, words):
    assert words in str(make(body))
    Page(as_html(make(body)))


def test_long_plain_text_is_folded():
    text = "\n".join(f"line {n}" for n in range(100))
    assert "… 70 more lines" in str(make(text.encode())) and "line 99" not in str(make(text.encode()))
    assert "line 99" in make(text.encode()).as_text(full=True) and "line 99" in as_html(make(text.encode()))


def test_control_characters_do_not_reach_the_terminal():
    answer = Response(200, "OK", Headers({"X-A": "a\x1b[0m"}), b'"\\u001b[31mred\\u202e"')
    r = Exchange(Request("GET", f"{NOVA}/x"), answer)
    for text in (str(r), as_html(r), r.as_raw()):
        assert "\x1b" not in text and "\u202e" not in text


def test_every_status_of_the_lessons_has_a_sentence():
    for status in (200, 201, 202, 204, 300, 400, 401, 403, 404, 409, 413, 500, 503):
        assert status in STATUS
    assert "isn't done yet" in meaning(202) and "menu" in meaning(300)
    assert meaning(299) and meaning(499) and meaning(599) and meaning(999)


def test_how_long_it_took():
    assert took(timedelta(milliseconds=50)) == "50 ms" and took(timedelta(seconds=2)) == "2.00 s"

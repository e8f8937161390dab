"""The sequence diagram: one plan in four forms, folded by one rule, whatever the names hold."""

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudlab.show.sequence import Sequence
from cloudlab.show.sequence_fold import essential
from cloudlab.show.sequence_lifelines import ORDER, lifelines
from cloudlab.show.sequence_plan import shortened
from tests.arrows import PORT, SERVER, arrow, creation, exchange, strange

EVIL = [
    '<script>alert("1")</script>',
    "]]></style></svg><img src=x onerror=alert(1)>",
    "end; #1 %% <b> ->> p0: $$x$$ `\"'",
    "a\nparticipant p9 as b\r\nNote over p0: c",
    "\x1b[31mred\x07\x00\u202e\u2028\ud800\uffff",
    "",
]
PICTURE = Path(__file__).parents[2] / "notebooks" / "images" / "08-inside.svg"
VOID = {"br", "wbr", "line", "path", "rect", "img"}


class Page(HTMLParser):
    """Tags, the text of each summary, and all visible text; complains about a tag that isn't closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.summaries: list[str] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)
        if tag == "summary":
            self.summaries.append("")

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.text += data
        if "summary" in self.open:
            self.summaries[-1] += data


def rows_of_text(text: str) -> list[str]:
    """The rows of the plain text, with single spaces."""
    return [" ".join(line.split()) for line in text.splitlines() if re.match(r" +\d+\.\d\d s ", line)]


def rows_of_page(page: Page) -> list[str]:
    return [s for s in (" ".join(s.split()) for s in page.summaries) if re.match(r"\d+\.\d\d s ", s)]


def hostile() -> list:
    return [
        arrow(
            number,
            kind,
            evil,
            sender=evil,
            receiver=EVIL[number - 1],
            status=None if kind == "cast" else 500,
            user_agent=evil,
            about=evil,
            parent=evil,
            request_id=evil,
            microversion=evil,
            exchange=None if kind == "cast" else exchange("GET /x"),
        )
        for kind in ("http", "cast")
        for number, evil in enumerate(EVIL)
    ]


@pytest.mark.parametrize("count", [1, 10, 60])
def test_text_and_html_say_the_same_arrows(count):
    arrows = creation(count)
    page, text = Page(Sequence(arrows).html()), Sequence(arrows, full=True).text()
    assert rows_of_page(page) == rows_of_text(text)
    assert len(rows_of_text(text)) == count
    assert Page(Sequence(arrows, full=True).html()).summaries == page.summaries


@pytest.mark.parametrize("count", [1, 10, 60])
@pytest.mark.parametrize("full", [False, True])
def test_every_form_has_every_arrow_that_is_shown(count, full):
    q = Sequence(creation(count), full=full)
    shown = count if full else sum(essential(creation(count)))
    assert len(rows_of_text(q.text())) == shown
    assert len(re.findall(r"^ +p\d+(?:->>|--\)|--x)p\d+: ", q.mermaid(), re.MULTILINE)) == shown
    assert q.svg().count('<g class="') == shown


def test_the_first_call_and_what_it_caused_in_words():
    head = Sequence(creation(29)).text().splitlines()[0]
    assert head == (
        "POST /v2.1/servers and what it caused: 24 calls and 5 messages between 9 processes in 3.0 s."
        " Shown: the 15 that matter most."
    )
    assert "Shown" not in Sequence(creation(29), full=True).text()
    assert (
        Sequence(creation(1))
        .text()
        .startswith("POST /v2.1/servers caused nothing further inside: one call, in 0.05 s.")
    )
    assert Sequence([]).text() == "There is nothing to draw: no call was recorded."
    Page(Sequence([]).html())
    ElementTree.fromstring(Sequence([]).svg())


def test_the_lines_are_aligned():
    lines = [line for line in Sequence(creation(29)).text().splitlines() if " s  " in line]
    assert "    0.40 s  nova-scheduler → placement       PUT /allocations/dc2d751d…  204" in lines
    assert "    0.00 s  nova-api ⇢ nova-conductor        cast schedule_and_build_instances" in lines


def test_the_lines_of_a_folded_group_are_a_sentence():
    lines = Sequence(creation(29)).text().splitlines()
    assert "            (1 more call: nova-api → keystone ×1)" in lines
    assert (
        "            (4 more calls: reading tokens, networks … (neutron-api → keystone ×1, nova-api → neutron-api ×3))"
        in lines
    )
    assert lines[-1] == "lab.inside(…, full=True) shows the folded ones, too."
    assert "full=True" not in Sequence(creation(29), full=True).text()


def test_the_order_of_lifelines_is_fixed_and_strangers_come_last():
    arrows = [arrow(0, sender="zun", receiver="keystone"), arrow(1, "fanout", sender="aodh", receiver="*")]
    assert lifelines([*arrows, arrow(2)]) == ["client", "nova-api", "keystone", "zun", "aodh"]
    assert lifelines(strange()) == [*ORDER, "heat-engine"]


def test_the_caller_is_you_or_its_program():
    arrows = [arrow(0, user_agent="curl/8.5.0 (x86_64)")]
    assert "curl/8.5.0 → nova-api" in Sequence(arrows).text()
    assert "you → nova-api" in Sequence(arrows, you=True).text()
    assert "client → nova-api" in Sequence([arrow(0)]).text()


def matters(*arrows) -> list[bool]:
    """Of the arrows after a first one, which are shown at first."""
    return essential([arrow(), *arrows])[1:]


@pytest.mark.parametrize(
    ("later", "shown"),
    [
        (arrow(1, "cast", "build"), True),
        (arrow(1, "call", "select"), True),
        (arrow(1, "fanout", "update", receiver="*"), False),
        (arrow(1, "fanout", "update", receiver="*", lost=True), True),
        (arrow(1, name="POST /v2.0/ports", receiver="neutron-api"), True),
        (arrow(1, name="POST /v3/auth/tokens", receiver="keystone", status=201), False),
        (arrow(1, name="POST /v3/auth/tokens", receiver="keystone", status=401), True),
        (arrow(1, name="HEAD /v2.1/servers"), False),
        (arrow(1, name="HEAD /v2.1/servers", status=404), True),
    ],
)
def test_which_arrows_matter(later, shown):
    assert matters(later) == [shown]


def test_reading_is_shown_once_for_a_pair_and_a_token_checked_once():
    reading = [arrow(n, name="GET /x", sender=s, receiver=r) for n, (s, r) in enumerate(["ab", "ab", "cb"])]
    assert matters(*reading) == [True, False, True]
    checking = [
        arrow(n, name="GET /v3/auth/tokens", sender=s, receiver="keystone") for n, s in enumerate("ab")
    ]
    assert matters(*checking) == [True, False]


def test_the_learners_own_call_is_always_shown():
    assert essential([arrow(0, name="POST /v3/auth/tokens", receiver="keystone", status=201)]) == [True]


def test_folded_groups_are_closed_until_all_is_wanted():
    closed, opened = Sequence(creation(29)).html(), Sequence(creation(29), full=True).html()
    assert closed.count('<details class="q-group">') == opened.count('<details class="q-group" open>') == 7
    assert '<details class="q-group" open' not in closed


def test_what_failed_is_marked_by_more_than_colour():
    q = Sequence(strange())
    assert "GET /v3/auth/tokens  ✗ 401" in q.text()
    assert "cast create_volume  ✗ lost" in q.text()
    assert q.html().count('class="x"') == q.svg().count('class="x"') == 5
    assert "p8--xp9: cast create_volume ✗ lost" in q.mermaid()
    assert "It was lost: it never arrived." in Page(q.html()).text


def drawn(sequence: Sequence, row: int) -> str:
    return re.findall(r'<g class="[hm f]+">.*?</g>', sequence.html())[row]


def test_a_lost_message_ends_half_way_and_has_no_head():
    picture = drawn(Sequence(strange()), 4)
    assert 'class="m f"' in picture and 'class="x"' in picture and 'class="o"' not in picture
    whole = Sequence([arrow(0, "cast", "a"), arrow(1, "cast", "a", lost=True)])
    ends = [float(re.search(r'x2="([\d.]+)%"', drawn(whole, n))[1]) for n in (0, 1)]
    start = float(re.search(r'x1="([\d.]+)%"', drawn(whole, 0))[1])
    assert ends[1] == pytest.approx((start + ends[0]) / 2, abs=0.01)


@pytest.mark.parametrize("receiver", ["", "*"])
def test_a_fanout_goes_to_everybody(receiver):
    q = Sequence([arrow(0), arrow(1, "fanout", "update", sender="nova-api", receiver=receiver)], full=True)
    assert "nova-api ⇢ everybody" in q.text()
    assert "p1--)p1: to everybody#58; fanout update" in q.mermaid()
    assert 'class="m"' in drawn(q, 1) and "everybody" in q.svg()
    assert lifelines(q.arrows) == ["client", "nova-api"]


def test_a_row_opens_to_the_exchange():
    text = Page(Sequence(creation(60)).html()).text
    for piece in (
        f"PUT /v2.0/ports/{PORT} HTTP/1.1",
        "X-Auth-Token: ‹token 1›",
        '   "name": "thing 0",',
        "HTTP/1.1 202 OK",
        "Request id: req-00000014-0000-4000-8000-000000000000",
        "Caused by request: req-00000000",
        f"About: server {SERVER}",
        "A cast: the sender goes on and waits for no answer.",
        "Sent by: curl/8.5.0",
        "Took: 0.05 s",
    ):
        assert piece in text


def test_a_long_body_says_how_much_was_left_out():
    long = exchange("GET /x", size=5000)
    text = Page(Sequence([arrow(exchange=long)]).html()).text
    assert text.count(f"(cut here: {len(long.content):,} bytes in all)") == 2
    assert "thing 5" in text and "thing 50" not in text


def test_an_exchange_that_was_let_go_says_so():
    said = Page(Sequence([arrow()]).html()).text
    assert "GET /v2.1/servers: its headers and bodies aren't kept any more." in said


def test_ids_and_queries_are_shortened_and_whole_in_the_title():
    name = f"GET /v2.0/ports/{PORT}?tenant_id=c584def0292c47048f5166450cf6e89f&device_id={SERVER}"
    assert shortened(name) == "GET /v2.0/ports/12f274ac…?tenant_id=c584def0…&devi…"
    assert shortened("GET /deadbeef/x?a=1") == "GET /deadbeef/x?a=1"
    attributes = Page(Sequence([arrow(name=name)]).html()).attributes
    assert ("title", name) in attributes


def test_html_needs_no_script_and_no_ids():
    page = Page(Sequence(creation(60)).html())
    assert not {"script", "animate"} & set(page.tags)
    assert not {"id", "onclick", "tabindex"} & {name for name, _ in page.attributes}
    assert page.tags.count("summary") == page.tags.count("details") > 60
    labels = [value for name, value in page.attributes if name == "aria-label"]
    assert labels == [Sequence(creation(60)).text().splitlines()[0]]


def test_nothing_moves():
    style = re.search(r"<style>(.*?)</style>", Sequence(creation(1)).html(), re.DOTALL)[1]
    assert ":focus-visible" in style
    assert not re.search(r"animation|transition", style)


def test_without_drawings_and_styles_it_still_says_who_asked_whom():
    """As JupyterLab's sanitizer leaves it: no svg, no style."""
    bare = re.sub(
        r"<style>.*?</style>|<svg.*?</svg>(?=<span)", "", Sequence(creation(29)).html(), flags=re.DOTALL
    )
    assert "<svg" not in bare
    assert "0.40 s nova-scheduler → placement PUT /allocations/dc2d751d… 204" in rows_of_page(Page(bare))


def test_the_drawings_hold_no_text():
    """The sanitizer would leave it behind, in the middle of nowhere."""
    for picture in re.findall(r"<svg.*?</svg>(?=<span)", Sequence(strange()).html(), re.DOTALL):
        assert not re.sub(r"<[^>]*>", "", picture).strip()


def test_hostile_text_stays_text_in_html():
    page = Page(Sequence(hostile(), title=EVIL[0]).html())
    assert not {"script", "img"} & set(page.tags)
    assert page.text.count("<script>") > 5
    assert page.tags.count("style") == 1


def test_hostile_text_stays_text_in_svg():
    tree = ElementTree.fromstring(Sequence(hostile(), title=EVIL[1]).svg())
    tags = {element.tag.partition("}")[2] for element in tree.iter()}
    assert tags == {"svg", "title", "desc", "style", "rect", "text", "line", "path", "g"}


def test_hostile_text_stays_one_line_of_mermaid():
    lines = Sequence(hostile(), title=EVIL[3]).mermaid().splitlines()
    allowed = (
        r"sequenceDiagram|    (title |participant p\d+ as |p\d+(->>|--\)|--x)p\d+: |Note over p\d+,p\d+: ).*"
    )
    assert all(re.fullmatch(allowed, line) for line in lines)
    words = [re.sub(r"#\d+;", "", line.partition(": ")[2]) for line in lines]
    assert not any(re.search(r"[;#%<>\"'`$:\\]|\bend\b", text) for text in words)


def test_mermaid_signs_are_written_as_numbers():
    source = Sequence([arrow(name='GET /a;b#c"d%%e')]).mermaid()
    assert "GET /a#59;b#35;c#34;d#37;#37;e 200" in source


@pytest.mark.parametrize("form", ["text", "html", "mermaid", "svg"])
def test_control_characters_reach_nobody(form):
    said = getattr(Sequence(hostile(), title=EVIL[4]), form)()
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e\u2028\ud800\uffff]", said)
    said.encode()


@settings(deadline=None, derandomize=True)  # a busy machine is no failure, and CI sees the same cases
@given(st.text(), st.text(), st.text(), st.booleans())
def test_whatever_names_hold_all_forms_stay_whole(name, sender, receiver, lost):
    arrows = [arrow(0, name=name), arrow(1, "cast", name, sender=sender, receiver=receiver, lost=lost)]
    q = Sequence(arrows, title=name)
    assert not {"script", "img"} & set(Page(q.html()).tags)
    ElementTree.fromstring(q.svg())
    assert len(q.mermaid().splitlines()) >= 4
    assert len(rows_of_text(q.text())) == 2


@pytest.mark.parametrize("source", [Sequence(creation(60)).svg(), PICTURE.read_text("utf-8")])
def test_no_words_leave_the_svg(source):
    tree = ElementTree.fromstring(source)
    for text in tree.iter("{http://www.w3.org/2000/svg}text"):
        if text.get("text-anchor") == "start":
            assert float(text.get("x")) + len(text.text) * 6.5 < float(tree.get("width")), text.text


@pytest.mark.parametrize("arrows", [creation(29), strange()])
def test_the_svg_stands_alone(arrows):
    source = Sequence(arrows).svg()
    tree = ElementTree.fromstring(source)
    name = "{http://www.w3.org/2000/svg}"
    assert tree.tag == f"{name}svg" and tree.get("role") == "img"
    assert tree.find(f"{name}title").text and "→" in tree.find(f"{name}desc").text
    assert "prefers-color-scheme:dark" in source
    assert not re.search(r'href|url\(|id="', source)


def test_the_same_arrows_give_the_same_bytes():
    first, second = Sequence(creation(60)), Sequence(list(reversed(creation(60))))
    for form in ("text", "html", "mermaid", "svg"):
        assert getattr(first, form)() == getattr(second, form)()


def test_a_notebook_gets_text_and_html():
    q = Sequence(creation(10))
    assert q._repr_mimebundle_() == {"text/plain": q.text(), "text/html": q.html()}
    assert repr(q) == q.text()


def test_sixty_arrows_are_no_burden_for_a_notebook():
    assert len(Sequence(creation(60)).html().encode()) <= 250_000

"""lab.map: what is there, what has changed, and what could not be asked; as text, as SVG, as Mermaid."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudlab import LabError
from cloudlab.show import mermaid, svg
from cloudlab.show.map import Map
from cloudlab.show.scene import GONE, NEW, Link, Scene, Thing, compare
from tests.unit.learner import Learner
from tests.unit.test_show_exchange import EVIL, Page
from tests.unit.tiny_cloud import CATALOG, CINDER, TOKEN, log_in, tiny_lab

SVG = "{http://www.w3.org/2000/svg}"
NETWORK = Thing("network", "n1", "private", "ACTIVE")


def parsed(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)


def words(picture: str) -> list[str]:
    return [text.text or "" for text in parsed(picture).iter(f"{SVG}text")]


def project(count: int, name: str = "web", state: str = "ACTIVE") -> Scene:
    """So many servers with a port each; every other one with a volume."""
    things, links = [NETWORK, Thing("keypair", "k", "MyKey")], []
    for i in range(count):
        address = f"10.0.0.{i}"
        things += [Thing("server", f"s{i}", f"{name}-{i}", state, (("flavor", "m1.tiny"),), f"{i:03}")]
        things += [Thing("port", f"p{i}", address, "ACTIVE", (("address", address),))]
        links += [Link(f"port p{i}", f"server s{i}"), Link(f"port p{i}", "network n1")]
        if i % 2:
            things += [Thing("volume", f"v{i}", f"disk-{i}", "in-use", (("size", "1 GiB"),))]
            links += [Link(f"volume v{i}", f"server s{i}", "/dev/vdb")]
    return Scene(tuple(things), tuple(links), ("GET http://x/servers/detail → 200 OK",))


# --- a story on the embedded cloud ---


def test_a_server_a_volume_and_their_attachment_light_up_and_go():
    learner = Learner()
    lab = learner.lab
    first = lab.map()
    assert "no server, no port, 2 networks, no volume, no key pair" in first.title
    assert "Your first map" in first.news and "Nothing" not in first.text()
    server, volume = learner.server(), learner.volume()
    second = lab.map()
    assert second.news == "Since your last map: + 3 new."
    assert "+ server MyFirstApiVm, ACTIVE, m1.tiny, cirros (new)" in second.text().splitlines()
    assert {"MyFirstApiVm", "+ new", "m1.tiny · cirros", "private"} <= set(words(second.svg()))
    learner.attach(server, volume)
    learner.act(server, "SHUTOFF", **{"os-stop": None})
    third = lab.map()
    assert third.news == "Since your last map: + 1 new, ~ 2 changed."
    lines = third.text().splitlines()
    assert "~ server MyFirstApiVm, SHUTOFF, m1.tiny, cirros (changed: ACTIVE → SHUTOFF)" in lines
    assert (
        "    ~ volume MyVolume, at /dev/vdb (+ new here), in-use, 1 GiB (changed: available → in-use)"
        in lines
    )
    assert {"+/dev/vdb", "ACTIVE → SHUTOFF", "~ changed", "available → in-use"} <= set(words(third.svg()))
    assert lab.map().news == "Since your last map: nothing has changed."
    learner.ask("DELETE", "compute", f"/servers/{server}")
    learner.until("compute", f"/servers/{server}", "gone")
    gone = lab.map()
    assert gone.news == "Since your last map: ~ 1 changed, − 2 gone."
    assert "− gone: server MyFirstApiVm" in gone.text().splitlines()
    assert "− server MyFirstApiVm" in words(gone.svg()) and "Volumes without a server" in words(gone.svg())


def test_a_detached_volume_is_told_as_parted():
    before, now = project(2), project(2)
    parted = compare(before, replace(now, links=tuple(link for link in now.links if not link.label)))
    assert parted.loose == ("volume disk-1 at web-1 (/dev/vdb)",) and parted.count(GONE) == 1


def test_its_calls_are_ordinary_and_none_is_hidden():
    learner = Learner()
    before = learner.lab.history.count
    learner.server()
    drawn = learner.lab.map()
    made = learner.lab.history.by("map")
    assert learner.lab.history.count > before and len(made) == 7 == len(drawn.scene.calls)
    html = Page(drawn._repr_mimebundle_()["text/html"])
    assert "7 calls made for this map, with your token" in html.text
    for exchange in made:
        assert exchange.request.method == "GET" and exchange.url in html.text
        assert exchange.request.headers["X-Auth-Token"] == "‹token 1›"
    assert learner.lab.token not in drawn._repr_mimebundle_()["text/html"]


def test_two_learners_get_the_same_bytes():
    def run() -> list[str]:
        learner = Learner()
        learner.lab.map()
        learner.server()
        drawn = learner.lab.map()
        return [drawn.text(), drawn.svg(), drawn.mermaid(), *drawn._repr_mimebundle_().values()]

    assert run() == run()


def test_an_administrator_sees_their_own_project_only():
    demo = Learner()
    demo.server("theirs")
    admin = Learner("admin", demo.lab)
    drawn = admin.lab.map()
    assert "no server, no port" in drawn.title and "theirs" not in drawn.text()
    assert "10.0.0." not in drawn.text()


def test_another_project_is_not_compared():
    demo = Learner()
    demo.server("theirs")
    demo.lab.map()
    drawn = Learner("admin", demo.lab).lab.map()
    assert "another project" in drawn.news and "gone" not in drawn.text()


# --- what can't be asked ---


def answers(app) -> None:
    server = {"id": "s1", "name": "vm", "status": "ACTIVE", "addresses": {"private": [{"addr": "10.0.0.5"}]}}
    app.on("GET", "/v2.1/servers/detail", (200, {}, {"servers": [server]}))
    app.on(
        "GET", "/v2.1/os-keypairs", (200, {}, {"keypairs": [{"keypair": {"name": "k", "fingerprint": "f"}}]})
    )
    app.on("GET", "/v2.0/networks", (200, {}, {"networks": [{"id": "n1", "name": "private"}]}))
    app.on("GET", "/v2.0/ports", (200, {}, {"ports": []}))
    app.on("GET", "/v3/p1/volumes/detail", (200, {}, {"volumes": []}))


def tiny():
    lab, app = tiny_lab()
    answers(app)
    log_in(lab)
    network = {"type": "network", "endpoints": [{"interface": "public", "url": "http://127.0.0.1:9696/"}]}
    lab._session.catalog = [*CATALOG, network]
    return lab, app


def test_without_a_token_it_says_what_to_do():
    lab, app = tiny_lab()
    with pytest.raises(LabError, match=r"lab\.token = "):
        lab.map()
    assert not app.seen


def test_a_service_that_fails_leaves_the_rest_and_a_line():
    lab, app = tiny()
    lab.map()
    app.on("GET", "/v2.0/ports", (503, {}, {"error": "down"}))
    app.on("GET", "/v3/p1/volumes/detail", (403, {}, {"forbidden": {}}))
    drawn = lab.map()
    assert "✗ The ports are not drawn: GET http://127.0.0.1:9696/v2.0/ports → 503 Reason" in drawn.text()
    assert f"✗ The volumes are not drawn: GET {CINDER}/volumes/detail → 403 Reason" in drawn.text()
    assert "1 server, 1 network, 1 key pair" in drawn.title, "of what was not read nothing is said"
    assert "10.0.0.5" in words(drawn.svg()), "nova remembers its server's address"
    assert "403" in Page(drawn._repr_mimebundle_()["text/html"]).text
    assert "gone" not in drawn.text() and drawn.news.endswith("nothing has changed.")


def test_a_cloud_without_a_service_and_one_that_answers_nonsense():
    lab, app = tiny()
    lab._session.catalog = CATALOG
    app.on("GET", "/v2.1/servers/detail", (200, {}, b"\xff<html>"))
    app.on("GET", "/v2.1/os-keypairs", (200, {}, ["not", "an", "object"]))
    text = lab.map().text()
    assert "✗ The networks are not drawn. The catalog has no public endpoint for 'network'" in text
    assert "✗ The servers are not drawn" in text and "✗ The key pairs are not drawn" in text


def test_without_a_catalog_the_labs_own_roots_are_asked():
    lab, app = tiny_lab()
    answers(app)
    lab.token = TOKEN
    assert "1 server" in lab.map().title
    assert "/v3/volumes/detail" in [seen["PATH_INFO"] for seen in app.seen]


def test_more_than_one_answer_holds_is_said():
    lab, app = tiny()
    page = {"volumes": [{"id": "v1", "name": "", "status": "available", "size": 1}], "volumes_links": [{}]}
    app.on("GET", "/v3/p1/volumes/detail", (200, {}, page))
    assert "There are more volumes than one answer holds: only its 1 are drawn." in lab.map().text()


# --- the picture ---


@pytest.mark.parametrize("count", [0, 1, 5, 20, 35])
def test_every_server_is_drawn_with_its_address_and_its_volume(count):
    drawn = Map(project(count))
    shown = words(drawn.svg())
    assert [word for word in shown if word.startswith("web-")] == [f"web-{i}" for i in range(count)]
    assert (
        shown.count("/dev/vdb") == count // 2 and len([w for w in shown if w.startswith("10.0.0.")]) == count
    )
    root = parsed(drawn.svg())
    assert root.get("role") == "img" and root.find(f"{SVG}title").text == drawn.title
    assert root.find(f"{SVG}desc").text == drawn.text()


def test_more_than_sixty_things_are_counted_and_what_changed_is_drawn():
    before = project(70)
    now = replace(before, things=(*before.things, Thing("server", "s99", "the-new-one", "BUILD")))
    shown = words(Map(now, before).svg())
    assert "the-new-one" in shown and "web-1" not in shown
    assert "70 servers without a change" in shown and "70 ACTIVE" in shown
    assert "with 70 ports and 35 volumes" in shown
    assert "web-69" in Map(now, before).text(), "the text leaves nothing out"


def test_what_is_new_is_marked_by_more_than_colour():
    before, now = project(1), project(2, state="ACTIVE")
    drawn = Map(now, before)
    assert drawn.changes.marks["server s1"] == NEW
    new = [group for group in parsed(drawn.svg()).iter(f"{SVG}g") if group.get("class") == "clg-new"]
    assert len(new) == 3, "server, port, volume"
    assert {"+ new", "+10.0.0.1", "+/dev/vdb"} <= set(words(drawn.svg()))


def test_a_long_name_is_cut_in_the_picture_and_whole_beside_it():
    name = "x" * 300
    drawn = Map(
        replace(project(0), things=(Thing("server", "s", name, "ACTIVE"), Thing("volume", "v", name)))
    )
    assert all(len(word) < 70 for word in words(drawn.svg())) and any(
        w.endswith("…") for w in words(drawn.svg())
    )
    titles = [title.text for title in parsed(drawn.svg()).iter(f"{SVG}title")]
    assert any(name in title for title in titles) and name in drawn.text()


def test_the_picture_is_hidden_until_the_style_shows_it():
    """JupyterLab's sanitizer keeps `display:none` and takes style and svg: no heap of words is left to read."""
    html = Map(project(1))._repr_mimebundle_()["text/html"]
    assert (
        '<div class="clx-pic" style="display:none">' in html
        and ".clx-pic:has(>svg){display:block!imp" in html
    )
    page = Page(html)
    assert "script" not in page.tags and "id" not in page.attributes
    assert page.text.count("server web-0, ACTIVE") >= 2


HOSTILE = [
    EVIL,
    "]]>--&lt;",
    "a\"b'c",
    "\x00\x1b[31m\u202e\ufffe\ud800",
    "한국어 서버",
    "`|end subgraph x",
    "",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_a_name(name):
    scene = project(2, name)
    scene = replace(scene, things=(*scene.things, Thing("volume", "x", name), Thing("keypair", "y", name)))
    drawn = Map(scene, project(1, name))
    tags = {element.tag.removeprefix(SVG) for element in parsed(drawn.svg()).iter()}
    assert tags == {"svg", "style", "title", "desc", "g", "rect", "text", "polyline", "circle"}
    bundle = drawn._repr_mimebundle_()
    assert not {"script", "img"} & set(Page(bundle["text/html"]).tags)
    for text in (drawn.text(), drawn.mermaid(), *bundle.values()):
        assert "\x1b" not in text and "\u202e" not in text
        text.encode()
    check_mermaid(drawn.mermaid())


def check_mermaid(chart: str) -> None:
    """Every line is a node, an edge or a style, and a label holds nothing that could end it."""
    label = r'"[\w .,:/()+=~−…→↦·%@*#;-]*"'
    node = rf"    t\d+(\[|\{{\{{|\(|\[\(|>){label}(\]|\}}\}}|\)|\)\])(:::\w+)?"
    edge = rf"    t\d+ (---|===)(\|{label}\|)? t\d+"
    first, *lines = chart.split("\n")
    assert first == "flowchart TB"
    for line in lines:
        assert re.fullmatch(rf"{node}|{edge}|    classDef [\w ,:#-]+", line), line


@settings(max_examples=60, deadline=None)
@given(st.text(), st.text(max_size=20))
def test_whatever_a_name_holds_the_picture_is_whole(name, state):
    things = (Thing("server", "s", name, state), Thing("volume", "v", name, state), Thing("port", "p", name))
    drawn = Map(Scene(things, (Link("volume v", "server s", name), Link("port p", "server s"))), Scene())
    parsed(drawn.svg())
    check_mermaid(drawn.mermaid())


@given(st.text(max_size=60), st.floats(10, 300))
def test_what_is_cut_fits(text, room):
    assert svg.width(svg.cut(text, room, 11.5), 11.5) <= max(room, svg.width("…", 11.5)) + 0.01


def test_mermaid_says_the_same():
    chart = Map(project(2), project(1)).mermaid()
    assert '["+ server web-1, ACTIVE"]:::new' in chart and '===|"/dev/vdb"|' not in chart
    assert '---|"/dev/vdb"|' in chart and "classDef new" in chart and "classDef gone" not in chart
    assert mermaid.label('a"]') == '"a#34;#93;"'

"""lab.states: the road that a resource has taken, with its times, and where it can go from here."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cloudlab import LabError
from cloudlab.show.states import Move, States, Visit, since
from tests.unit.learner import Learner
from tests.unit.test_show_exchange import EVIL, Page
from tests.unit.tiny_cloud import NOVA, log_in, tiny_lab

SVG = "{http://www.w3.org/2000/svg}"
START = datetime(2026, 1, 1, tzinfo=UTC)
MOVES = (
    Move("", "BUILD", "POST /servers", 0, "make"),
    Move("BUILD", "ACTIVE", "", 3, "make"),
    Move("ACTIVE", "ACTIVE / powering-off", "os-stop", 0, "stop"),
    Move("ACTIVE / powering-off", "SHUTOFF", "", 1, "stop"),
    Move("SHUTOFF", "SHUTOFF / powering-on", "os-start", 0, "start"),
    Move("SHUTOFF / powering-on", "ACTIVE", "", 1, "start"),
)


def life(*states: str, name: str = "vm", **more) -> States:
    path = tuple(Visit(state, START + timedelta(seconds=place)) for place, state in enumerate(states))
    return States("server", "s1", name, MOVES, path, **more)


def words(states: States) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(states.svg()).iter(f"{SVG}text")]


@pytest.fixture(scope="module")
def learner():
    return Learner()


def test_a_server_and_its_road(learner):
    lab = learner.lab
    url = f"{lab.endpoint('compute')}/servers/{learner.server()}"
    states = lab.states(url)
    assert [visit.state for visit in states.path][::5] == ["BUILD / scheduling", "ACTIVE"]
    lines = states.text().splitlines()
    assert lines[0] == "The states of server MyFirstApiVm: ACTIVE now"
    assert (
        "      + 0 s  BUILD / scheduling   (POST /servers)" in lines and "      + 3 s  ACTIVE  ◀ now" in lines
    )
    assert "  os-stop: SHUTOFF (in 1 s, by powering-off)" in lines
    assert "  os-start" not in states.text(), "a call that this state refuses"
    assert {"BUILD / networking", "+ 0.9 s", "os-stop", "◀ now"} <= set(words(states))
    assert not lab.history.by("states"), "the inside was asked, not the wire"


def test_it_takes_what_wait_takes(learner):
    lab = learner.lab
    image = learner.ask("GET", "image", "/v2/images").json()["images"][0]["id"]
    wish = {"name": "x", "imageRef": image, "flavorRef": "1"}
    made = learner.ask("POST", "compute", "/servers", server=wish)
    id = made.json()["server"]["id"]
    shown = learner.ask("GET", "compute", f"/servers/{id}")
    volume = learner.ask("POST", "block-storage", "/volumes", volume={"size": 1})
    ways = [made, made.json(), shown, shown.json()["server"], {"server": {"id": id}}, {"id": id}]
    assert {lab.states(way).id for way in ways} == {id}
    assert lab.states(made).now == "BUILD / scheduling"
    assert (
        "by itself: BUILD (in 0.4 s)" in lab.states(made).text()
        or "by itself: ACTIVE" in lab.states(made).text()
    )
    assert lab.states(volume).kind == "volume" and lab.states(volume).name == ""
    learner.until("block-storage", f"/volumes/{volume.json()['volume']['id']}", "available")
    wish = {"volume_id": volume.json()["volume"]["id"], "name": "s"}
    snapshot = learner.ask("POST", "block-storage", "/snapshots", snapshot=wish)
    assert lab.states(snapshot).kind == lab.states(snapshot.json()["snapshot"]).kind == "snapshot"


@pytest.mark.parametrize(
    "wrong", [None, 3, {}, {"name": "x"}, "http://127.0.0.1:8774/v2.1/servers/detail", "x"]
)
def test_it_says_what_it_takes(learner, wrong):
    with pytest.raises(LabError, match=r"lab\.states takes a server, a volume or a snapshot"):
        learner.lab.states(wrong)


def test_a_server_that_is_gone_keeps_its_road(learner):
    lab = learner.lab
    id = learner.server("leaver")
    learner.ask("DELETE", "compute", f"/servers/{id}")
    learner.until("compute", f"/servers/{id}", "gone")
    states = lab.states({"id": id})
    assert states.now == "gone" and "Nothing leads on from gone." in states.text()
    assert "DELETED" in words(states) and words(states).count("DELETE") == 1, (
        "one call, and the rest by itself"
    )


def test_the_whole_machine(learner):
    lab = learner.lab
    url = f"{lab.endpoint('compute')}/servers/{learner.server('full')}"
    text = lab.states(url, full=True).text()
    for line in (
        "✓ From ACTIVE it can go on",
        "From PAUSED it can go on",
        "  unpause: ACTIVE (in 0.6 s, by unpausing)",
    ):
        assert line in text.splitlines()
    assert "  confirmResize: ACTIVE or SHUTOFF (in 1 s)" in text.splitlines()
    chart = lab.states(url, full=True).mermaid()
    check_mermaid(chart)
    assert chart.count("-->") > 100


def test_two_learners_get_the_same_bytes():
    def run() -> list[str]:
        learner = Learner()
        states = learner.lab.states({"id": learner.server()}, full=True)
        return [states.text(), states.svg(), states.mermaid(), *states._repr_mimebundle_().values()]

    assert run() == run()


def test_from_outside_only_the_present_state_is_seen():
    lab, app = tiny_lab()
    log_in(lab)
    app.on("GET", "/v2.1/servers/s1", (200, {}, {"server": {"id": "s1", "name": "vm", "status": "ACTIVE"}}))
    states = lab.states(f"{NOVA}/servers/s1")
    assert states.title == "The states of server vm: ACTIVE now"
    assert "can't be seen from outside" in states.text() and "it can go on" not in states.text()
    assert [exchange.request.method for exchange in lab.history.by("states")] == ["GET"]
    assert "What it is now" in words(states) and "can't be seen" in Page(html(states)).text
    assert lab.states(f"{NOVA}/servers/s2").now == "gone"
    with pytest.raises(LabError, match="An id alone"):
        lab.states({"id": "s1"})


def html(states: States) -> str:
    return states._repr_mimebundle_()["text/html"]


# --- the drawing ---


def test_a_turn_of_the_road_is_marked():
    states = life("BUILD", "ACTIVE", "ACTIVE / powering-off", "SHUTOFF", "SHUTOFF / powering-on", "ACTIVE")
    assert "✓ os-stop: SHUTOFF (in 1 s, by powering-off)" in states.text()
    assert "✓ os-stop" in words(states)
    assert re.search(r"s2 --> s3 : ✓ os-stop", states.mermaid())


def test_a_road_whose_beginning_is_forgotten_says_so():
    assert (
        "is not remembered" in life("ACTIVE").text()
        and "is not remembered" in Page(html(life("ACTIVE"))).text
    )
    assert "is not remembered" not in life("BUILD", "ACTIVE").text()


def test_a_long_road_shows_its_end_and_full_all():
    turns = ["ACTIVE", "ACTIVE / powering-off", "SHUTOFF", "SHUTOFF / powering-on"] * 10
    states = life("BUILD", *turns)
    assert "⋮ 27 earlier" in words(states) and words(states).count("SHUTOFF") < 9
    assert words(replace(states, full=True)).count("SHUTOFF") >= 10
    assert states.text().count("SHUTOFF / powering-on") >= 10, "the text leaves nothing out"


def test_what_the_picture_is_of_is_told():
    root = ElementTree.fromstring(life("BUILD", "ACTIVE").svg())
    assert (
        root.get("role") == "img" and root.find(f"{SVG}title").text == "The states of server vm: ACTIVE now"
    )
    assert "os-stop" in root.find(f"{SVG}desc").text


@pytest.mark.parametrize("name", [EVIL, "\x00\x1b[31m\u202e\ufffe", "state x : y", "한국어"])
def test_a_hostile_name_and_a_strange_state_stay_text(name):
    states = replace(life("BUILD", name, name=name), moves=(*MOVES, Move("BUILD", name, name)))
    ElementTree.fromstring(states.svg())
    assert not {"script", "img"} & set(Page(html(states)).tags)
    assert "\x1b" not in states.text() + states.mermaid()
    check_mermaid(states.mermaid())


def check_mermaid(chart: str) -> None:
    first, *lines = chart.split("\n")
    assert first == "stateDiagram-v2"
    state = r'    state "[\w .,:/()+=~−…→↦·%@*#;-]*" as s\d+'
    edge = r"    (s\d+|\[\*\]) --> s\d+( : [^:;#%{}<>\[\]\n]+)?"
    for line in lines:
        assert re.fullmatch(rf"{state}|{edge}|    classDef [\w :-]+|    class s\d+ \w+", line), line


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "+ 0 s"),
        (0.4, "+ 0.4 s"),
        (99, "+ 99 s"),
        (200, "+ 3 min 20 s"),
        (7500, "+ 2 h 5 min"),
        (273600, "+ 3 d 4 h"),
    ],
)
def test_how_long(seconds, said):
    assert since(seconds) == said

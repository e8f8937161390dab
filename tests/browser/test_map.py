"""lab.map and lab.states in a real browser: on a phone and a laptop, light and dark, every text can be read."""

import shutil
from dataclasses import replace

import pytest

from cloudlab.show.map import Map
from cloudlab.show.scene import Link, Scene, Thing
from tests.unit.learner import Learner

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SIZES = {"phone": (360, 740), "laptop": (1280, 800)}
SMALLEST = 9  # CSS pixels of a text's size
HEAD = '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
LONG = "한국어 이름 WWWWMMMM <script>alert(1)</script> 친구들의 아주 긴 서버"

api = pytest.importorskip("playwright.sync_api", reason="playwright isn't installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

# Every text of every picture: where it is on the screen, how large, in which boxes it begins.
MEASURE = """() => {
  const inside = (p, r) => p.x > r.left && p.x < r.right && p.y > r.top && p.y < r.bottom;
  const round = r => ({left: r.left, right: r.right, top: r.top, bottom: r.bottom});
  return [...document.querySelectorAll('svg.clg')].flatMap((svg, place) => {
    const page = svg.getBoundingClientRect(), scale = page.width / svg.viewBox.baseVal.width;
    const boxes = [...svg.querySelectorAll('rect')].map(rect => round(rect.getBoundingClientRect()));
    return [...svg.querySelectorAll('text')].filter(text => text.textContent).map(text => {
      const r = round(text.getBoundingClientRect()), start = {x: r.left + 1, y: (r.top + r.bottom) / 2};
      return {place, words: text.textContent, ...r, size: parseFloat(text.getAttribute('font-size')) * scale,
              page: round(page), boxes: boxes.filter(box => inside(start, box)), colour: getComputedStyle(text).fill,
              ground: getComputedStyle(svg.closest('.clx')).backgroundColor};
    });
  });
}"""


def crowd(count: int, name: str = "web") -> Scene:
    """Servers with all that can hang on them, in three networks."""
    things = [Thing("network", f"n{i}", f"{name}-network-{i}", "ACTIVE") for i in range(4)]
    links = []
    for i in range(count):
        facts = (("flavor", "m1.small"), ("image", "ubuntu-24.04-server-cloudimg"), ("key", "MyFirstKeyPair"))
        things.append(
            Thing("server", f"s{i}", f"{name}-{i}", "BUILD / block_device_mapping", facts, f"{i:03}")
        )
        for net in range(i % 4):
            address = "192.168.100.200" if net else "10.0.0.7, fd12:3456:789a:1::77:ffff"
            things.append(Thing("port", f"p{i}{net}", address, "ACTIVE", (("address", address),)))
            links += [Link(f"port p{i}{net}", f"server s{i}"), Link(f"port p{i}{net}", f"network n{net}")]
        for disk in range(i % 3):
            things.append(
                Thing("volume", f"v{i}{disk}", f"{name}-disk-{i}", "in-use", (("size", "100 GiB"),))
            )
            links.append(Link(f"volume v{i}{disk}", f"server s{i}", f"/dev/vd{'bcd'[disk]}"))
    things += [
        Thing("volume", f"f{i}", f"{name}-free-{i}", "available", (("size", "1 GiB"),)) for i in range(3)
    ]
    things += [Thing("keypair", f"k{i}", f"{name}-key-{i}") for i in range(3)]
    return Scene(tuple(things), tuple(links))


def changed(scene: Scene) -> Scene:
    """The scene before it: some things were not there, some were other, some are gone now."""
    things = [replace(thing, state="SHUTOFF") if thing.id.endswith("1") else thing for thing in scene.things]
    return replace(
        scene, things=(*(t for t in things if not t.id.endswith("2")), Thing("server", "x", "old one"))
    )


@pytest.fixture(scope="module")
def pictures():
    """What is shown, by name."""
    learner = Learner()
    lab = learner.lab
    found = {"map of nothing": lab.map()}
    server, volume = learner.server(), learner.volume()
    learner.attach(server, volume)
    found["map of a lesson"] = lab.map()
    learner.act(server, "SHUTOFF", **{"os-stop": None})
    for name, id in (("server", server), ("volume", volume)):
        found[f"states of a {name}"] = lab.states({"id": id})
        found[f"all states of a {name}"] = lab.states({"id": id}, full=True)
    for count, name in ((1, "web"), (5, "web"), (6, LONG), (20, "web"), (70, "web")):
        scene = crowd(count, name)
        found[f"map of {count} {name[:3]}"] = Map(scene, changed(scene))
    return {name: shown._repr_mimebundle_()["text/html"] for name, shown in found.items()}


@pytest.fixture(scope="module")
def browser():
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_text_can_be_read(browser, pictures, size, scheme):
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    wrong = {}
    for name, html in pictures.items():
        page.set_content(f"{HEAD}<body>{html}")
        texts = page.evaluate(MEASURE)
        assert len(texts) >= 2, name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
            f"{name} is wider than the page"
        )
        wrong |= {f"{name}: {what}": words for what, words in faults(texts, width)}
    page.close()
    assert wrong == {}


def faults(texts, width):
    """(what is wrong, the text) of each that is too small or faint, leaves its box or the page, or meets another."""
    for text in texts:
        if text["size"] < SMALLEST:
            yield "too small", text["words"]
        if text["left"] < 0 or text["right"] > width + 0.5 or not within(text, text["page"]):
            yield "leaves the page", text["words"]
        if not all(text["right"] <= box["right"] + 0.5 for box in text["boxes"]):
            yield "leaves its box", text["words"]
        if contrast(text["colour"], text["ground"]) < 4.5:
            yield "too faint", f"{text['words']}: {text['colour']} on {text['ground']}"
    for place, one in enumerate(texts):
        for other in texts[place + 1 :]:
            if meet(one, other):
                yield "meets another", f"{one['words']} | {other['words']}"


def within(text, frame) -> bool:
    return (
        text["left"] >= frame["left"] - 1
        and text["right"] <= frame["right"] + 1
        and text["bottom"] <= frame["bottom"] + 1
    )


def meet(one, other) -> bool:
    """Whether two texts share more than the air above and below their letters."""
    across = min(one["right"], other["right"]) - max(one["left"], other["left"])
    down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
    return across > 0.5 and down > 2


def contrast(colour: str, ground: str) -> float:
    """As WCAG 2 counts it, of two CSS colours `rgb(r, g, b)`."""
    light, dark = sorted((luminance(colour), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").rstrip(")").split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_texts_that_meet_and_leave_are_seen():
    """The specimen that proves the measure."""
    frame = {"left": 0, "right": 360, "top": 0, "bottom": 100}
    good = {**frame, "right": 50, "bottom": 14, "page": frame, "boxes": [], "size": 12, "words": "a",
            "colour": "rgb(0, 0, 0)", "ground": "rgb(255, 255, 255)"}  # fmt: skip
    assert list(faults([good, {**good, "top": 14, "bottom": 28}], 360)) == []
    boxed = {**good, "boxes": [{"left": 0, "right": 40, "top": 0, "bottom": 20}], "words": "b"}
    faint = {**good, "colour": "rgb(200, 200, 200)", "size": 8, "right": 400, "words": "c"}
    assert {what for what, _ in faults([good, boxed, faint], 360)} == {
        "meets another",
        "leaves its box",
        "too faint",
        "too small",
        "leaves the page",
    }


def test_an_untrusted_notebook_shows_no_heap_of_words(browser, pictures):
    """JupyterLab takes style and svg out and keeps the rest: then the words of the picture must not be seen."""
    page = browser.new_page(viewport={"width": 800, "height": 600})
    page.set_content(f"{HEAD}<body>{pictures['map of a lesson']}")
    page.evaluate("document.querySelectorAll('svg').forEach(e => e.replaceWith(e.textContent))")
    check_hidden(page)  # another cell ran: its style is there
    page.evaluate("document.querySelectorAll('style').forEach(e => e.remove())")
    check_hidden(page)
    page.close()


def check_hidden(page):
    assert page.locator(".clx-pic").is_hidden()
    assert "Run the cell to see the picture" in page.locator(".clx").inner_text()


def test_the_picture_alone_needs_nothing_else(browser):
    """`.svg()` as a file of its own."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_content(f"{HEAD}<body class='clx' style='background-color:#fff'>{Map(crowd(5)).svg()}")
    assert (
        page.locator("svg.clg .clg-b").first.evaluate("e => getComputedStyle(e).fill") == "rgb(255, 255, 255)"
    )
    assert list(faults(page.evaluate(MEASURE), 1280)) == []
    page.close()

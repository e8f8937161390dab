"""Mermaid's text for maps and states. A name can't end its label: markup is written as entity codes."""

import re

from cloudlab.show.scene import CHANGED, GONE, NEW, SIGNS, Difference, Scene, Thing, link_key
from cloudlab.show.text import printable

# What means something to Mermaid or to HTML, where a label is quoted.
_SPECIAL = re.compile(r"[^\w .,:/()+=~−…→↦·%@*-]|[\ud800-\udfff]")
STYLES = (
    f"classDef {NEW} stroke:#1a7f37,stroke-width:3px",
    f"classDef {CHANGED} stroke:#9a6700,stroke-width:3px",
    f"classDef {GONE} stroke:#cf222e,stroke-dasharray:4 3",
)
SHAPES = {
    "server": ("[", "]"),
    "network": ("{{", "}}"),
    "port": ("(", ")"),
    "volume": ("[(", ")]"),
    "keypair": (">", "]"),
}


def label(text: str) -> str:
    """Text in double quotes, every other character than letters, digits and plain marks as `#code;`."""
    return '"' + _SPECIAL.sub(lambda found: f"#{ord(found[0])};", printable(text)) + '"'


def flowchart(scene: Scene, changes: Difference) -> str:
    """Things as nodes t1, t2, … in the order of the scene, links as edges, marks as signs and classes."""
    things = [*scene.things, *changes.gone]
    names = {thing.key: f"t{place}" for place, thing in enumerate(things, 1)}
    lines = ["flowchart TB"]
    for thing in things:
        mark = GONE if thing in changes.gone else changes.marks.get(thing.key, "")
        lines.append(f"    {names[thing.key]}{_shape(thing, mark)}" + (f":::{mark}" if mark else ""))
    for link in scene.links:
        if link.start in names and link.to in names:
            arrow = "===" if link_key(link) in changes.marks else "---"
            said = f"|{label(link.label)}|" if link.label else ""
            lines.append(f"    {names[link.start]} {arrow}{said} {names[link.to]}")
    used = {changes.marks.get(thing.key, "") for thing in things} | ({GONE} if changes.gone else set())
    return "\n".join([*lines, *(f"    {style}" for style in STYLES if style.split()[1] in used)])


def _shape(thing: Thing, mark: str) -> str:
    opened, closed = SHAPES[thing.kind]
    sign = f"{SIGNS[mark]} " if mark else ""
    words = ", ".join(part for part in (thing.told, thing.state) if part)
    return f"{opened}{label(sign + words)}{closed}"


def state_diagram(edges: list[tuple[str, str, str]], walked: set[tuple[str, str]], now: str) -> str:
    """States as s1, s2, …; an edge is (from, to, the call). "" is the beginning; ✓ is the road taken."""
    states = [state for state in dict.fromkeys(state for a, b, _ in edges for state in (a, b)) if state]
    names = {"": "[*]"} | {state: f"s{place}" for place, state in enumerate(states, 1)}
    lines = ["stateDiagram-v2", *(f"    state {label(state)} as {names[state]}" for state in states)]
    for start, to, call in edges:
        said = " ".join(part for part in ("✓" if (start, to) in walked else "", plain(call)) if part)
        lines.append(f"    {names[start]} --> {names[to]}{f' : {said}' if said else ''}")
    road = sorted(
        {names[state] for pair in walked for state in pair if state}, key=lambda name: int(name[1:])
    )
    lines += ["    classDef road stroke-width:3px", "    classDef now stroke-width:5px"]
    lines += [f"    class {name} {'now' if name == names[now] else 'road'}" for name in road]
    return "\n".join(lines)


def plain(text: str) -> str:
    """Text where there are no quotes: what means something is left out."""
    return re.sub(r"[:;#%{}<>\[\]\n]", " ", printable(text)).strip()

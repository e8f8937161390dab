"""The map's picture. Networks are bars; a server's ports hang on them, and its volumes stand beneath it.

Beside the servers stand the volumes and ports that no server has, networks without a server, and key pairs. More than
MANY things are counted: then only what has changed is drawn one by one.
"""

from collections import Counter
from collections.abc import Sequence

from cloudlab.language import N_, _
from cloudlab.show.scene import (
    GONE,
    MARKS,
    SIGNS,
    Difference,
    Link,
    Scene,
    Thing,
    counted,
    fact_word,
    link_key,
)
from cloudlab.show.svg import GAP, NAME, PIECE, SMALL, Drawing, width

MANY, KEPT, BARS = 60, 12, 3
BAR, LABEL, LINE = 16.0, 128.0, 15.0  # between bars, for a port's address, between lines of text
Marks = dict[str, str]


def words_of(thing: Thing) -> list[str]:
    """The small words, in their order; an address is a port's name already."""
    return [words for name, words in thing.facts if words and words != thing.called and name != "address"]


def network_of(scene: Scene, port: Thing) -> str:
    return next((network.called for network, link in scene.linked(port.key, "network")), "")


def on_network(scene: Scene, port: Thing) -> str:
    network = network_of(scene, port)
    # Translators: a port is on a network
    return _("on {network}", network=network) if network else ""


def pieces(scene: Scene, changes: Difference, title: str, desc: str) -> list[Drawing]:
    """The servers in one or two columns, then what stands beside them. `desc` tells all of it in words."""
    view = _View(scene, changes)
    drawn = [*_columns(view, title, desc), *_beside(view)]
    if not drawn:
        empty = Drawing(title, desc, y=20.0)
        empty.text(4, 16, _("Nothing yet: a server that you make shows here."), PIECE - 8)
        return [empty]
    if not drawn[0].desc:
        drawn[0].title, drawn[0].desc = title, desc
    return drawn


class _View:
    """A scene with what is found often: who has what, what is drawn one by one and what is counted."""

    def __init__(self, scene: Scene, changes: Difference) -> None:
        self.scene, self.changes = scene, changes
        self.servers = scene.of("server")
        self.ports = {server.key: scene.linked(server.key, "port") for server in self.servers}
        self.volumes = {server.key: scene.linked(server.key, "volume") for server in self.servers}
        held = {pair[0].key for found in (*self.ports.values(), *self.volumes.values()) for pair in found}
        self.loose = {
            kind: [t for t in scene.of(kind) if t.key not in held] for kind in ("volume", "port", "keypair")
        }
        used = Counter(
            network.key
            for found in self.ports.values()
            for port, link in found
            for network, tie in scene.linked(port.key, "network")
        )
        by_use = sorted(scene.of("network"), key=lambda network: -used[network.key])
        self.bars = [network for network in by_use[:BARS] if used[network.key]]
        self.loose["network"] = [network for network in scene.of("network") if network not in self.bars]
        shown = [*self.servers, *scene.of("volume"), *(t for found in self.loose.values() for t in found)]
        self.many = len({thing.key for thing in shown}) > MANY

    def some(self, things: Sequence[Thing]) -> tuple[list[Thing], list[Thing]]:
        """Those that are drawn, and those that are counted."""
        if not self.many:
            return list(things), []
        lit = [thing for thing in things if self.mark(thing)][:KEPT]
        return lit, [thing for thing in things if thing not in lit]

    def mark(self, thing: Thing) -> str:
        return self.changes.marks.get(thing.key, "")

    def tie(self, thing: Thing, link: Link) -> str:
        """How a link's line is marked: as itself, or as what it leads to."""
        return self.changes.marks.get(link_key(link)) or self.mark(thing)

    def told(self, thing: Thing, mark: str = "") -> str:
        """All that is known of it, for who points at it."""
        parts = [thing.told, thing.state, *words_of(thing), thing.id]
        parts += [_(MARKS[mark]) if mark else "", self.changes.words.get(thing.key, "")]
        return ", ".join(part for part in parts if part)


def _columns(view: _View, title: str, desc: str) -> list[Drawing]:
    servers, others = view.some(view.servers)
    blocks = [_high(view, server) for server in servers]
    columns: list[list[Thing]] = [[]]
    filled = 0.0
    for server, high in zip(servers, blocks, strict=True):
        if len(servers) > 3 and len(columns) == 1 and filled + high / 2 > sum(blocks) / 2:
            columns.append([])
        columns[-1].append(server)
        filled += high
    drawn = [
        _column(view, column, title if not place else _("More servers"))
        for place, column in enumerate(columns)
        if column
    ]
    if others:
        drawn.append(_counted(view, others))
    for place, piece in enumerate(drawn):
        piece.desc = "" if place else desc
    return drawn


def _counted(view: _View, servers: Sequence[Thing]) -> Drawing:
    """Servers as numbers, by state."""
    drawing = Drawing(_("{n} servers, counted", n=len(servers)))
    states = Counter(server.state for server in servers)
    held = sum(len(view.ports[s.key]) for s in servers), sum(len(view.volumes[s.key]) for s in servers)
    lines = [f"{count} {state}" for state, count in sorted(states.items())]
    unchanged = _("{n} servers without a change", n=len(servers))
    drawing.box(1, 2, PIECE - 2, 34 + LINE * (len(lines) + 1))
    drawing.text(12, 22, unchanged, PIECE - 24, NAME, bold=True)
    lines.append(_("with {ports} ports and {volumes} volumes", ports=held[0], volumes=held[1]))
    for place, line in enumerate(lines):
        drawing.text(12, 40 + LINE * place, line, PIECE - 24)
    drawing.y = 40 + LINE * len(lines)
    return drawing


def _left(view: _View) -> float:
    """Where the servers' boxes begin: right of the bars and of the ports' addresses."""
    return 8 + BAR * max(len(view.bars) - 1, 0) + LABEL if view.bars else 2.0


def _column(view: _View, servers: Sequence[Thing], title: str) -> Drawing:
    """A column of servers with its own bars, whose names stand as steps: no line crosses one."""
    drawing = Drawing(title)
    tops = []
    for place, network in enumerate(view.bars):
        x, drawing.y = 8 + BAR * place, 16 + 17 * place
        mark = view.mark(network)
        drawing.begin(view.told(network, mark), f"clg-{mark}")
        drawing.text(x - 5, drawing.y - 3, _sign(mark) + network.called, PIECE - x, bold=True)
        drawing.end()
        tops.append((x, drawing.y + 4))
    first = len(drawing.parts)
    drawing.y += 14 if view.bars else 2
    for server in servers:
        _server(drawing, view, server)
    bars = Drawing("")
    for (x, top), network in zip(tops, view.bars, strict=True):
        bars.begin(view.told(network))
        bars.line([(x, top), (x, drawing.y - 8)], "clg-net")
        bars.end()
    drawing.parts[first:first] = bars.parts  # beneath the ports' lines and dots
    return drawing


def _port_rows(view: _View, server: Thing) -> list[float]:
    return [26.0 + (13.0 if "," in port.called else 0.0) for port, link in view.ports[server.key]]


def _lines(view: _View, server: Thing) -> list[str]:
    """The lines in a server's box below its name."""
    state = view.changes.words.get(server.key) or server.state
    return [state, *_small(server)]


def _small(server: Thing) -> list[str]:
    names = ("flavor", "image")
    pair = " · ".join(server.fact(name) for name in names if server.fact(name))
    rest = [f"{fact_word(name)} {words}" for name, words in server.facts if words and name not in names]
    return [line for line in (pair, *rest) if line]


def _box_high(view: _View, server: Thing) -> float:
    return max(30 + LINE * len(_lines(view, server)), sum(_port_rows(view, server)) + 6)


def _high(view: _View, server: Thing) -> float:
    volumes = sum(_volume_high(view, volume) + 8 for volume, link in view.volumes[server.key])
    return _box_high(view, server) + volumes + GAP + 4


def _volume_high(view: _View, volume: Thing) -> float:
    return 27 + LINE * (1 + len(words_of(volume)) if view.changes.words.get(volume.key) else 1)


def _server(drawing: Drawing, view: _View, server: Thing) -> None:
    left, top, high = _left(view), drawing.y, _box_high(view, server)
    _ports(drawing, view, server, left, top)
    _box(drawing, view, server, left, top, PIECE - 2 - left, high, _lines(view, server))
    drawing.y = top + high
    _volumes(drawing, view, server, left)
    drawing.y += GAP + 4


def _box(
    drawing: Drawing,
    view: _View,
    thing: Thing,
    x: float,
    y: float,
    w: float,
    h: float,
    lines: Sequence[str],
) -> None:
    """A thing as a box: its name and its mark, and lines below."""
    mark = view.mark(thing)
    drawing.begin(view.told(thing, mark), f"clg-{mark}" if mark else "")
    drawing.box(x, y, w, h)
    said = f"{SIGNS[mark]} {_(MARKS[mark])}" if w > 180 and mark else SIGNS.get(mark, "")
    badge = drawing.badge(x + w - 6, y + 18, said, f"clg-{mark}") + 6 if mark else 0.0
    drawing.text(x + 9, y + 18, thing.called, w - 16 - badge, NAME, bold=True)
    for place, line in enumerate(lines):
        drawing.text(x + 9, y + 18 + LINE * (place + 1), line, w - 16)
    drawing.end()


def _ports(drawing: Drawing, view: _View, server: Thing, left: float, top: float) -> None:
    """Each port: from its network's bar to the server, the first address on the line and the others under it."""
    y = top
    places = {network.key: 8 + BAR * place for place, network in enumerate(view.bars)}
    label = left - LABEL + 10
    for (port, link), row in zip(view.ports[server.key], _port_rows(view, server), strict=True):
        mark = view.tie(port, link)
        networks = [network for network, tie in view.scene.linked(port.key, "network")]
        start = places.get(networks[0].key if networks else "", label)
        kind = f"clg-{mark}" if mark else ""
        drawing.begin(view.told(port, mark), kind)
        drawing.line([(start, y + 20), (left, y + 20)], kind)
        if start < label:
            drawing.dot(start, y + 20, "clg-net")
        first, _comma, others = port.called.partition(",")
        drawing.text(label, y + 15, SIGNS.get(mark, "") + first, LABEL - 14)
        if others:
            drawing.text(label, y + 32, others.strip(), LABEL - 14)
        drawing.end()
        y += row


def _volumes(drawing: Drawing, view: _View, server: Thing, left: float) -> None:
    """Beneath the server, each on a line from it that says the device."""
    trunk, x, bottom = left + 12, left + 90, drawing.y
    for volume, link in view.volumes[server.key]:
        top = drawing.y + 8
        tie = view.tie(volume, link)
        drawing.line([(trunk, bottom), (trunk, top + 20), (x, top + 20)], f"clg-{tie}" if tie else "")
        drawing.text(trunk + 4, top + 15, SIGNS.get(tie, "") + link.label, x - trunk - 6)
        high = _volume_high(view, volume)
        said = view.changes.words.get(volume.key)
        words = ", ".join(part for part in (volume.state, *words_of(volume)) if part)
        _box(
            drawing, view, volume, x, top, PIECE - 2 - x, high, [said, *words_of(volume)] if said else [words]
        )
        drawing.y = top + high


SECTIONS = (
    ("volume", N_("Volumes without a server")),
    ("port", N_("Ports without a server")),
    ("network", N_("Networks without a server")),
    ("keypair", N_("Key pairs")),
)


def _beside(view: _View) -> list[Drawing]:
    """What no server has, as tags under a heading each; and what is no more."""
    drawing = Drawing(_("Beside the servers"))
    for kind, heading in SECTIONS:
        things, others = view.some(view.loose[kind])
        tags = [(_tag(view, thing), view.told(thing, view.mark(thing)), view.mark(thing)) for thing in things]
        if others:
            more = _more(len(others)) if things else counted(kind, len(others))
            tags.append((more, more, ""))
        _tags(drawing, _(heading), tags)
    _tags(drawing, _("Gone since your last map"), _gone(view))
    return [drawing] if drawing.parts else []


def _gone(view: _View) -> list[tuple[str, str, str]]:
    gone = [(thing.told, view.told(thing, GONE)) for thing in view.changes.gone]
    gone += [(words, words) for words in view.changes.loose]
    shown = [(f"{SIGNS[GONE]} {words}", told, GONE) for words, told in gone[: KEPT if view.many else None]]
    if len(gone) > len(shown):
        shown.append((f"{SIGNS[GONE]} {_more(len(gone) - len(shown))}", "", GONE))
    return shown


def _more(n: int) -> str:
    # Translators: the end of a list of things that are drawn
    return _("and {n} more", n=n)


def _sign(mark: str) -> str:
    return f"{SIGNS[mark]} {_(MARKS[mark])}: " if mark else ""


def _tag(view: _View, thing: Thing) -> str:
    mark = view.mark(thing)
    network = network_of(view.scene, thing) if thing.kind == "port" else ""
    name = _("{port} on {network}", port=thing.called, network=network) if network else thing.called
    words = view.changes.words.get(thing.key) or ", ".join(
        part for part in (thing.state, *words_of(thing)) if part
    )
    said = words if thing.kind == "volume" or mark else thing.fact("reach")
    return _sign(mark) + ", ".join(part for part in (name.strip(), said) if part)


def _tags(drawing: Drawing, heading: str, tags: Sequence[tuple[str, str, str]]) -> None:
    """Pills that flow over the lines, under their heading."""
    if not tags:
        return
    drawing.y += 16
    drawing.text(2, drawing.y, heading, PIECE - 4, bold=True)
    drawing.y += 8
    x = 2.0
    for words, told, mark in tags:
        w = min(width(words, SMALL) + 16, PIECE - 4)
        if x + w > PIECE - 2:
            x, drawing.y = 2.0, drawing.y + 28
        drawing.begin(told, f"clg-{mark}" if mark else "")
        drawing.box(x, drawing.y, w, 22, "clg-tag", 11)
        drawing.text(x + 8, drawing.y + 15, words, w - 15)
        drawing.end()
        x += w + 6
    drawing.y += 28

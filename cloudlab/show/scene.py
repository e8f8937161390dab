"""What exists in a project at one moment, as plain data; and what has changed between two moments."""

from collections.abc import Callable
from dataclasses import dataclass, field

from cloudlab.language import N_, _, ngettext

NEW, CHANGED, GONE = "new", "changed", "gone"
SIGNS = {NEW: "+", CHANGED: "~", GONE: "−"}
KINDS = ("server", "port", "network", "volume", "keypair")  # in this order everywhere
WORDS = {
    "server": (N_("server"), N_("servers")),
    "port": (N_("port"), N_("ports")),
    "network": (N_("network"), N_("networks")),
    "volume": (N_("volume"), N_("volumes")),
    "keypair": (N_("key pair"), N_("key pairs")),
}
MARKS = {NEW: N_("new"), CHANGED: N_("changed"), GONE: N_("gone")}
# Names of a thing's facts, where they are shown beside them.
FACTS = {
    "flavor": N_("flavor"),
    "image": N_("image"),
    "key": N_("key"),
    "address": N_("address"),
    "mac": N_("mac"),
    "reach": N_("reach"),
    "size": N_("size"),
    "type": N_("type"),
}
_NONE = {
    "server": N_("no server"),
    "port": N_("no port"),
    "network": N_("no network"),
    "volume": N_("no volume"),
    "keypair": N_("no key pair"),
}
_COUNTED: dict[str, Callable[[int], str]] = {
    "server": lambda n: ngettext("{n} server", "{n} servers", n),
    "port": lambda n: ngettext("{n} port", "{n} ports", n),
    "network": lambda n: ngettext("{n} network", "{n} networks", n),
    "volume": lambda n: ngettext("{n} volume", "{n} volumes", n),
    "keypair": lambda n: ngettext("{n} key pair", "{n} key pairs", n),
}


def counted(kind: str, n: int) -> str:
    """`2 servers`, `no volume`."""
    return _COUNTED[kind](n) if n else _(_NONE[kind])


def fact_word(name: str) -> str:
    return _(FACTS[name]) if name in FACTS else name


@dataclass(frozen=True)
class Thing:
    """One resource. `facts` are small words by name, such as ("flavor", "m1.tiny"); `since` is when it was made."""

    kind: str
    id: str
    name: str
    state: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    since: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind} {self.id}"

    def fact(self, name: str) -> str:
        return dict(self.facts).get(name, "")

    @property
    def called(self) -> str:
        """Its name; an unnamed one by what else is known, the beginning of its id at last."""
        return self.name or self.fact("address") or f"{self.id[:8]}…"

    @property
    def told(self) -> str:
        """`server MyFirstApiVm`"""
        return f"{_(WORDS[self.kind][0])} {self.called}"


@dataclass(frozen=True)
class Link:
    """One thing belongs to another: a port or a volume (`label`: its device) to a server, a port to a network."""

    start: str  # a Thing's key
    to: str
    label: str = ""


@dataclass(frozen=True)
class Scene:
    """All that was found. `calls` are the lines of what was asked; `troubles` say what could not be, and `unread` of
    which kinds nothing is known for it. `project` tells one project from another, "" when it isn't known."""

    things: tuple[Thing, ...] = ()
    links: tuple[Link, ...] = ()
    calls: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()
    unread: frozenset[str] = frozenset()
    project: str = ""

    def of(self, kind: str) -> list[Thing]:
        """The oldest first, so that nothing moves when something is added."""
        return sorted((t for t in self.things if t.kind == kind), key=lambda t: (t.since, t.name, t.id))

    def linked(self, key: str, kind: str) -> list[tuple[Thing, Link]]:
        """The things of a kind that belong to this one (or this one to them), with their links."""
        ends = {link.start: link for link in self.links if link.to == key}
        ends |= {link.to: link for link in self.links if link.start == key}
        return [(thing, ends[thing.key]) for thing in self.of(kind) if thing.key in ends]


@dataclass(frozen=True)
class Difference:
    """What lights up: the mark of things and links, in what way a thing is another, and what is no more."""

    marks: dict[str, str] = field(
        default_factory=dict
    )  # key of a thing, or of a link (`link_key`) → NEW or CHANGED
    words: dict[str, str] = field(default_factory=dict)  # key → "BUILD → ACTIVE"
    gone: tuple[Thing, ...] = ()
    loose: tuple[str, ...] = ()  # links that are no more, between things that are still there
    first: bool = True  # there was nothing to compare with

    def count(self, mark: str) -> int:
        if mark == GONE:
            return len(self.gone) + len(self.loose)
        return list(self.marks.values()).count(mark)


def link_key(link: Link) -> str:
    return f"{link.start} > {link.to}"


def compare(before: Scene | None, now: Scene) -> Difference:
    """What has changed. Kinds that could not be read then or now say nothing; nor does another project."""
    if before is None or before.project != now.project:
        return Difference()
    blind = before.unread | now.unread
    then = {thing.key: thing for thing in before.things if thing.kind not in blind}
    here = {thing.key: thing for thing in now.things if thing.kind not in blind}
    marks = {key: NEW for key in here if key not in then}
    words = {key: said for key in here.keys() & then.keys() if (said := _said(then[key], here[key]))}
    marks |= {key: CHANGED for key in here if key in words}
    links = {link_key(link): link for link in now.links}
    old = {link_key(link): link for link in before.links}
    both = here.keys() & then.keys()
    marks |= {key: NEW for key, link in links.items() if key not in old and {link.start, link.to} <= both}
    lost = [link for key, link in old.items() if key not in links and {link.start, link.to} <= both]
    loose = tuple(_parted(link, then) for link in lost)
    return Difference(marks, words, tuple(t for k, t in then.items() if k not in here), loose, first=False)


def _said(old: Thing, new: Thing) -> str:
    changes = (
        [] if old.name == new.name else [_("name {before} → {after}", before=old.called, after=new.called)]
    )
    changes += [] if old.state == new.state else [f"{old.state or '?'} → {new.state or '?'}"]
    facts = dict.fromkeys([fact[0] for fact in (*old.facts, *new.facts)])
    different = [name for name in facts if old.fact(name) != new.fact(name)]
    none = _("none")
    changes += [
        f"{fact_word(name)} {old.fact(name) or none} → {new.fact(name) or none}" for name in different
    ]
    return ", ".join(changes)


def _parted(link: Link, things: dict[str, Thing]) -> str:
    """`volume MyVolume at MyFirstApiVm (/dev/vdb)`."""
    start, to = things[link.start], things[link.to]
    values = {"thing": start.told, "server": to.called, "device": link.label}
    if link.label:
        return _("{thing} at {server} ({device})", **values)
    # Translators: a volume or a port that a server had: "volume MyVolume at MyFirstApiVm"
    return _("{thing} at {server}", **values)

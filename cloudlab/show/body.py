"""A body as lines: JSON laid out, marked where the lesson points, and folded where it is long.

A body becomes a list of parts: a `Line`, or a `Fold` (one line that opens to many).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from cloudlab import language
from cloudlab.language import _, ngettext
from cloudlab.show.words import byte_count

LONG = 40  # lines: a body up to this is shown whole
FOLD_FROM = 12  # a part of fewer lines isn't worth a fold
EXAMPLE = 70  # lines of a list's first item, which stays open as an example
MOST = 30  # children of one list or object that are shown before "… more"
TEXT_LINES = 30  # of a body that isn't JSON
TEXT_WIDTH = 2000  # characters of one line
STEP = "  "

Path = tuple[str, ...]


@dataclass(slots=True)
class Line:
    """One line. `key` and `value` are JSON source text; `kind` is s(tring), n(umber), w(ord) or p(unctuation)."""

    depth: int
    key: str = ""
    value: str = ""
    kind: str = "p"
    tail: str = ""
    marked: bool = False
    each: bool = (
        False  # marked in every item, by a `*`: the item may be folded, and its closed line shows this
    )

    @property
    def text(self) -> str:
        key = f"{self.key}: " if self.key else ""
        return f"{STEP * self.depth}{key}{self.value}{self.tail}"


@dataclass(slots=True)
class Fold:
    """A container closed to one line (`head`), with all of its lines inside."""

    head: Line
    lines: list["Line | Fold"] = field(default_factory=list)


Part = Line | Fold


def body_parts(content: bytes, size: int, content_type: str, marks: tuple[str, ...] = ()) -> list[Part]:
    """The parts of a body; an empty list for no body."""
    return _parts(content, size, content_type, marks, language.speaks)


@lru_cache(maxsize=16)  # text and HTML ask for the same parts, one after the other
def _parts(content: bytes, size: int, kind: str, marks: tuple[str, ...], speaks: str) -> list[Part]:
    """`speaks` is for the cache: folded lines have words of ours."""
    if not size:
        return []
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = ""
    if not text:
        return _without_text(size, kind)
    try:
        return json_parts(json.loads(text), marks)
    except (ValueError, RecursionError):
        return _plain(text, size, kind)


def _without_text(size: int, kind: str) -> list[Part]:
    # Translators: {size} is such as "512 bytes", {type} such as application/octet-stream
    told = _("{size} of {type}", size=byte_count(size), type=kind)
    if not kind:
        told = _("{size} of no stated type", size=byte_count(size))
    return [Line(0, value=told, kind="c")]


def _plain(text: str, size: int, kind: str) -> list[Part]:
    if any(ord(c) < 9 for c in text[:1000]):
        return _without_text(size, kind)
    lines: list[Part] = [Line(0, value=line[:TEXT_WIDTH], kind="c") for line in text.splitlines()]
    if len(lines) <= LONG:
        return lines
    rest = lines[TEXT_LINES:]
    return [*lines[:TEXT_LINES], Fold(Line(0, value=_("… {n} more lines", n=len(rest)), kind="c"), rest)]


def json_parts(data: Any, marks: tuple[str, ...] = ()) -> list[Part]:
    """Decoded JSON as parts. Marks are dotted paths; `*` stands for any one key or index."""
    patterns = [tuple(mark.split(".")) for mark in marks]
    lines: list[Line] = []
    _layout(data, 0, "", "", (), patterns, lines)
    if len(lines) <= LONG:
        return list(lines)
    return [_folded(part, first=True) for part in _nested(lines)]


def count_lines(parts: list[Part]) -> int:
    return sum(count_lines(part.lines) if isinstance(part, Fold) else 1 for part in parts)


def _visible(parts: list[Part]) -> int:
    """Lines that show while folds are closed."""
    return sum(_visible(p.lines) if isinstance(p, Fold) and p.head.depth < 0 else 1 for p in parts)


def _layout(
    data: Any, depth: int, key: str, tail: str, path: Path, marks: list[Path], out: list[Line]
) -> None:
    by = [mark for mark in marks if _match(path, mark)] if marks else ()
    marked, each = bool(by), bool(by) and all("*" in mark for mark in by)
    if not isinstance(data, (dict, list)) or not data:
        out.append(Line(depth, key, _source(data), _kind(data), tail, marked, each))
        return
    is_dict = isinstance(data, dict)
    out.append(Line(depth, key, "{" if is_dict else "[", "p", "", marked, each))
    left = len(data)
    for name, value in data.items() if isinstance(data, dict) else enumerate(data):
        left -= 1
        label = encode_basestring(str(name)) if is_dict else ""
        inner = (*path, str(name)) if marks else path
        _layout(value, depth + 1, label, "," if left else "", inner, marks, out)
    out.append(Line(depth, "", "}" if is_dict else "]", "p", tail))


def _source(data: Any) -> str:
    return encode_basestring(data) if isinstance(data, str) else json.dumps(data)


def _match(path: Path, mark: Path) -> bool:
    """A key may hold dots (`OS-EXT-STS:…` doesn't, `os_compute_api.x` could): then the joined texts are compared."""
    if len(path) == len(mark):
        return all(wanted in ("*", name) for wanted, name in zip(mark, path, strict=True))
    return bool(path) and ".".join(path) == ".".join(mark)


def _kind(data: Any) -> str:
    if isinstance(data, str):
        return "s"
    if isinstance(data, bool) or data is None:
        return "w"
    return "n" if isinstance(data, (int, float)) else "p"


def _nested(lines: list[Line]) -> list[Part]:
    """Flat lines as a tree: every container but the outermost two levels becomes a fold for now."""
    stack: list[list[Part]] = [[]]
    for line in lines:
        opens = line.kind == "p" and line.value in "{[" and not line.tail
        closes = line.kind == "p" and line.value in "}]"
        if closes:
            stack[-1].append(line)
            stack.pop()
        elif opens:
            fold = Fold(line, [line])
            stack[-1].append(fold)
            stack.append(fold.lines)
        else:
            stack[-1].append(line)
    return stack[0]


def _folded(part: Part, first: bool, depth: int = 0) -> Part:
    """Keep a fold closed if it is long, deep enough, unmarked, and not the first example of a list."""
    if isinstance(part, Line):
        return part
    open_line = part.lines[0]
    assert isinstance(open_line, Line)
    lines: list[Part] = [open_line]
    is_list = open_line.value == "["
    for index, child in enumerate(part.lines[1:]):
        lines.append(_folded(child, first=is_list and index == 0, depth=depth + 1))
    lines = _shortened(lines)
    whole = count_lines(part.lines)
    if depth < 2 or whole < FOLD_FROM or (first and _visible(lines) <= EXAMPLE) or _has_mark(part.lines):
        return Fold(Line(-1), lines)  # depth -1: open, spliced into its surroundings
    return Fold(_closed(part, open_line, whole), lines)


def _shortened(lines: list[Part]) -> list[Part]:
    """A very long list keeps its first children; the rest is one fold, unless something in it is marked."""
    rest = lines[MOST:-1]
    if len(rest) < FOLD_FROM or _has_mark(rest):
        return lines
    depth = next((p.depth for p in rest if isinstance(p, Line)), 1)
    return [*lines[:MOST], Fold(Line(depth, value=_("… {n} more …", n=len(rest)), kind="c"), rest), lines[-1]]


def _closed(part: Fold, open_line: Line, whole: int) -> Line:
    last = part.lines[-1]
    assert isinstance(last, Line)
    n = len(part.lines) - 2
    if open_line.value == "[":
        counted = ngettext("{n} item, {lines} lines", "{n} items, {lines} lines", n, lines=whole)
    else:
        counted = ngettext("{n} field, {lines} lines", "{n} fields, {lines} lines", n, lines=whole)
    shown = _marked_texts(part.lines)
    middle = ", ".join(shown) or _label(part.lines) or counted
    text = f"{open_line.value} … {middle} … {last.value}"
    return Line(open_line.depth, open_line.key, text, "p", last.tail, marked=bool(shown))


def _has_mark(parts: list[Part]) -> bool:
    return any(_has_mark(p.lines) if isinstance(p, Fold) else p.marked and not p.each for p in parts)


def _label(parts: list[Part]) -> str:
    """What tells one folded object from the next: its name, or else its id."""
    texts = {p.key: f"{p.key}: {p.value}" for p in parts if isinstance(p, Line) and p.kind == "s"}
    return texts.get('"name"') or texts.get('"id"') or ""


def _marked_texts(parts: list[Part]) -> list[str]:
    """What a closed line still shows: `"name": "vm"` of each marked line with a value."""
    inside = (p for p in parts if isinstance(p, Line) and p.marked and p.kind != "p")
    return [f"{line.key}: {line.value}" if line.key else line.value for line in inside]


def spliced(parts: list[Part]) -> Iterator[Part]:
    """The parts in order, with open folds taken apart."""
    for part in parts:
        if isinstance(part, Fold) and part.head.depth < 0:
            yield from spliced(part.lines)
        else:
            yield part

"""The learner's language. English is written in the code; other languages stand in gettext catalogues, `locale/`.

What the wire says is never translated: method, path, header, status, state, name and message stay as they are.

A process speaks one language: the one of the folder it works in (`notebooks/ko`), else `CLOUDLAB_LANG`, else the
system's. Words are translated when they are shown, not when a module is read.
"""

import locale
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from string import Formatter
from typing import Any

from cloudlab.particles import with_particle

DOMAIN = "cloudlab"
LOCALE = Path(__file__).parent / "locale"
SOURCE = "en"
LESSONS, FIRST = "notebooks", "00-start.ipynb"
SYSTEM = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")  # in the order that gettext reads them


def N_(message: str) -> str:  # noqa: N802 (gettext's own name for it)
    """Marks a message that stands in a table; `_` translates it where it is shown."""
    return message


def _(message: str, /, **values: Any) -> str:
    """A message in the learner's language, with its values put in: `_("{name} is gone", name="web-1")`.

    Without values it may hold braces; with them, they are str.format's. In Korean `{name:이}` adds the particle.
    """
    return _filled(_speaking.gettext(message), values)


def ngettext(one: str, many: str, n: int, /, **values: Any) -> str:
    """The same for what is counted: the message goes by `n`, which is a value as well."""
    return _filled(_speaking.ngettext(one, many, n), {"n": n, **values})


class Said(str):
    """A text of the embedded cloud, which doesn't know its learner's language: English, and what it was made of."""

    message: str
    values: dict[str, Any]


def said(message: str, /, **values: Any) -> Said:
    """English now, another language when it is retold."""
    text = Said(_filled(message, values))
    text.message, text.values = message, values
    return text


def as_json(text: str) -> Any:
    """A text as `retold` reads it on the learner's side: {text, message, values}; one that isn't `said`, as it is."""
    if not isinstance(text, Said):
        return text
    return {"text": str(text), "message": text.message, "values": _each(as_json, text.values)}


def retold(text: Any) -> str:
    """What the embedded cloud said, as it is or as JSON, in the learner's language. Any other text stays as it is."""
    if isinstance(text, Said):
        text = as_json(text)
    if not isinstance(text, dict):
        return str(text)
    return _(text["message"], **_each(retold, text["values"]))


def _each(told: Callable[[Any], Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers stay numbers, what has no place in JSON becomes a text, and texts are told."""
    kept = {
        name: value if isinstance(value, int | float | str | dict) else str(value)
        for name, value in values.items()
    }
    return {name: value if isinstance(value, int | float) else told(value) for name, value in kept.items()}


class _Formatter(Formatter):
    """str.format, and particles."""

    def format_field(self, value: Any, spec: str) -> Any:
        found = with_particle(str(value), spec)
        return super().format_field(value, spec) if found is None else found


_FORMATTER = _Formatter()


def _filled(message: str, values: Mapping[str, Any]) -> str:
    return _FORMATTER.vformat(message, (), values) if values else message


@cache
def available() -> tuple[str, ...]:
    """The languages that have a catalogue, beside English."""
    return tuple(sorted(file.parts[-3] for file in LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")))


def wanted(folder: Path, environ: Mapping[str, str], system: str = "") -> str:
    """The language for a process that works in `folder`: one of `available()`, or English.

    The English lessons lie in `notebooks` itself. There only CLOUDLAB_LANG is stronger than the folder: to set it
    is a wish, to have a Korean system is not.
    """
    edition = _edition(folder)
    if edition in available():
        return edition
    asked = environ.get("CLOUDLAB_LANG", "")
    set_by = next((environ[name] for name in SYSTEM if environ.get(name)), system)
    return known(asked or edition or set_by.split(":")[0]) or SOURCE


def known(code: str) -> str:
    """The catalogue for a code as people write it (ko, ko-KR, ko_KR.UTF-8); "" where there is none."""
    whole = re.split(r"[.@]", code.replace("-", "_").lower())[0]
    names = {name.lower(): name for name in available()}
    return names.get(whole) or names.get(whole.split("_")[0], "")


def _edition(folder: Path) -> str:
    """The edition in whose folder, or below it, a kernel works; "" where there are no lessons."""
    for place in (folder, *folder.parents):
        if place.name in available() and (place.parent.name == LESSONS or (place / FIRST).is_file()):
            return place.name
        if (place / FIRST).is_file():
            return SOURCE
    return ""


@cache
def _catalogue(language: str) -> NullTranslations:
    if language not in available():
        return NullTranslations()
    with (LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as file:
        return GNUTranslations(file)


def _system() -> str:
    """What the system says where no variable does. Windows names its locales in words: Korean_Korea."""
    name = locale.getlocale()[0] or ""
    return locale.normalize(name.split("_")[0]) if len(name.split("_")[0]) > 3 else name


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError:  # the folder is gone
        return Path("/")


speaks = wanted(_here(), os.environ, _system())
_speaking = _catalogue(speaks)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Another language for a while: tests, and editions that are made."""
    global speaks, _speaking
    before = speaks
    speaks, _speaking = language, _catalogue(language)
    try:
        yield
    finally:
        speaks, _speaking = before, _catalogue(before)

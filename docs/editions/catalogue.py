"""A language's catalogue: brought up to date with the English, compiled for the package, and what is wrong with it."""

import re
from collections.abc import Callable, Iterator
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from cloudlab.language import DOMAIN, LOCALE
from docs.editions.extract import is_runtime, placeholders

# CommonMark: asterisks after a bracket or a quote and before a letter don't end what is bold or italic.
BROKEN_BOLD = re.compile(r"\*{1,2}[^*\n]*[^\w\s*]\*{1,2}(?=\w)")
# JupyterLab makes a link of each URL in an output, and a particle would become a part of it.
GLUED = re.compile(r"\{url\w*(?:![rs])?\}[^\W\d_]|\{url\w*:[^\W\d_]|https?://\w[\w.:/-]*[^\W\d_a-zA-Z]")


def languages() -> list[str]:
    """Those that have a catalogue. A new one begins as an empty file."""
    return sorted(path.parts[-3] for path in LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def file_of(language: str, ending: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.{ending}"


def read(language: str) -> Catalog:
    with file_of(language, "po").open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def update(language: str, template: Catalog) -> Catalog:
    """The catalogue with all messages of today. One whose English has changed is fuzzy, and says from what."""
    catalogue = read(language)
    if not len(catalogue):  # a new one: no made-up addresses
        catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = ""
        catalogue.revision_date = catalogue.creation_date
    begun = catalogue.creation_date
    catalogue.update(template, update_header_comment=False)
    catalogue.creation_date = begun  # a date that changes each time would hide what really changed
    catalogue.header_comment = f"# The {catalogue.locale.english_name} edition of cloudlab."
    catalogue.fuzzy = False
    with file_of(language, "po").open("wb") as file:
        write_po(file, catalogue, width=0, include_lineno=False, include_previous=True, ignore_obsolete=True)
    return catalogue


def translated(catalogue: Catalog) -> Callable[[str], str]:
    """A message's translation; its English where there is none that holds."""

    def of(message: str) -> str:
        found = catalogue.get(message)
        return found.string if found and found.string and not found.fuzzy else message

    return of


def compile(language: str, catalogue: Catalog) -> None:
    """Write what the package itself shows, in gettext's quick form."""
    file_of(language, "mo").write_bytes(compiled(catalogue))


def compiled(catalogue: Catalog) -> bytes:
    runtime = Catalog(locale=catalogue.locale, charset="utf-8", revision_date=catalogue.revision_date)
    runtime.creation_date = catalogue.creation_date
    for message in catalogue:
        if message.id and is_runtime(message.locations) and not message.fuzzy:
            runtime.add(message.id, message.string)
    file = BytesIO()
    write_mo(file, runtime)
    return file.getvalue()


def problems(template: Catalog, catalogue: Catalog) -> Iterator[str]:
    """What a translator has to do, a line each: what is missing, what changed in English, what can't be shown."""
    for message in filter(lambda one: one.id, template):
        yield from (f"{wrong}: {_named(message)}" for wrong in _amiss(message, catalogue.get(message.id)))
    for message in catalogue:
        if message.id and message.id not in template:
            yield f"no longer in English: {_named(message)}"


def _amiss(message: Message, found: Message | None) -> Iterator[str]:
    if found is None or not _texts(found.string):
        yield "not translated"
    elif found.fuzzy:
        yield "its English has changed (fuzzy)"
    else:
        yield from _wrong(message, found)


def _named(message: Message) -> str:
    """Where it stands, with a cell's id, and how it begins."""
    where = dict.fromkeys(place for place, _ in message.locations)
    return f"{' '.join((*where, *message.auto_comments))}: {_texts(message.id)[0][:60]!r}"


def _wrong(message: Message, found: Message) -> Iterator[str]:
    wanted = set.union(*(placeholders(text) for text in _texts(message.id)))
    for text in _texts(found.string):
        if placeholders(text) != wanted:
            yield f"its values are {sorted(placeholders(text))}, not {sorted(wanted)}"
        if BROKEN_BOLD.search(text):
            yield "bold or italic that ends in a sign and goes on with a letter isn't shown so"
        if GLUED.search(text):
            yield "a letter follows a URL directly, and would be taken for a part of it"


def _texts(text: Any) -> list[str]:
    """The forms of a message: one, or as many as the language counts by."""
    return [one for one in ([text] if isinstance(text, str) else text or ()) if one]


def is_compiled(language: str, catalogue: Catalog) -> bool:
    """Whether the compiled form says the same. (Its bytes depend on Babel's version.)"""
    path = file_of(language, "mo")
    return path.exists() and _said(path.read_bytes()) == _said(compiled(catalogue))


def _said(compiled: bytes) -> dict[Any, str]:
    said = dict(GNUTranslations(BytesIO(compiled))._catalog)  # type: ignore[attr-defined]
    said.pop("", None)
    return said

"""What is to be translated, read out of where it stands in English: code, tables, notebooks, pictures, README.

Babel knows Python and Jinja; for the other kinds of files there is a method here, in the form that Babel asks for:
rows of (line, function, message, comments). No line numbers are kept: they would change the catalogues with each edit.
"""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

from babel.messages import Catalog
from babel.messages.extract import extract

ROOT = Path(__file__).resolve().parents[2]
MARKS = {"_": None, "N_": None, "said": None, "ngettext": (1, 2)}
TOML_KEYS = ("name", "says", "asks", "choices", "why")
GENERATED = ("08-inside.svg",)  # drawn anew in each language
WORDED = {"title": ("text",), "desc": ("text",), "text": ("text",), "tspan": ("text", "tail")}
SVG = "{http://www.w3.org/2000/svg}"
Row = tuple[int, str, str, list[str]]


def notebook(file: IO[bytes], keywords: Any, tags: Any, options: Any) -> Iterator[Row]:
    """One message a Markdown cell; the comment is the cell's id."""
    for cell in json.load(file)["cells"]:
        if cell["cell_type"] == "markdown":
            yield 0, "", "".join(cell["source"]), [cell["id"]]


def table(file: IO[bytes], keywords: Any, tags: Any, options: Any) -> Iterator[Row]:
    """The texts of misconceptions.toml and recall.toml; the comment is the entry's id and key."""
    for id, entry in tomllib.load(file).items():
        for key in TOML_KEYS:
            texts = entry.get(key, [])
            for text in [texts] if isinstance(texts, str) else texts:
                yield 0, "", text, [f"{id}.{key}"]


def picture(file: IO[bytes], keywords: Any, tags: Any, options: Any) -> Iterator[Row]:
    """The words in a picture, with its title and description."""
    for element, place in worded(ElementTree.parse(file).getroot()):
        yield 0, "", getattr(element, place), []


def worded(root: ElementTree.Element) -> Iterator[tuple[ElementTree.Element, str]]:
    """Where a picture has words: an element, and `text`, or `tail` for what follows a tspan."""
    for element in root.iter():
        for place in WORDED.get(element.tag.removeprefix(SVG), ()):
            if (getattr(element, place) or "").strip():
                yield element, place


def commands(file: IO[bytes], keywords: Any, tags: Any, options: Any) -> Iterator[Row]:
    """The docstrings of the command's functions, which take `args`: they are its help."""
    functions = [node for node in ast.parse(file.read()).body if isinstance(node, ast.FunctionDef)]
    for node in functions:
        if not node.name.startswith("_") and [one.arg for one in node.args.args] == ["args"]:
            yield 0, "", (ast.get_docstring(node) or "").strip(), []


def page(file: IO[bytes], keywords: Any, tags: Any, options: Any) -> Iterator[Row]:
    """One message a paragraph, table, list or heading of a Markdown page."""
    for block in blocks(file.read().decode()):
        if is_prose(block):
            yield 0, "", block, []


def blocks(markdown: str) -> list[str]:
    """A page cut at its empty lines, but not inside a fence; joined by an empty line it is the page again."""
    found: list[str] = []
    for part in markdown.rstrip("\n").split("\n\n"):
        if found and found[-1].count("```") % 2:
            found[-1] += "\n\n" + part
        else:
            found.append(part)
    return found


def is_prose(block: str) -> bool:
    """The badge's place has no words of ours."""
    return not block.startswith("<!--")


# (where, which files, how)
SOURCES: tuple[tuple[str, str, Any], ...] = (
    ("notebooks", "*.ipynb", notebook),
    ("notebooks/images", "*.svg", picture),
    (".", "README.md", page),
    ("cloudlab/lessons", "*.toml", table),
    ("cloudlab", "**/*.py", "python"),
    ("cloudlab", "__main__.py", commands),
    ("tests/parity", "page.py", "python"),  # the README's line of totals
    ("cloudlab/show/templates", "*.j2", "jinja2.ext:babel_extract"),
)


def messages() -> Catalog:
    """All that is to be translated, as a template."""
    template = Catalog(project="cloudlab", charset="utf-8")
    for folder, pattern, method in SOURCES:
        for path in sorted((ROOT / folder).glob(pattern)):
            if path.name not in GENERATED and "checkpoint" not in path.name:
                _add(template, path, method)
    return template


def _add(template: Catalog, path: Path, method: Any) -> None:
    where = path.relative_to(ROOT).as_posix()
    # Babel warns of f-strings among a message's values, which are none themselves (tests/test_editions.py).
    with path.open("rb") as file, redirect_stderr(StringIO()):
        for _line, message, comments, context in extract(
            method, file, MARKS, ("Translators:",), strip_comment_tags=True
        ):
            template.add(message, locations=[(where, 0)], auto_comments=comments, context=context, flags=())


def is_runtime(locations: list[tuple[str, int]]) -> bool:
    """Whether the package itself shows a message; the others are in notebooks, pictures and README alone."""
    return any(where.startswith("cloudlab/") for where, _ in locations)


def placeholders(text: str) -> set[str]:
    """The values that a message takes: {name} and {name:이} are the same one."""
    return set(re.findall(r"(?<!\{)\{(\w+)(?:[:!][^{}]*)?\}", text))

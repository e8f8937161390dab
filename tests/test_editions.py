"""Every edition is complete and of today: its catalogue, what is made from it, and the words in the code."""

import ast
import functools
import json
import re
from io import BytesIO

import nbformat
import pytest
from babel.messages import Catalog

from docs.editions import catalogue as catalogues
from docs.editions.extract import blocks, is_runtime, messages, notebook, placeholders
from docs.editions.notebooks import LESSONS, edition, is_current, sources
from docs.editions.pages import pages
from tests.source import python_files, read

MARKS = ("_", "N_", "said", "ngettext")
each_language = pytest.mark.parametrize("language", catalogues.languages())


@pytest.fixture(scope="module")
def template():
    return messages()


@pytest.fixture(scope="module")
def catalogue():
    """The catalogue of a language, read once: `catalogue("ko")`."""
    return functools.cache(catalogues.read)


@each_language
def test_every_message_is_translated_as_it_is_today(language, template, catalogue):
    wrong = list(catalogues.problems(template, catalogue(language)))
    assert wrong == [], f"make {language} brings the catalogue up to date; then translate:\n" + "\n".join(
        wrong
    )


@each_language
def test_the_compiled_catalogue_is_of_today(language, catalogue):
    assert catalogues.is_compiled(language, catalogue(language)), f"make {language}"


@each_language
def test_the_notebooks_are_of_today(language, catalogue):
    """The same cells, ids, code and order as in English; nbval runs them."""
    translate = catalogues.translated(catalogue(language))
    old = [
        path.name
        for path in sources()
        if not is_current(edition(path, translate), LESSONS / language / path.name)
    ]
    assert old == [], f"make {language}"


@each_language
def test_pictures_and_readme_are_of_today(language, catalogue):
    translate = catalogues.translated(catalogue(language))
    old = [path for path, text in pages(language, translate).items() if not _holds(path, text)]
    assert old == [], f"make {language}"


def _holds(path, text):
    return path.exists() and path.read_text("utf-8") == text


@each_language
def test_nothing_is_left_of_lessons_that_are_gone(language):
    made = {path.relative_to(LESSONS / language).as_posix() for path in (LESSONS / language).rglob("*.*")}
    english = {path.relative_to(LESSONS).as_posix() for path in LESSONS.glob("*.ipynb")}
    english |= {path.relative_to(LESSONS).as_posix() for path in LESSONS.glob("images/*.svg")}
    hidden = {name for name in made if name.startswith(".") or "checkpoints" in name}
    assert made - hidden == english


@each_language
def test_what_a_lesson_shows_is_translated(language, template, catalogue):
    """No sentence of the kit is left in English among the stored outputs."""
    sentences = [one for one in _sentences(template) if catalogue(language).get(one).string != one]
    left = {}
    for path in sorted((LESSONS / language).glob("*.ipynb")):
        shown = "\n".join(_shown(nbformat.read(path, 4)))
        left |= {path.name: [one for one in sentences if one in shown]}
    assert {name: found for name, found in left.items() if found} == {}


@each_language
def test_a_cell_has_the_same_parts_in_both(language, catalogue):
    """Headings, code, links, pictures, folds: whatever isn't words. Only the folder has another name."""
    texts = [(message.id, message.string) for message in catalogue(language) if _in_a_notebook(message)]
    texts = [(english, other.replace(f"notebooks/{language}", "notebooks")) for english, other in texts]
    assert len(texts) > 200
    assert [english[:60] for english, other in texts if _parts(english) != _parts(other)] == []


def _in_a_notebook(message):
    return message.id and any(place.endswith(".ipynb") for place, _ in message.locations)


def _parts(cell):
    fences = re.findall(r"^```.*?^```", cell, re.DOTALL | re.MULTILINE)
    code = [[line.partition("#")[0] for line in fence.splitlines()] for fence in fences]
    prose = re.sub(r"^```.*?^```", "", cell, flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+(?= )", prose, re.MULTILINE)
    images = [(target, len(label) > 4) for label, target in re.findall(r"!\[(.*?)\]\((.*?)\)", prose)]
    tags = re.findall(r"</?\w+>", re.sub(r"`[^`\n]*`", "", prose))
    return (
        code,
        headings,
        images,
        sorted(re.findall(r"\]\((.*?)\)", prose)),
        sorted(tags),
        set(re.findall(r"`([^`\n]+)`", prose)),
    )


def _sentences(template):
    """Messages of the package that are long enough not to be found by chance."""
    ids = [message.id for message in template if message.id and is_runtime(message.locations)]
    return [id for id in ids if isinstance(id, str) and len(id.split()) > 3 and not placeholders(id)]


def _shown(lesson):
    for cell in lesson.cells:
        for output in cell.get("outputs", ()):
            yield output.get("text", "")
            yield from (text for kind, text in output.get("data", {}).items() if kind.startswith("text/"))


def test_the_code_marks_only_what_can_be_read_out_of_it():
    """What `_` and its kin take is a literal, or looked up in a table of marked ones; and Babel finds it."""
    assert [place for path in python_files("cloudlab") for place in _lost_marks(path, read(path))] == []


def test_marks_that_get_lost_are_seen():
    """Python 3.11's f-strings are closed to Babel, and a message that is put together is none."""
    specimens = ('_(f"{n} calls")', '_("a " + b)', """f"{_('lost')} again" """)
    assert [len(list(_lost_marks("x.py", source))) for source in specimens] == [1, 1, 1]
    assert list(_lost_marks("x.py", """f"{_(TABLE[n])} again: {_(x)}"; _("{n} calls", n=f"{n}")""")) == []


def _lost_marks(path, source):
    for node in ast.walk(ast.parse(source)):
        if _is_mark(node) and isinstance(node.args[0], ast.JoinedStr | ast.BinOp):
            yield f"{path}:{node.lineno}"
        if isinstance(node, ast.JoinedStr):
            inner = [one for one in ast.walk(node) if _is_mark(one) and isinstance(one.args[0], ast.Constant)]
            yield from (f"{path}:{one.lineno}" for one in inner)


def _is_mark(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS


CHANGED = Catalog(locale="ko")
CHANGED.add("a server is gone", "서버가 없습니다", locations=[("cloudlab/x.py", 0)])
CHANGED.add("{n} calls", "호출 {m}개", locations=[("cloudlab/x.py", 0)])
CHANGED.add("say it", "**말(하다)**은", locations=[("cloudlab/x.py", 0)])
CHANGED.add("ask {url}", "{url}에 물어보세요", locations=[("cloudlab/x.py", 0)])
CHANGED.add("left over", "남음", locations=[("cloudlab/x.py", 0)])


def test_each_kind_of_problem_is_told(tmp_path, monkeypatch):
    """As a translator meets them: a new message, one whose English changed, one with other values, bold that isn't."""
    template = Catalog()
    for text in ("a server is gone now", "{n} calls", "say it", "ask {url}", "it is new"):
        template.add(text, locations=[("cloudlab/x.py", 0)])
    before = list(catalogues.problems(template, CHANGED))
    assert [line.partition(":")[0] for line in before] == [
        "not translated",
        "its values are ['m'], not ['n']",
        "bold or italic that ends in a sign and goes on with a letter isn't shown so",
        "a letter follows a URL directly, and would be taken for a part of it",
        "not translated",
        "no longer in English",
        "no longer in English",
    ]
    CHANGED.update(template)
    after = list(catalogues.problems(template, CHANGED))
    assert "its English has changed (fuzzy): cloudlab/x.py: 'a server is gone now'" in after


def test_a_fuzzy_message_is_shown_in_english():
    catalogue = Catalog(locale="ko")
    catalogue.add("a server is gone", "서버가 없습니다", flags=["fuzzy"])
    assert catalogues.translated(catalogue)("a server is gone") == "a server is gone"


def test_a_new_language_begins_with_an_empty_file(tmp_path, monkeypatch, template):
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path)
    path = catalogues.file_of("ja", "po")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    assert catalogues.languages() == ["ja"]
    catalogues.update("ja", template)
    untranslated = list(catalogues.problems(template, catalogues.read("ja")))
    assert len(untranslated) == len(template) and all(
        line.startswith("not translated: ") for line in untranslated
    )


def test_a_cell_is_a_message_and_its_id_a_comment():
    cells = [
        {"cell_type": "markdown", "id": "a", "source": ["# One\n", "\n", "two"]},
        {"cell_type": "code", "id": "b", "source": ["print()"]},
    ]
    file = BytesIO(json.dumps({"cells": cells}).encode())
    assert list(notebook(file, None, None, None)) == [(0, "", "# One\n\ntwo", ["a"])]


def test_a_fence_stays_whole():
    page = "# Title\n\nText.\n\n```sh\na\n\nb\n```\n\nEnd.\n"
    assert blocks(page) == ["# Title", "Text.", "```sh\na\n\nb\n```", "End."]
    assert "\n\n".join(blocks(page)) + "\n" == page


def test_placeholders_are_seen_with_and_without_specs():
    assert placeholders("{name:이} {size:,} {{not}} {pid!r}") == {"name", "size", "pid"}
    assert re.search(r"\{", "{") and placeholders('json={"server": …}') == set()

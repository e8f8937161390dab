"""What the documents say is so: commands, options, links, ports, ranges, and what is generated is up to date."""

import argparse
import importlib.util
import json
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudlab.__main__ import parser
from cloudlab.lessons.checks import names
from cloudlab.lessons.register import register
from cloudlab.sim.cloud import DEFAULT_PORTS
from docs.editions.catalogue import languages
from tests.source import ROOT

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/*.md", "tests/**/*.md")
    for path in ROOT.glob(pattern)
)
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
MAKE = re.compile(r"(?:^|`|\s)make ([a-z]+)(?=`|$|\s+#|,| PYTHON)", re.MULTILINE)
COMMAND = re.compile(r"python -m cloudlab ([a-z]+)")


def text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def generator():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def subcommands() -> dict[str, argparse.ArgumentParser]:
    return next(a.choices for a in parser()._actions if isinstance(a, argparse._SubParsersAction))


def links(markdown: str) -> Iterator[tuple[bool, str, str]]:
    """(is an image, text, target) of each link; a badge is a link around an image, and both count."""
    for mark, label, target in LINK.findall(markdown):
        yield bool(mark), label, target
        yield from links(label)


def broken_links(page: str, markdown: str) -> list[str]:
    folder = (ROOT / page).parent
    local = [target.split("#")[0] for _, _, target in links(markdown) if not re.match(r"[a-z]+:|#", target)]
    return [target for target in local if not (folder / target).exists()]


@pytest.mark.parametrize("page", PAGES)
def test_links_resolve(page):
    assert broken_links(page, text(page)) == []


@pytest.mark.parametrize("page", PAGES)
def test_images_have_an_alternative_text(page):
    assert [target for image, label, target in links(text(page)) if image and len(label) < 5] == []


def test_the_picture_of_the_architecture_names_files_that_are_there():
    kit = [path.relative_to(ROOT).as_posix() for path in (ROOT / "cloudlab").rglob("*.py")]
    named = set(re.findall(r"[a-z_/]+\.py", text("docs/architecture.svg")))
    assert len(named) > 10
    assert [name for name in named if not any(path.endswith("/" + name) for path in kit)] == []


def test_broken_links_and_silent_images_are_seen():
    specimen = "[![Badge text](https://x/y.svg)](no/such/page.md) ![](docs/classroom.md)"
    assert broken_links("README.md", specimen) == ["no/such/page.md"]
    assert (True, "", "docs/classroom.md") in list(links(specimen))
    assert (True, "Badge text", "https://x/y.svg") in list(links(specimen))


@pytest.mark.parametrize("page", PAGES)
def test_what_pages_tell_to_make_can_be_made(page):
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    targets |= {*languages(), "ja"}  # each language with a catalogue; ja is the example of a new one
    assert {"lab", "test"} <= targets
    assert set(MAKE.findall(text(page))) <= targets


def test_the_readme_names_the_two_commands():
    assert {"lab", "test"} <= set(MAKE.findall(text("README.md")))


@pytest.mark.parametrize("page", PAGES)
def test_commands_that_pages_name_exist(page):
    assert set(COMMAND.findall(text(page))) <= set(subcommands())


def test_every_command_and_option_is_in_the_readme():
    readme = text("README.md")
    options = {
        option
        for command in subcommands().values()
        for action in command._actions
        for option in action.option_strings
        if option.startswith("--") and option != "--help"
    }
    assert len(options) >= 8
    assert [option for option in sorted(options) if option not in readme] == []
    assert set(subcommands()) == set(COMMAND.findall(readme))


def test_the_plain_lines_are_those_of_the_makefile():
    """Who has no make does the same."""
    makefile, readme = text("Makefile"), text("README.md")
    runner = re.findall(r"^PYTEST = (.+)$", makefile, re.MULTILINE)[0]
    lines = re.findall(r"^\t\$\(BIN\)/(.+)$", makefile.replace("$(PYTEST)", runner), re.MULTILINE)
    told = [line.replace("$(WORKERS)", "2").replace("$(LABFLAGS) ", "") for line in lines]
    told = [line.replace("$(EDITION)", "notebooks/00-start.ipynb") for line in told]
    wanted = [
        line for line in told if line.split()[0] in ("ruff", "mypy", "jupyter") or "--nbval tests" in line
    ]
    assert len(wanted) == 5
    assert [line for line in wanted if line not in readme] == []


def test_the_ports_in_the_readme_are_the_clouds():
    told = dict(re.findall(r"(keystone|nova|cinder|placement|glance|neutron) (\d{4})", text("README.md")))
    assert told == {name: str(port) for name, port in DEFAULT_PORTS.items()}


def test_the_badge_agrees_with_the_one_place():
    module = generator()
    badge = module.badge(module.repository())
    assert module.with_marked(text("README.md"), "binder", badge) == text("README.md")
    assert f"/gh/{module.repository()}/" in badge
    with pytest.raises(ValueError, match="marks"):
        module.with_marked("no marks here", "binder", badge)


def test_the_picture_of_the_inside_is_what_happens_there():
    assert text("notebooks/images/08-inside.svg") == generator().inside()


def test_every_lesson_is_in_the_readme():
    lessons = {path.name for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")}
    assert lessons
    assert lessons == set(re.findall(r"\(notebooks/(.+?\.ipynb)\)", text("README.md")))


@pytest.mark.parametrize("lesson", sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")), ids=lambda p: p.name)
def test_the_readme_knows_how_long_a_lesson_takes(lesson):
    title = "".join(json.loads(lesson.read_text("utf-8"))["cells"][0]["source"])
    minutes = re.search(r"(\d+) minutes", title)[1]
    assert re.search(rf"\(notebooks/{lesson.name}\) \|[^|]*\| {minutes} \|", text("README.md"))


TEACHING = re.findall(r"^\| \[.+?\]\(\.\./notebooks/(.+?)\.ipynb\) \|(.*)\|$", text("docs/teaching.md"), re.M)


@pytest.mark.parametrize(("lesson", "row"), TEACHING, ids=[lesson for lesson, _ in TEACHING])
def test_the_teachers_table_agrees_with_the_lesson(lesson, row):
    _, misconceptions, predictions, checked, minutes = (cell.strip() for cell in row.split("|"))
    cells = json.loads(text(f"notebooks/{lesson}.ipynb"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert set(re.findall(r"`(.+?)`", misconceptions)) <= set(register())
    assert predictions == str(sum(source.startswith("lab.predict(") for source in code))
    assert minutes == re.search(r"(\d+) minutes", "".join(cells[0]["source"]))[1]
    exercises = [name for name in names() if name.startswith(f"{lesson}.")]
    assert re.findall(r"`(.+?)`", checked) in (exercises, [*exercises[:2], exercises[-1]])


def test_the_teachers_table_has_every_lesson():
    lessons = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
    assert [lesson for lesson, _ in TEACHING] == lessons


def requirements(lines: list[str]) -> dict[str, str]:
    """name → range, comments and other options left out."""
    found = (re.match(r"([A-Za-z][\w.-]*(?:\[\w+\])?)\s*([<>=].*?)\s*(?:#.*)?$", line) for line in lines)
    return {match[1].lower(): match[2] for match in found if match}


def test_ranges_agree_wherever_a_library_is_named():
    project = tomllib.loads(text("pyproject.toml"))["project"]
    ours = requirements(project["dependencies"])
    assert len(ours) >= 8
    kit = requirements(text("requirements.txt").splitlines())
    assert "-e ." in text("requirements.txt")
    assert {name: kit[name] for name in kit if name in ours} == {
        name: ours[name] for name in kit if name in ours
    }


def test_every_range_has_two_ends():
    project = tomllib.loads(text("pyproject.toml"))["project"]
    lines = project["dependencies"] + text("requirements.txt").splitlines()
    ranges = requirements(lines + text("tests/requirements.txt").splitlines())
    assert [name for name, bounds in ranges.items() if not re.fullmatch(r">=[\d.]+,<[\d.]+", bounds)] == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no executable bit")
@pytest.mark.parametrize("script", ["binder/start", "binder/postBuild", ".ci/run"])
def test_scripts_can_be_run(script):
    assert os.access(ROOT / script, os.X_OK)


def test_binder_ends_in_what_it_was_asked_to_start():
    assert text("binder/start").rstrip().splitlines()[-1] == 'exec "$@"'


def test_no_page_names_this_machine():
    assert [page for page in PAGES if re.search(r"/tmp/(?!cloudlab-\$USER)|/work/|/root/", text(page))] == []


def test_the_licence_is_the_one_that_is_declared():
    assert tomllib.loads(text("pyproject.toml"))["project"]["license"] == "Apache-2.0"
    assert "Apache License" in text("LICENSE")
    assert "Version 2.0, January 2004" in text("LICENSE")
    assert Path(ROOT / "LICENSE").stat().st_size > 11_000

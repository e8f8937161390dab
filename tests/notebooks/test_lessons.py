"""What a lesson is made of. (That its stored outputs are true is nbval's part: `pytest --nbval notebooks`.)"""

import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from cloudlab.lessons import checks
from tests.notebooks.exercises import exercises, verdict

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(NOTEBOOKS.glob("*.ipynb"))
PARTS = [
    "The idea",
    "Predict, run, explain, change",
    "It goes wrong",
    "Then and now",
    "Make",
    "Recall",
]
OPTIONAL = {"Clean up"}
CAPSTONE = ["The idea", "Make", "Drills", "Recall"]  # 10 shows no call any more: the learner makes them all

SHOWING = [path for path in LESSONS if not path.stem.startswith("10-")]
each_showing_lesson = pytest.mark.parametrize("path", SHOWING, ids=lambda path: path.stem)
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def prose(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def without_code(text):
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.S)


def headings(text):
    return [(len(m[1]), m[2].strip()) for m in re.finditer(r"^(#+) (.+)$", without_fences(text), re.M)]


def without_fences(text):
    return re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)


def test_there_are_lessons():
    assert [path.stem[:2] for path in LESSONS][:9] == [f"{n:02}" for n in range(9)]


@each_lesson
def test_every_code_cell_was_executed_in_order(path):
    code = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))


@each_lesson
def test_headings_are_in_order(path):
    found = headings(prose(read(path)))
    assert found[0][0] == 1 and [level for level, _ in found].count(1) == 1
    for (before, _), (after, title) in pairwise(found):
        assert after <= before + 1, f"{title!r} skips a level"


@each_lesson
def test_a_lesson_has_its_parts(path):
    found = headings(prose(read(path)))
    assert re.match(rf"{path.stem[:2]} · ", found[0][1])
    parts = PARTS if path in SHOWING else CAPSTONE
    assert [title for level, title in found if level == 2 and title not in OPTIONAL] == parts


@each_showing_lesson
def test_a_lesson_shows_failures(path):
    wrong = section(prose(read(path)), "It goes wrong")
    assert len([level for level, _ in headings(wrong) if level == 3]) >= 2


@each_lesson
def test_every_exercise_has_a_check_three_hints_and_a_solution(path):
    summaries = re.findall(r"<summary>(Hint \d|Solution)</summary>", prose(read(path)))
    exercises = [name for name in checks.names() if name.startswith(f"{path.stem}.")]
    assert summaries == ["Hint 1", "Hint 2", "Hint 3", "Solution"] * len(exercises)
    code = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "code")
    assert re.findall(r'^lab\.check\("([^"]+)"\)$', code, re.M) == exercises


def section(text, title):
    return re.split(r"^## ", text.split(f"## {title}\n", 1)[1], maxsplit=1, flags=re.M)[0]


@each_showing_lesson
def test_a_lesson_asks_before_it_shows(path):
    """Predictions are asked in a cell of their own, are still open in what is stored, and the next cell is the call."""
    code = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
    asked = [number for number, source in enumerate(code) if source.startswith("lab.predict(")]
    assert len(asked) >= 3
    for number in asked:
        assert re.fullmatch(r"lab\.predict\((\w+=\.\.\.(, )?)+\)", code[number]), code[number]
        assert re.search(r"lab\.(get|post|put|patch|delete|head|wait)\(", code[number + 1]), code[number + 1]


@each_lesson
def test_the_end_is_a_check_and_questions_from_memory(path):
    code = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
    assert code[-1] == "lab.recall()" and code[-2].startswith("lab.check(")


@each_lesson
def test_the_idea_is_short_and_has_a_picture(path):
    idea = next(cell.source for cell in read(path).cells if cell.source.startswith("## The idea"))
    words = re.sub(r"!\[.*?\]\(.*?\)", "", idea, flags=re.S).split()
    assert len(words) < 120, len(words)
    assert "![" in idea


@each_lesson
def test_pictures_have_alt_text_and_links_lead_somewhere(path):
    text = without_code(prose(read(path)))
    for alt, target in re.findall(r"!\[(.*?)\]\(([^)]+)\)", text, flags=re.S):
        assert len(alt) > 20, f"{target} needs an alt text that says what it shows"
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        assert target.startswith("https://") or (path.parent / target).exists(), target


@each_lesson
def test_code_cells_are_short(path):
    for cell in read(path).cells:
        if cell.cell_type == "code" and not cell.source.startswith(
            "%%curl"
        ):  # the talk's lines are as long as they are
            lines = [line for line in cell.source.splitlines() if line.strip()]
            assert len(lines) <= 6, cell.source


@each_lesson
def test_no_secret_is_stored(path):
    stored = path.read_text("utf-8")
    assert "gAAAAA" not in stored
    for found in re.findall(r'"adminPass[\\"]*: [\\"]*([^"\\,&<]*)', stored):
        assert found.startswith("‹"), found
    assert "PRIVATE KEY-----\\\\n" not in stored


@each_lesson
def test_the_stored_checks_say_not_yet(path):
    code = [cell for cell in read(path).cells if cell.cell_type == "code" and "lab.check(" in cell.source]
    assert code and all("not yet" in str(cell.outputs) for cell in code)


@each_lesson
def test_the_solutions_solve_it(path):
    """Run the whole lesson; then each solution from its fold, after its drill if it has one; then its check."""
    notebook = read(path)
    tried = [
        new_code_cell(source)
        for exercise in exercises(notebook)
        for source in (*exercise[:2], verdict(*exercise[1:]) + "\nassert report, repr(report)")
    ]
    notebook.cells = [*(cell for cell in notebook.cells if cell.cell_type == "code"), *tried]
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}})
    client.execute()

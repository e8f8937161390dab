"""The runner says what is wrong with a lesson: on the embedded cloud, whose ids a notebook shows."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.real.lesson import Run

START = 'from cloudlab import connect\n\nlab = connect()\nlab.start("02-flavors")'
SOLUTION = """<details><summary>Solution</summary>

```python
{code}
```

</details>"""
CHOOSE = """nova = lab.endpoint("compute")
lab.check("02-flavors.make", flavor={flavor!r})"""


def run(tmp_path, *cells, start=START, flavor="3"):
    """A small lesson with the exercise of lesson 02, executed."""
    exercise = [
        new_code_cell('lab.check("02-flavors.make")'),
        new_markdown_cell(SOLUTION.format(code=CHOOSE.format(flavor=flavor))),
    ]
    path = tmp_path / "02-flavors.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(start), *cells, *exercise]), path)
    found = Run(path)
    found.execute()
    return found


def test_a_solved_lesson_has_no_problem(tmp_path):
    meant = new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]})
    found = run(tmp_path, meant, flavor="3")
    assert found.problems == []
    assert found.summary == "6 cells, 0 not possible here, checks: done"


def test_what_fails_is_said(tmp_path):
    shown = new_code_cell('lab.get(lab.endpoint("image") + "/v2/images").json()["images"][0]["id"]')
    failed, unsolved, *ids = run(tmp_path, new_code_cell("x = 1\n1 / 0"), shown, flavor="1").problems
    assert failed == "1 / 0 → ZeroDivisionError: division by zero"
    assert unsolved.startswith("02-flavors.make: ") and "not yet" in unsolved
    assert ids == ["an output holds 5e9cecc5-ae7a-4f7e-b488-ed22daa0e2ab"]


def test_a_lesson_that_does_not_begin_says_that_alone(tmp_path):
    (problem,) = run(tmp_path, start="from cloudlab import connect\n\nconnect().start('99-none')").problems
    assert "There is no lesson '99-none'" in problem

"""One lesson as it comes out on a real cloud: its cells, each exercise with its own solution, and the clean-up."""

import re
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from tests.notebooks.exercises import exercises, verdict
from tests.realish import remains

LONGEST = 1800  # seconds that one cell may take
SOLVE = """skipped = lab.check({name!r}).lacking
if not skipped:
    exec({solution!r}, globals())"""
TELL = """report = None
if not skipped:
{verdict}
print("CHECK", {name!r}, "not possible here" if skipped else "done" if report else repr(report))"""
CLEAN = """removal = lab.cleanup(yes=True)
assert not removal.failed, repr(removal)"""
VERDICT = re.compile(r"^CHECK (\S+) (.*)$", re.M)
WIDGET = "application/vnd.jupyter.widget-view+json"  # holds a widget's own id
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Run:
    """A notebook, executed to its end whatever happens; `problems` are sentences."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.stem
        self.notebook = nbformat.read(path, as_version=4)
        lesson = [cell for cell in self.notebook.cells if cell.cell_type == "code"]
        self.problems: list[str] = []
        self.notebook.cells = [*lesson, *self._solutions(), new_code_cell(CLEAN)]

    def _solutions(self) -> list[nbformat.NotebookNode]:
        cells = []
        for begins, solution, name in exercises(self.notebook):
            indented = "".join(f"    {line}\n" for line in verdict(solution, name).splitlines())
            cells += [begins, SOLVE.format(name=name, solution=solution)]
            cells += [TELL.format(name=name, verdict=indented.rstrip())]
        return [new_code_cell(source) for source in cells if source]

    def execute(self) -> None:
        """Run all cells in one kernel, and look at what came out."""
        where = {"metadata": {"path": str(self.path.parent)}}
        quiet = ["--IPKernelApp.log_level=ERROR"]
        client = NotebookClient(
            self.notebook, timeout=LONGEST, allow_errors=True, resources=where, extra_arguments=quiet
        )
        client.execute()
        begun = self._failed(self.notebook.cells[0])
        if begun:  # all that follows would only say so again
            self.problems = begun
            return
        for cell in self.notebook.cells:
            self.problems += self._failed(cell)
        found = [(name, said.strip()) for name, said in VERDICT.findall(self.printed())]
        self.problems += [
            f"{name}: {said}" for name, said in found if said not in ("done", "not possible here")
        ]
        self.problems += [f"an output holds {found}" for found in sorted(self._left_open())]
        if len(found) != len(list(exercises(nbformat.read(self.path, as_version=4)))):
            self.problems.append("not every check was run")

    def _failed(self, cell: nbformat.NotebookNode) -> list[str]:
        """An error that the lesson doesn't mean to have."""
        if "raises-exception" in cell.metadata.get("tags", []):
            return []
        errors = [output for output in cell.outputs if output.output_type == "error"]
        return [f"{cell.source.splitlines()[-1]} → {e.ename}: {ANSI.sub('', e.evalue)}" for e in errors]

    def _left_open(self) -> set[str]:
        """Ids and addresses in what the notebook would store; those that the lesson writes itself aside."""
        outputs = [output for cell in self.notebook.cells for output in cell.get("outputs", ())]
        stored = [
            str({k: v for k, v in output.get("data", output).items() if k != WIDGET}) for output in outputs
        ]
        written = "\n".join(cell.source for cell in self.notebook.cells)
        return {found for found in remains("\n".join(stored)) if found not in written}

    def printed(self) -> str:
        """All that cells printed, one under the other."""
        outputs = [output for cell in self.notebook.cells for output in cell.outputs]
        return "\n".join(output.text for output in outputs if output.output_type == "stream")

    @property
    def summary(self) -> str:
        """How many cells, and what became of the checks."""
        skipped = self.printed().count("Not possible here")
        told = {said.strip()[:17] for _name, said in VERDICT.findall(self.printed())}
        return f"{len(self.notebook.cells)} cells, {skipped} not possible here, checks: {', '.join(sorted(told))}"

    def write(self, folder: Path) -> None:
        """The notebook as it came out."""
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(self.notebook, folder / self.path.name)

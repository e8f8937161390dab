"""All lessons, with their solutions, against the cloud that OS_CLOUD or OS_AUTH_URL name. `make test-real`

Not strictly: values differ from cloud to cloud. But no cell may fail, every check has to be done (or to say that it
isn't possible on that cloud), nothing that a notebook would store may hold an id or an address of that cloud, and what
was made is removed. CLOUDLAB_ADMIN and CLOUDLAB_NEIGHBOUR name the accounts for the steps that need one: as an
administrator the lessons make and delete the users `visitor` and `blue`, the project `team-blue`, the flavor `endless`.
"""

import argparse
import os
import sys
import time
from pathlib import Path

from cloudlab.client import realcloud
from cloudlab.sim.home import default_state_dir
from tests.real.lesson import Run

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def main() -> int:
    """Run the lessons one after another, and say of each what came out."""
    parser = argparse.ArgumentParser(prog="python -m tests.real", description=__doc__)
    parser.add_argument("lesson", nargs="*", help="beginnings of lessons' names: 05; all if none")
    parser.add_argument("--ko", action="store_true", help="the Korean edition")
    parser.add_argument("--keep", metavar="FOLDER", help="write the notebooks there, as they came out")
    options = parser.parse_args()
    os.environ.pop("CLOUDLAB_MODE", None)
    if not realcloud.is_asked_for():
        print("Name a cloud: OS_CLOUD=… (an entry of clouds.yaml), or the OS_* variables.", file=sys.stderr)
        return 2
    # What is noted here, and removed at the end, is the test's alone.
    os.environ["CLOUDLAB_STATE"] = str(default_state_dir() / "test-real")
    folder = NOTEBOOKS / "ko" if options.ko else NOTEBOOKS
    chosen = [path for path in sorted(folder.glob("[0-9]*.ipynb")) if chosen_by(options.lesson, path)]
    runs = [run_one(path, options.keep) for path in chosen]
    bad = [run.name for run in runs if run.problems]
    print(f"{len(runs)} lessons: " + (f"not all is well in {', '.join(bad)}." if bad else "all is well."))
    return 1 if bad or not runs else 0


def chosen_by(beginnings: list[str], path: Path) -> bool:
    return not beginnings or path.stem.startswith(tuple(beginnings))


def run_one(path: Path, keep: str | None) -> Run:
    """One lesson; its line says how long it took."""
    print(f"{path.stem} …", end=" ", flush=True)
    began = time.monotonic()
    run = Run(path)
    run.execute()
    print(f"{run.summary}, {time.monotonic() - began:.0f} s")
    for problem in run.problems:
        print(f"    {problem}")
    if keep:
        run.write(Path(keep))
    return run


if __name__ == "__main__":
    sys.exit(main())

"""`python -m tests.parity`: hear every client test and every lesson (some minutes), and write seen.json anew."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from conftest import is_long

from .seen import CLIENTS, FILE, LESSONS, WRITE, chosen

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """The exit code is pytest's; nothing is written when a test fails."""
    lessons = sorted(str(path.relative_to(ROOT)) for path in (ROOT / LESSONS).glob("[0-9]*.ipynb"))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "heard.json"
        line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval", CLIENTS, *lessons]
        done = subprocess.run(line, cwd=ROOT, env={**os.environ, WRITE: str(place), "LONG": "1"}, check=False)
        if done.returncode:
            return done.returncode
        heard: dict[str, list[str]] = json.loads(place.read_text("utf-8"))
    seen = chosen(heard, [proof for proof in heard if is_long(proof)])
    FILE.write_text(json.dumps(seen, indent=1) + "\n", "utf-8")
    print(f"{FILE.relative_to(ROOT)}: {len(seen)} proofs. Now: make docs")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

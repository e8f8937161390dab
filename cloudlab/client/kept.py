"""Notes in one JSON file of the learner's machine, read anew before each change, for several lessons may be open."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cloudlab.client.errors import LabError
from cloudlab.language import N_, _

Notes = dict[str, Any]


class Kept:
    """Kept in `file`, or in memory where there is none. What begins anew is `empty()`: its keys, types and version."""

    unreadable = N_("{file} can't be read ({error}). Move that file away to begin anew.")
    lost = N_("This wasn't noted: {error}")

    def __init__(self, file: Path | None, empty: Callable[[], Notes]) -> None:
        self.file, self._empty = file, empty
        self._memory = empty()

    def read(self) -> Notes:
        """Raises LabError for a file that isn't ours to read, and leaves it alone."""
        if self.file is None:
            return self._memory
        try:
            return self._valid(json.loads(self.file.read_text("utf-8")))
        except FileNotFoundError:
            return self._empty()
        except (OSError, ValueError) as error:
            raise LabError(_(self.unreadable, file=self.file, error=error)) from None

    def note(self, write: Callable[[Notes], None]) -> None:
        """Change the notes. A lesson goes on where they can't be kept, and a line says so."""
        try:
            notes = self.read()
            write(notes)
            if self.file is not None:
                _replace(self.file, notes)
        except (OSError, LabError) as error:
            print(_(self.lost, error=error))

    def _valid(self, notes: Any) -> Notes:
        begun = self._empty()
        if not isinstance(notes, dict) or notes.get("version") != begun["version"]:
            raise ValueError(_("this version of the kit didn't write it"))
        if [type(notes.get(key)) for key in begun] != [type(value) for value in begun.values()]:
            raise ValueError(_("a part of it is missing"))
        return notes


def _replace(file: Path, notes: Notes) -> None:
    """Whole or not at all."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(notes, indent=1, ensure_ascii=False), "utf-8")
    draft.replace(file)

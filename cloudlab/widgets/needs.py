"""Cells whose first line is `# needs: admin`: where the cloud lacks that, they say so and aren't run.

A skipped cell raises nothing, so that "Run all" goes on.
"""

import re
from collections.abc import Callable
from typing import Any

FIRST_LINE = re.compile(r"#\s*needs:(.*)", re.I)
Lacking = Callable[[str], str]  # a word → "", or a sentence; raises LabError


class Watch:
    """A transformer of IPython's: lines in, lines out. `lacking` is the newest lab's."""

    has_side_effects = True  # it may raise; IPython's look at unfinished cells leaves it out then

    def __init__(self, lacking: Lacking) -> None:
        self.lacking = lacking

    def __call__(self, lines: list[str]) -> list[str]:
        found = FIRST_LINE.match(lines[0]) if lines else None
        if not found:
            return lines
        words = [word.strip() for word in found[1].split(",")]
        missing = [sentence for word in words if (sentence := self.lacking(word))]
        return [f"print({sentence!r})\n" for sentence in missing] or lines


def watch(shell: Any, lacking: Lacking) -> None:
    """Look at each cell's first line in this shell from now on."""
    for transformer in shell.input_transformers_cleanup:
        if isinstance(transformer, Watch):
            transformer.lacking = lacking
            return
    shell.input_transformers_cleanup.append(Watch(lacking))

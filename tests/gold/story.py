"""Story files, read into steps."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
STORIES = (
    *("keystone", "glance", "placement", "neutron", "cinder", "nova_v2", "nova_v21", "nova_v21_296"),
    *("limits", "more"),
)


@dataclass
class Step:
    """One recorded exchange; or, if ``states`` is set, the order of states that was seen at ``url``."""

    story: str
    name: str
    url: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    status: int = 0
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer: Any = None
    at: str = ""  # when it was recorded
    states: list[dict[str, Any]] | None = None
    group: list[dict[str, Any]] | None = None  # states of the poll this step belongs to
    place: int = 0  # which of them this step shows

    @property
    def key(self) -> str:
        """``story/NNN_step``, as allow.txt writes it."""
        return f"{self.story}/{self.name}"

    @property
    def short(self) -> str:
        """The step's name without its number."""
        return self.name.split("_", 1)[1]


def read_text(story: str) -> str:
    """The story file. A missing recording is an error: nothing is ever recorded from ourselves."""
    return (HERE / "stories" / f"{story}.json").read_text()


def load(story: str, rename: dict[str, str] | None = None) -> list[Step]:
    """All steps of a story; ``rename`` replaces names throughout, in requests and expected answers alike."""
    data = json.loads(renamed(read_text(story), rename or {}))
    steps = [make_step(story, entry) for entry in data["steps"]]
    mark_polls(steps)
    return steps


def renamed(text: str, rename: dict[str, str]) -> str:
    """A story's text under other names: pattern → replacement."""
    for old, new in rename.items():
        text = re.sub(old, new, text)
    return text


def make_step(story: str, entry: dict[str, Any]) -> Step:
    """A step from a line of the story file."""
    fields = {key: value for key, value in entry.items() if key not in ("step", "note")}
    return Step(story=story, name=entry["step"], **fields)


def mark_polls(steps: list[Step]) -> None:
    """Join each order of states to the GETs before it, which are its samples."""
    for index, step in enumerate(steps):
        if step.states is None:
            continue
        prefix = step.short.removesuffix("STATES")
        first = index - len(step.states)
        for place, poll in enumerate(steps[first:index]):
            if poll.url != step.url or not poll.short.startswith(prefix):
                raise ValueError(f"{poll.key} is no sample of {step.key}")
            poll.group, poll.place = step.states, place


def initial() -> dict[str, Any]:
    """What the recorded cloud held before the stories."""
    data: dict[str, Any] = json.loads(read_text("INITIAL"))
    return data


def read_allowed(file: str = "allow.txt") -> dict[tuple[str, str], str]:
    """allow.txt, or chance.txt: (story/step, field pattern) → reason. Every line must give one."""
    allowed = {}
    for line in (HERE / file).read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            key, where, reason = line.split(None, 2)
            allowed[key, where] = reason
    return allowed

"""Writes down what real services answer to a story, in the form of the story files.

The walk is the replay's own: the same requests in the same order, ids and tokens mapped as it goes, the same calls
between steps. So a new recording has the ids of the first one wherever an answer gives them at the same place, and
what changed between two recordings is what the services changed.

A story that was only written yet has steps without a status. An id that a later step needs is made up in ``answer``
(or ``answer_headers``), at the place where the service will give it; of a poll the last state is enough. What the poll
saw is written, and all steps are numbered anew.
"""

from __future__ import annotations

import json
import re
import time
from fnmatch import fnmatch
from typing import Any

from . import rules
from .compare import Comparison, Difference
from .replay import Replay, Result, Variant, state_of
from .story import Step, read_allowed, read_text
from .walk import Walk
from .wire import Answer

NOISE = {"connection", "content-length", "date", "server"}  # headers that say nothing about the API
ORDER = ("step", "method", "url", "headers", "body", "status", "answer_headers", "answer", "at", "note")
GENERATED = {"adminPass", "secret", "auth_key"}  # fields in which a service tells a secret that it made
FERNET = re.compile(r"gAAAAA[\w-]{40,}=*")
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)
LEFT_OUT = "-----BEGIN PRIVATE KEY----- (left out) -----END PRIVATE KEY-----"

Entry = dict[str, Any]


class Recorder(Replay):
    """A walk through one story that keeps every answer.

    A verdict says whether it is what was recorded before: equal, different, different only by chance; or new.
    """

    def __init__(self, story: str, walk: Walk) -> None:
        super().__init__(story, walk, Variant())
        self.story = story
        self.before: dict[str, Entry] = {e["step"]: e for e in json.loads(read_text(story))["steps"]}
        self.draft = not any(step.status for step in self.steps)
        self.entries: list[Entry] = []
        self.chance = read_allowed("chance.txt")

    def judge(self, step: Step, answer: Answer | None, differences: list[Difference] | None = None) -> Result:
        """Compare, and write down."""
        if self.draft:
            differences = self.learn(step, answer) if answer else []
        elif answer is not None:
            differences = list(self.compare(step, answer))
        if self.draft and (step.group or step.states):
            self.write_poll(step)
        else:
            self.entries.append(self.entry(step, answer))
        left = [difference for difference in differences or [] if not self.by_chance(step, difference)]
        verdict = "different" if left else "chance" if differences else "equal"
        return Result(step, "new" if self.draft else verdict, left, answer)

    def by_chance(self, step: Step, difference: Difference) -> bool:
        """Whether chance.txt knows it."""
        return any(
            fnmatch(step.key, key) and (where == "*" or rules.path_matches(difference.where, where))
            for key, where in self.chance
        )

    def note_change(self, step: Step, answer: Answer) -> None:
        """Of a change that was only written, any answer may be the right one: what comes after it is waited for."""
        if not self.draft:
            super().note_change(step, answer)

    def compare(self, step: Step, answer: Answer) -> list[Difference]:
        """The recording before, and the answer now."""
        return list(Comparison(step, self.walk.ids, real=True).answer(answer))

    def learn(self, step: Step, answer: Answer) -> list[Difference]:
        """Nothing was expected; but the ids that the story made up are these."""
        list(Comparison(step, self.walk.ids, real=True).value("body", step.answer, answer.body))
        for name, made_up in step.answer_headers.items():
            self.walk.ids.text_problem(made_up, answer.headers.get(name, ""), learn=True)
        return []

    def entry(self, step: Step, answer: Answer | None) -> Entry:
        """A step's line. A state that wasn't seen this time keeps the answer, and the date, that it has."""
        before = self.before[step.name]
        if answer is None:
            return before
        headers = {name: value for name, value in answer.headers.items() if name not in NOISE}
        now = {
            "status": answer.status,
            "answer_headers": headers,
            "answer": without_generated(answer.body, step.body or "") if answer.content else "",
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(answer.at)),
        }
        whole = {"headers": {}, "body": None, **before, **now}
        return {name: whole[name] for name in ORDER if name in whole}

    def write_poll(self, step: Step) -> None:
        """A sample of each state that was seen, instead of those that were written; then their order."""
        if step.states is None:
            return
        name = step.name.removesuffix("_STATES")
        sample = next(s for s in self.steps if s.group is step.states)
        seen = [(state_of(answer, step.states), answer) for answer in self.samples.values()]
        if any(not state for state, _ in seen):
            raise ValueError(f"{step.key}: in which fields is its state? Write one state that has them")
        for state, answer in seen:
            words = "_".join(str(word) for word in state.values() if word is not None)
            self.entries.append({**self.entry(sample, answer), "step": f"{name}_{words}"})
        self.entries.append({"step": step.name, "url": step.url, "states": [state for state, _ in seen]})

    def unseen(self) -> list[str]:
        """Samples that are still those of an earlier recording."""
        samples = [step for step in self.steps if step.group]
        now = {entry["step"] for entry in self.entries if entry is not self.before.get(entry["step"])}
        return [step.name for step in samples if step.name not in now and not self.draft]

    def text(self) -> str:
        """The story file: one step a line. ValueError if a token is left in it."""
        if self.draft:
            for number, entry in enumerate(self.entries, start=1):
                entry["step"] = f"{number:03}_{entry['step'].split('_', 1)[1]}"
        lines = ",\n".join(
            json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in self.entries
        )
        text = without_secrets(lines, self.walk.tokens)
        text = f'{{"story":"{self.story}","steps":[\n{as_recorded(text, self.walk)}\n]}}\n'
        if FERNET.search(text) or any(token in text for token in secret_tokens(self.walk.tokens)):
            raise ValueError(f"a token is left in {self.story}")
        return text


def as_recorded(text: str, walk: Walk) -> str:
    """With the ids of the first recording."""
    theirs = re.compile("|".join(map(re.escape, walk.ids.theirs)) or "(?!)")
    return theirs.sub(lambda match: walk.ids.theirs[match[0]], text)


def secret_tokens(tokens: dict[str, str]) -> dict[str, str]:
    """Token → symbol, of those that a service gave."""
    return {token: symbol for symbol, token in tokens.items() if symbol != "TOKEN-cut"}


def without_secrets(text: str, tokens: dict[str, str]) -> str:
    """Tokens as their symbols, where they have one; no private key."""
    for token, symbol in secret_tokens(tokens).items():
        text = text.replace(token, symbol)
    return PRIVATE_KEY.sub(LEFT_OUT, FERNET.sub("TOKEN-cut", text))


def without_generated(answer: Any, request: str) -> Any:
    """Secrets that the service made up as zeros of the same length. One that was asked for is in the request."""
    if isinstance(answer, list):
        return [without_generated(element, request) for element in answer]
    if not isinstance(answer, dict):
        return answer
    told = {name: without_generated(value, request) for name, value in answer.items()}
    for name in GENERATED & told.keys():
        if isinstance(told[name], str) and json.dumps(told[name]) not in request:
            told[name] = "0" * len(told[name])
    return told


def differences(recorder: Recorder, results: list[Result]) -> list[str]:
    """What a reader wants to know of a new recording: where it isn't the one before."""
    told = []
    for result in results:
        if result.verdict == "different":
            step = result.step
            told.append(f"{step.key}  {step.method} {step.url} -> {step.status or 'states'}")
            told += [
                f"    {str(difference).replace('ours    ', 'now     ')}" for difference in result.differences
            ]
    told += [f"not seen this time, kept: {name}" for name in recorder.unseen()]
    told += [f"on the way: {line}" for line in recorder.walk.missing]
    return told

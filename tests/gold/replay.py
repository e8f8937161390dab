"""Walk a recorded story through our cloud, step by step, and judge each answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from . import hooks, rules
from .clouds import in_process, served
from .compare import Comparison, Difference
from .story import Step, load
from .walk import ANY_SYMBOL, Walk
from .wire import Answer

PATIENCE = 20.0  # how long a state may last


@dataclass(frozen=True)
class Variant:
    """How the replay differs from the recording, without the right to differ in its answers."""

    seed: int = 1
    rename: dict[str, str] = field(default_factory=dict)
    twice: bool = False  # every GET and HEAD is sent twice, and the second answer is judged
    sockets: bool = False  # over real sockets instead of into the app


@dataclass
class Result:
    """The judgement of one step. ``verdict``: equal or different; report.excuse makes some of these allowed."""

    step: Step
    verdict: str
    differences: list[Difference]
    answer: Answer | None = None

    @property
    def service(self) -> str:
        """Who answered, by port; nova's three stories apart."""
        ports = {
            "5000": "keystone",
            "8776": "cinder",
            "8778": "placement",
            "9292": "glance",
            "9696": "neutron",
        }
        found = re.search(r":(\d{4})", self.step.url)
        return ports.get(found[1] if found else "", self.step.story)


class Replay:
    """One walk of one story."""

    def __init__(self, story: str, walk: Walk, variant: Variant) -> None:
        self.steps = load(story, variant.rename)
        self.walk, self.variant = walk, variant
        self.samples: dict[str, Answer] = {}  # state → its answer, of the poll under way
        self.orders: list[str] = []  # states in order of appearance
        self.as_recorded = True  # whether the last step that changes something had the recorded status

    def run(self) -> list[Result]:
        """Every step in order."""
        self.walk.bind_first_contents()
        hooks.prepare(self.walk, self.steps)
        return [self.play(step) for step in self.steps]

    def play(self, step: Step) -> Result:
        """One step: a poll's sample, an order of states, or a plain exchange."""
        if step.states is not None:
            return self.judge(step, None, self.order_differences(step))
        if step.group is not None:
            if step.place == 0:
                self.poll(step)
            shown = state_text(step.group[step.place])
            if shown not in self.samples:
                return self.judge(step, None, [Difference("state", "was never seen", shown, self.orders)])
            return self.judge(step, self.samples[shown])
        hooks.before(self.walk, step)
        answer = self.send(step)
        if self.variant.twice and step.method in ("GET", "HEAD"):
            answer = self.send(step)
        self.note_change(step, answer)
        result = self.judge(step, answer)
        hooks.after(self.walk, step, answer)
        return result

    def send(self, step: Step) -> Answer:
        """The recorded request with our ids and tokens in it."""
        headers = {name: self.ours(value) for name, value in step.headers.items()}
        content = step.body
        size = re.fullmatch(r"<(\d+) bytes>", content or "")
        sent = b"\0" * int(size[1]) if size else None if content is None else self.ours(content).encode()
        answer = self.walk.call(step.method, self.ours(step.url), headers, sent)
        symbol = step.answer_headers.get("x-subject-token")
        if symbol and "x-subject-token" in answer.headers:
            self.walk.tokens.setdefault(symbol, answer.headers["x-subject-token"])
        return answer

    def ours(self, text: str) -> str:
        """A recorded text with our tokens and ids."""
        text = ANY_SYMBOL.sub(lambda match: self.walk.token(match[0]), text)
        return self.walk.ids.translate(text)

    def note_change(self, step: Step, answer: Answer) -> None:
        """Remember whether the last change was done, so that nobody waits for what can't come."""
        if step.method not in ("GET", "HEAD"):
            self.as_recorded = answer.status == step.status

    def poll(self, step: Step) -> None:
        """Sample until the last recorded state is seen, or nothing has changed for too long."""
        self.samples, self.orders = {}, []
        group = step.group or []
        last, unchanged = state_text(group[-1]), 0.0
        while unchanged < PATIENCE:
            answer = self.send(step)
            state = state_text(state_of(answer, group))
            if state not in self.samples:
                self.samples[state] = answer
                unchanged = 0.0
            if not self.orders or self.orders[-1] != state:
                self.orders.append(state)
            if state == last or not self.as_recorded:
                return
            self.walk.wait(self.walk.pace.look)
            unchanged += self.walk.pace.look

    def order_differences(self, step: Step) -> list[Difference]:
        """The order of states: all that was recorded, in that order, and none that a real service never shows."""
        recorded = [state_text(state) for state in step.states or []]
        whole = rules.WHOLE_ORDERS.get(step.key) or rules.WHOLE_ORDERS.get(step.short, recorded)
        if not in_order(recorded, self.orders):
            return [Difference("states", "the recorded order isn't in ours", recorded, self.orders)]
        if not in_order(self.orders, whole):
            return [
                Difference("states", "has a state or an order that was never recorded", whole, self.orders)
            ]
        return []

    def judge(self, step: Step, answer: Answer | None, differences: list[Difference] | None = None) -> Result:
        """Compare, learn ids, and give the verdict."""
        if differences is None and answer is not None:
            differences = list(self.compare(step, answer))
        return Result(step, "different" if differences else "equal", differences or [], answer)

    def compare(self, step: Step, answer: Answer) -> list[Difference]:
        """The differences of one exchange."""
        differences = list(Comparison(step, self.walk.ids).answer(answer))
        symbol = step.answer_headers.get("x-subject-token")
        if symbol and self.walk.tokens.get(symbol) != answer.headers.get("x-subject-token"):
            differences.append(Difference("headers/x-subject-token", "is another token", symbol))
        return differences


def state_of(answer: Answer, group: list[dict[str, Any]]) -> dict[str, Any]:
    """An answer's state, in the fields of the recorded ones."""
    if answer.status != 200:
        return {"http": answer.status}
    fields = next((list(state) for state in group if "http" not in state), [])
    resource = next(iter(answer.body.values())) if isinstance(answer.body, dict) and answer.body else {}
    return {name: resource.get(name) for name in fields}


def state_text(state: dict[str, Any]) -> str:
    """A state as one word or a few: ``BUILD scheduling building 0``."""
    return " ".join(str(value) for value in state.values())


def in_order(few: list[str], many: list[str]) -> bool:
    """Whether ``few`` appear in ``many``, in order."""
    rest = iter(many)
    return all(state in rest for state in few)


def replay(story: str, variant: Variant | None = None) -> tuple[list[Result], Walk]:
    """Replay a story against a fresh cloud of its own."""
    variant = variant or Variant()
    with (served if variant.sockets else in_process)(variant.seed) as (cloud, call):
        walk = Walk(call, cloud.clock)
        return Replay(story, walk, variant).run(), walk

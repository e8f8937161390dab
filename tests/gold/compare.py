"""A recorded answer against ours: the judge, with what a step's recording knows besides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cloudlab.compare.ids import IdMap
from cloudlab.compare.judge import Difference, Judge

from . import rules
from .story import Step
from .wire import Answer


class Comparison(Judge):
    """Compares one step's answers. Ids met for the first time are learnt on the way if ``learn``.

    ``real``: the other answer is a real service's too. So what the recording says is expected, neither rewritten nor
    mended where it was the service's own bug.
    """

    def __init__(self, step: Step, ids: IdMap, learn: bool = True, real: bool = False) -> None:
        super().__init__(replace(rules.BOOK, rewrites=()) if real else rules.BOOK, step.key, ids, learn)
        self.step, self.real = step, real

    def answer(self, ours: Answer) -> Iterator[Difference]:
        """All differences between the step's recorded answer and ours."""
        expected = {} if self.real else rules.EXPECT_INSTEAD.get(self.step.key, {})
        status = expected.get("status", self.step.status)
        if ours.status != status:
            absent = ours.headers.get("x-cloudlab-absent")
            shown = f"absent: {absent}" if absent else ours.content[:250].decode("utf-8", "replace")
            yield Difference("status", "differs", status, f"{ours.status} {shown}")
            return
        yield from self.headers(self.step.answer_headers, ours.headers)
        recorded_body = expected.get("answer", self.step.answer)
        yield from self.value("body", recorded_body, ours.body)

"""The judge itself: it calls the recordings equal to themselves under other ids, and finds what is changed in them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from cloudlab.compare.ids import ID, NIL, IdMap

from . import report, rules
from .replay import Replay, Result, Variant, state_text
from .story import STORIES, Step, initial, load, read_allowed, read_text, renamed
from .walk import Walk
from .wire import Answer

Change = Callable[[Step, Any], Any]


DIGEST = "620f0b67a91f7f74151bc5be745b7110"  # of 4096 zeros: looks like an id, but is the same in any cloud


def other(text: str) -> str:
    """The same text under other ids, as another cloud would give."""
    swap = str.maketrans("0123456789abcdef", "f0123456789abcde")
    return ID.sub(lambda match: match[0] if match[0] in (NIL, DIGEST) else match[0].translate(swap), text)


class Mirror(Walk):
    """A walk through nothing: unrecorded calls go well, first contents are the recording's under other ids."""

    def bind_first_contents(self) -> None:
        for found in ID.findall(json.dumps(initial())):
            self.ids.bind(found, other(found))

    def wait_until(self, who: str, url: str, there: Callable[[Answer], bool]) -> None: ...

    def token(self, symbol: str) -> str:
        return symbol

    def ask(self, who: str, method: str, url: str, body: Any = None, version: str = "") -> Answer:
        return Answer(204, {}, b"")


class MirrorReplay(Replay):
    """Answers each step with its own recording, under other ids, after ``change``."""

    def __init__(self, story: str, change: Change, rename: dict[str, str]) -> None:
        super().__init__(story, Mirror(no_call, Clock()), Variant(rename=rename))
        self.change = change
        self.spoil: Callable[[Answer], Answer] = lambda answer: answer
        self.originals = {step.name: copy.deepcopy(step.answer) for step in self.steps}

    def poll(self, step: Step) -> None:
        """Each sample is answered by its own recording, in the recorded order."""
        polled = [sample for sample in self.steps if sample.group is not None and sample.group is step.group]
        self.orders = [state_text(state) for state in step.group or []]
        self.samples = {shown: self.send(sample) for shown, sample in zip(self.orders, polled, strict=True)}

    def send(self, step: Step) -> Answer:
        answer = self.change(step, copy.deepcopy(self.originals[step.name]))
        headers = {name: other(value) for name, value in step.answer_headers.items()}
        if "x-subject-token" in headers:
            self.walk.tokens.setdefault(step.answer_headers["x-subject-token"], headers["x-subject-token"])
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return self.spoil(Answer(step.status, headers, other(text).replace("/dev/sd", "/dev/vd").encode()))


class Clock:
    """A clock that nobody reads."""

    def advance(self, seconds: float) -> None: ...


def no_call(method: str, url: str, headers: dict[str, str], content: bytes | None) -> Answer:
    raise AssertionError(f"{method} {url}")


def unchanged(step: Step, answer: Any) -> Any:
    return answer


def mirrored(story: str, change: Change = unchanged, rename: dict[str, str] | None = None) -> list[Result]:
    """The story against its own recording."""
    return MirrorReplay(story, change, rename or {}).run()


# Answers that the cloud gives otherwise, for a reason.
NOT_AS_RECORDED = set(rules.EXPECT_INSTEAD)


@pytest.mark.parametrize("rename", [{}, rules.OTHER_NAMES], ids=["same names", "other names"])
@pytest.mark.parametrize("story", STORIES)
def test_recordings_equal_themselves_under_other_ids(story: str, rename: dict[str, str]) -> None:
    different = [result for result in mirrored(story, rename=rename) if result.verdict == "different"]
    different = [result for result in different if result.step.key not in NOT_AS_RECORDED]
    assert not different, report.details(different)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of everything in a JSON value that holds nothing further."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [leaf for name, element in inside for leaf in leaves(element, (*path, name))]
    return found or [path]


def put(answer: Any, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    """The answer with what is at ``path`` changed."""
    if not path:
        return change(answer)
    holder = answer
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = change(holder[path[-1]])
    return answer


def last_leaf_null(step: Step, answer: Any) -> Any:
    """Null where a value was, and the other way round."""
    return put(answer, leaves(answer)[-1], lambda value: "text" if value is None else None)


def first_leaf_gone(step: Step, answer: Any) -> Any:
    """One field less."""
    path = leaves(answer)[0]
    if not path or not isinstance(path[-1], str):
        return {"nothing": "left"}
    put(answer, path[:-1], lambda holder: {name: held for name, held in holder.items() if name != path[-1]})
    return answer if len(path) > 1 else {name: held for name, held in answer.items() if name != path[-1]}


def one_more_field(step: Step, answer: Any) -> Any:
    """One field more at the top, or inside the only one."""
    if not isinstance(answer, dict):
        return {"more": answer}
    return {**answer, "more": None}


@pytest.mark.parametrize("change", [last_leaf_null, first_leaf_gone, one_more_field])
@pytest.mark.parametrize("story", STORIES)
def test_a_changed_body_is_found(story: str, change: Change) -> None:
    results = mirrored(story, change)
    judged = [result for result in results if result.step.answer and not result.step.group]
    blind = [
        result.step.key for result in judged if result.verdict == "equal" and result.step.method != "HEAD"
    ]
    assert len(judged) > 10
    assert not blind


def teapot(answer: Answer) -> Answer:
    """Another status."""
    return Answer(418, answer.headers, answer.content)


def headless(answer: Answer) -> Answer:
    """Without the request id, in any of its names."""
    return Answer(
        answer.status, {n: v for n, v in answer.headers.items() if "request-id" not in n}, answer.content
    )


def mistyped(answer: Answer) -> Answer:
    """Another content type."""
    return Answer(answer.status, {**answer.headers, "content-type": "text/plain"}, answer.content)


@pytest.mark.parametrize("spoil", [teapot, headless, mistyped])
def test_another_status_or_header_is_found(spoil: Callable[[Answer], Answer]) -> None:
    replay = MirrorReplay("cinder", unchanged, {})
    replay.spoil = spoil
    results = replay.run()
    assert not [result.step.key for result in results if result.verdict == "equal" and not result.step.states]


def test_another_order_of_states_is_found() -> None:
    """Two states swapped; and one that no real service shows."""
    replay = MirrorReplay("nova_v2", unchanged, {})
    step = next(step for step in replay.steps if step.key == "nova_v2/082_server_STATES")
    told = [" ".join(map(str, state.values())) for state in step.states or []]
    for order in (
        [*told[1:2], told[0], *told[2:]],
        told[:-1],
        [*told[:2], "BUILD dreaming building 0", *told[2:]],
    ):
        replay.orders = order
        assert replay.order_differences(step), order
    replay.orders = told
    assert not replay.order_differences(step)


def test_one_id_for_two_things_is_found() -> None:
    """An answer may not give a known thing's id to another."""
    ids = IdMap()
    first, second, ours = (f"0000000{n}-1111-2222-3333-444444444444" for n in (1, 2, 3))
    assert ids.text_problem(f"/v2/{first}", f"/v2/{ours}", learn=True) is None
    assert ids.text_problem(second, ours, learn=True)
    assert ids.text_problem(first, second, learn=True)
    assert ids.text_problem("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000000", learn=True)


def test_other_names_are_other_everywhere() -> None:
    """None of a story's own names is left after renaming, and none of the new ones was there before."""
    for story in STORIES:
        before, after = read_text(story), renamed(read_text(story), rules.OTHER_NAMES)
        for name in (
            "MyFirst",
            "myfirst",
            "goldproj",
            "golduser",
            "goldimg",
            "goldnet",
            "goldsub",
            "goldsg",
            '"edkey"',
        ):
            assert name not in after
        for name in ("MyOther", "myother", "brass", "-too"):
            assert name not in before


def test_every_recording_that_is_allowed_to_differ_exists() -> None:
    known = {step.key for story in STORIES for step in load(story)}
    assert not {key for key, _where in read_allowed()} - known


def test_a_missing_recording_fails() -> None:
    with pytest.raises(FileNotFoundError):
        load("never_recorded")

"""The recorder: a recording of the recordings is the same file, and no secret gets into one."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from . import story as stories
from .record import Recorder, differences
from .story import STORIES, Step, read_text
from .test_judge import Clock, Mirror, no_call, other
from .wire import Answer

KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"
DATE = re.compile(r'"at":"[^"]*"')


def fernet(symbol: str) -> str:
    """A token as a service gives it."""
    return "gAAAAAB" + (sha256(symbol.encode()).hexdigest() * 3)[:160]


class Tokens(Mirror):
    """As a cloud that gives real tokens."""

    def token(self, symbol: str) -> str:
        return self.tokens.setdefault(symbol, fernet(symbol))


class MirrorRecorder(Recorder):
    """Records what was recorded, as another cloud would say it: other ids, real tokens."""

    def __init__(self, story: str) -> None:
        super().__init__(story, Tokens(no_call, Clock()))

    def send(self, step: Step) -> Answer:
        text = step.answer if isinstance(step.answer, str) else json.dumps(step.answer)
        headers = {name: other(value) for name, value in step.answer_headers.items()}
        symbol = step.answer_headers.get("x-subject-token")
        if symbol:
            headers["x-subject-token"] = self.walk.token(symbol)
        return Answer(step.status, headers, other(text or "").encode(), at=1.0)

    def poll(self, step: Step) -> None:
        for place, state in enumerate(step.group or []):
            sample = self.steps[self.steps.index(step) + place]
            self.samples[" ".join(map(str, state.values()))] = self.send(sample)


@pytest.mark.parametrize("story", [name for name in STORIES if name != "nova_v2"])  # 2.1 is the same story
def test_a_recording_of_the_recordings_is_the_same_file(story: str) -> None:
    recorder = MirrorRecorder(story)
    results = recorder.run()
    different = [
        result.step.key for result in results if result.verdict == "different" and not result.step.states
    ]
    assert not different, differences(recorder, results)
    theirs = re.sub(r'("(?:adminPass|secret|auth_key)":")([^"]+)"', zeros, read_text(story))
    ours = re.sub(r'("(?:adminPass)":")([^"]+)"', zeros, recorder.text())
    for one, two in zip(ours.splitlines(), theirs.splitlines(), strict=True):
        assert DATE.sub("", one) == DATE.sub("", two)


def zeros(match: re.Match[str]) -> str:
    return f'{match[1]}{"0" * len(match[2])}"'


def written(monkeypatch: pytest.MonkeyPatch, folder: Path, *steps: dict[str, Any]) -> None:
    """A story that was only written yet."""
    (folder / "stories").mkdir()
    text = json.dumps({"story": "draft", "steps": steps})
    (folder / "stories" / "draft.json").write_text(text)
    (folder / "chance.txt").write_text("")
    monkeypatch.setattr(stories, "HERE", folder)


class Scripted(Recorder):
    """Given answers, one after another."""

    def __init__(self, *answers: Answer) -> None:
        super().__init__("draft", Tokens(no_call, Clock()))
        self.given = list(answers)
        self.asked: list[str] = []
        self.walk.call = self.answer  # type: ignore[method-assign]

    def answer(self, method: str, url: str, headers: dict[str, str], content: bytes | None) -> Answer:
        self.asked.append(url)
        return self.given.pop(0)


def answered(status: int, body: Any, **headers: str) -> Answer:
    return Answer(status, headers, json.dumps(body).encode())


STEP = {
    "step": "001_any",
    "method": "POST",
    "url": "http://127.0.0.1:8774/v2.1/servers",
    "body": '{"adminPass": "asked4"}',
}


@pytest.mark.parametrize(
    ("body", "secret"),
    [
        ({"message": f"Token {fernet('unknown')} is not known"}, fernet("unknown")),
        ({"message": f"Token {fernet('TOKEN-0-demo@demo')}"}, fernet("TOKEN-0-demo@demo")),
        ({"keypair": {"private_key": KEY}}, "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"),
        ({"server": {"adminPass": "Zk3jR8vQp2Lm"}}, "Zk3jR8vQp2Lm"),
        ({"application_credential": {"secret": "a-secret-of-86"}}, "a-secret-of-86"),
        ({"transfer": [{"auth_key": "5f1f998e390e05f2"}]}, "5f1f998e390e05f2"),
    ],
)
def test_no_secret_gets_into_a_story(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: Any, secret: str
) -> None:
    written(monkeypatch, tmp_path, {**STEP, "headers": {"x-auth-token": "TOKEN-0-demo@demo"}})
    recorder = Scripted(
        Answer(202, {"x-echo": secret if "gAAAA" in secret else ""}, json.dumps(body).encode())
    )
    recorder.play(recorder.steps[0])
    text = recorder.text()
    assert secret not in text
    assert '"x-auth-token":"TOKEN-0-demo@demo"' in text


def test_a_password_that_was_asked_for_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever reads the request knows it anyway, and the judge compares it."""
    written(monkeypatch, tmp_path, STEP)
    recorder = Scripted(answered(202, {"server": {"adminPass": "asked4"}}))
    recorder.play(recorder.steps[0])
    assert '{"server":{"adminPass":"asked4"}}' in recorder.text()


def test_a_written_story_becomes_a_recorded_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An id that it made up leads the later steps; a poll is written with all that it saw; steps are numbered anew."""
    made_up, real = "11111111-2222-4333-8444-555555555555", "99999999-2222-4333-8444-555555555555"
    url = f"http://127.0.0.1:8776/v3/volumes/{made_up}"
    written(
        monkeypatch,
        tmp_path,
        {**STEP, "answer": {"volume": {"id": made_up}}},
        {"step": "002_volume_last", "method": "GET", "url": url},
        {"step": "003_volume_STATES", "url": url, "states": [{"status": "error"}]},
        {"step": "004_volume_delete", "method": "DELETE", "url": url},
    )
    states = [
        answered(200, {"volume": {"id": real, "status": state}})
        for state in ("creating", "creating", "error")
    ]
    recorder = Scripted(answered(202, {"volume": {"id": real}}), *states, Answer(202, {}, b""))
    for step in recorder.steps:
        recorder.play(step)
    assert recorder.asked[1:] == [url.replace(made_up, real)] * 4
    steps = json.loads(recorder.text())["steps"]
    assert [step["step"] for step in steps] == [
        *("001_any", "002_volume_creating", "003_volume_error", "004_volume_STATES", "005_volume_delete")
    ]
    assert steps[3]["states"] == [{"status": "creating"}, {"status": "error"}]
    assert steps[2]["answer"] == {"volume": {"id": made_up, "status": "error"}}

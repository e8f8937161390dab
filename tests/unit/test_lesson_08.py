"""The surprise of lesson 08: it is hidden, a guess is judged, and the check looks at wire and journal."""

from typing import Any

import pytest

from cloudlab import Lab, connect
from cloudlab.sim.bootstrap import IMAGE_ID
from cloudlab.sim.surprise import CHOICES
from tests.unit.tiny_cloud import tiny_lab


@pytest.fixture
def lab() -> Lab:
    ready = connect()
    ready.start("08-inside")
    return ready


def ask_for_a_server(lab: Lab) -> Any:
    wanted = {"server": {"name": "x", "flavorRef": "1", "imageRef": IMAGE_ID}}
    answer = lab.post(lab.endpoint("compute") + "/servers", json=wanted)
    if answer.ok:
        lab.wait(answer)
    return answer


def culprit(lab: Lab, answer: Any) -> str:
    failed = [a for a in lab.journal.by_request(answer) if a.failed and a.sender != "client"]
    return failed[0].receiver.removesuffix("-api")


def test_nobody_is_told_which_it_is(lab: Lab) -> None:
    lab.faults.surprise()
    assert not any(name in repr(lab.faults) for name in CHOICES)
    assert "you have to find" in repr(lab.faults)


def test_a_guess_before_anything_failed_is_not_judged(lab: Lab) -> None:
    lab.faults.surprise()
    for name in CHOICES:
        assert [finding.ok for finding in lab.check("08-inside.make", service=name).findings] == [
            True,
            False,
            False,
        ]


def test_it_is_found_by_looking_inside(lab: Lab) -> None:
    lab.faults.surprise()
    answer = ask_for_a_server(lab)
    found = culprit(lab, answer)
    assert found in CHOICES
    lab.faults.clear()
    assert lab.check("08-inside.make", service=found)


def test_without_a_surprise_the_check_says_what_to_run(lab: Lab) -> None:
    report = lab.check("08-inside.make", service="neutron")
    assert not report and "lab.faults.surprise()" in report.seen


def test_an_earlier_failure_does_not_count(lab: Lab) -> None:
    with lab.faults.down("neutron"):
        ask_for_a_server(lab)
    lab.faults.surprise()
    assert [finding.ok for finding in lab.check("08-inside.make", service="nova").findings] == [
        True,
        False,
        False,
    ]


def test_a_wrong_guess_names_the_misconception(lab: Lab) -> None:
    lab.faults.surprise()
    found = culprit(lab, ask_for_a_server(lab))
    other = next(name for name in CHOICES if name != found)
    assert "which service does it point to" in lab.check("08-inside.make", service="nova").seen
    assert f"It isn't {other}" in lab.check("08-inside.make", service=other).seen
    assert 'lab.check("08-inside.make", service="…")' in lab.check("08-inside.make").seen


def test_a_real_cloud_is_not_broken() -> None:
    real, _ = tiny_lab()
    report = real.check("08-inside.make", service="nova")
    assert not report and "Not possible here" in repr(report) and "embedded cloud" in report.lacking

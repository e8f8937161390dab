"""lab.clock in the learner's hand, on both transports. Nothing sleeps: the test's clock stands for the real time."""

import json
from datetime import timedelta

import pytest

from cloudlab import LabError
from cloudlab.client.clock import NOTHING
from tests.steered import lab_in_process, lab_over_sockets, new_server, status_of
from tests.unit.tiny_cloud import tiny_lab


@pytest.fixture(params=[lab_in_process, lab_over_sockets])
def lab(request):
    with request.param() as lab:
        lab.start("02-flavors")
        yield lab


BUILDING = [
    "+0.40 s  nova schedules MyFirstApiVm",
    "+0.50 s  nova claims room for MyFirstApiVm on the host",
    "+0.80 s  nova gets a port for MyFirstApiVm",
    "+0.30 s  nova connects the volumes of MyFirstApiVm",
    "+1.00 s  nova starts MyFirstApiVm",
]


def test_a_server_is_built_step_by_step_while_the_clock_is_paused(lab, capsys):
    lab.clock.pause()
    stood = lab.clock.now
    made = new_server(lab)
    capsys.readouterr()
    for _ in BUILDING:
        assert status_of(lab, made) == "BUILD"
        lab.clock.step()
    assert capsys.readouterr().out.splitlines() == BUILDING
    assert status_of(lab, made) == "ACTIVE"
    assert lab.clock.now - stood == timedelta(seconds=3)
    lab.clock.step()
    assert capsys.readouterr().out == NOTHING + "\n"
    assert lab.clock.now - stood == timedelta(seconds=3)


def test_a_paused_clock_is_moved_by_neither_requests_nor_waits(lab):
    lab.clock.pause()
    stood = lab.clock.now
    lab.get(lab.urls["keystone"] + "/v3")
    lab._session.transport.clock.sleep(1000)
    assert (lab.clock.now, lab.clock.paused) == (stood, True)


def test_a_wait_while_it_is_paused_says_so_and_returns_at_once(lab, capsys):
    lab.clock.pause()
    made = new_server(lab)
    capsys.readouterr()
    last = lab.wait(made)
    first, second = capsys.readouterr().out.splitlines()
    assert "BUILD / scheduling" in first
    assert "the cloud's clock is paused" in second
    assert "lab.clock.run()" in second
    assert "lab.clock.step()" in second
    assert last.json()["server"]["status"] == "BUILD"


def test_a_wait_for_what_is_there_already_does_not_mind_a_paused_clock(lab, capsys):
    made = new_server(lab)
    lab.wait(made)
    lab.clock.pause()
    capsys.readouterr()
    assert lab.wait(made).json()["server"]["status"] == "ACTIVE"
    assert "paused" not in capsys.readouterr().out


def test_a_preparation_that_would_need_time_says_what_to_do(lab):
    lab.clock.pause()
    with pytest.raises(LabError, match=r"paused.*lab\.clock\.run"):
        lab.start("07-attach")
    lab.clock.run()
    assert "Server MyFirstApiVm was there already." in repr(lab.start("07-attach"))


def test_the_speed_multiplies_what_passes(lab):
    watch = lab._session.transport.clock
    lab.clock.run(100)
    began, stood = lab.clock.now, watch.now()
    watch.sleep(36)
    assert lab.clock.now - began == 100 * (watch.now() - stood) == timedelta(hours=1)
    assert lab.get(lab.endpoint("compute") + "/servers").status_code == 401  # the token has ended, too


def test_the_speed_can_be_set_while_it_stands(lab):
    lab.clock.pause()
    lab.clock.speed = 10
    assert (lab.clock.speed, lab.clock.paused) == (10, True)


@pytest.mark.parametrize("speed", [0, -1, 0.05, 101, "fast", None, True, float("nan"), [1], 10**40])
def test_a_bad_speed_is_told_the_range_and_nothing_changes(lab, speed):
    lab.clock.pause()
    with pytest.raises(LabError, match=r"0\.1 to 100"):
        lab.clock.run(speed)
    assert (lab.clock.speed, lab.clock.paused) == (1, True)


def test_what_comes_next(lab):
    lab.clock.pause()
    assert lab.clock.next is None
    new_server(lab, "a")
    new_server(lab, "b")
    assert lab.clock.next - lab.clock.now == timedelta(seconds=0.4)
    shown = repr(lab.clock).splitlines()
    assert len(shown) == 2
    assert shown[0].endswith("UTC, and it is paused.")
    assert shown[1] == "Next, in 0.40 s: nova schedules a (1 more wait)."
    lab.clock.run(100)
    assert "it runs at ×100" in repr(lab.clock)


def test_two_events_at_one_time_are_one_step(lab, capsys):
    lab.clock.pause()
    new_server(lab, "a")
    new_server(lab, "b")
    capsys.readouterr()
    lab.clock.step()
    assert capsys.readouterr().out == "+0.40 s  nova schedules a\n+0.40 s  nova schedules b\n"


def test_a_step_that_came_to_nothing_says_so(lab, capsys):
    lab.clock.pause()
    made = new_server(lab)
    lab.delete(lab.endpoint("compute") + "/servers/" + made.json()["server"]["id"])
    capsys.readouterr()
    lab.clock.step()
    assert (
        capsys.readouterr().out == "+0.40 s  nova drops a step of MyFirstApiVm: something else came first\n"
    )


def test_a_running_clock_can_be_stepped(lab):
    made = new_server(lab)
    for _ in BUILDING:
        lab.clock.step()
    assert status_of(lab, made) == "ACTIVE"
    assert not lab.clock.paused


def test_a_name_is_text_in_the_static_form(lab):
    lab.clock.pause()
    new_server(lab, "<script>{server}")
    bundle = lab.clock._repr_mimebundle_()
    assert "nova schedules <script>{server}" in bundle["text/plain"]
    assert "&lt;script&gt;" in bundle["text/html"]
    assert "<script>" not in bundle["text/html"]
    assert set(bundle) == {"text/plain", "text/html"}
    json.dumps(bundle)


def test_a_real_clouds_time_is_its_own():
    lab, _ = tiny_lab()
    assert "is a real cloud" in repr(lab.clock)
    assert "is a real cloud" in lab.clock._repr_mimebundle_()["text/html"]
    for act in (lab.clock.pause, lab.clock.run, lab.clock.step):
        with pytest.raises(LabError, match="real cloud"):
            act()

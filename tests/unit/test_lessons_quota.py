"""Whether a lesson fits into a project is said before anything is made; what it needs was counted, not guessed."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from cloudlab import Lab, LabError, connect
from cloudlab.client.exchange import Exchange
from cloudlab.lessons import prepare
from cloudlab.lessons.quota import NEEDS, Needs, check
from tests.unit.belt import arrived, embedded, said, taken_for_real
from tests.unit.learner import Learner

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def real(**limits: int) -> Any:
    """A learner on a real cloud whose project may have that much. -1: as much as it likes."""
    demo = arrived(taken_for_real())
    request = demo.lab._session.request

    def limited(method, url, **how):
        answer = request(method, url, **how)
        if not url.endswith("/limits"):
            return answer
        body = answer.json()
        body["limits"]["absolute"] |= {k: v for k, v in limits.items() if k in body["limits"]["absolute"]}
        object.__setattr__(answer.response, "content", json.dumps(body).encode())
        return answer

    demo.lab._session.request = limited
    return demo


def asked(demo: Any, lesson: str, vcpus: int = 1, ram: int = 512) -> list[str]:
    return check(demo.lab._session, lesson, vcpus, ram)


def test_there_is_room():
    demo = real()
    assert {lesson: asked(demo, lesson) for lesson in NEEDS} == {lesson: [] for lesson in NEEDS}
    assert {call.request.method for call in demo.lab.history.by("quota")} == {"GET", "POST"}
    assert {call.split()[1] for call in said(demo.lab, "quota")} == {"tokens"}


def test_what_is_missing_is_said_each():
    demo = real(maxTotalInstances=1, maxTotalCores=3, maxTotalRAMSize=4095, maxTotalKeypairs=0)
    assert asked(demo, "05-server", vcpus=2, ram=2048) == [
        "It needs up to 2 servers; there is room for 1.",
        "It needs up to 4 cores; there is room for 3.",
        "It needs up to 4096 MiB of memory; there is room for 4095.",
        "It needs up to 1 key pairs; there is room for 0.",
    ]


def test_cinder_is_asked_too():
    demo = real(maxTotalVolumes=1, maxTotalVolumeGigabytes=5, maxTotalSnapshots=0)
    assert asked(demo, "06-volume") == [
        "It needs up to 2 volumes; there is room for 1.",
        "It needs up to 6 GiB of volumes; there is room for 5.",
        "It needs up to 1 snapshots; there is room for 0.",
    ]


def test_minus_one_is_no_limit():
    assert (
        asked(real(maxTotalInstances=-1, maxTotalCores=-1, maxTotalRAMSize=-1), "05-server", 64, 99999) == []
    )


def test_what_is_used_leaves_less_room():
    demo = real(maxTotalInstances=2)
    demo.server("somebody-elses")
    assert asked(demo, "05-server") == ["It needs up to 2 servers; there is room for 1."]


def test_what_is_there_already_needs_no_room():
    demo = real(maxTotalInstances=1, maxTotalVolumes=1, maxTotalKeypairs=1)
    demo.server("MyFirstApiVm")
    demo.ask("POST", "compute", "/os-keypairs", keypair={"name": "MyFirstKeyPair"})
    assert asked(demo, "06-volume") == ["It needs up to 2 volumes; there is room for 1."]


def test_a_service_that_refuses_limits_nothing():
    demo = real(maxTotalInstances=0)
    request = demo.lab._session.request
    demo.lab._session.request = lambda method, url, **how: request(
        method, url.replace("limits", "nolimits"), **how
    )
    assert asked(demo, "05-server") == []


def test_a_lesson_that_doesnt_fit_begins_with_that_and_makes_nothing():
    demo = real(maxTotalInstances=1)
    with pytest.raises(
        LabError, match=r"^Lesson 05-server doesn't fit .* room for 1\. lab\.cleanup\(\) lists"
    ):
        demo.lab.start("05")
    assert demo.lab.history.by("prepare") == [] and demo.lab.cleanup().rows == []


def test_the_embedded_cloud_isnt_asked():
    demo = arrived(embedded())
    demo.lab.start("05-server")
    assert demo.lab.history.by("quota") == []


# The table itself: each lesson is walked through, solutions included, and counted.


class Peak:
    """The most that demo's project had, looked at by somebody else after each call that changes something."""

    def __init__(self) -> None:
        self.seen = dict.fromkeys(("servers", "volumes", "gigabytes", "snapshots", "keypairs"), 0)

    def connect(self) -> Lab:
        lab = connect()
        self.other = Learner(lab=Lab(lab._session.transport)).ask
        lab._session.afterwards.append(self.look)
        return lab

    def look(self, exchange: Exchange) -> None:
        if exchange.request.method not in ("POST", "DELETE"):
            return
        try:
            nova, cinder = (self.limits(service) for service in ("compute", "block-storage"))
            pairs = len(self.other("GET", "compute", "/os-keypairs").json()["keypairs"])
        except (AssertionError, LabError):  # lesson 08 takes a service down
            return
        now = {
            "servers": nova["totalInstancesUsed"],
            "volumes": cinder["totalVolumesUsed"],
            "gigabytes": cinder["totalGigabytesUsed"],
            "snapshots": cinder["totalSnapshotsUsed"],
            "keypairs": pairs,
        }
        self.seen = {need: max(self.seen[need], count) for need, count in now.items()}

    def limits(self, service: str) -> dict[str, int]:
        return self.other("GET", service, "/limits").json()["limits"]["absolute"]


def code(lesson: str) -> Iterator[str]:
    """A lesson's cells and solutions, in their order."""
    for cell in json.loads((NOTEBOOKS / f"{lesson}.ipynb").read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and not source.startswith("%%"):
            yield source.replace("from cloudlab import connect", "")
        elif cell["cell_type"] == "markdown":
            solutions = re.findall(r"<summary>Solution</summary>\s*```python\n(.*?)```", source, re.DOTALL)
            yield from map(html.unescape, solutions)


@pytest.mark.parametrize("lesson", [lesson for lesson in prepare.LESSONS if lesson != "00-start"])
def test_the_table_holds_what_was_counted(lesson: str) -> None:
    peak = Peak()
    names: dict[str, Any] = {"connect": peak.connect}
    for source in code(lesson):
        exec(source, names)
    needs = asdict(NEEDS.get(lesson, Needs()))
    del needs["kept"]
    assert peak.seen == needs

"""lab.faults: breaking the embedded cloud on purpose, as the learner's side says it."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from cloudlab import LabError
from cloudlab.client.faults import DRIVER
from cloudlab.sim.faults import KINDS, MESSAGES, OPERATIONS
from cloudlab.sim.nova.states import MACHINES
from tests.unit.learner import Learner
from tests.unit.tiny_cloud import tiny_lab

pytestmark = pytest.mark.unjudged("breaks the cloud on purpose")
SIM = Path(__file__).parents[2] / "cloudlab" / "sim"


@pytest.fixture(scope="module")
def learner() -> Learner:
    return Learner()


@pytest.fixture(autouse=True)
def whole(learner: Learner) -> Any:
    yield
    learner.lab.faults.clear()


def flavors(learner: Learner) -> Any:
    return learner.lab.get(learner.lab.endpoint("compute") + "/flavors")


def test_a_service_that_is_down_and_is_up_again(learner: Learner) -> None:
    lab = learner.lab
    said = repr(lab.faults.down("nova"))
    assert said == (
        "nova is down. Whoever calls it finds nobody there, and what needs it fails. "
        'Mend it with lab.faults.up("nova").'
    )
    with pytest.raises(LabError, match=r"does not answer.*lab.faults shows it"):
        flavors(learner)
    assert repr(lab.faults.up("nova")) == "nova is up again. What failed meanwhile stays as it is."
    assert flavors(learner).status_code == 200


def test_in_a_block_it_is_mended_at_the_end(learner: Learner, capsys: Any) -> None:
    with learner.lab.faults.answers("nova", 503, times=5):
        assert flavors(learner).status_code == 503
    assert flavors(learner).status_code == 200
    assert capsys.readouterr().out.startswith("nova answers 503 the next 5 times.")


def test_what_is_broken_is_a_table(learner: Learner) -> None:
    faults = learner.lab.faults
    assert "nothing" in repr(faults)
    faults.down("glance"), faults.answers("cinder", 500, times=1), faults.slow("neutron", 2.5)
    faults.no_room(), faults.driver_fails("extend"), faults.lose("stop_instance")
    text = repr(faults)
    for words in (
        "glance is down.",
        "cinder answers 500 the next time.",
        "Each call to it lasts 2.5 s longer.",
        "no valid host was found",
        "The volume driver fails to extend volumes.",
        "stop_instance gets lost the next time.",
        'lab.faults.up("glance")',
    ):
        assert words in text
    assert "<table>" in faults._repr_mimebundle_()["text/html"]
    assert repr(faults.clear()).startswith("Everything is mended.") and "nothing" in repr(faults)


@pytest.mark.parametrize(
    ("method", "given", "told"),
    [
        ("down", ["swift"], "service can't be 'swift'. It can be: keystone, nova, cinder"),
        ("up", ["swift"], "It can be: keystone"),
        ("answers", ["nova", 418], "status can't be 418. It can be: 500, 503"),
        ("answers", ["nova", 500, 0], "times can't be 0. It has to be a whole number, at least 1"),
        ("slow", ["nova", -1], "seconds can't be -1. It has to be a number above 0, 3600 at most"),
        ("slow", ["nova", "long"], "seconds can't be 'long'"),
        ("driver_fails", ["fly"], "operation can't be 'fly'. It can be: create, delete"),
        ("lose", ["hello"], "message can't be 'hello'. It can be: schedule_and_build_instances"),
        ("expire", ["not-a-token"], "no token of this cloud"),
        ("expire", [7], "takes a token's text"),
    ],
)
def test_a_wrong_name_or_number_is_told_what_can_be_given(
    learner: Learner, method: str, given: list[Any], told: str
) -> None:
    with pytest.raises(LabError) as error:
        getattr(learner.lab.faults, method)(*given)
    assert told in str(error.value)


def test_a_token_that_ends_now() -> None:
    learner = Learner()
    assert flavors(learner).status_code == 200
    assert repr(learner.lab.faults.expire()).startswith("The token has ended")
    assert flavors(learner).status_code == 401
    with pytest.raises(LabError, match="has ended already"):
        learner.lab.faults.expire()
    learner.lab.token = None
    with pytest.raises(LabError, match="no token to end"):
        learner.lab.faults.expire()


def test_the_token_of_an_exchange() -> None:
    learner = Learner()
    learner.lab.faults.expire(flavors(learner))
    assert flavors(learner).status_code == 401


def test_a_real_cloud_is_never_broken() -> None:
    lab, _ = tiny_lab()
    lab.token = "x"
    for method, given in (("down", ["nova"]), ("no_room", []), ("expire", []), ("clear", [])):
        with pytest.raises(LabError, match="real cloud"):
            getattr(lab.faults, method)(*given)


def test_the_journal_shows_tries_in_vain_and_what_was_lost(learner: Learner) -> None:
    lab = learner.lab
    server = learner.server("seen")
    with lab.faults.down("neutron"):
        answer = lab.get(lab.endpoint("compute") + f"/servers/{server}")
    assert answer.status_code == 500
    tries = [arrow for arrow in lab.journal.by_request(answer) if arrow.receiver == "neutron-api"]
    assert [arrow.status for arrow in tries] == [None] * 4 and tries[0].exchange is None
    gaps = [(b.time - a.time).total_seconds() for a, b in pairwise(tries)]
    assert gaps == [0.5, 1.0, 2.0]
    lab.faults.lose("stop_instance")
    learner.ask("POST", "compute", f"/servers/{server}/action", **{"os-stop": None})
    assert [arrow.name for arrow in lab.journal if arrow.lost] == ["stop_instance"]


def test_every_message_that_can_be_lost_is_sent_and_every_one_that_matters_can_be() -> None:
    source = "".join(path.read_text("utf-8") for path in SIM.rglob("*.py") if path.name != "faults.py")
    assert [name for name in MESSAGES if f'"{name}"' not in source] == []
    assert {machine.cast for machine in MACHINES.values() if machine.steps} <= set(MESSAGES)
    sent = set(re.findall(r'message\(\s*"(?:cast|call)", [\w.]+, "(\w+)"', source))
    nothing_follows = {"inject_network_info", "cache_images", "set_host_enabled", "attach_volume"}
    assert sent - nothing_follows <= set(MESSAGES)


def test_every_fault_has_its_words() -> None:
    assert set(DRIVER) == set(OPERATIONS)
    assert set(KINDS) == {"down", "answers", "slow", "no_room", "driver_fails", "lose"}

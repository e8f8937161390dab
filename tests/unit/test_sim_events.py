"""Every task of the cloud has words."""

import re

from cloudlab.sim import rooms
from cloudlab.sim.cloud import create_cloud
from cloudlab.sim.events import GONE, STEPS, TABLES, WORDS, in_words
from cloudlab.sim.nova.states import MACHINES
from cloudlab.sim.tasks import HANDLERS, Task


def test_every_task_has_words_and_no_other():
    rooms.services()
    ours = {kind for kind in HANDLERS if not kind.startswith("toy.")}  # a test's own
    assert set(WORDS) | {"nova.step"} == ours


def test_every_step_of_a_server_has_a_phrase():
    wanted = {name: len(machine.steps) for name, machine in MACHINES.items() if machine.steps}
    assert {name: len(phrases) for name, phrases in STEPS.items()} == wanted


def test_a_phrase_names_only_what_can_be_looked_up():
    phrases = [*WORDS.values(), *(phrase for each in STEPS.values() for phrase in each)]
    assert {name for phrase in phrases for name in re.findall(r"{(.*?)}", phrase)} == set(TABLES)


def test_what_is_gone_and_what_has_no_name():
    cloud = create_cloud()
    with cloud.store.transaction() as session:
        gone = Task(kind="cinder.volume_made", arguments={"volume_id": "nowhere"})
        assert in_words(session, gone) == f"cinder has made {GONE}"
        device = Task(kind="nova.attach", arguments={"device_id": "nowhere", "action": 1})
        assert in_words(session, device) == f"nova connects {GONE} to {GONE}"
        assert in_words(session, Task(kind="toy.new", arguments={})) == "toy.new"
    cloud.close()

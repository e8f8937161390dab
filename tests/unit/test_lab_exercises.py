"""`lab.start` and `lab.check` themselves; what each exercise tells a learner is in test_lessons_attempts.py."""

import pytest

from cloudlab import LabError, connect


@pytest.mark.parametrize("lesson", ["05-server", "06-volume", "07-attach"])
def test_a_lesson_prepares_the_same_alone_and_twice(lesson):
    lab, again = connect(), connect()
    first, other = lab.start(lesson), again.start(lesson)
    assert (repr(first), first._repr_html_()) == (repr(other), other._repr_html_())
    twice = repr(lab.start(lesson))
    assert "was there already" in twice and "was created" not in twice and "was imported" not in twice


def test_a_part_of_the_exercise_counts():
    lab = connect()
    lab.start("00-start")
    report = lab.check("00-start.make", version="v3")
    assert not report and (report.met, len(report.findings)) == (1, 4)
    assert repr(report).startswith("00-start.make: not yet (1 of 4)")
    assert '<progress aria-label="00-start.make: not yet (1 of 4)" value="1" max="4">' in report._repr_html_()


def test_a_deleted_server_takes_the_check_back_but_not_the_progress():
    lab = connect()
    lab.start("04-ssh-key")
    keypairs = f"{lab.endpoint('compute')}/os-keypairs"
    lab.post(keypairs, json={"keypair": {"name": "nova-made"}})
    new = {"OpenStack-API-Version": "compute 2.92"}
    lab.post(keypairs, json={"keypair": {"name": "nova-made-2"}}, headers=new)
    assert lab.check("04-ssh-key.make")
    lab.delete(f"{keypairs}/nova-made")
    assert not lab.check("04-ssh-key.make")
    assert "● 04-ssh-key: done" in repr(lab.progress())
    assert "PRIVATE KEY" not in repr(lab.history[-3]) + str(lab.history[-4])


def test_a_check_names_the_others_when_its_own_name_is_wrong():
    for name in ("", "05-server", "05-server.mkae", "99-x.make"):
        with pytest.raises(LabError, match=r"There are: 00-start\.make, 01-token\.make"):
            connect().check(name)


def test_a_real_cloud_is_looked_at_with_the_learners_token():
    lab = connect()
    lab._session.transport.control = None
    with pytest.raises(LabError, match=r"set lab\.token"):
        lab.check("02-flavors.make", flavor="1")

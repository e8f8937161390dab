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
    made = lab.post(keypairs, json={"keypair": {"name": "nova-made"}})
    new = {"OpenStack-API-Version": "compute 2.92"}
    lab.post(keypairs, json={"keypair": {"name": "nova-made-2"}}, headers=new)
    assert lab.check("04-ssh-key.make")
    lab.delete(f"{keypairs}/nova-made")
    assert not lab.check("04-ssh-key.make")
    assert "● 04-ssh-key: done" in repr(lab.progress())
    assert "PRIVATE KEY" in made.json()["keypair"]["private_key"]
    assert not any("PRIVATE KEY" in repr(exchange) + str(exchange) for exchange in lab.history)


def test_a_check_names_the_others_when_its_own_name_is_wrong():
    for name in ("", "05-server", "05-server.mkae", "99-x.make"):
        with pytest.raises(LabError, match=r"There are: 00-start\.make, 01-token\.make"):
            connect().check(name)


def test_a_real_cloud_is_looked_at_with_the_learners_token():
    lab = connect()
    lab._session.transport.control = None
    with pytest.raises(LabError, match=r"set lab\.token"):
        lab.check("02-flavors.make", flavor="1")


def test_an_answer_is_remembered_until_it_is_another():
    lab = connect()
    lab.start("00-start")
    lab.check("00-start.make", version="v3", resource="volume")
    report = lab.check("00-start.make", resource="volumes")
    assert report.met == 2 and lab.check("00-start.make").met == 2
    lab.check("10-capstone.drill-5", server="x")
    lab.drill(5)
    assert "You say: ?" in repr(lab.check("10-capstone.drill-5"))


@pytest.mark.parametrize(
    ("name", "unnamed", "named", "told"),
    [
        ("00-start.make", (), {"tenant_id": "x"}, "doesn't ask for tenant_id. It is called as "),
        ("02-flavors.make", ("3",), {}, 'by its name: lab.check\\("02-flavors.make", flavor="…"\\)'),
        ("05-server.make", ("3",), {}, 'takes no answers: lab.check\\("05-server.make"\\)'),
        ("10-capstone.drill-6", (), {"id": "3"}, 'lab.check\\("10-capstone.drill-6", server="…"\\)'),
    ],
)
def test_an_answer_that_isnt_asked_for_is_refused_with_the_right_call(name, unnamed, named, told):
    with pytest.raises(LabError, match=told):
        connect().check(name, *unnamed, **named)


def test_a_number_without_its_sign_is_no_matter_of_order():
    report = connect().check("00-start.make", component="127.0.0.1", version="3")
    assert "host and port" in report.seen and report.misconception is None

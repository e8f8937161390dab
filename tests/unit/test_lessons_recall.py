"""`lab.recall` and `lab.progress`: questions from memory, and what is kept of them on this machine."""

import json

import pytest

from cloudlab import LabError, connect
from cloudlab.lessons.prepare import LESSONS
from cloudlab.lessons.progress import Logbook, empty, note_check, note_recall
from cloudlab.lessons.recall import cards, chosen


@pytest.fixture
def lab():
    lab = connect()
    lab.start("00-start")
    return lab


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_lesson_has_three_questions_of_its_own_and_asks_three(lesson):
    assert len([card for card in cards().values() if card.lesson == lesson]) == 3
    asked = chosen(lesson)
    assert len({card.id for card in asked}) == 3
    assert asked[0].lesson == lesson


def test_earlier_lessons_come_back_after_growing_gaps():
    assert [card.lesson for card in chosen("05-server")] == ["05-server", "04-ssh-key", "02-flavors"]
    again = {card.id for lesson in LESSONS for card in chosen(lesson) if card.lesson != lesson}
    assert len(again) >= 10


def test_what_was_missed_comes_first_and_only_from_earlier_lessons():
    assert [card.id for card in chosen("05-server", ["theirs", "restore"])][1] == "theirs"


def test_cards_are_in_good_order():
    for card in cards().values():
        assert card.right in dict(card.lettered) and len(card.choices) >= 3
        assert len(set(card.choices)) == len(card.choices)
    rights = [card.right for card in cards().values()]
    assert max(rights.count(letter) for letter in "abc") < 0.6 * len(rights), "the same letter would do"


def test_answers_by_letter_are_told_right_and_wrong(lab):
    asked = lab.recall()
    assert "Answer with letters" in repr(asked) and "✓" not in repr(asked)
    told = repr(lab.recall("b", "b"))
    assert "You said b. ✓ Right." in told and "✗ Not so: it is a, 401" in told
    assert "3 of 3 from memory." in repr(lab.recall("b", "a", "c"))


def test_the_questions_stay_the_same_while_one_answers(lab):
    lab.start("03-images")
    before = repr(lab.recall()).splitlines()[0::5]
    lab.recall("a", "a", "c")
    assert [line in repr(lab.recall("b", "b", "a")) for line in before[:3]] == [True] * 3


@pytest.mark.parametrize("answers", [("x",), ("a", "a", "a", "a"), ("",), (1,)])
def test_an_answer_that_is_none(lab, answers):
    with pytest.raises(LabError, match=r"letter|answers"):
        lab.recall(*answers)


def test_without_a_lesson_it_says_what_to_do():
    with pytest.raises(LabError, match=r"lab\.start"):
        connect().recall()


def test_progress_is_a_path_in_words_and_a_picture(lab):
    lab.check("00-start.make", version="v3")
    lab.predict(status=200)
    lab.get(lab.urls["keystone"] + "/")
    lab.recall("b", "b")
    text, page = repr(lab.progress()), lab.progress()._repr_html_()
    assert "◐ 00-start: begun: 1 of 4" in text and "○ 01-token: not yet" in text
    assert "Predictions: 0 of 1 were right." in text and "From memory: 1 of 2 right" in text
    assert "300 is a menu (1×)" in text
    assert '<ol aria-label="Your path"' in page and page.count("<li") == len(LESSONS)


def test_progress_is_handed_in_as_a_file_without_secrets(lab, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    lab.recall("b")
    lab.progress().save("mine")
    assert json.loads((tmp_path / "mine.json").read_text())["recall"] == {"url-parts": [True]}
    with pytest.raises(LabError, match="there already"):
        lab.progress().save("mine")
    with pytest.raises(LabError, match="can't be written"):
        lab.progress().save("no/such/folder")
    assert "Nothing was sent anywhere" in capsys.readouterr().out


def test_two_lessons_open_at_once_keep_each_others_notes(tmp_path):
    file = tmp_path / "state" / "progress.json"
    one, other = Logbook(file), Logbook(file)
    one.note(lambda notes: note_recall(notes, "queued", True))
    other.note(lambda notes: note_recall(notes, "queued", False))
    assert Logbook(file).read()["recall"] == {"queued": [True, False]} and one.missed() == ["queued"]
    assert [path.name for path in file.parent.iterdir()] == ["progress.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 99}', json.dumps({**empty(), "checks": []})])
def test_a_file_that_is_not_ours_is_left_alone_and_the_lesson_goes_on(tmp_path, capsys, text):
    file = tmp_path / "progress.json"
    file.write_text(text)
    Logbook(file).note(lambda notes: note_recall(notes, "queued", True))
    assert file.read_text() == text and "wasn't kept" in capsys.readouterr().out
    with pytest.raises(LabError, match="Move that file away"):
        Logbook(file).read()


def test_the_best_of_a_check_stays():
    notes = empty()
    for met in (1, 3, 2):
        note_check(notes, "x.make", met, 3)
    assert notes["checks"] == {"x.make": {"met": 3, "of": 3}}
    note_check(notes, "x.make", 1, 4)
    assert notes["checks"]["x.make"]["met"] == 3

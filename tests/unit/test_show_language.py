"""What is shown in another language than English: the words change, and the page is told; the wire stays."""

import pytest

from cloudlab import language
from cloudlab.show import states_words
from cloudlab.show.body import body_parts
from cloudlab.show.html import as_html
from cloudlab.show.map import Map
from cloudlab.show.sequence import Sequence
from cloudlab.show.table import Table
from cloudlab.sim import differences, trail
from cloudlab.sim.cinder.life import VOLUME_MOVES
from cloudlab.sim.nova import life as nova_life
from tests.unit.test_show_exchange import make
from tests.unit.test_show_map import project


class Loud:
    """A catalogue of a language whose words are shouted, between its own brackets."""

    def gettext(self, message: str) -> str:
        return f"《{message}》"

    def ngettext(self, one: str, many: str, n: int) -> str:
        return f"《{one if n == 1 else many}》"


@pytest.fixture
def loud(monkeypatch):
    monkeypatch.setattr(language, "speaks", "xx")
    monkeypatch.setattr(language, "_speaking", Loud())


def cards() -> list[str]:
    pictures = (Map(project(1)), Sequence([]))
    return [as_html(make()), *(each._repr_mimebundle_()["text/html"] for each in pictures)]


def test_english_cards_name_no_language():
    assert not any("lang=" in card for card in cards())


def test_other_cards_say_their_language(loud):
    for card in cards():
        assert card.count("<section") == card.count(' lang="xx"') == 1
        assert "《" in card


def test_a_folded_body_has_the_words_of_when_it_is_shown(monkeypatch):
    content = b"line\n" * 50
    english = body_parts(content, len(content), "text/plain")[-1].head.text
    monkeypatch.setattr(language, "speaks", "xx")
    monkeypatch.setattr(language, "_speaking", Loud())
    other = body_parts(content, len(content), "text/plain")[-1].head.text
    assert (english, other) == ("… 20 more lines", "《… 20 more lines》")


def test_a_picture_keeps_names_and_states(loud):
    assert "  《server》 web-0, ACTIVE, m1.tiny" in Map(project(1)).text().splitlines()


def test_wide_letters_stay_in_their_column():
    lines = repr(Table(["상태", "b"], [["ACTIVE", "x"], ["만드는 중", "y"]])).splitlines()
    assert lines == ["상태       b", "---------  -", "ACTIVE     x", "만드는 중  y"]


def test_every_word_that_the_cloud_tells_has_an_entry():
    with language.speaking("ko"):
        assert [kind.word for kind in differences.KINDS if language._(kind.word) == kind.word] == []
    assert set(states_words.KINDS) == set(trail.KINDS), nova_life.__doc__
    in_words = {move.by for move in VOLUME_MOVES if ", or " in move.by}
    assert {"", trail.FAILURE} | in_words == set(states_words.CALLS)

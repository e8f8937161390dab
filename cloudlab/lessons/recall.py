"""`lab.recall()`: three questions from memory, on this lesson and on earlier ones. Answers come back as words.

Questions are data, `recall.toml`. Which are asked is decided by rule, not by chance: what was missed comes first.
"""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markupsafe import Markup

from cloudlab.client.errors import LabError
from cloudlab.language import _

FILE = Path(__file__).parent / "recall.toml"
ASKED = 3
APART = (1, 3)  # lessons back: what is asked again after growing gaps stays


@dataclass(frozen=True)
class Card:
    """A question of a lesson. `choices` are in the order shown; `right` is the letter of the right one: a, b, c, …

    Its words are kept in English, and read in the learner's language.
    """

    id: str
    lesson: str
    right: str
    _asks: str
    _choices: tuple[str, ...]
    _why: str

    @property
    def asks(self) -> str:
        return _(self._asks)

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(_(choice) for choice in self._choices)

    @property
    def why(self) -> str:
        return _(self._why)

    @property
    def lettered(self) -> list[tuple[str, str]]:
        return list(zip("abcdef", self.choices, strict=False))

    def told(self, letter: str) -> str:
        """What to say to an answer."""
        if letter == self.right:
            return _("✓ Right.") + " " + self.why
        choice = dict(self.lettered)[self.right]
        # Translators: {letter} is a, b or c; {choice} is that answer, in most cases a sentence
        told = _("✗ Not so: it is {letter}, {choice}", letter=self.right, choice=choice)
        return f"{told} {self.why}"


@cache
def cards() -> dict[str, Card]:
    """All of them by id, in the order of the lessons."""
    with FILE.open("rb") as file:
        entries = tomllib.load(file)
    return {id: _card(id, **entry) for id, entry in entries.items()}


def _card(id: str, lesson: str, asks: str, choices: Iterable[str], right: str, why: str) -> Card:
    return Card(id, lesson, right, asks, tuple(choices), why)


def chosen(lesson: str, missed: Sequence[str] = ()) -> list[Card]:
    """The three of a lesson: its own, then what was missed before, then one from each of APART lessons back."""
    lessons = list(dict.fromkeys(card.lesson for card in cards().values()))
    here = lessons.index(lesson)
    own = [card for card in cards().values() if card.lesson == lesson]
    again = [cards()[id] for id in missed if id in cards() and lessons.index(cards()[id].lesson) < here]
    spaced = [_of(lessons[here - gap], gap) for gap in APART if gap <= here]
    earlier = list(dict.fromkeys([*again, *spaced]))[: ASKED - 1]
    return [*own[: ASKED - len(earlier)], *earlier]


def _of(lesson: str, gap: int) -> Card:
    """Another one of a lesson's questions each time that it is asked from further away."""
    own = [card for card in cards().values() if card.lesson == lesson]
    return own[-1] if gap == APART[0] else own[1 % len(own)]


@dataclass(frozen=True)
class Recall:
    """Questions, and the letters that were answered to the first of them. Shows itself."""

    asked: tuple[Card, ...]
    answers: tuple[str, ...] = ()

    @classmethod
    def of(cls, asked: Sequence[Card], answers: Sequence[str]) -> "Recall":
        """Raises LabError for a letter that isn't among the choices, and for more answers than questions."""
        if len(answers) > len(asked):
            given = {"questions": len(asked), "answers": len(answers)}
            raise LabError(_("There are {questions} questions, and {answers} answers.", **given))
        for card, answer in zip(asked, answers, strict=False):
            if answer not in dict(card.lettered):
                letters = ", ".join(dict(card.lettered))
                call = _example(asked)
                raise LabError(
                    _("Answer with a letter, one of {letters}: {call}.", letters=letters, call=call)
                )
        return cls(tuple(asked), tuple(answers))

    @property
    def right(self) -> list[bool]:
        return [answer == card.right for card, answer in zip(self.asked, self.answers, strict=False)]

    def __bool__(self) -> bool:
        return len(self.answers) == len(self.asked) and all(self.right)

    def _blocks(self) -> list[tuple[str, list[str], str]]:
        """Per question: its words, its choices or none once it is answered, and what is said to the answer."""
        blocks = []
        for number, card in enumerate(self.asked):
            answer = self.answers[number] if number < len(self.answers) else ""
            choices = [f"{letter}) {choice}" for letter, choice in card.lettered]
            said = _("You said {letter}.", letter=answer) + " " + card.told(answer) if answer else ""
            blocks.append((f"{number + 1}. ({card.lesson}) {card.asks}", choices, said))
        return blocks

    @property
    def _how(self) -> str:
        if len(self.answers) == len(self.asked):
            return _("{right} of {all} from memory.", right=sum(self.right), all=len(self.asked))
        return _("Answer with letters: {call}", call=_example(self.asked))

    def __repr__(self) -> str:
        lines: list[str] = []
        for asks, choices, said in self._blocks():
            lines += [asks, *(f"   {choice}" for choice in choices), *([f"   {said}"] if said else [])]
        return "\n".join([*lines, self._how])

    def _repr_html_(self) -> str:
        parts = Markup("")
        for asks, choices, said in self._blocks():
            items = Markup("").join(Markup("<li>{}</li>").format(choice) for choice in choices)
            parts += Markup("<p><b>{}</b></p>").format(asks)
            parts += Markup('<ul style="list-style:none">{}</ul>').format(items)
            parts += Markup("<p>{}</p>").format(said) if said else Markup("")
        return str(parts + Markup("<p>{}</p>").format(self._how))


def _example(asked: Sequence[Card]) -> str:
    return "lab.recall(" + ", ".join(['"…"'] * len(asked)) + ")"

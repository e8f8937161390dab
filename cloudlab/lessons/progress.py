"""`lab.progress()`: how far you are. Kept in one file on your machine; nothing is sent anywhere.

The file is JSON: `checks` (name → conditions met, of how many), `recall` (question → right or not, in order),
`predictions` (lesson, what was asked, said and seen), `misconceptions` (id → how often the wire spoke against it).
"""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from cloudlab.client.errors import LabError
from cloudlab.client.kept import Kept, Notes
from cloudlab.language import N_, _
from cloudlab.lessons.recall import cards
from cloudlab.lessons.register import register

VERSION = 1
MOST = 2000  # predictions that are kept


def empty() -> Notes:
    return {"version": VERSION, "checks": {}, "recall": {}, "predictions": [], "misconceptions": {}}


class Logbook(Kept):
    """Where progress is noted: in `file`, or in memory."""

    unreadable = N_("Your progress in {file} can't be read ({error}). Move that file away to begin anew.")
    lost = N_("Your progress wasn't kept: {error}")

    def __init__(self, file: Path | None) -> None:
        super().__init__(file, empty)

    def missed(self) -> list[str]:
        """Questions whose last answer was wrong."""
        return [id for id, answers in self.read()["recall"].items() if not answers[-1]]


class Progress:
    """A look at the notes: the path with what is done, in words and as a picture. `save` writes a file to hand in."""

    def __init__(self, notes: Notes, lessons: Sequence[str], where: str) -> None:
        self.notes, self._lessons, self._where = notes, lessons, where

    def stations(self) -> list[tuple[str, str, str]]:
        """Per lesson: its name, a sign (● done, ◐ begun, ○ not yet), and the same in words."""
        return [(lesson, *self._station(lesson)) for lesson in self._lessons]

    def _station(self, lesson: str) -> tuple[str, str]:
        checks = [found for name, found in self.notes["checks"].items() if name.startswith(f"{lesson}.")]
        met, of = (sum(check[key] for check in checks) for key in ("met", "of"))
        if checks and met == of:
            return "●", _("done")
        return ("◐", _("begun: {met} of {of}", met=met, of=of)) if met else ("○", _("not yet"))

    def sentences(self) -> list[str]:
        """What there is to say besides the path."""
        predicted = [prediction["right"] for prediction in self.notes["predictions"]]
        recalled = [answers[-1] for answers in self.notes["recall"].values()]
        told: dict[str, int] = self.notes["misconceptions"]
        met = Counter(told).most_common(3)
        known = "; ".join(f"{register()[id].name} ({count}×)" for id, count in met if id in register())
        return [
            _("Predictions: {right} of {all} were right.", right=sum(predicted), all=len(predicted)),
            _(
                "From memory: {right} of {answered} right, of {questions} questions.",
                right=sum(recalled),
                answered=len(recalled),
                questions=len(cards()),
            ),
            *([_("What the wire told you most often: {known}.", known=known)] if known else []),
            self._where,
        ]

    def save(self, name: str = "progress") -> None:
        """Write `<name>.json` into the folder you work in: for your teacher, or for yourself. Raises LabError."""
        file = Path(f"{name}.json")
        if file.exists():
            call = f'lab.progress().save("{name}-2")'
            raise LabError(_("{file} is there already. Give another name: {call}", file=file, call=call))
        try:
            file.write_text(json.dumps(self.notes, indent=1, ensure_ascii=False), "utf-8")
        except OSError as error:
            why = error.strerror
            raise LabError(_("{file} can't be written: {why}.", file=file, why=why)) from None
        print(_("Saved {file}. It holds your answers, and no secret. Nothing was sent anywhere.", file=file))

    def __repr__(self) -> str:
        path = [f"{sign} {lesson}: {words}" for lesson, sign, words in self.stations()]
        return "\n".join([_("Your path"), *(f"  {line}" for line in path), *self.sentences()])

    def _repr_html_(self) -> str:
        item = Markup(
            '<li style="border:1px solid currentColor;border-radius:6px;padding:4px 8px;margin:2px">'
            '<span aria-hidden="true">{}</span> <b>{}</b><br>{}</li>'
        )
        items = Markup("").join(item.format(sign, lesson, words) for lesson, sign, words in self.stations())
        style = "display:flex;flex-wrap:wrap;list-style:none;padding:0;margin:0"
        path = Markup('<ol aria-label="{}" style="{}">{}</ol>').format(_("Your path"), style, items)
        return str(path + Markup("").join(Markup("<p>{}</p>").format(line) for line in self.sentences()))


def note_check(notes: Notes, name: str, met: int, of: int) -> None:
    """The best that a check has shown stays: a server that you delete afterwards takes nothing away."""
    before = notes["checks"].get(name)
    if before is None or met / of >= before["met"] / before["of"]:
        notes["checks"][name] = {"met": met, "of": of}


def note_prediction(notes: Notes, lesson: str, of: str, said: str, was: str, right: bool) -> None:
    point = {"lesson": lesson, "of": of, "said": said, "was": was, "right": right}
    notes["predictions"] = [*notes["predictions"], point][-MOST:]


def note_misconception(notes: Notes, id: str) -> None:
    notes["misconceptions"][id] = notes["misconceptions"].get(id, 0) + 1


def note_recall(notes: Notes, card: str, right: bool) -> None:
    notes["recall"].setdefault(card, []).append(right)

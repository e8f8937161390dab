"""What a learner says and is told: predictions, checks, questions from memory, progress. Lab passes it on."""

from functools import partial
from typing import Any

from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.client.session import Session
from cloudlab.language import _
from cloudlab.lessons import checks, differs, drills, prepare, progress, quota
from cloudlab.lessons.predictions import CHOICES, QUESTIONS, Given, Point, Prediction
from cloudlab.lessons.recall import Card, Recall, chosen
from cloudlab.widgets.questions import Askable, Question


class Learning:
    """One per Lab. `lesson` is the one that was started last; "" before."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._live = not session.transport.deterministic
        self._notes = progress.Logbook(session.transport.progress)
        self._prediction: Prediction | None = None
        self._asked: dict[str, list[Card]] = {}  # the same questions, as long as this lab lives
        self._drills: dict[str, drills.Drill] = {}
        self._answers: dict[str, dict[str, Any]] = {}  # what was said to each check
        self.lesson = ""

    def start(self, lesson: str) -> prepare.Preparation:
        self.lesson = prepare.named(lesson)  # before the rest: what is made now is this lesson's
        self._prediction = None
        if self._session.transport.real is None:
            return prepare.prepare(self._session, self.lesson)
        quota.need_room(self._session, self.lesson)
        return prepare.prepare(self._session, self.lesson, differs.DIFFERS.get(self.lesson, ()))

    # Said before a call, judged after it.

    def predict(self, **given: Given) -> Askable:
        self._prediction = prediction = Prediction(**given)
        questions = [self._question(prediction, of) for of in prediction.open]
        return Askable(prediction, questions, self._live)

    def _question(self, prediction: Prediction, of: str) -> Question:
        def take(said: str) -> str:
            try:
                prediction.say(of, said)
            except LabError as error:
                return str(error)
            self._prediction = prediction  # 'Run all' has made the call already: the next one decides
            return prediction.noted

        choices = [(choice, choice) for choice in CHOICES[of]]
        return Question(_(QUESTIONS[of]), choices, take, free=of in ("header", "field"))

    def judged(self, exchange: Exchange) -> list[Point]:
        """A call of the learner's has been answered: their prediction, if there is one, is judged and noted."""
        prediction, self._prediction = self._prediction, None
        points = prediction.judged(exchange) if prediction else []
        if points:
            self._notes.note(partial(_write, points, self.lesson))
        return points

    def seen(self, exchange: Exchange) -> Exchange:
        """The same, and printed: for a call whose cell shows the exchange."""
        for point in self.judged(exchange):
            print(point)
        return exchange

    # Exercises, questions, and how far one is.

    def check(self, name: str, unnamed: tuple[Any, ...], answers: dict[str, Any]) -> checks.Report:
        checks.need_known(name, unnamed, answers)
        said = self._answers[name] = {**self._answers.get(name, {}), **answers}
        report = checks.check(self._session, name, said, self._drills.get(name.partition(".")[2]))

        if report.lacking:
            return report  # neither done nor not yet

        def write(notes: progress.Notes) -> None:
            progress.note_check(notes, name, report.met, len(report.findings))
            if report.misconception:
                progress.note_misconception(notes, report.misconception.id)

        self._notes.note(write)
        return report

    def drill(self, number: int) -> drills.Drill:
        drill = drills.begin(self._session, number)
        self._drills[drill.name] = drill
        self._answers.pop(f"10-capstone.{drill.name}", None)
        return drill

    def recall(self, answers: tuple[str, ...]) -> Askable:
        if not self.lesson:
            raise LabError(_('Which lesson? Run its first cell, lab.start("…"), and then lab.recall().'))
        if self.lesson not in self._asked:
            self._asked[self.lesson] = chosen(self.lesson, self._notes.missed())
        recall = Recall.of(self._asked[self.lesson], answers)
        if answers:
            self._notes.note(partial(_remember, recall))
        questions = [self._card(card) for card in recall.asked[len(answers) :]]
        return Askable(recall, questions, self._live)

    def _card(self, card: Card) -> Question:
        def take(letter: str) -> str:
            self._notes.note(partial(progress.note_recall, card=card.id, right=letter == card.right))
            return card.told(letter)

        choices = [(f"{letter}) {choice}", letter) for letter, choice in card.lettered]
        return Question(f"({card.lesson}) {card.asks}", choices, take)

    def progress(self) -> progress.Progress:
        file = self._notes.file
        where = _("Kept in {file}.", file=file) if file else _("Kept in memory: it ends with this kernel.")
        return progress.Progress(self._notes.read(), list(prepare.LESSONS), where)


def _remember(recall: Recall, notes: progress.Notes) -> None:
    for card, right in zip(recall.asked, recall.right, strict=False):
        progress.note_recall(notes, card.id, right)


def _write(points: list[Point], lesson: str, notes: progress.Notes) -> None:
    for point in points:
        progress.note_prediction(notes, lesson, point.of, point.said, point.was, point.right)
        if point.misconception:
            progress.note_misconception(notes, point.misconception.id)

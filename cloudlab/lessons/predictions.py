"""`lab.predict(status=404)`: said before a call, and judged by the exchange that really comes. Nothing is shown before.

`...` in place of a value leaves the question open: a notebook's cell asks it, and the learner fills it in or clicks it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from types import EllipsisType
from typing import Any

from markupsafe import Markup

from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.language import N_, _
from cloudlab.lessons.checks import body_of
from cloudlab.lessons.register import Misconception, behind
from cloudlab.show.marks import header_marked, path_marks
from cloudlab.show.words import HEADERS, STATES, either, meaning

NONE, GONE = "none", "gone"
OR = " or "  # between names of which either would do: noted so, and read by the register
# The same to choose from, whatever the question: the choice gives nothing away.
CHOICES = {
    "status": (
        *("200", "201", "202", "204", "300"),
        *("400", "401", "403", "404", "409", "413", "415", "500"),
    ),
    "header": (
        *("Content-Type", "Location", "Set-Cookie", "WWW-Authenticate"),
        *("X-Auth-Token", "X-Openstack-Request-Id", "X-Subject-Token"),
    ),
    "field": (),
    "state": (
        *("ACTIVE", "BUILD", "DELETED", "ERROR", "SHUTOFF"),
        *("active", "attaching", "available", "creating", "extending", "in-use", "queued", GONE, NONE),
    ),
}
QUESTIONS = {
    "status": N_("Which status will the answer have?"),
    "header": N_("Which header will it be in?"),
    "field": N_("Which field of the body will it be in?"),
    "state": N_("Which state will it be in?"),
}
Given = str | int | EllipsisType | None


@dataclass(frozen=True)
class Point:
    """One thing that was predicted, and what the wire said. `why` explains the difference; None where it was right."""

    of: str
    said: str
    was: str
    right: bool
    why: str = ""
    misconception: Misconception | None = None

    def __str__(self) -> str:
        if self.right:
            # Translators: {of} is status, header, field or state, as in lab.predict(status=…)
            return _("✓ {of}: you said {said}, and so it is.", of=self.of, said=self.said)
        was = either(self.was.split(OR))
        # Translators: {of} is status, header, field or state, as in lab.predict(status=…)
        told = _("✗ {of}: you said {said}. The wire says: {was}.", of=self.of, said=self.said, was=was)
        return f"{told} {self.misconception or self.why}".rstrip()


class Prediction:
    """What a learner expects of the next call. `fields` are in the order of QUESTIONS; a value of ... is still open."""

    def __init__(self, **given: Given) -> None:
        if not given or given.keys() - QUESTIONS.keys():
            raise LabError(_("Say what you expect: lab.predict(status=200), or header=, field=, state=."))
        self.fields = {of: _plain(of, given[of]) for of in QUESTIONS if of in given}

    @property
    def open(self) -> list[str]:
        """What hasn't been answered yet."""
        return [of for of, said in self.fields.items() if said is ...]

    def say(self, of: str, said: Given) -> None:
        """Answer one of the questions; the last answer before the call counts."""
        self.fields[of] = _plain(of, said)

    def judged(self, exchange: Exchange) -> list[Point]:
        """What was said, beside what the wire says. Open questions aren't judged."""
        safe = exchange.redacted()
        return [judge(of, said, safe) for of, said in self.fields.items() if isinstance(said, str)]

    @property
    def noted(self) -> str:
        """One line for what has been said so far; "" before."""
        said = ", ".join(f"{of} {text}" for of, text in self.fields.items() if isinstance(text, str))
        return _("Noted: {said}. Make the call: the wire decides.", said=said) if said else ""

    @property
    def how(self) -> str:
        """How to answer without clicking; "" where nothing is open."""
        if not self.open:
            return ""
        call = f"lab.predict({', '.join(f'{of}={_example(of)}' for of in self.open)})"
        return _("Put your answer in place of the ... and run this cell again: {call}", call=call)

    def __repr__(self) -> str:
        lines = [_(QUESTIONS[of]) for of in self.open]
        return "\n".join(line for line in (*lines, self.how, self.noted) if line)

    def _repr_html_(self) -> str:
        questions = Markup("").join(Markup("<p><b>{}</b></p>").format(_(QUESTIONS[of])) for of in self.open)
        rest = Markup("").join(Markup("<p>{}</p>").format(line) for line in (self.how, self.noted) if line)
        return str(questions + rest)


def _plain(of: str, given: Given) -> str | EllipsisType:
    if given is ...:
        return ...
    if given is None and of == "state":
        return NONE
    if isinstance(given, bool) or not isinstance(given, str | int) or not str(given).strip():
        raise LabError(
            _(
                "lab.predict({of}=…) takes a text such as {example}, or ... to be asked.",
                of=of,
                example=_example(of),
            )
        )
    text = str(given).strip()
    if of == "status" and not (text.isdigit() and len(text) == 3):
        raise LabError(_("A status has three digits, such as 200; not {text!r}.", text=text))
    return text


def _example(of: str) -> str:
    return "…" if of == "status" else '"…"'


def judge(of: str, said: str, exchange: Exchange) -> Point:
    """One question, by a redacted exchange."""
    was, right = WIRE[of](said, exchange)
    if right:
        return Point(of, said, was, True)
    why = WHY[of](said, was) if of in WHY else ""
    return Point(of, said, was, False, why, behind(of, said, was, exchange))


def _status_why(said: str, was: str) -> str:
    known = int(said) in {status.value for status in HTTPStatus}
    expected = meaning(int(said)) if known else _("no such status.")
    # Translators: {meaning} is a sentence of its own
    says = _("{status} says: {meaning}", status=was, meaning=meaning(int(was)))
    # Translators: {meaning} is a sentence of its own
    return says + " " + _("{status} would say: {meaning}", status=said, meaning=expected)


def _header_why(said: str, was: str) -> str:
    """What each of them is for, as far as it is known; `was` may be several."""
    names = re.findall(r"[\w-]+", f"{was} {said}")
    return " ".join(_(HEADERS[name.lower()], header=name) for name in names if name.lower() in HEADERS)


def _state_why(said: str, was: str) -> str:
    return _("{state} says: {meaning}.", state=was, meaning=_(STATES[was])) if was in STATES else ""


def _status(said: str, exchange: Exchange) -> tuple[str, bool]:
    was = str(exchange.status_code)
    return was, said == was


def _header(said: str, exchange: Exchange) -> tuple[str, bool]:
    """A call that marks headers asks for one of them; any other call for any header of the answer."""
    names = list(exchange.headers)
    marked = [name for name in names if header_marked(exchange, name)]
    names = marked or names
    return (OR if marked else ", ").join(names), said.lower() in {name.lower() for name in names}


def _field(said: str, exchange: Exchange) -> tuple[str, bool]:
    """A call that marks fields asks for one of them: by its own name, or as a whole path."""
    marked = [mark for mark in path_marks(exchange, "response") if _holds(body_of(exchange), mark)]
    names = marked or list(_fields(exchange))
    right = {part for name in names for part in (name, name.rsplit(".", 1)[-1])}
    return (OR if marked else ", ").join(names) or NONE, said in right


def _holds(body: Any, path: str) -> bool:
    """Whether a dotted path leads to something; a lesson marks what an answer might hold, too."""
    for step in path.split("."):
        if isinstance(body, list) and step.isdigit() and int(step) < len(body):
            body = body[int(step)]
        elif isinstance(body, dict) and step in body:
            body = body[step]
        else:
            return False
    return True


def _fields(exchange: Exchange) -> Iterator[str]:
    for key, value in body_of(exchange).items():
        yield str(key)
        if isinstance(value, dict):
            yield from (f"{key}.{inner}" for inner in value)


def _state(said: str, exchange: Exchange) -> tuple[str, bool]:
    """The resource's own status; `gone` for a 404, `none` where the answer holds no state."""
    body = body_of(exchange)
    resources = [body, *body.values()]
    states = [str(r["status"]) for r in resources if isinstance(r, dict) and isinstance(r.get("status"), str)]
    was = states[0] if states else GONE if exchange.status_code == 404 else NONE
    return was, said.lower() == was.lower()


WHY: dict[str, Callable[[str, str], str]] = {
    "status": _status_why,
    "header": _header_why,
    "state": _state_why,
}
WIRE: dict[str, Callable[[str, Exchange], tuple[str, bool]]] = {
    "status": _status,
    "header": _header,
    "field": _field,
    "state": _state,
}

"""`lab.faults`: break the embedded cloud on purpose, see what it looks like from outside and from inside, and mend it.

What breaks looks as it did in a real OpenStack 2025.2. A real cloud is never broken: there each call raises LabError.
"""

from collections.abc import Callable
from typing import Any

from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.client.inside import Inside
from cloudlab.client.session import Session
from cloudlab.client.tabular import Tabular
from cloudlab.language import N_, _, ngettext

DRIVER = {  # by operation: what it does, and what its failure looks like
    # Translators: is put in for {do} in "The volume driver fails to {do}."
    "create": (N_("make volumes"), N_("A new volume ends in `error`, and GET /messages says why.")),
    "delete": (N_("delete volumes"), N_("A volume that you delete ends in `error_deleting`.")),
    "attach": (
        N_("connect volumes"),
        N_("A volume that you attach is soon `available` again; the server's action failed."),
    ),
    "detach": (
        N_("disconnect volumes"),
        N_("A volume that you detach stays `detaching`; the server's action failed."),
    ),
    "snapshot": (N_("make snapshots"), N_("A new snapshot ends in `error`, and GET /messages says why.")),
    "extend": (
        N_("extend volumes"),
        N_("A volume that you extend ends in `error_extending`, and GET /messages says why."),
    ),
}
LOOKS = {  # by kind: what else looks like what
    "down": N_("Whoever calls it finds nobody there, and what needs it fails."),
    "answers": N_("It does nothing that it is asked, for you or another service."),
    "slow": N_("Each call to it lasts {seconds:g} s longer."),
    "surprise": N_("What needs it fails."),
    "no_room": N_("A new server ends in ERROR: no valid host was found."),
    "lose": N_("If a cast is lost, nothing happens; if a call is lost, its sender waits 60 s for nothing."),
}
SURPRISE = N_("One service fails now. Which one, you have to find.")
AFTER = N_("What failed meanwhile stays as it is.")
Json = dict[str, Any]


def _nothing() -> None:
    """There is nothing to mend."""


class Told:
    """A sentence for the learner. What it tells of is mended at the end of a `with` block that begins with it."""

    def __init__(self, sentence: str, mend: Callable[[], Any] = _nothing) -> None:
        self._sentence, self._mend = sentence, mend

    def __repr__(self) -> str:
        return self._sentence

    def __enter__(self) -> "Told":
        print(self._sentence)
        return self

    def __exit__(self, *error: object) -> None:
        self._mend()


class Faults(Tabular):
    """What is broken now, as a table; each method breaks one thing, or mends it, and says what that looks like.

    Every method raises LabError for a wrong name or number, with what can be given, and on a real cloud.
    """

    def __init__(self, inside: Inside, session: Session) -> None:
        self._inside, self._session = inside, session

    def down(self, service: str) -> Told:
        """A service is away: whoever calls it, you or another service, is refused."""
        return self._break(kind="down", service=service)

    def up(self, service: str) -> Told:
        """The service is back."""
        return self._mend("down", service)

    def answers(self, service: str, status: int, times: int | None = None) -> Told:
        """A service answers 500 or 503 to its next calls, whoever makes them; without `times` until it is mended."""
        return self._break(kind="answers", service=service, status=status, times=times)

    def slow(self, service: str, seconds: float) -> Told:
        """Each call to a service lasts so much longer."""
        return self._break(kind="slow", service=service, seconds=seconds)

    def no_room(self) -> Told:
        """No host has room for another server."""
        return self._break(kind="no_room")

    def driver_fails(self, operation: str, times: int | None = None) -> Told:
        """The volume driver fails in create, delete, attach, detach, snapshot or extend."""
        return self._break(kind="driver_fails", operation=operation, times=times)

    def lose(self, message: str, times: int | None = 1) -> Told:
        """The next messages of this name get lost inside the cloud. `lab.journal` shows names, and what was lost."""
        return self._break(kind="lose", message=message, times=times)

    def expire(self, token: str | Exchange | None = None) -> Told:
        """A token ends now: yours, or the one that an exchange gave or sent, or the one whose text you give."""
        ended = token if isinstance(token, str) else _token_of(token) if token else self._session.token
        if not ended:
            raise LabError(_("There is no token to end. Log in and set lab.token, or give expire() a token."))
        self._order("POST", "/faults", kind="expire", token=ended)
        return Told(_("The token has ended: every service answers 401 to it. Get a new one to go on."))

    def surprise(self) -> Told:
        """One service fails from now on, and you aren't told which: find it (lesson 08)."""
        self._order("POST", "/faults/surprise")
        return Told(_(SURPRISE) + " " + _("Mend it with {call}.", call="lab.faults.clear()"), self.clear)

    def clear(self) -> Told:
        """Mend everything."""
        self._order("POST", "/faults/clear")
        return Told(_("Everything is mended.") + " " + _(AFTER))

    def _break(self, **order: Any) -> Told:
        fault = self._order("POST", "/faults", **order)["fault"]
        said = " ".join((*in_words(fault), _("Mend it with {call}.", call=mended_by(fault))))
        return Told(said, lambda: self._mend(fault["kind"], fault["what"]))

    def _mend(self, kind: str, what: str) -> Told:
        self._order("POST", "/faults/clear", kind=kind, what=what)
        return Told(_("{service} is up again.", service=what) + " " + _(AFTER))

    def _order(self, method: str, path: str, **order: Any) -> Json:
        return self._inside.order(method, path, **{name: v for name, v in order.items() if v is not None})

    def _table(self) -> Any:
        from cloudlab.show.table import Table

        faults = self._order("GET", "/faults")["faults"]
        rows = [(*in_words(fault), mended_by(fault)) for fault in faults]
        columns = [_("what is broken"), _("what it looks like"), _("mend it with")]
        return Table(columns, rows or [(_("nothing"), "", "")])


def _token_of(exchange: Exchange) -> str:
    """The token that keystone gave in the exchange, else the one that it was made with. Raises LabError."""
    if not isinstance(exchange, Exchange):
        raise LabError(_("expire() takes a token's text, or the exchange that it came from."))
    given = exchange.headers.get("X-Subject-Token")
    return str(given or exchange.request.headers.get("X-Auth-Token") or "")


def mended_by(fault: Json) -> str:
    """What to type."""
    return f'lab.faults.up("{fault["what"]}")' if fault["kind"] == "down" else "lab.faults.clear()"


def in_words(fault: Json) -> tuple[str, str]:
    """What is broken, and what it looks like."""
    kind, what = fault["kind"], fault["what"]
    looks = DRIVER[what][1] if kind == "driver_fails" else LOOKS[kind]
    return _broken(kind, what, fault), _(looks, seconds=fault["seconds"])


def _broken(kind: str, what: str, fault: Json) -> str:
    if kind == "down":
        return _("{service} is down.", service=what)
    if kind == "slow":
        return _("{service} is slow.", service=what)
    if kind == "no_room":
        return _("No host has room.")
    if kind == "surprise":
        return _(SURPRISE)
    if kind == "answers":
        return _answers(what, fault["status"], fault["left"])
    return _fails(_(DRIVER[what][0]), fault["left"]) if kind == "driver_fails" else _lost(what, fault["left"])


# How often it happens yet is a part of the sentence; None: until it is mended.


def _answers(service: str, status: int, left: int | None) -> str:
    told = {"service": service, "status": status}
    if left is None:
        return _("{service} answers {status}.", **told)
    return ngettext(
        "{service} answers {status} the next time.",
        "{service} answers {status} the next {n} times.",
        left,
        **told,
    )


def _fails(do: str, left: int | None) -> str:
    if left is None:
        # Translators: {do} is "make volumes" and the like
        return _("The volume driver fails to {do}.", do=do)
    # Translators: {do} is "make volumes" and the like
    return ngettext(
        "The volume driver fails the next time to {do}.",
        "The volume driver fails the next {n} times to {do}.",
        left,
        do=do,
    )


def _lost(message: str, left: int | None) -> str:
    if left is None:
        # Translators: {message} is a message's name, such as create_volume
        return _("{message} gets lost.", message=message)
    # Translators: {message} is a message's name, such as create_volume
    return ngettext(
        "{message} gets lost the next time.", "{message} gets lost the next {n} times.", left, message=message
    )

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

DRIVER = {  # by operation: what it does, and what its failure looks like
    "create": ("make volumes", "A new volume ends in `error`, and GET /messages says why."),
    "delete": ("delete volumes", "A volume that you delete ends in `error_deleting`."),
    "attach": (
        "connect volumes",
        "A volume that you attach is soon `available` again; the server's action failed.",
    ),
    "detach": (
        "disconnect volumes",
        "A volume that you detach stays `detaching`; the server's action failed.",
    ),
    "snapshot": ("make snapshots", "A new snapshot ends in `error`, and GET /messages says why."),
    "extend": (
        "extend volumes",
        "A volume that you extend ends in `error_extending`, and GET /messages says why.",
    ),
}
SURPRISE = "One service fails now. Which one, you have to find."
AFTER = "What failed meanwhile stays as it is."
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
            raise LabError("There is no token to end. Log in and set lab.token, or give expire() a token.")
        self._order("POST", "/faults", kind="expire", token=ended)
        return Told("The token has ended: every service answers 401 to it. Get a new one to go on.")

    def surprise(self) -> Told:
        """One service fails from now on, and you aren't told which: find it (lesson 08)."""
        self._order("POST", "/faults/surprise")
        return Told(f"{SURPRISE} Mend it with lab.faults.clear().", self.clear)

    def clear(self) -> Told:
        """Mend everything."""
        self._order("POST", "/faults/clear")
        return Told(f"Everything is mended. {AFTER}")

    def _break(self, **order: Any) -> Told:
        fault = self._order("POST", "/faults", **order)["fault"]
        said = " ".join((*in_words(fault), f"Mend it with {mended_by(fault)}."))
        return Told(said, lambda: self._mend(fault["kind"], fault["what"]))

    def _mend(self, kind: str, what: str) -> Told:
        self._order("POST", "/faults/clear", kind=kind, what=what)
        return Told(f"{what} is up again. {AFTER}")

    def _order(self, method: str, path: str, **order: Any) -> Json:
        return self._inside.order(method, path, **{name: v for name, v in order.items() if v is not None})

    def _table(self) -> Any:
        from cloudlab.show.table import Table

        faults = self._order("GET", "/faults")["faults"]
        rows = [(*in_words(fault), mended_by(fault)) for fault in faults]
        return Table(["what is broken", "what it looks like", "mend it with"], rows or [("nothing", "", "")])


def _token_of(exchange: Exchange) -> str:
    """The token that keystone gave in the exchange, else the one that it was made with. Raises LabError."""
    if not isinstance(exchange, Exchange):
        raise LabError("expire() takes a token's text, or the exchange that it came from.")
    given = exchange.headers.get("X-Subject-Token")
    return str(given or exchange.request.headers.get("X-Auth-Token") or "")


def mended_by(fault: Json) -> str:
    """What to type."""
    return f'lab.faults.up("{fault["what"]}")' if fault["kind"] == "down" else "lab.faults.clear()"


def in_words(fault: Json) -> tuple[str, str]:
    """What is broken, and what it looks like."""
    what, left = fault["what"], fault["left"]
    until = "" if left is None else " the next time" if left == 1 else f" the next {left} times"
    if fault["kind"] == "down":
        return f"{what} is down.", "Whoever calls it finds nobody there, and what needs it fails."
    if fault["kind"] == "answers":
        return (
            f"{what} answers {fault['status']}{until}.",
            "It does nothing that it is asked, for you or another service.",
        )
    if fault["kind"] == "slow":
        return f"{what} is slow.", f"Each call to it lasts {fault['seconds']:g} s longer."
    if fault["kind"] == "surprise":
        return SURPRISE, "What needs it fails."
    if fault["kind"] == "no_room":
        return "No host has room.", "A new server ends in ERROR: no valid host was found."
    if fault["kind"] == "driver_fails":
        return f"The volume driver fails{until} to {DRIVER[what][0]}.", DRIVER[what][1]
    return (
        f"{what} gets lost{until}.",
        "If a cast is lost, nothing happens; if a call is lost, its sender waits 60 s for nothing.",
    )

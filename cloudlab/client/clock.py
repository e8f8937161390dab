"""`lab.clock`: the cloud's time in the learner's hand. Only an embedded cloud has one to steer."""

from datetime import datetime
from numbers import Real
from typing import Any

from cloudlab.client.errors import LabError
from cloudlab.client.inside import Inside
from cloudlab.language import N_, _, retold

NOTHING = N_("Nothing is due, so the clock stays. Ask the cloud for something, then step again.")


class CloudClock:
    """The clock by which everything in the cloud goes: servers are built by it, and tokens end by it.

    Pause it, and you can look at each state as long as you like; `step()` takes you to the next event. At ×100 a server
    is there at once, and a token of one hour ends after 36 seconds. `print(lab.clock)` says how it stands.
    Everything raises LabError on a real cloud, whose time is not yours.
    """

    def __init__(self, inside: Inside) -> None:
        self._inside = inside

    @property
    def now(self) -> datetime:
        """The cloud's time, UTC."""
        return datetime.fromisoformat(self.look()["now"])

    @property
    def next(self) -> datetime | None:
        """When the next event is due, UTC; None when none waits."""
        due = self.look()["next"]
        return datetime.fromisoformat(due) if due else None

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return self.look()["paused"]

    @property
    def speed(self) -> float:
        """How many times as quickly as the real time it goes when it isn't paused, 0.1 to 100. It can be set."""
        return self.look()["speed"]

    @speed.setter
    def speed(self, value: float) -> None:
        self.steer(speed=value)

    def pause(self) -> None:
        """Have it stand still. Requests are answered, and nothing else happens until `run()` or `step()`."""
        print(how_it_stands(self.steer(paused=True)))

    def run(self, speed: float = 1.0) -> None:
        """Let it run, `speed` times as quickly as the real time: 0.1 to 100. Tokens end sooner at a high speed, too."""
        print(how_it_stands(self.steer(speed=speed, paused=False)))

    def step(self) -> None:
        """Jump to the next event, also while paused, and print what happens: one line an event."""
        print("\n".join(self.step_lines()))

    def look(self) -> dict[str, Any]:
        """How it stands, as the cloud says it: now, speed, paused, next, next_event, waiting."""
        return self._inside.order("GET", "/clock")

    def steer(self, **wanted: Any) -> dict[str, Any]:
        """The order behind the others: `speed`, `paused` or both. How it stands then. Raises LabError."""
        plain = {name: _plain(value) for name, value in wanted.items()}
        return self._inside.order("POST", "/clock", **plain)

    def step_lines(self) -> list[str]:
        """What `step` prints."""
        done = self._inside.order("POST", "/clock/step")
        return [f"+{done['seconds']:.2f} s  {retold(event)}" for event in done["events"]] or [_(NOTHING)]

    def __repr__(self) -> str:
        try:
            stands = self.look()
        except LabError as error:
            return str(error)
        return f"{how_it_stands(stands)}\n{what_comes(stands)}"

    def _repr_html_(self) -> str:
        from cloudlab.show.table import Table

        try:
            stands = self.look()
        except LabError as error:
            return Table([_("the cloud's clock")], [[error]])._repr_html_()
        columns = [_("the cloud's clock"), _("speed"), _("next event")]
        return Table(columns, [[time_of(stands), pace_of(stands), what_comes(stands)]])._repr_html_()


def _plain(value: Any) -> Any:
    """As JSON can say it: numpy's numbers are numbers, too. The cloud says what is wrong with anything else."""
    if isinstance(value, int):  # True and False, too
        return value
    return float(value) if isinstance(value, Real) else str(value)


def time_of(stands: dict[str, Any]) -> str:
    moment = datetime.fromisoformat(stands["now"]).replace(tzinfo=None)
    return f"{moment.isoformat(' ', 'milliseconds')} UTC"


def pace_of(stands: dict[str, Any]) -> str:
    return _("paused") if stands["paused"] else f"×{stands['speed']:g}"


def how_it_stands(stands: dict[str, Any]) -> str:
    """The time and the speed, in a line."""
    time, pace = time_of(stands), pace_of(stands)
    if stands["paused"]:
        return _("The cloud's clock shows {time}, and it is paused.", time=time)
    # Translators: {pace} is ×1, ×100, …
    return _("The cloud's clock shows {time}, and it runs at {pace}.", time=time, pace=pace)


def what_comes(stands: dict[str, Any]) -> str:
    """The next event and how far it is, in a line."""
    if stands["next"] is None:
        return _("No event waits.")
    ahead = datetime.fromisoformat(stands["next"]) - datetime.fromisoformat(stands["now"])
    seconds, event, more = max(ahead.total_seconds(), 0), retold(stands["next_event"]), stands["waiting"] - 1
    if more <= 0:
        return _("Next, in {seconds:.2f} s: {event}.", seconds=seconds, event=event)
    # Translators: {more} is how many events wait after that one
    return _("Next, in {seconds:.2f} s: {event} ({more} more wait).", seconds=seconds, event=event, more=more)

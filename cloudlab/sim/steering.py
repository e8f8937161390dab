"""The cloud's clock in its owner's hand: look at it, pause it, have it run at another speed, step to the next event.

A cloud's time is one for all its services. So everything goes by it: at another speed servers are built and tokens
end sooner or later, and while it stands still nothing is done but what a request does itself.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from cloudlab.language import as_json, said
from cloudlab.sim import tasks
from cloudlab.sim.clock import SteeredClock, Steering
from cloudlab.sim.errors import BadOrder
from cloudlab.sim.events import in_words

if TYPE_CHECKING:
    from cloudlab.sim.cloud import Cloud


def clock_of(cloud: "Cloud") -> SteeredClock:
    """The cloud's clock, if it can be steered. Raises BadOrder."""
    if not isinstance(cloud.clock, SteeredClock):
        raise BadOrder(said("this cloud's clock can't be steered"))
    return cloud.clock


def look(cloud: "Cloud") -> dict[str, Any]:
    """{now, speed, paused, waiting: how many tasks wait, next: when the first is due (null: none), next_event: its
    words, as `language.as_json` has them}. Times are ISO 8601, UTC. Nothing changes.
    """
    clock = clock_of(cloud)
    with cloud.alone(), cloud.store.transaction() as session:
        task = tasks.first(session)
        return {
            "now": clock.now().isoformat(),
            "speed": clock.steering.speed,
            "paused": clock.steering.paused,
            "waiting": session.scalar(select(func.count()).select_from(tasks.Task)),
            "next": task.due.isoformat() if task else None,
            "next_event": as_json(in_words(session, task)) if task else None,
        }


def steer(cloud: "Cloud", order: dict[str, Any]) -> dict[str, Any]:
    """{speed} or {paused: true or false} or both: so from now on. Answers as `look`. Raises BadOrder."""
    speed, paused = order.get("speed"), order.get("paused")
    if paused is not None and not isinstance(paused, bool):
        raise BadOrder(said("paused is true or false"))
    with cloud.alone():
        try:
            steering = clock_of(cloud).steered(speed, paused)
        except ValueError as error:
            raise BadOrder(error.args[0]) from error
        follow(cloud, steering)
    return look(cloud)


def follow(cloud: "Cloud", steering: Steering) -> None:
    """Kept first: a cloud that is killed goes on at the speed that its owner saw."""
    cloud.keep({"clock": steering.as_dict()})
    clock_of(cloud).follow(steering)


def step(cloud: "Cloud") -> dict[str, Any]:
    """The clock jumps to the next event, which happens: all tasks that are due then, and what they bring about at once.

    Also while it is paused. Answers as `look`, with {events: their words, in order; seconds: how far it jumped}.
    """
    with cloud.alone():
        clock = clock_of(cloud)
        before, due = clock.now(), _next_time(cloud)
        events: list[Any] = []
        if due is not None:
            follow(cloud, clock.at(max(before, due)))
            events = _happen(cloud, due)
        seconds = (max(before, due or before) - before).total_seconds()
        return {**look(cloud), "events": events, "seconds": seconds}


def _next_time(cloud: "Cloud") -> datetime | None:
    with cloud.store.transaction() as session:
        return tasks.next_time(session)


def _happen(cloud: "Cloud", due: datetime) -> list[Any]:
    """Run what is due at that time, one by one; what each was. Raises BadOrder where a full disk stops one."""
    events: list[Any] = []
    while True:
        with cloud.store.transaction() as session:
            task = tasks.next_due(session, due)
            words = as_json(in_words(session, task)) if task else None
        if words is None:
            return events
        if not cloud.run_next(due):
            raise BadOrder(said("What is due can't be kept: is the disk full? Make room, and step again."))
        events.append(words)

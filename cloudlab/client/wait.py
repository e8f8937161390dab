"""The visible polling loop: GET the resource until it is what was asked for, and print each poll as a line."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.client.session import Session
from cloudlab.language import N_, _

GONE, THERE = "gone", "there"
BAR = 6  # characters
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=1)
GO_ON = N_("lab.clock.run() lets it run, lab.clock.step() goes to the next event.")
# The states on the way to a wanted one, in their recorded order: how far the bar is. Others show no progress.
ROADS: dict[str, tuple[str, ...]] = {
    "ACTIVE": (
        "BUILD / scheduling",
        "BUILD",
        "BUILD / networking",
        "BUILD / block_device_mapping",
        "BUILD / spawning",
        "ACTIVE",
    ),
    "SHUTOFF": ("ACTIVE", "ACTIVE / powering-off", "SHUTOFF"),
    "available": ("creating", "downloading", "detaching", "available"),
    "in-use": ("available", "reserved", "attaching", "in-use"),
    GONE: ("deleting", "DELETED", GONE),
}

# Line ("": none this time), how far (0 to 1), state
Say = Callable[[str, float, str], None]


class News:
    """Which polls of a long wait are worth a line: a new state; the same one after 5, 10, 20 … 60 seconds."""

    def __init__(self) -> None:
        self._state, self._since = "", timedelta(0)
        self._pause = FIRST_PAUSE

    def is_new(self, state: str, spent: timedelta) -> bool:
        if state != self._state:
            self._state, self._since, self._pause = state, spent, FIRST_PAUSE
            return True
        if spent - self._since < self._pause:
            return False
        self._since, self._pause = spent, min(2 * self._pause, LONGEST_PAUSE)
        return True

    @staticmethod
    def patience(spent: timedelta) -> float:
        """Seconds to the next poll, at least: what has taken long is asked less often."""
        return min(spent.total_seconds() / 20, 5.0)


def resource_url(target: Any, root: str = "") -> str:
    """The URL to poll: a URL itself, a resource (or an answer that holds one) by its self link, or an Exchange.

    Raises LabError if the target doesn't say where the resource is.
    """
    if isinstance(target, str):
        return target
    if isinstance(target, Exchange):
        return _from_exchange(target)
    if isinstance(target, dict):
        found = _self_link(target)
        if found:
            return urljoin(root, found)
    raise LabError(
        _(
            "lab.wait takes a URL, an exchange, or a resource with its links. This one doesn't say where it is."
        )
    )


def _from_exchange(exchange: Exchange) -> str:
    url = exchange.request.url
    body = _json(exchange)
    found = _self_link(body) or exchange.headers.get("Location")
    if found and exchange.request.method == "POST":
        return urljoin(url, found)
    plain = url.split("?", 1)[0].rstrip("/")
    if exchange.request.method == "POST":
        if not exchange.ok:
            raise LabError(
                _(
                    "The answer was {status}, so there is nothing to wait for. "
                    "Its body says why: show the answer, and read the message.",
                    status=f"{exchange.status_code} {exchange.reason}",
                )
            )
        if plain.endswith("/action"):
            return plain.removesuffix("/action")
        resource = _resource(body)
        if resource.get("id") and not plain.endswith("/os-volume_attachments"):
            return f"{plain}/{resource['id']}"
        raise LabError(
            _(
                "This answer doesn't say which resource to wait for. Give lab.wait the resource's own URL "
                "(after an attach: the volume's)."
            )
        )
    return urljoin(url, found) if found else plain


def _json(exchange: Exchange) -> Any:
    try:
        return exchange.json()
    except ValueError:
        return None


def _resource(body: Any) -> dict[str, Any]:
    """`{"server": {…}}` → the inside; a resource that isn't wrapped (glance) → itself."""
    if not isinstance(body, dict):
        return {}
    inside = list(body.values())
    if len(inside) == 1 and isinstance(inside[0], dict):
        return inside[0]
    return body


def _self_link(body: Any) -> str | None:
    resource = _resource(body)
    for link in resource.get("links") or []:
        if isinstance(link, dict) and link.get("rel") == "self":
            return link.get("href")
    found = resource.get("self")
    return found if isinstance(found, str) else None


def state_of(exchange: Exchange, until: str) -> str:
    """One line's worth of state: `BUILD / networking`, `available`, `gone`; or the status code that came instead.

    What has no status (an attachment) is `there`, and can only be waited for until it is gone.
    """
    if exchange.status_code == 404:
        return GONE
    if not exchange.ok:
        return f"{exchange.status_code} {exchange.reason}"
    resource = _resource(_json(exchange))
    if "status" not in resource and until == GONE:
        return THERE
    if "status" not in resource:
        path = urlsplit(exchange.url).path
        raise LabError(_("What {path} answers has no status to wait for.", path=path))
    task = resource.get("OS-EXT-STS:task_state")
    return f"{resource['status']} / {task}" if task else str(resource["status"])


def fault_of(exchange: Exchange) -> str:
    """What the resource says of its own failure, or ""."""
    fault = _resource(_json(exchange)).get("fault")
    return f"{fault.get('code')}: {fault.get('message')}" if isinstance(fault, dict) else ""


def wait(
    session: Session,
    url: str,
    until: str,
    timeout: float,
    every: float,
    say: Say,
    mark: Any = None,
    purpose: str = "wait",
    headers: dict[str, str] | None = None,
) -> Exchange:
    """Poll `url` every `every` seconds for at most `timeout`, one line each; the last Exchange, whatever it says.

    On a real cloud, where it can take minutes, a line comes with each change, and in between only now and then.
    It ends when the status is `until` (case aside) with nothing left to do, on an error, on `gone`, in time, and while
    the cloud's clock is paused.
    """
    clock = session.transport.clock
    start = clock.now()
    news = News() if session.transport.real else None
    while True:
        exchange = session.request("GET", url, purpose=purpose, mark=mark, headers=headers)
        state, spent = state_of(exchange, until), clock.now() - start
        over = _verdict(exchange, state, until)
        line = _line(spent, state, until)
        if news is not None:
            line = line + _percent(exchange) if over is not None or news.is_new(state, spent) else ""
        say(line, _how_far(state, until), state)
        if over is None:
            over = _enough(session, state, spent, timeout)
        if over:
            say(over, 1.0, state)
        if over is not None:
            return exchange
        clock.sleep(every if news is None else max(every, news.patience(spent)))


def print_line(line: str, how_far: float, state: str) -> None:
    """A `Say` without a bar."""
    if line:
        print(line)


def stands_still(session: Session) -> bool:
    """Whether the learner has paused the cloud's clock: then nothing changes, however long one waits."""
    control = session.transport.control
    if control is None:
        return False
    try:
        return bool(control("GET", "/clock", {})["paused"])
    except LabError:
        return False  # the next poll says better what is the matter


def _verdict(exchange: Exchange, state: str, until: str) -> str | None:
    """None: go on. Otherwise over; with a sentence if it isn't what was asked for."""
    if state.lower() == until.lower():
        return ""
    if state == GONE:
        return _("It is gone (404): it will not become {state}.", state=until)
    if not exchange.ok:
        return _("The question itself was refused: {status}.", status=state)
    if state.lower().startswith(("error", "killed")):
        fault = fault_of(exchange)
        ended = _("It ended in {state}.", state=state)
        return ended + " " + _("The fault says: {fault}", fault=fault) if fault else ended
    return None


def _enough(session: Session, state: str, spent: timedelta, timeout: float) -> str | None:
    """None: go on. Otherwise over, though nothing is wrong, with a sentence."""
    if stands_still(session):
        return _("Still {state}, and the cloud's clock is paused.", state=state) + " " + _(GO_ON)
    if spent >= timedelta(seconds=timeout):
        return _("Still {state} after {time:g} s: not waiting any longer.", state=state, time=timeout)
    return None


def _how_far(state: str, until: str) -> float:
    road = ROADS.get(until, ())
    task = state.rpartition(" / ")[2]
    state = state if state in road else task  # `SHUTOFF / deleting` is as far as `ACTIVE / deleting`
    return (road.index(state) + 1) / len(road) if state in road else 0.0


def _percent(exchange: Exchange) -> str:
    """Nova's own count, where its driver keeps one; 0 and 100 tell nothing that the state doesn't."""
    progress = _resource(_json(exchange)).get("progress")
    return f"  {progress} %" if isinstance(progress, int) and 0 < progress < 100 else ""


def _line(spent: timedelta, state: str, until: str) -> str:
    done = 1.0 if state.lower() == until.lower() else _how_far(state, until)
    full = round(done * BAR)
    bar = "▓" * full + "░" * (BAR - full)
    return f"{spent.total_seconds():6.1f} s  {state:<28}  {bar}"

"""Calls as lines, each with its exchange folded under it: what a panel shows of its clicks."""

from collections import deque

from markupsafe import Markup

from cloudlab.client.exchange import Exchange
from cloudlab.language import N_, _
from cloudlab.show.html import as_html
from cloudlab.show.message import message_of
from cloudlab.show.text import printable
from cloudlab.show.words import status_line

KEPT = 10  # lines
ACCEPTED = N_("202: accepted, not done: press Refresh.")
# As wide as its place, however wide an unfolded exchange would like to be.
NARROW = "width:0;min-width:100%;overflow-wrap:anywhere;line-height:1.5"
_FOLD = Markup('<details class="clx-call"><summary><code>{}</code>{}</summary>{}</details>')


class CallLog:
    """The latest KEPT calls and sentences, newest first."""

    def __init__(self) -> None:
        self._parts: deque[Markup] = deque(maxlen=KEPT)

    def call(self, exchange: Exchange) -> None:
        """An exchange: shown without secrets."""
        self._parts.appendleft(folded(exchange))

    def say(self, sentence: str) -> None:
        self._parts.appendleft(Markup("<p>{}</p>").format(printable(sentence)))

    def html(self) -> str:
        """A log that a screen reader reads as it grows; "" while nothing has happened."""
        inside = Markup("").join(self._parts)
        log = Markup('<div role="log" aria-live="polite" aria-label="{}" style="{}">{}</div>')
        return str(log.format(_("Calls, newest first"), NARROW, inside)) if inside else ""


def folded(exchange: Exchange, line: str = "") -> Markup:
    """A line (else the call's own, with what there is to say beside it), and under it the exchange, without secrets."""
    safe = exchange.redacted()
    if line:
        return _FOLD.format(line, "", Markup(as_html(safe)))
    note = Markup(" · <span>{}</span>").format(note_of(safe)) if note_of(safe) else ""
    return _FOLD.format(call_line(safe), note, Markup(as_html(safe)))


def call_line(exchange: Exchange) -> str:
    """`POST http://…/servers → 202 Accepted`."""
    return printable(f"{exchange.request.method} {exchange.request.url} → {status_line(exchange)}")


def note_of(exchange: Exchange) -> str:
    """What to say beside a call: why it was refused, or that it isn't done yet; "" otherwise."""
    if not exchange.ok:
        return printable(message_of(exchange))
    return _(ACCEPTED) if exchange.status_code == 202 else ""

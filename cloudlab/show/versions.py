"""The same GET in two microversions: what differs between the answers, in text and as a table."""

from markupsafe import Markup

from cloudlab.client.exchange import Exchange
from cloudlab.client.redact import Redactor
from cloudlab.language import N_, _, ngettext
from cloudlab.show.calls import NARROW, folded, message_of
from cloudlab.show.difference import value_text
from cloudlab.show.json_difference import Change, json_difference
from cloudlab.show.table import Table
from cloudlab.show.text import printable
from cloudlab.show.words import status_line

SIGNS = {"+": N_("came"), "-": N_("went"), "~": N_("changed")}
COUNTED = {"+": N_("{n} came"), "-": N_("{n} went"), "~": N_("{n} changed")}
HEADER = "OpenStack-API-Version"
# A table that is wider scrolls by itself.
_WIDE = Markup(
    '<div style="overflow-x:auto;overflow-wrap:normal" tabindex="0" role="region" aria-label="{}">{}</div>'
)


class VersionDifference:
    """From the exchange `a` to the exchange `b`. `changes` says what came, went and changed. True if anything differs.

    Answers that refuse have no changes: their statuses and messages are shown.
    """

    def __init__(self, a: Exchange, b: Exchange, redactor: Redactor) -> None:
        self.a, self.b = a, b
        self.changes: list[Change] = []
        self._comparable = a.ok and b.ok
        if self._comparable:
            try:
                self.changes = json_difference(redactor.data(a.json()), redactor.data(b.json()))
            except ValueError:
                self._comparable = False

    def __bool__(self) -> bool:
        return bool(self.changes) or self.a.status_code != self.b.status_code

    def __len__(self) -> int:
        return len(self.changes)

    def __repr__(self) -> str:
        lines = [self._asked(), _answer(self.a), _answer(self.b), self._verdict()]
        return "\n".join([*lines, *(f"{c.sign} {_path(c)}{_values(c)}" for c in self.changes)])

    def _repr_html_(self) -> str:
        head = Markup('<p role="status" style="line-height:1.5">{}<br>{}</p>')
        parts = [
            head.format(self._asked(), self._verdict()),
            *(folded(e, _answer(e)) for e in (self.a, self.b)),
        ]
        if self.changes:
            heads = [_("what"), _("where"), _("before"), _("after")]
            table = Table(heads, [_row(c) for c in self.changes])
            parts.append(_WIDE.format(_("What differs"), Markup(table._repr_html_())))
        return str(Markup('<div style="{}">{}</div>').format(NARROW, Markup("").join(parts)))

    def _asked(self) -> str:
        return printable(f"GET {self.a.redacted().url}")

    def _verdict(self) -> str:
        if self.a.status_code != self.b.status_code:
            return _("The answers differ from their status on.")
        if not self._comparable and self.a.ok:
            return _("Both have the same status, and no JSON to compare.")
        if not self._comparable:
            return _("Both were refused.")
        if not self.changes:
            return _("The bodies are the same.")
        counts = [(sign, sum(c.sign == sign for c in self.changes)) for sign in SIGNS]
        told = ", ".join(_(COUNTED[sign], n=n) for sign, n in counts if n)
        # Translators: {counts} is such as "1 came, 2 changed"
        return ngettext(
            "{n} place in the body differs: {counts}.",
            "{n} places in the body differ: {counts}.",
            len(self.changes),
            counts=told,
        )


def _answer(exchange: Exchange) -> str:
    """`compute 2.36 → 404 Not Found: The resource could not be found.`"""
    safe = exchange.redacted()
    asked, answered = str(safe.request.headers.get(HEADER, "")), str(safe.headers.get(HEADER, ""))
    if answered and answered != asked:
        # Translators: {asked} is the version that was asked for, {version} another one
        asked = _("{asked} (answered in {version})", asked=asked, version=answered.split()[-1])
    why = "" if safe.ok else f": {message_of(safe)}"
    return printable(f"{asked} → {status_line(safe)}{why}")


def _path(change: Change) -> str:
    path = printable(change.path) if change.path else _("(the whole body)")
    # Translators: {path} is such as servers.*.locked
    return _("{path} (in {n} items)", path=path, n=change.count) if change.count > 1 else path


def _values(change: Change) -> str:
    before, after = value_text(change.before), value_text(change.after)
    return {"+": f": {after}", "-": f": {before}", "~": f": {before} → {after}"}[change.sign]


def _row(change: Change) -> list[str]:
    before = "" if change.sign == "+" else value_text(change.before)
    after = "" if change.sign == "-" else value_text(change.after)
    return [f"{change.sign} {_(SIGNS[change.sign])}", _path(change), before, after]

"""The report, Markdown to be pasted into an issue. All of its text goes through one veil before it is shown."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cloudlab.compare import natural
from cloudlab.compare.judge import MISSING, MORE, Difference, kind
from cloudlab.compare.mask import without_ids
from cloudlab.compare.verdict import Verdict
from cloudlab.language import _, ngettext

LONGEST = 300  # characters of a value
Releases = dict[str, tuple[str, str]]  # by service: there, here


def report(
    releases: Releases,
    account: str,
    sections: Mapping[str, list[Verdict]],
    veil: Callable[[str], str],
    all_lines: bool,
) -> str:
    """Both clouds' releases, a section a lesson, and the totals. `account`: who logged in here."""
    lines = [*_head(releases, account), ""]
    for lesson, verdicts in sections.items():
        lines += [f"## {lesson}", "", *_lines(verdicts, all_lines), ""]
    lines.append(totals(sections))
    return veil("\n".join(lines)) + "\n"


def totals(sections: Mapping[str, list[Verdict]]) -> str:
    """How many calls are equal, different, left out."""
    counts = Counter(verdict.mark for verdicts in sections.values() for verdict in verdicts)
    parts = [
        ngettext("{n} call is equal", "{n} calls are equal", counts["="]),
        ngettext("{n} differs", "{n} differ", counts["≠"]),
        ngettext("{n} was left out", "{n} were left out", counts["–"]),
    ]
    return ", ".join(parts) + "."


def _head(releases: Releases, account: str) -> Iterator[str]:
    from cloudlab import __version__

    yield "# cloudlab compare"
    yield ""
    yield _(
        "There: a real cloud. Here: the embedded cloud of cloudlab {version}, as {account}.",
        version=__version__,
        account=account,
    )
    yield ""
    yield "| " + " | ".join((_("service"), _("there"), _("here"))) + " |"
    yield "|---|---|---|"
    for service, (there, here) in releases.items():
        yield f"| {service} | {there} | {here} |"


def _lines(verdicts: list[Verdict], all_lines: bool) -> Iterator[str]:
    """A line a call, and below it a line for each difference. The rest is counted, unless all is asked for."""
    if not all_lines:
        yield from _counted(verdicts)
    for verdict in verdicts:
        if verdict.mark == "≠" or all_lines:
            yield f"- {verdict.mark} {_title(verdict)}"
        for difference in verdict.differences:
            yield f"  - {_difference(difference)}"


def _counted(verdicts: list[Verdict]) -> Iterator[str]:
    """How many calls are equal, and how many were left out for which reason."""
    equal = sum(verdict.mark == "=" for verdict in verdicts)
    if equal:
        yield "- = " + ngettext("{n} call is equal", "{n} calls are equal", equal)
    for why, n in Counter(verdict.left_out for verdict in verdicts if verdict.left_out).items():
        yield "- – " + ngettext("{n} call was left out: {why}", "{n} calls were left out: {why}", n, why=why)


def _title(verdict: Verdict) -> str:
    call = verdict.call
    words = [f"`{call.method} {call.url}`"]
    if call.until:
        words.append(_("until {state}", state=call.until))
    if call.who in ("admin", "neighbour"):
        # Translators: {who} is admin or neighbour, an account
        words.append(_("as {who}", who=call.who))
    if verdict.left_out:
        words.append("– " + _("left out: {why}", why=verdict.left_out))
    else:
        words.append(f"→ {verdict.status}")
    return " ".join(words)


def _difference(found: Difference) -> str:
    nothing = _("nothing")
    there = nothing if found.why == MORE else shown(found.where, found.recorded)
    here = nothing if found.why == MISSING else shown(found.where, found.ours)
    return f"`{without_ids(found.where)}`: " + _("there {there}, here {here}", there=there, here=here)


def shown(where: str, value: Any) -> str:
    """A value as JSON, cut where it is long; what is each cloud's own only by its type."""
    text = json.dumps(_anonymous(where, value), ensure_ascii=False)
    text = without_ids(text).replace("`", "'")
    return "`" + (text if len(text) <= LONGEST else text[:LONGEST] + "…") + "`"


def _anonymous(where: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _anonymous(f"{where}/{name}", held) for name, held in value.items()}
    if isinstance(value, list):
        return [_anonymous(f"{where}/{n}", held) for n, held in enumerate(value)]
    own = any(rule for rule in natural.BOOK.rules if natural.hides(rule, where))
    says_nothing = value is None or value == "" or isinstance(value, bool)
    return f"‹{kind(value)}›" if own and not says_nothing else value

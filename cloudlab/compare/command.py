"""`python -m cloudlab compare`: the walk on both clouds, lesson by lesson, and the report."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cloudlab.client import microversions, realcloud
from cloudlab.client.account import Account
from cloudlab.client.errors import LabError
from cloudlab.client.session import Session
from cloudlab.client.transport import Transport, in_process, published, to_a_real_cloud
from cloudlab.client.veil import Veil
from cloudlab.compare import limits, report
from cloudlab.compare.cleanup import clean
from cloudlab.compare.ids import IdMap
from cloudlab.compare.verdict import Verdict, judged
from cloudlab.compare.walk import WALK, Call
from cloudlab.compare.walker import Walker
from cloudlab.language import _

EQUAL, DIFFERENT, COULD_NOT = 0, 1, 2
PREFIX = "cloudlab-compare"
LOOKS = {"there": 0.5, "here": 0.05}  # seconds from one look at a state to the next
Sections = dict[str, list[Verdict]]


def run(cloud: str | None, lesson: str | None, save: str | None, all_lines: bool) -> int:
    """The command. Raises LabError."""
    lessons = _lessons(lesson)
    if not cloud and not realcloud.is_asked_for():
        raise LabError(_("Which cloud? --cloud NAME, an entry of your clouds.yaml; or set OS_CLOUD."))
    there = to_a_real_cloud(realcloud.read(cloud))
    here = in_process(manual=True, legacy_v2=False)
    try:
        text, sections = compare(there, here, lessons, all_lines)
    except KeyboardInterrupt:
        raise LabError(_("Interrupted: there is no report.")) from None
    finally:
        here.close()
    _write(text, save)
    _progress(report.totals(sections))
    return DIFFERENT if any(one.differences for part in sections.values() for one in part) else EQUAL


def _write(text: str, save: str | None) -> None:
    """Where it was wanted; a walk of minutes isn't lost to a mistyped path. Raises LabError."""
    if not save:
        print(text, end="")
        return
    try:
        Path(save).write_text(text, "utf-8")
    except OSError as error:
        print(text, end="")
        # Translators: {file} is a path, {error} what Python says of it
        told = _(
            "{file} can't be written ({error}), so the report stands above.", file=save, error=error.strerror
        )
        raise LabError(told) from None


def _lessons(wanted: str | None) -> list[str]:
    found = [lesson for lesson in WALK if not wanted or lesson.startswith(wanted)]
    if not found:
        raise LabError(
            # Translators: {lesson} is what was asked for, {lessons} the names that there are
            _(
                "There is no lesson {lesson}. These are compared: {lessons}",
                lesson=wanted,
                lessons=", ".join(WALK),
            )
        )
    return found


def compare(
    there: Transport, here: Transport, lessons: list[str], all_lines: bool = False
) -> tuple[str, Sections]:
    """Both clouds walked; the report, and what it is made of. What was made there is removed. Raises LabError."""
    walkers = _walker(there, LOOKS["there"]), _walker(here, LOOKS["here"])
    for walker in walkers:
        walker.arrive()
        limits.learn(walker, lessons)
        walkers[1].accounts["me"] = _alike(walkers[0].roles)
    with _cleaned(walkers[0]):
        releases = _releases(*walkers)
        sections = _walk(*walkers, lessons)
    account = walkers[1].accounts["me"].name
    return report.report(releases, account, sections, Veil(there.urls.values()).text, all_lines), sections


def _alike(roles: set[str]) -> Account:
    """Who may here what those roles allow there."""
    if "admin" in roles:
        return published("admin")
    only_looks = "reader" in roles and "member" not in roles
    return published("demo_reader", "demo") if only_looks else published("demo")


def _walker(transport: Transport, every: float) -> Walker:
    return Walker(Session(transport), every, f"{PREFIX}-{os.getpid()}")


@contextmanager
def _cleaned(walker: Walker) -> Iterator[None]:
    """Afterwards, however it ended, nothing of the walk is left there; or it is named."""
    try:
        yield
    finally:
        _progress(_("Removing what the comparison made …"))
        left = clean(walker)
        if left:
            _progress(_("This is left in your project, remove it yourself: {left}", left=", ".join(left)))


def _walk(there: Walker, here: Walker, lessons: list[str]) -> Sections:
    """Call by call, there, then here, so that both stay alike. Ids that one lesson brings are known in the next."""
    ids, sections = IdMap(), Sections()
    for lesson in lessons:
        sections[lesson] = list(_lesson(there, here, WALK[lesson], ids))
        _progress(f"{lesson:12} " + report.totals({lesson: sections[lesson]}))
    return sections


def _lesson(there: Walker, here: Walker, calls: Iterable[Call], ids: IdMap) -> Iterator[Verdict]:
    """What one cloud can't be asked, the other isn't, and nothing is waited for that was refused."""
    begun = True
    for call in calls:
        why = there.why_not(call) or here.why_not(call)
        if call.until and not begun:
            why = why or _("what it would wait for wasn't begun")
        if why:
            there.leave_out(call, why)
            here.leave_out(call, why)
            yield Verdict(call, left_out=why)
        else:
            seen = there.act(call), here.act(call)
            yield judged(call, *seen, ids)
        if not call.until:
            begun = not why and all(one.status < 400 for one in seen)


def _releases(there: Walker, here: Walker) -> report.Releases:
    """What the version documents say: nova's, cinder's and placement's highest microversions."""
    return {kind: (_highest(there, kind), _highest(here, kind)) for kind in microversions.SERVICES}


def _highest(walker: Walker, kind: str) -> str:
    try:
        found = microversions.span(walker.session, kind)
    except (LabError, IndexError):
        return "?"
    return found[1] if found else "?"


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)

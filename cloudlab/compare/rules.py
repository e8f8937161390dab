"""What a judge knows beforehand: where answers may differ naturally, each place with its reason.

Paths are `body/…` with list positions as numbers, or `headers/…`; `*` is one part of a path, `**` any number of them.
Which places these are is for whoever compares: natural.py for two clouds, tests/gold/rules.py for recordings.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from typing import Any

from cloudlab.compare.ids import IdMap

Check = Callable[[Any, Any], str | None]  # the real answer, ours → what is wrong

# Headers that are compared. Presence always; the value unless a rule is looser. In SET_HEADERS the order of
# comma-separated words says nothing (RFC 9110, section 5.3).
HEADERS = (
    "content-type",
    "openstack-api-version",
    "x-openstack-nova-api-version",
    "vary",
    "location",
    "www-authenticate",
    "x-subject-token",
    "x-openstack-request-id",
    "x-compute-request-id",
    "retry-after",
    "allow",
    "accept-patch",
    "content-md5",
    "cache-control",
    "last-modified",
    "openstack-image-import-methods",
    "openstack-image-store-ids",
    "x-cloudlab-absent",  # no real service has it: what we don't have is never equal by accident
)
SET_HEADERS = {"vary", "allow", "accept-patch"}
NO_CASE_HEADERS = {"vary"}


@dataclass(frozen=True)
class Rule:
    """At `where` (in steps like `step`) `check` says what is wrong, not plain equality; with `null`, of null, too."""

    where: str
    check: Check
    reason: str
    step: str = "*"
    null: bool = False


@dataclass(frozen=True)
class Extra:
    """Elements of our list at `where` that the real one needn't have."""

    where: str
    is_extra: Callable[[Any, IdMap], bool]
    reason: str
    step: str = "*"


@dataclass(frozen=True)
class Rulebook:
    """All that one comparison declares.

    `sets` are lists whose order says nothing, `same_second` those of single steps. `samples` are lists and objects that
    hold each cloud's own: what only one has is no difference. `rewrites` are (pattern, replacement, reason).
    """

    rules: Sequence[Rule]
    sets: Sequence[str] = ()
    samples: Sequence[str] = ()
    same_second: Mapping[str, Sequence[str]] = field(default_factory=dict)
    extras: Sequence[Extra] = ()
    rewrites: Sequence[tuple[str, str, str]] = ()

    def rule_for(self, step: str, path: str) -> Rule | None:
        """The first rule that speaks of this place."""
        fitting = (rule for rule in self.rules if path_matches(path, rule.where))
        return next((rule for rule in fitting if fnmatch(step, rule.step)), None)

    def is_set(self, step: str, path: str) -> bool:
        """Whether the list's order says nothing."""
        patterns = [*self.sets, *self.samples, *self.same_second.get(step, ())]
        return any(path_matches(path, pattern) for pattern in patterns)

    def is_sample(self, path: str) -> bool:
        """Whether what the list or the object holds is each cloud's own: what both have is compared."""
        return any(path_matches(path, pattern) for pattern in self.samples)

    def rewritten(self, text: str) -> str:
        """A real answer's text with `rewrites` applied."""
        for pattern, replacement, _reason in self.rewrites:
            text = re.sub(pattern, replacement, text)
        return text

    def without_extras(self, step: str, path: str, ours: list[Any], ids: IdMap) -> list[Any]:
        """Our list without what an Extra allows."""
        for extra in self.extras:
            if path_matches(path, extra.where) and fnmatch(step, extra.step):
                ours = [element for element in ours if not extra.is_extra(element, ids)]
        return ours


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*\*", ".*").replace(r"\*", "[^/]*"))


def path_matches(path: str, pattern: str) -> bool:
    """`*` one part of a path, `**` any number of them."""
    return _compiled(pattern).fullmatch(path) is not None


def exact(recorded: Any, ours: Any) -> str | None:
    """Equal, though a wider rule would be looser."""
    return None if recorded == ours else "must be equal"


def shaped(pattern: str) -> Check:
    """Both are text of this form."""
    form = re.compile(pattern, re.DOTALL)

    def check(recorded: Any, ours: Any) -> str | None:
        if not isinstance(recorded, str) or not form.fullmatch(recorded):
            return f"the rule doesn't fit the recording: {pattern}"
        return None if isinstance(ours, str) and form.fullmatch(ours) else f"is not like {pattern}"

    return check


def same_type(recorded: Any, ours: Any) -> str | None:
    """The same JSON type; the value is this host's own."""
    return None if type(recorded) is type(ours) else "another type"


def http_date(recorded: Any, ours: Any) -> str | None:
    """Both are HTTP dates."""
    return shaped(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")(recorded, ours)

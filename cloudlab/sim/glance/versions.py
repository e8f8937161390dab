"""Glance's version documents: every unknown path gets them too (recordings glance/001, 002, 004)."""

from typing import Any

from cloudlab.sim.errors import ApiError
from cloudlab.sim.web import Call, Reply

# In the order in which release 31 lists them: those that need a second store come first.
MINORS = (15, 13, 12, 11, 10, 9, 8, 17, 7, 6, 5, 4, 3, 2, 1, 0)
CURRENT = 17


class MultipleChoices(ApiError):
    """A path without a version that is known: 300."""

    status = 300


def versions(call: Call) -> dict[str, Any]:
    links = [{"rel": "self", "href": f"{call.root}/v2/"}]
    return {
        "versions": [
            {"id": f"v2.{minor}", "status": "CURRENT" if minor == CURRENT else "SUPPORTED", "links": links}
            for minor in MINORS
        ]
    }


def is_known(api: str) -> bool:
    """Whether `v2` or `v2.N` is a version of this service."""
    return api == "v2" or api.partition(".")[2] in {str(minor) for minor in MINORS}


class Root:
    """GET /: 300."""

    def get(self, call: Call) -> Reply:
        return Reply(300, versions(call))


class Versions:
    """GET /versions: 200."""

    def get(self, call: Call) -> dict[str, Any]:
        return versions(call)

"""Nova's version documents (recordings nova_v21/001_root to 005_v21_token)."""

from typing import Any

from cloudlab.sim.microversion import text
from cloudlab.sim.nova.negotiation import MAX_VERSION, MIN_VERSION
from cloudlab.sim.web import Call

VERSIONS: tuple[dict[str, str], ...] = (
    {
        "id": "v2.0",
        "status": "DEPRECATED",
        "version": "",
        "min_version": "",
        "updated": "2025-07-04T12:00:00Z",
    },
    {
        "id": "v2.1",
        "status": "CURRENT",
        "version": text(MAX_VERSION),
        "min_version": text(MIN_VERSION),
        "updated": "2013-07-23T11:33:21Z",
    },
)
PATHS = {"v2.0": "v2", "v2.1": "v2.1"}


def _self_link(call: Call, version: dict[str, str]) -> dict[str, str]:
    return {"rel": "self", "href": f"{call.root}/{PATHS[version['id']]}/"}


class Versions:
    """`/`: every version of the API."""

    def get(self, call: Call) -> Any:
        return {"versions": [{**version, "links": [_self_link(call, version)]} for version in VERSIONS]}


class Version:
    """`/v2/` and `/v2.1/`: one version."""

    def get(self, call: Call) -> Any:
        version = VERSIONS[0] if call.legacy else VERSIONS[1]
        manual = {"rel": "describedby", "type": "text/html", "href": "http://docs.openstack.org/"}
        number = "2" if call.legacy else "2.1"
        media = {
            "base": "application/json",
            "type": f"application/vnd.openstack.compute+json;version={number}",
        }
        return {"version": {**version, "links": [_self_link(call, version), manual], "media-types": [media]}}

"""Keystone's version documents (recordings keystone/001 … 003)."""

from typing import Any

from cloudlab.sim.web import Call, Reply


def v3(call: Call) -> dict[str, Any]:
    """Version 3.14, of release 2025.2."""
    return {
        "id": "v3.14",
        "status": "stable",
        "updated": "2020-04-07T00:00:00Z",
        "links": [{"rel": "self", "href": f"{call.root}/v3/"}],
        "media-types": [
            {"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"},
        ],
    }


def v2(call: Call) -> dict[str, Any]:
    """Version 2.0, as its last releases described it: deprecated."""
    return {
        "id": "v2.0",
        "status": "deprecated",
        "updated": "2016-08-04T00:00:00Z",
        "links": [
            {"rel": "self", "href": f"{call.root}/v2.0/"},
            {"rel": "describedby", "type": "text/html", "href": "https://docs.openstack.org/"},
        ],
        "media-types": [
            {"base": "application/json", "type": "application/vnd.openstack.identity-v2.0+json"},
        ],
    }


class Root:
    """GET /: 300, which versions there are."""

    def get(self, call: Call) -> Reply:
        versions = [v3(call), *([v2(call)] if call.cloud.legacy_v2 else [])]
        return Reply(300, {"versions": {"values": versions}}, {"Location": f"{call.root}/v3/"})

    head = get


class V3:
    """GET /v3."""

    def get(self, call: Call) -> dict[str, Any]:
        return {"version": v3(call)}

    head = get

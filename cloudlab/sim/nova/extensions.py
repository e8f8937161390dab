"""`/extensions`: what clients of 2014 asked before they used anything (recordings nova_*/007; one alone on 2025.2)."""

from typing import Any

from cloudlab.sim.errors import NotFound
from cloudlab.sim.nova import policy
from cloudlab.sim.nova.extension_names import EXTENSIONS
from cloudlab.sim.web import Call

Json = dict[str, Any]
ONLY_V2 = "OS-EXT-VIF-NET"


def _all(call: Call) -> list[Json]:
    return [
        {
            "alias": alias,
            "description": description,
            "links": [],
            "name": name,
            "namespace": "http://docs.openstack.org/compute/ext/fake_xml",
            "updated": "2014-12-03T00:00:00Z",
        }
        for alias, name, description in EXTENSIONS
        if call.legacy or alias != ONLY_V2
    ]


class Extensions:
    """`/extensions`."""

    def get(self, call: Call) -> Json:
        policy.enforce(call.scope, "extensions")
        return {"extensions": _all(call)}


class OneExtension:
    """`/extensions/{alias}`."""

    def get(self, call: Call, alias: str) -> Json:
        policy.enforce(call.scope, "extensions")
        for extension in _all(call):
            if extension["alias"] == alias:
                return {"extension": extension}
        raise NotFound("The resource could not be found.")

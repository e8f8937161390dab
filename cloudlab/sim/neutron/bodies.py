"""Request bodies beside those of the resources themselves (`attributes.py`)."""

from cloudlab.sim.errors import BadJson
from cloudlab.sim.neutron.kind import Json
from cloudlab.sim.web import Call


def read(call: Call) -> Json:
    """The body, which must be an object. Raises BadJson."""
    if not isinstance(call.json, dict):
        raise BadJson("Body contains invalid data")
    return call.json

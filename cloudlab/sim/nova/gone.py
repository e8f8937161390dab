"""What nova once had and now only says farewell for: cells v1 (recording nova_v21/065_os_cells)."""

from typing import Any

from cloudlab.sim.errors import Gone
from cloudlab.sim.web import Call


class Removed:
    """410 for every method that the resource once had."""

    def get(self, call: Call, **parameters: str) -> Any:
        raise Gone("This resource is no longer available. No forwarding address is given.")

    post = put = delete = get

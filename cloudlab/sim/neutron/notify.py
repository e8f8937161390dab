"""What neutron tells nova about a server's ports: os-server-external-events (recording east_west_server_create)."""

from cloudlab.sim.neutron.model import Port
from cloudlab.sim.scope import Scope

PLUGGED, DELETED, CHANGED = "network-vif-plugged", "network-vif-deleted", "network-changed"


def is_servers(port: Port) -> bool:
    return bool(port.device_id) and port.device_owner.startswith("compute:")


def nova(scope: Scope, port: Port, event: str) -> None:
    """Send one event. What nova answers (it may not know the server any more) changes nothing here."""
    body = {"server_uuid": port.device_id, "name": event, "tag": port.id}
    if event == PLUGGED:
        body["status"] = "completed"
    headers = {"X-OpenStack-Nova-API-Version": "2.1"}
    scope.ask_as_service(
        "nova", "POST", "/v2.1/os-server-external-events", body={"events": [body]}, headers=headers
    )

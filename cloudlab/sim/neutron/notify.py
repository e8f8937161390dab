"""What neutron tells about ports: nova by os-server-external-events, its own agents by messages to all of them.

Which and in which order: recordings east_west_server_create and east_west_server_delete.
"""

from contextlib import suppress
from dataclasses import replace

from cloudlab.sim import processes
from cloudlab.sim.errors import PeerFailed
from cloudlab.sim.neutron.model import Port
from cloudlab.sim.scope import Pause, Scope

PLUGGED, DELETED, CHANGED = "network-vif-plugged", "network-vif-deleted", "network-changed"


def is_servers(port: Port) -> bool:
    return bool(port.device_id) and port.device_owner.startswith("compute:")


def agents(scope: Scope, port: Port, *messages: str) -> None:
    """Tell the agents on all hosts: `push` is the port as it is now, the others are older words for the same."""
    for message in messages:
        scope.message("fanout", processes.EVERYBODY, message, port.id)


def nova(scope: Scope, port: Port, event: str) -> None:
    """Send one event. What nova answers (it may not know the server any more) changes nothing here.

    Neutron does it aside: it waits for nothing, and where nova is away it gives up and the event is lost (recorded).
    """
    body = {"server_uuid": port.device_id, "name": event, "tag": port.id}
    if event == PLUGGED:
        body["status"] = "completed"
    # Neutron's notifier begins a chain of its own: from here on the first request's id is lost, as in a real cloud.
    unconnected = scope.cloud.ids.request_id()
    headers = {"X-OpenStack-Nova-API-Version": "2.1", "X-OpenStack-Request-ID": unconnected}
    aside = replace(scope, pause=Pause())
    with suppress(PeerFailed):
        aside.ask_as_service(
            "nova", "POST", "/v2.1/os-server-external-events", body={"events": [body]}, headers=headers
        )

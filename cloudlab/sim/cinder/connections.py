"""The older way to reach a volume from a host: its connection, asked for and given up."""

from typing import Any

from cloudlab.sim import processes
from cloudlab.sim.cinder.attachments_model import connection_info
from cloudlab.sim.cinder.faults import Failure
from cloudlab.sim.cinder.model import Volume
from cloudlab.sim.web import Call


def initialize(call: Call, volume: Volume, wish: Any) -> dict[str, Any]:
    """How the host reaches the volume by iSCSI (seen on 2025.2)."""
    data = connection_info(volume, wish["connector"], None)
    kind = data.pop("driver_volume_type")
    info = {"driver_volume_type": kind, "data": data, "enforce_multipath": data["enforce_multipath"]}
    call.scope.message("call", processes.VOLUME, "initialize_connection", volume.id)
    if call.cloud.faults.driver_fails("attach"):  # read: cinder/api/contrib/volume_actions.py
        raise Failure("Unable to fetch connection information from backend.")
    return {"connection_info": info}


def terminate(call: Call, volume: Volume, wish: Any) -> None:
    """The host lets go. Nothing is kept of a connection, so there is nothing to forget."""
    call.scope.message("call", processes.VOLUME, "terminate_connection", volume.id)
    if call.cloud.faults.driver_fails("detach"):  # read, at the same place
        raise Failure("Unable to terminate volume connection from backend.")

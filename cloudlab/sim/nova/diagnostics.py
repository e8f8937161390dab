"""`/servers/{server_id}/diagnostics` as nova's fake driver answers: the same figures for all (seen on 2025.2)."""

from typing import Any

from cloudlab.sim.errors import Conflict
from cloudlab.sim.nova.server_parts import of_server
from cloudlab.sim.nova.states import RUNNING
from cloudlab.sim.web import Call

Json = dict[str, Any]
OLD: Json = {
    "cpu0_time": 17300000000,
    "memory": 524288,
    "vda_errors": -1,
    "vda_read": 262144,
    "vda_read_req": 112,
    "vda_write": 5778432,
    "vda_write_req": 488,
    "vnet1_rx": 2070139,
    "vnet1_rx_drop": 0,
    "vnet1_rx_errors": 0,
    "vnet1_rx_packets": 26701,
    "vnet1_tx": 140208,
    "vnet1_tx_drop": 0,
    "vnet1_tx_errors": 0,
    "vnet1_tx_packets": 662,
}
NEW: Json = {
    "state": "running",
    "driver": "libvirt",
    "hypervisor": "kvm",
    "hypervisor_os": "ubuntu",
    "uptime": 46664,
    "config_drive": True,
    "num_cpus": 1,
    "num_nics": 1,
    "num_disks": 1,
    "disk_details": [
        {
            "read_bytes": 262144,
            "read_requests": 112,
            "write_bytes": 5778432,
            "write_requests": 488,
            "errors_count": 1,
        }
    ],
    "cpu_details": [{"id": 0, "time": 17300000000, "utilisation": 15}],
    "nic_details": [
        {
            "mac_address": "01:23:45:67:89:ab",
            "rx_octets": 2070139,
            "rx_errors": 100,
            "rx_drop": 200,
            "rx_packets": 26701,
            "rx_rate": 300,
            "tx_octets": 140208,
            "tx_errors": 400,
            "tx_drop": 500,
            "tx_packets": 662,
            "tx_rate": 600,
        }
    ],
    "memory_details": {"maximum": 524288, "used": 0},
}


class Diagnostics:
    """For administrators; in one form for all hypervisors from 2.48."""

    def get(self, call: Call, server_id: str) -> Json:
        server = of_server(call, server_id, "os-server-diagnostics")
        if server.host is None:
            raise Conflict(f"Instance {server.id} is not ready")
        if server.power_state != RUNNING:
            raise Conflict(
                f"Cannot 'get_diagnostics' instance {server.id} while it is in power state {server.power_state}"
            )
        return NEW if call.at_least(48) else OLD

"""Actions that mend or end a server, most of them administrators' (API reference; seen on 2025.2)."""

from typing import Any

from cloudlab.sim import processes
from cloudlab.sim.errors import Conflict
from cloudlab.sim.nova.bodies import Schema
from cloudlab.sim.nova.build import delete
from cloudlab.sim.nova.schemas import closed
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.nova.servers_rules import record
from cloudlab.sim.web import Call, Reply

RESET: Schema = closed(["state"], state={"type": "string", "enum": ["active", "error"]})


def reset_state(call: Call, server: Server, wanted: Any) -> Reply:
    """Say that it is ACTIVE or in ERROR, whatever it does: what was under way is forgotten."""
    action = record(call.scope, server, "resetState")
    server.vm_state, server.task_state = wanted["state"], None
    server.run, server.updated_at = action.number, call.scope.now
    return Reply(202)


def inject_network_info(call: Call, server: Server, wanted: Any) -> Reply:
    """Compute writes the network into the guest: nothing that can be seen from outside."""
    call.scope.message("cast", processes.COMPUTE, "inject_network_info", server.id)
    return Reply(202)


def force_delete(call: Call, server: Server, wanted: Any) -> Reply:
    """As DELETE: this cloud keeps no deleted servers back."""
    delete(call.scope, server)
    return Reply(202)


def restore(call: Call, server: Server, wanted: Any) -> Reply:
    """Of a server that was kept back; there is never one."""
    raise Conflict(f"Cannot 'restore' instance {server.id} while it is in vm_state {server.vm_state}")

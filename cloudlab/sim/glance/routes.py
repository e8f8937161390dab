"""The one table: path → resource. (Being built.)"""

from cloudlab.sim.auth import authenticate
from cloudlab.sim.errors import ApiError
from cloudlab.sim.web import Call, Reply, Service


def fault(call: Call, error: ApiError) -> Reply:
    return Reply(error.status, {"message": error.message})


SERVICE = Service(name="glance", fault=fault, enter=authenticate)

"""What this cloud has none of: federation, policies and other lists that are real, and empty (seen on 2025.2)."""

from typing import Any

from cloudlab.sim.errors import NotFound
from cloudlab.sim.keystone import views
from cloudlab.sim.keystone.policy import admin_or_reader, authenticate
from cloudlab.sim.web import Call


class _NoneOf:
    """GET of a list: for an administrator or a reader of the system."""

    name = ""

    def get(self, call: Call) -> dict[str, Any]:
        admin_or_reader(call, f"identity:list_{self.name}")
        return views.collection(call, self.name, [])

    head = get


class IdentityProviders(_NoneOf):
    name = "identity_providers"


class Mappings(_NoneOf):
    name = "mappings"


class ServiceProviders(_NoneOf):
    name = "service_providers"


class Policies(_NoneOf):
    name = "policies"


class Consumers(_NoneOf):
    name = "consumers"


class EndpointGroups(_NoneOf):
    name = "endpoint_groups"


class _NoSuch:
    """GET of one of them."""

    kind = rule = ""

    def get(self, call: Call, id_: str) -> dict[str, Any]:
        admin_or_reader(call, f"identity:{self.rule}")
        raise NotFound(f"Could not find {self.kind}: {id_}.")

    head = get


class IdentityProvider(_NoSuch):
    kind, rule = "Identity Provider", "get_identity_provider"


class Mapping(_NoSuch):
    kind, rule = "mapping", "get_mapping"


class _NoneForAnybody:
    """GET of a list that every user may look at."""

    name = ""

    def get(self, call: Call) -> dict[str, Any]:
        authenticate(call)
        return views.collection(call, self.name, [])

    head = get


class RegisteredLimits(_NoneForAnybody):
    name = "registered_limits"


class Limits(_NoneForAnybody):
    name = "limits"


class LimitModel:
    """GET /v3/limits/model."""

    def get(self, call: Call) -> dict[str, Any]:
        authenticate(call)
        about = "Limit enforcement and validation does not take project hierarchy into consideration."
        return {"model": {"name": "flat", "description": about}}

    head = get

"""What this cloud has none of: federation, policies and other lists that are real, and empty (seen on 2025.2)."""

from typing import Any

from cloudlab.sim.errors import NotFound
from cloudlab.sim.keystone import views
from cloudlab.sim.keystone.policy import admin_or_reader, authenticate
from cloudlab.sim.web import Call


class _NoneOf:
    """GET of a list: for an administrator or a reader of the system."""

    name = rule = ""

    def get(self, call: Call) -> dict[str, Any]:
        admin_or_reader(call, f"identity:{self.rule}")
        return views.collection(call, self.name, [])

    def head(self, call: Call) -> dict[str, Any]:
        return self.get(call)


class IdentityProviders(_NoneOf):
    name, rule = "identity_providers", "list_identity_providers"


class Mappings(_NoneOf):
    name, rule = "mappings", "list_mappings"


class ServiceProviders(_NoneOf):
    name, rule = "service_providers", "list_service_providers"


class Policies(_NoneOf):
    name, rule = "policies", "list_policies"


class Consumers(_NoneOf):
    name, rule = "consumers", "list_consumers"


class EndpointGroups(_NoneOf):
    name, rule = "endpoint_groups", "list_endpoint_groups"


class _NoSuch:
    """GET of one of them."""

    kind = rule = ""

    def get(self, call: Call, id_: str) -> dict[str, Any]:
        admin_or_reader(call, f"identity:{self.rule}")
        raise NotFound(f"Could not find {self.kind}: {id_}.")

    def head(self, call: Call, id_: str) -> dict[str, Any]:
        return self.get(call, id_)


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

    def head(self, call: Call) -> dict[str, Any]:
        return self.get(call)


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

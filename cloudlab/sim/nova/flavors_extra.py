"""What hangs on a flavor: its extra specs, and the projects that may use one that is not public."""

from typing import Any

from cloudlab.sim.errors import BadRequest, Conflict, NotFound
from cloudlab.sim.nova import policy, schemas
from cloudlab.sim.nova.bodies import action_named, checked
from cloudlab.sim.nova.flavors_model import Flavor, access_list, add_access, get_flavor, remove_access
from cloudlab.sim.nova.projects import verify_project
from cloudlab.sim.web import Call, Reply


def _spec(flavor: Flavor, key: str) -> str:
    if key not in flavor.extra_specs:
        raise NotFound(f"Flavor {flavor.id} has no extra specs with key {key}.")
    return flavor.extra_specs[key]


class ExtraSpecs:
    """`/flavors/{flavor_id}/os-extra_specs`."""

    def get(self, call: Call, flavor_id: str) -> Any:
        policy.enforce(call.scope, "os-flavor-extra-specs:index")
        return {"extra_specs": get_flavor(call.scope, flavor_id).extra_specs}

    def post(self, call: Call, flavor_id: str) -> Any:
        specs = checked(call, schemas.SPECS_CREATE)["extra_specs"]
        policy.enforce(call.scope, "os-flavor-extra-specs:create")
        flavor = get_flavor(call.scope, flavor_id)
        flavor.extra_specs = {**flavor.extra_specs, **{key: str(value) for key, value in specs.items()}}
        return {"extra_specs": specs}


class ExtraSpec:
    """`/flavors/{flavor_id}/os-extra_specs/{key}`."""

    def get(self, call: Call, flavor_id: str, key: str) -> Any:
        policy.enforce(call.scope, "os-flavor-extra-specs:show")
        return {key: _spec(get_flavor(call.scope, flavor_id), key)}

    def put(self, call: Call, flavor_id: str, key: str) -> Any:
        body = checked(call, schemas.SPECS_UPDATE)
        policy.enforce(call.scope, "os-flavor-extra-specs:update")
        if key not in body:
            raise BadRequest("Request body and URI mismatch")
        flavor = get_flavor(call.scope, flavor_id)
        flavor.extra_specs = {**flavor.extra_specs, key: str(body[key])}
        return body

    def delete(self, call: Call, flavor_id: str, key: str) -> Any:
        policy.enforce(call.scope, "os-flavor-extra-specs:delete")
        flavor = get_flavor(call.scope, flavor_id)
        _spec(flavor, key)
        flavor.extra_specs = {name: value for name, value in flavor.extra_specs.items() if name != key}
        return Reply(200)


def _access(call: Call, flavor_id: str) -> dict[str, Any]:
    projects = access_list(call.scope, flavor_id)
    return {"flavor_access": [{"flavor_id": flavor_id, "tenant_id": project} for project in projects]}


class Access:
    """`/flavors/{flavor_id}/os-flavor-access`."""

    def get(self, call: Call, flavor_id: str) -> Any:
        policy.enforce(call.scope, "os-flavor-access")
        if get_flavor(call.scope, flavor_id).is_public:
            raise NotFound("Access list not available for public flavors.")
        return _access(call, flavor_id)


class FlavorAction:
    """`/flavors/{flavor_id}/action`: the key of the body says which."""

    def post(self, call: Call, flavor_id: str) -> Any:
        ACTIONS[action_named(call, ACTIONS)](call, flavor_id)
        return _access(call, flavor_id)


def _add(call: Call, flavor_id: str) -> None:
    project_id = checked(call, schemas.ADD_TENANT_ACCESS)["addTenantAccess"]["tenant"]
    policy.enforce(call.scope, "os-flavor-access:add_tenant_access")
    verify_project(call.scope, project_id)
    if get_flavor(call.scope, flavor_id).is_public and call.at_least(7):
        raise Conflict("Can not add access to a public flavor.")
    add_access(call.scope, flavor_id, project_id)


def _remove(call: Call, flavor_id: str) -> None:
    project_id = checked(call, schemas.REMOVE_TENANT_ACCESS)["removeTenantAccess"]["tenant"]
    policy.enforce(call.scope, "os-flavor-access:remove_tenant_access")
    verify_project(call.scope, project_id)
    get_flavor(call.scope, flavor_id)
    remove_access(call.scope, flavor_id, project_id)


ACTIONS = {"addTenantAccess": _add, "removeTenantAccess": _remove}

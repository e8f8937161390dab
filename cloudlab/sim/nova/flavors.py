"""Flavors over HTTP (API reference, 'Flavors'; recordings 008 to 019 of the nova stories)."""

from typing import Any

from cloudlab.sim.errors import BadRequest
from cloudlab.sim.nova import policy, schemas
from cloudlab.sim.nova.bodies import checked, checked_query
from cloudlab.sim.nova.flavors_model import Flavor, create_flavor, delete_flavor, get_flavor, list_flavors
from cloudlab.sim.nova.negotiation import since
from cloudlab.sim.nova.paging import limit_of, links, next_links, whole
from cloudlab.sim.web import Call, Reply

TRUE_WORDS, FALSE_WORDS = ("1", "t", "true", "on", "y", "yes"), ("0", "f", "false", "off", "n", "no")


def brief(call: Call, flavor: Any) -> dict[str, Any]:
    """A flavor in a list."""
    view: dict[str, Any] = {
        "id": flavor.id,
        "name": flavor.name,
        "links": links(call, "flavors", flavor.id),
    }
    if call.at_least(55):
        view["description"] = flavor.description
    return view


def whole_flavor(call: Call, flavor: Flavor) -> dict[str, Any]:
    """A flavor with its sizes. No swap is "" before 2.75, and 0 from then on."""
    view: dict[str, Any] = {
        "id": flavor.id,
        "name": flavor.name,
        "ram": flavor.ram,
        "disk": flavor.disk,
        "swap": flavor.swap if call.at_least(75) else flavor.swap or "",
        "OS-FLV-EXT-DATA:ephemeral": flavor.ephemeral,
        "OS-FLV-DISABLED:disabled": flavor.disabled,
        "vcpus": flavor.vcpus,
        "os-flavor-access:is_public": flavor.is_public,
        "rxtx_factor": flavor.rxtx_factor,
        "links": links(call, "flavors", flavor.id),
    }
    if call.at_least(55):
        view["description"] = flavor.description
    if call.at_least(61) and policy.allows(call.scope, "os-flavor-extra-specs:index"):
        view["extra_specs"] = flavor.extra_specs
    return view


class Flavors:
    """`/flavors`."""

    def get(self, call: Call) -> Any:
        return _listed(call, "flavors", brief)

    def post(self, call: Call) -> Any:
        schema = schemas.FLAVOR_CREATE_255 if call.at_least(55) else schemas.FLAVOR_CREATE
        asked = checked(call, schemas.FLAVOR_CREATE_LEGACY if call.legacy else schema)["flavor"]
        policy.enforce(call.scope, "os-flavor-manage:create")
        flavor_id = asked.get("id")
        flavor = create_flavor(
            call.scope,
            None if flavor_id is None else str(flavor_id),
            asked["name"].strip(),
            ram=int(asked["ram"]),
            vcpus=int(asked["vcpus"]),
            disk=int(asked["disk"]),
            ephemeral=int(asked.get("OS-FLV-EXT-DATA:ephemeral", 0)),
            swap=int(asked.get("swap", 0)),
            rxtx_factor=float(asked.get("rxtx_factor", 1.0)),
            is_public=_flag(asked.get("os-flavor-access:is_public", True)),
            description=asked.get("description"),
        )
        return {"flavor": whole_flavor(call, flavor)}


class FlavorsDetail:
    """`/flavors/detail`."""

    def get(self, call: Call) -> Any:
        return _listed(call, "flavors/detail", whole_flavor)


class OneFlavor:
    """`/flavors/{flavor_id}`."""

    def get(self, call: Call, flavor_id: str) -> Any:
        return {"flavor": whole_flavor(call, get_flavor(call.scope, flavor_id))}

    def put(self, call: Call, flavor_id: str) -> Any:
        since(call, 55)
        asked = checked(call, schemas.FLAVOR_UPDATE)["flavor"]
        policy.enforce(call.scope, "os-flavor-manage:update")
        flavor = get_flavor(call.scope, flavor_id)
        flavor.description, flavor.updated_at = asked["description"], call.scope.now
        return {"flavor": whole_flavor(call, flavor)}

    def delete(self, call: Call, flavor_id: str) -> Any:
        policy.enforce(call.scope, "os-flavor-manage:delete")
        delete_flavor(call.scope, flavor_id)
        return Reply(202)


def _listed(call: Call, path: str, view: Any) -> dict[str, Any]:
    query = checked_query(call, schemas.FLAVOR_QUERY_275 if call.at_least(75) else schemas.FLAVOR_QUERY)
    limit = limit_of(query)
    direction = query.get("sort_dir") or "asc"
    if direction not in ("asc", "desc"):
        raise BadRequest(
            f"Invalid input received: Unknown sort direction, must be one of: asc, desc. {direction}"
        )
    flavors = list_flavors(
        call.scope,
        min_ram=_number(query, "minRam"),
        min_disk=_number(query, "minDisk"),
        is_public=_is_public(query.get("is_public")) if call.who.is_admin else True,
        sort_key=query.get("sort_key") or "flavorid",
        descending=direction == "desc",
        limit=limit,
        marker=query.get("marker"),
        brief=view is brief,
    )
    body: dict[str, Any] = {"flavors": [view(call, flavor) for flavor in flavors]}
    more = next_links(call, path, flavors, limit, flavors[-1].id if flavors else None)
    return {**body, "flavors_links": more} if more else body


def _number(query: dict[str, str], name: str) -> int:
    number = whole(query.get(name, "0"))
    if number is None:
        raise BadRequest(f"Invalid {name} filter [{query[name]}]")
    return number


def _is_public(text: str | None) -> bool | None:
    """True, False or None for both ('none'); only admins are asked."""
    word = "true" if text is None else text.strip().lower()
    if word == "none":
        return None
    if word not in TRUE_WORDS + FALSE_WORDS:
        raise BadRequest(f"Invalid is_public filter [{text}]")
    return word in TRUE_WORDS


def _flag(value: bool | str) -> bool:
    return value if isinstance(value, bool) else value.lower() in TRUE_WORDS

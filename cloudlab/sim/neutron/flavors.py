"""Flavors of network services, and their profiles. (Networking API reference, 'Networking Flavors Framework';
seen on 2025.2)"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select

from cloudlab.sim.errors import NotFound
from cloudlab.sim.neutron import bodies, validators
from cloudlab.sim.neutron.attributes import NO_OWNER, READ_ONLY, REQUIRED, TEXT, Attribute
from cloudlab.sim.neutron.faults import conflict, not_found, refused
from cloudlab.sim.neutron.kind import Condition, Json, Kind, by_id, said
from cloudlab.sim.neutron.model import Flavor, FlavorProfile, Router, ServiceProfile
from cloudlab.sim.scope import Context, Scope
from cloudlab.sim.web import Call, Reply

SERVICES = ("L3_ROUTER_NAT",)
PACKAGE = "neutron.services.l3_router.service_providers"
DRIVERS = tuple(
    f"{PACKAGE}.{name}"
    for name in ("dvrha.DvrHaDriver", "dvr.DvrDriver", "ha.HaDriver", "single_node.SingleNodeDriver")
)
OF_PROFILE = ("description", "driver", "metainfo", "enabled")


def _service(value: Any) -> Any:
    if value not in SERVICES:
        raise refused("InvalidServiceType", f"Invalid service type: {value}.")
    return value


class Flavors(Kind):
    resource, collection, table = "flavor", "flavors", Flavor
    missing = ("FlavorNotFound", "Flavor {id} could not be found.")
    admins_only = True
    attributes = {
        "id": READ_ONLY,
        "name": TEXT,
        "description": Attribute(default="", check=validators.string_or_none(1024)),
        "service_type": Attribute(put=False, default=REQUIRED, convert=_service),
        "service_profiles": Attribute(default=(), filter=False, convert=validators.as_list),
        "enabled": Attribute(default=True, convert=validators.boolean),
        **NO_OWNER,
    }

    def visible(self, who: Context) -> Condition | None:
        """They are everybody's to choose from."""
        return None

    def views(self, scope: Scope, rows: Sequence[Any], fields: frozenset[str]) -> list[Json]:
        profiles: dict[str, list[str]] = {row.id: [] for row in rows}
        query = select(FlavorProfile).where(FlavorProfile.flavor_id.in_(profiles)).order_by(FlavorProfile.n)
        for link in scope.session.scalars(query):
            profiles[link.flavor_id].append(link.profile_id)
        return [flavor_view(row, profiles[row.id]) for row in rows]

    def create(self, scope: Scope, data: Json) -> Flavor:
        names = ("name", "description", "service_type", "enabled")
        row = Flavor(id=scope.uuid("network_flavor", data["name"]), **said(data, names))
        scope.session.add(row)
        scope.session.flush()
        return row

    def update(self, scope: Scope, row: Any, data: Json) -> None:
        _set(row, said(data, ("name", "description", "enabled")))

    def delete(self, scope: Scope, row: Any) -> None:
        used = select(Router.n).where(Router.flavor_id == row.id).limit(1)
        if scope.session.scalars(used).first():
            raise conflict("FlavorInUse", f"Flavor {row.id} is used by some service instance.")
        scope.session.execute(delete(FlavorProfile).where(FlavorProfile.flavor_id == row.id))
        scope.session.delete(row)


class ServiceProfiles(Kind):
    """Administrators only: others see an empty list."""

    resource, collection, table = "service_profile", "service_profiles", ServiceProfile
    missing = ("ServiceProfileNotFound", "Service Profile {id} could not be found.")
    admins_only = True
    attributes = {
        "id": READ_ONLY,
        "description": Attribute(default="", check=validators.string_or_none(1024)),
        "driver": Attribute(default="", check=validators.string(1024)),
        "metainfo": Attribute(default="", filter=False, check=validators.string(4096)),
        "enabled": Attribute(default=True, convert=validators.boolean),
        **NO_OWNER,
    }

    def visible(self, who: Context) -> Condition | None:
        return None if who.is_admin else ServiceProfile.n < 0

    def one(self, scope: Scope, id_: str) -> Any:
        if not scope.who.is_admin and by_id(scope, ServiceProfile, id_):
            raise NotFound("The resource could not be found.")
        return super().one(scope, id_)

    def views(self, scope: Scope, rows: Sequence[Any], fields: frozenset[str]) -> list[Json]:
        names = ("id", "description", "driver", "enabled", "metainfo")
        return [{name: getattr(row, name) for name in names} for row in rows]

    def create(self, scope: Scope, data: Json) -> ServiceProfile:
        _check_profile(data["driver"], data["metainfo"])
        id_ = scope.uuid("service_profile", data["driver"] or "profile")
        row = ServiceProfile(id=id_, **said(data, OF_PROFILE))
        scope.session.add(row)
        scope.session.flush()
        return row

    def update(self, scope: Scope, row: Any, data: Json) -> None:
        _check_unused(scope, row)
        _check_profile(data.get("driver", row.driver), data.get("metainfo", row.metainfo))
        _set(row, said(data, OF_PROFILE))

    def delete(self, scope: Scope, row: Any) -> None:
        _check_unused(scope, row)
        scope.session.delete(row)


def _set(row: Flavor | ServiceProfile, columns: Json) -> None:
    """(They have no revision to move, and no time.)"""
    for name, value in columns.items():
        setattr(row, name, value)


def _check_profile(driver: str, metainfo: str) -> None:
    if not driver and not metainfo:
        raise refused("ServiceProfileEmpty", "Service Profile needs either a driver or metainfo.")
    if driver and driver not in DRIVERS:
        raise not_found(
            "ServiceProfileDriverNotFound", f"Service Profile driver {driver} could not be found."
        )


def _check_unused(scope: Scope, row: ServiceProfile) -> None:
    links = select(FlavorProfile.n).where(FlavorProfile.profile_id == row.id).limit(1)
    if scope.session.scalars(links).first():
        raise conflict("ServiceProfileInUse", f"Service Profile {row.id} is used by some service instance.")


def _link(call: Call, flavor_id: str, profile_id: str) -> FlavorProfile | None:
    query = select(FlavorProfile).where(
        FlavorProfile.flavor_id == flavor_id, FlavorProfile.profile_id == profile_id
    )
    return call.scope.session.scalars(query).first()


class ProfilesOfFlavor:
    """POST /flavors/{id}/service_profiles."""

    def post(self, call: Call, id_: str) -> Reply:
        profile_id = bodies.required(bodies.read(call).get("service_profile"), "id", str)
        call.who.require(call.who.is_admin, "rule:create_flavor_service_profile")
        flavor = FLAVORS.one(call.scope, id_)
        profile = SERVICE_PROFILES.one(call.scope, profile_id)
        if _link(call, flavor.id, profile.id):
            raise conflict(
                "FlavorServiceProfileBindingExists",
                f"Service Profile {profile.id} is already associated with flavor {flavor.id}.",
            )
        call.scope.session.add(FlavorProfile(flavor_id=flavor.id, profile_id=profile.id))
        return Reply(201, {"service_profile": {"id": flavor.id}})


class ProfileOfFlavor:
    """DELETE /flavors/{id}/service_profiles/{profile}."""

    def delete(self, call: Call, id_: str, profile: str) -> Reply:
        flavor = FLAVORS.permitted(call.scope, id_, "delete_flavor_service_profile")
        link = _link(call, flavor.id, profile)
        if link is None:
            raise not_found(
                "FlavorServiceProfileBindingNotFound",
                f"Service Profile {profile} is not associated with flavor {flavor.id}.",
            )
        call.scope.session.delete(link)
        return Reply(204)


def flavor_view(row: Flavor, profiles: list[str]) -> Json:
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "service_type": row.service_type,
        "enabled": row.enabled,
        "service_profiles": profiles,
    }


FLAVORS = Flavors()
SERVICE_PROFILES = ServiceProfiles()

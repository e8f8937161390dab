"""/v3/services, /v3/endpoints, /v3/regions (API reference: Identity v3, Service catalog and endpoints, Regions)."""

from typing import Any

from sqlalchemy import delete, func, select

from cloudlab.sim.errors import BadRequest, Conflict, Forbidden, NotFound
from cloudlab.sim.keystone import model, schemas, views
from cloudlab.sim.keystone.bodies import change, chosen, read_body, require_matching_id, the_rest
from cloudlab.sim.keystone.policy import admin_only, admin_or_reader, authenticate
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

SERVICE_COLUMNS = ("id", "type", "name", "enabled", "links")


class Services:
    """List and create."""

    def get(self, call: Call) -> dict[str, Any]:
        admin_or_reader(call, "identity:list_services")
        rows = call.scope.session.scalars(select(model.CatalogService))
        items = chosen(call, (views.service(call, row) for row in rows), "type", "name")
        return views.paged(call, "services", items)

    head = get

    def post(self, call: Call) -> Reply:
        asked = read_body(call, schemas.SERVICE_CREATE, "service")
        admin_only(call, "identity:create_service")
        session = call.scope.session
        name = asked.get("name")
        row = model.CatalogService(
            id=call.cloud.ids.hex(session, "service", None, name),
            type=asked["type"],
            name=name,
            enabled=asked.get("enabled", True),
            extra=the_rest(asked, *SERVICE_COLUMNS),
            order=(session.scalar(select(func.max(model.CatalogService.order))) or 0) + 1,
        )
        session.add(row)
        session.flush()
        return Reply(201, {"service": views.service(call, row)})


class OneService:
    """One service; deleting it deletes its endpoints."""

    def get(self, call: Call, service_id: str) -> dict[str, Any]:
        admin_or_reader(call, "identity:get_service")
        return {"service": views.service(call, model.find(call.scope, model.CatalogService, service_id))}

    head = get

    def patch(self, call: Call, service_id: str) -> dict[str, Any]:
        asked = read_body(call, schemas.SERVICE_UPDATE, "service")
        admin_only(call, "identity:update_service")
        row = model.find(call.scope, model.CatalogService, service_id)
        require_matching_id(asked, service_id)
        change(row, asked, "type", "name", "enabled")
        row.extra = {**row.extra, **the_rest(asked, *SERVICE_COLUMNS)}
        return {"service": views.service(call, row)}

    def delete(self, call: Call, service_id: str) -> Reply:
        admin_only(call, "identity:delete_service")
        row = model.find(call.scope, model.CatalogService, service_id)
        call.scope.session.execute(delete(model.Endpoint).filter_by(service_id=service_id))
        call.scope.session.delete(row)
        return Reply(204)


class Endpoints:
    """List and create. A new region that an endpoint names comes into being with it."""

    def get(self, call: Call) -> dict[str, Any]:
        admin_or_reader(call, "identity:list_endpoints")
        rows = call.scope.session.scalars(select(model.Endpoint))
        items = chosen(
            call, (views.endpoint(call, row) for row in rows), "interface", "service_id", "region_id"
        )
        return views.paged(call, "endpoints", items)

    head = get

    def post(self, call: Call) -> Reply:
        asked = read_body(call, schemas.ENDPOINT_CREATE, "endpoint")
        admin_only(call, "identity:create_endpoint")
        _service_there(call.scope, asked["service_id"])
        row = model.Endpoint(
            id=call.cloud.ids.hex(call.scope.session, "endpoint", asked["service_id"], asked["interface"]),
            service_id=asked["service_id"],
            interface=asked["interface"],
            url=asked["url"],
            region_id=_region(call.scope, asked),
            enabled=asked.get("enabled", True),
        )
        call.scope.session.add(row)
        call.scope.session.flush()
        return Reply(201, {"endpoint": views.endpoint(call, row)})


def _service_there(scope: Scope, service_id: str) -> None:
    if scope.session.get(model.CatalogService, service_id) is None:
        raise BadRequest(f"Could not find service: {service_id}.")


def _region(scope: Scope, asked: dict[str, Any]) -> str | None:
    """The region's id, by its new name or the old one."""
    region_id = asked.get("region_id") or asked.get("region")
    if region_id and scope.session.get(model.Region, region_id) is None:
        if asked.get("region_id"):
            raise BadRequest(f"Could not find region: {region_id}.")
        scope.session.add(model.Region(id=region_id))
    return region_id


class Endpoint:
    """One endpoint."""

    def get(self, call: Call, endpoint_id: str) -> dict[str, Any]:
        admin_or_reader(call, "identity:get_endpoint")
        return {"endpoint": views.endpoint(call, model.find(call.scope, model.Endpoint, endpoint_id))}

    head = get

    def patch(self, call: Call, endpoint_id: str) -> dict[str, Any]:
        asked = read_body(call, schemas.ENDPOINT_UPDATE, "endpoint")
        admin_only(call, "identity:update_endpoint")
        row = model.find(call.scope, model.Endpoint, endpoint_id)
        require_matching_id(asked, endpoint_id)
        if "service_id" in asked:
            _service_there(call.scope, asked["service_id"])
        change(row, asked, "service_id", "interface", "enabled")
        if "url" in asked:
            row.room, row.url = None, asked["url"]
        if "region_id" in asked or "region" in asked:
            row.region_id = _region(call.scope, asked)
        return {"endpoint": views.endpoint(call, row)}

    def delete(self, call: Call, endpoint_id: str) -> Reply:
        admin_only(call, "identity:delete_endpoint")
        call.scope.session.delete(model.find(call.scope, model.Endpoint, endpoint_id))
        return Reply(204)


class Regions:
    """List (for everybody) and create."""

    def get(self, call: Call) -> dict[str, Any]:
        authenticate(call)
        rows = call.scope.session.scalars(select(model.Region).order_by(model.Region.id))
        items = chosen(call, (views.region(call, row) for row in rows), "parent_region_id")
        return views.collection(call, "regions", items)

    head = get

    def post(self, call: Call) -> Reply:
        asked = read_body(call, schemas.REGION_CREATE, "region")
        admin_only(call, "identity:create_region")
        region_id = asked.get("id") or call.cloud.ids.hex(call.scope.session, "region", None, None)
        if call.scope.session.get(model.Region, region_id):
            raise Conflict(f"Conflict occurred attempting to store region - Duplicate ID, {region_id}.")
        _parent_there(call.scope, asked)
        row = model.Region(
            id=region_id,
            description=asked.get("description") or "",
            parent_region_id=asked.get("parent_region_id"),
        )
        call.scope.session.add(row)
        call.scope.session.flush()
        return Reply(201, {"region": views.region(call, row)})


def _parent_there(scope: Scope, asked: dict[str, Any]) -> None:
    parent = asked.get("parent_region_id")
    if parent and scope.session.get(model.Region, parent) is None:
        raise NotFound(f"Could not find region: {parent}.")


class Region:
    """One region; one that has endpoints or regions in it stays."""

    def get(self, call: Call, region_id: str) -> dict[str, Any]:
        authenticate(call)
        return {"region": views.region(call, model.find(call.scope, model.Region, region_id))}

    head = get

    def patch(self, call: Call, region_id: str) -> dict[str, Any]:
        asked = read_body(call, schemas.REGION_UPDATE, "region")
        admin_only(call, "identity:update_region")
        row = model.find(call.scope, model.Region, region_id)
        require_matching_id(asked, region_id)
        _parent_there(call.scope, asked)
        change(row, asked, "description", "parent_region_id")
        return {"region": views.region(call, row)}

    def delete(self, call: Call, region_id: str) -> Reply:
        admin_only(call, "identity:delete_region")
        row = model.find(call.scope, model.Region, region_id)
        session = call.scope.session
        if session.scalars(select(model.Endpoint.id).filter_by(region_id=region_id)).first():
            raise Forbidden(
                f"Unable to delete region {region_id} because it or its child regions have associated endpoints."
            )
        session.execute(delete(model.Region).filter_by(parent_region_id=region_id))
        session.delete(row)
        return Reply(204)

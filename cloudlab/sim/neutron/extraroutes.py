"""Routes of a router added and taken away one by one, so that two who do it don't undo each other.

Networking API reference, 'Routers', add and remove extra routes; seen on 2025.2. (There a body without routes is a
500; here it is a 400.)
"""

from cloudlab.sim.neutron import bodies, tags, validators
from cloudlab.sim.neutron.kind import changed
from cloudlab.sim.neutron.model import Router
from cloudlab.sim.neutron.routers import ROUTERS, bad_routes, check_routes
from cloudlab.sim.web import Call, Reply

Routes = list[dict[str, str]]


def _said(call: Call) -> Routes:
    return bodies.required(bodies.read(call).get("router"), "routes", list)


def _set(call: Call, row: Router, routes: Routes) -> Reply:
    if routes != row.routes:
        changed(call.scope, row)
        row.routes = routes
    view = ROUTERS.views(call.scope, [row], frozenset())[0]
    tags.fill(call.scope, [row], [view])
    more = {
        "gw_port_id": row.gateway_port_id,
        "distributed": False,
        "ha": False,
        "ha_vr_id": 0,
        "enable_default_route_ecmp": False,
        "enable_default_route_bfd": False,
    }
    return Reply(200, {"router": {**view, **more}})


class AddRoutes:
    """PUT /routers/{id}/add_extraroutes."""

    def put(self, call: Call, id_: str) -> Reply:
        row = ROUTERS.permitted(call.scope, id_, "add_extraroutes")
        said = _said(call)
        routes = [*row.routes, *(route for route in said if route not in row.routes)]
        if validators.host_routes(said):
            raise bad_routes(routes, "the nexthop is not connected with router")
        check_routes(call.scope, row, routes)
        return _set(call, row, routes)


class RemoveRoutes:
    """PUT /routers/{id}/remove_extraroutes. What isn't there needs no taking away."""

    def put(self, call: Call, id_: str) -> Reply:
        row = ROUTERS.permitted(call.scope, id_, "remove_extraroutes")
        said = _said(call)
        return _set(call, row, [route for route in row.routes if route not in said])

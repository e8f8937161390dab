"""Stories of routers and floating ips: the way from a private network to the public one.

(Networking API v2.0, recordings neutron/011, 035 … 045, 051 … 053.)
"""

from typing import Any

Api = Any


def network(api: Api, name: str) -> dict[str, Any]:
    return api.get("neutron", f"/v2.0/networks?name={name}").json()["networks"][0]


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["NeutronError"]["type"]


def make_inside(api: Api) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """A network with a subnet and a port of one's own."""
    net = api.post("neutron", "/v2.0/networks", {"network": {"name": "inside"}}).json()["network"]
    body = {"network_id": net["id"], "ip_version": 4, "cidr": "10.9.0.0/24"}
    subnet = api.post("neutron", "/v2.0/subnets", {"subnet": body}).json()["subnet"]
    port = api.post("neutron", "/v2.0/ports", {"port": {"network_id": net["id"]}}).json()["port"]
    return net, subnet, port


def make_router(api: Api, name: str = "door") -> dict[str, Any]:
    return api.post("neutron", "/v2.0/routers", {"router": {"name": name}}).json()["router"]


def make_floating(api: Api, **attributes: Any) -> Any:
    body = {"floating_network_id": network(api, "public")["id"], **attributes}
    return api.post("neutron", "/v2.0/floatingips", {"floatingip": body})


def test_router1_joins_private_and_public(api: Api) -> None:
    (router,) = api.get("neutron", "/v2.0/routers").json()["routers"]
    assert router["name"] == "router1"
    assert router["external_gateway_info"]["network_id"] == network(api, "public")["id"]
    (door,) = api.get("neutron", f"/v2.0/ports?device_id={router['id']}").json()["ports"]
    assert door["device_owner"] == "network:router_interface"
    assert door["fixed_ips"][0]["ip_address"] == "10.0.0.1"
    assert error(api.delete("neutron", f"/v2.0/ports/{door['id']}")) == (409, "ServicePortInUse")
    assert api.get("neutron", "/v2.0/routers", user="alt_demo").json() == {"routers": []}


def test_an_interface_takes_the_gateway_address_until_it_is_removed(api: Api) -> None:
    net, subnet, _ = make_inside(api)
    path = f"/v2.0/routers/{make_router(api)['id']}"
    body = {"subnet_id": subnet["id"]}
    added = api.put("neutron", f"{path}/add_router_interface", body).json()
    port = api.get("neutron", f"/v2.0/ports/{added['port_id']}").json()["port"]
    assert port["fixed_ips"] == [{"subnet_id": subnet["id"], "ip_address": "10.9.0.1"}]
    assert error(api.put("neutron", f"{path}/add_router_interface", body)) == (400, "BadRequest")
    assert error(api.delete("neutron", path)) == (409, "RouterInUse")
    assert error(api.delete("neutron", f"/v2.0/networks/{net['id']}")) == (409, "NetworkInUse")
    assert api.put("neutron", f"{path}/remove_router_interface", body).json()["port_id"] == added["port_id"]
    gone = api.put("neutron", f"{path}/remove_router_interface", body)
    assert error(gone) == (404, "RouterInterfaceNotFoundForSubnet")
    assert api.delete("neutron", path).status_code == 204


def test_a_gateway_leads_only_to_an_external_network(api: Api) -> None:
    path = f"/v2.0/routers/{make_router(api)['id']}"
    inside = {"router": {"external_gateway_info": {"network_id": network(api, "private")["id"]}}}
    assert error(api.put("neutron", path, inside)) == (400, "BadRequest")
    outside = {"router": {"external_gateway_info": {"network_id": network(api, "public")["id"]}}}
    info = api.put("neutron", path, outside).json()["router"]["external_gateway_info"]
    assert info["external_fixed_ips"][0]["ip_address"].startswith("172.24.4.")
    chosen = {**outside["router"]["external_gateway_info"], "enable_snat": False}
    denied = api.put("neutron", path, {"router": {"external_gateway_info": chosen}})
    assert error(denied) == (403, "PolicyNotAuthorized")
    closed = api.put("neutron", path, {"router": {"external_gateway_info": {}}})
    assert closed.json()["router"]["external_gateway_info"] is None


def test_a_floating_ip_needs_a_way_to_its_port(api: Api) -> None:
    _, subnet, port = make_inside(api)
    floating = make_floating(api).json()["floatingip"]
    assert (floating["status"], floating["port_id"]) == ("DOWN", None)
    path = f"/v2.0/floatingips/{floating['id']}"
    to_port = {"floatingip": {"port_id": port["id"]}}
    assert error(api.put("neutron", path, to_port)) == (404, "ExternalGatewayForFloatingIPNotFound")
    router = make_router(api)
    api.put("neutron", f"/v2.0/routers/{router['id']}/add_router_interface", {"subnet_id": subnet["id"]})
    gateway = {"external_gateway_info": {"network_id": network(api, "public")["id"]}}
    api.put("neutron", f"/v2.0/routers/{router['id']}", {"router": gateway})
    connected = api.put("neutron", path, to_port).json()["floatingip"]
    assert connected["router_id"] == router["id"]
    assert (connected["status"], connected["fixed_ip_address"]) == ("ACTIVE", "10.9.0.2")
    found = api.get("neutron", f"/v2.0/floatingips?fixed_ip_address=10.9.0.2&port_id={port['id']}").json()
    assert [one["id"] for one in found["floatingips"]] == [floating["id"]]
    kept = api.put(
        "neutron", f"/v2.0/routers/{router['id']}/remove_router_interface", {"subnet_id": subnet["id"]}
    )
    assert error(kept) == (409, "RouterInterfaceInUseByFloatingIP")


def test_a_floating_ip_comes_off_when_its_port_goes(api: Api) -> None:
    body = {"port": {"network_id": network(api, "private")["id"]}}
    port = api.post("neutron", "/v2.0/ports", body).json()["port"]
    floating = make_floating(api, port_id=port["id"]).json()["floatingip"]
    assert floating["fixed_ip_address"] == "10.0.0.2"
    second = make_floating(api, port_id=port["id"])
    assert error(second) == (409, "FloatingIPPortAlreadyAssociated")
    api.delete("neutron", f"/v2.0/ports/{port['id']}")
    seen = api.get("neutron", f"/v2.0/floatingips/{floating['id']}").json()["floatingip"]
    assert (seen["status"], seen["port_id"], seen["router_id"]) == ("DOWN", None, None)
    assert api.delete("neutron", f"/v2.0/floatingips/{floating['id']}").status_code == 204
    again = make_floating(api).json()["floatingip"]
    assert again["floating_ip_address"] == floating["floating_ip_address"]


def test_a_floating_ip_is_of_an_external_network(api: Api) -> None:
    inside = make_floating(api, floating_network_id=network(api, "private")["id"])
    assert error(inside) == (400, "BadRequest")
    assert error(make_floating(api, floating_ip_address="172.24.4.99")) == (403, "PolicyNotAuthorized")


def test_an_interface_that_lost_its_address_can_go(api: Api) -> None:
    _, subnet, _ = make_inside(api)
    path = f"/v2.0/routers/{make_router(api)['id']}"
    door = api.put("neutron", f"{path}/add_router_interface", {"subnet_id": subnet["id"]}).json()["port_id"]
    assert api.put("neutron", f"/v2.0/ports/{door}", {"port": {"fixed_ips": []}}).status_code == 200
    gone = api.put("neutron", f"{path}/remove_router_interface", {"port_id": door})
    assert (gone.status_code, gone.json()["subnet_id"], gone.json()["subnet_ids"]) == (200, None, [])
    assert api.delete("neutron", path).status_code == 204

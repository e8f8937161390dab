"""Stories of ports: addresses are really taken and freed, and a server's port comes up when its host is known.

(Networking API v2.0, recordings neutron/008, 038 … 040, 054 and the calls of east_west_server_create.)
"""

from typing import Any

import pytest

Api = Any
SERVER = "ab5599d7-4060-43c4-9a55-ea8bf34233a2"
NOWHERE = "00000000-0000-0000-0000-000000000000"


def private(api: Api) -> dict[str, Any]:
    return api.get("neutron", "/v2.0/networks?name=private").json()["networks"][0]


def make_port(api: Api, user: str = "demo", **attributes: Any) -> Any:
    body = {"network_id": private(api)["id"], **attributes}
    return api.post("neutron", "/v2.0/ports", {"port": body}, user=user)


def made(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    return answer.json()["port"]


def ips(port: dict[str, Any]) -> list[str]:
    return [ip["ip_address"] for ip in port["fixed_ips"]]


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["NeutronError"]["type"]


def test_addresses_come_from_the_pool_and_go_back(api: Api) -> None:
    first, second = made(make_port(api)), made(make_port(api))
    assert (ips(first), ips(second)) == (["10.0.0.2"], ["10.0.0.3"])
    assert first["mac_address"] != second["mac_address"]
    assert api.delete("neutron", f"/v2.0/ports/{first['id']}").status_code == 204
    assert ips(made(make_port(api))) == ["10.0.0.2"]


def test_an_address_that_was_asked_for(api: Api) -> None:
    assert ips(made(make_port(api, fixed_ips=[{"ip_address": "10.0.0.40"}]))) == ["10.0.0.40"]
    twice = make_port(api, fixed_ips=[{"ip_address": "10.0.0.40"}])
    assert error(twice) == (409, "IpAddressAlreadyAllocated")
    elsewhere = make_port(api, fixed_ips=[{"ip_address": "192.168.5.5"}])
    assert error(elsewhere) == (400, "InvalidIpForNetwork")
    broadcast = make_port(api, fixed_ips=[{"ip_address": "10.0.0.63"}])
    assert error(broadcast) == (400, "InvalidIpForSubnet")
    subnet_id = private(api)["subnets"][0]
    two = made(make_port(api, fixed_ips=[{"subnet_id": subnet_id}, {"ip_address": "10.0.0.50"}]))
    assert ips(two) == ["10.0.0.2", "10.0.0.50"]
    assert made(make_port(api, fixed_ips=[]))["fixed_ips"] == []


def test_a_pool_ends(api: Api) -> None:
    network = api.post("neutron", "/v2.0/networks", {"network": {"name": "tiny"}}).json()["network"]
    subnet = {"network_id": network["id"], "ip_version": 4, "cidr": "10.9.0.0/30"}
    api.post("neutron", "/v2.0/subnets", {"subnet": subnet})
    assert ips(made(make_port(api, network_id=network["id"]))) == ["10.9.0.2"]
    over = make_port(api, network_id=network["id"])
    assert error(over) == (409, "IpAddressGenerationFailure")
    left = api.get("neutron", f"/v2.0/ports?network_id={network['id']}").json()["ports"]
    assert len(left) == 1


def test_an_ipv6_address_follows_from_the_mac(api: Api) -> None:
    network = api.post("neutron", "/v2.0/networks", {"network": {"name": "six"}}).json()["network"]
    subnet = {
        "network_id": network["id"],
        "ip_version": 6,
        "cidr": "2001:db8::/64",
        "ipv6_address_mode": "slaac",
    }
    assert api.post("neutron", "/v2.0/subnets", {"subnet": subnet}).status_code == 201
    port = made(make_port(api, network_id=network["id"], mac_address="fa:16:3e:00:00:01"))
    assert ips(port) == ["2001:db8::f816:3eff:fe00:1"]


def test_addresses_change_and_a_kept_one_stays(api: Api) -> None:
    port = made(make_port(api))
    wanted = [{"ip_address": "10.0.0.2"}, {"ip_address": "10.0.0.20"}]
    changed = api.put("neutron", f"/v2.0/ports/{port['id']}", {"port": {"fixed_ips": wanted}})
    assert ips(changed.json()["port"]) == ["10.0.0.2", "10.0.0.20"]
    api.put("neutron", f"/v2.0/ports/{port['id']}", {"port": {"fixed_ips": wanted[1:]}})
    assert ips(made(make_port(api))) == ["10.0.0.2"]


def test_a_servers_port_comes_up_when_nova_binds_it(api: Api) -> None:
    port = made(make_port(api, device_id=SERVER))
    assert port["status"] == "DOWN"
    assert "binding:host_id" not in port
    path = f"/v2.0/ports/{port['id']}"
    body = {"port": {"device_id": SERVER, "device_owner": "compute:nova", "binding:host_id": "devstack"}}
    refused = api.put("neutron", path, body)
    assert error(refused) == (403, "PolicyNotAuthorized")
    bound = api.put("neutron", path, body, user="nova").json()["port"]
    assert bound["status"] == "ACTIVE"
    assert bound["binding:vif_type"] == "ovs"
    assert bound["revision_number"] == 4
    seen = api.get("neutron", f"/v2.0/ports?device_id={SERVER}").json()["ports"]
    assert [(one["id"], one["status"]) for one in seen] == [(port["id"], "ACTIVE")]


def test_novas_questions_about_a_port(api: Api) -> None:
    port = made(make_port(api, device_id=SERVER))
    project, network = api.project_id("demo"), private(api)
    ids = api.get("neutron", f"/v2.0/ports?tenant_id={project}&fields=id").json()["ports"]
    assert {"id": port["id"]} in ids
    dhcp = f"/v2.0/ports?network_id={network['id']}&device_owner=network:dhcp"
    assert api.get("neutron", dhcp, user="nova").json() == {"ports": []}
    one = f"/v2.0/networks/{network['id']}"
    assert api.get("neutron", f"{one}?fields=segments", user="nova").json() == {"network": {}}
    provider = f"{one}?fields=provider:physical_network&fields=provider:network_type"
    assert api.get("neutron", provider, user="nova").json() == {
        "network": {"provider:physical_network": None, "provider:network_type": "vxlan"}
    }
    by_address = "/v2.0/ports?fixed_ips=ip_address%3D10.0.0.2"
    assert [p["id"] for p in api.get("neutron", by_address).json()["ports"]] == [port["id"]]


def test_a_port_is_in_its_projects_default_group(api: Api) -> None:
    groups = api.get("neutron", "/v2.0/security-groups").json()["security_groups"]
    default = next(group["id"] for group in groups if group["name"] == "default")
    assert made(make_port(api))["security_groups"] == [default]
    assert made(make_port(api, security_groups=[]))["security_groups"] == []
    assert error(make_port(api, security_groups=[NOWHERE])) == (404, "SecurityGroupNotFound")
    bare = make_port(api, port_security_enabled=False, security_groups=[default])
    assert error(bare) == (400, "PortSecurityAndIPRequiredForSecurityGroups")
    assert made(make_port(api, port_security_enabled=False))["security_groups"] == []


def test_ports_are_their_projects(api: Api) -> None:
    path = f"/v2.0/ports/{made(make_port(api))['id']}"
    assert error(api.get("neutron", path, user="alt_demo")) == (404, "PortNotFound")
    assert error(api.delete("neutron", path, user="alt_demo")) == (404, "PortNotFound")
    assert api.get("neutron", "/v2.0/ports", user="alt_demo").json() == {"ports": []}
    network = private(api)["id"]
    assert error(make_port(api, user="alt_demo", network_id=network)) == (404, "NetworkNotFound")
    assert error(api.delete("neutron", path, user="demo_reader")) == (403, "PolicyNotAuthorized")


def test_no_port_in_the_public_network_but_the_administrators(api: Api) -> None:
    public = api.get("neutron", "/v2.0/networks?name=public").json()["networks"][0]["id"]
    assert error(make_port(api, network_id=public)) == (403, "HTTPForbidden")
    assert made(make_port(api, user="admin", network_id=public))["fixed_ips"]


@pytest.mark.parametrize(
    ("attributes", "status", "kind"),
    [
        ({"network_id": NOWHERE}, 404, "NetworkNotFound"),
        ({"network_id": "x"}, 400, "HTTPBadRequest"),
        ({"mac_address": "x"}, 400, "HTTPBadRequest"),
        ({"fixed_ips": "x"}, 400, "HTTPBadRequest"),
        ({"fixed_ips": [{}]}, 400, "InvalidInput"),
        ({"fixed_ips": [{"subnet_id": NOWHERE}]}, 404, "SubnetNotFound"),
        ({"binding:vnic_type": "x"}, 400, "HTTPBadRequest"),
        ({"device_id": 5}, 400, "HTTPBadRequest"),
        ({"tenant_id": "somebody"}, 400, "HTTPBadRequest"),
    ],
)
def test_a_port_that_cannot_be(api: Api, attributes: dict[str, Any], status: int, kind: str) -> None:
    assert error(make_port(api, **attributes)) == (status, kind)


def test_a_mac_is_once_in_a_network(api: Api) -> None:
    assert made(make_port(api, mac_address="FA:16:3E:00:00:01"))["mac_address"] == "fa:16:3e:00:00:01"
    assert error(make_port(api, mac_address="fa:16:3e:00:00:01")) == (409, "MacAddressInUse")


def test_nova_hears_of_its_servers_ports(api: Api) -> None:
    """As recorded: a bound port is plugged, a deleted one is gone; a port of no server is nobody's news."""
    told = "POST /v2.1/os-server-external-events"
    port = made(make_port(api, device_id=SERVER))
    path = f"/v2.0/ports/{port['id']}"
    api.put("neutron", path, {"port": {"name": "x"}}, user="nova")
    assert [e for e in api.cloud.journal.entries() if e.name == told] == []
    binding = {"device_owner": "compute:nova", "binding:host_id": "devstack"}
    api.put("neutron", path, {"port": binding}, user="nova")
    api.delete("neutron", path)
    news = [(e.sender, e.receiver) for e in api.cloud.journal.entries() if e.name == told]
    assert news == [("neutron-api", "nova-api")] * 2

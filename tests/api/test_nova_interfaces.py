"""Stories of a server's ports and addresses that come and go (seen on 2025.2)."""

from typing import Any

from tests.api.servers import act, built, fault, mv, network, ports_of, private, show

Api = Any


def attach(api: Api, server_id: str, wanted: Any = None, **how: Any) -> Any:
    body = {} if wanted is None else {"interfaceAttachment": wanted}
    return api.post("nova", f"/v2.1/servers/{server_id}/os-interface", body, **how)


def addresses(api: Api, server_id: str) -> list[str]:
    networks = show(api, server_id)["addresses"].values()
    return [ip["addr"] for held in networks for ip in held]


def test_a_network_is_attached_at_once(api: Api) -> None:
    server_id = built(api)
    made = attach(api, server_id, {"net_id": private(api), "tag": "blue"}, headers=mv("2.70"))
    port = made.json()["interfaceAttachment"]
    assert (port["port_state"], port["tag"]) == ("ACTIVE", "blue")
    assert port["fixed_ips"][0]["ip_address"] in addresses(api, server_id)
    assert attach(api, server_id).status_code == 200  # the only network there is
    assert len(ports_of(api, server_id)) == 3
    api.delete("nova", f"/v2.1/servers/{server_id}")
    api.advance(5)
    assert ports_of(api, server_id) == []


def test_a_port_is_given_and_taken_back(api: Api) -> None:
    server_id = built(api)
    port = api.post("neutron", "/v2.0/ports", {"port": {"network_id": private(api)}}).json()["port"]
    assert attach(api, server_id, {"port_id": port["id"]}).status_code == 200
    busy = attach(api, server_id, {"port_id": port["id"]})
    assert fault(busy) == (409, f"Port {port['id']} is still in use.")
    path = f"/v2.1/servers/{server_id}/os-interface/{port['id']}"
    assert api.delete("nova", path).status_code == 202
    assert len(addresses(api, server_id)) == 2
    api.advance(2)
    assert len(addresses(api, server_id)) == 1
    free = api.get("neutron", f"/v2.0/ports/{port['id']}").json()["port"]
    assert (free["device_id"], free["device_owner"]) == ("", "")
    api.delete("nova", path)
    api.advance(2)
    actions = api.get("nova", f"/v2.1/servers/{server_id}/os-instance-actions").json()["instanceActions"]
    assert (actions[0]["action"], actions[0]["message"]) == ("detach_interface", "Error")


def test_what_can_not_be_attached(api: Api) -> None:
    server_id = built(api)
    net_id, nobody = private(api), "00000000-0000-0000-0000-000000000000"
    for wanted, status, why in (
        ({"port_id": nobody, "net_id": net_id}, 400, "Must not input both network_id and port_id"),
        ({"fixed_ips": [{"ip_address": "10.0.0.9"}]}, 400, "Must input network_id when request IP address"),
        ({"port_id": nobody}, 404, f"Port id {nobody} could not be found."),
        ({"net_id": nobody}, 404, f"Network {nobody} could not be found."),
        (
            {"net_id": net_id, "fixed_ips": [{"ip_address": "1.2.3.4"}]},
            400,
            f"Invalid input received: Fixed IP 1.2.3.4 is not a valid ip address for network {net_id}.",
        ),
    ):
        assert fault(attach(api, server_id, wanted)) == (status, why)
    assert len(ports_of(api, server_id)) == 1 and len(addresses(api, server_id)) == 1
    network(api, "second")
    ambiguous = "Multiple possible networks found, use a Network ID to be more specific."
    assert fault(attach(api, server_id)) == (400, ambiguous)
    assert attach(api, server_id, {"net_id": net_id}, user="demo_reader").status_code == 403
    act(api, server_id, "suspend")
    api.advance(2)
    assert "while it is in vm_state suspended" in fault(attach(api, server_id, {"net_id": net_id}))[1]
    act(api, server_id, "lock")
    locked = api.delete("nova", f"/v2.1/servers/{server_id}/os-interface/{nobody}")
    assert fault(locked) == (409, f"Instance {server_id} is locked")


def test_fixed_addresses_by_action(api: Api) -> None:
    server_id = built(api)
    assert act(api, server_id, "addFixedIp", {"networkId": private(api)}).status_code == 202
    api.advance(1)
    old, new = addresses(api, server_id)
    act(api, server_id, "removeFixedIp", {"address": old})
    api.advance(1)
    assert addresses(api, server_id) == [new]
    act(api, server_id, "removeFixedIp", {"address": "1.2.3.4"})
    api.advance(1)
    act(api, server_id, "os-resetState", {"state": "error"}, user="admin")
    assert (
        show(api, server_id)["fault"]["message"] == f"Instance {server_id} does not have fixed IP '1.2.3.4'."
    )
    assert act(api, server_id, "addFixedIp", {"networkId": "x"}, headers=mv("2.44")).status_code == 404


def test_floating_addresses_by_action(api: Api) -> None:
    server_id = built(api)
    made = api.post("nova", "/v2.1/os-floating-ips", {"pool": "public"}).json()["floating_ip"]
    wanted = {"address": made["ip"]}
    assert act(api, server_id, "addFloatingIp", wanted).status_code == 202
    assert made["ip"] in addresses(api, server_id)
    seen = api.get("nova", f"/v2.1/os-floating-ips/{made['id']}").json()["floating_ip"]
    assert (seen["instance_id"], seen["pool"]) == (server_id, "public")
    wrong = act(api, server_id, "addFloatingIp", {**wanted, "fixed_address": "10.9.9.9"})
    assert fault(wrong) == (400, "Specified fixed address not assigned to instance")
    assert act(api, server_id, "removeFloatingIp", wanted).status_code == 202
    assert made["ip"] not in addresses(api, server_id)
    assert api.delete("nova", f"/v2.1/os-floating-ips/{made['id']}").status_code == 202
    gone = act(api, server_id, "removeFloatingIp", wanted)
    assert fault(gone) == (404, f"Floating IP not found for address {made['ip']}.")
    nowhere = api.post("nova", "/v2.1/os-floating-ips", {"pool": "nope"})
    assert fault(nowhere) == (404, "Floating IP pool not found.")

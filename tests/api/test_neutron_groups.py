"""Stories of security groups: the default one is there when it is first looked for; rules must make sense.

(Networking API v2.0, recordings neutron/009, 010, 046 … 049.)
"""

from typing import Any

import pytest

Api = Any


def groups(api: Api, query: str = "", **how: Any) -> list[dict[str, Any]]:
    return api.get("neutron", f"/v2.0/security-groups{query}", **how).json()["security_groups"]


def make_group(api: Api, name: str = "web") -> dict[str, Any]:
    answer = api.post("neutron", "/v2.0/security-groups", {"security_group": {"name": name}})
    assert answer.status_code == 201, answer.text
    return answer.json()["security_group"]


def make_rule(api: Api, group_id: str, **attributes: Any) -> Any:
    body = {"security_group_id": group_id, "direction": "ingress", **attributes}
    return api.post("neutron", "/v2.0/security-group-rules", {"security_group_rule": body})


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["NeutronError"]["type"]


def test_every_project_finds_its_default_group(api: Api) -> None:
    for user in ("demo", "alt_demo"):
        (default,) = groups(api, user=user)
        assert default["name"] == "default"
        rules = {
            (rule["direction"], rule["ethertype"], rule["remote_group_id"] == default["id"])
            for rule in default["security_group_rules"]
        }
        assert rules == {
            ("ingress", "IPv4", True),
            ("ingress", "IPv6", True),
            ("egress", "IPv4", False),
            ("egress", "IPv6", False),
        }
    assert groups(api)[0]["id"] != groups(api, user="alt_demo")[0]["id"]


def test_the_default_group_stays(api: Api) -> None:
    path = f"/v2.0/security-groups/{groups(api)[0]['id']}"
    assert error(api.delete("neutron", path)) == (409, "SecurityGroupCannotRemoveDefault")
    renamed = api.put("neutron", path, {"security_group": {"name": "x"}})
    assert error(renamed) == (409, "SecurityGroupCannotUpdateDefault")
    second = api.post("neutron", "/v2.0/security-groups", {"security_group": {"name": "default"}})
    assert error(second) == (409, "SecurityGroupDefaultAlreadyExists")


def test_a_new_group_lets_everything_out_and_nothing_in(api: Api) -> None:
    group = make_group(api)
    assert {(r["direction"], r["ethertype"]) for r in group["security_group_rules"]} == {
        ("egress", "IPv4"),
        ("egress", "IPv6"),
    }
    rule = make_rule(
        api, group["id"], protocol="TCP", port_range_min=22, port_range_max=22, remote_ip_prefix="10.1.1.1"
    )
    assert rule.status_code == 201
    made = rule.json()["security_group_rule"]
    assert (made["protocol"], made["remote_ip_prefix"]) == ("tcp", "10.1.1.1/32")
    seen = api.get("neutron", f"/v2.0/security-groups/{group['id']}").json()["security_group"]
    assert len(seen["security_group_rules"]) == 3
    assert api.delete("neutron", f"/v2.0/security-group-rules/{made['id']}").status_code == 204
    assert error(api.get("neutron", f"/v2.0/security-group-rules/{made['id']}")) == (
        404,
        "SecurityGroupRuleNotFound",
    )


def test_the_same_rule_twice_is_a_conflict(api: Api) -> None:
    group = make_group(api)
    first = make_rule(api, group["id"], protocol="icmp").json()["security_group_rule"]
    twice = make_rule(api, group["id"], protocol="icmp")
    assert error(twice) == (409, "SecurityGroupRuleExists")
    assert first["id"] in twice.json()["NeutronError"]["message"]


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"direction": "sideways"}, "HTTPBadRequest"),
        ({"ethertype": "IPv5"}, "SecurityGroupRuleInvalidEtherType"),
        ({"protocol": "carrier-pigeon"}, "SecurityGroupRuleInvalidProtocol"),
        ({"protocol": 256}, "SecurityGroupRuleInvalidProtocol"),
        ({"port_range_min": 1, "port_range_max": 2}, "SecurityGroupProtocolRequiredWithPorts"),
        ({"protocol": "tcp", "port_range_min": 5, "port_range_max": 4}, "SecurityGroupInvalidPortRange"),
        ({"protocol": "tcp", "port_range_min": 70000}, "SecurityGroupInvalidPortValue"),
        ({"protocol": "icmp", "port_range_min": 300}, "SecurityGroupInvalidIcmpValue"),
        ({"protocol": "icmp", "port_range_max": 3}, "SecurityGroupMissingIcmpType"),
        ({"remote_ip_prefix": "x"}, "InvalidCIDR"),
        ({"remote_ip_prefix": "::/0"}, "SecurityGroupRuleParameterConflict"),
    ],
)
def test_a_rule_that_makes_no_sense(api: Api, attributes: dict[str, Any], kind: str) -> None:
    assert error(make_rule(api, make_group(api)["id"], **attributes)) == (400, kind)


def test_a_group_in_use_stays(api: Api) -> None:
    group = make_group(api)
    network = api.get("neutron", "/v2.0/networks?name=private").json()["networks"][0]
    body = {"port": {"network_id": network["id"], "security_groups": [group["id"]]}}
    port = api.post("neutron", "/v2.0/ports", body).json()["port"]
    path = f"/v2.0/security-groups/{group['id']}"
    assert error(api.delete("neutron", path)) == (409, "SecurityGroupInUse")
    api.put("neutron", f"/v2.0/ports/{port['id']}", {"port": {"security_groups": []}})
    assert api.delete("neutron", path).status_code == 204


def test_groups_are_their_projects(api: Api) -> None:
    group = make_group(api)
    path = f"/v2.0/security-groups/{group['id']}"
    assert error(api.get("neutron", path, user="alt_demo")) == (404, "SecurityGroupNotFound")
    body = {"security_group_rule": {"security_group_id": group["id"], "direction": "ingress"}}
    foreign = api.post("neutron", "/v2.0/security-group-rules", body, user="alt_demo")
    assert error(foreign) == (404, "SecurityGroupNotFound")
    assert [g["name"] for g in groups(api, "?name=web")] == ["web"]
    assert groups(api, "?name=web", user="alt_demo") == []

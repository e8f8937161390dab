"""Stories of sharing: RBAC policies, `shared`, external networks. (What they expect was seen on 2025.2.)"""

from typing import Any

import pytest

from tests.api.networks import NOWHERE, error, make

Api = Any


def share(api: Api, thing: dict[str, Any], kind: str = "network", **more: Any) -> Any:
    policy = {
        "object_type": kind,
        "object_id": thing["id"],
        "action": "access_as_shared",
        "target_tenant": api.project_id("alt_demo"),
        **more,
    }
    return api.post("neutron", "/v2.0/rbac-policies", {"rbac_policy": policy})


def names(api: Api, user: str, query: str = "") -> list[tuple[str, bool]]:
    rows = api.get("neutron", f"/v2.0/networks{query}", user=user).json()["networks"]
    return [(row["name"], row["shared"]) for row in rows]


@pytest.fixture
def network(api: Api) -> dict[str, Any]:
    made = make(api, "networks", name="ours")
    make(api, "subnets", network_id=made["id"], ip_version=4, cidr="10.9.0.0/28")
    return made


def test_a_policy_lets_one_project_in(api: Api, network: dict[str, Any]) -> None:
    path = f"/v2.0/networks/{network['id']}"
    assert api.get("neutron", path, user="alt_demo").status_code == 404
    answer = share(api, network)
    assert answer.status_code == 201
    policy = answer.json()["rbac_policy"]
    assert policy == {
        "id": policy["id"],
        "project_id": api.project_id("demo"),
        "tenant_id": api.project_id("demo"),
        "object_type": "network",
        "object_id": network["id"],
        "action": "access_as_shared",
        "target_tenant": api.project_id("alt_demo"),
    }
    assert names(api, "alt_demo") == [("public", False), ("ours", True)]
    assert names(api, "alt_demo", "?shared=true") == [("ours", True)]
    assert names(api, "alt_demo", "?shared=false") == [("public", False)]
    assert ("ours", False) in names(api, "demo"), "for its owner it is not shared"
    subnets = api.get("neutron", "/v2.0/subnets", user="alt_demo").json()["subnets"]
    assert "10.9.0.0/28" in [subnet["cidr"] for subnet in subnets]
    port = make(api, "ports", user="alt_demo", network_id=network["id"])
    assert port["fixed_ips"][0]["ip_address"].startswith("10.9.0.")


def test_a_guest_uses_the_network_and_does_not_own_it(api: Api, network: dict[str, Any]) -> None:
    share(api, network)
    path = f"/v2.0/networks/{network['id']}"

    def refused(**attributes: Any) -> str:
        body = {"port": {"network_id": network["id"], **attributes}}
        answer = api.post("neutron", "/v2.0/ports", body, user="alt_demo")
        assert answer.status_code == 403
        return error(answer)[2].removesuffix(" is disallowed by policy")

    base = "rule:create_port"
    fixed = refused(fixed_ips=[{"ip_address": "10.9.0.9"}])
    assert fixed == f"({base} and ({base}:fixed_ips and ({base}:fixed_ips:ip_address)))"
    pairs = refused(allowed_address_pairs=[{"ip_address": "1.2.3.4"}])
    assert pairs == (
        f"({base} and ({base}:allowed_address_pairs and ({base}:allowed_address_pairs:ip_address)))"
    )
    assert refused(port_security_enabled=False) == f"({base} and {base}:port_security_enabled)"
    changed = api.put("neutron", path, {"network": {"name": "x"}}, user="alt_demo")
    assert error(changed)[2] == "rule:update_network is disallowed by policy"
    assert api.delete("neutron", path, user="alt_demo").status_code == 403
    subnet = {"network_id": network["id"], "ip_version": 4, "cidr": "10.9.1.0/28"}
    assert api.post("neutron", "/v2.0/subnets", {"subnet": subnet}, user="alt_demo").status_code == 403
    assert api.get("neutron", f"{path}/tags", user="alt_demo").json() == {"tags": []}


def test_access_stays_while_it_is_used(api: Api, network: dict[str, Any]) -> None:
    policy = share(api, network).json()["rbac_policy"]
    path = f"/v2.0/rbac-policies/{policy['id']}"
    port = make(api, "ports", user="alt_demo", network_id=network["id"])
    in_use = error(api.delete("neutron", path))
    assert in_use[:2] == (409, "RbacPolicyInUse")
    assert in_use[2].startswith(f"RBAC policy on object {network['id']} cannot be removed because other")
    moved = api.put("neutron", path, {"rbac_policy": {"target_tenant": "somebody"}})
    assert error(moved)[:2] == (409, "RbacPolicyInUse")
    api.delete("neutron", f"/v2.0/ports/{port['id']}", user="alt_demo")
    moved = api.put("neutron", path, {"rbac_policy": {"target_tenant": "somebody"}})
    assert moved.json()["rbac_policy"]["target_tenant"] == "somebody"
    assert api.delete("neutron", path).status_code == 204
    assert error(api.get("neutron", path)) == (
        404,
        "RbacPolicyNotFound",
        f"RBAC policy of type unknown with ID {policy['id']} not found",
    )


def test_policies_are_their_owners_to_see(api: Api, network: dict[str, Any]) -> None:
    policy = share(api, network).json()["rbac_policy"]
    assert api.get("neutron", "/v2.0/rbac-policies", user="alt_demo").json() == {"rbac_policies": []}
    assert error(api.get("neutron", f"/v2.0/rbac-policies/{policy['id']}", user="alt_demo")) == (
        404,
        "RbacPolicyNotFound",
        f"RBAC policy of type network with ID {policy['id']} not found",
    )
    mine = api.get("neutron", f"/v2.0/rbac-policies?target_tenant={api.project_id('alt_demo')}&fields=id")
    assert mine.json() == {"rbac_policies": [{"id": policy["id"]}]}
    all_ = api.get("neutron", "/v2.0/rbac-policies", user="admin").json()["rbac_policies"]
    assert (all_[0]["action"], all_[0]["target_tenant"]) == ("access_as_external", "*")


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        (
            {"action": "bogus"},
            (
                400,
                "InvalidActionForType",
                "Invalid action 'bogus' for object type 'network'. Valid actions: ('access_as_shared', "
                "'access_as_external')",
            ),
        ),
        (
            {"object_type": "networks"},
            (
                400,
                "InvalidInput",
                "Invalid input for operation: 'networks' is not a valid RBAC object type.",
            ),
        ),
        (
            {"object_type": {"a": 1}},
            (
                400,
                "InvalidInput",
                "Invalid input for operation: '{'a': 1}' is not a valid RBAC object type.",
            ),
        ),
        (
            {"object_id": "x"},
            (400, "HTTPBadRequest", "Invalid input for object_id. Reason: 'x' is not a valid UUID."),
        ),
        (
            {"target_tenant": "*"},
            (
                403,
                "PolicyNotAuthorized",
                "((((rule:create_rbac_policy and rule:create_rbac_policy:object_type) and "
                "rule:create_rbac_policy:object_id) and rule:create_rbac_policy:target_tenant) and "
                "rule:create_rbac_policy:action) is disallowed by policy",
            ),
        ),
    ],
)
def test_a_policy_that_cannot_be(
    api: Api, network: dict[str, Any], wrong: dict[str, Any], refusal: tuple[int, str, str]
) -> None:
    assert error(share(api, network, **wrong)) == refusal


def test_no_policy_twice_and_none_on_anothers(api: Api, network: dict[str, Any]) -> None:
    share(api, network)
    assert error(share(api, network)) == (
        409,
        "DuplicateRbacPolicy",
        "An RBAC policy already exists with those values.",
    )
    assert error(share(api, network, object_id=NOWHERE))[:2] == (400, "InvalidInput")
    theirs = make(api, "networks", user="alt_demo", name="theirs")
    assert error(share(api, theirs))[:2] == (400, "InvalidInput")


def test_an_administrator_shares_with_all_at_once(api: Api, network: dict[str, Any]) -> None:
    path = f"/v2.0/networks/{network['id']}"

    def set_shared(value: bool, user: str = "admin") -> Any:
        return api.put("neutron", path, {"network": {"shared": value}}, user=user)

    assert error(set_shared(True, "demo"))[2] == (
        "(rule:update_network and rule:update_network:shared) is disallowed by policy"
    )
    assert set_shared(True).json()["network"]["shared"] is True
    assert ("ours", True) in names(api, "alt_demo")
    assert ("ours", True) in names(api, "demo")
    policies = api.get("neutron", "/v2.0/rbac-policies").json()["rbac_policies"]
    assert [(p["action"], p["target_tenant"]) for p in policies] == [("access_as_shared", "*")]
    port = make(api, "ports", user="alt_demo", network_id=network["id"])
    assert error(set_shared(False)) == (
        409,
        "InvalidSharedSetting",
        "Unable to reconfigure sharing settings for network ours. Multiple tenants are using it.",
    )
    api.delete("neutron", f"/v2.0/ports/{port['id']}", user="alt_demo")
    assert set_shared(False).json()["network"]["shared"] is False
    assert names(api, "alt_demo") == [("public", False)]


def test_saying_that_it_is_not_shared_needs_no_administrator(api: Api) -> None:
    assert make(api, "networks", name="plain", shared=False)["shared"] is False
    refused = api.post("neutron", "/v2.0/networks", {"network": {"shared": True}})
    assert refused.status_code == 403


def test_an_external_network_is_everybodys_to_reach(api: Api) -> None:
    outside = make(api, "networks", user="admin", name="outside", **{"router:external": True})
    path = f"/v2.0/networks/{outside['id']}"
    assert api.get("neutron", path).json()["network"]["router:external"] is True
    inside = api.put("neutron", path, {"network": {"router:external": False}}, user="admin")
    assert inside.status_code == 200
    assert api.get("neutron", path).status_code == 404
    public = api.get("neutron", "/v2.0/networks?name=public").json()["networks"][0]["id"]
    in_use = api.put(
        "neutron", f"/v2.0/networks/{public}", {"network": {"router:external": False}}, user="admin"
    )
    assert error(in_use)[:2] == (409, "ExternalNetworkInUse")


def test_a_security_group_is_lent(api: Api) -> None:
    group = make(api, "security-groups", name="lent")
    policy = share(api, group, kind="security_group").json()["rbac_policy"]
    path = f"/v2.0/security-groups/{group['id']}"
    rows = api.get("neutron", "/v2.0/security-groups?shared=true", user="alt_demo").json()["security_groups"]
    assert [(row["name"], row["shared"]) for row in rows] == [("lent", True)]
    assert api.get("neutron", path).json()["security_group"]["shared"] is False
    refused = api.put("neutron", path, {"security_group": {"name": "x"}}, user="alt_demo")
    assert error(refused)[2] == "rule:update_security_group is disallowed by policy"
    rule = {"security_group_id": group["id"], "direction": "ingress"}
    foreign = api.post(
        "neutron", "/v2.0/security-group-rules", {"security_group_rule": rule}, user="alt_demo"
    )
    assert error(foreign)[2] == "rule:create_security_group_rule is disallowed by policy"
    network = make(api, "networks", user="alt_demo", name="theirs")
    port = make(api, "ports", user="alt_demo", network_id=network["id"], security_groups=[group["id"]])
    assert port["security_groups"] == [group["id"]]
    assert error(api.delete("neutron", f"/v2.0/rbac-policies/{policy['id']}"))[:2] == (409, "RbacPolicyInUse")


def test_policies_go_with_what_they_are_about(api: Api, network: dict[str, Any]) -> None:
    share(api, network)
    assert api.delete("neutron", f"/v2.0/networks/{network['id']}").status_code == 204
    assert api.get("neutron", "/v2.0/rbac-policies").json() == {"rbac_policies": []}

"""Nobody sees or touches a neighbour's servers; a reader looks and changes nothing (recordings nova_*/254 … 257)."""

from typing import Any

import pytest

from tests.api.servers import act, built, fault, mv, order, show, volume

Api = Any
GETS = [
    "",
    "/ips",
    "/ips/private",
    "/metadata",
    "/metadata/k",
    "/tags",
    "/os-security-groups",
    "/os-interface",
    "/os-server-password",
    "/os-instance-actions",
    "/os-instance-actions/req-x",
    "/os-volume_attachments",
    "/os-volume_attachments/00000000-0000-0000-0000-000000000000",
    "/diagnostics",
]


def test_a_neighbour_finds_nothing_behind_any_path(api: Api) -> None:
    server_id = built(api)
    for tail in GETS:
        for headers in ({}, mv("2.96")):
            answer = api.get("nova", f"/v2.1/servers/{server_id}{tail}", user="alt_demo", headers=headers)
            assert answer.status_code == 404, tail


def changes(server_id: str) -> list[tuple[str, str, Any]]:
    path = f"/v2.1/servers/{server_id}"
    return [
        ("DELETE", path, None),
        ("PUT", path, {"server": {"name": "mine"}}),
        ("POST", f"{path}/metadata", {"metadata": {"k": "v"}}),
        ("PUT", f"{path}/metadata", {"metadata": {"k": "v"}}),
        ("PUT", f"{path}/metadata/k", {"meta": {"k": "v"}}),
        ("POST", f"{path}/action", {"os-stop": None}),
        ("POST", f"{path}/action", {"reboot": {"type": "SOFT"}}),
        ("POST", f"{path}/action", {"createImage": {"name": "theirs"}}),
        ("POST", f"{path}/action", {"os-getConsoleOutput": {}}),
        ("POST", f"{path}/action", {"lock": None}),
        ("POST", f"{path}/action", {"resize": {"flavorRef": "2"}}),
    ]


def test_a_neighbour_changes_nothing(api: Api) -> None:
    server_id = built(api)
    before = show(api, server_id)
    for method, path, body in changes(server_id):
        answer = api(method, "nova", path, json=body, user="alt_demo")
        assert fault(answer) == (404, f"Instance {server_id} could not be found."), (method, body)
    api.advance(5)
    assert show(api, server_id) == before


def test_a_reader_looks_and_changes_nothing(api: Api) -> None:
    server_id = built(api)
    assert show(api, server_id, user="demo_reader")["id"] == server_id
    for listed in ("/v2.1/servers", "/v2.1/servers/detail"):
        (server,) = api.get("nova", listed, user="demo_reader").json()["servers"]
        assert server["id"] == server_id
    before = show(api, server_id)
    for method, path, body in changes(server_id):
        answer = api(method, "nova", path, json=body, user="demo_reader")
        assert answer.status_code == 403, (method, body)
    create = api.post("nova", "/v2.1/servers", order(api), user="demo_reader")
    assert fault(create) == (403, "Policy doesn't allow os_compute_api:servers:create to be performed.")
    api.advance(5)
    assert show(api, server_id) == before


def test_lists_hold_ones_own(api: Api) -> None:
    mine = built(api, "mine")
    theirs = api.post("nova", "/v2.1/servers", order(api, "theirs"), user="alt_demo").json()["server"]["id"]
    for user, expected in (("demo", {mine}), ("alt_demo", {theirs}), ("admin", set())):
        found = api.get("nova", "/v2.1/servers", user=user).json()["servers"]
        assert {server["id"] for server in found} == expected
    everyone = api.get("nova", "/v2.1/servers?all_tenants=1", user="admin").json()["servers"]
    assert {server["id"] for server in everyone} == {mine, theirs}
    refused = fault(api.get("nova", "/v2.1/servers?all_tenants=1"))
    assert refused == (
        403,
        "Policy doesn't allow os_compute_api:servers:index:get_all_tenants to be performed.",
    )
    assert "servers:detail:get_all_tenants" in fault(api.get("nova", "/v2.1/servers/detail?all_tenants"))[1]
    for tail in (f"uuid={theirs}", f"tenant_id={api.project_id('alt_demo')}", f"marker={theirs}"):
        answer = api.get("nova", f"/v2.1/servers?{tail}")
        assert theirs not in str(answer.json().get("servers", "")), tail


def test_admin_sees_and_ends_anybodys(api: Api) -> None:
    server_id = built(api)
    assert show(api, server_id, user="admin")["OS-EXT-SRV-ATTR:host"] == "devstack"
    assert "OS-EXT-SRV-ATTR:host" not in show(api, server_id)
    assert act(api, server_id, "os-stop", user="admin").status_code == 202
    api.advance(3)
    assert api.delete("nova", f"/v2.1/servers/{server_id}", user="admin").status_code == 204
    api.advance(5)
    assert api.get("nova", f"/v2.1/servers/{server_id}").status_code == 404


def test_a_neighbours_things_are_no_use(api: Api) -> None:
    """Networks, ports, groups, key pairs and volumes of another project are unknown here."""
    group = {"security_group": {"name": "theirs"}}
    network = api.post("neutron", "/v2.0/networks", {"network": {"name": "theirs"}}, user="alt_demo")
    group_id = api.post("neutron", "/v2.0/security-groups", group, user="alt_demo").json()["security_group"][
        "id"
    ]
    volume_id = volume(api)
    keypair = {"keypair": {"name": "theirs", "public_key": KEY}}
    assert api.post("nova", "/v2.1/os-keypairs", keypair, user="alt_demo").status_code == 200
    for more in (
        {"networks": [{"uuid": network.json()["network"]["id"]}]},
        {"security_groups": [{"name": group_id}]},
        {"key_name": "theirs"},
    ):
        answer = api.post("nova", "/v2.1/servers", order(api, **more))
        assert answer.status_code == 400, answer.text
    server_id = api.post("nova", "/v2.1/servers", order(api), user="alt_demo").json()["server"]["id"]
    api.advance(10)
    path = f"/v2.1/servers/{server_id}/os-volume_attachments"
    answer = api.post("nova", path, {"volumeAttachment": {"volumeId": volume_id}}, user="alt_demo")
    assert fault(answer) == (404, f"Volume {volume_id} could not be found.")


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl them@desk"


@pytest.mark.parametrize("project", ["alt_demo", "admin"])
def test_the_url_names_ones_own_project(api: Api, project: str) -> None:
    other = api.project_id(project)
    answer = api.get("nova", f"/v2.1/{other}/servers")
    assert fault(answer) == (
        400,
        f"Malformed request URL: URL's project_id '{other}' doesn't match "
        f"Context's project_id '{api.project_id('demo')}'",
    )

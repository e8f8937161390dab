"""Stories of what is told of use, of old windows on other services, and of a list's filters (seen on 2025.2)."""

from typing import Any

import pytest

from tests.api.servers import act, built, create, fault, mv, show, volume

Api = Any


def test_hours_are_the_life_of_servers(api: Api) -> None:
    server_id = built(api, flavorRef="3")  # 2 VCPUs, 4096 MiB, 40 GiB
    api.advance(1800)
    path = f"/v2.1/os-simple-tenant-usage/{api.project_id('demo')}?start=2026-01-01T00:00:00"
    (usage,) = api.get("nova", path).json()["tenant_usage"]["server_usages"]
    assert 0.5 < usage["hours"] < 0.51 and usage["uptime"] == int(usage["hours"] * 3600)
    assert (usage["state"], usage["ended_at"], usage["flavor"]) == ("active", None, "m1.medium")
    api.delete("nova", f"/v2.1/servers/{server_id}")
    api.advance(1200)
    whole = api.get("nova", path).json()["tenant_usage"]
    assert 0.5 < whole["total_hours"] < 0.51 and whole["server_usages"][0]["state"] == "terminated"
    assert whole["total_vcpus_usage"] == pytest.approx(2 * whole["total_hours"])
    assert whole["total_memory_mb_usage"] == pytest.approx(4096 * whole["total_hours"])
    half = api.get("nova", f"{path}&end=2026-01-01T00:15:00").json()["tenant_usage"]
    assert half["total_hours"] == pytest.approx(0.25, abs=0.01)
    later = path.replace("00:00:00", "00:45:00")
    assert api.get("nova", later).json() == {"tenant_usage": {}}
    everyone = api.get("nova", "/v2.1/os-simple-tenant-usage?start=2026-01-01T00:00:00", user="admin").json()
    assert "server_usages" not in everyone["tenant_usages"][0]


def test_usage_is_the_projects_own(api: Api) -> None:
    path = "/v2.1/os-simple-tenant-usage"
    assert api.get("nova", path).status_code == 403
    assert api.get("nova", f"{path}/{api.project_id('admin')}").status_code == 403
    bad = api.get("nova", f"{path}?start=zz", user="admin")
    assert fault(bad) == (400, "Invalid datetime string: Datetime is in invalid format")
    ahead = api.get("nova", f"{path}?start=2030-01-01T00:00:00", user="admin")
    assert fault(ahead)[1].startswith("Invalid start time.")
    built(api, "a")
    built(api, "b")
    how: Any = {"user": "admin", "headers": mv("2.40")}
    page = api.get("nova", f"{path}?detailed=1&limit=1&start=2026-01-01T00:00:00", **how).json()
    last = page["tenant_usages"][0]["server_usages"][0]["instance_id"]
    assert page["tenant_usages_links"][0]["href"].endswith(f"&marker={last}")
    rest = api.get("nova", f"{path}?detailed=1&start=2026-01-01T00:00:00&marker={last}", **how).json()
    assert len(rest["tenant_usages"][0]["server_usages"]) == 1


def test_quota_classes_are_everybodys_defaults(api: Api) -> None:
    path = "/v2.1/os-quota-class-sets/default"
    assert api.get("nova", path).status_code == 403
    changed = api.put("nova", path, {"quota_class_set": {"instances": 3}}, user="admin")
    assert changed.json()["quota_class_set"]["instances"] == 3
    assert api.get("nova", "/v2.1/limits").json()["limits"]["absolute"]["maxTotalInstances"] == 3
    defaults = api.get("nova", f"/v2.1/os-quota-sets/{api.project_id('demo')}/defaults").json()["quota_set"]
    assert (defaults["instances"], defaults["cores"]) == (3, 20)
    shown = api.get("nova", path, user="admin", headers=mv("2.57")).json()["quota_class_set"]
    assert "server_groups" in shown and "fixed_ips" not in shown


def test_the_windows_on_cinder(api: Api) -> None:
    volume_id = volume(api, "data")
    server_id = built(api)
    attachment = {"volumeAttachment": {"volumeId": volume_id}}
    api.post("nova", f"/v2.1/servers/{server_id}/os-volume_attachments", attachment)
    api.advance(5)
    (seen,) = api.get("nova", "/v2.1/os-volumes").json()["volumes"]
    assert (seen["displayName"], seen["status"]) == ("data", "in-use")
    assert seen["attachments"][0]["serverId"] == server_id
    assert api.get("nova", f"/v2.1/os-volumes/{volume_id}").json()["volume"] == seen
    api.post("cinder", "/v3/snapshots", {"snapshot": {"volume_id": volume_id, "name": "s", "force": True}})
    api.advance(5)
    (snapshot,) = api.get("nova", "/v2.1/os-snapshots").json()["snapshots"]
    assert (snapshot["volumeId"], snapshot["displayName"], snapshot["size"]) == (volume_id, "s", 1)
    unknown = api.get("nova", "/v2.1/os-volumes/nope")
    assert fault(unknown) == (404, "Volume nope could not be found.")
    assert api.get("nova", "/v2.1/os-volumes", headers=mv("2.36")).status_code == 404


def test_the_windows_on_neutron(api: Api) -> None:
    (group,) = api.get("nova", "/v2.1/os-security-groups").json()["security_groups"]
    assert api.get("nova", f"/v2.1/os-security-groups/{group['id']}").json()["security_group"] == group
    networks = api.get("nova", "/v2.1/os-networks", user="admin").json()["networks"]
    assert {"vlan", "bridge"} <= set(networks[0])
    one = api.get("nova", f"/v2.1/os-tenant-networks/{networks[0]['id']}", user="admin").json()["network"]
    assert one["cidr"] == "None"
    assert fault(api.get("nova", "/v2.1/os-networks/nope")) == (404, "Network not found")
    assert api.post("nova", "/v2.1/os-networks", {"network": {"label": "x"}}).status_code == 410
    host = api.get("nova", "/v2.1/os-hosts/devstack", user="admin").json()["host"]
    assert host[0]["resource"] == {"host": "devstack", "project": "(total)", "cpu": 1000, "memory_mb": 800000,
                                   "disk_gb": 600000}  # fmt: skip
    assert api.get("nova", "/v2.1/os-hosts", user="admin", headers=mv("2.43")).status_code == 404


# query, how many of two an administrator finds, a member before 2.83, a member at 2.96
FILTERS = [
    ("config_drive=True", 1, 2, 1),
    ("config_drive=False", 0, 2, 0),
    ("created_at=2026-01-01", 2, 2, 2),
    ("created_at=2025", 0, 2, 0),
    ("launched_at=2026", 2, 2, 2),
    ("terminated_at=2026", 0, 2, 0),
    ("access_ip_v4=192", 1, 2, 2),
    ("display_name=we", 1, 2, 2),
    ("display_description=words", 1, 2, 2),
    ("description=words", 2, 2, 2),
    ("hostname=we.", 1, 2, 1),
    ("node=dev", 2, 2, 2),
    ("key_name=zz", 0, 2, 0),
    ("availability_zone=no", 2, 2, 2),
    ("power_state=1", 2, 2, 2),
    ("power_state=x", 0, 2, 0),
    ("progress=0", 2, 2, 2),
    ("vm_state=stopped", 0, 2, 0),
    ("user_id=zz", 0, 2, 0),
    ("auto_disk_config=True", 0, 2, 2),
    ("project_id=zz", 0, 2, 2),
]


def test_filters_by_role_and_version(api: Api) -> None:
    create(api, "web", config_drive=True, accessIPv4="192.168.1.1", description="words", headers=mv("2.19"))
    built(api, "other")
    api.advance(5)

    def count(query: str, **how: Any) -> int:
        return len(api.get("nova", f"/v2.1/servers?{query}", **how).json()["servers"])

    for query, admins, before, after in FILTERS:
        found = (
            count(f"{query}&all_tenants=1", user="admin"),
            count(query),
            count(query, headers=mv("2.96")),
        )
        assert found == (admins, before, after), query
    assert count(f"tenant_id={api.project_id('demo')}", user="admin") == 2
    act(api, show(api, built(api, "third"))["id"], "lock")
    assert count("locked=true&all_tenants=1", user="admin") == 3  # not yet a filter
    assert count("locked=true", headers=mv("2.73")) == 1


@pytest.mark.parametrize("query", ["name=*", "ip=", "key_name=%5B", "reservation_id=("])
def test_a_pattern_that_is_none(api: Api, query: str) -> None:
    answer = api.get("nova", f"/v2.1/servers?{query}")
    assert answer.status_code == 400 and "is not a 'regex'" in fault(answer)[1]
    refused = api.get("nova", "/v2.1/servers?block_device_mapping=1", user="admin")
    assert fault(refused) == (400, "Invalid filter field: block_device_mapping.")

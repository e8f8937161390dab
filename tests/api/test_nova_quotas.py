"""Stories of quotas, limits and availability zones (recordings nova_*/043 … 049 and 258 … 265)."""

from typing import Any

Api = Any


def mv(version: str) -> dict[str, str]:
    return {"OpenStack-API-Version": f"compute {version}"}


def path_of(api: Api, tail: str = "") -> str:
    return f"/v2.1/os-quota-sets/{api.project_id('demo')}{tail}"


def test_a_project_starts_with_the_defaults(api: Api) -> None:
    quota = api.get("nova", path_of(api)).json()["quota_set"]
    assert quota == api.get("nova", path_of(api, "/defaults")).json()["quota_set"]
    assert (quota["id"], quota["instances"], quota["cores"], quota["ram"]) == (
        api.project_id("demo"),
        10,
        20,
        51200,
    )


def test_detail_says_what_is_in_use(api: Api) -> None:
    detail = api.get("nova", path_of(api, "/detail")).json()["quota_set"]
    assert detail["instances"] == {"limit": 10, "in_use": 0, "reserved": 0}
    assert detail["fixed_ips"] == {"limit": -1, "in_use": 0, "reserved": 0}


def test_quotas_that_went_elsewhere_leave_the_answer(api: Api) -> None:
    for version, gone, kept in [
        ("2.35", set(), {"fixed_ips", "injected_files"}),
        (
            "2.36",
            {"fixed_ips", "floating_ips", "security_groups", "security_group_rules"},
            {"injected_files"},
        ),
        ("2.57", {"fixed_ips", "injected_files", "injected_file_path_bytes"}, {"server_groups", "key_pairs"}),
    ]:
        for tail in ("", "/detail", "/defaults"):
            shown = set(api.get("nova", path_of(api, tail), headers=mv(version)).json()["quota_set"])
            assert not gone & shown
            assert kept <= shown


def test_an_admin_sets_and_resets_the_quota_of_a_project(api: Api) -> None:
    changed = api.put("nova", path_of(api), {"quota_set": {"instances": 4, "cores": "-1"}}, user="admin")
    assert changed.status_code == 200
    assert "id" not in changed.json()["quota_set"]
    quota = api.get("nova", path_of(api)).json()["quota_set"]
    assert (quota["instances"], quota["cores"]) == (4, -1)
    assert api.get("nova", path_of(api, "/defaults")).json()["quota_set"]["instances"] == 10
    other = f"/v2.1/os-quota-sets/{api.project_id('alt_demo')}"
    assert api.get("nova", other, user="alt_demo").json()["quota_set"]["instances"] == 10
    reset = api.delete("nova", path_of(api), user="admin")
    assert (reset.status_code, reset.content) == (202, b"")
    assert api.get("nova", path_of(api)).json()["quota_set"]["instances"] == 10


def test_servers_count_and_their_quota_is_kept(api: Api) -> None:
    image = api.get("glance", "/v2/images").json()["images"][0]["id"]

    def create(**more: Any) -> Any:
        server = {"name": "vm", "imageRef": image, "flavorRef": "2", **more}
        return api.post("nova", "/v2.1/servers", {"server": server})

    assert create(min_count=3, max_count=3).status_code == 202
    detail = api.get("nova", path_of(api, "/detail")).json()["quota_set"]
    assert [detail[name]["in_use"] for name in ("instances", "cores", "ram")] == [3, 3, 6144]
    absolute = api.get("nova", "/v2.1/limits").json()["limits"]["absolute"]
    assert (absolute["totalInstancesUsed"], absolute["totalRAMUsed"]) == (3, 6144)

    low = api.put("nova", path_of(api), {"quota_set": {"instances": 2}}, user="admin")
    assert low.json()["badRequest"]["message"] == (
        "Quota limit 2 for instances must be greater than or equal to already used and reserved 3."
    )
    forced = {"quota_set": {"instances": 2, "ram": 6144, "force": True}}
    assert api.put("nova", path_of(api), forced, user="admin").status_code == 200
    refused = create()
    assert refused.status_code == 403
    assert refused.json()["forbidden"]["message"] == (
        "Quota exceeded for instances, ram: Requested 1, 2048, but already used 3, 6144 of 2, 6144 instances, ram"
    )


def test_members_may_look_at_their_own_quota_only(api: Api) -> None:
    body = {"quota_set": {"cores": 1000}}
    refused = api.put("nova", path_of(api), body)
    assert refused.status_code == 403
    assert refused.json()["forbidden"]["message"] == (
        "Policy doesn't allow os_compute_api:os-quota-sets:update to be performed."
    )
    assert api.delete("nova", path_of(api)).status_code == 403
    assert api.get("nova", path_of(api), user="demo_reader").status_code == 200
    assert api.get("nova", path_of(api), user="alt_demo").status_code == 403


def test_a_wrong_quota_is_400(api: Api) -> None:
    for wrong in [
        {"foo": 1},
        {"cores": -2},
        {"cores": "x"},
        {"cores": None},
        {"cores": 2**31},
        {"cores": "9" * 30},
        {"cores": 1.5},
        [],
    ]:
        answer = api.put("nova", path_of(api), {"quota_set": wrong}, user="admin")
        assert answer.status_code == 400, answer.text


def test_a_quota_that_the_microversion_lost_is_400_and_v2_ignores_any(api: Api) -> None:
    body = {"quota_set": {"fixed_ips": 5}}
    assert api.put("nova", path_of(api), body, user="admin").status_code == 200
    assert api.put("nova", path_of(api), body, user="admin", headers=mv("2.36")).status_code == 400
    lenient = f"/v2/{api.project_id('admin')}/os-quota-sets/{api.project_id('demo')}"
    assert api.put("nova", lenient, {"quota_set": {"foo": 1}}, user="admin").status_code == 200


def test_a_project_that_keystone_doesnt_know_is_400(api: Api) -> None:
    answer = api.get("nova", f"/v2.1/os-quota-sets/{'0' * 32}", user="admin")
    assert answer.status_code == 400
    assert answer.json()["badRequest"]["message"] == f"Project ID {'0' * 32} is not a valid project."


def test_limits_tell_quota_and_usage_together(api: Api) -> None:
    api.put("nova", path_of(api), {"quota_set": {"cores": 7}}, user="admin")
    limits = api.get("nova", "/v2.1/limits").json()["limits"]
    assert limits["rate"] == []
    assert limits["absolute"]["maxTotalCores"] == 7
    assert limits["absolute"]["totalCoresUsed"] == 0
    assert limits["absolute"]["maxTotalFloatingIps"] == -1


def test_limits_shrink_with_the_microversions(api: Api) -> None:
    for version, gone, kept in [
        ("2.36", "totalFloatingIpsUsed", "maxImageMeta"),
        ("2.39", "maxImageMeta", "maxPersonality"),
        ("2.57", "maxPersonality", "maxServerMeta"),
    ]:
        absolute = api.get("nova", "/v2.1/limits", headers=mv(version)).json()["limits"]["absolute"]
        assert gone not in absolute
        assert kept in absolute


def test_another_projects_limits_are_for_admins(api: Api) -> None:
    query = f"/v2.1/limits?tenant_id={api.project_id('demo')}"
    assert api.get("nova", query, user="admin").status_code == 200
    refused = api.get("nova", query, user="alt_demo")
    assert "os_compute_api:limits:other_project" in refused.json()["forbidden"]["message"]


def test_there_is_one_zone_and_admins_see_the_host_in_it(api: Api) -> None:
    answer = api.get("nova", "/v2.1/os-availability-zone").json()
    assert answer == {
        "availabilityZoneInfo": [{"zoneName": "nova", "zoneState": {"available": True}, "hosts": None}]
    }
    assert api.get("nova", "/v2.1/os-availability-zone/detail").status_code == 403
    zones = api.get("nova", "/v2.1/os-availability-zone/detail", user="admin").json()["availabilityZoneInfo"]
    assert [zone["zoneName"] for zone in zones] == ["internal", "nova"]
    [services] = zones[1]["hosts"].values()
    assert services["nova-compute"]["available"] is True

"""Stories of quotas and volume types (recordings cinder/008 to 019, 129 to 137)."""

from typing import Any

import pytest

from tests.api.test_cinder_snapshots import snap
from tests.api.test_cinder_volumes import make, refused

Api = Any


def limit(api: Api, **wanted: Any) -> Any:
    """Demo's quotas, set by the administrator."""
    path = f"/v3/os-quota-sets/{api.project_id('demo')}"
    return api.put("cinder", path, {"quota_set": wanted}, user="admin")


def usage(api: Api, resource: str) -> dict[str, int]:
    path = f"/v3/os-quota-sets/{api.project_id('demo')}?usage=True"
    found: dict[str, int] = api.get("cinder", path).json()["quota_set"][resource]
    return found


def test_the_eleventh_volume_is_too_many(api: Api) -> None:
    for n in range(10):
        make(api, wait=False, name=str(n))
    answer = api.post("cinder", "/v3/volumes", {"volume": {"size": 1}})
    message = refused(answer, 413)
    assert (
        message == "VolumeLimitExceeded: Maximum number of volumes allowed (10) exceeded for quota 'volumes'."
    )
    assert answer.headers["Retry-After"] == answer.json()["overLimit"]["retryAfter"] == "0"
    assert len(api.get("cinder", "/v3/volumes").json()["volumes"]) == 10


def test_gigabytes_count_volumes_and_snapshots(api: Api) -> None:
    id = make(api, size=3)["id"]
    snap(api, id)
    assert usage(api, "gigabytes") == {"limit": 1000, "in_use": 6, "reserved": 0}
    assert usage(api, "gigabytes_lvmdriver-1")["in_use"] == 6
    assert limit(api, gigabytes=7).status_code == 200
    message = refused(api.post("cinder", "/v3/volumes", {"volume": {"size": 2}}), 413)
    assert message == (
        "VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. "
        "Requested 2G, quota is 7G and 6G has been consumed."
    )
    refused(api.post("cinder", f"/v3/volumes/{id}/action", {"os-extend": {"new_size": 5}}), 413)
    assert api.post("cinder", f"/v3/volumes/{id}/action", {"os-extend": {"new_size": 4}}).status_code == 202
    assert usage(api, "gigabytes") == {"limit": 7, "in_use": 6, "reserved": 1}
    api.advance(1)
    assert usage(api, "gigabytes") == {"limit": 7, "in_use": 7, "reserved": 0}


def test_what_is_deleted_counts_no_more(api: Api) -> None:
    id = make(api)["id"]
    limit(api, volumes=1)
    assert api.post("cinder", "/v3/volumes", {"volume": {"size": 1}}).status_code == 413
    api.delete("cinder", f"/v3/volumes/{id}")
    api.advance(1)
    assert api.post("cinder", "/v3/volumes", {"volume": {"size": 1}}).status_code == 202


def test_no_volume_larger_than_allowed(api: Api) -> None:
    limit(api, per_volume_gigabytes=2)
    message = refused(api.post("cinder", "/v3/volumes", {"volume": {"size": 3}}), 413)
    assert (
        message == "VolumeSizeExceedsLimit: Requested volume size 3G is larger than maximum allowed limit 2G."
    )


def test_limits_show_what_is_used(api: Api) -> None:
    snap(api, make(api, size=2)["id"])
    absolute = api.get("cinder", "/v3/limits").json()["limits"]["absolute"]
    assert absolute["maxTotalVolumes"] == 10
    used = ("totalVolumesUsed", "totalGigabytesUsed", "totalSnapshotsUsed")
    assert [absolute[name] for name in used] == [1, 4, 1]
    assert (
        api.get("cinder", "/v3/limits", user="alt_demo").json()["limits"]["absolute"]["totalVolumesUsed"] == 0
    )


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"volumes": -2}, "volumes must be >= -1"),
        ({"volumes": 2**31}, "volumes must be <= 2147483647"),
        ({"volumes": "x"}, "volumes must be an integer"),
        ({"volumes": True}, "volumes must be an integer"),
        ({"colors": 1}, "Invalid input received: Bad key(s) in quota set: colors"),
    ],
)
def test_a_limit_that_cannot_be(api: Api, wanted: dict[str, Any], sentence: str) -> None:
    assert refused(limit(api, **wanted)) == sentence


def test_quotas_are_the_administrators_and_go_back_to_defaults(api: Api) -> None:
    project = api.project_id("demo")
    path = f"/v3/os-quota-sets/{project}"
    assert "volume_extension:quotas:update" in refused(
        api.put("cinder", path, {"quota_set": {"volumes": 1}}), 403
    )
    assert "volume_extension:quotas:show" in refused(api.get("cinder", path, user="alt_demo"), 403)
    limit(api, volumes=77)
    assert api.get("cinder", path).json()["quota_set"]["volumes"] == 77
    assert api.get("cinder", f"{path}/defaults").json()["quota_set"]["volumes"] == 10
    assert api.delete("cinder", path, user="admin").status_code == 200
    assert api.get("cinder", path).json()["quota_set"]["volumes"] == 10


def test_types_are_seen_by_all_and_managed_by_administrators(api: Api) -> None:
    wish = {"volume_type": {"name": "fast", "extra_specs": {"volume_backend_name": "ssd"}}}
    assert "type_create" in refused(api.post("cinder", "/v3/types", wish), 403)
    fast = api.post("cinder", "/v3/types", wish, user="admin").json()["volume_type"]
    assert (
        refused(api.post("cinder", "/v3/types", wish, user="admin"), 409)
        == "Volume Type fast already exists."
    )
    seen = {t["name"]: t for t in api.get("cinder", "/v3/types").json()["volume_types"]}
    assert set(seen) == {"lvmdriver-1", "__DEFAULT__", "fast"}
    assert seen["fast"]["extra_specs"] == {}
    specs = f"/v3/types/{fast['id']}/extra_specs"
    assert api.get("cinder", specs, user="admin").json() == {"extra_specs": {"volume_backend_name": "ssd"}}
    assert make(api, volume_type="fast")["volume_type"] == "fast"
    assert make(api, volume_type=fast["id"])["volume_type"] == "fast"
    assert usage(api, "volumes_fast")["in_use"] == 2
    message = refused(api.delete("cinder", f"/v3/types/{fast['id']}", user="admin"))
    assert message == "Target volume type is still in use."


def test_a_private_type_is_not_for_everybody(api: Api) -> None:
    wish = {"volume_type": {"name": "secret", "os-volume-type-access:is_public": False}}
    id = api.post("cinder", "/v3/types", wish, user="admin").json()["volume_type"]["id"]
    assert api.get("cinder", f"/v3/types/{id}").status_code == 404
    answer = api.post("cinder", "/v3/volumes", {"volume": {"size": 1, "volume_type": "secret"}})
    assert refused(answer, 404) == "Volume type with name secret could not be found."
    names = [
        t["name"] for t in api.get("cinder", "/v3/types?is_public=None", user="admin").json()["volume_types"]
    ]
    assert names == ["secret", "lvmdriver-1", "__DEFAULT__"]


def test_the_default_type_stays(api: Api) -> None:
    default = api.get("cinder", "/v3/types/default").json()["volume_type"]
    assert default["name"] == "lvmdriver-1"
    message = refused(api.delete("cinder", f"/v3/types/{default['id']}", user="admin"))
    assert message == f"The volume type {default['id']} is a default volume type and cannot be deleted."
    renamed = {"volume_type": {"name": "standard"}}
    assert api.put("cinder", f"/v3/types/{default['id']}", renamed, user="admin").status_code == 200
    assert make(api)["volume_type"] == "standard"


def test_processes_zones_and_pools(api: Api) -> None:
    zones = api.get("cinder", "/v3/os-availability-zone").json()["availabilityZoneInfo"]
    assert zones == [{"zoneName": "nova", "zoneState": {"available": True}}]
    services = api.get("cinder", "/v3/os-services", user="admin").json()["services"]
    assert [s["binary"] for s in services] == ["cinder-volume", "cinder-scheduler"]
    assert "services:index" in refused(api.get("cinder", "/v3/os-services"), 403)
    make(api, size=5)
    (pool,) = api.get("cinder", "/v3/scheduler-stats/get_pools?detail=True", user="admin").json()["pools"]
    assert pool["capabilities"]["allocated_capacity_gb"] == 5

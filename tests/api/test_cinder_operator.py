"""Stories of who runs cinder: services, hosts, quota classes, messages, and lists of what there is none of.

Recordings cinder/020 and 139; the rest was seen on 2025.2.
"""

from typing import Any

import pytest

from tests.api.test_cinder_volumes import make, mv, refused, show

Api = Any
HOST = "devstack@lvmdriver-1"


def switch(api: Api, action: str, user: str = "admin", **wish: Any) -> Any:
    body = {"host": HOST, "binary": "cinder-volume", **wish}
    return api.put("cinder", f"/v3/os-services/{action}", body, user=user)


def service(api: Api, minor: int = 0) -> dict[str, Any]:
    path = "/v3/os-services?binary=cinder-volume"
    (found,) = api.get("cinder", path, user="admin", headers=mv(minor)).json()["services"]
    return found


def test_a_service_is_switched_off_and_on(api: Api) -> None:
    off = switch(api, "disable-log-reason", disabled_reason="new disks")
    assert off.json() == {
        "disabled_reason": "new disks",
        "disabled": True,
        "host": HOST,
        "service": "",
        "binary": "cinder-volume",
        "status": "disabled",
    }
    assert (service(api)["status"], service(api)["disabled_reason"]) == ("disabled", "new disks")
    zone = api.get("cinder", "/v3/os-availability-zone").json()["availabilityZoneInfo"][0]
    assert zone["zoneState"] == {"available": False}
    assert switch(api, "enable").json()["status"] == "enabled"
    assert service(api)["status"] == "enabled"
    assert "backend_state" not in service(api) and service(api, 49)["backend_state"] == "up"


def test_switching_that_is_refused(api: Api) -> None:
    assert refused(switch(api, "enable", user="demo"), 403) == (
        "Policy doesn't allow volume_extension:services:update to be performed."
    )
    assert refused(switch(api, "enable", host="nowhere"), 404) == (
        "Service cinder-volume could not be found on host nowhere."
    )
    assert refused(switch(api, "dance")) == "Invalid input received: Unknown action"
    neither = api.put("cinder", "/v3/os-services/enable", {"host": HOST}, user="admin")
    assert refused(neither) == f"{{'host': '{HOST}'}} is not valid under any of the given schemas"
    hostless = api.put("cinder", "/v3/os-services/enable", {"binary": "cinder-volume"}, user="admin")
    assert refused(hostless) == "Invalid input received: Host field is missing."
    failover = api.put("cinder", "/v3/os-services/failover_host", {"host": HOST}, user="admin")
    assert failover.headers["X-Cloudlab-Absent"] == "PUT /os-services/failover_host"


def test_a_volume_that_finds_no_place_is_in_error_and_a_message_says_why(api: Api) -> None:
    switch(api, "disable")
    id = make(api)["id"]
    assert show(api, id)["status"] == "error"
    (message,) = api.get("cinder", "/v3/messages", headers=mv(3)).json()["messages"]
    assert (
        message["user_message"] == "schedule allocate volume:Could not find any available weighted backend."
    )
    assert (message["event_id"], message["resource_uuid"]) == ("VOLUME_VOLUME_001_003", id)
    assert message["guaranteed_until"].startswith("2026-01-31T")
    path = f"/v3/messages/{message['id']}"
    assert api.get("cinder", path, headers=mv(3)).json()["message"] == message
    assert api.get("cinder", "/v3/messages", headers=mv(3), user="alt_demo").json() == {"messages": []}
    assert refused(api.get("cinder", path, headers=mv(3), user="alt_demo"), 404) == (
        f"Message {message['id']} could not be found."
    )
    other = api.get("cinder", "/v3/messages?resource_uuid=x", headers=mv(5)).json()
    assert other == {"messages": []}
    assert api.delete("cinder", path, headers=mv(3)).status_code == 204
    assert api.get("cinder", "/v3/messages", headers=mv(5)).json() == {"messages": []}
    assert api.get("cinder", "/v3/messages").status_code == 404  # before 3.3


def test_freezing(api: Api) -> None:
    frozen = api.put("cinder", "/v3/os-services/freeze", {"host": HOST}, user="admin")
    assert (frozen.status_code, frozen.content) == (200, b"")
    assert service(api)["frozen"] is True
    api.put("cinder", "/v3/os-services/thaw", {"host": HOST}, user="admin")
    assert service(api)["frozen"] is False


def test_hosts_count_what_is_on_them(api: Api) -> None:
    make(api, size=2)
    hosts = api.get("cinder", "/v3/os-hosts", user="admin").json()["hosts"]
    assert [host["host_name"] for host in hosts] == ["devstack", HOST]
    total, of_demo = api.get("cinder", f"/v3/os-hosts/{HOST}", user="admin").json()["host"]
    assert total["resource"]["project"] == "(total)"
    assert of_demo["resource"] == {
        "host": HOST,
        "project": api.project_id(),
        "volume_count": "1",
        "total_volume_gb": "2",
        "snapshot_count": "0",
        "total_snapshot_gb": "0",
    }
    assert refused(api.get("cinder", "/v3/os-hosts/nowhere", user="admin"), 404).endswith("on host nowhere.")
    assert refused(api.get("cinder", "/v3/os-hosts"), 403).startswith("Policy doesn't allow")
    capable = api.get("cinder", f"/v3/capabilities/{HOST}", user="admin").json()
    assert capable["namespace"] == f"OS::Storage::Capabilities::{HOST}"
    assert refused(api.get("cinder", "/v3/capabilities/x", user="admin"), 404) == "Can't find service: x"


def test_the_class_default_is_everybodys_default(api: Api) -> None:
    path = "/v3/os-quota-class-sets/default"

    def change(limits: Any, user: str = "admin") -> Any:
        return api.put("cinder", path, {"quota_class_set": limits}, user=user)

    assert change({"volumes": 1}).json()["quota_class_set"]["volumes"] == 1
    shown = api.get("cinder", path, user="admin").json()["quota_class_set"]
    assert (shown["volumes"], shown["id"]) == (1, "default")
    defaults = api.get("cinder", f"/v3/os-quota-sets/{api.project_id()}/defaults").json()["quota_set"]
    assert defaults["volumes"] == 1
    make(api)
    over = api.post("cinder", "/v3/volumes", {"volume": {"size": 1}})
    assert refused(over, 413).startswith("VolumeLimitExceeded: Maximum number of volumes allowed (1)")
    assert refused(change({"cars": 1})) == "Invalid input received: Bad key(s) in quota class set: cars"
    assert refused(change({"volumes": -2})).endswith("-2 is less than the minimum of -1")
    assert refused(change({"volumes": "x"})).endswith("'x' does not match '^[0-9]*$'")
    assert refused(change({}, user="demo"), 403).startswith("Policy doesn't allow")
    other = api.get("cinder", "/v3/os-quota-class-sets/other", user="admin").json()["quota_class_set"]
    assert (other["volumes"], other["id"]) == (1, "other")


EMPTY = {
    "/backups": ("backups", 0),
    "/backups/detail": ("backups", 0),
    "/groups": ("groups", 13),
    "/groups/detail": ("groups", 13),
    "/group_snapshots": ("group_snapshots", 14),
    "/consistencygroups": ("consistencygroups", 0),
    "/cgsnapshots": ("cgsnapshots", 0),
}


@pytest.mark.parametrize("path", EMPTY)
def test_lists_of_what_there_is_none_of(api: Api, path: str) -> None:
    name, start = EMPTY[path]
    assert api.get("cinder", f"/v3{path}", headers=mv(start)).json() == {name: []}
    assert refused(api.get("cinder", f"/v3{path}?limit=x", headers=mv(start))) == (
        "limit param must be an integer"
    )
    if start:
        assert api.get("cinder", f"/v3{path}", headers=mv(start - 1)).status_code == 404


def test_none_of_them_is_found(api: Api) -> None:
    for kind, path in {"Backup": "backups", "Group": "groups", "GroupSnapshot": "group_snapshots"}.items():
        missing = api.get("cinder", f"/v3/{path}/nope", headers=mv(71))
        assert refused(missing, 404) == f"{kind} nope could not be found."
    assert api.get("cinder", "/v3/clusters", headers=mv(7), user="admin").json() == {"clusters": []}
    assert refused(api.get("cinder", "/v3/clusters/x", headers=mv(7), user="admin"), 404) == (
        "Cluster {'binary': 'cinder-volume', 'name': 'x'} could not be found."
    )
    assert refused(api.get("cinder", "/v3/clusters", headers=mv(7)), 403) == (
        "Policy doesn't allow clusters:get_all to be performed."
    )


def test_the_one_group_type(api: Api) -> None:
    (only,) = api.get("cinder", "/v3/group_types", headers=mv(11)).json()["group_types"]
    assert only["name"] == "default_cgsnapshot_type" and "group_specs" not in only
    path = f"/v3/group_types/{only['id']}"
    seen = api.get("cinder", path, headers=mv(11), user="admin").json()["group_type"]
    assert seen["group_specs"] == {"consistent_group_snapshot_enabled": "<is> True"}
    assert refused(api.get("cinder", "/v3/group_types/default", headers=mv(11)), 404) == (
        "Default group type can not be found."
    )


def test_extensions_and_filters(api: Api) -> None:
    assert len(api.get("cinder", "/v3/extensions").json()["extensions"]) == 32
    one = api.get("cinder", "/v3/extensions/os-quota-sets").json()["extension"]
    assert one["name"] == "Quotas"
    assert refused(api.get("cinder", "/v3/extensions/x"), 404) == "The resource could not be found."
    filters = api.get("cinder", "/v3/resource_filters?resource=pool", headers=mv(33)).json()
    assert filters == {"resource_filters": [{"resource": "pool", "filters": ["name", "volume_type"]}]}


@pytest.mark.parametrize("kind", ["volume", "snapshot"])
def test_there_is_nothing_to_take_over(api: Api, kind: str) -> None:
    for path, start in ((f"manageable_{kind}s", 8), (f"os-{kind}-manage/detail", 0)):
        found = api.get("cinder", f"/v3/{path}?host={HOST}%23lvmdriver-1", user="admin", headers=mv(start))
        assert found.json() == {f"manageable-{kind}s": []}
        nobody = api.get("cinder", f"/v3/{path}?host=nope%23x", user="admin", headers=mv(start))
        assert refused(nobody, 404) == "Service cinder-volume could not be found on host nope."
        unsaid = api.get("cinder", f"/v3/{path}", user="admin", headers=mv(start))
        assert refused(unsaid) == "Invalid input received: One and only one of cluster and host must be set."
        rule = f"{kind}_extension:list_manageable"
        member = api.get("cinder", f"/v3/{path}", headers=mv(start))
        assert refused(member, 403) == f"Policy doesn't allow {rule} to be performed."
    assert api.get("cinder", f"/v3/manageable_{kind}s", user="admin", headers=mv(7)).status_code == 404

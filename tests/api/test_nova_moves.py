"""Stories of moves where there is one host, migrations, backups and what administrators mend (seen on 2025.2)."""

from typing import Any

from tests.api.servers import act, built, fault, mv, show, state

Api = Any
NOT_ENOUGH = "No valid host was found. There are not enough hosts available."
OLD_LIVE = {"host": None, "block_migration": False, "disk_over_commit": False}


def migrations(api: Api, query: str = "", version: str = "2.80") -> Any:
    path = f"/v2.1/os-migrations{query}"
    return api.get("nova", path, user="admin", headers=mv(version)).json()["migrations"]


def events(api: Api, server_id: str) -> Any:
    """[(action, message, [(event, result, details)])], the latest first."""
    how: Any = {"user": "admin", "headers": mv("2.84")}
    path = f"/v2.1/servers/{server_id}/os-instance-actions"
    found = []
    for action in api.get("nova", path, **how).json()["instanceActions"]:
        one = api.get("nova", f"{path}/{action['request_id']}", **how).json()["instanceAction"]
        steps = [(event["event"], event["result"], event["details"]) for event in one["events"]]
        found.append((action["action"], action["message"], steps))
    return found


def test_a_resize_leaves_a_migration(api: Api) -> None:
    server_id = built(api)
    act(api, server_id, "resize", {"flavorRef": "2"})
    assert [row["status"] for row in migrations(api)] == ["pre-migrating"]
    api.advance(1)
    assert [row["status"] for row in migrations(api)] == ["migrating"]
    api.advance(9)
    (row,) = migrations(api)
    assert (row["status"], row["dest_compute"], row["dest_host"]) == ("finished", "devstack", "192.168.0.1")
    assert (row["old_instance_type_id"], row["new_instance_type_id"]) == (1, 2)
    act(api, server_id, "revertResize")
    api.advance(5)
    act(api, server_id, "resize", {"flavorRef": "2"})
    api.advance(10)
    act(api, server_id, "confirmResize")
    api.advance(5)
    assert [row["status"] for row in migrations(api)] == ["confirmed", "reverted"]
    names = [step[0] for step in events(api, server_id)[1][2]]
    assert names == ["compute_finish_resize", "compute_resize_instance", "compute_prep_resize", "cold_migrate",
                     "conductor_migrate_server"]  # fmt: skip


def test_a_cold_migration_finds_nobody(api: Api) -> None:
    server_id = built(api)
    assert act(api, server_id, "migrate").status_code == 403
    assert act(api, server_id, "migrate", user="admin").status_code == 202
    assert state(api, server_id) == "RESIZE resize_prep active 1"
    api.advance(5)
    assert state(api, server_id) == "ACTIVE None active 1"
    (row,) = migrations(api)
    assert (row["status"], row["migration_type"], row["dest_compute"]) == ("error", "migration", None)
    action, message, steps = events(api, server_id)[0]
    why = "No valid host was found. No valid host found for cold migrate"
    assert (action, message) == ("migrate", "Error")
    assert steps == [("cold_migrate", "Error", why), ("conductor_migrate_server", "Error", why)]
    act(api, server_id, "os-resetState", {"state": "error"}, user="admin")
    assert show(api, server_id)["fault"]["message"] == NOT_ENOUGH
    for host, said in (
        ("nope", "Compute host nope could not be found."),
        ("devstack", "Cannot migrate to the host where the server exists."),
    ):
        answer = act(api, server_id, "migrate", {"host": host}, user="admin", headers=mv("2.56"))
        assert fault(answer) == (400, said)


def test_a_live_migration_finds_nobody_either(api: Api) -> None:
    server_id = built(api)
    how: Any = {"user": "admin"}
    assert fault(act(api, server_id, "os-migrateLive", OLD_LIVE, **how)) == (400, NOT_ENOUGH)
    here = f"Unable to migrate instance ({server_id}) to current host (devstack)."
    to_itself = act(api, server_id, "os-migrateLive", {**OLD_LIVE, "host": "devstack"}, **how)
    assert fault(to_itself) == (400, here)
    wanted = {"host": None, "block_migration": "auto"}
    later = act(api, server_id, "os-migrateLive", wanted, user="admin", headers=mv("2.34"))
    assert later.status_code == 202 and "migrating" in state(api, server_id)
    api.advance(5)
    assert state(api, server_id) == "ACTIVE None active 1"
    kinds = [(row["migration_type"], row["status"], row["dest_compute"]) for row in migrations(api)]
    assert kinds == [("live-migration", "error", None), ("live-migration", "error", "devstack"),
                     ("live-migration", "error", None)]  # fmt: skip
    assert [found[2][0][2] for found in events(api, server_id)[:3]] == [NOT_ENOUGH, here, NOT_ENOUGH]
    path = f"/v2.1/servers/{server_id}/migrations"
    assert api.get("nova", path, user="admin", headers=mv("2.23")).json() == {"migrations": []}
    assert api.get("nova", path, user="admin").status_code == 404


def test_migrations_are_chosen_and_paged(api: Api) -> None:
    first, second = built(api, "a"), built(api, "b")
    for server_id in (first, second):
        act(api, server_id, "resize", {"flavorRef": "2"})
    api.advance(10)
    assert [row["instance_uuid"] for row in migrations(api, version="2.1")] == [first, second]
    assert [row["instance_uuid"] for row in migrations(api, "?limit=1")] == [second]
    marker = migrations(api)[0]["uuid"]
    assert [row["instance_uuid"] for row in migrations(api, f"?marker={marker}")] == [first]
    assert len(migrations(api, f"?instance_uuid={first}&status=finished&host=devstack")) == 1
    assert migrations(api, "?migration_type=migration") == [] == migrations(api, "?host=elsewhere")
    assert "migration_type" not in migrations(api, version="2.1")[0]
    unknown = api.get("nova", "/v2.1/os-migrations?marker=x", user="admin", headers=mv("2.59"))
    assert fault(unknown) == (400, "Marker x could not be found.")
    assert api.get("nova", "/v2.1/os-migrations").status_code == 403


def test_evacuation_is_for_hosts_that_are_down(api: Api) -> None:
    server_id = built(api)
    alive = act(api, server_id, "evacuate", {}, user="admin", headers=mv("2.14"))
    assert fault(alive) == (400, "Compute service of devstack is still in use.")
    down = {"host": "devstack", "binary": "nova-compute", "forced_down": True}
    api.put("nova", "/v2.1/os-services/force-down", down, user="admin", headers=mv("2.11"))
    assert act(api, server_id, "evacuate", {}, user="admin", headers=mv("2.14")).status_code == 200
    api.advance(5)
    assert state(api, server_id) == "ACTIVE None active 1"
    assert [(row["migration_type"], row["status"]) for row in migrations(api)] == [("evacuation", "error")]


def test_backups_are_kept_in_turn(api: Api) -> None:
    server_id = built(api)
    for name in ("one", "two", "three"):
        wanted = {"name": name, "backup_type": "daily", "rotation": 2}
        assert act(api, server_id, "createBackup", wanted).status_code == 202
        assert state(api, server_id).startswith("ACTIVE image_backup")
        api.advance(5)
    images = api.get("glance", "/v2/images?backup_type=daily").json()["images"]
    assert sorted(image["name"] for image in images) == ["three", "two"]
    assert {image["image_type"] for image in images} == {"backup"}
    none = act(api, server_id, "createBackup", {"name": "x", "backup_type": "daily", "rotation": 0})
    assert none.status_code == 202 and "Location" not in none.headers
    api.advance(5)
    assert api.get("glance", "/v2/images?backup_type=daily").json()["images"] == []


def test_a_state_is_reset(api: Api) -> None:
    server_id = built(api)
    act(api, server_id, "os-stop")
    assert act(api, server_id, "os-resetState", {"state": "active"}).status_code == 403
    assert act(api, server_id, "os-resetState", {"state": "error"}, user="admin").status_code == 202
    assert state(api, server_id) == "ERROR None error 1"
    api.advance(5)
    assert state(api, server_id) == "ERROR None error 1"  # what was under way is forgotten
    act(api, server_id, "os-resetState", {"state": "active"}, user="admin")
    assert state(api, server_id) == "ACTIVE None active 1"
    assert act(api, server_id, "restore").status_code == 409
    assert act(api, server_id, "trigger_crash_dump", headers=mv("2.17")).status_code == 202
    assert act(api, server_id, "trigger_crash_dump").status_code == 404
    assert act(api, server_id, "forceDelete").status_code == 202
    api.advance(5)
    assert state(api, server_id) == "404"


def test_a_shelved_server_wakes_up_where_it_is_told(api: Api) -> None:
    server_id = built(api)
    to_zone = {"availability_zone": "nova"}

    def unshelve(wanted: Any, version: str = "2.96", user: str = "demo") -> Any:
        return act(api, server_id, "unshelve", wanted, user=user, headers=mv(version))

    def pinned() -> Any:
        return show(api, server_id, headers=mv("2.96"))["pinned_availability_zone"]

    awake = f"Cannot 'unshelve' instance {server_id} while it is in vm_state active"
    assert fault(unshelve(to_zone)) == (409, awake)
    act(api, server_id, "shelve")
    api.advance(10)
    assert fault(unshelve({"availability_zone": "nope"})) == (
        400,
        "The requested availability zone is not available",
    )
    assert fault(unshelve({}, version="2.77"))[0] == 400
    assert unshelve({"host": "devstack"}).status_code == 403
    nowhere = "Compute host nope could not be found."
    assert fault(unshelve({"host": "nope"}, user="admin")) == (400, nowhere)
    assert unshelve({**to_zone, "host": "devstack"}, user="admin").status_code == 202
    api.advance(5)
    assert (state(api, server_id), pinned()) == ("ACTIVE None active 1", "nova")
    act(api, server_id, "shelve")
    api.advance(10)
    assert unshelve({"availability_zone": None}).status_code == 202
    api.advance(5)
    assert (state(api, server_id), pinned()) == ("ACTIVE None active 1", None)

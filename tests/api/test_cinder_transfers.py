"""Stories of volumes that change hands (recordings cinder/138 and 140; the rest was seen on 2025.2)."""

from typing import Any

from tests.api.test_cinder_snapshots import snap
from tests.api.test_cinder_volumes import make, mv, refused, show

Api = Any


def offer(api: Api, volume_id: str, minor: int = 0, path: str = "os-volume-transfer", **wish: Any) -> Any:
    body = {"transfer": {"volume_id": volume_id, **wish}}
    answer = api.post("cinder", f"/v3/{path}", body, headers=mv(minor))
    assert answer.status_code == 202, answer.text
    return answer.json()["transfer"]


def take(api: Api, transfer: Any, key: Any = None, user: str = "alt_demo") -> Any:
    body = {"accept": {"auth_key": transfer["auth_key"] if key is None else key}}
    return api.post("cinder", f"/v3/os-volume-transfer/{transfer['id']}/accept", body, user=user)


def limit(api: Api, **limits: int) -> None:
    path = f"/v3/os-quota-sets/{api.project_id('alt_demo')}"
    assert api.put("cinder", path, {"quota_set": limits}, user="admin").status_code == 200


def used(api: Api, user: str) -> Any:
    absolute = api.get("cinder", "/v3/limits", user=user).json()["limits"]["absolute"]
    return absolute["totalVolumesUsed"], absolute["totalGigabytesUsed"], absolute["totalSnapshotsUsed"]


def test_an_offer_shows_its_key_once_and_holds_the_volume(api: Api) -> None:
    id = make(api)["id"]
    transfer = offer(api, id, name=" gift ")
    assert transfer["name"] == "gift" and len(transfer["auth_key"]) == 16
    assert transfer["links"][0]["href"].endswith(f"/os-volume-transfer/{transfer['id']}")
    shown = api.get("cinder", f"/v3/os-volume-transfer/{transfer['id']}").json()["transfer"]
    assert set(transfer) - set(shown) == {"auth_key"}
    assert show(api, id)["status"] == "awaiting-transfer"
    again = api.post("cinder", "/v3/os-volume-transfer", {"transfer": {"volume_id": id}})
    assert refused(again) == "Invalid volume: status must be available"
    assert "awaiting a transfer" in refused(api.delete("cinder", f"/v3/volumes/{id}"))


def test_what_a_transfer_says_grows_with_the_microversion(api: Api) -> None:
    id = make(api)["id"]
    transfer = offer(api, id, 55, "volume-transfers", no_snapshots="true")
    assert transfer["no_snapshots"] is True and "accepted" not in transfer
    shown = api.get("cinder", f"/v3/volume-transfers/{transfer['id']}", headers=mv(57)).json()["transfer"]
    assert (shown["accepted"], shown["destination_project_id"]) == (False, None)
    assert shown["source_project_id"] == api.project_id()
    body = {"transfer": {"volume_id": id, "no_snapshots": True}}
    assert "Additional properties are not allowed" in refused(
        api.post("cinder", "/v3/volume-transfers", body, headers=mv(54))
    )
    # the older path never takes it (seen on 2025.2)
    assert "Additional properties are not allowed" in refused(
        api.post("cinder", "/v3/os-volume-transfer", body, headers=mv(55))
    )


def test_only_its_project_and_administrators_see_an_offer(api: Api) -> None:
    transfer = offer(api, make(api)["id"])
    path = f"/v3/os-volume-transfer/{transfer['id']}"
    assert refused(api.get("cinder", path, user="alt_demo"), 404) == (
        f"Transfer {transfer['id']} could not be found."
    )
    assert api.delete("cinder", path, user="alt_demo").status_code == 404
    assert api.get("cinder", path, user="admin").status_code == 200
    assert api.get("cinder", "/v3/os-volume-transfer", user="alt_demo").json() == {"transfers": []}
    assert api.get("cinder", "/v3/os-volume-transfer", user="admin").json() == {"transfers": []}
    everybodys = api.get("cinder", "/v3/os-volume-transfer?all_tenants=1", user="admin").json()
    assert [one["id"] for one in everybodys["transfers"]] == [transfer["id"]]
    stranger = api.post(
        "cinder",
        "/v3/os-volume-transfer",
        {"transfer": {"volume_id": transfer["volume_id"]}},
        user="alt_demo",
    )
    assert refused(stranger, 404) == f"Volume {transfer['volume_id']} could not be found."


def test_lists_have_the_oldest_first_and_pages_from_59_on(api: Api) -> None:
    first, second = (offer(api, make(api)["id"], name=name) for name in ("one", "two"))

    def ids(query: str, minor: int = 0) -> list[str]:
        answer = api.get("cinder", f"/v3/os-volume-transfer/detail{query}", headers=mv(minor))
        return [one["id"] for one in answer.json()["transfers"]]

    assert ids("") == [first["id"], second["id"]]
    assert ids("?name=two") == [second["id"]]
    assert ids("?limit=1") == [] == ids("?colour=red")  # filters that nothing fits
    assert ids("", 59) == [second["id"], first["id"]]
    assert ids(f"?limit=1&marker={second['id']}", 59) == [first["id"]]


def test_whoever_has_the_key_owns_the_volume_and_its_snapshots(api: Api) -> None:
    id = make(api, size=2)["id"]
    snapshot = snap(api, id)
    transfer = offer(api, id)
    accepted = take(api, transfer)
    assert accepted.status_code == 202
    assert set(accepted.json()["transfer"]) == {"id", "volume_id", "name", "links"}
    assert api.get("cinder", f"/v3/volumes/{id}").status_code == 404
    moved = api.get("cinder", f"/v3/volumes/{id}", user="alt_demo").json()["volume"]
    assert moved["status"] == "available" and moved["user_id"] == api.user_id("alt_demo")
    assert moved["os-vol-tenant-attr:tenant_id"] == api.project_id("alt_demo")
    assert api.get("cinder", f"/v3/snapshots/{snapshot['id']}", user="alt_demo").status_code == 200
    assert (used(api, "demo"), used(api, "alt_demo")) == ((0, 0, 0), (1, 4, 1))
    assert take(api, transfer).status_code == 404


def test_snapshots_may_stay_behind_and_hold_on_to_the_volume(api: Api) -> None:
    id = make(api)["id"]
    snapshot = snap(api, id)
    assert take(api, offer(api, id, 55, "volume-transfers", no_snapshots=True)).status_code == 202
    assert api.get("cinder", f"/v3/snapshots/{snapshot['id']}").status_code == 200
    stuck = api.delete("cinder", f"/v3/snapshots/{snapshot['id']}")
    assert refused(stuck, 404) == f"Volume {id} could not be found."
    assert "disassociated from snapshots" in refused(
        api.delete("cinder", f"/v3/volumes/{id}", user="alt_demo")
    )


def test_a_wrong_key_opens_nothing(api: Api) -> None:
    transfer = offer(api, make(api)["id"])
    assert refused(take(api, transfer, "wrong")) == (
        f"Invalid auth key: Attempt to transfer {transfer['id']} with invalid auth key."
    )
    path = f"/v3/os-volume-transfer/{transfer['id']}/accept"
    assert refused(api.post("cinder", path, {"accept": {}}, user="alt_demo")) == (
        "Invalid input for field/attribute accept. Value: {}. 'auth_key' is a required property"
    )
    assert take(api, {"id": "nowhere"}, "x").status_code == 404


def test_the_receiver_needs_room_for_it(api: Api) -> None:
    id = make(api)["id"]
    snap(api, id)
    transfer = offer(api, id)
    limit(api, snapshots=0)
    assert refused(take(api, transfer), 413).startswith("SnapshotLimitExceeded: Maximum number")
    limit(api, snapshots=10, volumes=0)
    assert refused(take(api, transfer), 413).startswith("VolumeLimitExceeded: Maximum number")
    limit(api, volumes=10, per_volume_gigabytes=0)
    assert refused(take(api, transfer), 413).startswith("VolumeSizeExceedsLimit: Requested volume size 1G")
    limit(api, per_volume_gigabytes=-1, gigabytes=1)
    over = take(api, transfer)
    assert over.headers["Retry-After"] == "0"
    assert refused(over, 413).startswith("Requested volume or snapshot exceeds allowed gigabytes quota.")
    assert show(api, id)["status"] == "awaiting-transfer"


def test_an_offer_can_be_withdrawn(api: Api) -> None:
    id = make(api)["id"]
    transfer = offer(api, id)
    gone = api.delete("cinder", f"/v3/volume-transfers/{transfer['id']}")
    assert (gone.status_code, gone.content) == (202, b"")
    assert show(api, id)["status"] == "available"
    assert take(api, transfer).status_code == 404


def test_names_that_are_none(api: Api) -> None:
    body = {"transfer": {"volume_id": make(api)["id"], "name": " "}}
    assert "is not valid under any of the given schemas" in refused(
        api.post("cinder", "/v3/os-volume-transfer", body)
    )

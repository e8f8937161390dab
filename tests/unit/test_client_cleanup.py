"""`lab.cleanup`: what it lists, what it removes and in which order, and what it leaves."""

import pytest
import requests

from cloudlab import LabError
from cloudlab.client.made import Ledger
from tests.unit.belt import arrived, embedded, said, taken_for_real
from tests.unit.learner import Learner


@pytest.fixture
def demo():
    return arrived(embedded())


def listed(learner):
    return [(entry.kind, entry.name, state) for entry, state in learner.lab.cleanup().rows]


def there(learner, service, path, key):
    return [row["name"] for row in learner.ask("GET", service, path).json()[key]]


def test_nothing_was_made(demo):
    assert repr(demo.lab.cleanup()) == "Nothing is there that was made here."
    assert repr(demo.lab.cleanup(yes=True)) == "Nothing was there to remove."
    assert said(demo.lab, "cleanup") == []


def test_without_yes_it_lists_and_removes_nothing(demo):
    demo.lab.start("06-volume")
    demo.volume("data")
    shown = demo.lab.cleanup()
    assert repr(shown) == (
        "what     name            lesson     made (UTC)        now\n"
        "-------  --------------  ---------  ----------------  ---------\n"
        "volume   data            06-volume  2026-01-01 00:00  available\n"
        "server   MyFirstApiVm    06-volume  2026-01-01 00:00  ACTIVE\n"
        "keypair  MyFirstKeyPair  06-volume  2026-01-01 00:00  there\n"
        "3 things are there that were made here. lab.cleanup(yes=True) removes them."
    )
    html = shown._repr_mimebundle_()["text/html"]
    assert "<td>MyFirstApiVm</td>" in html and "lab.cleanup(yes=True)" in html
    assert not [call for call in said(demo.lab, "cleanup") if call.startswith("DELETE")]


def test_what_depends_on_a_thing_goes_before_it(demo):
    server, volume = demo.server("web"), demo.volume("data")
    wish = {"volume_id": volume, "name": "monday"}
    snapshot = demo.ask("POST", "block-storage", "/snapshots", snapshot=wish).json()["snapshot"]["id"]
    demo.until("block-storage", f"/snapshots/{snapshot}", "available")
    again = {"name": "again", "snapshot_id": snapshot}
    again = demo.ask("POST", "block-storage", "/volumes", volume=again).json()["volume"]["id"]
    demo.until("block-storage", f"/volumes/{again}", "available")
    demo.attach(server, again)
    done = demo.lab.cleanup(yes=True)
    assert [call for call in said(demo.lab, "cleanup") if call.startswith("DELETE")] == [
        f"DELETE {again} 202",  # the attachment
        f"DELETE {again} 202",
        f"DELETE {snapshot} 202",
        f"DELETE {volume} 202",
        f"DELETE {server} 204",
    ]
    assert repr(done) == "5 things were removed." and done.failed == []
    assert listed(demo) == []


def test_what_isnt_in_the_ledger_stays(demo):
    other = Learner(lab=demo.lab)
    kept = other.server("not-made-here")
    demo.lab._made.ledger.drop(*(entry.url for entry in demo.lab._made.ledger.entries()))
    demo.server("web")
    demo.lab.cleanup(yes=True)
    assert [row["id"] for row in demo.ask("GET", "compute", "/servers").json()["servers"]] == [kept]


def test_a_volume_is_taken_from_a_server_that_was_not_made_here(demo):
    server, volume = demo.server("not-made-here"), demo.volume("data")
    demo.attach(server, volume)
    entries = demo.lab._made.ledger.entries()
    demo.lab._made.ledger.drop(*(entry.url for entry in entries if entry.kind != "volume"))
    assert demo.lab.cleanup(yes=True).failed == []
    assert there(demo, "compute", "/servers", "servers") == ["not-made-here"]
    assert there(demo, "block-storage", "/volumes", "volumes") == []


def test_what_has_just_been_asked_for_is_waited_for(demo):
    demo.ask("POST", "block-storage", "/volumes", volume={"name": "fresh", "size": 1})
    assert demo.lab.cleanup(yes=True).failed == []


def test_what_was_deleted_by_hand_is_listed_as_gone_once(demo):
    volume = demo.volume("data")
    demo.ask("DELETE", "block-storage", f"/volumes/{volume}")
    assert listed(demo)[0][2] == "deleting"
    demo.until("block-storage", f"/volumes/{volume}", "gone")
    shown = demo.lab.cleanup()
    assert shown.rows[0][1] == "gone" and "Nothing is there" in repr(shown)
    assert listed(demo) == []


def test_what_cant_be_removed_is_told_and_the_rest_goes_on(demo, capsys):
    keypair = {"name": "key"}
    demo.ask("POST", "compute", "/os-keypairs", keypair=keypair)
    volume = demo.volume("data")
    wish = {"volume_id": volume, "name": "by-hand"}
    snapshot = demo.ask("POST", "block-storage", "/snapshots", snapshot=wish).json()["snapshot"]["id"]
    demo.until("block-storage", f"/snapshots/{snapshot}", "available")
    ledger = demo.lab._made.ledger
    ledger.drop(ledger.entries()[-1].url)
    done = demo.lab.cleanup(yes=True)
    ((entry, why),) = done.failed
    assert entry.name == "data" and why.startswith("400 Bad Request: Invalid volume") and "again" in why
    assert (
        "1 thing was removed.\n1 is still there:" in repr(done)
        and "<td>data</td>" in done._repr_mimebundle_()["text/html"]
    )
    assert f"✗ volume data: {why}" in capsys.readouterr().out
    assert listed(demo) == [("volume", "data", "available")]
    demo.ask("DELETE", "block-storage", f"/snapshots/{snapshot}")
    demo.until("block-storage", f"/snapshots/{snapshot}", "gone")
    assert repr(demo.lab.cleanup(yes=True)) == "1 thing was removed."


def test_each_thing_is_removed_by_the_account_that_made_it(demo):
    demo.lab.start("01-token")
    admin = Learner("admin", demo.lab)
    flavor = {"id": "endless", "name": "endless", "vcpus": 1, "ram": 512, "disk": 1}
    admin.ask("POST", "compute", "/flavors", flavor=flavor)
    demo.lab.token = None
    assert demo.lab.cleanup(yes=True).failed == []
    assert demo.lab.token is None
    admin = Learner("admin", demo.lab)
    assert there(admin, "compute", "/servers?all_tenants=1", "servers") == []
    assert "endless" not in there(admin, "compute", "/flavors", "flavors")


def test_what_a_stranger_made_is_left_to_the_stranger(demo):
    admin = Learner("admin", demo.lab)
    body = {"user": {"name": "blue", "password": "secret", "domain_id": "default"}}
    keystone = demo.lab.urls["keystone"] + "/v3"
    blue = demo.lab.post(keystone + "/users", json=body).json()["user"]["id"]
    project = demo.lab.get(keystone + "/projects?name=demo").json()["projects"][0]["id"]
    role = demo.lab.get(keystone + "/roles?name=member").json()["roles"][0]["id"]
    demo.lab.put(f"{keystone}/projects/{project}/users/{blue}/roles/{role}")
    who = {"methods": ["password"], "password": {"user": {"id": blue, "password": "secret"}}}
    auth = {"identity": who, "scope": {"project": {"id": project}}}
    answer = demo.lab.post(keystone + "/auth/tokens", json={"auth": auth}, headers={"X-Auth-Token": None})
    demo.lab.token = answer.headers["X-Subject-Token"]
    admin.ask("POST", "compute", "/os-keypairs", keypair={"name": "blues"})
    assert listed(demo)[0] == ("keypair", "blues", "made by blue")
    ((entry, why),) = demo.lab.cleanup(yes=True).failed
    assert entry.name == "blues" and why.startswith("blue made it")


def test_a_token_is_not_needed_and_no_catalog_is_taken(demo):
    demo.ask("POST", "compute", "/os-keypairs", keypair={"name": "key"})
    demo.lab.token = None
    demo.lab._session.catalog = None
    demo.lab.cleanup(yes=True)
    demo.lab.cleanup()
    assert demo.lab.catalog is None


def test_a_service_that_is_down_doesnt_stop_the_rest(demo):
    demo.ask("POST", "compute", "/os-keypairs", keypair={"name": "key"})
    demo.volume("data")
    cinder, send = demo.lab.urls["cinder"], demo.lab._session.transport.adapter.send

    def unplugged(request, *args, **kwargs):
        if request.url.startswith(cinder):
            raise requests.ConnectionError("unplugged", request=request)
        return send(request, *args, **kwargs)

    demo.lab._session.transport.adapter.send = unplugged
    assert listed(demo)[0][2] == "no answer"
    done = demo.lab.cleanup(yes=True)
    assert [entry.kind for entry, _ in done.failed] == ["volume"] and [e.kind for e in done.removed] == [
        "keypair"
    ]


# On a real cloud: another kernel, another machine.


def test_a_new_kernel_goes_on(tmp_path):
    demo = arrived(taken_for_real(tmp_path / "made.json"))
    demo.volume("data")
    again = arrived(demo.lab._session.transport)
    assert repr(again.lab.cleanup(yes=True)) == "1 thing was removed."
    assert Ledger(tmp_path / "made.json").entries() == []


def elsewhere(demo):
    """What carries the mark, and isn't in the ledger; and what is nobody's of the kit."""
    demo.server("web")
    demo.attach(demo.ask("GET", "compute", "/servers").json()["servers"][0]["id"], demo.volume("data"))
    about = {"disk_format": "raw", "container_format": "bare"}
    demo.ask("POST", "image", "/v2/images", name="notes", **about)
    mine, public = demo.lab.token, {"visibility": "public", "cloudlab": "-"}
    Learner("admin", demo.lab).ask("POST", "image", "/v2/images", name="theirs", **about, **public)
    demo.lab._made.ledger.drop(*(entry.url for entry in demo.lab._made.ledger.entries()))
    demo.lab._session.afterwards.clear()
    demo.lab.token = mine
    demo.volume("not-the-kits")


def test_what_carries_the_mark_is_found_without_the_ledger():
    demo = arrived(taken_for_real())
    elsewhere(demo)
    shown = demo.lab.cleanup()
    assert shown.rows == []
    assert [(entry.kind, entry.name, entry.lesson) for entry in shown.others] == [
        ("image", "notes", "-"),
        ("volume", "data", "-"),
        ("server", "web", "-"),
    ]
    assert "everyone=True" in repr(shown) and "elsewhere" in repr(shown)
    done = demo.lab.cleanup(yes=True)
    assert done.removed == [] and len(done.others) == 3 and "3 more carry the mark" in repr(done)
    done = demo.lab.cleanup(yes=True, everyone=True)
    assert (len(done.removed), done.failed, done.others) == (3, [], [])
    assert there(demo, "compute", "/servers", "servers") == []
    assert there(demo, "block-storage", "/volumes", "volumes") == ["not-the-kits"]
    assert sorted(there(demo, "image", "/v2/images", "images")) == ["cirros", "theirs"]


def test_a_list_of_several_pages_is_read_to_its_end():
    demo = arrived(taken_for_real())
    for name in ("one", "two", "three"):
        demo.volume(name)
    demo.lab._made.ledger.drop(*(entry.url for entry in demo.lab._made.ledger.entries()))
    request = demo.lab._session.request

    def in_small_pages(method, url, **how):
        small = method == "GET" and url.endswith("/volumes/detail")
        return request(method, url + "?limit=1" * small, **how)

    demo.lab._session.request = in_small_pages
    assert {entry.name for entry in demo.lab.cleanup().others} == {"one", "two", "three"}


def test_a_login_that_is_refused_is_told():
    demo = arrived(embedded())
    demo.volume()
    demo.lab._session.transport.urls["keystone"] += "/nowhere"
    with pytest.raises(LabError, match="demo can't log in: 404"):
        demo.lab.cleanup()

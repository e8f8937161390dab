"""What was made is noted as the wire told it, and marked where a cloud is others', too."""

import json

import pytest
import requests

from cloudlab.client.exchange import Exchange, Request, Response
from cloudlab.client.made import Entry, Ledger, things_of
from cloudlab.client.marks import Marks
from tests.unit.belt import arrived, embedded, said, taken_for_real
from tests.unit.learner import Learner

KEY = {"name": "a key"}
NOTES = {"name": "notes", "disk_format": "raw", "container_format": "bare"}


def made(learner):
    return [(entry.kind, entry.name) for entry in learner.lab._made.ledger.entries()]


@pytest.fixture
def demo():
    return arrived(embedded())


def test_a_login_makes_nothing(demo):
    demo.ask("GET", "compute", "/servers")
    assert made(demo) == []


def test_each_thing_is_noted_with_its_url(demo):
    server = demo.server("web")
    volume = demo.volume("data")
    demo.attach(server, volume)
    demo.ask("POST", "compute", "/os-keypairs", keypair=KEY)
    image = demo.ask("POST", "image", "/v2/images", **NOTES).json()["id"]
    entries = demo.lab._made.ledger.entries()
    assert [(entry.kind, entry.id) for entry in entries] == [
        ("server", server),
        ("volume", volume),
        ("volumeAttachment", volume),
        ("keypair", "a key"),
        ("image", image),
    ]
    assert [entry.name for entry in entries] == ["web", "data", "/dev/vdb", "a key", "notes"]
    for entry in entries:
        assert demo.lab.get(entry.url).status_code == 200, entry


def test_what_was_refused_or_only_done_is_not_noted(demo):
    server = demo.server()
    demo.act(server, "SHUTOFF", **{"os-stop": None})
    demo.ask("POST", "compute", f"/servers/{server}/metadata", metadata={"id": "x"})
    demo.lab.post(demo.lab.endpoint("compute") + "/servers", json={"server": {"name": "x"}})
    assert made(demo) == [("server", "MyFirstApiVm")]


@pytest.mark.parametrize(("method", "status"), [("POST", 409), ("PUT", 200), ("GET", 200)])
def test_only_a_post_that_succeeded_makes_something(method, status):
    content = json.dumps({"server": {"id": "s1"}}).encode()
    request = Request(method, "http://nova/v2.1/servers")
    answered = [Exchange(request, Response(code, "", content=content)) for code in (status, 202)]
    assert list(things_of(answered[0], {})) == []
    told = Exchange(Request("POST", request.url), answered[1].response)
    assert list(things_of(told, {})) == [("server", "s1", "", "http://nova/v2.1/servers/s1")]


@pytest.mark.parametrize("version", ["2.1", "2.45"])
def test_an_image_that_nova_makes_is_noted(demo, version):
    """Before 2.45 the answer has no body: its Location names the image."""
    server = demo.server()
    url = f"{demo.lab.endpoint('compute')}/servers/{server}/action"
    asked = {"OpenStack-API-Version": f"compute {version}"}
    assert demo.lab.post(url, json={"createImage": {"name": "as-is"}}, headers=asked).status_code == 202
    entry = demo.lab._made.ledger.entries()[-1]
    assert (entry.kind, entry.name) == ("image", "as-is")
    assert demo.lab.get(entry.url).json()["name"] == "as-is"


def test_an_image_that_cinder_makes_is_noted(demo):
    volume = demo.volume()
    wish = {"image_name": "copy", "disk_format": "raw", "container_format": "bare"}
    demo.ask("POST", "block-storage", f"/volumes/{volume}/action", **{"os-volume_upload_image": wish})
    entry = demo.lab._made.ledger.entries()[-1]
    assert (entry.kind, entry.name) == ("image", "copy")
    assert demo.lab.get(entry.url).json()["name"] == "copy"


def several(demo, **more):
    image = demo.ask("GET", "image", "/v2/images").json()["images"][0]["id"]
    wish = {"name": "web", "imageRef": image, "flavorRef": "1", "min_count": 2, **more}
    return demo.ask("POST", "compute", "/servers", server=wish)


def test_all_servers_of_one_post_are_noted(demo):
    demo.server("web-7")  # an older one, which has such a name
    several(demo)
    assert sorted(made(demo)) == [("server", "web-1"), ("server", "web-2"), ("server", "web-7")]
    assert demo.lab._made.ledger.entries()[0].name == "web-7"
    before = {server["id"] for server in demo.ask("GET", "compute", "/servers").json()["servers"]}
    assert {entry.id for entry in demo.lab._made.ledger.entries()} == before


def test_an_older_server_of_such_a_name_that_was_made_elsewhere_is_left_out(demo):
    Learner(lab=demo.lab).server("web-7")
    demo.lab._made.ledger.drop(*(entry.url for entry in demo.lab._made.ledger.entries()))
    several(demo)
    assert sorted(made(demo)) == [("server", "web-1"), ("server", "web-2")]


def test_a_reservation_is_asked_for_its_servers(demo):
    assert "reservation_id" in several(demo, return_reservation_id=True).json()
    assert sorted(made(demo)) == [("server", "web-1"), ("server", "web-2")]


def test_whose_it_is_and_in_which_lesson(demo):
    demo.lab.start("06-volume")
    demo.ask("POST", "block-storage", "/volumes", volume={"size": 1})
    prepared, own = demo.lab._made.ledger.entries()[0], demo.lab._made.ledger.entries()[-1]
    assert (prepared.kind, prepared.lesson) == ("keypair", "06-volume")
    assert (own.kind, own.who, own.lesson) == ("volume", "demo", "06-volume")
    assert own.user and own.project
    demo.lab.start("01-token")
    theirs = demo.lab._made.ledger.entries()[-1]
    assert (theirs.name, theirs.who) == ("TheirServer", "alt_demo")


def test_a_token_from_elsewhere_is_asked_for_its_owner(demo):
    mine = demo.lab.token
    demo.lab._made._owners.clear()
    demo.volume()
    entry = demo.lab._made.ledger.entries()[-1]
    assert entry.who == "demo" and demo.lab.token == mine


def test_the_embedded_cloud_gets_no_mark(demo):
    demo.server()
    demo.volume()
    assert len(demo.lab.history.by("mark")) == 0


def test_a_file_outlives_the_kernel_and_holds_no_secret(tmp_path):
    file = tmp_path / "made.json"
    demo = arrived(taken_for_real(file))
    demo.ask("POST", "compute", "/os-keypairs", keypair={"name": "made-by-nova"})
    assert [entry.name for entry in Ledger(file).entries()] == ["made-by-nova"]
    text = file.read_text()
    assert "PRIVATE" not in text and demo.lab.token not in text and "secret" not in text


def test_a_lesson_goes_on_where_nothing_can_be_noted(tmp_path, capsys):
    (tmp_path / "file").write_text("not a folder")
    Ledger(tmp_path / "file" / "made.json").add(Entry("server", "1", "web", "http://x/1"))
    assert "lab.cleanup() won't know of it" in capsys.readouterr().out


def test_one_entry_a_url(tmp_path):
    ledger = Ledger(tmp_path / "made.json")
    ledger.add(Entry("flavor", "endless", "endless", "u", time="1"))
    ledger.add(Entry("flavor", "endless", "endless", "u", time="2"))
    assert [entry.time for entry in ledger.entries()] == ["2"]
    assert json.loads((tmp_path / "made.json").read_text())["version"] == 1


# The mark, on a real cloud.


def test_a_server_is_marked_once_it_is_built():
    demo = arrived(taken_for_real())
    demo.lab.start("05-server")
    image = demo.ask("GET", "image", "/v2/images").json()["images"][0]["id"]
    wish = {"name": "web", "imageRef": image, "flavorRef": "1"}
    server = demo.ask("POST", "compute", "/servers", server=wish).json()["server"]["id"]
    assert said(demo.lab, "mark") == []
    demo.until("compute", f"/servers/{server}", "ACTIVE")
    demo.until("compute", f"/servers/{server}", "ACTIVE")
    assert said(demo.lab, "mark") == ["POST metadata 200"]
    found = demo.ask("GET", "compute", f"/servers/{server}").json()["server"]
    assert found["metadata"] == {"cloudlab": "05-server"}


@pytest.mark.parametrize("status", ["BUILD", "ERROR", "DELETED"])
def test_a_server_that_isnt_built_is_not_tried(status):
    """Nova answers 409: Cannot 'update metadata' instance … while it is in vm_state building."""
    demo = arrived(taken_for_real())
    url = demo.lab.endpoint("compute") + "/servers/s1"
    marks = Marks(demo.lab._session)
    body = json.dumps({"server": {"status": status}}).encode()
    marks.offer(Exchange(Request("GET", url), Response(200, "OK", content=body)), [("server", url, "")])
    assert said(demo.lab, "mark") == []


def test_volumes_snapshots_and_images_are_marked_at_once():
    demo = arrived(taken_for_real())
    volume = demo.volume()
    wish = {"volume_id": volume, "name": "monday"}
    snapshot = demo.ask("POST", "block-storage", "/snapshots", snapshot=wish).json()["snapshot"]["id"]
    image = demo.ask("POST", "image", "/v2/images", **NOTES).json()["id"]
    demo.ask("POST", "compute", "/os-keypairs", keypair=KEY)
    assert said(demo.lab, "mark") == ["POST metadata 200", "POST metadata 200", f"PATCH {image} 200"]
    for path in (f"/volumes/{volume}", f"/snapshots/{snapshot}"):
        (found,) = demo.ask("GET", "block-storage", path).json().values()
        assert found["metadata"] == {"cloudlab": "-"}
    assert demo.ask("GET", "image", f"/v2/images/{image}").json()["cloudlab"] == "-"


def test_the_mark_is_made_with_the_token_that_made_the_thing():
    demo = arrived(taken_for_real())
    other = demo.lab.token
    Learner("alt_demo", demo.lab)
    theirs, demo.lab.token = demo.lab.token, other
    url = demo.lab.urls["glance"] + "/v2/images"
    demo.lab.post(url, json=NOTES, headers={"X-Auth-Token": theirs})
    assert said(demo.lab, "mark")[0].endswith(" 200")


def test_a_call_stays_a_call_when_nobody_answers_the_mark():
    demo = arrived(taken_for_real())
    send = demo.lab._session.transport.adapter.send
    tried = []

    def unplugged(request, *args, **kwargs):
        if request.url.endswith("/metadata"):
            tried.append(request.url)
            raise requests.ConnectionError("unplugged", request=request)
        return send(request, *args, **kwargs)

    demo.lab._session.transport.adapter.send = unplugged
    answer = demo.ask("POST", "block-storage", "/volumes", volume={"size": 1})
    assert answer.status_code == 202 and len(tried) == 1
    assert made(demo) == [("volume", "")]

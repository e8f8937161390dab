"""Lesson 10's checks, where there is more than one right way, or one that only looks right."""

import pytest

from cloudlab import LabError, connect
from tests.asking import login_body

AT_237 = {"OpenStack-API-Version": "compute 2.37"}


@pytest.fixture
def lab():
    lab = connect()
    lab.start("10-capstone")
    yield lab
    lab.close()


def log_in(lab, user):
    """As in lesson 01: the whole answer, catalog and all."""
    body = login_body(user, user)
    answer = lab.post(f"{lab.urls['keystone']}/v3/auth/tokens", json=body, headers={"X-Auth-Token": None})
    return answer.headers["X-Subject-Token"]


def ask(lab, name, headers=None, **more):
    """POST /servers, waited for if it was accepted."""
    image = lab.get(lab.endpoint("image") + "/v2/images?name=cirros").json()["images"][0]["id"]
    body = {"server": {"name": name, "imageRef": image, "flavorRef": "1", **more}}
    made = lab.post(lab.endpoint("compute") + "/servers", json=body, headers=headers)
    if made.ok:
        lab.wait(made)
    return made


def met(report):
    return [finding.ok for finding in report.findings]


def test_a_server_without_the_key_isnt_the_one(lab):
    lab.token = log_in(lab, "demo")
    lab.get(lab.endpoint("compute") + "/flavors")
    key = {"name": "CapstoneKey", "public_key": lab.public_key}
    lab.post(lab.endpoint("compute") + "/os-keypairs", json={"keypair": key})
    ask(lab, "Capstone")
    report = lab.check("10-capstone.make")
    assert "named no key_name CapstoneKey" in report.seen and met(report)[4:6] == [False, True]


def test_a_token_for_another_project_is_told(lab):
    lab.token = log_in(lab, "admin")
    assert lab.check("10-capstone.make").seen == "Your token is for the project admin. The task is in demo."
    lab.drill(1)
    servers = lab.endpoint("compute") + "/servers"
    lab.get(servers)
    lab.get(servers, headers={"X-Auth-Token": None})
    assert lab.check("10-capstone.drill-1").seen == "You sent no token at all."
    lab.token = log_in(lab, "admin")
    assert lab.get(servers).ok
    report = lab.check("10-capstone.drill-1")
    assert "Your new token is for the project admin" in report.seen and met(report)[2:] == [False, False]


def attached(lab):
    """A server with a volume, as URLs."""
    lab.token = log_in(lab, "demo")
    server, volumes = ask(lab, "Capstone").headers["Location"], lab.endpoint("block-storage") + "/volumes"
    id = lab.post(volumes, json={"volume": {"name": "CapstoneData", "size": 1}}).json()["volume"]["id"]
    lab._session.transport.clock.sleep(5)
    lab.post(server + "/os-volume_attachments", json={"volumeAttachment": {"volumeId": id}})
    lab.wait(f"{volumes}/{id}", "in-use")
    return server, f"{volumes}/{id}"


def test_a_server_that_goes_first_lets_go_of_its_volume(lab):
    server, volume = attached(lab)
    assert "You attached it before you saw it available." in lab.check("10-capstone.make").findings[7].seen
    assert lab.delete(volume).status_code == 400
    assert "the volume is in-use." in lab.check("10-capstone.make").findings[11].seen
    lab.delete(server)
    lab.wait(server, "gone")
    assert "is available now: DELETE it again." in lab.check("10-capstone.make").findings[11].seen
    lab.delete(volume)
    lab.wait(volume, "gone")
    assert met(lab.check("10-capstone.make"))[10:] == [True, True, True]


def test_an_earlier_server_of_the_name_has_to_go_too(lab):
    lab.token = log_in(lab, "demo")
    first, second = (ask(lab, "Capstone").headers["Location"] for _ in range(2))
    lab.delete(second)
    lab.wait(second, "gone")
    last = lab.check("10-capstone.make").findings[12]
    assert not last.ok and last.seen == f"DELETE the server {first.rpartition('/')[2]}."


def test_a_drill_that_finds_no_room_says_what_to_do(lab):
    lab.token = log_in(lab, "demo")
    for name in ("mine", "mine too"):
        ask(lab, name, flavorRef="5")
    with pytest.raises(LabError, match=r"Quota exceeded for cores.* Delete what you don't need any more"):
        lab.drill(2)


def test_who_makes_room_first_needs_no_refusal_and_the_flavor_counts(lab):
    first, _ = lab.drill(2).facts.values()
    url = f"{lab.endpoint('compute')}/servers/{first}"
    lab.delete(url)
    lab.wait(url, "gone")
    small = ask(lab, "Needed")
    report = lab.check("10-capstone.drill-2")
    assert met(report) == [True, False, True, False]
    assert report.findings[3].message == "Needed is ACTIVE, and not as it was wanted"
    lab.delete(small.headers["Location"])
    lab.wait(small.headers["Location"], "gone")
    ask(lab, "Needed", flavorRef="5")
    assert lab.check("10-capstone.drill-2")


@pytest.mark.parametrize("action", [{"os-reset_status": {"status": "error"}}, {"os-force_delete": {}}])
def test_an_administrators_login_in_between_disturbs_nothing(lab, action):
    old = lab.drill(4).facts["Stuck"]
    mine = lab.endpoint("block-storage")
    admin, demo = log_in(lab, "admin"), lab.token
    lab.token = admin
    theirs = lab.endpoint("block-storage")
    lab.token = demo
    assert lab.endpoint("block-storage") == mine != theirs
    lab.post(f"{mine}/volumes/{old}/action", json=action, headers={"X-Auth-Token": admin})
    assert (
        "got 400: Malformed request url The project in Cinder's path" in lab.check("10-capstone.drill-4").seen
    )
    lab.post(f"{theirs}/volumes/{old}/action", json=action, headers={"X-Auth-Token": admin})
    assert lab.check("10-capstone.drill-4").findings[1].ok
    lab.delete(f"{mine}/volumes/{old}")
    lab.wait(f"{mine}/volumes/{old}", "gone")
    made = lab.post(f"{mine}/volumes", json={"volume": {"name": "Stuck", "size": 1}})
    lab.wait(made, "available")
    assert lab.check("10-capstone.drill-4")


def test_a_microversion_that_nova_ignored_doesnt_count(lab):
    report = lab.drill(7).report
    assert "lab.history[-1] shows it" in report
    assert "networks" in lab.history[-1].json()["badRequest"]["message"]
    assert ask(lab, "Versioned", {"OpenStack-API-Version": "2.37"}).status_code == 202
    report = lab.check("10-capstone.drill-7")
    assert "Nova answered as 2.1" in report.seen and met(report) == [True, False, False, True]
    ask(lab, "Versioned", AT_237, networks="auto")
    assert lab.check("10-capstone.drill-7")


def test_the_list_tells_which_of_three_ids_is_yours(lab):
    facts = lab.drill(6).facts
    assert met(lab.check("10-capstone.drill-6", server=facts["mine"])) == [True, False, False]
    lab.get(lab.endpoint("compute") + "/servers")
    assert lab.check("10-capstone.drill-6")

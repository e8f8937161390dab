"""Each exercise's check, against the embedded cloud: it passes on the solution (tests/notebooks), and here it fails on
wrong attempts. Each is a misconception of the register, and the feedback has to name that one."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from cloudlab import Lab, connect
from cloudlab.lessons import checks
from tests.asking import login_body

Attempt = Callable[
    [Lab], dict[str, Any] | None
]  # makes the mistake; what it returns are the answers to the check
ATTEMPTS: dict[tuple[str, str], Attempt] = {}
PARTS = {
    "component": "127.0.0.1:8776",
    "version": "v3",
    "project": "4601230eb33f45e0a1855839649f8afc",
    "resource": "volumes",
}


def attempt(check: str, misconception: str) -> Callable[[Attempt], Attempt]:
    def kept(function: Attempt) -> Attempt:
        assert (check, misconception) not in ATTEMPTS
        ATTEMPTS[check, misconception] = function
        return function

    return kept


def log_in(lab: Lab, user: str, project: str | None = None) -> None:
    body = login_body(user, project or user)
    answer = lab.post(f"{lab.urls['keystone']}/v3/auth/tokens", json=body, headers={"X-Auth-Token": None})
    lab.token = answer.headers["X-Subject-Token"]


# 00-start: the four parts of a URL


@attempt("00-start.make", "parts-have-an-order")
def _(lab):
    return {**PARTS, "version": PARTS["project"], "project": "v3"}


@attempt("00-start.make", "scheme-is-not-a-part")
def _(lab):
    return {**PARTS, "component": "http:"}


@attempt("00-start.make", "resources-are-plural")
def _(lab):
    return {**PARTS, "resource": "volume"}


@attempt("00-start.make", "name-is-not-id")
def _(lab):
    return {**PARTS, "project": "admin"}


# 01-token: a user with a role in a project

BLUE = {"name": "blue", "password": "secret", "domain_id": "default"}


def team(lab: Lab, role: bool = False) -> dict[str, str]:
    """Project and user, made as admin; with a role that ties them."""
    log_in(lab, "admin")
    v3 = lab.urls["keystone"] + "/v3"
    project = lab.post(f"{v3}/projects", json={"project": {"name": "team-blue"}}).json()["project"]["id"]
    user = lab.post(f"{v3}/users", json={"user": BLUE}).json()["user"]["id"]
    if role:
        member = lab.get(f"{v3}/roles?name=member").json()["roles"][0]["id"]
        lab.put(f"{v3}/projects/{project}/users/{user}/roles/{member}")
    return {"project": project, "user": user}


def blue_logs_in(lab: Lab, user: str, password: str, **scope: Any) -> None:
    who = {"methods": ["password"], "password": {"user": {"id": user, "password": password}}}
    lab.post(f"{lab.urls['keystone']}/v3/auth/tokens", json={"auth": {"identity": who, **scope}})


@attempt("01-token.make", "known-is-not-allowed")
def _(lab):
    log_in(lab, "demo")
    lab.post(lab.urls["keystone"] + "/v3/projects", json={"project": {"name": "team-blue"}})


@attempt("01-token.make", "who-comes-first")
def _(lab):
    lab.post(lab.urls["keystone"] + "/v3/projects", json={"project": {"name": "team-blue"}})


@attempt("01-token.make", "token-belongs-in-a-header")
def _(lab):
    body = {"project": {"name": "team-blue"}, "X-Auth-Token": "a good one"}
    lab.post(lab.urls["keystone"] + "/v3/projects", json=body)


@attempt("01-token.make", "role-ties-user-to-project")
def _(lab):
    team(lab)


@attempt("01-token.make", "unscoped-token")
def _(lab):
    blue_logs_in(lab, team(lab, role=True)["user"], "secret")


@attempt("01-token.make", "wrong-login-tells-nothing")
def _(lab):
    ids = team(lab, role=True)
    blue_logs_in(lab, ids["user"], "wrong", scope={"project": {"id": ids["project"]}})


# 02-flavors: the smallest that fits


@attempt("02-flavors.make", "name-is-not-id")
def _(lab):
    return {"flavor": "m1.medium"}


@attempt("02-flavors.make", "ids-are-not-guessed")
def _(lab):
    return {"flavor": "7"}


@attempt("02-flavors.make", "all-numbers-count")
def _(lab):
    return {"flavor": "2"}


@attempt("02-flavors.make", "fitting-is-not-smallest")
def _(lab):
    return {"flavor": "5"}


# 03-images: register and upload

RAW = {"name": "my-image", "disk_format": "raw", "container_format": "bare"}
BYTES: dict[str, Any] = {"data": b"bytes", "headers": {"Content-Type": "application/octet-stream"}}


def image(lab: Lab, name: str = "my-image", **more: Any) -> str:
    images = lab.endpoint("image") + "/v2/images"
    return f"{images}/{lab.post(images, json={**RAW, 'name': name, **more}).json()['id']}"


@attempt("03-images.make", "registered-is-not-uploaded")
def _(lab):
    image(lab)


@attempt("03-images.make", "content-type-decides")
def _(lab):
    lab.put(image(lab) + "/file", json={"bytes": "x"})


@attempt("03-images.make", "bytes-go-up-once")
def _(lab):
    image(lab)
    cirros = lab.get(lab.endpoint("image") + "/v2/images?name=cirros").json()["images"][0]["id"]
    log_in(lab, "admin")
    lab.put(f"{lab.endpoint('image')}/v2/images/{cirros}/file", **BYTES)


@attempt("03-images.make", "id-of-the-right-thing")
def _(lab):
    other = image(lab, "another")
    image(lab)
    lab.put(other + "/file", **BYTES)


# 04-ssh-key: Nova makes it


def ask_for_key(lab: Lab, path: str = "/os-keypairs", version: str = "", **more: Any) -> None:
    headers = {"OpenStack-API-Version": f"compute {version}"} if version else {}
    body = {"keypair": {"name": "nova-made", **more}}
    lab.post(lab.endpoint("compute") + path, json=body, headers=headers)


@attempt("04-ssh-key.make", "importing-is-not-making")
def _(lab):
    ask_for_key(lab, public_key=lab.public_key)


@attempt("04-ssh-key.make", "names-are-taken")
def _(lab):
    ask_for_key(lab, public_key=lab.public_key)
    ask_for_key(lab)


@attempt("04-ssh-key.make", "microversion-default")
def _(lab):
    ask_for_key(lab, version="2.92")


@attempt("04-ssh-key.make", "os-in-the-path")
def _(lab):
    ask_for_key(lab, "/keypairs")


# 05-server: two from one loop


def server(lab: Lab, name: str, **more: Any):
    cirros = lab.get(lab.endpoint("image") + "/v2/images?name=cirros").json()["images"][0]["id"]
    body = {"name": name, "imageRef": cirros, "flavorRef": "1", **more}
    return lab.post(f"{lab.endpoint('compute')}/servers", json={"server": body})


def both(lab: Lab, **more: Any):
    return [server(lab, name, **more) for name in ("web-1", "web-2")]


@attempt("05-server.make", "accepted-is-not-done")
def _(lab):
    both(lab)


@attempt("05-server.make", "one-call-makes-many")
def _(lab):
    server(lab, "web", min_count=2)


@attempt("05-server.make", "name-is-not-id")
def _(lab):
    both(lab, imageRef="cirros")


@attempt("05-server.make", "wrong-inside-the-body")
def _(lab):
    both(lab, flavorRef="999")


@attempt("05-server.make", "stopped-is-not-deleted")
def _(lab):
    for made in both(lab):
        lab.wait(made)
        lab.post(made.headers["Location"] + "/action", json={"os-stop": None})
        lab.wait(made, "SHUTOFF")


@attempt("05-server.make", "error-is-an-answer")
def _(lab):
    log_in(lab, "admin")
    size = {"id": "endless", "name": "endless", "vcpus": 1, "ram": 512, "disk": 2_000_000}
    lab.post(lab.endpoint("compute") + "/flavors", json={"flavor": size})
    log_in(lab, "demo")
    for made in both(lab, flavorRef="endless"):
        lab.wait(made)


@attempt("05-server.make", "quota-differs")
def _(lab):
    for name in ("a", "b"):
        server(lab, name, flavorRef="5")
    both(lab, flavorRef="5")


# 06-volume: a backup, restored larger


def backed_up(lab: Lab, wait: bool = True) -> tuple[str, str]:
    """A volume's and its snapshot's ids."""
    cinder = lab.endpoint("block-storage")
    volume = lab.post(f"{cinder}/volumes", json={"volume": {"size": 1, "name": "data"}}).json()["volume"][
        "id"
    ]
    lab.wait(f"{cinder}/volumes/{volume}", "available")
    asked = {"snapshot": {"volume_id": volume}}
    snapshot = lab.post(f"{cinder}/snapshots", json=asked).json()["snapshot"]["id"]
    if wait:
        lab.wait(f"{cinder}/snapshots/{snapshot}", "available")
    return volume, snapshot


def restored(lab: Lab, **volume: Any):
    wanted = {"volume": {"name": "restored", **volume}}
    return lab.post(lab.endpoint("block-storage") + "/volumes", json=wanted)


@attempt("06-volume.make", "accepted-is-not-done")
def _(lab):
    restored(lab, snapshot_id=backed_up(lab)[1], size=2)


@attempt("06-volume.make", "copy-is-not-a-restore")
def _(lab):
    restored(lab, source_volid=backed_up(lab)[0], size=2)


@attempt("06-volume.make", "size-comes-from-the-source")
def _(lab):
    restored(lab, snapshot_id=backed_up(lab)[1])


@attempt("06-volume.make", "snapshot-is-not-a-volume")
def _(lab):
    backed_up(lab)
    restored(lab, size=2)


# 07-attach: a volume moves


def attach(lab: Lab, name: str, volume: str) -> str:
    """The attachments' URL of a server by name."""
    nova = lab.endpoint("compute")
    found = lab.get(f"{nova}/servers?name={name}").json()["servers"]
    url = f"{nova}/servers/{found[0]['id']}/os-volume_attachments"
    lab.post(url, json={"volumeAttachment": {"volumeId": volume}})
    return url


def two_places(lab: Lab) -> str:
    """A second server, and the volume's id."""
    lab.wait(server(lab, "second"))
    found = lab.get(lab.endpoint("block-storage") + "/volumes?name=MyFirstVolume").json()["volumes"]
    return found[0]["id"]


def until(lab: Lab, volume: str, state: str) -> None:
    lab.wait(f"{lab.endpoint('block-storage')}/volumes/{volume}", state)


@attempt("07-attach.make", "one-server-at-a-time")
def _(lab):
    volume = two_places(lab)
    attach(lab, "MyFirstApiVm", volume)
    until(lab, volume, "in-use")
    attach(lab, "second", volume)


def let_go(lab: Lab) -> str:
    """The volume's id, when its detaching has begun."""
    volume = two_places(lab)
    there = attach(lab, "MyFirstApiVm", volume)
    until(lab, volume, "in-use")
    lab.delete(f"{there}/{volume}")
    return volume


@attempt("07-attach.make", "accepted-is-not-done")
def _(lab):
    attach(lab, "second", let_go(lab))


@attempt("07-attach.make", "another-volume-is-no-move")
def _(lab):
    attach(lab, "MyFirstApiVm", two_places(lab))
    made = restored(lab, size=1).json()["volume"]["id"]
    until(lab, made, "available")
    attach(lab, "second", made)


@attempt("07-attach.make", "attach-answers-early")
def _(lab):
    volume = let_go(lab)
    until(lab, volume, "available")
    attach(lab, "second", volume)


# 08-inside: which service failed


@attempt("08-inside.make", "asked-before-it-broke")
def _(lab):
    server(lab, "before")
    lab.faults.surprise()
    return {"service": "neutron"}


def failing(lab: Lab) -> None:
    lab.faults.surprise()
    asked = server(lab, "meanwhile")
    if asked.ok:
        lab.wait(asked)


@attempt("08-inside.make", "the-asker-is-not-the-failed")
def _(lab):
    failing(lab)
    return {"service": "nova"}


@attempt("08-inside.make", "the-symptom-is-not-the-cause")
def _(lab):
    failing(lab)
    return {"service": "keystone"}


# 10-capstone: the whole procedure


def up_to_the_server(lab: Lab, **more: Any):
    log_in(lab, "demo")
    lab.get(lab.endpoint("compute") + "/flavors")
    key = {"name": "CapstoneKey", "public_key": lab.public_key}
    lab.post(lab.endpoint("compute") + "/os-keypairs", json={"keypair": key})
    return server(lab, "Capstone", key_name="CapstoneKey", **more)


def with_a_volume(lab: Lab) -> tuple[str, str, str]:
    """Server, volume and attachments, as URLs."""
    made = up_to_the_server(lab)
    lab.wait(made)
    cinder = lab.endpoint("block-storage")
    wish = {"volume": {"name": "CapstoneData", "size": 1}}
    id = lab.post(f"{cinder}/volumes", json=wish).json()["volume"]["id"]
    until(lab, id, "available")
    places = made.headers["Location"] + "/os-volume_attachments"
    lab.post(places, json={"volumeAttachment": {"volumeId": id}})
    until(lab, id, "in-use")
    return made.headers["Location"], f"{cinder}/volumes/{id}", f"{places}/{id}"


@attempt("10-capstone.make", "unscoped-token")
def _(lab):
    body = login_body("demo", "demo")
    body["auth"]["scope"] = "unscoped"
    lab.post(lab.urls["keystone"] + "/v3/auth/tokens", json=body)


@attempt("10-capstone.make", "names-are-taken")
def _(lab):
    log_in(lab, "demo")
    key = {"keypair": {"name": "CapstoneKey", "public_key": lab.public_key}}
    lab._session.request("POST", lab.endpoint("compute") + "/os-keypairs", json=key, purpose="prepare")
    up_to_the_server(lab)


@attempt("10-capstone.make", "name-is-not-id")
def _(lab):
    up_to_the_server(lab, imageRef="cirros")


@attempt("10-capstone.make", "accepted-is-not-done")
def _(lab):
    up_to_the_server(lab)


@attempt("10-capstone.make", "busy-things-stay")
def _(lab):
    _, volume, attachment = with_a_volume(lab)
    lab.delete(attachment)
    lab.delete(volume)


@attempt("10-capstone.make", "deleting-is-work-too")
def _(lab):
    server, volume, attachment = with_a_volume(lab)
    lab.delete(attachment)
    lab.wait(volume, "available")
    lab.wait(attachment, "gone")
    lab.delete(volume)
    lab.wait(volume, "gone")
    lab.delete(server)


# 10-capstone: the drills


def drilled(lab: Lab, number: int) -> dict[str, str]:
    return lab.drill(number).facts


def servers(lab: Lab, **more: Any):
    return lab.get(lab.endpoint("compute") + "/servers", **more)


@attempt("10-capstone.drill-1", "who-comes-first")
def _(lab):
    drilled(lab, 1)
    servers(lab)
    servers(lab)


@attempt("10-capstone.drill-1", "unscoped-token")
def _(lab):
    drilled(lab, 1)
    servers(lab)
    body = login_body("demo", "demo")
    body["auth"]["scope"] = "unscoped"
    lab.post(lab.urls["keystone"] + "/v3/auth/tokens", json=body, headers={"X-Auth-Token": None})


@attempt("10-capstone.drill-1", "token-belongs-in-a-header")
def _(lab):
    drilled(lab, 1)
    servers(lab)
    log_in(lab, "demo")
    servers(lab, headers={"X-Auth-Token": None}, json={"token": lab.token})


@attempt("10-capstone.drill-2", "quota-differs")
def _(lab):
    drilled(lab, 2)
    server(lab, "Needed", flavorRef="5")


@attempt("10-capstone.drill-2", "stopped-is-not-deleted")
def _(lab):
    first, _ = drilled(lab, 2).values()
    server(lab, "Needed", flavorRef="5")
    lab.post(f"{lab.endpoint('compute')}/servers/{first}/action", json={"os-stop": None})
    server(lab, "Needed", flavorRef="5")


@attempt("10-capstone.drill-2", "accepted-is-not-done")
def _(lab):
    first, _ = drilled(lab, 2).values()
    server(lab, "Needed", flavorRef="5")
    url = f"{lab.endpoint('compute')}/servers/{first}"
    lab.delete(url)
    lab.wait(url, "gone")
    server(lab, "Needed", flavorRef="5")


@attempt("10-capstone.drill-2", "deleting-is-work-too")
def _(lab):
    first, _ = drilled(lab, 2).values()
    server(lab, "Needed", flavorRef="5")
    lab.delete(f"{lab.endpoint('compute')}/servers/{first}")
    server(lab, "Needed", flavorRef="5")


@attempt("10-capstone.drill-3", "error-is-an-answer")
def _(lab):
    old = drilled(lab, 3)["Unlucky"]
    lab.get(f"{lab.endpoint('compute')}/servers/{old}")
    lab.wait(server(lab, "Unlucky"))


def unlucky_is_gone(lab: Lab) -> None:
    old = drilled(lab, 3)["Unlucky"]
    url = f"{lab.endpoint('compute')}/servers/{old}"
    lab.get(url)
    lab.delete(url)
    lab.wait(url, "gone")


@attempt("10-capstone.drill-3", "accepted-is-not-done")
def _(lab):
    unlucky_is_gone(lab)
    server(lab, "Unlucky")


@attempt("10-capstone.drill-3", "name-is-not-id")
def _(lab):
    unlucky_is_gone(lab)
    server(lab, "Unlucky", flavorRef="m1.tiny")


def stuck(lab: Lab) -> str:
    old = drilled(lab, 4)["Stuck"]
    return f"{lab.endpoint('block-storage')}/volumes/{old}"


@attempt("10-capstone.drill-4", "known-is-not-allowed")
def _(lab):
    lab.post(stuck(lab) + "/action", json={"os-reset_status": {"status": "error"}})


@attempt("10-capstone.drill-4", "busy-things-stay")
def _(lab):
    lab.delete(stuck(lab))


@attempt("10-capstone.drill-4", "accepted-is-not-done")
def _(lab):
    old = stuck(lab)
    log_in(lab, "admin")
    as_admin = f"{lab.endpoint('block-storage')}/volumes/{old.rpartition('/')[2]}"
    lab.post(as_admin + "/action", json={"os-reset_status": {"status": "error"}})
    log_in(lab, "demo")
    lab.delete(old)
    lab.wait(old, "gone")
    lab.post(lab.endpoint("block-storage") + "/volumes", json={"volume": {"name": "Stuck", "size": 1}})


@attempt("10-capstone.drill-5", "accepted-is-not-done")
def _(lab):
    return {"server": drilled(lab, 5)["Night-2"]}


@attempt("10-capstone.drill-5", "name-is-not-id")
def _(lab):
    drilled(lab, 5)
    lab.get(lab.endpoint("compute") + "/servers/detail")
    return {"server": "Night-2"}


@attempt("10-capstone.drill-5", "error-is-an-answer")
def _(lab):
    facts = drilled(lab, 5)
    lab.get(lab.endpoint("compute") + "/servers/detail")
    return {"server": facts["Night-1"]}


def all_three(lab: Lab) -> dict[str, str]:
    facts = drilled(lab, 6)
    for id in facts.values():
        lab.get(f"{lab.endpoint('compute')}/servers/{id}")
    return facts


@attempt("10-capstone.drill-6", "other-projects-stay-hidden")
def _(lab):
    return {"server": all_three(lab)["theirs"]}


@attempt("10-capstone.drill-6", "name-is-not-id")
def _(lab):
    all_three(lab)
    return {"server": "Mine"}


@attempt("10-capstone.drill-6", "ids-are-not-guessed")
def _(lab):
    return {"server": drilled(lab, 6)["mine"]}


def at_237(lab: Lab, **more: Any):
    cirros = lab.get(lab.endpoint("image") + "/v2/images?name=cirros").json()["images"][0]["id"]
    body = {"server": {"name": "Versioned", "imageRef": cirros, "flavorRef": "1", **more}}
    asked = {"OpenStack-API-Version": "compute 2.37"}
    return lab.post(lab.endpoint("compute") + "/servers", json=body, headers=asked)


@attempt("10-capstone.drill-7", "microversion-default")
def _(lab):
    drilled(lab, 7)
    lab.wait(server(lab, "Versioned"))


@attempt("10-capstone.drill-7", "wrong-inside-the-body")
def _(lab):
    drilled(lab, 7)
    at_237(lab)


@attempt("10-capstone.drill-7", "accepted-is-not-done")
def _(lab):
    drilled(lab, 7)
    at_237(lab, networks="auto")


@pytest.mark.parametrize(("check", "misconception"), ATTEMPTS, ids=[": ".join(key) for key in ATTEMPTS])
def test_a_wrong_attempt_fails_and_is_told_why(check, misconception):
    lab = connect()
    lab.start(check.split(".")[0])
    assert not lab.check(check), "nothing has been done yet"
    report = lab.check(check, **(ATTEMPTS[check, misconception](lab) or {}))
    assert not report
    assert report.misconception is not None and report.misconception.id == misconception, repr(report)
    assert report.seen, "what the wire shows is said, too"
    lab.close()


def test_every_check_has_three_wrong_attempts_at_least():
    tried = Counter(check for check, _ in ATTEMPTS)
    assert {name: tried[name] for name in checks.names() if tried[name] < 3} == {}

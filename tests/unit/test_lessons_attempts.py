"""Each exercise's check, against the embedded cloud: it passes on the solution (tests/notebooks), and here it fails on
wrong attempts. Each is a misconception of the register, and the feedback has to name that one. Then the same where a
learner stands: after all cells of the lesson, whose own calls are on the wire, too.
"""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudlab import Lab, connect
from cloudlab.lessons import checks
from cloudlab.lessons.register import register
from tests.asking import login_body

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
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


def test_the_register_and_the_attempts_say_the_same():
    said = {(check, entry.id) for entry in register().values() for check in entry.checks}
    assert said == {*ATTEMPTS, *((check, id) for check, _, id, _ in AFTERWARDS if id)}


# After the lesson's own cells: they count for nothing, and of several tries the last one is judged.

# Each: the check, what is said, the misconception or "", and what was done.
AFTERWARDS: list[tuple[str, str, str, Attempt]] = []


def afterwards(check: str, said: str, misconception: str = "") -> Callable[[Attempt], Attempt]:
    def kept(function: Attempt) -> Attempt:
        AFTERWARDS.append((check, said, misconception, function))
        return function

    return kept


def walked(lesson: str) -> Lab:
    """The lab of somebody who has run all cells down to the exercise."""
    notebook = json.loads((NOTEBOOKS / f"{lesson}.ipynb").read_text("utf-8"))
    names: dict[str, Any] = {}
    for source in ("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"):
        if source == "# your code here":
            break
        if not source.startswith("%%"):  # a magic is IPython's; the only one repeats a call in curl's words
            exec(source, names)
    return names["lab"]


@afterwards("01-token.make", "Log in as blue, with team-blue as the scope.")
def _(lab):
    team(lab, role=True)


@afterwards("01-token.make", ": a login got 401.", "wrong-login-tells-nothing")
def _(lab):
    ids = team(lab, role=True)
    blue_logs_in(lab, ids["user"], "secret")
    body = login_body("blue", "team-blue", "wrong")
    lab.post(lab.urls["keystone"] + "/v3/auth/tokens", json=body)


@afterwards("01-token.make", "The new user got a token, but not for the new project.", "unscoped-token")
def _(lab):
    ids = team(lab, role=True)
    blue_logs_in(lab, ids["user"], "wrong")
    blue_logs_in(lab, ids["user"], "secret")


@afterwards("01-token.make", ": your login got 400. Read its message.")
def _(lab):
    team(lab, role=True)
    nowhere = {"name": "blue", "password": "secret"}  # no domain
    who = {"methods": ["password"], "password": {"user": nowhere}}
    lab.post(lab.urls["keystone"] + "/v3/auth/tokens", json={"auth": {"identity": who}})


def refused_and_unwrapped(lab: Lab, kind: str, **body: str) -> None:
    """As a member, and then as admin with a body that lacks its outermost key."""
    log_in(lab, "demo")
    lab.post(f"{lab.urls['keystone']}/v3/{kind}s", json={kind: body})
    log_in(lab, "admin")
    lab.post(f"{lab.urls['keystone']}/v3/{kind}s", json=body)


@afterwards("01-token.make", 'Your POST got 400: wrap the body, {"project": {…}}.', "wrong-inside-the-body")
def _(lab):
    refused_and_unwrapped(lab, "project", name="team-blue")


@afterwards("01-token.make", 'Your POST got 400: wrap the body, {"user": {…}}.', "wrong-inside-the-body")
def _(lab):
    log_in(lab, "admin")
    lab.post(lab.urls["keystone"] + "/v3/projects", json={"project": {"name": "team-blue"}})
    refused_and_unwrapped(lab, "user", **BLUE)


@afterwards(
    "01-token.make",
    "Your POST /v3/projects got 400: Invalid input for field/attribute enabled.",
    "wrong-inside-the-body",
)
def _(lab):
    log_in(lab, "admin")
    lab.post(lab.urls["keystone"] + "/v3/projects", json={"project": {"name": "team-blue", "enabled": "?"}})


def tie(lab: Lab, role: str, **ids: str):
    return lab.put(f"{lab.urls['keystone']}/v3/projects/{ids['project']}/users/{ids['user']}/roles/{role}")


@afterwards(
    "01-token.make", "Your PUT got 404: the role is given by its id, not by its name.", "name-is-not-id"
)
def _(lab):
    tie(lab, "member", **team(lab))


@afterwards(
    "01-token.make", "Your PUT got 404: the user is given by its id, not by its name.", "name-is-not-id"
)
def _(lab):
    ids = team(lab)
    member = lab.get(lab.urls["keystone"] + "/v3/roles?name=member").json()["roles"][0]["id"]
    tie(lab, member, **{**ids, "user": "blue"})


@afterwards("01-token.make", "Your PUT got 403: send admin's token.", "known-is-not-allowed")
def _(lab):
    ids = team(lab)
    tie(lab, "member", **ids)
    log_in(lab, "demo")
    tie(lab, "member", **ids)


@afterwards("01-token.make", "Your PUT got 401: no valid token was sent.", "who-comes-first")
def _(lab):
    ids = team(lab)
    lab.token = None
    tie(lab, "member", **ids)


@afterwards(
    "03-images.make",
    "Your POST got 400: Glance doesn't wrap its bodies, and wants disk_format and container_format.",
    "wrong-inside-the-body",
)
def _(lab):
    lab.post(lab.endpoint("image") + "/v2/images", json={"image": RAW})


@afterwards("03-images.make", "No PUT …/file was sent for it", "registered-is-not-uploaded")
def _(lab):
    image(lab)


@afterwards("03-images.make", "and only the disk_format raw takes nearly any bytes.", "content-type-decides")
def _(lab):
    lab.put(image(lab) + "/file", json={"bytes": "x"})


@afterwards(
    "03-images.make", "Your PUT …/file got 400: Glance takes the bytes when disk_format and container_format"
)
def _(lab):
    lab.put(image(lab, disk_format=None, container_format=None) + "/file", **BYTES)


@afterwards(
    "03-images.make",
    "Your POST got 405: bytes go up with PUT, to /v2/images/{id}/file.",
    "registered-is-not-uploaded",
)
def _(lab):
    mine = image(lab)
    lab.put(mine + "/file", json={"bytes": "x"})
    lab.post(mine + "/file", **BYTES)


@afterwards("03-images.make", "Your PUT got 404: no image has the id my-image.", "name-is-not-id")
def _(lab):
    image(lab)
    lab.put(lab.endpoint("image") + "/v2/images/my-image/file", **BYTES)


@afterwards("03-images.make", "Your PUT got 401. Read its message.")
def _(lab):
    mine = image(lab)
    lab.put(mine + "/file", data=b"bytes", headers={**BYTES["headers"], "X-Auth-Token": None})


NOTHING = {**BYTES, "data": b""}


@afterwards(
    "03-images.make",
    "It is active with 0 bytes, and bytes go up once: register another one.",
    "bytes-go-up-once",
)
def _(lab):
    lab.put(image(lab) + "/file", **NOTHING)


@afterwards("03-images.make", "No PUT …/file was sent for it", "registered-is-not-uploaded")
def _(lab):
    lab.put(image(lab) + "/file", **NOTHING)
    image(lab)


@afterwards("03-images.make", "Your POST got 400: Glance doesn't wrap its bodies", "wrong-inside-the-body")
def _(lab):
    lab.put(image(lab) + "/file", **NOTHING)
    lab.post(lab.endpoint("image") + "/v2/images", json={"image": RAW})


@afterwards("03-images.make", "Your PUT …/file got 415.", "content-type-decides")
def _(lab):
    mine = image(lab)
    lab.post(lab.endpoint("image") + "/v2/images", json={"image": RAW})
    lab.put(mine + "/file", json={"bytes": "x"})


@afterwards("03-images.make", "It has been deleted since. Register another one.")
def _(lab):
    lab.delete(image(lab))


@afterwards("03-images.make", "It has been deleted since. Register another one.")
def _(lab):
    mine = image(lab)
    lab.put(mine + "/file", **BYTES)
    lab.delete(mine)


@pytest.mark.parametrize("first", ["empty", "deleted"])
def test_one_good_image_will_do(first):
    lab = walked("03-images")
    before = image(lab)
    lab.put(before + "/file", **(NOTHING if first == "empty" else BYTES))
    if first == "deleted":
        lab.delete(before)
    lab.put(image(lab) + "/file", **BYTES)
    assert lab.check("03-images.make")
    image(lab)
    assert lab.check("03-images.make"), "one that is begun afterwards takes nothing away"


def ask_for_both_keys(lab: Lab, header: str = "", **more: Any):
    """The second one with a header's value."""
    ask_for_key(lab)
    body = {"keypair": {"name": "nova-made-2", **more}}
    headers = {"OpenStack-API-Version": header} if header else {}
    return lab.post(lab.endpoint("compute") + "/os-keypairs", json=body, headers=headers)


@afterwards("04-ssh-key.make", "POST /os-keypairs for nova-made-2, with OpenStack-API-Version: compute 2.92.")
def _(lab):
    ask_for_key(lab)


@afterwards(
    "04-ssh-key.make",
    "Nova made it: your call named no microversion, or one before 2.92.",
    "microversion-default",
)
def _(lab):
    ask_for_both_keys(lab)


@afterwards(
    "04-ssh-key.make",
    "Nova made it: your call named no microversion, or one before 2.92.",
    "microversion-default",
)
def _(lab):
    ask_for_both_keys(lab, "2.92")  # without the service, Nova doesn't take it for its own


@afterwards(
    "04-ssh-key.make",
    "Your POST got 409: nova-made-2 exists, and your call named no microversion, or one before 2.92.",
    "microversion-default",
)
def _(lab):
    ask_for_both_keys(lab)
    ask_for_both_keys(lab, "compute 2.91")


@afterwards("04-ssh-key.make", 'Your POST got 400: wrap the body, {"keypair": {…}}.', "wrong-inside-the-body")
def _(lab):
    ask_for_key(lab, version="2.92")
    lab.post(lab.endpoint("compute") + "/os-keypairs", json={"name": "nova-made"})


@afterwards("04-ssh-key.make", "Your POST carried a public_key: leave it out.", "importing-is-not-making")
def _(lab):
    ask_for_both_keys(lab, "compute 2.92", public_key=lab.public_key)


@afterwards("04-ssh-key.make", 'Your POST got 400: wrap the body, {"keypair": {…}}.', "wrong-inside-the-body")
def _(lab):
    ask_for_key(lab)
    headers = {"OpenStack-API-Version": "compute 2.92"}
    lab.post(lab.endpoint("compute") + "/os-keypairs", json={"name": "nova-made-2"}, headers=headers)


@afterwards("04-ssh-key.make", "Your POST got 406. Read its message: it is refused at compute 2.92 with 400.")
def _(lab):
    ask_for_both_keys(lab, "compute 2.999")


@pytest.mark.parametrize("version", ["2.92", "2.100", "latest"])
def test_the_second_key_is_refused_from_2_92_on(version):
    lab = walked("04-ssh-key")
    ask_for_both_keys(lab)
    assert not lab.check("04-ssh-key.make")
    assert ask_for_both_keys(lab, f"compute {version}").status_code == 400
    assert lab.check("04-ssh-key.make")


@afterwards("05-server.make", 'Your POST got 400: wrap the body, {"server": {…}}.', "wrong-inside-the-body")
def _(lab):
    server(lab, "web", min_count=2)
    lab.post(lab.endpoint("compute") + "/servers", json={"name": "web-1", "flavorRef": "1"})


@afterwards("05-server.make", "Your POST for web-1 got 400. Read the message.", "name-is-not-id")
def _(lab):
    server(lab, "web", min_count=2)
    both(lab, imageRef="cirros")


@afterwards("05-server.make", "Your POST for web-1 got 400. Read the message.", "wrong-inside-the-body")
def _(lab):
    for name in ("a", "b"):
        server(lab, name, flavorRef="5")
    both(lab, flavorRef="5")
    both(lab, flavorRef="999")


@afterwards("05-server.make", "Your POST says min_count or max_count.", "one-call-makes-many")
def _(lab):
    both(lab, imageRef="cirros")
    server(lab, "web-1", min_count=2)


@afterwards(
    "06-volume.make",
    "status must be available, but current status is: creating.",
    "accepted-is-not-done",
)
def _(lab):
    cinder = lab.endpoint("block-storage")
    volume = lab.post(f"{cinder}/volumes", json={"volume": {"size": 1}}).json()["volume"]["id"]
    lab.post(f"{cinder}/snapshots", json={"snapshot": {"volume_id": volume}})


@afterwards("06-volume.make", 'Your POST got 400: wrap the body, {"snapshot": {…}}.', "wrong-inside-the-body")
def _(lab):
    lab.post(lab.endpoint("block-storage") + "/snapshots", json={"volume_id": "data"})


@afterwards(
    "06-volume.make",
    "Your POST /snapshots got 400: Invalid input for field/attribute volume_id.",
    "wrong-inside-the-body",
)
def _(lab):
    lab.post(lab.endpoint("block-storage") + "/snapshots", json={"snapshot": {"volume_id": "data"}})


@afterwards("06-volume.make", "POST /volumes with name, snapshot_id and size")
def _(lab):
    lab.post(lab.endpoint("block-storage") + "/snapshots", json={"snapshot": {"volume_id": "data"}})
    backed_up(lab)


@afterwards(
    "06-volume.make",
    "Your POST /volumes names no snapshot: the new volume is empty.",
    "snapshot-is-not-a-volume",
)
def _(lab):
    restored(lab, source_volid=backed_up(lab)[0], size=2)
    restored(lab, size=2)


@afterwards("06-volume.make", 'Your POST got 400: wrap the body, {"volume": {…}}.', "wrong-inside-the-body")
def _(lab):
    _, snapshot = backed_up(lab)
    body = {"name": "restored", "snapshot_id": snapshot, "size": 2}
    lab.post(lab.endpoint("block-storage") + "/volumes", json=body)


@afterwards("06-volume.make", "Your POST /volumes got 400: Invalid snapshot:", "accepted-is-not-done")
def _(lab):
    restored(lab, snapshot_id=backed_up(lab, wait=False)[1], size=2)


@afterwards("06-volume.make", "Your POST /volumes got 400: Invalid input", "size-comes-from-the-source")
def _(lab):
    _, snapshot = backed_up(lab)
    restored(lab, snapshot_id=snapshot)
    restored(lab, snapshot_id=snapshot, size="two")


@afterwards("06-volume.make", "Your POST /volumes got 413: VolumeSizeExceeds")
def _(lab):
    restored(lab, snapshot_id=backed_up(lab)[1], size=5000)


def test_a_restored_volume_may_be_enlarged_afterwards():
    lab = walked("06-volume")
    _, snapshot = backed_up(lab)
    made = restored(lab, snapshot_id=snapshot, size=1).json()["volume"]["id"]
    until(lab, made, "available")
    assert lab.check("06-volume.make").seen == "It has the snapshot's size."
    volume = f"{lab.endpoint('block-storage')}/volumes/{made}"
    lab.post(volume + "/action", json={"os-extend": {"new_size": 2}})
    until(lab, made, "available")
    lab.delete(f"{lab.endpoint('block-storage')}/snapshots/{snapshot}")
    lab.wait(f"{lab.endpoint('block-storage')}/snapshots/{snapshot}", "gone")
    assert lab.check("06-volume.make"), "what was restored from it says that there was a snapshot"


def test_a_restored_volume_that_is_deleted_again_leaves_the_others():
    lab = walked("06-volume")
    _, snapshot = backed_up(lab)
    ids = [restored(lab, snapshot_id=snapshot, size=2).json()["volume"]["id"] for _ in range(2)]
    for made in ids:
        until(lab, made, "available")
    lab.delete(f"{lab.endpoint('block-storage')}/volumes/{ids[1]}")
    lab.wait(f"{lab.endpoint('block-storage')}/volumes/{ids[1]}", "gone")
    assert lab.check("06-volume.make")


@afterwards("07-attach.make", "Detach the volume, wait until it is available, and attach it to a second")
def _(lab):
    attach(lab, "second", two_places(lab))


@afterwards(
    "07-attach.make",
    "Your attach got 409: the server is still being built. Wait until it is ACTIVE.",
    "accepted-is-not-done",
)
def _(lab):
    volume = two_places(lab)
    server(lab, "third")
    attach(lab, "third", volume)


@afterwards(
    "07-attach.make",
    "Your attach got 409: the server is still being built. Wait until it is ACTIVE.",
    "accepted-is-not-done",
)
def _(lab):
    volume = two_places(lab)
    there = attach(lab, "second", volume)
    until(lab, volume, "in-use")
    lab.delete(f"{there}/{volume}")
    until(lab, volume, "available")
    server(lab, "third")
    attach(lab, "third", volume)


@afterwards("07-attach.make", "Your attach got 400: Invalid input for field/attribute volumeId.")
def _(lab):
    two_places(lab)
    attach(lab, "second", "MyFirstVolume")


def moved(lab: Lab) -> tuple[str, str]:
    """The two servers' attachments; the volume is in-use at the second."""
    volume = two_places(lab)
    lab.wait(server(lab, "third"))
    first = attach(lab, "second", volume)
    until(lab, volume, "in-use")
    lab.delete(f"{first}/{volume}")
    until(lab, volume, "available")
    second = attach(lab, "third", volume)
    until(lab, volume, "in-use")
    return first, second


def test_the_first_server_may_go_when_the_volume_has_moved():
    lab = walked("07-attach")
    old = moved(lab)[0].removesuffix("/os-volume_attachments")
    assert lab.check("07-attach.make")
    lab.delete(old)
    lab.wait(old, "gone")
    assert lab.check("07-attach.make")


@pytest.mark.parametrize("lesson", sorted(path.stem for path in NOTEBOOKS.glob("0[1-7]*.ipynb")))
def test_what_a_lesson_calls_itself_is_no_part_of_the_exercise(lesson):
    report = walked(lesson).check(f"{lesson}.make")
    assert report.met == 0, repr(report)
    assert report.misconception is None, repr(report)


@pytest.mark.parametrize(
    ("check", "said", "misconception", "act"), AFTERWARDS, ids=[f"{t[0]}: {t[1][:50]}" for t in AFTERWARDS]
)
def test_after_the_lesson_the_last_try_is_judged(check, said, misconception, act):
    lab = walked(check.split(".")[0])
    act(lab)
    report = lab.check(check)
    assert not report
    assert said in report.seen, repr(report)
    assert (report.misconception.id if report.misconception else "") == misconception, repr(report)
    lab.close()

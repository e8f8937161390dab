"""The same where a learner stands: after all cells of the lesson. Its own calls are on the wire, too, and count for
nothing; and of several tries the last one is judged.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudlab import Lab
from cloudlab.lessons.register import register
from tests.asking import login_body
from tests.unit.test_lessons_attempts import (
    ATTEMPTS,
    BLUE,
    BYTES,
    RAW,
    Attempt,
    ask_for_key,
    attach,
    backed_up,
    blue_logs_in,
    both,
    image,
    log_in,
    restored,
    server,
    team,
    two_places,
    until,
)

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
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


@afterwards("01-token.make", "Your PUT gave the role admin. Asked for is member.")
def _(lab):
    ids = team(lab)
    roles = lab.get(lab.urls["keystone"] + "/v3/roles").json()["roles"]
    tie(lab, next(role["id"] for role in roles if role["name"] == "admin"), **ids)


@afterwards("01-token.make", "blue was deleted since. Make it again.")
def _(lab):
    lab.delete(f"{lab.urls['keystone']}/v3/users/{team(lab, role=True)['user']}")


@afterwards("01-token.make", "in its path, project and user are swapped.")
def _(lab):
    ids = team(lab)
    tie(lab, "0" * 32, project=ids["user"], user=ids["project"])


@afterwards("01-token.make", "Your POST /v3/users set no password")
def _(lab):
    v3, ids = lab.urls["keystone"] + "/v3", team(lab)
    lab.delete(f"{v3}/users/{ids['user']}")
    made = lab.post(f"{v3}/users", json={"user": {"name": "blue"}}).json()["user"]["id"]
    tie(lab, lab.get(f"{v3}/roles?name=member").json()["roles"][0]["id"], **{**ids, "user": made})
    blue_logs_in(lab, made, "secret", scope={"project": {"id": ids["project"]}})


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
    "Invalid volume: volume is not assigned to a host",
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


@afterwards("06-volume.make", 'Your POST got 400: wrap the body, {"volume": {…}}.', "wrong-inside-the-body")
def _(lab):
    lab.post(lab.endpoint("block-storage") + "/volumes", json={"name": "data", "size": 1})


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


BUILDING = (
    "07-attach.make",
    "Your attach got 409: the server is still being built. Wait until it is ACTIVE.",
    "accepted-is-not-done",
)


@afterwards(*BUILDING)
def _(lab):
    volume = two_places(lab)
    server(lab, "third")
    attach(lab, "third", volume)


@afterwards(*BUILDING)
def _(lab):
    volume = two_places(lab)
    there = attach(lab, "second", volume)
    until(lab, volume, "in-use")
    lab.delete(f"{there}/{volume}")
    until(lab, volume, "available")
    server(lab, "third")
    attach(lab, "third", volume)


@afterwards("07-attach.make", "Your DELETE got 400: the attach isn't done.", "attach-answers-early")
def _(lab):
    volume = two_places(lab)
    lab.delete(f"{attach(lab, 'second', volume)}/{volume}")


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


def test_the_register_and_the_attempts_say_the_same():
    said = {(check, entry.id) for entry in register().values() for check in entry.checks}
    assert said == {*ATTEMPTS, *((check, id) for check, _, id, _ in AFTERWARDS if id)}

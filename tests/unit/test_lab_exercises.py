"""Each exercise's check, against the real embedded cloud: 'not yet' at first, a hint for each misconception, 'done'."""

import pytest

from cloudlab import Lab, connect

DEFAULT = {"domain": {"id": "default"}}


def begin(lesson: str) -> Lab:
    lab = connect()
    lab.start(lesson)
    assert not lab.check(), "nothing has been done yet"
    return lab


def log_in(lab: Lab, name: str, password: str = "secret", project: str | None = "demo"):
    user = {"name": name, "password": password, **DEFAULT}
    auth: dict = {"identity": {"methods": ["password"], "password": {"user": user}}}
    if project:
        auth["scope"] = {"project": {"name": project, **DEFAULT}}
    return lab.post(
        f"{lab.urls['keystone']}/v3/auth/tokens", json={"auth": auth}, headers={"X-Auth-Token": None}
    )


def server(lab: Lab, name: str, **more):
    image = lab.get(f"{lab.endpoint('image')}/v2/images?name=cirros").json()["images"][0]["id"]
    body = {"name": name, "imageRef": image, "flavorRef": "1", **more}
    return lab.post(f"{lab.endpoint('compute')}/servers", json={"server": body})


def test_00_reading_a_url():
    lab = begin("00-start")
    parts = {"component": "127.0.0.1:8776", "version": "v3", "project": "4601230eb33f45e0a1855839649f8afc"}
    assert "in the plural" in lab.check(**parts, resource="volume x").hint
    assert "is the resource" in lab.check(**{**parts, "project": "volumes"}, resource="volumes").hint
    assert "right after" in lab.check(**{**parts, "version": "8776v"}, resource="volumes").hint
    assert lab.check(**parts, resource="/volumes")
    assert lab.check(**{**parts, "component": "Cinder"}, resource="volumes")


def test_01_a_user_with_a_role_in_a_project():
    lab = begin("01-token")
    keystone = lab.urls["keystone"]
    lab.token = log_in(lab, "demo").headers["X-Subject-Token"]
    lab.post(f"{keystone}/v3/projects", json={"project": {"name": "team-blue"}})
    assert "403" in lab.check().hint
    lab.token = log_in(lab, "admin", project="admin").headers["X-Subject-Token"]
    project = lab.post(f"{keystone}/v3/projects", json={"project": {"name": "team-blue"}}).json()["project"][
        "id"
    ]
    assert "POST /v3/users" in lab.check().hint
    user = {"name": "blue", "password": "sky"}
    user_id = lab.post(f"{keystone}/v3/users", json={"user": user}).json()["user"]["id"]
    assert "a role ties" in lab.check().hint
    roles = lab.get(f"{keystone}/v3/roles?name=member").json()["roles"]
    lab.put(f"{keystone}/v3/projects/{project}/users/{user_id}/roles/{roles[0]['id']}")
    assert "name, domain and password, and the new project" in lab.check().hint
    assert log_in(lab, "blue", "wrong", "team-blue").status_code == 401
    assert "401 is the same" in lab.check().hint
    assert log_in(lab, "blue", "sky", None).status_code == 201
    assert "add scope" in lab.check().hint
    assert log_in(lab, "blue", "sky", "team-blue").status_code == 201
    assert lab.check()


def test_02_the_smallest_flavor_that_fits():
    lab = begin("02-flavors")
    assert "takes the id" in lab.check(flavor="m1.medium").hint
    assert "no flavor with the id" in lab.check(flavor="zzz").hint
    assert "MiB" in lab.check(flavor="1").hint
    assert "a smaller one does too" in lab.check(flavor="5").hint
    assert lab.check(flavor="3")


def test_03_an_image_and_its_bytes():
    lab = begin("03-images")
    images = f"{lab.endpoint('image')}/v2/images"
    body = {"name": "my-image", "disk_format": "raw", "container_format": "bare"}
    image = lab.post(images, json=body).json()["id"]
    assert "Registered is not uploaded" in lab.check().hint
    lab.put(f"{images}/{image}/file", json={"bytes": "x"})
    assert "415" in lab.check().hint
    lab.put(f"{images}/{image}/file", data=b"bytes", headers={"Content-Type": "application/octet-stream"})
    assert lab.check()


def test_04_nova_makes_the_key():
    lab = begin("04-ssh-key")
    keypairs = f"{lab.endpoint('compute')}/os-keypairs"
    lab.post(keypairs, json={"keypair": {"name": "nova-made", "public_key": lab.public_key}})
    assert "imports yours" in lab.check().hint
    lab.post(keypairs, json={"keypair": {"name": "nova-made"}})
    assert "409" in lab.check().hint
    lab.delete(f"{keypairs}/nova-made")
    lab.post(keypairs, json={"keypair": {"name": "nova-made"}})
    assert lab.check()
    assert "PRIVATE KEY" not in repr(lab.history[-2]) + str(lab.history[-3])


def test_05_two_servers_from_one_loop():
    lab = begin("05-server")
    server(lab, "web-1", max_count=2)
    assert "own POST" in lab.check().hint
    lab = begin("05-server")
    made = [server(lab, name) for name in ("web-1", "web-2")]
    assert "202 is not done" in lab.check().hint
    for exchange in made:
        lab.wait(exchange)
    assert lab.check()
    lab.delete(made[0].headers["Location"])
    lab.wait(made[0], until="gone")
    assert "It is gone" in lab.check().hint


def test_06_a_backup_restored_larger():
    lab = begin("06-volume")
    cinder = lab.endpoint("block-storage")
    volume = lab.post(f"{cinder}/volumes", json={"volume": {"size": 1, "name": "data"}})
    lab.wait(volume, until="available")
    source = volume.json()["volume"]["id"]
    snapshot = lab.post(f"{cinder}/snapshots", json={"snapshot": {"volume_id": source}})
    assert "A snapshot can't be attached" in lab.check().hint
    lab.wait(snapshot, until="available")
    snapshot_id = snapshot.json()["snapshot"]["id"]
    lab.post(f"{cinder}/volumes", json={"volume": {"name": "restored", "size": 2, "source_volid": source}})
    assert "source_volid copies" in lab.check().hint
    lab.post(f"{cinder}/volumes", json={"volume": {"name": "restored", "snapshot_id": snapshot_id}})
    assert "say a larger one" in lab.check().hint
    body = {"volume": {"name": "restored", "snapshot_id": snapshot_id, "size": 2}}
    restored = lab.post(f"{cinder}/volumes", json=body)
    assert "202 is not done" in lab.check().hint
    lab.wait(restored, until="available")
    assert lab.check()


def attach(lab: Lab, server_id: str, volume_id: str):
    url = f"{lab.endpoint('compute')}/servers/{server_id}/os-volume_attachments"
    return lab.post(url, json={"volumeAttachment": {"volumeId": volume_id, "device": "/dev/vdd"}})


def test_07_a_volume_moves():
    lab = begin("07-attach")
    nova, cinder = lab.endpoint("compute"), lab.endpoint("block-storage")
    first = lab.get(f"{nova}/servers?name=MyFirstApiVm").json()["servers"][0]["id"]
    second = lab.wait(server(lab, "second")).json()["server"]["id"]
    volume = lab.get(f"{cinder}/volumes?name=MyFirstVolume").json()["volumes"][0]["id"]
    attach(lab, first, volume)
    lab.wait(f"{cinder}/volumes/{volume}", until="in-use")
    assert "Make one" in lab.check().hint or "Detach the volume" in lab.check().hint
    assert attach(lab, second, volume).status_code == 400
    assert "one server at a time" in lab.check().hint
    lab.delete(f"{nova}/servers/{first}/os-volume_attachments/{volume}")
    lab.wait(f"{cinder}/volumes/{volume}", until="available")
    attach(lab, second, volume)
    assert "wait until the volume is in-use" in lab.check().hint
    lab.wait(f"{cinder}/volumes/{volume}", until="in-use")
    assert lab.check()


@pytest.mark.parametrize("lesson", ["05-server", "06-volume", "07-attach"])
def test_a_lesson_prepares_the_same_alone_and_twice(lesson):
    lab, again = connect(), connect()
    first, other = lab.start(lesson), again.start(lesson)
    assert (repr(first), first._repr_html_()) == (repr(other), other._repr_html_())
    twice = repr(lab.start(lesson))
    assert "was there already" in twice and "was created" not in twice and "was imported" not in twice

"""The talk's curl lines, with the real curl, as admin in the talk's tenant (README.md lists what was repaired)."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from cloudlab.sim.clock import ManualClock
from cloudlab.sim.cloud import create_cloud
from cloudlab.sim.server import Server

LINES = Path(__file__).parent / "lines"
TENANT = "4601230eb33f45e0a1855839649f8afc"
USER = "78876ccabfba4d188d6098951ef420c8"
IMAGE = "5e9cecc5-ae7a-4f7e-b488-ed22daa0e2ab"

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("curl", "ssh-keygen", "sh"))), reason="needs curl, ssh-keygen and a shell"
)


class Listener:
    """Somebody who types the talk's lines: fills in the brackets, runs them in a shell, reads the answer."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.known = {"YOUR_TENANT_ID": TENANT}
        self.token = ""

    def run(self, name: str) -> dict:
        line = (LINES / f"{name}.sh").read_text()
        for placeholder, value in self.known.items():
            line = line.replace(f"[{placeholder}]", value)
        for service, talks in self.server.moved.items():  # a stranger holds the talk's port on this machine
            line = line.replace(f":{talks}/", f":{self.server.ports[service]}/")
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # `python` is this one
        done = subprocess.run(
            ["sh", "-c", line, "sh", self.token],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "PATH": path, "no_proxy": "127.0.0.1"},
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def get(self, service: str, path: str) -> dict:
        """What the talk leaves out: looking whether it is done."""
        url = f"http://127.0.0.1:{self.server.ports[service]}{path}"
        with requests.Session() as session:
            session.trust_env = False
            return session.get(url, headers={"X-Auth-Token": self.token}, timeout=60).json()


@pytest.fixture(scope="module")
def talk():
    clock = ManualClock()
    server = Server(lambda ports: create_cloud(clock=clock, ports=ports))
    with server.in_thread():
        yield Listener(server), clock


@pytest.fixture(scope="module")
def listener(talk):
    """With the token of the talk's first call."""
    listener, _ = talk
    listener.token = listener.run("0-token")["access"]["token"]["id"]
    listener.known["YOUR_AUTH_TOKEN"] = listener.token
    return listener


def test_0_the_token_has_every_field_of_the_slide(listener):
    access = listener.run("0-token")["access"]
    assert set(access) == {"metadata", "serviceCatalog", "token", "user"}
    assert access["metadata"]["is_admin"] == 0 and len(access["metadata"]["roles"]) == 3
    assert set(access["token"]) == {"audit_ids", "expires", "id", "issued_at", "tenant"}
    tenant = access["token"][
        "tenant"
    ]  # its description is null on the slide; ours is what `keystone-manage` gives
    assert set(tenant) == {"description", "enabled", "id", "name", "parent_id"}
    assert (tenant["id"], tenant["name"], tenant["enabled"], tenant["parent_id"]) == (
        TENANT,
        "admin",
        True,
        None,
    )
    assert access["user"]["id"] == USER and access["user"]["name"] == access["user"]["username"] == "admin"
    assert sorted(role["name"] for role in access["user"]["roles"]) == [
        "_member_",
        "admin",
        "heat_stack_owner",
    ]
    assert access["user"]["roles_links"] == []


def test_0_the_catalog_has_compute_once_where_the_slide_has_it(listener):
    catalog = listener.run("0-token")["access"]["serviceCatalog"]
    (compute,) = [entry for entry in catalog if entry["type"] == "compute"]
    url = f"http://127.0.0.1:{listener.server.ports['nova']}/v2/{TENANT}"
    assert compute["name"] == "nova" and compute["endpoints_links"] == []
    (endpoint,) = compute["endpoints"]
    assert set(endpoint) == {"adminURL", "id", "internalURL", "publicURL", "region"}
    assert endpoint["adminURL"] == endpoint["internalURL"] == endpoint["publicURL"] == url
    assert endpoint["region"] == "RegionOne"


def test_1_flavors(listener):
    flavors = listener.run("1-flavors")["flavors"]
    (tiny,) = [flavor for flavor in flavors if flavor["id"] == "1"]
    assert tiny["name"] == "m1.tiny"
    assert {link["rel"] for link in tiny["links"]} == {"self", "bookmark"}


def test_2_images(listener):
    (image,) = listener.run("2-images")["images"]
    ports = listener.server.ports
    nova, glance = (f"http://127.0.0.1:{ports[name]}" for name in ("nova", "glance"))
    assert (image["id"], image["name"]) == (IMAGE, "cirros")
    links = {link["rel"]: link for link in image["links"]}
    assert links["self"]["href"] == f"{nova}/v2/{TENANT}/images/{IMAGE}"
    assert links["bookmark"]["href"] == f"{nova}/{TENANT}/images/{IMAGE}"
    assert links["alternate"]["href"] == f"{glance}//images/{IMAGE}"  # the slide has the tenant in between
    assert links["alternate"]["type"] == "application/vnd.openstack.image"


def test_3_to_6_key_server_volume_attachment(listener, talk, tmp_path):
    _, clock = talk
    key = tmp_path / "cloud.key"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-f", str(key), "-N", ""], check=True)
    listener.known["YOUR_PUBLIC_KEY"] = key.with_suffix(".key.pub").read_text().strip()
    keypair = listener.run("3-keypair")["keypair"]
    assert keypair["name"] == "MyFirstKeyPair" and keypair["public_key"] == listener.known["YOUR_PUBLIC_KEY"]

    server = listener.run("4-server")["server"]
    assert set(server) == {"OS-DCF:diskConfig", "adminPass", "id", "links", "security_groups"}

    volume = listener.run("5-volume")["volume"]
    printed = (
        "status migration_status user_id attachments links availability_zone bootable encrypted created_at description"
        " updated_at volume_type name replication_status consistencygroup_id source_volid snapshot_id multiattach"
        " metadata id size"
    )
    assert not set(printed.split()) - set(volume)
    assert (volume["status"], volume["size"], volume["volume_type"]) == ("creating", 10, "lvmdriver-1")
    assert (volume["bootable"], volume["availability_zone"], volume["multiattach"]) == (
        "false",
        "nova",
        False,
    )
    assert {link["rel"] for link in volume["links"]} == {"self", "bookmark"}

    clock.advance(30)
    at = f"/v2/{TENANT}/servers/{server['id']}"
    assert listener.get("nova", at)["server"]["status"] == "ACTIVE"

    listener.known |= {"YOUR_SERVER_ID": server["id"], "YOUR_VOLUME_ID": volume["id"]}
    attachment = listener.run("6-attach")["volumeAttachment"]
    assert attachment == {
        "device": "/dev/vdd",
        "id": volume["id"],
        "serverId": server["id"],
        "volumeId": volume["id"],
    }
    clock.advance(30)
    assert listener.get("cinder", f"/v3/{TENANT}/volumes/{volume['id']}")["volume"]["status"] == "in-use"

"""The lessons' calls as data: what is sent to both clouds, in this order.

`{names}` are a service's address, what `saves` kept of an earlier answer, or what walker.py knows beforehand. A call
whose name isn't known on one of the clouds is left out, and the report says why. Not walked:

- lesson 01's v2.0 login and lesson 02's `/v2/{tenant}` line: today's clouds haven't got them;
- lesson 00's call to a port where nobody listens;
- lesson 06's attaching of a snapshot: lesson 07 asks the same of a volume that isn't there;
- lesson 08 and the drills of lesson 10: what they break, only the embedded cloud lets them; their calls are these.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NOTHING = "00000000-0000-0000-0000-000000000000"
BYTES = b"A disk, in theory."
RAW = {"Content-Type": "application/octet-stream"}
PATCH = {"Content-Type": "application/openstack-images-v2.1-json-patch"}


@dataclass(frozen=True)
class Call:
    """One call. `who` is "me", "admin", "neighbour" or "" for nobody; `saves` are names by where in the answer they are
    (`server.id`, or a header); `until` polls until that state; `moving`: the thing is on its way, so its state is
    anybody's guess; `figures`: the answer's words hold numbers of each cloud's own."""

    method: str
    url: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    who: str = "me"
    saves: Mapping[str, str] = field(default_factory=dict)
    until: str = ""
    moving: bool = False
    figures: bool = False


TOKENS = "{keystone}/v3/auth/tokens"
SUBJECT = {"X-Subject-Token": "{token}"}
SERVER = "{compute}/servers/{server}"
VOLUME = "{storage}/volumes/{volume}"
SNAPSHOT = "{storage}/snapshots/{snapshot}"
ATTACHMENTS = SERVER + "/os-volume_attachments"

PLAIN_SERVER = {"imageRef": "{image_id}", "flavorRef": "{flavor_id}", "networks": "{networks}"}
MY_SERVER = {"server": {"name": "{prefix}-server", **PLAIN_SERVER, "key_name": "{prefix}-key"}}
MY_KEY = {"keypair": {"name": "{prefix}-key", "public_key": "{public_key}"}}
NOTES = {"disk_format": "raw", "container_format": "bare"}
EMPTY_FIELDS = ("description", "availability_zone", "volume_type", "source_volid", "snapshot_id", "backup_id",
                "imageRef", "consistencygroup_id")  # fmt: skip
MY_VOLUME = {
    "volume": {"size": 1, "name": "{prefix}-notes", "metadata": {}, "multiattach": False}
    | dict.fromkeys(EMPTY_FIELDS)
}
FIND_IMAGE = Call("GET", "{image}/v2/images?name={image_name}", saves={"image_id": "images.0.id"})


def a_server(**more: str) -> Call:
    """A request for a server that won't be made, or not live long."""
    return Call("POST", "{compute}/servers", {"server": {"name": "{prefix}-x", **PLAIN_SERVER, **more}})


START = (
    Call("GET", "{keystone}/", who=""),
    Call("GET", "{keystone}/v3", who=""),
    *(Call("GET", f"{{{s}}}/", who="") for s in ("nova", "glance", "cinder", "neutron", "placement")),
    Call("GET", "{nova}/v2.1/servers", who=""),
    Call("GET", "{nova}/v2.1/dragons", who=""),
    Call("GET", "{keystone}/v3/dragons", who=""),
)
TOKEN = (
    Call("POST", TOKENS, "{me_login}", who=""),
    Call("POST", TOKENS, "{me_unscoped}", who="", saves={"unscoped": "X-Subject-Token"}),
    Call("GET", "{keystone}/v3/auth/projects", headers={"X-Auth-Token": "{unscoped}"}),
    Call("GET", "{compute}/servers"),
    Call("HEAD", TOKENS, headers=SUBJECT),
    Call("GET", TOKENS + "?nocatalog", headers=SUBJECT),
    Call("POST", TOKENS + "?nocatalog", "{me_login}", who="", saves={"second": "X-Subject-Token"}),
    Call("DELETE", TOKENS, headers={"X-Subject-Token": "{second}"}),
    Call("GET", "{keystone}/v3/auth/projects", headers={"X-Auth-Token": "{second}"}),
    Call("POST", TOKENS, "{admin_login}", who=""),
    Call(
        "POST",
        "{keystone}/v3/users",
        {"user": {"name": "{prefix}-visitor", "password": "{prefix}-Visitor-1", "domain_id": "default"}},
        who="admin",
        saves={"visitor": "user.id"},
    ),
    Call("DELETE", "{keystone}/v3/users/{visitor}", who="admin"),
    Call("POST", TOKENS + "?nocatalog", "{neighbour_login}", who=""),
    Call("GET", "{compute}/servers", who="neighbour"),
    Call("GET", "{compute}/servers/no-such-server"),
    Call("POST", TOKENS, "{me_wrong}", who=""),
    Call("GET", "{compute}/servers", {"token": "not here"}, who=""),
    Call("GET", "{keystone}/v3/users"),
    Call("GET", "{keystone}/v3/users", who="admin"),
)
FLAVORS = (
    Call("GET", "{compute}/flavors"),
    Call("GET", "{compute}/flavors/detail"),
    Call("GET", "{compute}/flavors/{flavor_id}"),
    Call("GET", "{compute}/flavors/detail?minRam=4096&minDisk=40"),
    Call("GET", "{compute}/flavors/detail?minRam=4"),
    Call("GET", "{compute}/flavors?limit=1", saves={"next": "flavors_links.0.href"}),
    Call("GET", "{next}"),
    Call("GET", "{compute}/flavors/{prefix}"),
    Call("GET", "{compute}/flavor/1"),
    Call("GET", "{compute}/flavors?limit=x"),
    Call("POST", "{compute}/flavors", {"flavor": {"name": "{prefix}-huge", "vcpus": 64, "ram": 262144, "disk": 1000}}),
)  # fmt: skip
IMAGES = (
    Call("GET", "{image}/v2/images"),
    Call("GET", "{image}/v2/images?name={prefix}"),
    FIND_IMAGE,
    Call("GET", "{compute}/images"),
    Call("GET", "{compute}/images", headers={"OpenStack-API-Version": "compute 2.36"}),
    Call("GET", "{compute}/images", headers={"OpenStack-API-Version": "compute 2.35"}),
    Call("GET", "{compute}/flavors/{flavor_id}", headers={"OpenStack-API-Version": "compute 2.1"}),
    Call("GET", "{compute}/flavors/{flavor_id}", headers={"OpenStack-API-Version": "compute 2.61"}),
    Call("POST", "{image}/v2/images", {"name": "{prefix}-notes", **NOTES}, saves={"notes": "id"}),
    Call("PUT", "{image}/v2/images/{notes}/file", BYTES, RAW),
    Call("GET", "{image}/v2/images/{notes}"),
    Call("GET", "{image}/v2/images/{notes}/file"),
    Call("PATCH", "{image}/v2/images/{notes}",
         [{"op": "replace", "path": "/name", "value": "{prefix}-better"}]),
    Call("PATCH", "{image}/v2/images/{notes}",
         [{"op": "replace", "path": "/name", "value": "{prefix}-better"}], PATCH),
    Call("DELETE", "{image}/v2/images/{notes}"),
    Call("GET", "{image}/v2/images/{notes}"),
    Call("POST", "{image}/v2/images", {"name": "{prefix}-empty", **NOTES}, saves={"empty": "id"}),
    Call("GET", "{image}/v2/images/{empty}/file"),
    a_server(imageRef="{empty}"),
    Call("PATCH", "{image}/v2/images/{empty}",
         [{"op": "replace", "path": "/visibility", "value": "public"}], PATCH),
    Call("DELETE", "{image}/v2/images/{empty}"),
)  # fmt: skip
KEYS = (
    Call("DELETE", "{compute}/os-keypairs/{prefix}-key"),
    Call("POST", "{compute}/os-keypairs", MY_KEY),
    Call("GET", "{compute}/os-keypairs"),
    Call("GET", "{compute}/os-keypairs/{prefix}-key"),
    Call("POST", "{compute}/os-keypairs", MY_KEY),
    Call("POST", "{compute}/os-keypairs",
         {"keypair": {"name": "{prefix}-broken", "public_key": "ssh-rsa AAAAnotakey me@here"}}),
    Call("GET", "{compute}/os-keypairs/{prefix}-keys"),
    Call("DELETE", "{compute}/os-keypairs/{prefix}-key"),
)  # fmt: skip
ENDLESS = {
    "flavor": {
        "id": "{prefix}-endless",
        "name": "{prefix}-endless",
        "vcpus": 1,
        "ram": 512,
        "disk": 2_000_000,
    }
}
SERVERS = (
    FIND_IMAGE,
    Call("POST", "{compute}/os-keypairs", MY_KEY),
    Call("POST", "{compute}/servers", MY_SERVER, saves={"server": "server.id"}),
    Call("GET", SERVER, moving=True),
    Call("GET", SERVER, until="ACTIVE"),
    Call("GET", SERVER + "/ips"),
    Call("POST", SERVER + "/action", {"os-getConsoleOutput": {"length": 18}}),
    Call("POST", SERVER + "/action", {"os-stop": None}),
    Call("GET", SERVER, until="SHUTOFF"),
    Call("POST", SERVER + "/action", {"os-start": None}),
    Call("GET", SERVER, until="ACTIVE"),
    Call("GET", SERVER + "/os-instance-actions"),
    a_server(flavorRef="no-such-flavor"),
    a_server(key_name="nobodys-key"),
    a_server(imageRef=NOTHING),
    Call("GET", "{compute}/limits"),
    Call("POST", "{compute}/servers",
         {"server": {"name": "{prefix}-x", **PLAIN_SERVER, "min_count": "{too_many}"}}, figures=True),
    Call("DELETE", "{compute}/flavors/{prefix}-endless", who="admin"),
    Call("POST", "{compute}/flavors", ENDLESS, who="admin", saves={"endless": "flavor.id"}),
    Call("POST", "{compute}/servers", {"server": {"name": "{prefix}-wish", **PLAIN_SERVER, "flavorRef": "{endless}"}},
         saves={"wish": "server.id"}),
    Call("GET", "{compute}/servers/{wish}", until="ACTIVE"),
    Call("DELETE", "{compute}/servers/{wish}"),
    Call("DELETE", "{compute}/flavors/{endless}", who="admin"),
    Call("DELETE", SERVER),
    Call("GET", SERVER, until="gone"),
    Call("DELETE", "{compute}/os-keypairs/{prefix}-key"),
)  # fmt: skip
VOLUMES = (
    Call("GET", "{storage}/types", who=""),
    Call("GET", "{storage}/types"),
    Call("GET", "{storage}/types/default"),
    Call("POST", "{storage}/volumes", MY_VOLUME, saves={"volume": "volume.id"}),
    Call("GET", VOLUME, until="available"),
    Call("POST", VOLUME + "/action", {"os-extend": {"new_size": 2}}),
    Call("GET", VOLUME, until="available"),
    Call("POST", VOLUME + "/action", {"os-extend": {"new_size": 1}}),
    Call("POST", "{storage}/snapshots", {"snapshot": {"volume_id": "{volume}", "name": "{prefix}-monday"}},
         saves={"snapshot": "snapshot.id"}),
    Call("GET", SNAPSHOT, until="available"),
    Call("POST", "{storage}/volumes", {"volume": {"name": "{prefix}-again", "snapshot_id": "{snapshot}"}},
         saves={"copy": "volume.id"}),
    Call("GET", "{storage}/volumes/{copy}", until="available"),
    Call("POST", "{storage}/volumes", {"volume": {"name": "{prefix}-x", "size": 0}}),
    Call("POST", "{storage}/volumes", {"volume": {"name": "{prefix}-x", "size": "ten"}}),
    Call("GET", "{storage}/limits"),
    Call("POST", "{storage}/volumes", {"volume": {"name": "{prefix}-x", "size": "{too_big}"}}, figures=True),
    Call("DELETE", VOLUME),
    Call("DELETE", SNAPSHOT),
    Call("DELETE", "{storage}/volumes/{copy}"),
    Call("GET", SNAPSHOT, until="gone"),
    Call("DELETE", VOLUME),
    Call("GET", VOLUME, until="gone"),
)  # fmt: skip
ASK = {"volumeAttachment": {"volumeId": "{volume}", "device": "/dev/vdd"}}
ATTACH = (
    FIND_IMAGE,
    Call("POST", "{compute}/servers", {"server": {"name": "{prefix}-server", **PLAIN_SERVER}},
         saves={"server": "server.id"}),
    Call("GET", SERVER, until="ACTIVE"),
    Call("POST", "{storage}/volumes", {"volume": {"name": "{prefix}-volume", "size": 1}},
         saves={"volume": "volume.id"}),
    Call("GET", VOLUME, until="available"),
    Call("GET", "{compute}/servers?name={prefix}-server"),
    Call("GET", "{storage}/volumes?name={prefix}-volume"),
    Call("POST", ATTACHMENTS, ASK),
    Call("GET", VOLUME, until="in-use"),
    Call("GET", SERVER),
    Call("GET", ATTACHMENTS),
    Call("DELETE", ATTACHMENTS + "/{volume}"),
    Call("GET", VOLUME, until="available"),
    Call("GET", ATTACHMENTS + "/{volume}", until="gone"),
    Call("POST", ATTACHMENTS, {"volumeAttachment": {"volumeId": "{volume}"}}),
    Call("GET", VOLUME, until="in-use"),
    Call("POST", ATTACHMENTS, ASK),
    Call("POST", ATTACHMENTS, {"volumeAttachment": {"volumeId": NOTHING}}),
    Call("DELETE", VOLUME),
    Call("DELETE", SERVER),
    Call("GET", SERVER, until="gone"),
    Call("GET", VOLUME, until="available"),
    Call("DELETE", VOLUME),
    Call("GET", VOLUME, until="gone"),
)  # fmt: skip

WALK: dict[str, tuple[Call, ...]] = {
    "00-start": START,
    "01-token": TOKEN,
    "02-flavors": FLAVORS,
    "03-images": IMAGES,
    "04-ssh-key": KEYS,
    "05-server": SERVERS,
    "06-volume": VOLUMES,
    "07-attach": ATTACH,
}

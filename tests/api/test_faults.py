"""What a cloud answers while parts of it fail: recorded on 2026-11-28 from OpenStack 2025.2.

There the services' ports refused, or answered 500 or 503 to everything, and the volume driver raised.
"""

import logging
from typing import Any

import pytest
import requests

from cloudlab.sim.control import obey
from tests.api.servers import (
    act,
    allocations_of,
    built,
    create,
    fault,
    image_id,
    mv,
    order,
    ports_of,
    private,
    show,
    state,
    states,
    volume,
    volume_of,
)

pytestmark = pytest.mark.unjudged("breaks the cloud on purpose")
Api = Any
REPORT = (
    "Unexpected API Error. Please report this at http://bugs.launchpad.net/nova/ and attach the Nova API log if "
    "possible.\n<class '{}'>"
)
NO_ANSWER = "keystoneauth1.exceptions.connection.ConnectFailure"
NO_HOST = "No valid host was found. "
REFUSED, UNAVAILABLE, BROKEN = (
    {"kind": "down"},
    {"kind": "answers", "status": 503},
    {"kind": "answers", "status": 500},
)
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def no_bug_of_ours(caplog: pytest.LogCaptureFixture) -> Any:
    """What is broken on purpose is never logged as if we had broken it."""
    yield
    assert [entry for entry in caplog.records if entry.levelno >= logging.ERROR] == []


def broken_by(api: Api, order: dict[str, Any]) -> None:
    obey(api.cloud, "POST", "/faults", order)


def broken(api: Api, how: dict[str, Any], service: str) -> None:
    broken_by(api, {**how, "service": service} if how["kind"] != "no_room" else how)


def mend(api: Api) -> None:
    obey(api.cloud, "POST", "/faults/clear", {})


def took(api: Api, call: Any) -> tuple[Any, float]:
    """The answer, and how many seconds it took."""
    began = api.cloud.clock.now()
    answer = call()
    return answer, round((api.cloud.clock.now() - began).total_seconds(), 1)


def refusal(api: Api, server_id: str) -> tuple[int, str]:
    """Of a server in ERROR: its fault."""
    found = show(api, server_id)
    assert found["status"] == "ERROR"
    return found["fault"]["code"], found["fault"]["message"]


def action(api: Api, server_id: str, name: str) -> list[Any]:
    """The last action of that name: its message; the event, its result and, for an administrator, the details."""
    path = f"/v2.1/servers/{server_id}/os-instance-actions"
    found = api.get("nova", path, headers=mv("2.96"), user="admin").json()["instanceActions"]
    one = next(row for row in found if row["action"] == name)
    shown = api.get("nova", f"{path}/{one['request_id']}", headers=mv("2.96"), user="admin").json()
    event = shown["instanceAction"]["events"][0]
    return [one["message"], event["event"], event["result"], event["details"]]


def attach(api: Api, server_id: str, volume_id: str) -> Any:
    wanted = {"volumeAttachment": {"volumeId": volume_id}}
    return api.post("nova", f"/v2.1/servers/{server_id}/os-volume_attachments", wanted)


def attachments(api: Api, server_id: str) -> list[str]:
    found = api.get("nova", f"/v2.1/servers/{server_id}/os-volume_attachments").json()["volumeAttachments"]
    return [one["volumeId"] for one in found]


def messages(api: Api) -> list[tuple[str, str, str]]:
    found = api.get("cinder", "/v3/messages", headers={"OpenStack-API-Version": "volume 3.3"}).json()[
        "messages"
    ]
    return [(one["event_id"], one["user_message"], one["resource_type"]) for one in found]


# What a client meets.


@pytest.mark.parametrize("service", ["keystone", "nova", "cinder", "placement", "glance", "neutron"])
def test_a_service_that_is_down_gives_no_answer(api: Api, service: str) -> None:
    broken(api, REFUSED, service)
    with pytest.raises(requests.ConnectionError):
        api.get(service, "/", user=None)
    other = "glance" if service != "glance" else "nova"
    assert api.get(other, "/", user=None).status_code in (200, 300)
    mend(api)
    assert api.get(service, "/", user=None).status_code in (200, 300)


def test_a_load_balancer_answers_503(api: Api) -> None:
    api.token()
    broken_by(api, {**UNAVAILABLE, "service": "nova", "times": 2})
    for _ in range(2):
        answer = api.get("nova", "/v2.1/flavors")
        assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html")
        assert answer.text == (
            "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n"
            "</body></html>\n"
        )
    assert api.get("nova", "/v2.1/flavors").status_code == 200


def test_a_service_s_own_500(api: Api) -> None:
    api.token()
    broken_by(api, {**BROKEN, "service": "cinder", "times": 1})
    answer = api.get("cinder", "/v3/volumes")
    assert fault(answer)[0] == 500 and "computeFault" in answer.json()
    assert api.get("cinder", "/v3/volumes").status_code == 200


def test_a_slow_service_costs_its_callers_the_sum(api: Api) -> None:
    server_id = built(api)
    broken_by(api, {"kind": "slow", "service": "neutron", "seconds": 2})
    assert took(api, lambda: api.get("neutron", "/v2.0/networks"))[1] == 2.0
    assert took(api, lambda: show(api, server_id))[1] == 4.0  # its ports, and their groups' names
    assert took(api, lambda: api.get("nova", "/v2.1/flavors"))[1] == 0.0


def test_a_task_that_asks_a_slow_service_ends_later(api: Api) -> None:
    broken_by(api, {"kind": "slow", "service": "placement", "seconds": 5})
    server_id = create(api)
    api.advance(10)
    assert state(api, server_id) == "BUILD scheduling building 0"
    api.advance(40)
    assert show(api, server_id)["status"] == "ACTIVE"


# Neutron is away: case 1.


def test_without_neutron_a_server_cannot_be_shown(api: Api) -> None:
    server_id = built(api)
    broken(api, REFUSED, "neutron")
    paths = (
        f"/servers/{server_id}",
        "/servers/detail",
        f"/servers/{server_id}/os-interface",
        "/os-security-groups",
    )
    for path in paths:
        answer, seconds = took(api, lambda path=path: api.get("nova", f"/v2.1{path}"))
        assert (*fault(answer), seconds) == (500, REPORT.format(NO_ANSWER), 3.5)
    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert answer.headers["X-Openstack-Request-Id"] == answer.headers["X-Compute-Request-Id"]
    assert answer.headers["OpenStack-API-Version"] == "compute 2.1" and "Retry-After" not in answer.headers
    assert api.get("nova", "/v2.1/servers").status_code == 200
    assert act(api, server_id, "os-stop").status_code == 202


@pytest.mark.parametrize(
    ("how", "met", "pause"),
    [
        (REFUSED, NO_ANSWER, 3.5),
        (BROKEN, "neutronclient.common.exceptions.InternalServerError", 0.0),
        (UNAVAILABLE, "neutronclient.common.exceptions.ServiceUnavailable", 0.0),
    ],
)
def test_without_neutron_a_server_is_not_even_begun(api: Api, how: Any, met: str, pause: float) -> None:
    body = order(api)
    broken(api, how, "neutron")
    answer, seconds = took(api, lambda: api.post("nova", "/v2.1/servers", body))
    assert (*fault(answer), seconds) == (500, REPORT.format(met), pause)
    assert api.get("nova", "/v2.1/servers").json()["servers"] == []


def test_neutron_goes_away_during_a_build(api: Api) -> None:
    net_id = private(api)
    server_id = create(api, networks=[{"uuid": net_id}])
    broken(api, REFUSED, "neutron")
    api.advance(30)
    assert api.get("nova", "/v2.1/servers").status_code == 200
    mend(api)
    url = f"{api.cloud.url('neutron')}/v2.0/networks?id={net_id}"
    whole = (
        f"Build of instance {server_id} aborted: Unable to establish connection to {url}: HTTPConnectionPool("
        f"host='127.0.0.1', port={api.cloud.ports['neutron']}): Max retries exceeded with url: /v2.0/networks?id="
    )
    assert refusal(api, server_id) == (500, whole[:255])
    assert state(api, server_id) == "ERROR None error 0"
    assert action(api, server_id, "create") == [None, "compute__do_build_and_run_instance", "Success", None]
    assert allocations_of(api, server_id) == {}


def test_a_server_that_is_deleted_without_neutron_stays_deleting(api: Api) -> None:
    server_id = built(api)
    broken(api, REFUSED, "neutron")
    assert api.delete("nova", f"/v2.1/servers/{server_id}").status_code == 204
    api.advance(26)  # four rounds of tries, with pauses of 2, 4 and 6 s, take 26 s
    api.get("nova", "/v2.1/servers")
    mend(api)
    assert state(api, server_id) == "ACTIVE deleting active 1"
    broken(api, REFUSED, "neutron")
    api.advance(3)
    api.get("nova", "/v2.1/servers")
    mend(api)
    assert state(api, server_id) == "ERROR deleting error 1"
    assert refusal(api, server_id) == (500, "ConnectFailure")
    assert action(api, server_id, "delete") == [
        *("Error", "compute_terminate_instance", "Error", "ConnectFailure"),
    ]
    assert len(ports_of(api, server_id)) == 1
    assert api.delete("nova", f"/v2.1/servers/{server_id}").status_code == 204
    api.advance(5)
    assert state(api, server_id) == "404" and ports_of(api, server_id) == []


def test_an_interface_that_compute_cannot_make(api: Api) -> None:
    server_id = built(api)
    broken(api, REFUSED, "neutron")
    path = f"/v2.1/servers/{server_id}/os-interface"
    answer, seconds = took(api, lambda: api.post("nova", path, {"interfaceAttachment": {}}))
    assert (*fault(answer), seconds) == (500, REPORT.format("oslo_messaging.rpc.client.RemoteError"), 3.5)
    assert action(api, server_id, "attach_interface")[0] == "Error"


def test_events_for_a_nova_that_is_away_are_lost(api: Api) -> None:
    """Neutron gives up after four tries, and its own caller does not wait for that."""
    server_id = built(api)
    port = ports_of(api, server_id)[0]["id"]
    broken(api, REFUSED, "nova")
    body = {"port": {"name": "renamed", "security_groups": []}}
    answer, seconds = took(api, lambda: api.put("neutron", f"/v2.0/ports/{port}", body))
    assert (answer.status_code, seconds) == (200, 0.0)
    tries = [
        entry for entry in api.cloud.journal.entries() if entry.name.endswith("os-server-external-events")
    ]
    assert [entry.status for entry in tries[-4:]] == [None] * 4


# Glance is away: case 2.


@pytest.mark.parametrize(
    ("how", "met", "pause"),
    [
        (REFUSED, "nova.exception.GlanceConnectionFailed", 3.0),
        (UNAVAILABLE, "nova.exception.GlanceConnectionFailed", 3.0),
        (BROKEN, "glanceclient.exc.HTTPInternalServerError", 0.0),
    ],
)
def test_without_glance_there_is_no_server_and_no_image(api: Api, how: Any, met: str, pause: float) -> None:
    server_id, body = built(api), order(api)
    image = image_id(api)
    broken(api, how, "glance")
    for call in (
        lambda: api.post("nova", "/v2.1/servers", body),
        lambda: api.get("nova", "/v2.1/images/detail"),
        lambda: act(api, server_id, "createImage", {"name": "copy"}),
    ):
        answer, seconds = took(api, call)
        assert (*fault(answer), seconds) == (500, REPORT.format(met), pause)
    assert show(api, server_id)["status"] == "ACTIVE"
    disk = {
        "uuid": image,
        "source_type": "image",
        "destination_type": "volume",
        "boot_index": 0,
        "volume_size": 1,
    }
    answer = api.post(
        "nova",
        "/v2.1/servers",
        {"server": {**body["server"], "imageRef": "", "block_device_mapping_v2": [disk]}},
    )
    sentence = f"Block Device Mapping is Invalid: failed to get image {image}."
    assert fault(answer) == (400, sentence)


@pytest.mark.parametrize(
    ("how", "pause", "tries"), [(REFUSED, 3.0, 5), (UNAVAILABLE, 3.0, 5), (BROKEN, 0.0, 2)]
)
def test_a_volume_from_an_image_without_glance(api: Api, how: Any, pause: float, tries: int) -> None:
    wanted = {"volume": {"size": 1, "imageRef": image_id(api)}}
    api.get("cinder", "/v3/volumes")
    broken(api, how, "glance")
    before = api.cloud.journal.last
    answer, seconds = took(api, lambda: api.post("cinder", "/v3/volumes", wanted))
    sentence = "Invalid image identifier or unable to access requested image."
    assert (*fault(answer), seconds) == (400, sentence, pause)
    asked = [
        entry.name.partition("?")[0]
        for entry in api.cloud.journal.entries(before)
        if entry.receiver == "glance"
    ]
    assert asked == [f"GET /v2/images/{wanted['volume']['imageRef']}"] * (tries - 1) + ["GET /v2/images"]
    assert api.post("cinder", "/v3/volumes", {"volume": {"size": 1}}).status_code == 202


def test_a_volume_is_not_uploaded_without_glance(api: Api) -> None:
    volume_id = volume(api)
    broken(api, REFUSED, "glance")
    wanted = {"os-volume_upload_image": {"image_name": "copy"}}
    answer, seconds = took(api, lambda: api.post("cinder", f"/v3/volumes/{volume_id}/action", wanted))
    url = f"{api.cloud.url('glance')}/v2/schemas/image"
    status, sentence = fault(answer)
    assert (status, seconds) == (400, 3.0)
    assert sentence.startswith(
        f"Connection to glance failed: Error finding address for {url}: Unable to establish connection to {url}: "
        f"HTTPConnectionPool(host='127.0.0.1', port={api.cloud.ports['glance']}): Max retries exceeded with url: "
        "/v2/schemas/image (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x"
    )
    assert sentence.endswith(">: Failed to establish a new connection: [Errno 111] Connection refused'))")
    assert volume_of(api, volume_id)["status"] == "available"


# Cinder is away: case 3.


@pytest.mark.parametrize(
    ("how", "met", "pause"),
    [
        (REFUSED, "nova.exception.CinderConnectionFailed", 3.5),
        (BROKEN, "cinderclient.exceptions.ClientException", 0.0),
        (UNAVAILABLE, "cinderclient.exceptions.ClientException", 0.0),
    ],
)
def test_without_cinder_nothing_is_attached_or_detached(api: Api, how: Any, met: str, pause: float) -> None:
    server_id, volume_id, other = built(api), volume(api), volume(api, "other")
    attach(api, server_id, volume_id)
    api.advance(5)
    body = order(api)
    broken(api, how, "cinder")
    for call in (
        lambda: attach(api, server_id, other),
        lambda: api.delete("nova", f"/v2.1/servers/{server_id}/os-volume_attachments/{volume_id}"),
        lambda: api.get("nova", "/v2.1/os-volumes"),
    ):
        answer, seconds = took(api, call)
        assert (*fault(answer), seconds) == (500, REPORT.format(met), pause)
    disk = {"uuid": other, "source_type": "volume", "destination_type": "volume", "boot_index": 0}
    body["server"] |= {"imageRef": "", "block_device_mapping_v2": [disk]}
    answer = api.post("nova", "/v2.1/servers", body)
    swallowed = (400, f"Block Device Mapping is Invalid: failed to get volume {other}.")
    assert fault(answer) == ((500, REPORT.format(met)) if how == REFUSED else swallowed)
    assert attachments(api, server_id) == [volume_id] and state(api, server_id) == "ACTIVE None active 1"
    mend(api)
    assert [volume_of(api, one)["status"] for one in (volume_id, other)] == ["in-use", "available"]


def test_a_volume_that_compute_cannot_order(api: Api) -> None:
    disk = {
        "uuid": image_id(api),
        "source_type": "image",
        "destination_type": "volume",
        "boot_index": 0,
        "volume_size": 1,
    }
    body = {"name": "b2", "flavorRef": "1", "imageRef": "", "block_device_mapping_v2": [disk]}
    broken(api, REFUSED, "cinder")
    answer = api.post("nova", "/v2.1/servers", {"server": body})
    assert answer.status_code == 202
    server_id = answer.json()["server"]["id"]
    seen = states(api, server_id, 30)
    assert seen == [
        *("BUILD scheduling building 0", "BUILD None building 0", "BUILD networking building 0"),
        *("BUILD block_device_mapping building 0", "ERROR None error 0"),
    ]
    url = f"{api.cloud.url('cinder')}/v3/{api.project_id('demo')}/volumes"
    why = "Connection to cinder host failed: Unable to establish connection to"
    start = f"Build of instance {server_id} aborted: {why} {url}: "
    code, message = refusal(api, server_id)
    assert code == 500 and message.startswith(start) and len(message) == 255
    assert action(api, server_id, "create") == [None, "compute__do_build_and_run_instance", "Success", None]


def test_cinder_goes_away_during_a_build_from_a_volume(api: Api) -> None:
    volume_id = volume(api)
    disk = {"uuid": volume_id, "source_type": "volume", "destination_type": "volume", "boot_index": 0}
    body = {"name": "b4", "flavorRef": "1", "imageRef": "", "block_device_mapping_v2": [disk]}
    server_id = api.post("nova", "/v2.1/servers", {"server": body}).json()["server"]["id"]
    broken(api, REFUSED, "cinder")
    api.advance(20)
    assert f"Unable to establish connection to {api.cloud.url('cinder')}/: " in refusal(api, server_id)[1]
    mend(api)
    assert volume_of(api, volume_id)["status"] == "reserved"
    assert api.delete("nova", f"/v2.1/servers/{server_id}").status_code == 204
    assert state(api, server_id) == "404" and volume_of(api, volume_id)["status"] == "available"


def test_a_volume_that_stays_reserved_for_nobody(api: Api) -> None:
    server_id, volume_id = built(api), volume(api)
    assert attach(api, server_id, volume_id).status_code == 200
    broken(api, REFUSED, "cinder")
    api.advance(20)
    assert attachments(api, server_id) == [] and state(api, server_id) == "ACTIVE None active 1"
    mend(api)
    assert volume_of(api, volume_id)["status"] == "reserved"
    message, event, result, details = action(api, server_id, "attach_volume")
    assert [message, event, result] == ["Error", "compute_attach_volume", "Error"]
    assert details.startswith("Connection to cinder host failed: Unable to establish connection to")


def test_a_server_that_goes_without_cinder_leaves_its_volume_in_use(api: Api) -> None:
    server_id, volume_id = built(api), volume(api)
    attach(api, server_id, volume_id)
    api.advance(5)
    broken(api, REFUSED, "cinder")
    assert api.delete("nova", f"/v2.1/servers/{server_id}").status_code == 204
    api.advance(10)
    assert state(api, server_id) == "404"
    mend(api)
    found = volume_of(api, volume_id)
    assert (found["status"], found["attachments"][0]["server_id"]) == ("in-use", server_id)
    answer = api.delete("nova", f"/v2.1/servers/{server_id}")
    assert fault(answer) == (404, f"Instance {server_id} could not be found.")


# Placement is away: cases 4 and 9.


@pytest.mark.parametrize("how", [REFUSED, BROKEN, UNAVAILABLE, {"kind": "no_room"}])
def test_no_valid_host(api: Api, how: dict[str, Any]) -> None:
    broken(api, how, "placement")
    server_id = create(api)
    assert states(api, server_id, 3) == ["BUILD scheduling building 0", "ERROR None error 0"]
    assert refusal(api, server_id) == (500, NO_HOST)
    found = show(api, server_id)
    assert (found["hostId"], found["addresses"], found["OS-EXT-AZ:availability_zone"]) == ("", {}, "")
    assert found["OS-SRV-USG:launched_at"] is None
    assert action(api, server_id, "create") == [
        *("Error", "conductor_schedule_and_build_instances", "Error", NO_HOST),
    ]
    answer = api.delete("nova", f"/v2.1/servers/{server_id}")
    assert answer.status_code == 204 and state(api, server_id) == "404"


def test_no_room_is_an_empty_list_of_candidates(api: Api) -> None:
    path = "/allocation_candidates?resources=VCPU:1"
    version = {"OpenStack-API-Version": "placement 1.29"}
    assert api.get("placement", path, user="admin", headers=version).json()["allocation_requests"]
    broken_by(api, {"kind": "no_room"})
    answer = api.get("placement", path, user="admin", headers=version)
    assert (answer.status_code, answer.json()) == (200, {"allocation_requests": [], "provider_summaries": {}})


def test_a_server_that_is_deleted_without_placement_ends_in_error(api: Api) -> None:
    server_id = built(api)
    broken(api, REFUSED, "placement")
    assert api.delete("nova", f"/v2.1/servers/{server_id}").status_code == 204
    assert states(api, server_id, 5) == [
        *("ACTIVE deleting active 1", "DELETED None deleted 0", "ERROR None error 0"),
    ]
    assert refusal(api, server_id) == (500, "ConnectFailure")
    mend(api)
    assert allocations_of(api, server_id) != {} and ports_of(api, server_id) == []


# Keystone is away: cases 5 and 6.


@pytest.mark.parametrize(("how", "pause"), [(REFUSED, 3.5), (BROKEN, 0.0), (UNAVAILABLE, 0.0)])
@pytest.mark.parametrize(
    ("service", "path"),
    [
        ("nova", "/v2.1/flavors"),
        ("cinder", "/v3/volumes"),
        ("neutron", "/v2.0/networks"),
        ("placement", "/traits"),
    ],
)
def test_without_keystone_nobody_knows_a_new_token(
    api: Api, service: str, path: str, how: Any, pause: float
) -> None:
    api.token(), api.get(service, path)  # the service has logged in by now
    token = api.login("demo", "demo").headers["X-Subject-Token"]
    broken(api, how, "keystone")
    answer, seconds = took(api, lambda: api.get(service, path, token=token, headers=JSON))
    assert (answer.status_code, seconds) == (503, pause)
    assert answer.json() == {
        "message": "The server is currently unavailable. Please try again at a later time.<br /><br />\nThe Keystone "
        "service is temporarily unavailable.\n\n",
        "code": "503 Service Unavailable",
        "title": "Service Unavailable",
    }
    assert answer.headers["Content-Type"] == "application/json" and answer.headers["X-Openstack-Request-Id"]
    assert ("X-Compute-Request-Id" in answer.headers) == (service == "nova")
    assert not {"WWW-Authenticate", "Retry-After", "OpenStack-API-Version"} & set(answer.headers)
    assert api.get(service, path).status_code in (200, 403), "the token that it knows is still good"


def test_the_503_as_a_page_and_as_text(api: Api) -> None:
    api.get("nova", "/v2.1/flavors")
    broken(api, REFUSED, "keystone")
    page = api.get("nova", "/v2.1/flavors", token="garbage")
    assert page.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert page.text == (
        "<html>\n <head>\n  <title>503 Service Unavailable</title>\n </head>\n <body>\n  <h1>503 Service Unavailable"
        "</h1>\n  The server is currently unavailable. Please try again at a later time.<br /><br />\nThe Keystone "
        "service is temporarily unavailable.\n\n\n </body>\n</html>"
    )
    plain = api.get("nova", "/v2.1/flavors", token="garbage", headers={"Accept": "text/plain"})
    assert plain.text == (
        "503 Service Unavailable\n\nThe server is currently unavailable. Please try again at a later time.\n\n The "
        "Keystone service is temporarily unavailable.  "
    )


def test_glance_then_takes_everybody_for_a_stranger(api: Api) -> None:
    api.get("glance", "/v2/images")
    broken(api, REFUSED, "keystone")
    answer, seconds = took(api, lambda: api.get("glance", "/v2/images", token="garbage", headers=JSON))
    assert (answer.status_code, seconds) == (401, 3.5)
    assert answer.json()["message"].startswith("This server could not verify that you are authorized")
    assert answer.headers["WWW-Authenticate"] == f'Keystone uri="{api.cloud.url("keystone")}/"'
    assert "X-Openstack-Request-Id" not in answer.headers


def test_with_a_token_that_is_known_nothing_notices(api: Api) -> None:
    gone = built(api, "first")  # every service knows the token, and has its own
    broken(api, REFUSED, "keystone")
    with pytest.raises(requests.ConnectionError):
        api.login("demo", "demo")
    server_id = api.post("nova", "/v2.1/servers", order(api, "second")).json()["server"]["id"]
    api.advance(10)
    assert show(api, server_id)["status"] == show(api, gone)["status"] == "ACTIVE"


# The volume driver fails: case 10.


def failing(api: Api, operation: str) -> None:
    broken_by(api, {"kind": "driver_fails", "operation": operation, "times": 1})


def test_a_volume_that_the_driver_cannot_make(api: Api) -> None:
    failing(api, "create")
    volume_id = volume(api)
    assert volume_of(api, volume_id)["status"] == "error"
    driver = (
        "VOLUME_VOLUME_008_012",
        "create volume from backend storage:Driver failed to create the volume.",
        "VOLUME",
    )
    scheduler = (
        "VOLUME_VOLUME_001_003",
        "schedule allocate volume:Could not find any available weighted backend.",
        "VOLUME",
    )
    assert messages(api) == [scheduler, driver, driver]
    answer = api.post("cinder", f"/v3/volumes/{volume_id}/action", {"os-extend": {"new_size": 2}})
    assert fault(answer) == (
        400,
        f"Invalid volume: Volume {volume_id} status must be '{{'status': 'available'}}' to extend, currently error.",
    )
    assert api.delete("cinder", f"/v3/volumes/{volume_id}").status_code == 202
    assert api.get("cinder", f"/v3/volumes/{volume_id}").status_code == 404


def test_a_volume_that_the_driver_cannot_delete(api: Api) -> None:
    volume_id = volume(api)
    failing(api, "delete")
    assert api.delete("cinder", f"/v3/volumes/{volume_id}").status_code == 202
    api.advance(2)
    assert volume_of(api, volume_id)["status"] == "error_deleting" and messages(api) == []
    status, sentence = fault(api.delete("cinder", f"/v3/volumes/{volume_id}"))
    assert status == 400 and sentence.startswith(
        "Invalid volume: Volume status must be available or error or error_restoring or error_extending or "
        "error_managing and must not be migrating, attached, belong to a group, have snapshots"
    )


def test_a_snapshot_that_the_driver_cannot_make(api: Api) -> None:
    volume_id = volume(api)
    failing(api, "snapshot")
    made = api.post("cinder", "/v3/snapshots", {"snapshot": {"volume_id": volume_id}})
    api.advance(2)
    path = f"/v3/snapshots/{made.json()['snapshot']['id']}"
    found = api.get("cinder", path).json()["snapshot"]
    assert (found["status"], found["os-extended-snapshot-attributes:progress"]) == ("error", "0%")
    assert volume_of(api, volume_id)["status"] == "available"
    told = ("VOLUME_VOLUME_SNAPSHOT_009_013", "create snapshot:Snapshot failed to create.", "VOLUME_SNAPSHOT")
    assert messages(api) == [told]
    assert api.delete("cinder", path).status_code == 202


def test_a_volume_that_the_driver_cannot_extend(api: Api) -> None:
    volume_id = volume(api)
    failing(api, "extend")
    wanted = {"os-extend": {"new_size": 2}}
    assert api.post("cinder", f"/v3/volumes/{volume_id}/action", wanted).status_code == 202
    api.advance(2)
    found = volume_of(api, volume_id)
    assert (found["status"], found["size"]) == ("error_extending", 1)
    told = ("VOLUME_VOLUME_007_010", "extend volume:Volume Driver failed to extend volume.", "VOLUME")
    assert messages(api) == [told]
    assert fault(api.post("cinder", f"/v3/volumes/{volume_id}/action", wanted))[1].endswith(
        "currently error_extending."
    )
    assert api.delete("cinder", f"/v3/volumes/{volume_id}").status_code == 202


def test_a_volume_that_the_driver_cannot_connect(api: Api) -> None:
    server_id, volume_id = built(api), volume(api)
    broken_by(api, {"kind": "driver_fails", "operation": "attach"})
    before = api.cloud.journal.last
    assert attach(api, server_id, volume_id).status_code == 200
    assert volume_of(api, volume_id)["status"] == "reserved" and attachments(api, server_id) == [volume_id]
    api.advance(5)
    assert volume_of(api, volume_id)["status"] == "available" and attachments(api, server_id) == []
    assert state(api, server_id) == "ACTIVE None active 1" and messages(api) == []
    assert action(api, server_id, "attach_volume") == [
        "Error",
        "compute_attach_volume",
        "Error",
        "ClientException",
    ]
    entries = api.cloud.journal.entries(before)
    tries = [(e.name.split()[0], e.status) for e in entries if "/attachments/" in e.name]
    assert tries == [("PUT", 500)] * 5 + [("DELETE", 200)]
    answer = next(e for e in entries if e.name.startswith("PUT")).content.response_body.decode()
    start = '{"computeFault": {"code": 500, "message": "Unable to update attachment (Bad or unexpected response from'
    assert answer.startswith(start)


def test_a_volume_that_the_driver_cannot_disconnect(api: Api) -> None:
    server_id, volume_id = built(api), volume(api)
    attach(api, server_id, volume_id)
    api.advance(5)
    broken_by(api, {"kind": "driver_fails", "operation": "detach"})
    before = api.cloud.journal.last
    path = f"/v2.1/servers/{server_id}/os-volume_attachments/{volume_id}"
    assert api.delete("nova", path).status_code == 202
    api.advance(15)
    assert volume_of(api, volume_id)["status"] == "detaching" and attachments(api, server_id) == [volume_id]
    assert action(api, server_id, "detach_volume") == [
        "Error",
        "compute_detach_volume",
        "Error",
        "ClientException",
    ]
    tries = [e.status for e in api.cloud.journal.entries(before) if e.name.startswith("DELETE /v3")]
    assert tries == [500] * 5


# A token that ends: case 11.


def test_a_token_that_ends_is_as_good_as_none(api: Api) -> None:
    paths = {
        "nova": "/v2.1/flavors",
        "cinder": "/v3/volumes",
        "neutron": "/v2.0/networks",
        "placement": "/traits",
    }
    for service, path in paths.items():
        api.get(service, path)
    broken_by(api, {"kind": "expire", "token": api.token()})
    for service, path in paths.items():
        answer = api.get(service, path)
        message = "The request you have made requires authentication."
        assert answer.json() == {"error": {"code": 401, "title": "Unauthorized", "message": message}}
        assert answer.status_code == 401 and answer.headers["Content-Type"] == "application/json"
        assert answer.headers["WWW-Authenticate"] == f'Keystone uri="{api.cloud.url("keystone")}/"'
    assert api.get("glance", "/v2/images").status_code == 401
    own = api.get("keystone", "/v3/projects")
    assert (own.status_code, own.json()["error"]["title"]) == (401, "Unauthorized")
    assert own.headers["WWW-Authenticate"] == f'Keystone uri="{api.cloud.url("keystone")}/v3"'


def test_what_a_token_began_ends_well_without_it(api: Api) -> None:
    server_id = create(api)
    broken_by(api, {"kind": "expire", "token": api.token()})
    assert api.get("nova", "/v2.1/flavors").status_code == 401
    api.advance(10)
    token = api.login("demo", "demo").headers["X-Subject-Token"]
    assert show(api, server_id, token=token)["status"] == "ACTIVE"


# Messages that get lost: cases 7 and 8.


def lost(api: Api, message: str) -> None:
    broken_by(api, {"kind": "lose", "message": message, "times": 1})


@pytest.mark.parametrize("message", ["schedule_and_build_instances", "build_and_run_instance"])
def test_a_server_waits_for_ever_for_a_cast_that_was_lost(api: Api, message: str) -> None:
    lost(api, message)
    server_id = create(api)
    api.advance(600)
    assert state(api, server_id) == "BUILD scheduling building 0"
    assert bool(allocations_of(api, server_id)) == (message == "build_and_run_instance")
    assert [entry.name for entry in api.cloud.journal.entries() if entry.lost] == [message]


def test_a_scheduler_that_does_not_reply(api: Api) -> None:
    lost(api, "select_destinations")
    server_id = create(api)
    api.advance(59)
    assert state(api, server_id) == "BUILD scheduling building 0"
    api.advance(3)
    assert state(api, server_id) == "ERROR None error 0"
    assert refusal(api, server_id) == (500, "MessagingTimeout") and show(api, server_id)["hostId"] == ""
    assert action(api, server_id, "create") == [
        *("Error", "conductor_schedule_and_build_instances", "Error", "MessagingTimeout"),
    ]


def test_a_compute_that_does_not_reply(api: Api) -> None:
    server_id, volume_id = built(api), volume(api)
    lost(api, "reserve_block_device_name")
    answer, seconds = took(api, lambda: attach(api, server_id, volume_id))
    assert (*fault(answer), seconds) == (
        500,
        REPORT.format("oslo_messaging.exceptions.MessagingTimeout"),
        60.0,
    )
    assert volume_of(api, volume_id)["status"] == "available" and attachments(api, server_id) == []


def test_a_stop_that_never_arrives(api: Api) -> None:
    server_id = built(api)
    lost(api, "stop_instance")
    assert act(api, server_id, "os-stop").status_code == 202
    api.advance(600)
    assert state(api, server_id) == "ACTIVE powering-off active 1"


def test_volumes_wait_for_ever_too(api: Api) -> None:
    kept = volume(api)
    for message in ("create_volume", "delete_volume"):
        lost(api, message)
    made = volume(api, "made")
    api.delete("cinder", f"/v3/volumes/{kept}")
    api.advance(600)
    assert [volume_of(api, one)["status"] for one in (made, kept)] == ["creating", "deleting"]


def test_a_cinder_volume_that_does_not_reply(api: Api) -> None:
    server_id, volume_id = built(api), volume(api)
    broken_by(api, {"kind": "lose", "message": "attachment_update"})
    before = api.cloud.journal.last
    assert attach(api, server_id, volume_id).status_code == 200
    api.advance(299)
    assert attachments(api, server_id) == [volume_id]
    api.advance(5)
    assert attachments(api, server_id) == [] and volume_of(api, volume_id)["status"] == "available"
    puts = [e for e in api.cloud.journal.entries(before) if e.name.startswith("PUT /v3")]
    assert [round(e.seconds) for e in puts] == [60] * 5
    body = b'{"computeFault": {"code": 500, "message": "Unable to update the attachment."}}'
    assert puts[0].content.response_body == body

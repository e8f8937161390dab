"""Stories of the one host: hypervisors, services, aggregates and their zones (nova_*/050 to 056; seen on 2025.2)."""

from typing import Any

import pytest

from tests.api.servers import allocations_of, built, create, fault, mv, show

Api = Any
NOBODY = "00000000-0000-0000-0000-000000000000"


def admin(api: Api, method: str, path: str, body: Any = None, version: str = "2.1") -> Any:
    return api(method, "nova", f"/v2.1{path}", json=body, user="admin", headers=mv(version))


def node_id(api: Api) -> str:
    return str(admin(api, "GET", "/os-hypervisors", version="2.53").json()["hypervisors"][0]["id"])


def test_a_node_has_a_number_then_the_uuid_of_its_provider(api: Api) -> None:
    providers = api.get("placement", "/resource_providers", user="admin").json()["resource_providers"]
    assert node_id(api) == providers[0]["uuid"]
    old = admin(api, "GET", "/os-hypervisors/1").json()["hypervisor"]
    new = admin(api, "GET", f"/os-hypervisors/{node_id(api)}", version="2.88").json()["hypervisor"]
    assert (old["vcpus"], old["memory_mb_used"], type(old["cpu_info"])) == (1000, 512, str)
    assert "vcpus" not in new and new["uptime"] is None
    missing = "Hypervisor with ID 'devstack' could not be found."
    assert fault(admin(api, "GET", "/os-hypervisors/devstack")) == (404, missing)
    invalid = admin(api, "GET", "/os-hypervisors/1", version="2.53")
    assert fault(invalid) == (400, "Invalid uuid 1")
    assert admin(api, "GET", "/os-hypervisors/1/uptime").status_code == 501


def test_what_servers_hold_is_counted(api: Api) -> None:
    server_id = built(api)
    numbers = admin(api, "GET", "/os-hypervisors/statistics").json()["hypervisor_statistics"]
    assert (numbers["vcpus_used"], numbers["memory_mb_used"], numbers["running_vms"]) == (1, 1024, 1)
    (node,) = admin(api, "GET", "/os-hypervisors/dev/servers").json()["hypervisors"]
    assert node["servers"] == [{"name": "instance-00000001", "uuid": server_id}]
    named = admin(api, "GET", "/os-hypervisors?with_servers=true", version="2.53").json()["hypervisors"]
    assert named[0]["servers"] == node["servers"]
    api.delete("nova", f"/v2.1/servers/{server_id}")
    api.advance(5)
    again = admin(api, "GET", "/os-hypervisors/statistics").json()["hypervisor_statistics"]
    assert (again["vcpus_used"], again["running_vms"]) == (0, 0)
    empty = admin(api, "GET", "/os-hypervisors?with_servers=true", version="2.75").json()["hypervisors"]
    assert empty[0]["servers"] == []


def test_nodes_are_searched_and_paged(api: Api) -> None:
    absent = "No hypervisor matching 'zz' could be found."
    assert fault(admin(api, "GET", "/os-hypervisors/zz/search")) == (404, absent)
    path = "/os-hypervisors?hypervisor_hostname_pattern=zz"
    assert fault(admin(api, "GET", path, version="2.53")) == (404, absent)
    assert admin(api, "GET", path, version="2.52").status_code == 200  # not yet a filter
    page = admin(api, "GET", "/os-hypervisors?limit=1", version="2.33").json()
    assert page["hypervisors_links"][0]["href"].endswith("/os-hypervisors?limit=1&marker=1")
    assert admin(api, "GET", "/os-hypervisors?marker=1", version="2.33").json() == {"hypervisors": []}
    assert admin(api, "GET", "/os-hypervisors/dev/search", version="2.53").status_code == 404
    both = admin(api, "GET", f"{path}&limit=1", version="2.53")
    assert fault(both)[1].startswith("Paging over hypervisors with the hypervisor_hostname_pattern")


def test_a_disabled_service_is_told_to_placement(api: Api) -> None:
    traits = f"/resource_providers/{node_id(api)}/traits"
    body = {"host": "devstack", "binary": "nova-compute", "disabled_reason": "broken fan"}

    answer = admin(api, "PUT", "/os-services/disable-log-reason", body)

    assert answer.json()["service"] == {**body, "status": "disabled"}
    how: Any = {"user": "admin", "headers": {"OpenStack-API-Version": "placement 1.36"}}
    assert "COMPUTE_STATUS_DISABLED" in api.get("placement", traits, **how).json()["traits"]
    server_id = create(api)
    api.advance(5)
    refused = show(api, server_id)
    assert (refused["status"], refused["fault"]["message"]) == ("ERROR", "No valid host was found. ")
    assert allocations_of(api, server_id) == {}
    zone = api.get("nova", "/v2.1/os-availability-zone").json()["availabilityZoneInfo"][0]
    assert zone["zoneState"] == {"available": False}
    named = api.post("nova", "/v2.1/servers", {"server": {"name": "x", "imageRef": NOBODY, "flavorRef": "1",
                                                            "availability_zone": "nova"}})  # fmt: skip
    assert fault(named) == (400, "The requested availability zone is not available")
    admin(api, "PUT", "/os-services/enable", {"host": "devstack", "binary": "nova-compute"})
    assert "COMPUTE_STATUS_DISABLED" not in api.get("placement", traits, **how).json()["traits"]
    built(api, "after")


def test_a_service_that_is_forced_down_is_no_host(api: Api) -> None:
    (service,) = admin(api, "GET", "/os-services?binary=nova-compute", version="2.53").json()["services"]
    path = f"/os-services/{service['id']}"
    down = admin(api, "PUT", path, {"forced_down": True}, "2.53").json()["service"]
    assert (down["state"], down["status"], down["forced_down"]) == ("down", "enabled", True)
    server_id = create(api)
    api.advance(5)
    why = "No valid host was found. There are not enough hosts available."
    assert show(api, server_id)["fault"]["message"] == why
    admin(api, "PUT", path, {"forced_down": False}, "2.53")
    built(api, "after")


SERVICE_REFUSALS = [
    ("PUT", "/os-services/nope", {"host": "devstack", "binary": "nova-compute"}, "2.1", 404, "Unknown action"),
    ("PUT", "/os-services/enable", {"host": "x1", "binary": "nova-compute"}, "2.1", 404,
     "Host 'x1' is not mapped to any cell"),
    ("PUT", "/os-services/disable", {"host": "devstack", "binary": "nova-scheduler"}, "2.1", 400,
     "Updating a nova-scheduler service is not supported. Only nova-compute services can be updated."),
    ("PUT", "/os-services/disable-log-reason", {"host": "devstack", "binary": "nova-compute"}, "2.1", 400,
     "Missing disabled reason field"),
    ("PUT", "/os-services/force-down", {"host": "devstack", "binary": "nova-compute"}, "2.11", 400,
     "Missing forced_down field"),
    ("PUT", "/os-services/1", {"status": "disabled"}, "2.53", 400, "Invalid uuid 1"),
    ("PUT", f"/os-services/{NOBODY}", {"status": "disabled"}, "2.53", 404,
     f"Service {NOBODY} could not be found."),
    ("DELETE", "/os-services/zz", None, "2.1", 400, "Invalid input received: id must be an integer"),
    ("DELETE", "/os-services/99", None, "2.1", 404, "Service 99 not found."),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "version", "status", "why"), SERVICE_REFUSALS)
def test_what_a_service_refuses(
    api: Api, method: str, path: str, body: Any, version: str, status: int, why: str
) -> None:
    assert fault(admin(api, method, path, body, version)) == (status, why)


def test_a_service_with_servers_stays(api: Api) -> None:
    server_id = built(api)
    kept = admin(api, "DELETE", "/os-services/4")
    assert (
        kept.status_code == 409 and "Unable to delete compute service that is hosting instances" in kept.text
    )
    api.delete("nova", f"/v2.1/servers/{server_id}")
    api.advance(5)
    assert admin(api, "DELETE", "/os-services/4").status_code == 204
    assert admin(api, "GET", "/os-hypervisors").json() == {"hypervisors": []}
    assert api.get("placement", "/resource_providers", user="admin").json()["resource_providers"] == []


def test_an_aggregate_makes_a_zone(api: Api) -> None:
    made = admin(api, "POST", "/os-aggregates", {"aggregate": {"name": "a", "availability_zone": "east"}})
    assert made.status_code == 200 and "hosts" not in made.json()["aggregate"]
    path = f"/os-aggregates/{made.json()['aggregate']['id']}"
    admin(api, "POST", f"{path}/action", {"add_host": {"host": "devstack"}})
    zones = api.get("nova", "/v2.1/os-availability-zone").json()["availabilityZoneInfo"]
    assert [zone["zoneName"] for zone in zones] == ["east"]
    server_id = built(api)
    assert show(api, server_id)["OS-EXT-AZ:availability_zone"] == "east"
    other = {"set_metadata": {"metadata": {"availability_zone": "west", "a": "b"}}}
    held = "Cannot update metadata of aggregate 1. Reason: One or more hosts contain instances in this zone."
    assert fault(admin(api, "POST", f"{path}/action", other)) == (400, held)
    full = "Cannot remove host from aggregate 1. Reason: Host aggregate is not empty."
    assert fault(admin(api, "DELETE", path)) == (400, full)
    gone = admin(api, "POST", f"{path}/action", {"remove_host": {"host": "devstack"}}).json()["aggregate"]
    assert gone["hosts"] == []
    moved = admin(api, "POST", f"{path}/action", {"add_host": {"host": "devstack"}})
    assert (
        moved.status_code == 409
        and "from 'None' to 'east' but the host already has 1 instance(s)" in moved.text
    )


def test_an_aggregates_metadata_and_name(api: Api) -> None:
    admin(api, "POST", "/os-aggregates", {"aggregate": {"name": "a"}})
    admin(api, "POST", "/os-aggregates", {"aggregate": {"name": "b"}})
    again = admin(api, "POST", "/os-aggregates", {"aggregate": {"name": "a"}})
    assert fault(again) == (409, "Aggregate a already exists.")
    set_it = {"set_metadata": {"metadata": {"x": "1", "y": "2"}}}
    admin(api, "POST", "/os-aggregates/1/action", set_it)
    less = admin(api, "POST", "/os-aggregates/1/action", {"set_metadata": {"metadata": {"x": None}}})
    assert less.json()["aggregate"]["metadata"] == {"y": "2"}
    taken = admin(api, "PUT", "/os-aggregates/1", {"aggregate": {"name": "b"}})
    assert fault(taken) == (409, "Aggregate b already exists.")
    assert "uuid" in admin(api, "GET", "/os-aggregates/2", version="2.41").json()["aggregate"]
    nameless = {"aggregate": {"availability_zone": None}}
    assert admin(api, "PUT", "/os-aggregates/1", nameless).status_code == 400
    assert admin(api, "DELETE", "/os-aggregates/2").status_code == 200
    third = admin(api, "POST", "/os-aggregates", {"aggregate": {"name": "c"}}).json()["aggregate"]["id"]
    assert third == 3  # a number is never given twice
    for key, status in (("2", 404), ("zz", 400)):
        assert admin(api, "GET", f"/os-aggregates/{key}").status_code == status

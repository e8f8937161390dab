"""Stories of servers: made, looked at, listed, changed, gone (recordings nova_*/068 … 104 and 267 … 274)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudlab.sim.clock import ManualClock, parse_iso
from cloudlab.sim.cloud import create_cloud
from tests.api.conftest import Api as ApiOfCloud
from tests.api.conftest import WsgiAdapter
from tests.api.servers import (
    allocations_of,
    built,
    create,
    fault,
    image_id,
    mv,
    network,
    order,
    ports_of,
    private,
    show,
    states,
    volume,
)

Api = Any
BUILD = [
    "BUILD scheduling building 0",
    "BUILD None building 0",
    "BUILD networking building 0",
    "BUILD block_device_mapping building 0",
    "BUILD spawning building 0",
    "ACTIVE None active 1",
]


def test_the_answer_to_a_create_says_little_and_the_rest_follows(api: Api) -> None:
    answer = api.post("nova", "/v2.1/servers", order(api))
    server = answer.json()["server"]
    assert answer.status_code == 202
    assert set(server) == {"id", "links", "OS-DCF:diskConfig", "security_groups", "adminPass"}
    assert answer.headers["location"] == server["links"][0]["href"]
    assert len(server["adminPass"]) == 12
    assert states(api, server["id"]) == BUILD


def test_a_server_gets_an_address_from_its_network(api: Api) -> None:
    server_id = built(api)
    (port,) = ports_of(api, server_id)
    (address,) = show(api, server_id)["addresses"]["private"]
    assert address["addr"] == port["fixed_ips"][0]["ip_address"]
    assert address["OS-EXT-IPS-MAC:mac_addr"] == port["mac_address"]
    assert (port["status"], port["device_owner"]) == ("ACTIVE", "compute:nova")
    path = f"/v2.1/servers/{server_id}/ips"
    assert api.get("nova", path).json() == {
        "addresses": {"private": [{"version": 4, "addr": address["addr"]}]}
    }
    assert api.get("nova", f"{path}/private").json()["private"][0]["addr"] == address["addr"]
    assert api.get("nova", f"{path}/nowhere").status_code == 404


def test_a_server_takes_room_in_placement_until_it_is_gone(api: Api) -> None:
    server_id = built(api)
    (allocation,) = allocations_of(api, server_id).values()
    assert allocation["resources"] == {"DISK_GB": 1, "MEMORY_MB": 512, "VCPU": 1}
    assert api.delete("nova", f"/v2.1/servers/{server_id}").status_code == 204
    api.advance(5)
    assert allocations_of(api, server_id) == {}
    assert ports_of(api, server_id) == []


def test_a_deleted_server_says_so_for_a_moment(api: Api) -> None:
    server_id = built(api)
    api.delete("nova", f"/v2.1/servers/{server_id}")
    assert states(api, server_id, 4) == ["ACTIVE deleting active 1", "DELETED None deleted 0", "404"]
    assert fault(api.delete("nova", f"/v2.1/servers/{server_id}")) == (
        404,
        f"Instance {server_id} could not be found.",
    )


def test_a_server_that_is_deleted_while_it_is_built_stays_deleted(api: Api) -> None:
    for pause in (0.0, 0.5, 1.0, 1.8, 2.1, 2.9):
        server_id = create(api)
        api.advance(pause)
        assert api.delete("nova", f"/v2.1/servers/{server_id}").status_code == 204
        api.advance(20)
        assert api.get("nova", f"/v2.1/servers/{server_id}").status_code == 404
        assert ports_of(api, server_id) == []
        assert allocations_of(api, server_id) == {}
    assert api.get("nova", "/v2.1/servers").json() == {"servers": []}


def test_a_flavor_that_nobody_can_hold_ends_in_error(api: Api) -> None:
    giant = {"flavor": {"id": "giant", "name": "giant", "ram": 512, "vcpus": 1, "disk": 900_000}}
    assert api.post("nova", "/v2.1/flavors", giant, user="admin").status_code == 200
    server_id = create(api, flavorRef="giant")
    assert states(api, server_id, 3) == ["BUILD scheduling building 0", "ERROR None error 0"]
    server = show(api, server_id)
    assert (server["fault"]["code"], server["fault"]["message"]) == (500, "No valid host was found. ")
    assert set(server["fault"]) == {"code", "created", "message"}
    assert server["hostId"] == "" and server["addresses"] == {}
    assert api.delete("nova", f"/v2.1/servers/{server_id}").status_code == 204
    assert api.get("nova", f"/v2.1/servers/{server_id}").status_code == 404  # nobody to wait for


def test_a_network_without_a_free_address_ends_in_error_and_nothing_stays(api: Api) -> None:
    small = network(api, "small", cidr="192.168.9.0/30")  # a gateway, and one address
    built(api, "first", networks=[{"uuid": small}])
    server_id = create(api, "second", networks=[{"uuid": small}])
    api.advance(10)
    server = show(api, server_id)
    assert server["status"] == "ERROR"
    assert server["fault"]["message"] == (
        f"Build of instance {server_id} aborted: No fixed IP addresses available for network: {small}"
    )
    assert ports_of(api, server_id) == []
    assert allocations_of(api, server_id) == {}


def test_several_at_once_are_numbered_and_share_a_reservation(api: Api) -> None:
    body = order(api, "node", min_count=2, max_count=3, return_reservation_id=True)
    answer = api.post("nova", "/v2.1/servers", body)
    reservation = answer.json()["reservation_id"]
    assert reservation.startswith("r-") and len(reservation) == 10
    api.advance(10)
    found = api.get("nova", f"/v2.1/servers?reservation_id={reservation}").json()["servers"]
    assert sorted(server["name"] for server in found) == ["node-1", "node-2", "node-3"]


def test_as_many_as_the_quota_has_room_for(api: Api) -> None:
    path = f"/v2.1/os-quota-sets/{api.project_id('demo')}"
    api.put("nova", path, {"quota_set": {"instances": 3}}, user="admin")
    assert api.post("nova", "/v2.1/servers", order(api, min_count=2, max_count=9)).status_code == 202
    assert len(api.get("nova", "/v2.1/servers").json()["servers"]) == 3
    assert fault(api.post("nova", "/v2.1/servers", order(api))) == (
        403,
        "Quota exceeded for instances: Requested 1, but already used 3 of 3 instances",
    )


def test_a_project_without_a_network_gets_a_server_without_an_address(api: Api) -> None:
    server_id = built(api, user="alt_demo")
    server = show(api, server_id, user="alt_demo")
    assert server["addresses"] == {}
    assert "security_groups" not in server


def test_two_networks_want_a_choice(api: Api) -> None:
    second = network(api, "second")
    assert fault(api.post("nova", "/v2.1/servers", order(api))) == (
        409,
        "Multiple possible networks found, use a Network ID to be more specific.",
    )
    both = [{"uuid": private(api)}, {"uuid": second, "fixed_ip": "192.168.7.77"}]
    addresses = show(api, built(api, networks=both))["addresses"]
    assert list(addresses) == ["private", "second"]
    assert addresses["second"][0]["addr"] == "192.168.7.77"


def test_networks_must_be_named_from_2_37_on(api: Api) -> None:
    assert (
        "'networks' is a required property"
        in fault(api.post("nova", "/v2.1/servers", order(api), headers=mv("2.37")))[1]
    )
    alone = create(api, "alone", headers=mv("2.37"), networks="none")
    chosen = create(api, "chosen", headers=mv("2.37"), networks="auto")
    api.advance(10)
    assert show(api, alone)["addresses"] == {}
    assert list(show(api, chosen)["addresses"]) == ["private"]


def test_a_port_that_was_given_stays_when_the_server_goes(api: Api) -> None:
    port = api.post("neutron", "/v2.0/ports", {"port": {"network_id": private(api)}}).json()["port"]
    server_id = built(api, networks=[{"port": port["id"]}])
    path = f"/v2.0/ports/{port['id']}"
    assert api.get("neutron", path).json()["port"]["device_id"] == server_id
    assert fault(api.post("nova", "/v2.1/servers", order(api, networks=[{"port": port["id"]}]))) == (
        409,
        f"Port {port['id']} is still in use.",
    )
    api.delete("nova", f"/v2.1/servers/{server_id}")
    api.advance(5)
    assert api.get("neutron", path).json()["port"]["device_id"] == ""


def test_security_groups_are_neutrons(api: Api) -> None:
    wanted = {"security_group": {"name": "web-only"}}
    group = api.post("neutron", "/v2.0/security-groups", wanted).json()["security_group"]
    server_id = built(api, security_groups=[{"name": "web-only"}])
    (port,) = ports_of(api, server_id)
    assert port["security_groups"] == [group["id"]]
    assert show(api, server_id)["security_groups"] == [{"name": "web-only"}]
    listed = api.get("nova", "/v2.1/servers/detail").json()["servers"]
    assert listed[0]["security_groups"] == [{"name": "web-only"}]
    of_server = api.get("nova", f"/v2.1/servers/{server_id}/os-security-groups").json()
    assert [found["name"] for found in of_server["security_groups"]] == ["web-only"]


def test_a_list_hears_of_a_ports_new_groups(api: Api) -> None:
    server_id = built(api)
    (port,) = ports_of(api, server_id)
    body = {"port": {"security_groups": []}}
    assert api.put("neutron", f"/v2.0/ports/{port['id']}", body).status_code == 200
    api.advance(1)
    assert "security_groups" not in show(api, server_id)
    assert "security_groups" not in api.get("nova", "/v2.1/servers/detail").json()["servers"][0]


def test_what_was_asked_for_is_kept(api: Api) -> None:
    headers = mv("2.90")
    server_id = create(
        api,
        "Front End",
        headers=headers,
        networks="none",
        metadata={"role": "front"},
        tags=["a", "b", "a"],
        description="the first",
        hostname="front-1",
        accessIPv4="198.51.100.7",
        **{"OS-DCF:diskConfig": "AUTO"},
        user_data="aGVsbG8=",
        config_drive=True,
    )
    api.advance(10)
    server = show(api, server_id, headers=headers)
    assert server["metadata"] == {"role": "front"}
    assert server["tags"] == ["a", "b"]
    assert (server["description"], server["OS-EXT-SRV-ATTR:hostname"]) == ("the first", "front-1")
    assert (server["accessIPv4"], server["OS-DCF:diskConfig"]) == ("198.51.100.7", "AUTO")
    assert server["config_drive"] == "True"
    admins = show(api, server_id, headers=headers, user="admin")
    assert admins["OS-EXT-SRV-ATTR:user_data"] == "aGVsbG8="
    assert admins["OS-EXT-SRV-ATTR:host"] == "devstack"


def test_an_older_client_gives_a_description_without_knowing(api: Api) -> None:
    server_id = create(api, "Front End")
    server = show(api, server_id, headers=mv("2.96"), user="admin")
    assert server["description"] == "Front End"
    assert server["OS-EXT-SRV-ATTR:hostname"] == "front-end"


def test_renaming_and_metadata(api: Api) -> None:
    server_id = built(api)
    path = f"/v2.1/servers/{server_id}"
    renamed = api.put("nova", path, {"server": {"name": "renamed"}}).json()["server"]
    assert renamed["name"] == "renamed" and "key_name" not in renamed
    assert (
        "key_name"
        in api.put("nova", path, {"server": {"name": "again"}}, headers=mv("2.75")).json()["server"]
    )
    assert api.post("nova", f"{path}/metadata", {"metadata": {"k": "v"}}).json() == {"metadata": {"k": "v"}}
    assert api.put("nova", f"{path}/metadata/l", {"meta": {"l": "w"}}).json() == {"meta": {"l": "w"}}
    assert api.get("nova", f"{path}/metadata").json() == {"metadata": {"k": "v", "l": "w"}}
    assert api.delete("nova", f"{path}/metadata/k").status_code == 204
    assert api.delete("nova", f"{path}/metadata/k").status_code == 404
    assert api.put("nova", f"{path}/metadata", {"metadata": {"n": "o"}}).json() == {"metadata": {"n": "o"}}
    assert show(api, server_id)["metadata"] == {"n": "o"}


def test_tags_came_with_2_26(api: Api) -> None:
    path = f"/v2.1/servers/{built(api)}/tags"
    assert api.get("nova", path).status_code == 404
    new = mv("2.26")
    assert api.get("nova", path, headers=new).json() == {"tags": []}
    assert api.put("nova", f"{path}/red", headers=new).status_code == 201
    assert api.put("nova", f"{path}/red", headers=new).status_code == 204
    assert api.put("nova", path, {"tags": ["blue", "red"]}, headers=new).json() == {"tags": ["blue", "red"]}
    assert api.get("nova", f"{path}/blue", headers=new).status_code == 204
    assert api.delete("nova", f"{path}/blue", headers=new).status_code == 204
    assert api.get("nova", f"{path}/blue", headers=new).status_code == 404
    by_tag = api.get("nova", "/v2.1/servers?tags=red", headers=new).json()["servers"]
    assert len(by_tag) == 1
    assert api.get("nova", "/v2.1/servers?not-tags=red", headers=new).json()["servers"] == []


def names(api: Api, query: str, **how: Any) -> list[str]:
    answer = api.get("nova", f"/v2.1/servers?{query}", **how)
    assert answer.status_code == 200, answer.text
    return [server["name"] for server in answer.json()["servers"]]


def three(api: Api) -> None:
    """web-1 and db-1 are ACTIVE, web-2 was just made; a second apart."""
    for name in ("web-1", "db-1"):
        create(api, name)
        api.advance(1)
    api.advance(10)
    create(api, "web-2")


def test_filters(api: Api) -> None:
    three(api)
    assert names(api, "") == ["web-2", "db-1", "web-1"]
    assert names(api, "name=web") == ["web-2", "web-1"]
    assert names(api, "name=^.b") == ["db-1"]
    assert names(api, "status=active") == ["db-1", "web-1"]
    assert names(api, "status=BUILD&status=SHUTOFF") == ["web-2"]
    assert names(api, "status=NOPE") == []
    assert names(api, f"image={image_id(api)}") == ["web-2", "db-1", "web-1"]
    assert names(api, "flavor=2") == []
    assert names(api, "sort_key=display_name&sort_dir=asc") == ["db-1", "web-1", "web-2"]
    address = show(api, api.get("nova", "/v2.1/servers?name=db").json()["servers"][0]["id"])["addresses"]
    assert names(api, f"ip={address['private'][0]['addr']}$") == ["db-1"]
    assert names(api, "bogus=1") == ["web-2", "db-1", "web-1"]
    assert api.get("nova", "/v2.1/servers?bogus=1", headers=mv("2.75")).status_code == 400
    assert api.get("nova", "/v2.1/servers?name=(", headers=mv("2.75")).status_code == 400
    assert api.get("nova", "/v2.1/servers?changes-since=yesterday").status_code == 400


def test_changes_before_leaves_out_what_changed_later(api: Api) -> None:
    """From 2.66; before, it is nothing that nova knows."""
    built(api, "early")
    api.advance(600)
    built(api, "late")
    cut = "changes-before=2026-01-01T00:05:00Z"
    assert names(api, cut, headers=mv("2.66")) == ["early"]
    assert names(api, cut, headers=mv("2.65")) == ["late", "early"]
    assert names(api, f"{cut}&changes-since=2026-01-01T00:00:00Z", headers=mv("2.96")) == ["early"]
    wrong = f"/v2.1/servers?{cut}&changes-since=2026-01-02T00:00:00Z"
    assert fault(api.get("nova", wrong, headers=mv("2.66"))) == (
        400,
        "The value of changes-since must be less than or equal to changes-before.",
    )
    for version, status in (("2.65", 200), ("2.66", 400), ("2.75", 400)):
        answer = api.get("nova", "/v2.1/servers?changes-before=yesterday", headers=mv(version))
        assert answer.status_code == status


def test_changes_since_shows_what_went_too(api: Api) -> None:
    gone = built(api, "gone")
    api.delete("nova", f"/v2.1/servers/{gone}")
    api.advance(5)
    assert names(api, "changes-since=2026-01-01T00:00:00Z") == ["gone"]
    assert names(api, "changes-since=2026-01-02T00:00:00Z") == []
    assert names(api, "deleted=true") == []
    assert names(api, f"deleted=true&all_tenants=1&tenant_id={api.project_id('demo')}", user="admin") == [
        "gone"
    ]


def test_pages(api: Api) -> None:
    three(api)
    seen, url = [], "/v2.1/servers?limit=1"
    while url:
        body = api.get("nova", url).json()
        seen += [server["name"] for server in body["servers"]]
        url = body["servers_links"][0]["href"].split("/v2.1", 1)[1] if "servers_links" in body else ""
        url = url and f"/v2.1{url}"
    assert seen == ["web-2", "db-1", "web-1"]
    assert fault(api.get("nova", "/v2.1/servers?marker=nobody")) == (400, "marker [nobody] not found")
    assert api.get("nova", "/v2.1/servers?limit=x").status_code == 400


def test_a_page_is_read_from_an_index(api: Api) -> None:
    """A page of 20 among 10,000 must not sort them all."""
    asked: list[str] = []
    driver = api.cloud.store.engine.raw_connection().driver_connection
    assert driver is not None
    driver.set_trace_callback(asked.append)  # what SQLite runs, with its values
    assert api.get("nova", "/v2.1/servers?limit=20").status_code == 200
    assert api.get("nova", "/v2.1/servers?limit=20&all_tenants=1", user="admin").status_code == 200
    driver.set_trace_callback(None)
    pages = [text for text in asked if "FROM nova_server" in text and "LIMIT" in text]
    plans = [" ".join(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {page}")) for page in pages]
    assert "nova_server_page" in plans[0] and "nova_server_all" in plans[1]
    assert "TEMP B-TREE" not in plans[0] + plans[1]


def test_a_cloud_that_starts_again_goes_on_building(tmp_path: Path) -> None:
    clock, database = ManualClock(), tmp_path / "cloud.db"
    with started(clock, database) as api:
        server_id = create(api)
        api.advance(1)
        assert states(api, server_id, 0.25) == [BUILD[2]]
    clock.advance(10)
    with started(clock, database) as api:
        server = show(api, server_id)
    assert (server["status"], len(server["addresses"]["private"])) == ("ACTIVE", 1)


@contextmanager
def started(clock: ManualClock, database: Path) -> Iterator[Any]:
    """A cloud that keeps its rows in a file."""
    cloud, session = create_cloud(clock=clock, database=database), requests.Session()
    session.mount("http://127.0.0.1:", WsgiAdapter(cloud))
    yield ApiOfCloud(cloud, session)
    cloud.close()


def test_detail_grows_with_the_version(api: Api) -> None:
    server_id = built(api)
    old, new = show(api, server_id), show(api, server_id, headers=mv("2.100"))
    assert set(old["flavor"]) == {"id", "links"}
    assert new["flavor"]["original_name"] == "m1.tiny"
    later = {"locked", "locked_reason", "description", "tags", "trusted_image_certificates", "server_groups"}
    assert set(new) - set(old) == later | {
        "pinned_availability_zone",
        "scheduler_hints",
        "OS-EXT-SRV-ATTR:hostname",
    }


@pytest.mark.parametrize(
    "version", ["2.1", "2.3", "2.9", "2.26", "2.47", "2.73", "2.90", "2.96", "2.98", "2.100"]
)
def test_a_list_shows_what_one_server_shows(api: Api, version: str) -> None:
    """The short way to a page, the long way with a filter, and the server alone tell the same."""
    server_id, volume_id = built(api, metadata={"k": "v"}), volume(api)
    body = {"volumeAttachment": {"volumeId": volume_id}}
    api.post("nova", f"/v2.1/servers/{server_id}/os-volume_attachments", body)
    api.advance(3)
    for user, everyone in (("demo", ""), ("admin", "all_tenants=1&")):
        how: Any = {"user": user, "headers": mv(version)}
        alone = show(api, server_id, **how)
        alone.pop("server_groups", None)
        for query in ("limit=1", "name=web"):
            (listed,) = api.get("nova", f"/v2.1/servers/detail?{everyone}{query}", **how).json()["servers"]
            assert listed == alone, query


def test_a_token_that_ends_does_not_end_what_it_began(api: Api) -> None:
    login = api.login("demo", "demo")
    token, ends = login.headers["X-Subject-Token"], parse_iso(login.json()["token"]["expires_at"])
    body = order(api)
    api.advance((ends - api.cloud.clock.now()).total_seconds() - 1)
    server_id = api.post("nova", "/v2.1/servers", body, token=token).json()["server"]["id"]
    api.advance(10)
    assert api.get("nova", f"/v2.1/servers/{server_id}", token=token).status_code == 401
    fresh = api.login("demo", "demo").headers["X-Subject-Token"]
    server = show(api, server_id, token=fresh)
    assert (server["status"], len(server["addresses"]["private"])) == ("ACTIVE", 1)

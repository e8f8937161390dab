"""Stories of placement: what a host has, who holds how much, and when nobody can have more ('No valid host').

(Placement API 1.0 … 1.39, recordings placement/001 … 018 and the calls of east_west_server_create.)
"""

from typing import Any

import pytest

Api = Any
SERVER = "ab5599d7-4060-43c4-9a55-ea8bf34233a2"
OTHER = "1953db15-4103-42fe-b227-744cd7722fd3"


def ask(
    api: Api, method: str, path: str, body: Any = None, version: str = "1.36", user: str | None = "nova"
) -> Any:
    return api(
        method,
        "placement",
        path,
        json=body,
        user=user,
        headers={"OpenStack-API-Version": f"placement {version}"},
    )


def host(api: Api) -> str:
    return ask(api, "GET", "/resource_providers").json()["resource_providers"][0]["uuid"]


def candidates(api: Api, resources: str, more: str = "") -> list[Any]:
    answer = ask(api, "GET", f"/allocation_candidates?resources={resources}{more}")
    assert answer.status_code == 200, answer.text
    return answer.json()["allocation_requests"]


def allocate(api: Api, consumer: str, generation: int | None = None, **resources: int) -> Any:
    body = {
        "allocations": {host(api): {"resources": resources}} if resources else {},
        "project_id": api.project_id("demo"),
        "user_id": api.user_id("demo"),
        "consumer_generation": generation,
    }
    return ask(api, "PUT", f"/allocations/{consumer}", body)


def detail(answer: Any) -> str:
    return answer.json()["errors"][0]["detail"]


def test_the_root_needs_no_token_and_the_rest_does(api: Api) -> None:
    root = api.get("placement", "/", user=None)
    assert root.json()["versions"][0]["max_version"] == "1.39"
    assert root.headers["openstack-api-version"] == "placement 1.0"
    assert api.get("placement", "/resource_providers", user=None).status_code == 401


def test_a_project_has_no_business_here_but_its_own_usages(api: Api) -> None:
    refused = ask(api, "GET", "/resource_providers", user="demo")
    assert refused.status_code == 403
    assert "placement:resource_providers:list" in detail(refused)
    own, other = api.project_id("demo"), api.project_id("alt_demo")
    assert ask(api, "GET", f"/usages?project_id={own}", user="demo").json() == {"usages": {}}
    assert ask(api, "GET", f"/usages?project_id={other}", user="demo").status_code == 403


def test_a_server_takes_its_share_and_gives_it_back(api: Api) -> None:
    rp = host(api)
    (request,) = candidates(
        api, "VCPU:1,MEMORY_MB:512,DISK_GB:1", "&limit=1000&root_required=!COMPUTE_STATUS_DISABLED"
    )
    assert request["allocations"] == {rp: {"resources": {"VCPU": 1, "MEMORY_MB": 512, "DISK_GB": 1}}}
    assert allocate(api, SERVER, VCPU=1, MEMORY_MB=512, DISK_GB=1).status_code == 204
    held = ask(api, "GET", f"/allocations/{SERVER}", version="1.28").json()
    assert held["allocations"][rp]["resources"] == {"VCPU": 1, "MEMORY_MB": 512, "DISK_GB": 1}
    assert held["consumer_generation"] == 1
    usages = ask(api, "GET", f"/resource_providers/{rp}/usages").json()["usages"]
    assert usages == {"VCPU": 1, "MEMORY_MB": 512, "DISK_GB": 1}
    project = ask(api, "GET", f"/usages?project_id={api.project_id('demo')}").json()["usages"]
    assert project == {"VCPU": 1, "MEMORY_MB": 512, "DISK_GB": 1}
    assert ask(api, "DELETE", f"/allocations/{SERVER}").status_code == 204
    assert ask(api, "GET", f"/allocations/{SERVER}").json() == {"allocations": {}}
    assert ask(api, "DELETE", f"/allocations/{SERVER}").status_code == 404


def test_no_valid_host_is_real(api: Api) -> None:
    assert candidates(api, "VCPU:1000")
    assert candidates(api, "VCPU:1001") == []  # more than the host gives to one
    assert candidates(api, "VCPU:1,IPV4_ADDRESS:1") == []  # nothing of it at all
    for number in range(4):
        consumer = f"00000000-0000-0000-0000-00000000000{number}"
        assert allocate(api, consumer, VCPU=1000).status_code == 204
    assert candidates(api, "VCPU:1") == []  # 1000 × 4.0 are gone
    over = allocate(api, SERVER, VCPU=1)
    assert over.status_code == 409
    assert "would exceed the capacity" in detail(over)
    ask(api, "DELETE", "/allocations/00000000-0000-0000-0000-000000000000")
    assert candidates(api, "VCPU:1")


def test_reserved_memory_is_not_for_servers(api: Api) -> None:
    assert candidates(api, "MEMORY_MB:799488")
    assert candidates(api, "MEMORY_MB:799489") == []


def test_what_breaks_the_hosts_portions(api: Api) -> None:
    rp = host(api)
    body = ask(api, "GET", f"/resource_providers/{rp}/inventories").json()
    numbers = {"total": 100, "min_unit": 4, "max_unit": 20, "step_size": 4}
    changed = {
        "resource_provider_generation": body["resource_provider_generation"],
        "inventories": {"VCPU": numbers},
    }
    assert ask(api, "PUT", f"/resource_providers/{rp}/inventories", changed).status_code == 200
    assert [bool(candidates(api, f"VCPU:{n}")) for n in (2, 4, 6, 20, 24)] == [
        False,
        True,
        False,
        True,
        False,
    ]
    assert "would violate inventory constraints" in detail(allocate(api, SERVER, VCPU=6))
    stale = ask(api, "PUT", f"/resource_providers/{rp}/inventories", changed)
    assert stale.status_code == 409
    assert stale.json()["errors"][0]["code"] == "placement.concurrent_update"


def test_a_writer_must_know_the_consumers_generation(api: Api) -> None:
    assert allocate(api, SERVER, VCPU=1).status_code == 204
    stale = allocate(api, SERVER, VCPU=2)
    assert stale.status_code == 409
    assert "expected 1 but got None" in detail(stale)
    assert allocate(api, SERVER, generation=1, VCPU=2).status_code == 204
    assert allocate(api, OTHER, generation=7, VCPU=1).status_code == 409
    assert allocate(api, SERVER, generation=2).status_code == 204  # nothing wanted: forgotten
    assert ask(api, "GET", f"/allocations/{SERVER}").json() == {"allocations": {}}


def test_a_failed_claim_changes_nothing(api: Api) -> None:
    allocate(api, SERVER, VCPU=10)
    assert allocate(api, SERVER, generation=1, VCPU=1, MEMORY_MB=900_000).status_code == 409
    rp = host(api)
    held = ask(api, "GET", f"/allocations/{SERVER}").json()
    assert held["allocations"][rp]["resources"] == {"VCPU": 10}
    assert held["consumer_generation"] == 1


def test_traits_narrow_the_choice(api: Api) -> None:
    assert candidates(api, "VCPU:1", "&required=COMPUTE_NODE")
    assert candidates(api, "VCPU:1", "&required=HW_CPU_X86_AVX") == []
    assert candidates(api, "VCPU:1", "&required=!COMPUTE_NODE") == []
    unknown = ask(api, "GET", "/allocation_candidates?resources=VCPU:1&required=FAST")
    assert unknown.status_code == 400
    assert "No such trait(s): FAST." in detail(unknown)


@pytest.mark.parametrize("version", ["1.10", "1.12", "1.17", "1.29", "1.34"])
def test_candidates_fit_the_put_of_their_own_version(api: Api, version: str) -> None:
    answer = ask(api, "GET", "/allocation_candidates?resources=VCPU:2", version=version)
    (request,) = answer.json()["allocation_requests"]
    body = {**request, "project_id": api.project_id("demo"), "user_id": api.user_id("demo")}
    if version in ("1.29", "1.34"):
        body["consumer_generation"] = None
    assert ask(api, "PUT", f"/allocations/{SERVER}", body, version=version).status_code == 204
    summary = answer.json()["provider_summaries"][host(api)]
    assert ("traits" in summary) == (version >= "1.17")
    assert ("root_provider_uuid" in summary) == (version >= "1.29")


@pytest.mark.parametrize(
    ("version", "status"),
    [("1.0", 200), ("1.39", 200), ("latest", 200), ("1.40", 406), ("1.999", 406), ("one", 400)],
)
def test_versions_are_negotiated(api: Api, version: str, status: int) -> None:
    answer = ask(api, "GET", "/resource_providers", version=version, user="admin")
    assert answer.status_code == status
    if status == 200:
        shown = "1.39" if version == "latest" else version
        assert answer.headers["openstack-api-version"] == f"placement {shown}"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?resources=VCPU",
        "?resources=VCPU:0",
        "?resources=VCPU:x",
        "?resources=CATS:1",
        "?resources=VCPU:1&limit=0",
    ],
)
def test_a_question_that_makes_no_sense(api: Api, query: str) -> None:
    assert ask(api, "GET", f"/allocation_candidates{query}").status_code == 400


@pytest.mark.parametrize(
    "body", [[], {}, {"allocations": {}}, {"allocations": {"x": {"resources": {"VCPU": 1}}}}, "text", 5]
)
def test_an_allocation_that_makes_no_sense(api: Api, body: Any) -> None:
    assert ask(api, "PUT", f"/allocations/{SERVER}", body).status_code == 400


def test_malformed_json_is_the_clients_mistake(api: Api) -> None:
    answer = api.put("placement", f"/allocations/{SERVER}", data="{", user="nova")
    assert answer.status_code == 400


def test_an_unknown_host_or_class_is_refused(api: Api) -> None:
    body = {
        "allocations": {OTHER: {"resources": {"VCPU": 1}}},
        "project_id": "p",
        "user_id": "u",
        "consumer_generation": None,
    }
    unknown = ask(api, "PUT", f"/allocations/{SERVER}", body)
    assert unknown.status_code == 400
    assert "that does not exist" in detail(unknown)
    assert "No such resource class CATS" in detail(allocate(api, SERVER, CATS=1))
    assert ask(api, "GET", f"/resource_providers/{OTHER}").status_code == 404


def test_a_host_comes_and_goes(api: Api) -> None:
    made = ask(api, "POST", "/resource_providers", {"name": "second"}, user="admin")
    assert made.status_code == 200
    uuid = made.json()["uuid"]
    twice = ask(api, "POST", "/resource_providers", {"name": "second"}, user="admin")
    assert twice.json()["errors"][0]["code"] == "placement.duplicate_name"
    body = {"resource_provider_generation": 0, "inventories": {"VCPU": {"total": 2}}}
    assert ask(api, "PUT", f"/resource_providers/{uuid}/inventories", body).status_code == 200
    assert len(candidates(api, "VCPU:2")) == 2
    assert len(candidates(api, "VCPU:2", "&limit=1")) == 1
    assert len(candidates(api, "VCPU:2", f"&in_tree={uuid}")) == 1
    assert ask(api, "DELETE", f"/resource_providers/{uuid}").status_code == 204
    assert len(candidates(api, "VCPU:2")) == 1


def test_a_host_in_use_stays(api: Api) -> None:
    allocate(api, SERVER, VCPU=1)
    refused = ask(api, "DELETE", f"/resource_providers/{host(api)}")
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["code"] == "placement.resource_provider.inuse"

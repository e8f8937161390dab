"""Stories of what an operator teaches placement: traits, classes, inventories, aggregates, trees; and of moves.

(What they expect was seen on 2025.2.)
"""

from typing import Any

import pytest

Api = Any
ONE, TWO = "ab5599d7-4060-43c4-9a55-ea8bf34233a2", "1953db15-4103-42fe-b227-744cd7722fd3"
AGGREGATE = "0d5dd5ba-9462-4f63-a744-9d42f2fae5a8"


def ask(
    api: Api, method: str, path: str, body: Any = None, version: str = "1.39", user: str = "admin"
) -> Any:
    headers = {"OpenStack-API-Version": f"placement {version}"}
    return api(method, "placement", path, json=body, user=user, headers=headers)


def provider(api: Api, name: str, parent: str | None = None, **totals: int) -> str:
    body = {"name": name, **({"parent_provider_uuid": parent} if parent else {})}
    uuid = ask(api, "POST", "/resource_providers", body).json()["uuid"]
    if totals:
        inventories = {resource: {"total": total} for resource, total in totals.items()}
        path = f"/resource_providers/{uuid}/inventories"
        answer = ask(api, "PUT", path, {"resource_provider_generation": 0, "inventories": inventories})
        assert answer.status_code == 200, answer.text
    return str(uuid)


def refusal(answer: Any) -> tuple[int, str]:
    error = answer.json()["errors"][0]
    return answer.status_code, error["detail"].split("\n\n ")[1].strip()


def found(api: Api, query: str) -> list[str]:
    answer = ask(api, "GET", f"/resource_providers?{query}")
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()["resource_providers"]]


def test_a_trait_of_ones_own(api: Api) -> None:
    made = ask(api, "PUT", "/traits/CUSTOM_RED")
    assert made.status_code == 201
    assert made.headers["Location"].endswith("/traits/CUSTOM_RED")
    assert ask(api, "PUT", "/traits/CUSTOM_RED").status_code == 204
    assert ask(api, "GET", "/traits?name=startswith:CUSTOM_").json() == {"traits": ["CUSTOM_RED"]}
    host = provider(api, "host")
    path = f"/resource_providers/{host}/traits"
    worn = ask(api, "PUT", path, {"resource_provider_generation": 0, "traits": ["CUSTOM_RED"]})
    assert worn.json() == {"traits": ["CUSTOM_RED"], "resource_provider_generation": 1}
    assert ask(api, "GET", "/traits?associated=true&name=in:CUSTOM_RED").json()["traits"] == ["CUSTOM_RED"]
    in_use = ask(api, "DELETE", "/traits/CUSTOM_RED")
    assert refusal(in_use) == (409, "The trait CUSTOM_RED is in use by a resource provider.")
    assert ask(api, "DELETE", path).status_code == 204
    assert ask(api, "GET", path).json() == {"traits": [], "resource_provider_generation": 2}
    assert ask(api, "DELETE", "/traits/CUSTOM_RED").status_code == 204
    assert refusal(ask(api, "GET", "/traits/CUSTOM_RED")) == (404, "No such trait(s): CUSTOM_RED.")


def test_standard_traits_stay(api: Api) -> None:
    trait = "HW_CPU_X86_AVX"
    assert refusal(ask(api, "DELETE", f"/traits/{trait}")) == (400, f"Cannot delete standard trait {trait}.")
    wrong = refusal(ask(api, "PUT", "/traits/BAD"))
    assert wrong[0] == 400 and 'start with the prefix "CUSTOM_"' in wrong[1]
    assert ask(api, "PUT", "/traits/CUSTOM_X", user="demo").status_code == 403
    stale = {"resource_provider_generation": 7, "traits": []}
    host = provider(api, "host")
    assert refusal(ask(api, "PUT", f"/resource_providers/{host}/traits", stale)) == (
        409,
        "Resource provider's generation already changed. Please update the generation and try again.",
    )


def test_a_class_of_ones_own(api: Api) -> None:
    assert ask(api, "PUT", "/resource_classes/CUSTOM_GOLD").status_code == 201
    assert ask(api, "PUT", "/resource_classes/CUSTOM_GOLD").status_code == 204
    again = ask(api, "POST", "/resource_classes", {"name": "CUSTOM_GOLD"})
    assert refusal(again) == (409, "Conflicting resource class already exists: CUSTOM_GOLD")
    assert ask(api, "POST", "/resource_classes", {"name": "CUSTOM_TIN"}).status_code == 201
    renamed = ask(api, "PUT", "/resource_classes/CUSTOM_TIN", {"name": "CUSTOM_LEAD"}, version="1.2")
    assert renamed.json()["name"] == "CUSTOM_LEAD"
    names = [row["name"] for row in ask(api, "GET", "/resource_classes").json()["resource_classes"]]
    assert names[-2:] == ["CUSTOM_GOLD", "CUSTOM_LEAD"]
    host = provider(api, "host", CUSTOM_GOLD=5)
    assert ask(api, "DELETE", "/resource_classes/CUSTOM_GOLD").status_code == 409
    assert found(api, "resources=CUSTOM_GOLD:5") == ["host"]
    assert found(api, "resources=CUSTOM_GOLD:6") == []
    ask(api, "DELETE", f"/resource_providers/{host}/inventories")
    assert ask(api, "DELETE", "/resource_classes/CUSTOM_GOLD").status_code == 204
    assert refusal(ask(api, "DELETE", "/resource_classes/VCPU"))[0] == 400
    assert refusal(ask(api, "DELETE", "/resource_classes/CUSTOM_GOLD")) == (
        404,
        "No such resource class CUSTOM_GOLD.",
    )


def test_one_inventory_at_a_time(api: Api) -> None:
    host = provider(api, "host")
    path = f"/resource_providers/{host}/inventories"
    made = ask(api, "POST", path, {"resource_class": "VCPU", "total": 4})
    assert (made.status_code, made.json()["total"], made.json()["resource_provider_generation"]) == (
        201,
        4,
        1,
    )
    assert ask(api, "POST", path, {"resource_class": "VCPU", "total": 4}).status_code == 409
    strange = ask(api, "POST", path, {"resource_class": "CUSTOM_NO", "total": 4})
    assert refusal(strange)[1].endswith("No such resource class CUSTOM_NO.")
    more = ask(api, "PUT", f"{path}/VCPU", {"resource_provider_generation": 1, "total": 8})
    assert more.json()["total"] == 8
    stale = ask(api, "PUT", f"{path}/VCPU", {"resource_provider_generation": 1, "total": 9})
    assert refusal(stale) == (409, "resource provider generation conflict")
    assert ask(api, "DELETE", f"{path}/VCPU").status_code == 204
    assert ask(api, "DELETE", f"{path}/VCPU").status_code == 404


def test_aggregates_gather_providers(api: Api) -> None:
    host = provider(api, "host", VCPU=4)
    path = f"/resource_providers/{host}/aggregates"
    body = {"aggregates": [AGGREGATE], "resource_provider_generation": 1}
    assert ask(api, "PUT", path, body).json() == {**body, "resource_provider_generation": 2}
    assert ask(api, "PUT", path, body).status_code == 409
    assert ask(api, "PUT", path, [AGGREGATE], version="1.18").json() == {"aggregates": [AGGREGATE]}
    assert found(api, f"member_of={AGGREGATE}") == ["host"]
    assert found(api, f"member_of=in:{AGGREGATE},{ONE}") == ["host"]
    assert "host" not in found(api, f"member_of=!{AGGREGATE}")
    asked = ask(api, "GET", f"/allocation_candidates?resources=VCPU:1&member_of={AGGREGATE}").json()
    assert [list(one["allocations"]) for one in asked["allocation_requests"]] == [[host]]
    assert ask(api, "GET", "/resource_providers?member_of=x").status_code == 400


def test_a_tree_of_providers(api: Api) -> None:
    root, other = provider(api, "root"), provider(api, "other")
    leaf = provider(api, "leaf", parent=root)
    refused = ask(api, "DELETE", f"/resource_providers/{root}")
    assert refusal(refused) == (
        409,
        f"Unable to delete parent resource provider {root}: It has child resource providers.",
    )
    path = f"/resource_providers/{leaf}"
    early = ask(api, "PUT", path, {"name": "leaf", "parent_provider_uuid": None}, version="1.36")
    assert refusal(early)[1].endswith("un-parenting a provider is not currently allowed.")
    moved = ask(api, "PUT", path, {"name": "leaf", "parent_provider_uuid": other}).json()
    assert (moved["parent_provider_uuid"], moved["root_provider_uuid"]) == (other, other)
    assert found(api, f"in_tree={other}") == ["other", "leaf"]
    loop = ask(api, "PUT", f"/resource_providers/{other}", {"name": "other", "parent_provider_uuid": leaf})
    assert loop.status_code == 400
    assert ask(api, "DELETE", f"/resource_providers/{root}").status_code == 204


def wish(api: Api, allocations: dict[str, Any], generation: int | None) -> dict[str, Any]:
    return {
        "allocations": {uuid: {"resources": resources} for uuid, resources in allocations.items()},
        "project_id": api.project_id("demo"),
        "user_id": "somebody",
        "consumer_generation": generation,
        "consumer_type": "INSTANCE",
    }


def held(api: Api, consumer: str) -> dict[str, Any]:
    rows = ask(api, "GET", f"/allocations/{consumer}").json()["allocations"]
    return {uuid: row["resources"] for uuid, row in rows.items()}


def test_what_one_gives_back_another_may_have_at_once(api: Api) -> None:
    host, target = provider(api, "host", VCPU=2), provider(api, "target", VCPU=2)
    first = ask(api, "POST", "/allocations", {ONE: wish(api, {host: {"VCPU": 2}}, None)})
    assert first.status_code == 204
    moves = {ONE: wish(api, {target: {"VCPU": 2}}, 1), TWO: wish(api, {host: {"VCPU": 2}}, None)}
    assert ask(api, "POST", "/allocations", moves).status_code == 204
    assert (held(api, ONE), held(api, TWO)) == ({target: {"VCPU": 2}}, {host: {"VCPU": 2}})
    too_much = {ONE: wish(api, {}, 2), TWO: wish(api, {host: {"VCPU": 3}}, 1)}
    refused = refusal(ask(api, "POST", "/allocations", too_much))
    assert refused[0] == 409 and "would exceed the capacity" in refused[1]
    assert held(api, ONE) == {target: {"VCPU": 2}}, "all or none"
    stale = refusal(ask(api, "POST", "/allocations", {ONE: wish(api, {}, None)}))
    assert stale == (409, "consumer generation conflict - expected 2 but got None")
    assert ask(api, "POST", "/allocations", {}).status_code == 400
    assert ask(api, "POST", "/allocations", {}, version="1.12").status_code == 404


def test_reshaping_is_for_services(api: Api) -> None:
    host, part = provider(api, "host", VCPU=2), provider(api, "part")
    ask(api, "POST", "/allocations", {ONE: wish(api, {host: {"VCPU": 2}}, None)})
    new = {
        "inventories": {
            host: {"resource_provider_generation": 2, "inventories": {}},
            part: {"resource_provider_generation": 0, "inventories": {"VCPU": {"total": 2}}},
        },
        "allocations": {ONE: wish(api, {part: {"VCPU": 2}}, 1)},
    }
    refused = ask(api, "POST", "/reshaper", new)
    assert refusal(refused) == (403, "Policy does not allow placement:reshaper:reshape to be performed.")
    assert ask(api, "POST", "/reshaper", new, user="nova").status_code == 204
    assert held(api, ONE) == {part: {"VCPU": 2}}
    assert ask(api, "GET", f"/resource_providers/{host}/inventories").json()["inventories"] == {}
    assert ask(api, "POST", "/reshaper", new, user="nova").status_code == 409


@pytest.mark.parametrize("path", ["/traits", "/traits/HW_CPU_X86_AVX"])
def test_traits_came_with_1_6(api: Api, path: str) -> None:
    assert ask(api, "GET", path, version="1.5").status_code == 404


def test_what_only_several_providers_could_give_says_that_it_is_not_here(api: Api) -> None:
    root = provider(api, "root", VCPU=4)
    provider(api, "leaf", parent=root, FPGA=1)
    answer = ask(api, "GET", "/allocation_candidates?resources=VCPU:1,FPGA:1")
    assert answer.status_code == 404
    assert "several providers" in answer.headers["X-Cloudlab-Absent"]
    alone = ask(api, "GET", "/allocation_candidates?resources=VCPU:1001,FPGA:1&limit=1")
    assert alone.status_code == 404
    groups = ask(api, "GET", "/allocation_candidates?resources_A=VCPU:1&resources_B=VCPU:1")
    assert refusal(groups)[1].startswith('The "group_policy" parameter is required')

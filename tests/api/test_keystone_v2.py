"""The talk's own way to a token: POST /v2.0/tokens, field by field as its slide prints it."""

import re
from typing import Any

from cloudlab.sim.bootstrap import ADMIN_PROJECT_ID, ADMIN_USER_ID

Api = Any  # tests/api/conftest.py
CREDENTIALS = {"username": "admin", "password": "secret"}


def ask(api: Api, **auth: Any) -> Any:
    return api.post("keystone", "/v2.0/tokens", {"auth": auth}, user=None)


def test_the_talks_answer(api: Api) -> None:
    answer = ask(api, passwordCredentials=CREDENTIALS, tenantName="admin")
    assert answer.status_code == 200
    access = answer.json()["access"]
    assert set(access) == {"token", "serviceCatalog", "user", "metadata"}
    token = access["token"]
    assert re.fullmatch("[0-9a-f]{32}", token["id"])
    assert (token["issued_at"], token["expires"]) == ("2026-01-01T00:00:00.000000", "2026-01-01T01:00:00Z")
    assert len(token["audit_ids"]) == 1
    assert set(token["tenant"]) == {"description", "enabled", "id", "name", "parent_id"}
    assert (token["tenant"]["id"], token["tenant"]["name"]) == (ADMIN_PROJECT_ID, "admin")
    user = access["user"]
    assert (user["id"], user["name"], user["username"], user["roles_links"]) == (
        ADMIN_USER_ID,
        "admin",
        "admin",
        [],
    )
    assert [role["name"] for role in user["roles"]] == ["admin", "heat_stack_owner", "_member_"]
    assert access["metadata"]["is_admin"] == 0 and len(access["metadata"]["roles"]) == 3


def test_the_talks_catalog_has_compute_once(api: Api) -> None:
    catalog = ask(api, passwordCredentials=CREDENTIALS, tenantName="admin").json()["access"]["serviceCatalog"]
    compute = [entry for entry in catalog if entry["type"] == "compute"]
    assert [(entry["name"], entry["endpoints_links"]) for entry in compute] == [("nova", [])]
    (endpoint,) = compute[0]["endpoints"]
    url = f"{api.cloud.url('nova')}/v2/{ADMIN_PROJECT_ID}"
    assert set(endpoint) == {"adminURL", "internalURL", "publicURL", "id", "region"}
    assert {endpoint["adminURL"], endpoint["internalURL"], endpoint["publicURL"]} == {url}
    assert endpoint["region"] == "RegionOne"
    assert {entry["type"] for entry in catalog} >= {"image", "volumev3", "network", "identity"}


def test_the_token_works_everywhere(api: Api) -> None:
    short = ask(api, passwordCredentials=CREDENTIALS, tenantId=ADMIN_PROJECT_ID).json()["access"]["token"][
        "id"
    ]
    assert api.get("nova", f"/v2/{ADMIN_PROJECT_ID}/flavors", token=short).status_code == 200
    assert api.get("glance", "/v2/images", token=short).status_code == 200
    seen = api.get("keystone", "/v3/auth/tokens", headers={"X-Subject-Token": short}, token=short)
    assert seen.json()["token"]["project"]["id"] == ADMIN_PROJECT_ID
    revoked = api.delete("keystone", "/v3/auth/tokens", headers={"X-Subject-Token": short}, token=short)
    assert revoked.status_code == 204
    assert api.get("cinder", "/v3/volumes", token=short).status_code == 401


def test_no_tenant_then_one_by_token(api: Api) -> None:
    access = ask(api, passwordCredentials={"username": "demo", "password": "secret"}).json()["access"]
    assert (
        "tenant" not in access["token"] and access["serviceCatalog"] == [] and access["user"]["roles"] == []
    )
    short = access["token"]["id"]
    tenants = api.get("keystone", "/v2.0/tenants", token=short).json()["tenants"]
    assert [tenant["name"] for tenant in tenants] == ["demo"]
    scoped = ask(api, token={"id": short}, tenantId=tenants[0]["id"]).json()["access"]
    assert scoped["token"]["tenant"]["name"] == "demo"
    assert scoped["token"]["expires"] == access["token"]["expires"]


REFUSALS = [
    ({"passwordCredentials": {"username": "admin", "password": "wrong"}}, 401),
    ({"passwordCredentials": {"username": "nobody", "password": "secret"}}, 401),
    ({"passwordCredentials": CREDENTIALS, "tenantName": "nope"}, 401),
    ({"passwordCredentials": CREDENTIALS, "tenantName": "alt_demo"}, 401),
    ({"passwordCredentials": CREDENTIALS, "tenantName": 7}, 401),
    ({"token": {"id": "nonsense"}}, 401),
    ({"token": {}}, 400),
    ({"passwordCredentials": {"username": "admin"}}, 400),
    ({"passwordCredentials": {"password": "secret"}}, 400),
    ({"passwordCredentials": "admin"}, 400),
    ({}, 400),
]


def test_a_refusal_is_in_the_error_body(api: Api) -> None:
    for auth, status in REFUSALS:
        answer = ask(api, **auth)
        assert answer.status_code == status
        assert set(answer.json()["error"]) == {"message", "code", "title"}
        assert answer.json()["error"]["code"] == status


def test_a_cloud_of_today_has_no_v2(api: Api) -> None:
    assert api.get("keystone", "/v2.0", user=None).json()["version"]["id"] == "v2.0"
    api.cloud.legacy_v2 = False
    for answer in (ask(api, passwordCredentials=CREDENTIALS), api.get("keystone", "/v2.0", user=None)):
        assert answer.status_code == 404 and answer.headers["Content-Type"].startswith("text/html")
    versions = api.get("keystone", "/", user=None).json()["versions"]["values"]
    assert [version["id"] for version in versions] == ["v3.14"]

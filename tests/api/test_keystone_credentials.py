"""Stories of application credentials and what users keep (Identity API v3; recordings keystone/094 … 096).

What the recordings don't hold was seen on 2025.2.
"""

from typing import Any

import pytest

Api = Any  # tests/api/conftest.py


def path_of(api: Api, user: str = "demo") -> str:
    return f"/v3/users/{api.user_id(user)}/application_credentials"


def create(api: Api, **fields: Any) -> dict[str, Any]:
    answer = api.post("keystone", path_of(api), {"application_credential": {"name": "robot", **fields}})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["application_credential"]
    return made


def login(api: Api, scope: Any = None, **credential: Any) -> Any:
    auth = {"identity": {"methods": ["application_credential"], "application_credential": credential}}
    return api.post("keystone", "/v3/auth/tokens", {"auth": {**auth, **(scope or {})}}, user=None)


def token_of(api: Api, made: dict[str, Any]) -> str:
    answer = login(api, id=made["id"], secret=made["secret"])
    assert answer.status_code == 201, answer.text
    token: str = answer.headers["X-Subject-Token"]
    return token


def test_the_secret_is_shown_once(api: Api) -> None:
    made = create(api)
    assert len(made["secret"]) == 86
    listed = api.get("keystone", path_of(api)).json()["application_credentials"]
    assert [(one["id"], "secret" in one) for one in listed] == [(made["id"], False)]
    shown = api.get("keystone", f"{path_of(api)}/{made['id']}").json()["application_credential"]
    assert shown == {name: value for name, value in made.items() if name != "secret"}


def test_it_stands_for_its_user_in_one_project_with_no_more_than_its_roles(api: Api) -> None:
    made = create(api, roles=[{"name": "reader"}])
    token = login(api, id=made["id"], secret=made["secret"]).json()["token"]
    assert token["methods"] == ["application_credential"]
    assert (token["user"]["name"], token["project"]["name"]) == ("demo", "demo")
    assert [role["name"] for role in token["roles"]] == ["reader"]
    assert token["application_credential"] == {"id": made["id"], "name": "robot", "restricted": True}
    use = token_of(api, made)
    assert api.get("nova", "/v2.1/servers", token=use).status_code == 200
    assert api.post("neutron", "/v2.0/networks", {"network": {}}, token=use).status_code == 403


def test_by_name_it_needs_its_user(api: Api) -> None:
    create(api, secret="s3")
    user = {"name": "demo", "domain": {"name": "Default"}}
    assert login(api, name="robot", secret="s3", user=user).status_code == 201
    assert login(api, name="robot", secret="s3", user={"id": api.user_id("demo")}).status_code == 201
    assert login(api, name="robot", secret="s3", user={"id": api.user_id("admin")}).status_code == 401
    answer = login(api, name="robot", secret="s3")
    assert answer.status_code == 400 and "Expecting to find user in application" in answer.text


@pytest.mark.parametrize(
    ("credential", "status"),
    [
        ({"secret": "s3"}, 400),
        ({"id": "nope", "secret": "s3"}, 404),
        ({"id": 7, "secret": "s3"}, 400),
        ({"name": "robot", "secret": "s3", "user": {"name": "demo"}}, 400),
        ({"name": "robot", "secret": "s3", "user": {"name": "demo", "domain": []}}, 400),
        ({"name": "robot", "secret": "s3", "user": {"id": []}}, 400),
        ({"name": ["robot"], "secret": "s3", "user": {"id": "x"}}, 400),
    ],
)
def test_half_a_credential_is_refused(api: Api, credential: dict[str, Any], status: int) -> None:
    assert login(api, **credential).status_code == status


def test_a_wrong_secret_and_an_asked_scope_are_refused(api: Api) -> None:
    made = create(api)
    assert login(api, id=made["id"], secret="nope").status_code == 401
    assert login(api, id=made["id"]).status_code == 401
    answer = login(
        api, {"scope": {"project": {"id": made["project_id"]}}}, id=made["id"], secret=made["secret"]
    )
    assert answer.status_code == 401
    assert answer.json()["error"]["identity"] == {}
    assert "Application credentials cannot request a scope." in answer.json()["error"]["message"]


def test_one_that_is_restricted_makes_no_others(api: Api) -> None:
    token = token_of(api, create(api))
    answer = api.post("keystone", path_of(api), {"application_credential": {"name": "second"}}, token=token)
    assert answer.status_code == 403
    assert "not allowed for managing additional application credentials" in answer.text
    free = create(api, name="free", unrestricted=True)
    token = token_of(api, free)
    answer = api.post("keystone", path_of(api), {"application_credential": {"name": "second"}}, token=token)
    assert answer.status_code == 201


def test_its_token_begets_no_other_token(api: Api) -> None:
    token = token_of(api, create(api))
    auth = {"auth": {"identity": {"methods": ["token"], "token": {"id": token}}}}
    answer = api.post("keystone", "/v3/auth/tokens", auth, user=None)
    assert answer.status_code == 403 and "delegated token" in answer.text


def test_its_end_ends_its_tokens(api: Api) -> None:
    made = create(api, expires_at="2026-01-01T00:10:00")
    assert made["expires_at"] == "2026-01-01T00:10:00.000000"
    token = token_of(api, made)
    assert api.get("keystone", "/v3/auth/projects", token=token).status_code == 200
    api.advance(601)
    assert api.get("keystone", "/v3/auth/projects", token=token).status_code == 401
    assert login(api, id=made["id"], secret=made["secret"]).status_code == 401


def test_without_the_credential_its_token_is_nothing(api: Api) -> None:
    made = create(api)
    token = token_of(api, made)
    assert api.delete("keystone", f"{path_of(api)}/{made['id']}").status_code == 204
    answer = api.get("keystone", "/v3/auth/projects", token=token)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == f"Could not find Application Credential: {made['id']}."
    assert api.get("glance", "/v2/images", token=token).status_code == 401


def test_what_is_asked_of_a_new_one(api: Api) -> None:
    create(api)

    def refused(**fields: Any) -> tuple[int, str]:
        answer = api.post("keystone", path_of(api), {"application_credential": {"name": "other", **fields}})
        return answer.status_code, answer.json()["error"]["message"]

    assert refused(name="robot")[0] == 409
    assert refused(roles=[{"name": "nope"}]) == (404, "Role nope is not defined")
    assert refused(roles=[{"name": "admin"}])[1].endswith("with unassigned role")
    assert refused(expires_at="tomorrow")[1].startswith("Timestamp not in expected format.")
    assert refused(expires_at="2020-01-01T00:00:00Z")[1].startswith(
        "The 'expires_at' must not be before now."
    )
    assert refused(colour="red")[0] == 400
    assert refused(access_rules=[{"path": "/x", "method": "GET"}])[0] == 400
    assert refused(access_rules=[{"path": "x", "method": "GET", "service": "image"}])[0] == 400
    assert refused(access_rules=[{"id": "nope"}])[0] == 404


def test_others_see_and_make_none(api: Api) -> None:
    made = create(api)
    one = f"{path_of(api)}/{made['id']}"
    for user in ("alt_demo", "admin"):
        body = {"application_credential": {"name": "x"}}
        assert api.post("keystone", path_of(api), body, user=user).status_code == 403
    assert api.get("keystone", path_of(api), user="alt_demo").status_code == 403
    assert api.get("keystone", one, user="alt_demo").status_code == 403
    assert api.get("keystone", f"{path_of(api, 'alt_demo')}/{made['id']}", user="alt_demo").status_code == 403
    assert api.delete("keystone", one, user="alt_demo").status_code == 403
    assert api.get("keystone", one, user="admin").status_code == 200


def test_access_rules_hold_it_to_what_they_name(api: Api) -> None:
    rules = [
        {"service": "compute", "method": "GET", "path": "/v2.1/servers"},
        {"service": "compute", "method": "GET", "path": "/v2.1/flavors/*"},
        {"service": "image", "method": "GET", "path": "/v2/**"},
    ]
    made = create(api, access_rules=rules)
    token = token_of(api, made)

    def ask(service: str, path: str, method: str = "GET") -> int:
        status: int = api(method, service, path, token=token).status_code
        return status

    assert [ask("nova", "/v2.1/servers"), ask("nova", "/v2.1/servers/detail")] == [200, 401]
    assert [ask("nova", "/v2.1/flavors/1"), ask("nova", "/v2.1/flavors/1/os-extra_specs")] == [200, 401]
    assert [ask("glance", "/v2/images"), ask("glance", "/v2/schemas/image")] == [200, 200]
    assert [ask("glance", "/v2/images", "POST"), ask("neutron", "/v2.0/networks")] == [401, 401]
    assert ask("keystone", "/v3/auth/projects") == 401
    assert ask("nova", "/v2.1/servers") == 200


def test_who_knows_no_access_rules_is_told_nothing_of_its_token(api: Api) -> None:
    rules = [{"service": "compute", "method": "GET", "path": "/v2.1/servers"}]
    token = token_of(api, create(api, access_rules=rules))
    asked = {"X-Subject-Token": token}
    assert api.get("keystone", "/v3/auth/tokens", headers=asked, user="admin").status_code == 404
    asked["OpenStack-Identity-Access-Rules"] = "1"
    answer = api.get("keystone", "/v3/auth/tokens", headers=asked, user="admin")
    rule = answer.json()["token"]["application_credential"]["access_rules"][0]
    assert {name: rule[name] for name in rules[0]} == rules[0]


def test_a_rule_is_kept_once_and_as_long_as_it_is_used(api: Api) -> None:
    rules = [{"service": "compute", "method": "GET", "path": "/v2.1/servers"}]
    first = create(api, access_rules=rules)
    second = create(api, name="second", access_rules=rules)
    path = f"/v3/users/{api.user_id('demo')}/access_rules"
    [kept] = api.get("keystone", path).json()["access_rules"]
    assert second["access_rules"] == first["access_rules"]
    assert api.get("keystone", path, user="admin").status_code == 403
    used = api.delete("keystone", f"{path}/{kept['id']}")
    assert (used.status_code, used.json()["error"]["message"]) == (403, "May not delete access rule in use")
    for one in (first, second):
        assert api.delete("keystone", f"{path_of(api)}/{one['id']}").status_code == 204
    assert api.delete("keystone", f"{path}/{kept['id']}").status_code == 204
    assert api.get("keystone", path).json()["access_rules"] == []


def test_a_user_keeps_credentials(api: Api) -> None:
    user = api.user_id("demo")
    body = {"credential": {"type": "totp", "blob": "seed", "user_id": user}}
    made = api.post("keystone", "/v3/credentials", body).json()["credential"]
    one = f"/v3/credentials/{made['id']}"
    assert api.get("keystone", one, user="alt_demo").status_code == 403
    assert api.get("keystone", "/v3/credentials/nope").status_code == 403  # as one of somebody else's
    assert api.get("keystone", "/v3/credentials/nope", user="admin").status_code == 404
    assert api.patch("keystone", one, {"credential": {"blob": "new"}}).json()["credential"]["blob"] == "new"
    stolen = {"credential": {"type": "totp", "blob": "seed", "user_id": api.user_id("admin")}}
    assert api.post("keystone", "/v3/credentials", stolen).status_code == 403
    assert api.get("keystone", "/v3/credentials", user="alt_demo").json()["credentials"] == []
    assert api.delete("keystone", one).status_code == 204


def test_ec2_keys_are_a_credential_too(api: Api) -> None:
    path = f"/v3/users/{api.user_id('demo')}/credentials/OS-EC2"
    keys = api.post("keystone", path, {"tenant_id": api.project_id("demo")}).json()["credential"]
    assert api.get("keystone", f"{path}/{keys['access']}").json()["credential"] == keys
    [kept] = api.get("keystone", "/v3/credentials?type=ec2").json()["credentials"]
    assert keys["secret"] in kept["blob"]
    assert api.get("keystone", path, user="alt_demo").status_code == 403
    assert api.post("keystone", path, {"tenant_id": "nope"}).status_code == 404
    assert api.post("keystone", path, {"tenant_id": ["x"]}).status_code == 404
    assert api.delete("keystone", f"{path}/{keys['access']}").status_code == 204
    assert api.get("keystone", "/v3/credentials").json()["credentials"] == []

"""Stories of tokens: how one gets one, what it says, when it ends (Identity API v3; recordings keystone/001 … 043)."""

from typing import Any

import pytest

Api = Any  # tests/api/conftest.py


def by_password(user: dict[str, Any], scope: Any = None) -> dict[str, Any]:
    """The body of POST /v3/auth/tokens."""
    auth: dict[str, Any] = {"identity": {"methods": ["password"], "password": {"user": user}}}
    return {"auth": auth if scope is None else {**auth, "scope": scope}}


def by_token(token: str, scope: Any = None) -> dict[str, Any]:
    auth: dict[str, Any] = {"identity": {"methods": ["token"], "token": {"id": token}}}
    return {"auth": auth if scope is None else {**auth, "scope": scope}}


DEMO = {"name": "demo", "domain": {"id": "default"}, "password": "secret"}
ADMIN = {**DEMO, "name": "admin"}
IN_DEMO = {"project": {"name": "demo", "domain": {"name": "Default"}}}


def ask(api: Api, body: Any, **how: Any) -> Any:
    return api.post("keystone", "/v3/auth/tokens", body, user=None, **how)


def look(api: Api, subject: str, token: str | None = None) -> Any:
    headers = {"X-Subject-Token": subject}
    return api.get("keystone", "/v3/auth/tokens", headers=headers, user=None, token=token or subject)


def test_a_password_buys_a_token_that_says_who_and_where(api: Api) -> None:
    answer = api.login("demo", "demo")
    assert answer.status_code == 201
    assert answer.headers["X-Subject-Token"].startswith("gAAAAAB")
    token = answer.json()["token"]
    assert token["user"]["name"] == "demo"
    assert token["project"]["name"] == "demo"
    assert [role["name"] for role in token["roles"]] == ["member", "reader"]
    assert token["issued_at"] == "2026-01-01T00:00:00.000000Z"
    assert token["expires_at"] == "2026-01-01T01:00:00.000000Z"


def test_the_catalog_follows_the_ports_and_the_project(api: Api) -> None:
    token = ask(api, by_password(DEMO, IN_DEMO)).json()["token"]
    urls = {entry["type"]: entry["endpoints"][0]["url"] for entry in token["catalog"]}
    assert urls["compute"] == api.cloud.url("nova") + "/v2.1"
    assert urls["volumev3"] == f"{api.cloud.url('cinder')}/v3/{token['project']['id']}"
    alone = api.get("keystone", "/v3/auth/catalog").json()
    assert alone["catalog"] == token["catalog"]


def test_no_catalog_on_request(api: Api) -> None:
    answer = api.post("keystone", "/v3/auth/tokens?nocatalog", by_password(DEMO, IN_DEMO), user=None)
    assert answer.status_code == 201 and "catalog" not in answer.json()["token"]


@pytest.mark.parametrize("scope", [None, "unscoped"])
def test_without_a_scope_there_is_no_project_no_role_no_catalog(api: Api, scope: Any) -> None:
    answer = ask(api, by_password(DEMO, scope))
    assert answer.status_code == 201
    assert not {"project", "roles", "catalog"} & set(answer.json()["token"])
    own = answer.headers["X-Subject-Token"]
    assert api.get("keystone", "/v3/auth/catalog", token=own).status_code == 403
    projects = api.get("keystone", "/v3/auth/projects", token=own).json()["projects"]
    assert [project["name"] for project in projects] == ["demo"]


def test_ids_name_user_and_project_as_well(api: Api) -> None:
    token = ask(api, by_password(DEMO, IN_DEMO)).json()["token"]
    user = {"id": token["user"]["id"], "password": "secret"}
    again = ask(api, by_password(user, {"project": {"id": token["project"]["id"]}}))
    assert again.json()["token"]["project"] == token["project"]


def test_a_default_project_is_the_scope_of_who_names_none(api: Api) -> None:
    change = {"user": {"default_project_id": api.project_id("demo")}}
    assert api.patch("keystone", f"/v3/users/{api.user_id()}", change, user="admin").status_code == 200
    assert ask(api, by_password(DEMO)).json()["token"]["project"]["name"] == "demo"
    assert "project" not in ask(api, by_password(DEMO, "unscoped")).json()["token"]


def test_the_whole_system_is_the_administrators(api: Api) -> None:
    everything = {"system": {"all": True}}
    answer = ask(api, by_password(ADMIN, everything))
    assert answer.json()["token"]["system"] == {"all": True}
    assert "project" not in answer.json()["token"]
    compute = next(e for e in answer.json()["token"]["catalog"] if e["type"] == "compute_legacy")
    assert compute["endpoints"] == []  # its URL wants a project
    assert ask(api, by_password(DEMO, everything)).status_code == 401


REFUSED = [
    by_password({**DEMO, "password": "wrong"}, IN_DEMO),
    by_password({**DEMO, "name": "nobody"}, IN_DEMO),
    by_password({**DEMO, "domain": {"id": "other"}}, IN_DEMO),
    by_password(DEMO, {"project": {"name": "nope", "domain": {"id": "default"}}}),
    by_password(DEMO, {"project": {"name": "alt_demo", "domain": {"id": "default"}}}),
    by_password(DEMO, {"project": {"name": "demo", "domain": {"name": "Other"}}}),
    by_password(DEMO, {"domain": {"id": "default"}}),
    by_password(DEMO, {"system": {"all": False}}),
]


def test_whatever_is_wrong_the_refusal_is_the_same(api: Api) -> None:
    for body in REFUSED:
        answer = ask(api, body)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == f'Keystone uri="{api.cloud.url("keystone")}/v3"'
        assert answer.json() == {
            "error": {
                "code": 401,
                "message": "The request you have made requires authentication.",
                "title": "Unauthorized",
            }
        }


WRONG_FORMS = [
    ({}, "Expecting to find auth in request body."),
    ({"auth": None}, "Expecting to find auth in request body."),
    ({"auth": []}, "[] is not of type 'object'"),
    ({"auth": {"identity": {}}}, "Invalid input for field 'identity': 'methods' is a required property"),
    ({"auth": {"identity": {"methods": "password"}}}, "Invalid input for field 'identity/methods':"),
    ({"auth": {"identity": {"methods": ["password"]}}}, "Expecting to find password in identity."),
    ({"auth": {"identity": {"methods": ["password"], "password": {}}}}, "Expecting to find"),
    (by_password({"name": "demo", "password": "secret"}), "Expecting to find domain in user."),
    (
        by_password({"password": "secret"}),
        "Invalid input for field identity/password/user: id or name must be present.",
    ),
    (
        by_password({**DEMO, "domain": {}}),
        "Invalid input for field identity/password/user/domain: id or name must be present.",
    ),
    (by_password({"id": "x"}), "Expecting to find password in user."),
    (by_password(DEMO, {"project": {"name": "demo"}}), "Expecting to find domain in project."),
    (
        by_password(DEMO, {"project": {}}),
        "Invalid input for field scope/project: id or name must be present.",
    ),
    (
        by_password(DEMO, {"project": {"id": "a"}, "domain": {"id": "b"}}),
        "Expecting to find project, domain,",
    ),
    (by_password(DEMO, {"project": "demo"}), "Invalid input for field 'scope/project':"),
    (by_password(DEMO, 7), "Invalid input for field 'scope':"),
]


def test_a_body_of_the_wrong_form_is_told_what_is_missing(api: Api) -> None:
    for body, sentence in WRONG_FORMS:
        answer = ask(api, body)
        assert answer.status_code == 400, body
        assert answer.json()["error"]["message"].startswith(sentence)


NO_OBJECTS = ["{", "null", "[]", '"x"', "7", '{"auth": "\\ud800"}', "NaN"]


def test_a_body_that_is_no_object_is_400(api: Api) -> None:
    for raw in NO_OBJECTS:
        answer = ask(api, None, data=raw, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400, answer.text
        assert answer.json()["error"]["title"] == "Bad Request"


def test_a_form_is_no_json(api: Api) -> None:
    answer = ask(api, None, data="auth=x", headers={"Content-Type": "application/x-www-form-urlencoded"})
    message = answer.json()["error"]["message"]
    assert message.startswith("Expecting to find application/json in Content-Type header.")


def test_a_token_buys_a_token_that_ends_with_it(api: Api) -> None:
    first = ask(api, by_password(DEMO))
    api.advance(1200)
    second = ask(api, by_token(first.headers["X-Subject-Token"], IN_DEMO))
    assert second.status_code == 201
    old, new = first.json()["token"], second.json()["token"]
    assert new["methods"] == ["password", "token"]
    assert new["expires_at"] == old["expires_at"] and new["issued_at"] > old["issued_at"]
    assert new["audit_ids"][1] == old["audit_ids"][0] != new["audit_ids"][0]


def test_a_token_cut_short_is_not_recognized(api: Api) -> None:
    token = api.token()
    for wrong in (
        token[:-5],
        "gAAAAA",
        "x" * 32,
        "ü",
        token[:60] + ("A" if token[60] != "A" else "B") + token[61:],
    ):
        asked = ask(api, by_token(wrong))
        assert (asked.status_code, asked.json()["error"]["message"]) == (
            404,
            "Could not recognize Fernet token",
        )
    assert look(api, "nonsense", token).status_code == 404
    assert look(api, token, "nonsense").status_code == 401


def test_a_token_ends_after_an_hour(api: Api) -> None:
    token = api.token()
    api.advance(3599)
    assert look(api, token).status_code == 200
    api.advance(1)
    assert look(api, token).status_code == 401
    gone = look(api, token, api.login("admin", "admin").headers["X-Subject-Token"])
    assert (gone.status_code, gone.json()["error"]["message"]) == (404, "Failed to validate token")


def test_a_revoked_token_is_over_at_keystone_at_once_and_elsewhere_within_five_minutes(api: Api) -> None:
    token, other = api.token(), api.login("demo", "demo").headers["X-Subject-Token"]
    assert api.get("nova", "/v2.1/flavors", token=token).status_code == 200
    revoked = api.delete("keystone", "/v3/auth/tokens", headers={"X-Subject-Token": token}, token=token)
    assert (revoked.status_code, revoked.content) == (204, b"")
    assert look(api, token, other).status_code == 404
    assert api.get("glance", "/v2/images", token=token).status_code == 401  # has not seen it before
    assert api.get("nova", "/v2.1/images", token=token).status_code == 401  # glance does not
    assert api.get("nova", "/v2.1/flavors", token=token).status_code == 200
    api.advance(300)
    assert api.get("nova", "/v2.1/flavors", token=token).status_code == 401
    assert look(api, other).status_code == 200  # the other one lives on


def test_others_tokens_are_for_administrators_and_services_to_see(api: Api) -> None:
    mine, admins = api.token("demo"), api.token("admin")
    assert look(api, mine, admins).json()["token"]["user"]["name"] == "demo"
    assert look(api, mine, api.token("nova")).status_code == 200
    refused = look(api, admins, mine)
    assert refused.status_code == 403
    assert refused.json()["error"]["message"].endswith("identity:validate_token.")
    nothing_asked = api.get("keystone", "/v3/auth/tokens", token=mine)
    assert nothing_asked.status_code == 403
    refused = api.delete("keystone", "/v3/auth/tokens", headers={"X-Subject-Token": admins}, token=mine)
    assert refused.status_code == 403 and look(api, admins).status_code == 200


def test_head_is_get_without_a_body(api: Api) -> None:
    token = api.token()
    answer = api.head("keystone", "/v3/auth/tokens", headers={"X-Subject-Token": token}, token=token)
    assert answer.status_code == 200 and answer.content == b""
    assert answer.headers["X-Subject-Token"] == token


def test_versions(api: Api) -> None:
    root = api.get("keystone", "/", user=None)
    assert root.status_code == 300
    assert [version["id"] for version in root.json()["versions"]["values"]] == ["v3.14", "v2.0"]
    for path in ("/v3", "/v3/"):
        assert api.get("keystone", path, user=None).json()["version"]["id"] == "v3.14"


def test_unknown_paths_are_a_page_and_wrong_methods_are_named(api: Api) -> None:
    page = api.get("keystone", "/v3/nonsense")
    assert page.status_code == 404 and page.headers["Content-Type"].startswith("text/html")
    assert "X-Cloudlab-Absent" not in page.headers
    wrong = api.put("keystone", "/v3/auth/tokens")
    assert wrong.status_code == 405 and "POST" in wrong.headers["Allow"]


def test_what_is_not_here_says_so(api: Api) -> None:
    answer = api.post("keystone", "/v3/policies", {"policy": {"blob": "x"}}, user="admin")
    assert (answer.status_code, answer.headers["X-Cloudlab-Absent"]) == (404, "POST /v3/policies")
    answer = api.get("keystone", "/v3/OS-TRUST/trusts")
    assert (answer.status_code, answer.headers["X-Cloudlab-Absent"]) == (404, "GET /v3/OS-TRUST/trusts")

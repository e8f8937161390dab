"""Stories of domains: what is in one, who may do what there, and its end (Identity API v3; seen on 2025.2)."""

from typing import Any

Api = Any  # tests/api/conftest.py


def make(api: Api, kind: str, **fields: Any) -> str:
    answer = api.post("keystone", f"/v3/{kind}s", {kind: fields}, user="admin")
    assert answer.status_code == 201, answer.text
    made: str = answer.json()[kind]["id"]
    return made


def role(api: Api, name: str) -> str:
    found: str = api.get("keystone", f"/v3/roles?name={name}", user="admin").json()["roles"][0]["id"]
    return found


def admin(api: Api, method: str, path: str, body: Any = None) -> int:
    status: int = api(method, "keystone", path, json=body, user="admin").status_code
    return status


def school(api: Api) -> tuple[str, str, str]:
    """A domain with a second 'demo' in it, who is a member of its project 'demo': ids of domain, user, project."""
    domain = make(api, "domain", name="school")
    user = make(api, "user", name="demo", password="pw", domain_id=domain)
    project = make(api, "project", name="demo", domain_id=domain)
    assert admin(api, "PUT", f"/v3/projects/{project}/users/{user}/roles/{role(api, 'member')}") == 204
    return domain, user, project


def login(api: Api, domain: str, scope: dict[str, Any]) -> Any:
    who = {"name": "demo", "domain": {"id": domain}, "password": "pw"}
    identity = {"methods": ["password"], "password": {"user": who}}
    return api.post(
        "keystone", "/v3/auth/tokens", {"auth": {"identity": identity, "scope": scope}}, user=None
    )


def domain_token(api: Api, domain: str, user: str, role_name: str) -> str:
    assert admin(api, "PUT", f"/v3/domains/{domain}/users/{user}/roles/{role(api, role_name)}") == 204
    answer = login(api, domain, {"domain": {"name": "school"}})
    assert answer.status_code == 201, answer.text
    token: str = answer.headers["X-Subject-Token"]
    return token


def test_one_name_twice_in_two_domains(api: Api) -> None:
    domain, user, project = school(api)
    body = login(api, domain, {"project": {"name": "demo", "domain": {"name": "school"}}}).json()["token"]
    assert (body["user"]["id"], body["project"]["id"]) == (user, project)
    assert body["user"]["domain"] == body["project"]["domain"] == {"id": domain, "name": "school"}
    assert (
        login(api, "default", {"project": {"name": "demo", "domain": {"id": "default"}}}).status_code == 401
    )
    both = api.get("keystone", "/v3/users?name=demo", user="admin").json()["users"]
    assert {one["domain_id"] for one in both} == {"default", domain}
    [one] = api.get("keystone", f"/v3/projects?domain_id={domain}", user="admin").json()["projects"]
    assert (one["id"], one["parent_id"], one["is_domain"]) == (project, domain, False)


def test_a_token_may_be_for_a_domain(api: Api) -> None:
    domain, user, _ = school(api)
    token = domain_token(api, domain, user, "member")
    asked = {"X-Subject-Token": token}
    body = api.get("keystone", "/v3/auth/tokens", headers=asked, user="admin").json()["token"]
    assert body["domain"] == {"id": domain, "name": "school"}
    assert "project" not in body and [one["name"] for one in body["roles"]] == ["member", "reader"]
    assert api.get("keystone", "/v3/auth/catalog", token=token).status_code == 403
    [mine] = api.get("keystone", "/v3/auth/domains", token=token).json()["domains"]
    assert mine["id"] == domain


def test_a_domains_reader_sees_what_is_in_it(api: Api) -> None:
    domain, user, project = school(api)
    token = domain_token(api, domain, user, "reader")

    def ids(what: str) -> set[str]:
        return {one["id"] for one in api.get("keystone", f"/v3/{what}", token=token).json()[what]}

    assert (ids("users"), ids("projects"), ids("domains"), ids("groups")) == (
        {user},
        {project},
        {domain},
        set(),
    )
    found = api.get("keystone", "/v3/role_assignments", token=token).json()["role_assignments"]
    assert {next(iter(one["scope"])) for one in found} == {"project", "domain"} and len(found) == 2
    refused = [("GET", "/v3/roles"), ("GET", "/v3/services"), ("GET", f"/v3/users/{api.user_id('demo')}")]
    refused += [("DELETE", f"/v3/users/{user}"), ("GET", "/v3/domains/default")]
    assert {api(method, "keystone", path, token=token).status_code for method, path in refused} == {403}


def test_a_domains_manager_manages_it_and_nothing_else(api: Api) -> None:
    domain, user, project = school(api)
    token = domain_token(api, domain, user, "manager")

    def post(kind: str, **fields: Any) -> int:
        status: int = api.post("keystone", f"/v3/{kind}s", {kind: fields}, token=token).status_code
        return status

    for kind in ("user", "project", "group"):
        assert [post(kind, name="new", domain_id=domain), post(kind, name="new", domain_id="default")] == [
            201,
            403,
        ]
    grants = f"/v3/projects/{project}/users/{user}/roles"
    outside = f"/v3/projects/{api.project_id('demo')}/users/{user}/roles"
    for path, name, status in ((grants, "reader", 204), (grants, "admin", 403), (outside, "reader", 403)):
        assert api.put("keystone", f"{path}/{role(api, name)}", token=token).status_code == status
    assert (
        api.put("keystone", f"/v3/system/users/{user}/roles/{role(api, 'reader')}", token=token).status_code
        == 403
    )
    assert api.patch("keystone", f"/v3/users/{user}", {"user": {"name": "x"}}, token=token).status_code == 200
    other = f"/v3/users/{api.user_id('alt_demo')}"
    assert api.patch("keystone", other, {"user": {"name": "x"}}, token=token).status_code == 403
    assert (
        api.patch("keystone", f"/v3/domains/{domain}", {"domain": {"name": "x"}}, token=token).status_code
        == 403
    )


def test_a_disabled_domain_shuts_out_all_of_its_own(api: Api) -> None:
    domain, user, project = school(api)
    scope = {"project": {"id": project}}
    mine = login(api, domain, scope).headers["X-Subject-Token"]
    whole = domain_token(api, domain, user, "member")
    assert admin(api, "DELETE", f"/v3/domains/{domain}") == 403
    assert admin(api, "PATCH", f"/v3/domains/{domain}", {"domain": {"enabled": False}}) == 200
    for token in (mine, whole):
        answer = api.get("keystone", "/v3/auth/projects", token=token)
        assert answer.status_code == 404 and f"domain {domain} is disabled" in answer.text
        assert api.get("glance", "/v2/images", token=token).status_code == 401
    assert login(api, domain, scope).status_code == 401
    assert admin(api, "PATCH", f"/v3/domains/{domain}", {"domain": {"enabled": True}}) == 200
    assert login(api, domain, scope).status_code == 201


def test_a_deleted_domain_takes_all_that_was_in_it(api: Api) -> None:
    domain, user, project = school(api)
    group = make(api, "group", name="class", domain_id=domain)
    assert admin(api, "PATCH", f"/v3/domains/{domain}", {"domain": {"enabled": False}}) == 200
    assert admin(api, "DELETE", f"/v3/domains/{domain}") == 204
    gone = (f"/v3/domains/{domain}", f"/v3/users/{user}", f"/v3/projects/{project}", f"/v3/groups/{group}")
    assert [admin(api, "GET", path) for path in gone] == [404] * 4
    found = api.get("keystone", "/v3/role_assignments", user="admin").json()["role_assignments"]
    assert not [one for one in found if one.get("user", {}).get("id") == user]
    assert admin(api, "DELETE", "/v3/domains/default") == 403
    assert api.login("demo", "demo").status_code == 201


def test_what_is_asked_of_a_new_domain(api: Api) -> None:
    id_ = "0123456789abcdef0123456789abcdef"
    assert make(api, "domain", name="given", explicit_domain_id=id_) == id_
    for fields, status in (
        ({}, 400),
        ({"name": "given"}, 409),
        ({"name": "Default"}, 409),
        ({"name": "x", "explicit_domain_id": id_}, 409),
        ({"name": "x", "explicit_domain_id": "zz"}, 400),
        ({"name": "x", "explicit_domain_id": "É" * 32}, 400),
        ({"name": "x", "enabled": "yes"}, 400),
    ):
        assert admin(api, "POST", "/v3/domains", {"domain": fields}) == status, fields
    assert api.post("keystone", "/v3/domains", {"domain": {"name": "mine"}}).status_code == 403
    assert api.get("keystone", f"/v3/domains/{id_}").status_code == 403
    assert admin(api, "PATCH", f"/v3/domains/{id_}", {"domain": {"name": "Default"}}) == 409


def test_a_domain_is_a_project_without_a_parent(api: Api) -> None:
    domain, _, _ = school(api)
    [first, second] = api.get("keystone", "/v3/projects?is_domain=true", user="admin").json()["projects"]
    assert {first["id"], second["id"]} == {"default", domain}
    shown = api.get("keystone", f"/v3/projects/{domain}", user="admin").json()["project"]
    assert (shown["is_domain"], shown["parent_id"], shown["domain_id"]) == (True, None, None)


def test_a_domains_own_roles_leave_nothing_behind(api: Api) -> None:
    domain, _, _ = school(api)
    own = make(api, "role", name="pupil", domain_id=domain)
    place = f"/v3/projects/{api.project_id('demo')}/users/{api.user_id('demo')}/roles/{own}"
    assert admin(api, "PUT", place) == 204
    assert admin(api, "PATCH", f"/v3/domains/{domain}", {"domain": {"enabled": False}}) == 200
    assert admin(api, "DELETE", f"/v3/domains/{domain}") == 204
    path = "/v3/role_assignments?include_names=true"
    found = api.get("keystone", path, user="admin").json()["role_assignments"]
    assert found and all(one["role"]["name"] for one in found)


def test_a_disabled_domain_shuts_the_old_door_too(api: Api) -> None:
    def old_way() -> int:
        auth = {"passwordCredentials": {"username": "demo", "password": "secret"}}
        status: int = api.post("keystone", "/v2.0/tokens", {"auth": auth}, user=None).status_code
        return status

    assert old_way() == 200
    assert admin(api, "PATCH", "/v3/domains/default", {"domain": {"enabled": False}}) == 200
    assert old_way() == 401

"""Stories of groups, implied roles, tags and pages (Identity API v3; seen on 2025.2)."""

from typing import Any

from tests.api.test_keystone_domains import admin, make, role

Api = Any  # tests/api/conftest.py


def classroom(api: Api) -> tuple[str, str, str]:
    """nell in the group class, which has the role member in the project lab: ids of user, group, project."""
    user = make(api, "user", name="nell", password="pw")
    group, project = make(api, "group", name="class"), make(api, "project", name="lab")
    assert admin(api, "PUT", f"/v3/groups/{group}/users/{user}") == 204
    assert admin(api, "PUT", f"/v3/projects/{project}/groups/{group}/roles/{role(api, 'member')}") == 204
    return user, group, project


def token(api: Api) -> str:
    answer = api.login("nell", "lab", "pw")
    assert answer.status_code == 201, answer.text
    found: str = answer.headers["X-Subject-Token"]
    return found


def test_a_group_gives_its_members_its_roles(api: Api) -> None:
    user, group, project = classroom(api)
    body = api.login("nell", "lab", "pw").json()["token"]
    assert [one["name"] for one in body["roles"]] == ["member", "reader"]
    use = token(api)
    assert api.get("nova", "/v2.1/servers", token=use).status_code == 200
    assert [p["id"] for p in api.get("keystone", "/v3/auth/projects", token=use).json()["projects"]] == [
        project
    ]
    [mine] = api.get("keystone", f"/v3/users/{user}/groups", token=use).json()["groups"]
    assert (mine["id"], mine["membership_expires_at"]) == (group, None)


def test_leaving_a_group_ends_roles_and_tokens(api: Api) -> None:
    user, group, _ = classroom(api)
    use = token(api)
    assert admin(api, "DELETE", f"/v3/groups/{group}/users/{user}") == 204
    assert api.get("keystone", "/v3/auth/projects", token=use).status_code == 401
    assert api.login("nell", "lab", "pw").status_code == 401
    assert admin(api, "DELETE", f"/v3/groups/{group}/users/{user}") == 404


def test_leaving_a_group_ends_tokens_that_another_role_would_still_carry(api: Api) -> None:
    user, group, project = classroom(api)
    assert admin(api, "PUT", f"/v3/projects/{project}/users/{user}/roles/{role(api, 'reader')}") == 204
    use = token(api)
    assert admin(api, "DELETE", f"/v3/groups/{group}/users/{user}") == 204
    assert api.get("keystone", "/v3/auth/projects", token=use).status_code == 401
    assert [one["name"] for one in api.login("nell", "lab", "pw").json()["token"]["roles"]] == ["reader"]


def test_a_deleted_group_leaves_nothing(api: Api) -> None:
    _, group, project = classroom(api)
    use = token(api)
    assert admin(api, "DELETE", f"/v3/groups/{group}") == 204
    assert api.get("keystone", "/v3/auth/projects", token=use).status_code == 401
    path = f"/v3/role_assignments?scope.project.id={project}"
    assert api.get("keystone", path, user="admin").json()["role_assignments"] == []
    assert admin(api, "GET", f"/v3/groups/{group}") == 404


def test_assignments_name_the_group_and_what_it_gives(api: Api) -> None:
    user, group, project = classroom(api)
    path = f"/v3/role_assignments?include_names&scope.project.id={project}"
    [plain] = api.get("keystone", path, user="admin").json()["role_assignments"]
    assert plain["group"] == {"id": group, "name": "class", "domain": {"id": "default", "name": "Default"}}
    found = api.get("keystone", f"{path}&effective", user="admin").json()["role_assignments"]
    assert [(one["user"]["id"], one["role"]["name"]) for one in found] == [(user, "member"), (user, "reader")]
    assert found[0]["links"]["membership"].endswith(f"/v3/groups/{group}/users/{user}")
    both = api.get("keystone", f"/v3/role_assignments?effective&group.id={group}", user="admin")
    assert both.status_code == 400


def test_a_member_may_not_touch_groups(api: Api) -> None:
    _, group, _ = classroom(api)
    one, mine = f"/v3/groups/{group}", f"/v3/groups/{group}/users/{api.user_id('demo')}"
    asked = [("GET", "/v3/groups"), ("GET", one), ("DELETE", one), ("PUT", mine), ("GET", f"{one}/users")]
    asked += [("GET", "/v3/groups/nope"), ("PUT", f"/v3/projects/x/groups/{group}/roles/y")]
    assert {api(method, "keystone", path).status_code for method, path in asked} == {403}


def test_a_group_changes_and_its_name_is_its_own(api: Api) -> None:
    group = make(api, "group", name="class", colour="red")
    make(api, "group", name="staff")
    answer = api.patch("keystone", f"/v3/groups/{group}", {"group": {"description": "of 12"}}, user="admin")
    assert {**answer.json()["group"], "links": 0} == {
        "id": group, "name": "class", "domain_id": "default", "description": "of 12", "colour": "red", "links": 0,
    }  # fmt: skip
    for fields, status in (
        ({"name": "staff"}, 409),
        ({}, 400),
        ({"id": "x"}, 400),
        ({"domain_id": "x"}, 400),
    ):
        assert admin(api, "PATCH", f"/v3/groups/{group}", {"group": fields}) == status
    assert admin(api, "POST", "/v3/groups", {"group": {"name": "class"}}) == 409


def test_a_group_may_have_the_whole_system(api: Api) -> None:
    user, group, _ = classroom(api)
    path = f"/v3/system/groups/{group}/roles/{role(api, 'reader')}"
    assert [admin(api, method, path) for method in ("GET", "PUT", "HEAD", "DELETE", "DELETE")] == [
        404, 204, 204, 204, 404,
    ]  # fmt: skip
    assert admin(api, "PUT", path) == 204
    identity = {"methods": ["password"], "password": {"user": {"id": user, "password": "pw"}}}
    auth = {"auth": {"identity": identity, "scope": {"system": {"all": True}}}}
    use = api.post("keystone", "/v3/auth/tokens", auth, user=None).headers["X-Subject-Token"]
    assert api.get("keystone", "/v3/users", token=use).status_code == 200
    assert api.post("keystone", "/v3/users", {"user": {"name": "x"}}, token=use).status_code == 403


def test_a_role_may_carry_another(api: Api) -> None:
    user, _, project = classroom(api)
    teacher, helper = make(api, "role", name="teacher"), make(api, "role", name="helper")
    rule = f"/v3/roles/{teacher}/implies/{helper}"
    assert [admin(api, method, rule) for method in ("GET", "PUT", "PUT", "HEAD")] == [404, 201, 409, 204]
    assert admin(api, "PUT", f"/v3/projects/{project}/users/{user}/roles/{teacher}") == 204
    have = {one["name"] for one in api.login("nell", "lab", "pw").json()["token"]["roles"]}
    assert have == {"teacher", "helper", "member", "reader"}
    rules = api.get("keystone", "/v3/role_inferences", user="admin").json()["role_inferences"]
    names = {one["prior_role"]["name"]: [r["name"] for r in one["implies"]] for one in rules}
    assert names == {"admin": ["manager"], "manager": ["member"], "member": ["reader"], "teacher": ["helper"]}
    assert admin(api, "PUT", f"/v3/roles/{teacher}/implies/{role(api, 'admin')}") == 403
    assert api.get("keystone", "/v3/role_inferences").status_code == 403
    assert [admin(api, "DELETE", rule), admin(api, "DELETE", rule)] == [204, 404]
    assert "helper" not in {one["name"] for one in api.login("nell", "lab", "pw").json()["token"]["roles"]}


def test_roles_may_carry_each_other_in_a_circle(api: Api) -> None:
    user, _, project = classroom(api)
    one, other = make(api, "role", name="one"), make(api, "role", name="other")
    for path in (f"{one}/implies/{other}", f"{other}/implies/{one}", f"{one}/implies/{one}"):
        assert admin(api, "PUT", f"/v3/roles/{path}") == 201
    assert admin(api, "PUT", f"/v3/projects/{project}/users/{user}/roles/{one}") == 204
    assert {"one", "other"} <= {r["name"] for r in api.login("nell", "lab", "pw").json()["token"]["roles"]}
    path = f"/v3/role_assignments?effective&user.id={user}"
    assert len(api.get("keystone", path, user="admin").json()["role_assignments"]) == 6
    assert admin(api, "DELETE", f"/v3/roles/{one}") == 204
    assert admin(api, "GET", f"/v3/roles/{other}/implies") == 200


def test_a_role_of_a_domain_is_in_no_token(api: Api) -> None:
    user, _, project = classroom(api)
    own = make(api, "role", name="own", domain_id="default")
    assert admin(api, "PUT", f"/v3/projects/{project}/users/{user}/roles/{own}") == 204
    assert "own" not in {one["name"] for one in api.login("nell", "lab", "pw").json()["token"]["roles"]}
    listed = api.get("keystone", "/v3/roles?domain_id=default", user="admin").json()["roles"]
    assert [one["name"] for one in listed] == ["own"]
    assert "own" not in {r["name"] for r in api.get("keystone", "/v3/roles", user="admin").json()["roles"]}


def test_projects_have_tags(api: Api) -> None:
    project = make(api, "project", name="lab", tags=["b", "a"])
    tags = f"/v3/projects/{project}/tags"
    assert api.get("keystone", tags, user="admin").json()["tags"] == ["a", "b"]
    assert [admin(api, method, f"{tags}/a") for method in ("GET", "PUT", "DELETE", "GET")] == [
        204,
        400,
        204,
        404,
    ]
    assert api.put("keystone", tags, {"tags": ["red", "blue"]}, user="admin").json()["tags"] == [
        "blue",
        "red",
    ]
    for bad in (
        {"tags": ["x", "x"]},
        {"tags": "x"},
        {},
        {"tags": ["a/b"]},
        {"tags": [str(n) for n in range(81)]},
    ):
        assert admin(api, "PUT", tags, bad) == 400, bad

    def found(query: str) -> bool:
        rows = api.get("keystone", f"/v3/projects?{query}", user="admin").json()["projects"]
        return "lab" in {row["name"] for row in rows}

    assert found("tags=red") and found("tags=red,blue") and not found("tags=red,green")
    assert found("tags-any=red,green") and not found("not-tags=red") and found("not-tags=red,green")
    assert not found("not-tags-any=red,green")
    mine = f"/v3/projects/{api.project_id('demo')}/tags"
    assert [api.get("keystone", mine).status_code, api.put("keystone", f"{mine}/x").status_code] == [200, 403]
    assert api.get("keystone", tags).status_code == 403
    assert admin(api, "DELETE", tags) == 204


def test_a_project_stays_where_and_what_it_is(api: Api) -> None:
    project = make(api, "project", name="lab")
    path = f"/v3/projects/{project}"

    def patched(body: Any) -> tuple[int, str]:
        answer = api.patch("keystone", path, body, user="admin")
        return answer.status_code, answer.json().get("error", {}).get("message", "")

    assert patched({}) == patched({"project": {}}) == (200, "")
    assert patched({"project": {"parent_id": project}}) == (403, "Update of `parent_id` is not allowed.")
    assert patched({"project": {"is_domain": True}}) == (400, "Update of `is_domain` is not allowed.")
    assert patched({"project": {"domain_id": "other"}}) == (400, "Cannot change Domain ID")
    said = patched({"project": {"enabled": None}})[1]
    assert said.startswith(
        "Invalid input for field/attribute enabled. Value: None. None is not one of [True, 'True'"
    )
    assert patched({"project": {"enabled": "no"}})[0] == 400  # 2025.2 hangs up


def test_lists_come_in_pages(api: Api) -> None:
    everybody = [one["id"] for one in api.get("keystone", "/v3/users", user="admin").json()["users"]]
    seen: list[str] = []
    path = "/v3/users?limit=4"
    while path:
        page = api.get("keystone", path, user="admin").json()
        assert len(page["users"]) <= 4 and page.get("truncated", False) == bool(page["links"]["next"])
        seen += [one["id"] for one in page["users"]]
        path = (page["links"]["next"] or "").removeprefix(api.cloud.url("keystone"))
    assert seen == everybody
    assert admin(api, "GET", "/v3/users?marker=nope") == 404
    assert admin(api, "GET", f"/v3/users?limit={'9' * 40}") == 400
    assert admin(api, "GET", "/v3/users?limit=x") == 400


def test_what_there_is_none_of_is_an_empty_list(api: Api) -> None:
    federation = "/v3/OS-FEDERATION"
    for path, key in (
        (f"{federation}/identity_providers", "identity_providers"),
        (f"{federation}/mappings", "mappings"),
        (f"{federation}/service_providers", "service_providers"),
        ("/v3/policies", "policies"),
        ("/v3/OS-OAUTH1/consumers", "consumers"),
        ("/v3/OS-EP-FILTER/endpoint_groups", "endpoint_groups"),
    ):
        assert api.get("keystone", path, user="admin").json()[key] == []
        refused = api.get("keystone", path)
        assert refused.status_code == 403 and f"identity:list_{key}" in refused.text
    for path, key in (("/v3/limits", "limits"), ("/v3/registered_limits", "registered_limits")):
        assert api.get("keystone", path).json()[key] == []
    assert api.get("keystone", "/v3/limits/model").json()["model"]["name"] == "flat"
    missing = api.get("keystone", f"{federation}/identity_providers/nope", user="admin")
    assert missing.json()["error"]["message"] == "Could not find Identity Provider: nope."

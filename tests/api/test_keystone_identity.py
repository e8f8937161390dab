"""Stories of users, projects, roles and the catalog (Identity API v3; recordings keystone/044 … 093)."""

from typing import Any

Api = Any  # tests/api/conftest.py


def make(api: Api, path: str, key: str, **fields: Any) -> dict[str, Any]:
    answer = api.post("keystone", path, {key: fields}, user="admin")
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()[key]
    return made


def newcomer(api: Api) -> tuple[str, str, str]:
    """A user with the role member in a new project: (user's id, project's id, role's id)."""
    project = make(api, "/v3/projects", "project", name="class")
    user = make(api, "/v3/users", "user", name="nell", password="first", email="nell@example.org")
    role = api.get("keystone", "/v3/roles?name=member", user="admin").json()["roles"][0]["id"]
    path = f"/v3/projects/{project['id']}/users/{user['id']}/roles/{role}"
    assert api.put("keystone", path, user="admin").status_code == 204
    return user["id"], project["id"], role


def test_a_newcomer_gets_a_project_a_role_and_in(api: Api) -> None:
    user, project, role = newcomer(api)
    grants = f"/v3/projects/{project}/users/{user}/roles"
    assert api.head("keystone", f"{grants}/{role}", user="admin").status_code == 204
    assert [r["name"] for r in api.get("keystone", grants, user="admin").json()["roles"]] == ["member"]
    answer = api.login("nell", "class", "first")
    assert [r["name"] for r in answer.json()["token"]["roles"]] == ["member", "reader"]
    assert answer.json()["token"]["project"]["id"] == project


def test_taking_the_role_back_ends_the_way_in_and_the_token(api: Api) -> None:
    user, project, role = newcomer(api)
    token = api.login("nell", "class", "first").headers["X-Subject-Token"]
    assert api.get("glance", "/v2/images", token=token).status_code == 200
    path = f"/v3/projects/{project}/users/{user}/roles/{role}"
    assert api.delete("keystone", path, user="admin").status_code == 204
    assert api.login("nell", "class", "first").status_code == 401
    api.advance(300)  # as long as glance remembers what keystone said of the token
    assert api.get("glance", "/v2/images", token=token).status_code == 401
    assert api.head("keystone", path, user="admin").status_code == 404
    again = api.delete("keystone", path, user="admin")
    assert again.status_code == 404 and "Could not find role assignment" in again.json()["error"]["message"]


def test_a_new_password_ends_the_old_tokens(api: Api) -> None:
    user, _, _ = newcomer(api)
    token = api.login("nell", "class", "first").headers["X-Subject-Token"]
    path = f"/v3/users/{user}/password"
    wrong = {"user": {"original_password": "nope", "password": "second"}}
    assert api.post("keystone", path, wrong, user=None).status_code == 401
    more = {"user": {**wrong["user"], "hint": "x"}}
    for body, said in ((more, "Additional properties are not allowed ('hint' was unexpected)\n\nFailed validating"),
                       ({}, "'original_password' is a required property\n\nFailed validating")):  # fmt: skip
        refused = api.post("keystone", path, body, user=None)
        assert refused.status_code == 400 and refused.json()["error"]["message"].startswith(said)
    right = {"user": {"original_password": "first", "password": "second"}}
    assert api.post("keystone", path, right, user=None).status_code == 204
    assert api.get("keystone", "/v3/auth/catalog", token=token).status_code == 401
    assert api.login("nell", "class", "first").status_code == 401
    assert api.login("nell", "class", "second").status_code == 201


def test_a_disabled_user_is_out_until_enabled_and_old_tokens_stay_dead(api: Api) -> None:
    user, _, _ = newcomer(api)
    token = api.login("nell", "class", "first").headers["X-Subject-Token"]
    for enabled, status in ((False, 401), (True, 201)):
        change = {"user": {"enabled": enabled}}
        assert (
            api.patch("keystone", f"/v3/users/{user}", change, user="admin").json()["user"]["enabled"]
            is enabled
        )
        assert api.login("nell", "class", "first").status_code == status
        assert api.get("keystone", "/v3/auth/catalog", token=token).status_code == 401


def test_a_disabled_project_lets_nobody_in(api: Api) -> None:
    _, project, _ = newcomer(api)
    token = api.login("nell", "class", "first").headers["X-Subject-Token"]
    change = {"project": {"enabled": False}}
    assert api.patch("keystone", f"/v3/projects/{project}", change, user="admin").status_code == 200
    assert api.login("nell", "class", "first").status_code == 401
    api.advance(300)  # as long as glance remembers what keystone said of the token
    assert api.get("glance", "/v2/images", token=token).status_code == 401


def test_deleting_user_and_project(api: Api) -> None:
    user, project, role = newcomer(api)
    assignments = f"/v3/role_assignments?scope.project.id={project}"
    assert len(api.get("keystone", assignments, user="admin").json()["role_assignments"]) == 1
    for path in (f"/v3/users/{user}", f"/v3/projects/{project}"):
        assert api.delete("keystone", path, user="admin").status_code == 204
        gone = api.get("keystone", path, user="admin")
        assert gone.status_code == 404
        assert gone.json()["error"]["message"].startswith("Could not find ")
        assert api.get("keystone", assignments, user="admin").json()["role_assignments"] == []
    assert api.login("nell", "class", "first").status_code == 401
    left = api.get("keystone", f"/v3/role_assignments?user.id={user}", user="admin").json()[
        "role_assignments"
    ]
    assert left == []
    path = f"/v3/projects/{project}/users/{user}/roles/{role}"
    assert api.put("keystone", path, user="admin").status_code == 404


def test_names_are_one_to_a_domain(api: Api) -> None:
    for path, key, name in (
        ("projects", "project", "demo"),
        ("users", "user", "demo"),
        ("roles", "role", "member"),
    ):
        answer = api.post("keystone", f"/v3/{path}", {key: {"name": name}}, user="admin")
        assert answer.status_code == 409
        assert answer.json()["error"]["message"].startswith(f"Conflict occurred attempting to store {key} - ")


def test_updates_change_what_they_name_and_keep_what_is_the_clients_own(api: Api) -> None:
    user, project, _ = newcomer(api)
    change = {"user": {"name": "nelly", "email": "n@example.org", "phone": "1"}}
    body = api.patch("keystone", f"/v3/users/{user}", change, user="admin").json()["user"]
    assert (body["name"], body["email"], body["phone"], body["enabled"]) == (
        "nelly",
        "n@example.org",
        "1",
        True,
    )
    assert "password" not in body
    body = api.patch("keystone", f"/v3/projects/{project}", {"project": {"tags": ["a"]}}, user="admin").json()
    assert body["project"]["tags"] == ["a"] and body["project"]["name"] == "class"
    wrong = api.patch("keystone", f"/v3/users/{user}", {"user": {"id": "other"}}, user="admin")
    assert (wrong.status_code, wrong.json()["error"]["message"]) == (400, "Cannot change ID")


BAD_BODIES = [
    ("/v3/projects", {"project": {"description": "x"}}),
    ("/v3/projects", {"project": {"name": ""}}),
    ("/v3/projects", {"project": {"name": 7}}),
    ("/v3/projects", {"project": {"name": "x" * 65}}),
    ("/v3/projects", {"project": {"name": "x", "enabled": "yes"}}),
    ("/v3/projects", {"project": {"name": "x", "domain_id": "nowhere"}}),
    ("/v3/projects", {"project": "x"}),
    ("/v3/projects", {}),
    ("/v3/users", {"user": {"password": "x"}}),
    ("/v3/users", {"user": {"name": "x", "password": 7}}),
    ("/v3/users", {"user": {"name": ["x"]}}),
    ("/v3/roles", {"role": {"name": None}}),
    ("/v3/services", {"service": {"name": "x"}}),
    ("/v3/endpoints", {"endpoint": {"interface": "inside", "service_id": "a", "url": "http://x"}}),
    ("/v3/endpoints", {"endpoint": {"interface": "public", "service_id": "a", "url": "http://x"}}),
    ("/v3/regions", {"region": {"id": 7}}),
]


def test_bad_bodies_are_400(api: Api) -> None:
    for path, body in BAD_BODIES:
        answer = api.post("keystone", path, body, user="admin")
        assert answer.status_code == 400, answer.text
        assert answer.json()["error"]["title"] == "Bad Request"


LISTS = ["projects", "users", "roles", "role_assignments", "domains", "services", "endpoints", "groups"]


def test_lists_are_the_administrators(api: Api) -> None:
    for path in LISTS:
        refused = api.get("keystone", f"/v3/{path}", user="demo")
        rule = f"identity:list_{path}"
        assert refused.status_code == 403
        message = refused.json()["error"]["message"]
        assert message == f"You are not authorized to perform the requested action: {rule}."
        shown = api.get("keystone", f"/v3/{path}", user="admin").json()
        assert shown["links"]["self"] == f"{api.cloud.url('keystone')}/v3/{path}" and isinstance(
            shown[path], list
        )
        assert api.get("keystone", f"/v3/{path}", user=None).status_code == 401


def test_a_reader_of_the_system_sees_and_changes_nothing(api: Api) -> None:
    reader = api.get("keystone", "/v3/roles?name=reader", user="admin").json()["roles"][0]["id"]
    path = f"/v3/system/users/{api.user_id('demo')}/roles"
    assert api.put("keystone", f"{path}/{reader}", user="admin").status_code == 204
    assert [r["name"] for r in api.get("keystone", path, user="admin").json()["roles"]] == ["reader"]
    who = {"name": "demo", "domain": {"id": "default"}, "password": "secret"}
    auth = {
        "identity": {"methods": ["password"], "password": {"user": who}},
        "scope": {"system": {"all": True}},
    }
    token = api.post("keystone", "/v3/auth/tokens", {"auth": auth}, user=None).headers["X-Subject-Token"]
    assert api.get("keystone", "/v3/users", token=token).status_code == 200
    assert api.post("keystone", "/v3/projects", {"project": {"name": "x"}}, token=token).status_code == 403
    assert api.get("keystone", "/v3/auth/system", token=token).json()["system"] == [{"all": True}]
    assert api.delete("keystone", f"{path}/{reader}", user="admin").status_code == 204
    assert api.get("keystone", "/v3/users", token=token).status_code == 401


def test_one_sees_oneself_and_ones_project_and_nobody_else(api: Api) -> None:
    me, project = api.user_id("demo"), api.project_id("demo")
    assert api.get("keystone", f"/v3/users/{me}").json()["user"]["name"] == "demo"
    assert [p["id"] for p in api.get("keystone", f"/v3/users/{me}/projects").json()["projects"]] == [project]
    assert api.get("keystone", f"/v3/users/{me}/groups").json()["groups"] == []
    assert api.get("keystone", f"/v3/projects/{project}").status_code == 200
    assert api.get("keystone", "/v3/domains/default").json()["domain"]["name"] == "Default"
    for path in (
        f"/v3/users/{api.user_id('admin')}",
        f"/v3/users/{api.user_id('admin')}/projects",
        f"/v3/projects/{api.project_id('admin')}",
        "/v3/projects/nonsense",
    ):
        assert api.get("keystone", path).status_code == 403


FILTERS = [
    ("users?name=demo", ["demo"]),
    ("users?name__icontains=DEMO", ["alt_demo", "demo", "demo_reader"]),
    ("users?name__startswith=demo&enabled=true", ["demo", "demo_reader"]),
    ("users?enabled=false", []),
    ("projects?name=demo&nonsense=1", ["demo"]),
    ("projects?domain_id=nowhere", []),
    ("roles?name=admin", ["admin"]),
    ("services?type=compute", ["nova"]),
]


def test_filters(api: Api) -> None:
    for path, names in FILTERS:
        items = api.get("keystone", f"/v3/{path}", user="admin").json()[path.partition("?")[0]]
        assert sorted(item["name"] for item in items) == names


def test_role_assignments_are_filtered_named_and_followed(api: Api) -> None:
    demo, project = api.user_id("demo"), api.project_id("demo")
    path = f"/v3/role_assignments?user.id={demo}&scope.project.id={project}&include_names"
    plain = api.get("keystone", path, user="admin").json()["role_assignments"]
    assert sorted(item["role"]["name"] for item in plain) == ["member", "reader"]
    assert {item["user"]["name"] for item in plain} == {"demo"}
    effective = api.get("keystone", path + "&effective", user="admin").json()["role_assignments"]
    implied = [item for item in effective if "prior_role" in item["links"]]
    assert [item["role"]["name"] for item in implied] == ["reader"] and len(effective) == 3
    system = api.get("keystone", "/v3/role_assignments?scope.system=all", user="admin").json()[
        "role_assignments"
    ]
    assert [item["scope"] for item in system] == [{"system": {"all": True}}]
    both = "/v3/role_assignments?scope.system=all&scope.project.id=x"
    assert api.get("keystone", both, user="admin").status_code == 400


def test_the_first_roles_are_immutable(api: Api) -> None:
    role = api.get("keystone", "/v3/roles?name=reader", user="admin").json()["roles"][0]
    path = f"/v3/roles/{role['id']}"
    for answer in (
        api.delete("keystone", path, user="admin"),
        api.patch("keystone", path, {"role": {"name": "x"}}, user="admin"),
    ):
        assert answer.status_code == 403 and "immutable" in answer.json()["error"]["message"]
    made = make(api, "/v3/roles", "role", name="guest", description="looks around")
    assert made["options"] == {} and made["domain_id"] is None
    renamed = api.patch("keystone", f"/v3/roles/{made['id']}", {"role": {"name": "visitor"}}, user="admin")
    assert renamed.json()["role"]["name"] == "visitor"
    assert api.delete("keystone", f"/v3/roles/{made['id']}", user="admin").status_code == 204
    assert api.get("keystone", f"/v3/roles/{made['id']}", user="admin").status_code == 404


def test_a_new_service_appears_in_the_catalog(api: Api) -> None:
    service = make(api, "/v3/services", "service", type="dns", name="designate", description="names")
    assert service["description"] == "names" and service["enabled"] is True
    endpoint = make(
        api,
        "/v3/endpoints",
        "endpoint",
        service_id=service["id"],
        interface="public",
        url="http://127.0.0.1:9001/$(project_id)s",
        region_id="RegionOne",
    )

    def urls() -> list[str]:
        catalog = api.get("keystone", "/v3/auth/catalog").json()["catalog"]
        return [e["url"] for entry in catalog if entry["type"] == "dns" for e in entry["endpoints"]]

    assert urls() == [f"http://127.0.0.1:9001/{api.project_id('demo')}"]
    path = f"/v3/endpoints/{endpoint['id']}"
    moved = api.patch("keystone", path, {"endpoint": {"url": "http://127.0.0.1:9002"}}, user="admin")
    assert moved.json()["endpoint"]["url"] == "http://127.0.0.1:9002" and urls() == ["http://127.0.0.1:9002"]
    assert api.patch("keystone", path, {"endpoint": {"enabled": False}}, user="admin").status_code == 200
    assert urls() == []
    assert api.delete("keystone", f"/v3/services/{service['id']}", user="admin").status_code == 204
    assert api.get("keystone", path, user="admin").status_code == 404


def test_regions(api: Api) -> None:
    made = make(api, "/v3/regions", "region", id="RegionTwo", parent_region_id="RegionOne")
    assert made["description"] == ""
    names = [region["id"] for region in api.get("keystone", "/v3/regions").json()["regions"]]
    assert names == ["RegionOne", "RegionTwo"]
    again = api.post("keystone", "/v3/regions", {"region": {"id": "RegionTwo"}}, user="admin")
    assert again.status_code == 409
    kept = api.delete("keystone", "/v3/regions/RegionOne", user="admin")
    assert kept.status_code == 403 and "associated endpoints" in kept.json()["error"]["message"]
    assert api.delete("keystone", "/v3/regions/RegionTwo", user="admin").status_code == 204

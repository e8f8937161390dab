"""The identity API under the unmodified `openstack` command and openstacksdk."""

from typing import Any

import keystoneauth1.exceptions
import openstack.exceptions as sdk_errors
import pytest

Command = Any  # tests/clients/conftest.py

NO_LOGIN = {"os_username": None, "os_password": None, "os_user_domain_id": None}
NO_PROJECT = {"os_project_name": None, "os_project_domain_id": None}


def names(rows: list[dict[str, Any]]) -> set[str]:
    return {row["Name"] for row in rows}


# Tokens and the catalog


def test_a_token_is_issued_and_revoked(openstack: Command) -> None:
    issued = openstack("token", "issue")
    by_token = {**NO_LOGIN, "os_auth_type": "v3token", "os_token": issued["id"]}
    assert openstack("token", "issue", **by_token)["user_id"] == issued["user_id"]
    assert openstack("token", "revoke", issued["id"]).err == ""
    refused = openstack("token", "issue", ok=False, **by_token)
    assert refused.code == 1 and ("401" in refused.err or "404" in refused.err)


def test_an_unscoped_token_has_no_project(openstack: Command) -> None:
    issued = openstack("token", "issue", **NO_PROJECT)
    assert "project_id" not in issued and issued["user_id"]
    assert names(openstack("project", "list", "--my-projects", **NO_PROJECT)) == {"demo"}


def test_a_wrong_password_is_refused(openstack: Command) -> None:
    refused = openstack("token", "issue", os_password="wrong", ok=False)
    assert "The request you have made requires authentication. (HTTP 401)" in refused.err


def test_an_unknown_project_and_one_without_a_role_are_refused_alike(openstack: Command) -> None:
    for project in ("nowhere", "admin"):
        assert "(HTTP 401)" in openstack("token", "issue", project=project, ok=False).err


def test_the_catalog_is_listed_and_shown(openstack: Command) -> None:
    assert names(openstack("catalog", "list")) >= {
        "keystone",
        "nova",
        "glance",
        "neutron",
        "cinderv3",
        "placement",
    }
    assert openstack("catalog", "show", "compute")["name"] == "nova"
    assert openstack("catalog", "show", "image", user="demo_reader")["type"] == "image"
    assert openstack("catalog", "show", "baker") == {}


def test_the_whole_system_is_a_scope(openstack: Command) -> None:
    system = {**NO_PROJECT, "os_system_scope": "all"}
    assert "project_id" not in openstack("token", "issue", user="admin", **system)
    assert "demo" in names(openstack("user", "list", user="admin", **system))
    assert "(HTTP 401)" in openstack("token", "issue", user="demo", ok=False, **system).err
    openstack("role", "add", "--user", "demo", "--system", "all", "reader", user="admin")
    assert "admin" in names(openstack("user", "list", user="demo", **system))
    assert "403" in openstack("user", "create", "x", user="demo", ok=False, **system).err


# Projects


def test_a_project_is_made_changed_and_deleted(openstack: Command) -> None:
    made = openstack("project", "create", "--description", "of 12", "--tag", "red", "class", user="admin")
    assert (made["name"], made["description"], made["enabled"], made["tags"]) == (
        "class",
        "of 12",
        True,
        ["red"],
    )
    assert "class" in names(openstack("project", "list", user="admin"))
    assert openstack("project", "show", "class", user="admin")["id"] == made["id"]
    changed = ("--name", "klasse", "--disable", "--tag", "blue", "--property", "room=7")
    openstack("project", "set", *changed, "class", user="admin")
    shown = openstack("project", "show", made["id"], user="admin")
    assert (shown["name"], shown["enabled"], shown["tags"]) == ("klasse", False, ["blue", "red"])
    assert names(openstack("project", "list", "--tags", "blue", user="admin")) == {"klasse"}
    openstack("project", "delete", "klasse", user="admin")
    gone = openstack("project", "show", "klasse", user="admin", ok=False)
    assert gone.err == "No Project found for klasse\n"


def test_a_second_project_of_that_name_is_refused_or_the_first_one_shown(openstack: Command) -> None:
    first = openstack("project", "create", "class", user="admin")
    assert "409" in openstack("project", "create", "class", user="admin", ok=False).err
    assert openstack("project", "create", "--or-show", "class", user="admin")["id"] == first["id"]


# Users


def test_a_user_is_made_changed_and_deleted(openstack: Command) -> None:
    made = openstack(
        "user",
        "create",
        "--password",
        "pw",
        "--email",
        "n@example.org",
        "--project",
        "demo",
        "nell",
        user="admin",
    )
    assert (made["name"], made["email"], made["enabled"]) == ("nell", "n@example.org", True)
    assert "nell" in names(openstack("user", "list", user="admin"))
    openstack("user", "set", "--name", "nelly", "--description", "new", "--disable", "nell", user="admin")
    shown = openstack("user", "show", "nelly", user="admin")
    assert (shown["id"], shown["enabled"], shown["description"]) == (made["id"], False, "new")
    openstack("user", "delete", "nelly", user="admin")
    assert openstack("user", "show", "nelly", user="admin", ok=False).err == "No User found for nelly\n"


def test_a_disabled_user_and_one_with_a_new_password_come_in_no_more(openstack: Command) -> None:
    openstack("user", "create", "--password", "pw", "nell", user="admin")
    openstack("role", "add", "--user", "nell", "--project", "demo", "member", user="admin")
    nell = {"user": "nell", "project": "demo", "os_password": "pw"}
    issued = openstack("token", "issue", **nell)
    by_token = {**NO_LOGIN, "os_auth_type": "v3token", "os_token": issued["id"], "project": "demo"}
    assert "m1.tiny" in names(openstack("flavor", "list", **by_token))
    openstack("user", "set", "--disable", "nell", user="admin")
    assert "(HTTP 401)" in openstack("token", "issue", ok=False, **nell).err
    assert openstack("token", "issue", ok=False, **by_token).code == 1
    openstack("user", "set", "--enable", "--password", "other", "nell", user="admin")
    assert "(HTTP 401)" in openstack("token", "issue", ok=False, **nell).err
    openstack("token", "issue", **{**nell, "os_password": "other"})


def test_a_user_changes_the_password(openstack: Command) -> None:
    change = ("user", "password", "set", "--original-password")
    openstack(*change, "secret", "--password", "better")
    assert "(HTTP 401)" in openstack("token", "issue", ok=False).err
    openstack("token", "issue", os_password="better")
    assert openstack(*change, "wrong", "--password", "x", os_password="better", ok=False).code == 1


def test_users_of_a_project_and_of_a_group_are_listed(openstack: Command) -> None:
    assert names(openstack("user", "list", "--project", "demo", user="admin")) == {
        "admin",
        "demo",
        "demo_reader",
    }
    openstack("group", "create", "class", user="admin")
    openstack("group", "add", "user", "class", "demo", "alt_demo", user="admin")
    assert names(openstack("user", "list", "--group", "class", user="admin")) == {"demo", "alt_demo"}


# Roles


def test_a_role_is_made_given_taken_and_deleted(openstack: Command) -> None:
    openstack("role", "create", "--description", "may help", "helper", user="admin")
    assert openstack("role", "show", "helper", user="admin")["description"] == "may help"
    openstack("role", "set", "--name", "aid", "helper", user="admin")
    assert "aid" in names(openstack("role", "list", user="admin"))
    openstack("role", "add", "--user", "alt_demo", "--project", "demo", "aid", user="admin")
    given = openstack(
        "role", "assignment", "list", "--names", "--user", "alt_demo", "--project", "demo", user="admin"
    )
    assert [(row["Role"], row["User"], row["Project"]) for row in given] == [
        ("aid", "alt_demo@Default", "demo@Default")
    ]
    assert openstack("token", "issue", user="alt_demo", project="demo")["project_id"]
    openstack("role", "remove", "--user", "alt_demo", "--project", "demo", "aid", user="admin")
    assert "(HTTP 401)" in openstack("token", "issue", user="alt_demo", project="demo", ok=False).err
    openstack("role", "delete", "aid", user="admin")
    assert "403" in openstack("role", "delete", "member", user="admin", ok=False).err  # it is immutable


def test_assignments_are_listed_with_names_and_what_they_carry(openstack: Command) -> None:
    rows = openstack("role", "assignment", "list", "--names", user="admin")
    assert ("member", "demo@Default", "demo@Default") in {(r["Role"], r["User"], r["Project"]) for r in rows}
    assert ("admin", "admin@Default", "all") in {(r["Role"], r["User"], r["System"]) for r in rows}
    effective = openstack(
        "role", "assignment", "list", "--names", "--effective", "--user", "admin", user="admin"
    )
    assert {"admin", "manager", "member", "reader"} <= {row["Role"] for row in effective}


def test_a_role_carries_another(openstack: Command) -> None:
    for name in ("teacher", "helper"):
        openstack("role", "create", name, user="admin")
    openstack("implied", "role", "create", "--implied-role", "helper", "teacher", user="admin")
    rules = openstack("implied", "role", "list", user="admin")
    assert ("teacher", "helper") in {(row["Prior Role Name"], row["Implied Role Name"]) for row in rules}
    openstack("implied", "role", "delete", "--implied-role", "helper", "teacher", user="admin")


# Groups and domains


def test_a_group_is_made_filled_given_a_role_and_deleted(openstack: Command) -> None:
    openstack("group", "create", "--description", "of 12", "class", user="admin")
    openstack("group", "set", "--name", "klasse", "class", user="admin")
    assert openstack("group", "show", "klasse", user="admin")["description"] == "of 12"
    openstack("group", "add", "user", "klasse", "alt_demo", user="admin")
    assert (
        "alt_demo in group klasse"
        in openstack("group", "contains", "user", "klasse", "alt_demo", user="admin").text
    )
    openstack("role", "add", "--group", "klasse", "--project", "demo", "member", user="admin")
    openstack("token", "issue", user="alt_demo", project="demo")
    assert names(openstack("group", "list", "--user", "alt_demo", user="admin")) == {"klasse"}
    openstack("group", "remove", "user", "klasse", "alt_demo", user="admin")
    assert "(HTTP 401)" in openstack("token", "issue", user="alt_demo", project="demo", ok=False).err
    openstack("group", "delete", "klasse", user="admin")
    assert openstack("group", "list", user="admin") == []


def test_a_domain_is_made_disabled_and_deleted(openstack: Command) -> None:
    openstack("domain", "create", "--description", "all", "school", user="admin")
    assert names(openstack("domain", "list", user="admin")) == {"Default", "school"}
    assert "403" in openstack("domain", "delete", "school", user="admin", ok=False).err
    openstack("domain", "set", "--disable", "school", user="admin")
    assert openstack("domain", "show", "school", user="admin")["enabled"] is False
    openstack("domain", "delete", "school", user="admin")
    assert openstack("domain", "show", "school", user="admin", ok=False).err == "No Domain found for school\n"


def test_one_name_in_two_domains_wants_its_domain_named(openstack: Command) -> None:
    openstack("domain", "create", "school", user="admin")
    openstack("project", "create", "--domain", "school", "demo", user="admin")
    other = openstack("user", "create", "--domain", "school", "--password", "pw", "demo", user="admin")
    ambiguous = openstack("user", "show", "demo", user="admin", ok=False)
    assert ambiguous.err == "More than one User exists with the name 'demo'.\n"
    assert openstack("project", "show", "demo", user="admin", ok=False).code == 1
    assert openstack("user", "show", "--domain", "school", "demo", user="admin")["id"] == other["id"]
    give = (
        "--user",
        "demo",
        "--user-domain",
        "school",
        "--project",
        "demo",
        "--project-domain",
        "school",
        "member",
    )
    openstack("role", "add", *give, user="admin")
    in_school = {"os_user_domain_id": None, "os_user_domain_name": "school", "os_password": "pw",
                 "os_project_domain_id": None, "os_project_domain_name": "school"}  # fmt: skip
    assert openstack("token", "issue", **in_school)["user_id"] == other["id"]
    openstack("role", "add", "--user", other["id"], "--domain", "school", "manager", user="admin")
    of_domain = {
        **in_school,
        "os_project_name": None,
        "os_project_domain_name": None,
        "os_domain_name": "school",
    }
    assert names(openstack("user", "list", **of_domain)) == {"demo"}
    openstack("user", "create", "--domain", "school", "nell", **of_domain)
    outside = openstack("user", "create", "--domain", "default", "nell", ok=False, **of_domain)
    assert outside.err == "No Domain found for default\n"  # another domain may not even be looked at


# Services, endpoints, regions


def test_a_service_and_its_endpoint_are_made_and_deleted(openstack: Command) -> None:
    assert "nova" in names(openstack("service", "list", user="admin"))
    openstack("service", "create", "--name", "baker", "--description", "bread", "bakery", user="admin")
    openstack("region", "create", "RegionTwo", user="admin")
    made = openstack(
        "endpoint", "create", "--region", "RegionTwo", "bakery", "public", "http://127.0.0.1:1/", user="admin"
    )
    assert (made["service_name"], made["region"]) == ("baker", "RegionTwo")
    assert [row["ID"] for row in openstack("endpoint", "list", "--service", "bakery", user="admin")] == [
        made["id"]
    ]
    assert "baker" in names(openstack("catalog", "list"))
    openstack("endpoint", "set", "--url", "http://127.0.0.1:2/", made["id"], user="admin")
    assert openstack("endpoint", "show", made["id"], user="admin")["url"] == "http://127.0.0.1:2/"
    openstack("endpoint", "delete", made["id"], user="admin")
    openstack("service", "delete", "bakery", user="admin")
    openstack("region", "delete", "RegionTwo", user="admin")
    assert [row["Region"] for row in openstack("region", "list", user="demo")] == ["RegionOne"]


# Application credentials and what users keep


def test_one_logs_in_by_an_application_credential(openstack: Command) -> None:
    made = openstack("application", "credential", "create", "--role", "reader", "--secret", "s3", "robot")
    assert made["Secret"] == "s3"
    shown = openstack("application", "credential", "show", "robot")
    assert "Secret" not in shown and [role["name"] for role in shown["Roles"]] == ["reader"]
    assert names(openstack("application", "credential", "list")) == {"robot"}
    robot = {**NO_LOGIN, **NO_PROJECT, "os_auth_type": "v3applicationcredential",
             "os_application_credential_id": made["ID"], "os_application_credential_secret": "s3"}  # fmt: skip
    assert "cirros" in names(openstack("image", "list", **robot))
    assert "403" in openstack("network", "create", "x", ok=False, **robot).err
    refused = openstack("application", "credential", "create", "second", ok=False, **robot)
    assert "is not allowed for managing additional application credentials" in refused.err
    assert (
        "(HTTP 401)"
        in openstack("image", "list", ok=False, **{**robot, "os_application_credential_secret": "x"}).err
    )
    openstack("application", "credential", "delete", "robot")
    assert openstack("application", "credential", "list") == []
    assert openstack("image", "list", ok=False, **robot).code == 1


def test_access_rules_go_with_their_credential(openstack: Command) -> None:
    rules = '[{"path": "/v2.1/servers", "method": "GET", "service": "compute"}]'
    openstack("application", "credential", "create", "--access-rules", rules, "robot")
    [rule] = openstack("access", "rule", "list")
    assert (rule["Service"], rule["Method"], rule["Path"]) == ("compute", "GET", "/v2.1/servers")
    assert "403" in openstack("access", "rule", "delete", rule["ID"], ok=False).err
    openstack("application", "credential", "delete", "robot")
    openstack("access", "rule", "delete", rule["ID"])


def test_ec2_keys_and_credentials_are_kept(openstack: Command) -> None:
    keys = openstack("ec2", "credentials", "create")
    assert [row["Access"] for row in openstack("ec2", "credentials", "list")] == [keys["access"]]
    openstack("ec2", "credentials", "delete", keys["access"])
    made = openstack("credential", "create", "--type", "cert", "demo", "/dev/null", user="admin")
    assert [row["ID"] for row in openstack("credential", "list", user="admin")] == [made["id"]]
    openstack("credential", "delete", made["id"], user="admin")


# A member's refusals

FORBIDDEN = [
    ("user", "list"), ("user", "create", "x"), ("project", "create", "x"), ("role", "list"), ("role", "create", "x"),
    ("group", "list"), ("group", "create", "x"), ("domain", "list"), ("domain", "create", "x"), ("service", "list"),
    ("service", "create", "--name", "n", "x"), ("endpoint", "list"), ("region", "create", "x"),
    ("role", "assignment", "list"),
    ("identity", "provider", "list"), ("mapping", "list"), ("policy", "list"), ("implied", "role", "list"),
]  # fmt: skip


def test_a_member_is_refused_what_is_the_administrators(openstack: Command) -> None:
    for words in FORBIDDEN:
        refused = openstack(*words, ok=False)
        assert "403" in refused.err and "You are not authorized" in refused.err, (words, refused.err)


# The same by openstacksdk


def test_the_sdk_walks_users_projects_and_roles(sdk: Any) -> None:
    admin = sdk("admin").identity
    project = admin.create_project(name="class", description="of 12", is_enabled=True)
    user = admin.create_user(name="nell", password="pw", default_project_id=project.id)
    role = admin.find_role("member")
    admin.assign_project_role_to_user(project, user, role)
    assert admin.validate_user_has_project_role(project, user, role)
    nell = sdk("nell", "class", password="pw")
    assert nell.current_project_id == project.id and list(nell.compute.servers()) == []
    assert [one.name for one in nell.identity.user_projects(user)] == ["class"]
    assert admin.update_user(user, description="new").description == "new"
    assert admin.update_project(project, name="klasse").name == "klasse"
    admin.unassign_project_role_from_user(project, user, role)
    assert not admin.validate_user_has_project_role(project, user, role)
    admin.delete_user(user)
    admin.delete_project(project)
    assert admin.find_user("nell") is None
    with pytest.raises(sdk_errors.NotFoundException):
        admin.get_project(project.id)


def test_the_sdk_walks_groups_domains_and_system(sdk: Any) -> None:
    admin = sdk("admin").identity
    domain = admin.create_domain(name="school")
    group = admin.create_group(name="class", domain_id=domain.id)
    user = admin.create_user(name="nell", password="pw", domain_id=domain.id)
    admin.add_user_to_group(user, group)
    assert admin.check_user_in_group(user, group) and [one.id for one in admin.group_users(group)] == [
        user.id
    ]
    reader = admin.find_role("reader")
    admin.assign_domain_role_to_group(domain, group, reader)
    assert admin.validate_group_has_domain_role(domain, group, reader)
    admin.assign_system_role_to_user(user, reader, "all")
    assert admin.validate_user_has_system_role(user, reader, "all")
    found = list(admin.role_assignments(scope_domain_id=domain.id))
    assert [(one.group["id"], one.role["id"]) for one in found] == [(group.id, reader.id)]
    admin.remove_user_from_group(user, group)
    admin.update_domain(domain, is_enabled=False)
    admin.delete_domain(domain)
    assert admin.find_group("class") is None


def test_the_sdk_logs_in_by_an_application_credential(sdk: Any, auth_url: str) -> None:
    demo = sdk("demo")
    made = demo.identity.create_application_credential(demo.current_user_id, name="robot", secret="s3")
    robot = sdk(
        auth={
            "auth_url": auth_url,
            "application_credential_id": made.id,
            "application_credential_secret": "s3",
        },
        auth_type="v3applicationcredential",
    )
    assert robot.current_project_id == demo.current_project_id
    assert [image.name for image in robot.image.images()] == ["cirros"]
    demo.identity.delete_application_credential(demo.current_user_id, made)
    assert list(demo.identity.application_credentials(demo.current_user_id)) == []


def test_the_sdk_pages_through_lists(sdk: Any) -> None:
    admin = sdk("admin").identity
    assert {u.name for u in admin.users(limit=2)} == {u.name for u in admin.users()}
    assert {p.name for p in admin.projects(limit=1)} == {"admin", "demo", "alt_demo", "service"}


def test_the_sdk_says_what_a_member_may_not(sdk: Any) -> None:
    demo = sdk("demo").identity
    for refused in (demo.users, demo.roles, demo.groups, demo.domains, demo.services, demo.role_assignments):
        with pytest.raises(sdk_errors.ForbiddenException):
            list(refused())
    with pytest.raises(sdk_errors.ForbiddenException):
        demo.create_project(name="x")
    wrong = sdk("demo", password="wrong")
    with pytest.raises(keystoneauth1.exceptions.Unauthorized):
        list(wrong.compute.servers())

"""Keystone's first contents (recording INITIAL.json, with the talk's ids and its two extra roles)."""

from cloudlab.sim.bootstrap import ADMIN_PROJECT_ID, ADMIN_USER_ID, PASSWORD, PROJECTS, REGION
from cloudlab.sim.keystone.model import (
    DEFAULT,
    CatalogService,
    Domain,
    Endpoint,
    Grant,
    Project,
    Region,
    Role,
    RoleImplication,
    SigningKey,
    User,
    hash_password,
)
from cloudlab.sim.scope import Scope

SERVICE_USERS = ("glance", "placement", "nova", "cinder", "neutron")
USERS = ("admin", "demo", "demo_reader", "alt_demo", *SERVICE_USERS)
ROLES = ("reader", "member", "manager", "admin", "service", "heat_stack_owner", "_member_")
IMPLIED = (("admin", "manager"), ("manager", "member"), ("member", "reader"))
GRANTS = (
    ("admin", "admin", "admin"),
    ("admin", "heat_stack_owner", "admin"),
    ("admin", "_member_", "admin"),
    ("admin", "admin", "demo"),
    ("admin", "admin", "system"),
    ("alt_demo", "member", "alt_demo"),
    ("demo", "member", "demo"),
    ("demo", "reader", "demo"),
    ("demo_reader", "reader", "demo"),
    *((user, role, "service") for user in SERVICE_USERS for role in ("admin", "service")),
)
SERVICES = (
    ("keystone", "identity", "keystone", "/", ("admin", "internal", "public")),
    ("glance", "image", "glance", "", ("public",)),
    ("placement", "placement", "placement", "", ("public",)),
    ("neutron", "network", "neutron", "", ("public",)),
    ("cinderv3", "volumev3", "cinder", "/v3/$(project_id)s", ("public",)),
    ("cinder", "block-storage", "cinder", "/v3/$(project_id)s", ("public",)),
    ("nova", "compute", "nova", "/v2.1", ("public",)),
    ("nova_legacy", "compute_legacy", "nova", "/v2/$(project_id)s", ("public",)),
)


def fill(scope: Scope) -> None:
    scope.session.add(SigningKey(id=1, key=scope.cloud.ids.random_bytes(32)))
    scope.session.add(Region(id=REGION))
    scope.session.add(Domain(id=DEFAULT, name="Default", description="The default domain"))
    projects = {name: _project(scope, name) for name in PROJECTS}
    users = {name: _user(scope, name) for name in USERS}
    roles = {name: _role(scope, name) for name in ROLES}
    scope.session.flush()
    for prior, implied in IMPLIED:
        scope.session.add(RoleImplication(prior_id=roles[prior], implied_id=roles[implied]))
    for user, role, where in GRANTS:
        scope.session.add(Grant(actor_id=users[user], role_id=roles[role], target=projects.get(where, where)))
    for order, row in enumerate(SERVICES):
        _service(scope, order, *row)


def _project(scope: Scope, name: str) -> str:
    derived = scope.cloud.ids.hex(scope.session, "project", None, name)
    project = Project(id=ADMIN_PROJECT_ID if name == "admin" else derived, name=name)
    project.description = "Bootstrap project for initializing the cloud." if name == "admin" else ""
    scope.session.add(project)
    return project.id


def _user(scope: Scope, name: str) -> str:
    derived = scope.cloud.ids.hex(scope.session, "user", None, name)
    user = User(id=ADMIN_USER_ID if name == "admin" else derived, name=name)
    user.password_hash = hash_password(PASSWORD, user.id)
    scope.session.add(user)
    return user.id


def _role(scope: Scope, name: str) -> str:
    options = {} if name in ("heat_stack_owner", "_member_") else {"immutable": True}
    role = Role(id=scope.cloud.ids.hex(scope.session, "role", None, name), name=name, options=options)
    scope.session.add(role)
    return role.id


def _service(
    scope: Scope, order: int, name: str, type_: str, room: str, path: str, interfaces: tuple[str, ...]
) -> None:
    ids = scope.cloud.ids
    service = CatalogService(
        id=ids.hex(scope.session, "service", None, name), type=type_, name=name, order=order
    )
    scope.session.add(service)
    scope.session.flush()
    for interface in interfaces:
        scope.session.add(
            Endpoint(
                id=ids.hex(scope.session, "endpoint", name, interface),
                service_id=service.id,
                interface=interface,
                room=room,
                url=path,
                region_id=REGION,
            )
        )

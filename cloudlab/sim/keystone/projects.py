"""/v3/projects and /v3/domains (API reference: Identity v3, Projects, Domains)."""

from typing import Any

from sqlalchemy import delete, select, update

from cloudlab.sim.errors import BadRequest, Conflict, NotFound
from cloudlab.sim.keystone import model, schemas, views
from cloudlab.sim.keystone.bodies import chosen, is_true, read_body, the_rest
from cloudlab.sim.keystone.policy import admin_only, admin_or_reader, authenticate
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

COLUMNS = (
    "id",
    "name",
    "domain_id",
    "description",
    "enabled",
    "tags",
    "options",
    "parent_id",
    "is_domain",
    "links",
)
CHANGEABLE = ("name", "description", "enabled", "tags", "options")


class Projects:
    """List and create."""

    def get(self, call: Call) -> dict[str, Any]:
        admin_or_reader(call, "identity:list_projects")
        rows = call.scope.session.scalars(select(model.Project).order_by(model.Project.id))
        names = ("domain_id", "enabled", "name", "parent_id", "is_domain")
        return views.collection(
            call, "projects", chosen(call, (views.project(call, row) for row in rows), *names)
        )

    head = get

    def post(self, call: Call) -> Reply:
        admin_only(call, "identity:create_project")
        asked = read_body(call, schemas.PROJECT_CREATE, "project")
        _no_tree(asked)
        project_id = call.cloud.ids.hex(call.scope.session, "project", None, asked["name"])
        _no_twin(call.scope, asked["name"], project_id)
        row = model.Project(
            id=project_id,
            name=asked["name"],
            description=asked.get("description") or "",
            enabled=asked.get("enabled", True),
            tags=asked.get("tags", []),
            options=asked.get("options", {}),
            extra=the_rest(asked, *COLUMNS),
        )
        call.scope.session.add(row)
        call.scope.session.flush()
        return Reply(201, {"project": views.project(call, row)})


def _no_tree(asked: dict[str, Any]) -> None:
    """Every project stands right under Default here; a domain or parent that isn't there is a real cloud's 400."""
    for key, kind in (("domain_id", "domain"), ("parent_id", "project")):
        wanted = asked.get(key)
        if wanted not in (None, model.DOMAIN["id"]):
            raise BadRequest(f"Could not find {kind}: {wanted}.")


def _no_twin(scope: Scope, name: str, project_id: str) -> None:
    twin = select(model.Project.id).filter_by(name=name, domain_id="default")
    if scope.session.scalars(twin.where(model.Project.id != project_id)).first():
        raise Conflict(
            "Conflict occurred attempting to store project - it is not permitted to have two projects with either"
            f" the same name or same id in the same domain: name is {name}, project id {project_id}."
        )


class Project:
    """One project: for an administrator, and to look at for who is in it."""

    def get(self, call: Call, project_id: str) -> dict[str, Any]:
        authenticate(call)
        mine = (
            call.who.project_id == project_id or call.who.is_admin or (call.who.system and call.who.is_reader)
        )
        call.who.require(mine, "identity:get_project")
        row = model.find(call.scope, model.Project, project_id)
        body = views.project(call, row)
        if is_true(call, "parents_as_ids"):
            body["parents"] = None
        if is_true(call, "subtree_as_ids"):
            body["subtree"] = None
        return {"project": body}

    head = get

    def patch(self, call: Call, project_id: str) -> dict[str, Any]:
        admin_only(call, "identity:update_project")
        asked = read_body(call, schemas.PROJECT_UPDATE, "project")
        row = model.find(call.scope, model.Project, project_id)
        require_matching_id(asked, project_id)
        if asked.get("domain_id", row.domain_id) != row.domain_id:
            raise BadRequest("Cannot change Domain ID")
        if asked.get("name", row.name) != row.name:
            _no_twin(call.scope, asked["name"], project_id)
        for name in CHANGEABLE:
            if name in asked:
                setattr(row, name, asked[name] if asked[name] is not None else "")
        row.extra = {**row.extra, **the_rest(asked, *COLUMNS)}
        body = views.project(call, row)
        links, options = body.pop("links"), body.pop("options")
        return {"project": {**body, "extra": row.extra, "options": options, "links": links}}

    def delete(self, call: Call, project_id: str) -> Reply:
        admin_only(call, "identity:delete_project")
        row = model.find(call.scope, model.Project, project_id)
        session = call.scope.session
        session.execute(delete(model.Grant).filter_by(target=project_id))
        ours = model.User.default_project_id == project_id
        session.execute(update(model.User).where(ours).values(default_project_id=None))
        session.delete(row)
        return Reply(204)


def require_matching_id(asked: dict[str, Any], id_: str) -> None:
    """An update may repeat the id, not change it."""
    if asked.get("id", id_) != id_:
        raise BadRequest("Cannot change ID")


class Domains:
    """List (filters: name, enabled)."""

    def get(self, call: Call) -> dict[str, Any]:
        admin_or_reader(call, "identity:list_domains")
        return views.collection(call, "domains", chosen(call, [views.domain(call)], "name", "enabled"))

    head = get


class Domain:
    """One domain: anybody may look at the domain of their project."""

    def get(self, call: Call, domain_id: str) -> dict[str, Any]:
        authenticate(call)
        mine = call.who.project_id is not None and call.who.domain_id == domain_id
        seen = mine or call.who.is_admin or (call.who.system and call.who.is_reader)
        call.who.require(seen, "identity:get_domain")
        domain_named(domain_id)
        return {"domain": views.domain(call)}

    head = get


def domain_named(domain_id: str | None) -> str:
    """The id of the domain that was asked for, of Default when none was. Raises NotFound."""
    if domain_id not in (None, model.DOMAIN["id"]):
        raise NotFound(f"Could not find domain: {domain_id}.")
    return model.DOMAIN["id"]

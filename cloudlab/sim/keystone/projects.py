"""/v3/projects and their tags (API reference: Identity v3, Projects, Project tags; seen on 2025.2)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from sqlalchemy import delete, select, update

from cloudlab.sim.errors import BadRequest, Conflict, Forbidden, NotFound
from cloudlab.sim.keystone import credentials_model, model, schemas, tokens, views
from cloudlab.sim.keystone.bodies import (
    change,
    check_part,
    chosen,
    is_true,
    read_body,
    read_whole,
    require_matching_domain,
    require_matching_id,
    the_rest,
)
from cloudlab.sim.keystone.policy import (
    authenticate,
    domain_for,
    domain_manager,
    in_reach,
    sees_all,
    sees_in,
)
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
        session = call.scope.session
        rows = in_reach(call, "identity:list_projects", session.scalars(select(model.Project)))
        items = [views.project(call, row) for row in rows]
        if is_true(call, "is_domain"):
            domains = session.scalars(select(model.Domain)) if sees_all(call) else ()
            items = [views.domain_as_project(call, row) for row in domains]
        names = ("domain_id", "enabled", "name", "parent_id", "is_domain")
        return views.paged(
            call, "projects", [one for one in chosen(call, items, *names) if _tagged(call, one)]
        )

    head = get

    def post(self, call: Call) -> Reply:
        asked = read_body(call, schemas.PROJECT_CREATE, "project")
        token = domain_manager(call, "identity:create_project", asked.get("domain_id"))
        domain_id = _home(call.scope, token, asked)
        project_id = call.cloud.ids.hex(call.scope.session, "project", None, asked["name"])
        _no_twin(call.scope, asked["name"], domain_id, project_id)
        row = model.Project(
            id=project_id,
            name=asked["name"],
            domain_id=domain_id,
            description=asked.get("description") or "",
            enabled=asked.get("enabled", True),
            tags=asked.get("tags", []),
            options=asked.get("options", {}),
            extra=the_rest(asked, *COLUMNS),
        )
        call.scope.session.add(row)
        call.scope.session.flush()
        return Reply(201, {"project": views.project(call, row)})


TAG_FILTERS: dict[str, Callable[[set[str], set[str]], bool]] = {
    "tags": lambda have, wanted: wanted <= have,
    "tags-any": lambda have, wanted: bool(wanted & have),
    "not-tags": lambda have, wanted: not wanted <= have,
    "not-tags-any": lambda have, wanted: not wanted & have,
}


def _tagged(call: Call, item: dict[str, Any]) -> bool:
    """Whether the project's tags fit every filter on them (`tags=red,blue`)."""
    wanted = [(TAG_FILTERS[name], set(text.split(","))) for name, text in call.query if name in TAG_FILTERS]
    return all(fits(set(item["tags"]), tags) for fits, tags in wanted)


def _home(scope: Scope, token: tokens.Token, asked: dict[str, Any]) -> str:
    """The domain of a new project. Every project stands right under its domain here; no other parent is known."""
    domain_id, parent_id = asked.get("domain_id"), asked.get("parent_id")
    if domain_id and scope.session.get(model.Domain, domain_id) is None:
        raise BadRequest(f"Could not find domain: {domain_id}.")
    if parent_id is not None and scope.session.get(model.Domain, parent_id) is None:
        raise BadRequest(f"Could not find project: {parent_id}.")
    return parent_id or domain_for(scope, token, asked)


def _no_twin(scope: Scope, name: str, domain_id: str, project_id: str) -> None:
    if model.taken(scope, model.Project, name, domain_id, project_id):
        raise Conflict(
            "Conflict occurred attempting to store project - it is not permitted to have two projects with either"
            f" the same name or same id in the same domain: name is {name}, project id {project_id}."
        )


class Project:
    """One project: for an administrator, and to look at for who is in it."""

    def get(self, call: Call, project_id: str) -> dict[str, Any]:
        may_see(call, project_id, "identity:get_project")
        as_domain = call.scope.session.get(model.Domain, project_id)
        if as_domain:
            return {"project": views.domain_as_project(call, as_domain)}
        row = model.find(call.scope, model.Project, project_id)
        body = views.project(call, row)
        if is_true(call, "parents_as_ids"):
            body["parents"] = None
        if is_true(call, "subtree_as_ids"):
            body["subtree"] = None
        return {"project": body}

    head = get

    def patch(self, call: Call, project_id: str) -> dict[str, Any]:
        asked = read_whole(call, schemas.PROJECT_UPDATE).get("project", {})
        domain_manager(call, "identity:update_project", _domain_of(call.scope, project_id))
        row = model.find(call.scope, model.Project, project_id)
        require_matching_id(asked, project_id)
        require_matching_domain(asked, row.domain_id)
        _stays_where_it_is(asked, row)
        if asked.get("name", row.name) != row.name:
            _no_twin(call.scope, asked["name"], row.domain_id, project_id)
        change(row, asked, *CHANGEABLE)
        row.extra = {**row.extra, **the_rest(asked, *COLUMNS)}
        if asked.get("enabled") is False:
            tokens.revoke_all(row)
        body = views.project(call, row)
        links, options = body.pop("links"), body.pop("options")
        return {"project": {**body, "extra": row.extra, "options": options, "links": links}}

    def delete(self, call: Call, project_id: str) -> Reply:
        domain_manager(call, "identity:delete_project", _domain_of(call.scope, project_id))
        forget(call.scope, model.find(call.scope, model.Project, project_id))
        return Reply(204)


def forget(scope: Scope, row: model.Project) -> None:
    """The project, the roles on it, and the memory of it as somebody's default."""
    session = scope.session
    session.execute(delete(model.Grant).filter_by(target=row.id))
    credentials_model.forget_project(scope, row.id)
    ours = model.User.default_project_id == row.id
    session.execute(update(model.User).where(ours).values(default_project_id=None))
    session.delete(row)


def _stays_where_it_is(asked: dict[str, Any], row: model.Project) -> None:
    """A project's parent is for good, and so is what it is. Raises BadRequest, Forbidden (seen on 2025.2)."""
    if asked.get("parent_id", row.domain_id) != row.domain_id:
        raise Forbidden("Update of `parent_id` is not allowed.")
    if asked.get("is_domain", False) is not False:
        raise BadRequest("Update of `is_domain` is not allowed.")


def may_see(call: Call, project_id: str, rule: str) -> None:
    """A look at one project: for who is in it, a reader of its domain, an administrator. Raises PolicyDenied."""
    token = authenticate(call)
    mine = call.who.project_id == project_id
    call.who.require(mine or sees_in(call, token, _domain_of(call.scope, project_id)), rule)


def _domain_of(scope: Scope, project_id: str) -> str | None:
    return model.home_of(scope, model.Project, project_id)


class Tags:
    """/v3/projects/{project_id}/tags: all of a project's tags."""

    def get(self, call: Call, project_id: str) -> dict[str, Any]:
        may_see(call, project_id, "identity:list_project_tags")
        return _tags_view(call, model.find(call.scope, model.Project, project_id))

    head = get

    def put(self, call: Call, project_id: str) -> dict[str, Any]:
        tags = read_whole(call, schemas.TAGS).get("tags", {})
        domain_manager(call, "identity:update_project_tags", _domain_of(call.scope, project_id))
        row = model.find(call.scope, model.Project, project_id)
        check_part(schemas.TAG_LIST, tags)
        row.tags = tags
        return _tags_view(call, row)

    def delete(self, call: Call, project_id: str) -> Reply:
        domain_manager(call, "identity:delete_project_tags", _domain_of(call.scope, project_id))
        model.find(call.scope, model.Project, project_id).tags = []
        return Reply(204)


class Tag:
    """One tag: PUT adds it, HEAD and GET check it, DELETE takes it away."""

    def get(self, call: Call, project_id: str, tag: str) -> Reply:
        may_see(call, project_id, "identity:get_project_tag")
        _with_tag(call.scope, project_id, tag)
        return Reply(204)

    head = get

    def put(self, call: Call, project_id: str, tag: str) -> Reply:
        domain_manager(call, "identity:create_project_tag", _domain_of(call.scope, project_id))
        row = model.find(call.scope, model.Project, project_id)
        check_part(schemas.TAG, tag)
        tags = sorted([*row.tags, tag])
        check_part(schemas.TAG_LIST, tags)
        row.tags = tags
        # Not where the tag is: keystone's slip, seen on 2025.2.
        where = f"{call.root}/v3/{project_id}/tags/{quote(tag)}"
        return Reply(201, None, {"Location": where}, raw=b"", content_type="text/html; charset=utf-8")

    def delete(self, call: Call, project_id: str, tag: str) -> Reply:
        domain_manager(call, "identity:delete_project_tag", _domain_of(call.scope, project_id))
        row = _with_tag(call.scope, project_id, tag)
        row.tags = [one for one in row.tags if one != tag]
        return Reply(204)


def _with_tag(scope: Scope, project_id: str, tag: str) -> model.Project:
    """The project. Raises NotFound when it has no such tag."""
    row = model.find(scope, model.Project, project_id)
    if tag not in row.tags:
        raise NotFound(f"Could not find project tag: {tag}.")
    return row


def _tags_view(call: Call, row: model.Project) -> dict[str, Any]:
    return {"links": {"self": f"{call.root}/v3"}, "tags": sorted(row.tags)}

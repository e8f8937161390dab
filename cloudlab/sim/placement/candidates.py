"""Which providers could give what is asked for: the question behind 'No valid host'.

Placement API reference, 'Allocation candidates'.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from cloudlab.sim.errors import BadRequest, PathNotFound
from cloudlab.sim.placement import bodies, model
from cloudlab.sim.placement.providers import permit, since
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

GROUP = re.compile(r"^(resources|required|member_of|in_tree)([a-zA-Z0-9_-]{0,64})$")


@dataclass
class Group:
    """One request group: resources with what their provider must and mustn't be. The unnamed one has suffix ''."""

    resources: dict[str, int] = field(default_factory=dict)
    required: list[set[str]] = field(default_factory=list)  # any one of each set
    forbidden: set[str] = field(default_factory=set)
    member_of: list[tuple[bool, set[str]]] = field(default_factory=list)  # (in any of them?, aggregates)
    in_tree: str | None = None


@dataclass
class Question:
    """The whole query: groups by suffix, the root's traits, the limit."""

    groups: dict[str, Group]
    root: Group
    isolate: bool
    limit: int | None

    @property
    def total(self) -> dict[str, int]:
        """All groups' resources together."""
        found: dict[str, int] = {}
        for group in self.groups.values():
            for name, amount in group.resources.items():
                found[name] = found.get(name, 0) + amount
        return found


class Candidates:
    def get(self, call: Call) -> Reply:
        permit(call, "allocation_candidates:list")
        since(call, 10)
        question = parse(call.scope, call.query)
        rows = list(call.scope.session.scalars(select(model.Provider).order_by(model.Provider.n)))
        world = World(call, [row.uuid for row in rows])
        fit = [row for row in rows if world.fits(row, question)][: question.limit]
        if not fit and world.has_more_than_one_to_ask(rows):
            raise PathNotFound(absent="GET /allocation_candidates of several providers together")
        minor = call.version[1]
        fit = [] if call.cloud.faults.no_room else fit
        requests = [allocation_request(row, question, minor) for row in fit]
        summaries = {row.uuid: world.summary(row, question, minor) for row in fit}
        return Reply(200, {"allocation_requests": requests, "provider_summaries": summaries})


def parse(scope: Scope, query: list[tuple[str, str]]) -> Question:
    """The query string as a Question. Raises BadRequest."""
    groups: dict[str, Group] = {}
    root, limit, policy = Group(), None, None
    for name, value in query:
        found = GROUP.match(name)
        if name == "root_required":
            _traits(scope, root, value)
        elif name == "limit":
            limit = _limit(value)
        elif name == "group_policy":
            policy = value
        elif found:
            _add(scope, groups.setdefault(found[2], Group()), found[1], value)
        elif name != "same_subtree":
            raise BadRequest(f"Invalid query string parameters: '{name}' does not match any of the regexes")
    if not any(group.resources for group in groups.values()):
        raise BadRequest("Invalid query string parameters: 'resources' is a required property")
    if policy is None and len([suffix for suffix in groups if suffix]) > 1:
        raise BadRequest(
            'The "group_policy" parameter is required when specifying more than one "resources{N}" parameter.'
        )
    return Question(groups, root, policy == "isolate", limit)


def _add(scope: Scope, group: Group, what: str, value: str) -> None:
    if what == "resources":
        group.resources |= bodies.resources(scope, value)
    elif what == "required":
        _traits(scope, group, value)
    elif what == "member_of":
        group.member_of.append(bodies.aggregates(value))
    else:
        group.in_tree = value


def _traits(scope: Scope, group: Group, value: str) -> None:
    required, forbidden = bodies.traits(scope, value)
    group.required += required
    group.forbidden |= forbidden


def _limit(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 0 < len(value) < 10 and int(value) > 0):
        raise BadRequest(f"Invalid query string parameters: '{value}' does not match '^[1-9][0-9]*$'")
    return int(value)


class World:
    """Inventories, usages, traits and aggregates of all providers, four queries for one question."""

    def __init__(self, call: Call, uuids: list[str]) -> None:
        self.inventories = model.inventories(call.scope, uuids)
        self.used = model.used(call.scope, uuids)
        self.traits = model.traits(call.scope, uuids)
        self.aggregates = model.aggregates(call.scope, uuids)

    def has_more_than_one_to_ask(self, rows: list[model.Provider]) -> bool:
        """Whether providers that each have something belong together: a tree, or one that shares what it has."""
        useful = [row for row in rows if self.inventories.get(row.uuid)]
        trees = [row.root_uuid for row in useful]
        sharing = any("MISC_SHARES_VIA_AGGREGATE" in self.traits.get(row.uuid, ()) for row in useful)
        return sharing or len(set(trees)) < len(trees)

    def fits(self, row: model.Provider, question: Question) -> bool:
        """Whether this provider alone could give all that is asked for."""
        if question.isolate and len([g for suffix, g in question.groups.items() if suffix]) > 1:
            return False
        if not all(self._is_as_asked(row, group) for group in (question.root, *question.groups.values())):
            return False
        return all(self._can(row, name, amount) for name, amount in question.total.items())

    def _is_as_asked(self, row: model.Provider, group: Group) -> bool:
        have = set(self.traits.get(row.uuid, ()))
        mine = set(self.aggregates.get(row.uuid, ()))
        if any(bool(mine & wanted) != among for among, wanted in group.member_of):
            return False
        if group.in_tree and group.in_tree not in (row.root_uuid, row.uuid):
            return False
        return not (group.forbidden & have) and all(any_of & have for any_of in group.required)

    def _can(self, row: model.Provider, name: str, amount: int) -> bool:
        inventory = self.inventories.get(row.uuid, {}).get(name)
        return inventory is not None and inventory.can_give(amount, self.used.get((row.uuid, name), 0))

    def summary(self, row: model.Provider, question: Question, minor: int) -> dict[str, Any]:
        """What the provider has and what of it is held; only the classes asked for before 1.27."""
        names = [n for n in self.inventories[row.uuid] if minor >= 27 or n in question.total]
        resources = {
            name: {
                "capacity": self.inventories[row.uuid][name].capacity,
                "used": self.used.get((row.uuid, name), 0),
            }
            for name in names
        }
        body: dict[str, Any] = {"resources": resources}
        if minor >= 17:
            body["traits"] = self.traits.get(row.uuid, [])
        if minor >= 29:
            body |= {"parent_provider_uuid": row.parent_uuid, "root_provider_uuid": row.root_uuid}
        return body


def allocation_request(row: model.Provider, question: Question, minor: int) -> dict[str, Any]:
    """One way to allocate, in the form that PUT /allocations takes at that microversion."""
    if minor < 12:
        entry = {"resource_provider": {"uuid": row.uuid}, "resources": question.total}
        return {"allocations": [entry]}
    body: dict[str, Any] = {"allocations": {row.uuid: {"resources": question.total}}}
    if minor >= 34:
        body["mappings"] = {
            suffix: [row.uuid] for suffix, group in question.groups.items() if group.resources
        }
    return body

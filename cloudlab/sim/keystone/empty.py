"""What this cloud has none of: groups and stored credentials. Their lists are real, and empty."""

from typing import Any

from cloudlab.sim.errors import NotFound
from cloudlab.sim.keystone import model, views
from cloudlab.sim.keystone.policy import admin_or_reader, authenticate
from cloudlab.sim.web import Call


class Groups:
    """GET /v3/groups (API reference: Identity v3, Groups)."""

    def get(self, call: Call) -> dict[str, Any]:
        admin_or_reader(call, "identity:list_groups")
        return views.collection(call, "groups", [])

    head = get


class Group:
    """GET /v3/groups/{group_id}."""

    def get(self, call: Call, group_id: str) -> dict[str, Any]:
        admin_or_reader(call, "identity:get_group")
        raise NotFound(f"Could not find group: {group_id}.")

    head = get


class UserGroups:
    """GET /v3/users/{user_id}/groups: one's own, or anybody's for an administrator."""

    def get(self, call: Call, user_id: str) -> dict[str, Any]:
        authenticate(call)
        mine = call.who.user_id == user_id
        seen = mine or call.who.is_admin or (call.who.system and call.who.is_reader)
        call.who.require(seen, "identity:list_groups_for_user")
        model.find(call.scope, model.User, user_id)
        return views.collection(call, "groups", [])

    head = get


class Credentials:
    """GET /v3/credentials: everybody sees their own."""

    def get(self, call: Call) -> dict[str, Any]:
        authenticate(call)
        return views.collection(call, "credentials", [])

    head = get

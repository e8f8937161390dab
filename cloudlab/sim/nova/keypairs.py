"""Key pairs over HTTP (API reference, 'Keypairs'; recordings 025 to 042 of the nova stories)."""

from typing import Any

from cloudlab.sim.clock import iso_micro
from cloudlab.sim.errors import PathNotFound
from cloudlab.sim.nova import quota, schemas
from cloudlab.sim.nova.bodies import Schema, checked, checked_query
from cloudlab.sim.nova.keypairs_model import KeyPair, add_keypair, generate, get_keypair, list_keypairs
from cloudlab.sim.nova.paging import MAX_LIMIT, limit_of, next_links
from cloudlab.sim.nova.policy import enforce_owner
from cloudlab.sim.web import Call, Reply


def brief(call: Call, keypair: KeyPair) -> dict[str, Any]:
    """A key pair in a list; its type from 2.2 on."""
    view = {
        "name": keypair.name,
        "public_key": keypair.public_key,
        "fingerprint": keypair.fingerprint,
    }
    return {**view, "type": keypair.type} if call.at_least(2) else view


def whole(call: Call, keypair: KeyPair) -> dict[str, Any]:
    """One key pair, with the columns of its row."""
    return {
        **brief(call, keypair),
        "user_id": keypair.user_id,
        "created_at": iso_micro(keypair.created_at.replace(microsecond=0)),
        "deleted": False,
        "deleted_at": None,
        "id": keypair.id,
        "updated_at": None,
    }


class KeyPairs:
    """`/os-keypairs`."""

    def get(self, call: Call) -> Any:
        query = checked_query(call, schemas.KEYPAIR_LIST_275 if call.at_least(75) else schemas.KEYPAIR_LIST)
        user_id = _user(call, "index", query)
        paged = call.at_least(35)
        limit = limit_of(query) if paged else MAX_LIMIT
        found = list_keypairs(call.scope, user_id, limit, query.get("marker") if paged else None)
        body: dict[str, Any] = {"keypairs": [{"keypair": brief(call, keypair)} for keypair in found]}
        more = (
            next_links(call, "os-keypairs", found, limit, found[-1].name if found else None) if paged else []
        )
        return {**body, "keypairs_links": more} if more else body

    def post(self, call: Call) -> Any:
        asked = checked(call, _create_schema(call))["keypair"]
        user_id = asked.get("user_id", call.who.user_id)
        enforce_owner(call.scope, "os-keypairs:create", user_id)
        kind, private, public = asked.get("type", "ssh"), None, asked.get("public_key")
        if public is None:
            if kind != "ssh":
                raise PathNotFound(absent="POST /os-keypairs that generates an x509 certificate")
            private, public = generate(call.scope)
        limit = quota.limits_of(call.scope, call.who.project_id)["key_pairs"]
        name = asked["name"].strip() if call.legacy else asked["name"]
        view = brief(call, add_keypair(call.scope, user_id, name, kind, public, limit))
        if private:
            view["private_key"] = private
        return Reply(201 if call.at_least(2) else 200, {"keypair": {**view, "user_id": user_id}})


class OneKeyPair:
    """`/os-keypairs/{name}`."""

    def get(self, call: Call, name: str) -> Any:
        return {"keypair": whole(call, get_keypair(call.scope, _user_of_query(call, "show"), name))}

    def delete(self, call: Call, name: str) -> Any:
        keypair = get_keypair(call.scope, _user_of_query(call, "delete"), name)
        call.scope.session.delete(keypair)
        return Reply(204 if call.at_least(2) else 202)


def _create_schema(call: Call) -> Schema:
    """The schema of the microversion: the latest that is not later. /v2 has its own, with any name."""
    minor = 0 if call.legacy else call.version[1]
    return schemas.KEYPAIR_CREATE[max(since for since in schemas.KEYPAIR_CREATE if since <= minor)]


def _user_of_query(call: Call, operation: str) -> str:
    strict = call.at_least(75)
    query = checked_query(call, schemas.KEYPAIR_QUERY_275 if strict else schemas.KEYPAIR_QUERY)
    return _user(call, operation, query)


def _user(call: Call, operation: str, query: dict[str, str]) -> str:
    """Whose key pairs: from 2.10 an admin may name somebody else."""
    user_id = query.get("user_id", call.who.user_id) if call.at_least(10) else call.who.user_id
    enforce_owner(call.scope, f"os-keypairs:{operation}", user_id)
    return user_id

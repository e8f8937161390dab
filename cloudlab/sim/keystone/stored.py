"""/v3/credentials and a user's OS-EC2 ones: what users keep in keystone (API reference: Identity v3; 2025.2)."""

import hashlib
import json
from typing import Any

from sqlalchemy import select

from cloudlab.sim.errors import BadRequest, Conflict, Forbidden, NotFound
from cloudlab.sim.keystone import model, schemas, tokens, views
from cloudlab.sim.keystone.bodies import change, chosen, read_body
from cloudlab.sim.keystone.credentials_model import StoredCredential
from cloudlab.sim.keystone.policy import authenticate, sees_all
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

EC2 = "ec2"
FACTS = ("user_id", "project_id", "type", "blob")
OUT_OF_SCOPE = (
    "You are not authorized to perform the requested action: EC2 credential project does not match the project scope"
    " of the delegated token."
)


class Credentials:
    """List (filters: user_id, type; one's own, but an administrator sees all) and create."""

    def get(self, call: Call) -> dict[str, Any]:
        authenticate(call)
        query = select(StoredCredential).order_by(StoredCredential.id)
        if not sees_all(call):
            query = query.filter_by(user_id=call.who.user_id)
        items = [_view(call, row) for row in call.scope.session.scalars(query)]
        return views.collection(call, "credentials", chosen(call, items, "user_id", "type"))

    head = get

    def post(self, call: Call) -> Reply:
        asked = read_body(call, schemas.CREDENTIAL_CREATE, "credential")
        token = authenticate(call)
        own = asked["user_id"] == call.who.user_id
        call.who.require(own or call.who.is_admin, "identity:create_credential")
        if asked["type"] == EC2:
            read_body(call, schemas.EC2_CREDENTIAL_CREATE, "credential")
        _in_scope(token, asked.get("project_id"))
        row = _keep(call.scope, {**asked, "project_id": asked.get("project_id")})
        return Reply(201, {"credential": _view(call, row)})


def _keep(scope: Scope, asked: dict[str, Any]) -> StoredCredential:
    """A new row; an EC2 one's id follows from its access key. Raises BadRequest, Conflict."""
    if asked["type"] == EC2:
        id_ = _ec2_id(_opened(asked["blob"]).get("access"))
    else:
        id_ = scope.cloud.ids.hex(scope.session, "credential", asked["user_id"], asked["type"])
    if scope.session.get(StoredCredential, id_):
        raise Conflict(
            f"Conflict occurred attempting to store credential - Duplicate entry found with ID {id_}."
        )
    row = StoredCredential(id=id_, **{key: asked[key] for key in FACTS})
    scope.session.add(row)
    scope.session.flush()
    return row


def _opened(blob: str) -> dict[str, Any]:
    try:
        found = json.loads(blob)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadRequest("Invalid blob in credential")
    return found


def _ec2_id(access: Any) -> str:
    return hashlib.sha256(str(access).encode(errors="replace")).hexdigest()


def _in_scope(token: tokens.Token, project_id: str | None) -> None:
    """Who logged in by an application credential stays in its project. Raises Forbidden."""
    if token.credential and project_id != token.credential.project_id:
        raise Forbidden(OUT_OF_SCOPE)


def _view(call: Call, row: StoredCredential) -> dict[str, Any]:
    facts = {key: getattr(row, key) for key in ("id", *FACTS)}
    return {**facts, "links": {"self": f"{call.root}/v3/credentials/{row.id}"}}


class Credential:
    """One: its owner's and the administrator's. To others one that isn't there is as forbidden as one that is."""

    def get(self, call: Call, credential_id: str) -> dict[str, Any]:
        return {"credential": _view(call, _one(call, credential_id, "get", reading=True))}

    head = get

    def patch(self, call: Call, credential_id: str) -> dict[str, Any]:
        asked = read_body(call, schemas.CREDENTIAL_UPDATE, "credential")
        row = _one(call, credential_id, "update")
        moved = asked.get("user_id", row.user_id) != row.user_id
        call.who.require(call.who.is_admin or not moved, "identity:update_credential")
        change(row, asked, *FACTS)
        return {"credential": _view(call, row)}

    def delete(self, call: Call, credential_id: str) -> Reply:
        call.scope.session.delete(_one(call, credential_id, "delete"))
        return Reply(204)


def _one(call: Call, credential_id: str, verb: str, reading: bool = False) -> StoredCredential:
    """The row. Raises PolicyDenied, NotFound."""
    token = authenticate(call)
    found = call.scope.session.get(StoredCredential, credential_id)
    mine = found is not None and found.user_id == call.who.user_id
    seen = sees_all(call) if reading else call.who.is_admin
    call.who.require(mine or seen, f"identity:{verb}_credential")
    return _there(token, found, credential_id)


def _there(token: tokens.Token, found: StoredCredential | None, credential_id: str) -> StoredCredential:
    if found is None:
        raise NotFound(f"Could not find credential: {credential_id}.")
    _in_scope(token, found.project_id)
    return found


class Ec2Credentials:
    """/v3/users/{user_id}/credentials/OS-EC2: pairs of keys for a project."""

    def get(self, call: Call, user_id: str) -> dict[str, Any]:
        authenticate(call)
        call.who.require(call.who.user_id == user_id or sees_all(call), "identity:ec2_list_credentials")
        rows = call.scope.session.scalars(
            select(StoredCredential).filter_by(user_id=user_id, type=EC2).order_by(StoredCredential.id)
        )
        return views.collection(call, "credentials", [_ec2_view(call, row) for row in rows])

    head = get

    def post(self, call: Call, user_id: str) -> Reply:
        token = authenticate(call)
        own = call.who.user_id == user_id and "member" in call.who.roles
        call.who.require(own or call.who.is_admin, "identity:ec2_create_credential")
        model.find(call.scope, model.User, user_id)
        tenant = (call.json or {}).get("tenant_id")
        project = call.scope.session.get(model.Project, tenant) if isinstance(tenant, str) else None
        if project is None:
            raise NotFound(f"Could not find project: {tenant}.")
        _in_scope(token, project.id)
        keys = {"access": _key(call), "secret": _key(call), "trust_id": None}
        facts = {"user_id": user_id, "project_id": project.id, "type": EC2, "blob": json.dumps(keys)}
        return Reply(201, {"credential": _ec2_view(call, _keep(call.scope, facts))})


def _key(call: Call) -> str:
    return call.cloud.ids.random_bytes(16).hex()


class Ec2Credential:
    """One pair, by its access key."""

    def get(self, call: Call, user_id: str, access: str) -> dict[str, Any]:
        return {"credential": _ec2_view(call, _ec2(call, user_id, access, "get", reading=True))}

    head = get

    def delete(self, call: Call, user_id: str, access: str) -> Reply:
        call.scope.session.delete(_ec2(call, user_id, access, "delete"))
        return Reply(204)


def _ec2(call: Call, user_id: str, access: str, verb: str, reading: bool = False) -> StoredCredential:
    """The row; who has no more than a reader's role changes none. Raises PolicyDenied, NotFound."""
    token = authenticate(call)
    found = call.scope.session.get(StoredCredential, _ec2_id(access))
    mine = call.who.user_id == (found.user_id if found else user_id)
    able = reading or "member" in call.who.roles
    others = sees_all(call) if reading else call.who.is_admin
    call.who.require((mine and able) or others, f"identity:ec2_{verb}_credential")
    return _there(token, found, _ec2_id(access))


def _ec2_view(call: Call, row: StoredCredential) -> dict[str, Any]:
    keys = _opened(row.blob)
    access = keys.get("access")
    where = f"{call.root}/v3/users/{row.user_id}/credentials/OS-EC2/{access}"
    return {
        "user_id": row.user_id,
        "tenant_id": row.project_id,
        "access": access,
        "secret": keys.get("secret"),
        "trust_id": keys.get("trust_id"),
        "links": {"self": where},
    }

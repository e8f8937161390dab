"""What differs between two saved clouds, or between one and now: resource by resource, field by field.

What is a secret stays here: of a hidden field it is said that it changed, and no more. A learner's own words (metadata,
extra fields) go out as they are, and are redacted where they are shown, like any body.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from cloudlab.language import N_
from cloudlab.sim import saved_file, saves
from cloudlab.sim.store import Base

if TYPE_CHECKING:
    from cloudlab.sim.cloud import Cloud

HIDDEN = "‹hidden›"
SECRET = frozenset(
    (
        *("password_hash", "secret_hash", "crypt_hash", "salt", "blob", "key", "token", "user_data", "data"),
        *("connection_info", "metainfo"),
    )
)
# They change with everything, and say nothing of their own.
BOOKKEEPING = frozenset(["n", "number", "run", "updated_at", "revision", "generation", "launch_index"])
WITHOUT_WORDS = ("id_count", "task", "saved_fact", "keystone_signing_key", "glance_image_data")


@dataclass(frozen=True)
class Kind:
    """A table whose rows are resources to a learner: in which word, and what tells one from another."""

    table: str
    word: str
    key: tuple[str, ...] = ("id",)


KINDS = (
    Kind("nova_server", N_("server")),
    Kind("cinder_volume", N_("volume")),
    Kind("cinder_snapshot", N_("snapshot")),
    Kind("cinder_attachment", N_("attachment")),
    Kind("glance_image", N_("image")),
    Kind("nova_keypair", N_("key pair"), ("user_id", "name")),
    Kind("neutron_port", N_("port")),
    Kind("neutron_floatingip", N_("floating IP")),
    Kind("neutron_network", N_("network")),
    Kind("neutron_subnet", N_("subnet")),
    Kind("neutron_router", N_("router")),
    Kind("neutron_security_group", N_("security group")),
    Kind("neutron_security_group_rule", N_("security group rule")),
    Kind("nova_flavor", N_("flavor")),
    Kind("nova_server_group", N_("server group")),
    Kind("nova_aggregate", N_("aggregate")),
    Kind("cinder_type", N_("volume type")),
    Kind("cinder_transfer", N_("volume transfer")),
    Kind("keystone_project", N_("project")),
    Kind("keystone_user", N_("user")),
    Kind("keystone_group", N_("group")),
    Kind("keystone_role", N_("role")),
    Kind("keystone_grant", N_("role assignment"), ("actor_id", "target", "role_id")),
    Kind("keystone_domain", N_("domain")),
    Kind("keystone_application_credential", N_("application credential")),
)
Rows = dict[tuple[str, ...], dict[str, Any]]


def compare(cloud: "Cloud", order: dict[str, Any]) -> dict[str, Any]:
    """{a: path of a saved cloud; b: another's, null: now} → {a, b: their times; changes: one for each resource that
    differs, in the order of KINDS; others: how many rows of other tables came, went and changed}. Raises BadOrder.

    A change is {sign: "+", "-" or "~"; kind; name; id; fields: [[name, before, after], …] for "~"}.
    """
    with saves.opened(cloud, saved_file.path_of(order, "a")) as store, store.transaction() as session:
        before, then = _all_rows(session), saves.facts_of(session)["now"]
    if order.get("b") is None:
        with cloud.alone(), cloud.store.transaction() as session:
            after, now = _all_rows(session), cloud.clock.now().isoformat()
    else:
        with saves.opened(cloud, saved_file.path_of(order, "b")) as store, store.transaction() as session:
            after, now = _all_rows(session), saves.facts_of(session)["now"]
    changes = [change for kind in KINDS for change in _changes(kind, before[kind.table], after[kind.table])]
    known = {kind.table for kind in KINDS}
    counted = {name: _counts(before[name], after[name]) for name in before if name not in known}
    others = {name: counts for name, counts in counted.items() if any(counts)}
    return {"a": then, "b": now, "changes": changes, "others": others}


def _all_rows(session: Session) -> dict[str, Rows]:
    """Each table's rows by what tells one from another; servers that were deleted are no more."""
    keys = {kind.table: kind.key for kind in KINDS}
    tables = [t for t in Base.metadata.sorted_tables if t.name not in WITHOUT_WORDS]
    return {table.name: _rows(session, table, keys.get(table.name, ())) for table in tables}


def _rows(session: Session, table: Table, key: tuple[str, ...]) -> Rows:
    names = key or tuple(column.name for column in table.primary_key)
    rows = [dict(row) for row in session.execute(select(table)).mappings()]
    return {tuple(str(row[name]) for name in names): row for row in rows if not row.get("deleted")}


def _changes(kind: Kind, before: Rows, after: Rows) -> list[dict[str, Any]]:
    """What went, what changed and what came, each in the order of its table."""
    gone = [_change("-", kind, row) for key, row in before.items() if key not in after]
    both = [(row, after[key]) for key, row in before.items() if key in after]
    changed = [(new, fields) for old, new in both if (fields := _fields(old, new))]
    came = [_change("+", kind, row) for key, row in after.items() if key not in before]
    return [*gone, *(_change("~", kind, new, fields) for new, fields in changed), *came]


def _change(sign: str, kind: Kind, row: dict[str, Any], fields: list[Any] | None = None) -> dict[str, Any]:
    told = row.get("name") or row.get("floating_ip_address") or ""
    identity = row["id"] if "id" in kind.key else " ".join(str(row[name]) for name in kind.key)
    return {"sign": sign, "kind": kind.word, "name": told, "id": identity, "fields": fields or []}


def _fields(old: dict[str, Any], new: dict[str, Any]) -> list[list[Any]]:
    """[name, before, after] of each field that differs."""
    names = [name for name in new if name not in BOOKKEEPING and old[name] != new[name]]
    return [[name, _shown(name, old[name]), _shown(name, new[name])] for name in names]


def _shown(name: str, value: Any) -> Any:
    """As JSON can say it; a secret's place is taken by a word."""
    if name in SECRET and value:
        return HIDDEN
    return value.isoformat() if isinstance(value, datetime) else value


def _counts(before: Rows, after: Rows) -> list[int]:
    """[came, went, changed]"""
    came, gone = after.keys() - before.keys(), before.keys() - after.keys()
    changed = [key for key in before.keys() & after.keys() if before[key] != after[key]]
    return [len(came), len(gone), len(changed)]

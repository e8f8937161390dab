"""Security groups and their rules. (Networking API reference, 'Security groups'; recordings neutron/009, 046…)"""

import ipaddress
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, select

from cloudlab.sim.clock import iso_z
from cloudlab.sim.errors import PolicyDenied
from cloudlab.sim.neutron import address_groups, default_rules, quotas, rule_words, sharing, validators
from cloudlab.sim.neutron.attributes import INTERNAL, READ_ONLY, REQUIRED, Attribute, standard
from cloudlab.sim.neutron.faults import conflict
from cloudlab.sim.neutron.kind import Json, Kind, born, by_id, changed, standard_view
from cloudlab.sim.neutron.model import PortGroup, Rule, SecurityGroup
from cloudlab.sim.neutron.rule_words import SAID
from cloudlab.sim.plain import Plain
from cloudlab.sim.scope import Scope

DEFAULTS = Plain(
    select(SecurityGroup.id).where(SecurityGroup.project_id == bindparam("project"), SecurityGroup.is_default)
)


def ensure_default(scope: Scope, project_id: str | None) -> SecurityGroup | None:
    """The project's group 'default', made when it is first needed: all out, in from the same group."""
    if not project_id:
        return None
    query = select(SecurityGroup).where(SecurityGroup.project_id == project_id, SecurityGroup.is_default)
    row = scope.session.scalars(query).first()
    if row is None:
        row = _add_group(scope, project_id, "default", "Default security group", is_default=True)
    return row


def _ensure_own(scope: Scope) -> None:
    """The caller's own group 'default' is there, when groups are listed: nearly always it was before."""
    if not DEFAULTS.rows(scope.session, project=scope.who.project_id):
        ensure_default(scope, scope.who.project_id)


def _add_group(scope: Scope, project_id: str, name: str, description: str, **more: Any) -> SecurityGroup:
    columns = born(scope, "security_group", name, project_id, revision=1, description=description)
    row = SecurityGroup(**columns, name=name, **more)
    scope.session.add(row)
    scope.session.flush()
    for rule in default_rules.for_new_group(scope, row.is_default):
        values = {name: getattr(rule, name) for name in SAID}
        if rule.remote_group_id == default_rules.PARENT:
            values["remote_group_id"] = row.id
        _add_rule(scope, row, None, **values)
    return row


def _add_rule(scope: Scope, group: SecurityGroup, description: str | None, **said: Any) -> Rule:
    columns = born(scope, "security_group_rule", group.id, group.project_id, description=description)
    row = Rule(**columns, security_group_id=group.id, **said)
    scope.session.add(row)
    scope.session.flush()
    return row


class SecurityGroups(sharing.Shareable):
    resource, collection, table = "security_group", "security_groups", SecurityGroup
    missing = ("SecurityGroupNotFound", "Security group {id} does not exist")
    attributes = {
        "id": READ_ONLY,
        "name": Attribute(default="", convert=validators.none_as_empty, check=validators.string(255)),
        "description": Attribute(default="", convert=validators.none_as_empty, check=validators.string(255)),
        "stateful": Attribute(default=True, convert=validators.boolean),
        "shared": Attribute(post=False, put=False, sort=False),
        "security_group_rules": INTERNAL,
        **standard(),
    }
    special_filters = {"shared": sharing.shared_filter("security_group", SecurityGroup.id)}

    def before(self, scope: Scope) -> None:
        _ensure_own(scope)

    def views(self, scope: Scope, rows: Sequence[Any], fields: frozenset[str]) -> list[Json]:
        return self._views(scope, rows, fields, belongs=None)

    def created_view(self, scope: Scope, row: Any) -> Json:
        return self._views(scope, [row], frozenset(), belongs=False)[0]

    def _views(
        self, scope: Scope, rows: Sequence[Any], fields: frozenset[str], belongs: bool | None
    ) -> list[Json]:
        """`belongs` is what each rule says of belonging to a default group: null in lists (neutron's own way)."""
        rules: dict[str, list[Json]] = {row.id: [] for row in rows}
        if rows and (not fields or "security_group_rules" in fields):
            query = select(Rule).where(Rule.security_group_id.in_(rules)).order_by(Rule.n.desc())
            for rule in scope.session.scalars(query):
                rules[rule.security_group_id].append(nested_rule_view(rule, belongs))
        shared = sharing.shared(scope, rules)
        return [group_view(row, rules[row.id], row.id in shared) for row in rows]

    def create(self, scope: Scope, data: Json) -> SecurityGroup:
        ensure_default(scope, data["project_id"])
        quotas.check(scope, "security_group_rule", [data["project_id"]] * 2)
        if data["name"] == "default":
            raise conflict("SecurityGroupDefaultAlreadyExists", "Default security group already exists.")
        return _add_group(
            scope, data["project_id"], data["name"], data["description"], stateful=data["stateful"]
        )

    def update(self, scope: Scope, row: Any, data: Json) -> None:
        if row.is_default and "name" in data:
            raise conflict("SecurityGroupCannotUpdateDefault", "Updating default security group not allowed.")
        if data.get("name", row.name) == "default" and not row.is_default:
            raise conflict("SecurityGroupDefaultAlreadyExists", "Default security group already exists.")
        super().update(scope, row, data)

    def delete(self, scope: Scope, row: Any) -> None:
        if row.is_default and not scope.who.is_admin:
            raise conflict(
                "SecurityGroupCannotRemoveDefault", "Insufficient rights for removing default security group."
            )
        if scope.session.scalars(select(PortGroup.n).where(PortGroup.group_id == row.id).limit(1)).first():
            raise conflict("SecurityGroupInUse", f"Security Group {row.id} in use.")
        scope.session.execute(delete(Rule).where(Rule.security_group_id == row.id))
        scope.session.delete(row)


class Rules(Kind):
    resource, collection, table = "security_group_rule", "security_group_rules", Rule
    missing = ("SecurityGroupRuleNotFound", "Security group rule {id} does not exist")
    attributes = {
        "id": READ_ONLY,
        "security_group_id": Attribute(put=False, default=REQUIRED, check=validators.uuid),
        "direction": Attribute(put=False, default=REQUIRED, check=rule_words.direction),
        "ethertype": Attribute(put=False, default="IPv4", convert=rule_words.ethertype),
        "protocol": Attribute(put=False, default=None, convert=rule_words.protocol),
        "port_range_min": Attribute(put=False, default=None, convert=rule_words.port),
        "port_range_max": Attribute(put=False, default=None, convert=rule_words.port),
        "remote_ip_prefix": Attribute(put=False, default=None, convert=validators.prefix),
        "remote_group_id": Attribute(put=False, default=None, check=validators.optional(validators.uuid)),
        "remote_address_group_id": Attribute(
            put=False, default=None, check=validators.optional(validators.uuid)
        ),
        "description": Attribute(default="", convert=validators.none_as_empty, check=validators.string(255)),
        "normalized_cidr": INTERNAL,
        "belongs_to_default_sg": INTERNAL,
        **standard(tagged=False),
    }

    def before(self, scope: Scope) -> None:
        _ensure_own(scope)

    def check_owner(self, scope: Scope, data: Json) -> None:
        """A group that is lent keeps its owner's rules."""
        group = by_id(scope, SecurityGroup, data["security_group_id"])
        lent = group is not None and bool(sharing.shared(scope, [group.id]))
        if lent and not scope.who.is_admin and group.project_id != scope.who.project_id:
            raise PolicyDenied("rule:create_security_group_rule")

    def views(self, scope: Scope, rows: Sequence[Any], fields: frozenset[str]) -> list[Json]:
        ids = {row.security_group_id for row in rows}
        query = select(SecurityGroup.id).where(SecurityGroup.id.in_(ids), SecurityGroup.is_default)
        defaults = set(scope.session.scalars(query)) if ids else set()
        return [rule_view(row, row.security_group_id in defaults) for row in rows]

    def create(self, scope: Scope, data: Json) -> Rule:
        rule_words.check_rule(data)
        group = GROUPS.one(scope, data["security_group_id"])
        if data["remote_group_id"]:
            GROUPS.one(scope, data["remote_group_id"])
        if data["remote_address_group_id"]:
            address_groups.ADDRESS_GROUPS.one(scope, data["remote_address_group_id"])
        said = {name: data[name] for name in SAID}
        twin = rule_words.twin(scope, Rule, said, Rule.security_group_id == group.id)
        if twin:
            raise conflict(
                "SecurityGroupRuleExists", f"Security group rule already exists. Rule id is {twin}."
            )
        changed(scope, group)
        return _add_rule(scope, group, data["description"], **said)

    def delete(self, scope: Scope, row: Any) -> None:
        group = by_id(scope, SecurityGroup, row.security_group_id)
        if group:
            changed(scope, group)
        scope.session.delete(row)


def _rule_fields(row: Rule) -> Json:
    cidr = row.remote_ip_prefix and str(ipaddress.ip_interface(row.remote_ip_prefix).network)
    return {
        "id": row.id,
        "project_id": row.project_id,
        "tenant_id": row.project_id,
        "security_group_id": row.security_group_id,
        "ethertype": row.ethertype,
        "direction": row.direction,
        "protocol": row.protocol,
        "port_range_min": row.port_range_min,
        "port_range_max": row.port_range_max,
        "remote_ip_prefix": row.remote_ip_prefix,
        "remote_address_group_id": row.remote_address_group_id,
        "normalized_cidr": cidr,
        "remote_group_id": row.remote_group_id,
    }


def _rule_times(row: Rule) -> Json:
    return {
        "created_at": iso_z(row.created_at),
        "updated_at": iso_z(row.updated_at),
        "revision_number": row.revision,
    }


def rule_view(row: Rule, of_default: bool) -> Json:
    """A rule by itself."""
    more = {"belongs_to_default_sg": of_default, "description": row.description}
    return {**_rule_fields(row), **more, **_rule_times(row)}


def nested_rule_view(row: Rule, belongs: bool | None) -> Json:
    """A rule within its group: with a row number and tags (neutron's own way)."""
    more: Json = {
        "standard_attr_id": row.n,
        "belongs_to_default_sg": belongs,
        "description": row.description,
        "tags": [],
    }
    return {**_rule_fields(row), **more, **_rule_times(row)}


def group_view(row: SecurityGroup, rules: list[Json], shared: bool) -> Json:
    return {
        "id": row.id,
        "name": row.name,
        "stateful": row.stateful,
        "tenant_id": row.project_id,
        "description": row.description,
        "shared": shared,
        "security_group_rules": rules,
        **standard_view(row),
    }


GROUPS = SecurityGroups()
RULES = Rules()

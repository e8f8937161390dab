"""The rules that every new security group is born with.

Networking API reference, 'Security group default rules'; seen on 2025.2.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from cloudlab.sim.neutron import rule_words, validators
from cloudlab.sim.neutron.attributes import NO_OWNER, READ_ONLY, REQUIRED, TEXT, Attribute
from cloudlab.sim.neutron.faults import conflict
from cloudlab.sim.neutron.kind import Condition, Json, Kind, born
from cloudlab.sim.neutron.model import DefaultRule
from cloudlab.sim.neutron.rule_words import SAID
from cloudlab.sim.scope import Context, Scope

PARENT = "PARENT"  # as remote group: the new group itself
USES = ("used_in_default_sg", "used_in_non_default_sg")

# What neutron starts with: all out; into a default group from the same group.
FIRST: tuple[dict[str, Any], ...] = tuple(
    {
        "ethertype": version,
        "direction": direction,
        "remote_group_id": PARENT if direction == "ingress" else None,
        "description": f"Legacy default SG rule for {direction} traffic",
        "used_in_default_sg": True,
        "used_in_non_default_sg": direction == "egress",
    }
    for version in ("IPv4", "IPv6")
    for direction in ("ingress", "egress")
)


class DefaultRules(Kind):
    resource, collection, table = "default_security_group_rule", "default_security_group_rules", DefaultRule
    missing = ("DefaultSecurityGroupRuleNotFound", "Default Security Group rule {id} does not exist")
    admins_only = True
    attributes = {
        "id": READ_ONLY,
        **NO_OWNER,
        "description": TEXT,
        "remote_group_id": Attribute(put=False, default=None, check=validators.string_or_none(255)),
        "remote_address_group_id": Attribute(put=False, default=None, check=validators.string_or_none(255)),
        "direction": Attribute(put=False, default=REQUIRED, check=rule_words.direction),
        "protocol": Attribute(put=False, default=None, convert=rule_words.protocol),
        "port_range_min": Attribute(put=False, default=None, convert=rule_words.port),
        "port_range_max": Attribute(put=False, default=None, convert=rule_words.port),
        "ethertype": Attribute(put=False, default="IPv4", convert=rule_words.ethertype),
        "remote_ip_prefix": Attribute(put=False, default=None, convert=validators.prefix),
        **{name: Attribute(put=False, default=REQUIRED, convert=validators.boolean) for name in USES},
    }

    def visible(self, who: Context) -> Condition | None:
        """They are everybody's to read."""
        return None

    def views(self, scope: Scope, rows: Sequence[Any], fields: frozenset[str]) -> list[Json]:
        return [view(row) for row in rows]

    def create(self, scope: Scope, data: Json) -> DefaultRule:
        rule_words.check_rule(data)
        said = {name: data[name] for name in SAID}
        twin = rule_words.twin(scope, DefaultRule, said)
        if twin:
            raise conflict(
                "DefaultSecurityGroupRuleExists",
                f"Default Security group rule already exists. Rule id is {twin}.",
            )
        return add(scope, data["description"], **said, **{name: data[name] for name in USES})

    def delete(self, scope: Scope, row: Any) -> None:
        scope.session.delete(row)


def add(scope: Scope, description: str, **columns: Any) -> DefaultRule:
    """A new rule for groups to come."""
    row = DefaultRule(
        **born(scope, "default_security_group_rule", "", "", description=description), **columns
    )
    scope.session.add(row)
    scope.session.flush()
    return row


def fill(scope: Scope) -> None:
    for columns in FIRST:
        add(scope, **columns)


def for_new_group(scope: Scope, is_default: bool) -> list[DefaultRule]:
    use = DefaultRule.used_in_default_sg if is_default else DefaultRule.used_in_non_default_sg
    return list(scope.session.scalars(select(DefaultRule).where(use).order_by(DefaultRule.n)))


def view(row: DefaultRule) -> Json:
    return {
        "id": row.id,
        "ethertype": row.ethertype,
        "direction": row.direction,
        "protocol": row.protocol,
        "port_range_min": row.port_range_min,
        "port_range_max": row.port_range_max,
        "remote_ip_prefix": row.remote_ip_prefix,
        "remote_address_group_id": row.remote_address_group_id,
        "remote_group_id": row.remote_group_id,
        "description": row.description,
        **{name: getattr(row, name) for name in USES},
    }


DEFAULT_RULES = DefaultRules()

"""A file of schema 1: there `shared` was a column of networks, and the rules of new groups were in the code."""

from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, text

from cloudlab.sim.neutron import sharing
from cloudlab.sim.neutron.default_rules import FIRST
from cloudlab.sim.neutron.model import DefaultRule, Network, RbacPolicy

NOBODY = UUID(int=0)


def to_policies(connection: Connection) -> None:
    """Each shared or external network gets the policy that says so; the column goes. Then the default rules."""
    for model in (RbacPolicy, DefaultRule):
        model.metadata.tables[model.__tablename__].create(connection)
    columns = "id, project_id, created_at, shared, external"
    for row in connection.execute(text(f"SELECT {columns} FROM {Network.__tablename__}")).mappings().all():
        for said, action in (("shared", sharing.SHARED), ("external", sharing.EXTERNAL)):
            if row[said]:
                _add_policy(connection, dict(row), action)
    connection.execute(text(f"ALTER TABLE {Network.__tablename__} DROP COLUMN shared"))
    _add_rules(connection)


def _add_policy(connection: Connection, network: dict[str, Any], action: str) -> None:
    connection.execute(
        text(
            f"INSERT INTO {RbacPolicy.__tablename__} (id, project_id, description, created_at, updated_at, revision, "
            "object_type, object_id, action, target_project) VALUES (:policy, :project_id, '', :created_at, "
            ":created_at, 0, 'network', :id, :action, '*')"
        ),
        {**network, "policy": str(uuid5(UUID(network["id"]), action)), "action": action},
    )


def _add_rules(connection: Connection) -> None:
    born = connection.execute(text(f"SELECT min(created_at) FROM {Network.__tablename__}")).scalar()
    for number, rule in enumerate(FIRST):
        columns = {
            "id": str(uuid5(NOBODY, f"default rule {number}")),
            "project_id": "",
            "revision": 0,
            **rule,
        }
        names = ", ".join([*columns, "created_at", "updated_at"])
        values = ", ".join([*(f":{name}" for name in columns), ":born", ":born"])
        connection.execute(
            text(f"INSERT INTO {DefaultRule.__tablename__} ({names}) VALUES ({values})"),
            {**columns, "born": born},
        )

"""A file of schema 2: there the one domain was in the code, and a grant was always a user's."""

from sqlalchemy import Connection, text

from cloudlab.sim.keystone.first import FIRST_DOMAIN
from cloudlab.sim.keystone.model import Domain, Grant


def to_domains(connection: Connection) -> None:
    """The first domain becomes a row; a grant's user becomes its actor."""
    Domain.metadata.tables[Domain.__tablename__].create(connection)
    columns = "id, name, description, enabled, tags, options, extra"
    connection.execute(
        text(
            f"INSERT INTO {Domain.__tablename__} ({columns}) VALUES (:id, :name, :description, 1, '[]', '{{}}', '{{}}')"
        ),
        FIRST_DOMAIN,
    )
    connection.execute(text(f"ALTER TABLE {Grant.__tablename__} RENAME COLUMN user_id TO actor_id"))

"""A file of schema 2: there a grant was always a user's."""

from sqlalchemy import Connection, text

from cloudlab.sim.keystone.model import Grant


def to_actors(connection: Connection) -> None:
    """A grant's user becomes its actor. (The one domain, which was in the code, comes with its new table.)"""
    connection.execute(text(f"ALTER TABLE {Grant.__tablename__} RENAME COLUMN user_id TO actor_id"))

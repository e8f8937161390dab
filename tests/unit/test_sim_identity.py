"""Ids are derived from (seed, kind, project, name, nth of that name): the same on every screen."""

import uuid

import pytest

from cloudlab.sim.identity import Ids
from cloudlab.sim.store import Base, Store


@pytest.fixture
def session():
    store = Store()
    with store.transaction() as session:
        Base.metadata.create_all(session.connection())
        yield session


def test_an_id_does_not_depend_on_what_was_made_before(session):
    alone = Ids(1).uuid(session, "server", "p", "MyFirstApiVm")
    session.rollback()
    Base.metadata.create_all(session.connection())
    ids = Ids(1)
    ids.uuid(session, "server", "p", "another")
    ids.uuid(session, "volume", "p", "MyFirstApiVm")
    assert ids.uuid(session, "server", "p", "MyFirstApiVm") == alone


def test_the_second_of_a_name_has_another_id_and_so_has_another_project(session):
    ids = Ids(1)
    made = {ids.uuid(session, "server", project, "a") for project in ("p", "p", "q")}
    assert len(made) == 3


def test_another_seed_gives_other_ids(session):
    assert Ids(1).uuid(session, "server", "p", "a") != Ids(2).uuid(session, "server", "p", "b")


def test_ids_are_version_4_uuids(session):
    assert uuid.UUID(Ids(1).uuid(session, "server", None, None)).version == 4
    assert len(Ids(1).hex(session, "project", None, "x")) == 32


def test_parts_of_a_key_do_not_run_into_each_other(session):
    ids = Ids(1)
    assert ids.uuid(session, "server", "ab", "c") != ids.uuid(session, "server", "a", "bc")


def test_secrets_are_seeded_in_process_and_random_on_sockets():
    assert Ids(1).password() == Ids(1).password()
    assert Ids(1, random_secrets=True).password() != Ids(1, random_secrets=True).password()
    seeded = Ids(1)
    assert seeded.password() != seeded.password()


def test_secrets_look_like_the_real_ones(session):
    ids = Ids(1)
    assert len(ids.audit_id()) == 22
    assert len(ids.password()) == 12 and not set("01IlO") & set(ids.password(200))
    assert ids.mac(session, "port").startswith("fa:16:3e:")
    assert len(ids.randfunc()(100)) == 100


def test_a_cloud_that_is_started_again_repeats_no_request_id_where_chance_is_real() -> None:
    """They stand in os-instance-actions, which a restart keeps."""
    assert Ids(1).request_id() == Ids(1).request_id()
    assert Ids(1, random_secrets=True).request_id() != Ids(1, random_secrets=True).request_id()

"""One connection, one transaction at a time, all or nothing."""

import pytest
from sqlalchemy import text

from cloudlab.sim.identity import IdCount
from cloudlab.sim.schema import prepare
from cloudlab.sim.store import Store, StoreError


def add_row(session):
    session.add(IdCount(key="a", n=1))


def test_a_new_database_is_filled_once(tmp_path):
    path = tmp_path / "cloud.db"
    first = Store(path)
    prepare(first, add_row)
    first.close()
    second = Store(path)
    prepare(second, lambda session: pytest.fail("filled twice"))
    with second.transaction() as session:
        assert session.get(IdCount, "a").n == 1


def test_a_first_fill_that_fails_leaves_an_empty_database(tmp_path):
    path = tmp_path / "cloud.db"

    def broken(session):
        add_row(session)
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        prepare(Store(path), broken)
    prepare(Store(path), add_row)  # would fail on the old tables and rows


def test_another_version_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "cloud.db"
    store = Store(path)
    with store.transaction() as session:
        session.execute(text("PRAGMA user_version = 99"))
    with pytest.raises(StoreError, match=r"newer cloudlab .*99.*cloudlab reset"):
        prepare(store, add_row)


def test_an_exception_rolls_the_transaction_back():
    store = Store()
    prepare(store, lambda session: None)
    with pytest.raises(ZeroDivisionError), store.transaction() as session:
        add_row(session)
        session.flush()
        raise ZeroDivisionError
    with store.transaction() as session:
        assert session.get(IdCount, "a") is None

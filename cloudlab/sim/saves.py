"""A cloud's whole state as one file: what its tables hold, and what it has in memory only.

The file is a SQLite database with the cloud's tables and `saved_fact`: one row a fact, see `_facts`. Ports, pace and
the talk's v2.0 are the running cloud's, and not in it. A restored cloud goes on as the saved one would have: same time,
same tokens, same chance. The file is checked as a copy; only one that is good in every row takes the cloud's place, in
one transaction of SQLite's. The facts go along in it: a cloud that is killed right then ends the rest when it starts.
"""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, delete, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

import cloudlab
from cloudlab.language import said
from cloudlab.sim import saved_file
from cloudlab.sim.auth import TokenCache
from cloudlab.sim.clock import Steering, checked_speed, parse_iso
from cloudlab.sim.errors import ApiError, BadOrder
from cloudlab.sim.identity import Ids
from cloudlab.sim.journal import Journal
from cloudlab.sim.peers import Peers
from cloudlab.sim.schema import prepare
from cloudlab.sim.scope import Scope
from cloudlab.sim.steering import clock_of
from cloudlab.sim.store import Base, Store, StoreError

if TYPE_CHECKING:
    from cloudlab.sim.cloud import Cloud

FORMAT = 1
Facts = dict[str, Any]


class SavedFact(Base):
    """What a saved file holds besides the tables. Empty in a running cloud."""

    __tablename__ = "saved_fact"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


def save(cloud: "Cloud", order: dict[str, Any]) -> dict[str, Any]:
    """{file: absolute path; replace: whether a file there may go} → {file, size: in bytes}. Raises BadOrder.

    The file is its owner's to read only (0600): all of the cloud is in it, tokens included.
    """
    path = saved_file.path_of(order, "file")
    saved_file.require_free(path, bool(order.get("replace")))
    with saved_file.explaining(path), TemporaryDirectory(prefix="cloudlab-") as folder:
        draft = Path(folder) / "saved.db"
        with cloud.alone():
            facts = [(name, json.dumps(value)) for name, value in _facts(cloud).items()]
            saved_file.write(cloud.store, draft, facts)
        saved_file.put(draft, path)
        return {"file": str(path), "size": path.stat().st_size}


def _facts(cloud: "Cloud") -> Facts:
    """Everything that decides what the cloud does next, and is in no table."""
    clock = clock_of(cloud)
    return {
        "format": FORMAT,
        "kit": cloudlab.__version__,
        "seed": cloud.ids.seed,
        "now": clock.now().isoformat(),
        "speed": clock.steering.speed,
        "paused": clock.steering.paused,
        "counts": cloud.ids.counts(),
        "service_tokens": cloud.peers.as_dict(),
        "token_cache": cloud.token_cache.as_list(),
    }


def restore(cloud: "Cloud", order: dict[str, Any]) -> dict[str, Any]:
    """{file: absolute path; token: a learner's, or null} → {servers, volumes: how many; seed; token: whether it is
    valid there; and the clock as `now`, `speed`, `paused`}. Raises BadOrder; then the cloud is as it was.
    """
    path = saved_file.path_of(order, "file")
    with opened(cloud, path) as saved, cloud.alone():
        cloud.keep({})  # what can't be written down is found out before anything changes
        with saved_file.explaining(path):
            cloud.store.become(saved)
        resume(cloud)
        return {**_counted(cloud), "token": _is_valid(cloud, order.get("token"))}


def resume(cloud: "Cloud") -> None:
    """Go on from the facts of a file that has just become the cloud's database, if there are any."""
    with cloud.store.transaction() as session:
        facts = facts_of(session)
    if not facts:
        return
    steering = _steering(cloud, facts)
    cloud.ids.resume(facts["seed"], facts["counts"])
    cloud.peers.resume(facts["service_tokens"])
    cloud.token_cache.resume(facts["token_cache"])
    cloud.journal = Journal()  # what happened here has not happened there
    cloud.look_again()
    clock_of(cloud).follow(steering)
    cloud.keep({"restored_seed": cloud.ids.seed, "clock": steering.as_dict()})
    with cloud.store.transaction() as session:
        session.execute(delete(SavedFact))


def facts_of(session: Session) -> Facts:
    """The facts in a database; none in a running cloud's."""
    return {fact.name: fact.value for fact in session.scalars(select(SavedFact))}


def _steering(cloud: "Cloud", facts: Facts) -> Steering:
    """From the saved moment on. Raises ValueError, KeyError or TypeError for damaged facts."""
    begun = clock_of(cloud).at(parse_iso(facts["now"]))
    return Steering(begun.moment, begun.real, checked_speed(facts["speed"]), bool(facts["paused"]))


@contextmanager
def opened(cloud: "Cloud", path: Path) -> Iterator[Store]:
    """A copy of a saved file, found good and brought up to this version's tables. Raises BadOrder."""
    with TemporaryDirectory(prefix="cloudlab-") as folder:
        draft = Path(folder) / "saved.db"
        with saved_file.explaining(path):
            saved_file.fetch(path, draft)
        with cloud.alone():
            store = _prepared(cloud, draft, path)
        with closing(store):
            _require_good(cloud, store, path)
            yield store


def _prepared(cloud: "Cloud", draft: Path, path: Path) -> Store:
    counts = cloud.ids.counts()
    try:
        store = Store(draft)
        prepare(store, cloud.fill)
    except (StoreError, SQLAlchemyError) as error:
        raise BadOrder(
            said(
                "{path} was saved by another version of cloudlab, or is damaged: this one ({version}) can't use it. "
                "Take the version that saved it, or save again.",
                path=path,
                version=cloudlab.__version__,
            )
        ) from error
    finally:
        cloud.ids.resume(cloud.ids.seed, counts)  # an older file's new tables were filled by our chance
    return store


def _require_good(cloud: "Cloud", store: Store, path: Path) -> None:
    """Read every row as the cloud would, and the facts. Raises BadOrder."""
    try:
        with store.transaction() as session:
            facts = facts_of(session)
            if facts.get("format") != FORMAT:
                kit = str(facts.get("kit", "?"))[:20]
                raise BadOrder(
                    said(
                        "{path} has another form, of cloudlab {kit}: this one can't read it.",
                        path=path,
                        kit=kit,
                    )
                )
            for table in Base.metadata.sorted_tables:
                session.execute(select(table)).all()
        _rehearse(cloud, facts)
    except (ValueError, KeyError, TypeError, AttributeError, SQLAlchemyError) as error:
        raise BadOrder(saved_file.damaged(path)) from error


def _rehearse(cloud: "Cloud", facts: Facts) -> None:
    """Take the facts into hands that nobody uses: what is wrong with them raises here."""
    _steering(cloud, facts)
    Ids(0).resume(facts["seed"], facts["counts"])
    Peers(cloud).resume(facts["service_tokens"])
    TokenCache().resume(facts["token_cache"])


def _counted(cloud: "Cloud") -> dict[str, Any]:
    """What a restored cloud has, in short."""
    server, volume = (Base.metadata.tables[name] for name in ("nova_server", "cinder_volume"))
    clock = clock_of(cloud)
    with cloud.store.transaction() as session:
        return {
            "servers": session.scalar(select(func.count()).select_from(server).where(~server.c.deleted)),
            "volumes": session.scalar(select(func.count()).select_from(volume)),
            "seed": cloud.ids.seed,
            "now": clock.now().isoformat(),
            "speed": clock.steering.speed,
            "paused": clock.steering.paused,
        }


def _is_valid(cloud: "Cloud", token: Any) -> bool:
    """Whether keystone knows the token. No request: nothing is counted, nothing takes time."""
    from cloudlab.sim.keystone import tokens

    try:
        with cloud.store.transaction() as session:
            tokens.read(Scope(cloud, "keystone", session, cloud.clock.now(), None, ""), str(token))
    except ApiError:
        return False
    return True

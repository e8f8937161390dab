"""Placement's tables and rules: what a host has (inventory), and who holds how much of it (allocations). No HTTP."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from cloudlab.sim.errors import BadRequest, Conflict, NotFound
from cloudlab.sim.scope import Scope
from cloudlab.sim.store import Base, UtcTime

CONCURRENT = "placement.concurrent_update"


class Provider(Base):
    """Something that has resources: a compute node. `generation` counts changes; a writer must name the present one."""

    __tablename__ = "placement_provider"
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    uuid: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(unique=True)
    generation: Mapped[int] = mapped_column(default=0)
    parent_uuid: Mapped[str | None]
    root_uuid: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(UtcTime)


class Inventory(Base):
    """How much of one resource class a provider has, and in which portions it gives it away."""

    __tablename__ = "placement_inventory"
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    provider_uuid: Mapped[str] = mapped_column(index=True)
    resource_class: Mapped[str]
    total: Mapped[int]
    reserved: Mapped[int] = mapped_column(default=0)
    min_unit: Mapped[int] = mapped_column(default=1)
    max_unit: Mapped[int] = mapped_column(default=2**31 - 1)
    step_size: Mapped[int] = mapped_column(default=1)
    allocation_ratio: Mapped[float] = mapped_column(default=1.0)

    @property
    def capacity(self) -> int:
        return int((self.total - self.reserved) * self.allocation_ratio)

    def portion_ok(self, amount: int) -> bool:
        """Whether one consumer may hold that much, whatever is free."""
        return self.min_unit <= amount <= self.max_unit and amount % self.step_size == 0

    def can_give(self, amount: int, held: int) -> bool:
        """Whether one more consumer may have that much, while so much is held."""
        return self.portion_ok(amount) and held + amount <= self.capacity


class ProviderTrait(Base):
    __tablename__ = "placement_provider_trait"
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    provider_uuid: Mapped[str] = mapped_column(index=True)
    trait: Mapped[str]


class ProviderAggregate(Base):
    """A provider is in an aggregate; aggregates are nothing but their ids."""

    __tablename__ = "placement_provider_aggregate"
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    provider_uuid: Mapped[str] = mapped_column(index=True)
    aggregate: Mapped[str] = mapped_column(index=True)


class Consumer(Base):
    """Who holds resources: a server, by its id. Exists as long as its allocations do."""

    __tablename__ = "placement_consumer"
    uuid: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = mapped_column(index=True)
    user_id: Mapped[str]
    generation: Mapped[int] = mapped_column(default=0)
    consumer_type: Mapped[str] = mapped_column(default="unknown")
    updated_at: Mapped[datetime] = mapped_column(UtcTime)


class Allocation(Base):
    __tablename__ = "placement_allocation"
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    consumer_uuid: Mapped[str] = mapped_column(index=True)
    provider_uuid: Mapped[str] = mapped_column(index=True)
    resource_class: Mapped[str]
    used: Mapped[int]


@dataclass(frozen=True)
class Claim:
    """What a consumer wants to hold: {provider uuid: {resource class: amount}}, for whom, and as which generation."""

    consumer: str
    wanted: dict[str, dict[str, int]]
    project_id: str
    user_id: str
    generation: int | None = None  # what the client believes; None: a new consumer
    check_generation: bool = False
    consumer_type: str = "unknown"


def provider(scope: Scope, uuid: str) -> Provider:
    found = scope.session.scalars(select(Provider).where(Provider.uuid == uuid)).first()
    if found is None:
        raise NotFound(f"No resource provider with uuid {uuid} found")
    return found


def providers(scope: Scope, uuids: Iterable[str]) -> list[Provider]:
    """Those of them that there are."""
    return list(scope.session.scalars(select(Provider).where(Provider.uuid.in_(list(uuids)))))


def changed(scope: Scope, row: Provider) -> None:
    """The provider's generation and time move on."""
    row.generation += 1
    row.updated_at = scope.now


def inventories(scope: Scope, uuids: Iterable[str]) -> dict[str, dict[str, Inventory]]:
    """{provider uuid: {resource class: its inventory}}, one query."""
    rows = scope.session.scalars(
        select(Inventory).where(Inventory.provider_uuid.in_(list(uuids))).order_by(Inventory.n)
    )
    found: dict[str, dict[str, Inventory]] = {}
    for row in rows:
        found.setdefault(row.provider_uuid, {})[row.resource_class] = row
    return found


def used(scope: Scope, uuids: Iterable[str], but: str | None = None) -> dict[tuple[str, str], int]:
    """{(provider uuid, resource class): amount held}, without what the consumer `but` holds."""
    query = select(Allocation.provider_uuid, Allocation.resource_class, func.sum(Allocation.used)).where(
        Allocation.provider_uuid.in_(list(uuids))
    )
    if but:
        query = query.where(Allocation.consumer_uuid != but)
    rows = scope.session.execute(query.group_by(Allocation.provider_uuid, Allocation.resource_class))
    return {(uuid, name): int(amount) for uuid, name, amount in rows}


def traits(scope: Scope, uuids: Iterable[str]) -> dict[str, list[str]]:
    rows = scope.session.scalars(
        select(ProviderTrait).where(ProviderTrait.provider_uuid.in_(list(uuids))).order_by(ProviderTrait.n)
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.provider_uuid, []).append(row.trait)
    return found


def set_traits(scope: Scope, row: Provider, names: Iterable[str]) -> None:
    """These and no others, in nova's order: what stays keeps its place."""
    wanted = dict.fromkeys(names)
    held = select(ProviderTrait).where(ProviderTrait.provider_uuid == row.uuid)
    for trait in scope.session.scalars(held):
        if trait.trait in wanted:
            del wanted[trait.trait]
        else:
            scope.session.delete(trait)
    scope.session.add_all(ProviderTrait(provider_uuid=row.uuid, trait=name) for name in wanted)
    changed(scope, row)
    scope.session.flush()


def aggregates(scope: Scope, uuids: Iterable[str]) -> dict[str, list[str]]:
    rows = scope.session.scalars(
        select(ProviderAggregate)
        .where(ProviderAggregate.provider_uuid.in_(list(uuids)))
        .order_by(ProviderAggregate.n)
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.provider_uuid, []).append(row.aggregate)
    return found


def set_aggregates(scope: Scope, row: Provider, ids: Iterable[str]) -> None:
    """These and no others; the generation is the caller's to move."""
    scope.session.execute(delete(ProviderAggregate).where(ProviderAggregate.provider_uuid == row.uuid))
    scope.session.add_all(
        ProviderAggregate(provider_uuid=row.uuid, aggregate=one) for one in dict.fromkeys(ids)
    )
    scope.session.flush()


def allocations_of(scope: Scope, consumer: str) -> list[Allocation]:
    return list(
        scope.session.scalars(
            select(Allocation).where(Allocation.consumer_uuid == consumer).order_by(Allocation.n)
        )
    )


def claim(scope: Scope, wish: Claim) -> None:
    """Replace what the consumer holds by what it wants; with nothing wanted the consumer is forgotten.

    Raises Conflict for a stale generation, or when a provider can't give that much.
    """
    claim_all(scope, [wish])


def claim_all(scope: Scope, wishes: list[Claim]) -> None:
    """The same for many consumers at once, all or none: what one gives back another may have."""
    consumers = [_consumer_for(scope, wish) for wish in wishes]
    known = {row.uuid: row for wish in wishes for row in _providers_of(scope, wish)}
    ids = [wish.consumer for wish in wishes]
    scope.session.execute(delete(Allocation).where(Allocation.consumer_uuid.in_(ids)))
    for wish in wishes:
        _check_fits(scope, wish)
        for uuid, resources in wish.wanted.items():
            scope.session.add_all(
                Allocation(consumer_uuid=wish.consumer, provider_uuid=uuid, resource_class=name, used=amount)
                for name, amount in resources.items()
            )
        scope.session.flush()
    for row in known.values():
        changed(scope, row)
    for wish, consumer in zip(wishes, consumers, strict=True):
        if not wish.wanted:
            scope.session.delete(consumer)
            continue
        consumer.generation += 1
        consumer.updated_at = scope.now


def set_aside(scope: Scope, consumers: list[str]) -> None:
    """What these hold is about to be said anew: meanwhile no inventory is in use for it."""
    scope.session.execute(delete(Allocation).where(Allocation.consumer_uuid.in_(consumers)))


def _consumer_for(scope: Scope, wish: Claim) -> Consumer:
    found = scope.session.get(Consumer, wish.consumer)
    present = found.generation if found else None
    if wish.check_generation and present != wish.generation:
        expected = "null" if present is None else present
        got = wish.generation  # its null is Python's None (recording more: allocation_put_conflict)
        raise Conflict(f"consumer generation conflict - expected {expected} but got {got}", code=CONCURRENT)
    if found is None:
        found = Consumer(uuid=wish.consumer, generation=0)
        scope.session.add(found)
    found.project_id, found.user_id = wish.project_id, wish.user_id
    found.consumer_type, found.updated_at = wish.consumer_type, scope.now
    scope.session.flush()
    return found


def _providers_of(scope: Scope, wish: Claim) -> list[Provider]:
    rows = providers(scope, wish.wanted)
    missing = set(wish.wanted) - {row.uuid for row in rows}
    if missing:
        raise BadRequest(f"Allocation for resource provider '{min(missing)}' that does not exist.")
    return rows


def _check_fits(scope: Scope, wish: Claim) -> None:
    have = inventories(scope, wish.wanted)
    taken = used(scope, wish.wanted, but=wish.consumer)
    for uuid, resources in wish.wanted.items():
        for name, amount in resources.items():
            inventory = have.get(uuid, {}).get(name)
            what = f"'{name}' on resource provider '{uuid}'"
            if inventory is None:
                raise Conflict(f"Unable to allocate inventory: Inventory for {what} invalid.")
            problem = ""
            if not inventory.portion_ok(amount):
                problem = "The requested amount would violate inventory constraints."
            elif taken.get((uuid, name), 0) + amount > inventory.capacity:
                problem = "The requested amount would exceed the capacity."
            if problem:
                raise Conflict(
                    f"Unable to allocate inventory: Unable to create allocation for {what}. {problem}"
                )


def release(scope: Scope, consumer: str) -> None:
    """Give back all that the consumer holds."""
    if not allocations_of(scope, consumer):
        raise NotFound(f"No allocations for consumer '{consumer}'")
    scope.session.execute(delete(Allocation).where(Allocation.consumer_uuid == consumer))
    scope.session.execute(delete(Consumer).where(Consumer.uuid == consumer))


def project_usages(scope: Scope, project_id: str, user_id: str | None = None) -> dict[str, int]:
    """{resource class: amount} over all consumers of a project."""
    found: dict[str, int] = {}
    for usages in usages_by_type(scope, project_id, user_id).values():
        for name, amount in usages.items():
            found[name] = found.get(name, 0) + amount
    found.pop("consumer_count", None)
    return found


def usages_by_type(scope: Scope, project_id: str, user_id: str | None = None) -> dict[str, dict[str, int]]:
    """{consumer type: {resource class: amount, …, "consumer_count": how many}}."""
    whose = [Consumer.project_id == project_id] + ([Consumer.user_id == user_id] if user_id else [])
    amounts = (
        select(Consumer.consumer_type, Allocation.resource_class, func.sum(Allocation.used))
        .join(Allocation, Consumer.uuid == Allocation.consumer_uuid)
        .where(*whose)
        .group_by(Consumer.consumer_type, Allocation.resource_class)
    )
    counts = select(Consumer.consumer_type, func.count()).where(*whose).group_by(Consumer.consumer_type)
    found: dict[str, dict[str, int]] = {}
    for kind, name, amount in scope.session.execute(amounts):
        found.setdefault(kind, {})[name] = int(amount)
    for kind, count in scope.session.execute(counts):
        found[kind]["consumer_count"] = count
    return found


def add_provider(scope: Scope, name: str, uuid: str | None, parent: str | None = None) -> Provider:
    """A new provider without inventory. Raises Conflict when the name or uuid is taken."""
    if scope.session.scalars(select(Provider).where(Provider.name == name)).first():
        raise Conflict(
            f"Conflicting resource provider name: {name} already exists.", code="placement.duplicate_name"
        )
    uuid = uuid or scope.uuid("resource_provider", name)
    if scope.session.scalars(select(Provider).where(Provider.uuid == uuid)).first():
        raise Conflict(f"Conflicting resource provider uuid: {uuid} already exists.")
    root = provider(scope, parent).root_uuid if parent else uuid
    row = Provider(
        uuid=uuid, name=name, generation=0, parent_uuid=parent, root_uuid=root, updated_at=scope.now
    )
    scope.session.add(row)
    scope.session.flush()
    return row


def set_inventories(scope: Scope, row: Provider, wanted: dict[str, dict[str, Any]]) -> None:
    """Replace all of the provider's inventory. Raises Conflict for a class in use that would vanish."""
    held = {name for (_, name), amount in used(scope, [row.uuid]).items() if amount}
    if held - set(wanted):
        names = ", ".join(sorted(held - set(wanted)))
        raise Conflict(
            f"update conflict: Inventory for '{names}' on resource provider '{row.uuid}' in use.",
            code="placement.inventory.inuse",
        )
    scope.session.execute(delete(Inventory).where(Inventory.provider_uuid == row.uuid))
    for name, numbers in wanted.items():
        scope.session.add(Inventory(provider_uuid=row.uuid, resource_class=name, **numbers))
    changed(scope, row)


def add_inventory(scope: Scope, row: Provider, name: str, numbers: dict[str, Any]) -> None:
    """One class's inventory, new or in place of the old one."""
    mine = (Inventory.provider_uuid == row.uuid, Inventory.resource_class == name)
    scope.session.execute(delete(Inventory).where(*mine))
    scope.session.add(Inventory(provider_uuid=row.uuid, resource_class=name, **numbers))
    changed(scope, row)
    scope.session.flush()


def remove_provider(scope: Scope, uuid: str) -> None:
    """Forget a provider that nobody holds anything of."""
    row = provider(scope, uuid)
    if scope.session.scalars(select(Provider.n).where(Provider.parent_uuid == uuid).limit(1)).first():
        raise Conflict(
            f"Unable to delete parent resource provider {uuid}: It has child resource providers.",
            code="placement.resource_provider.cannot_delete_parent",
        )
    if any(used(scope, [uuid]).values()):
        raise Conflict(
            f"Unable to delete resource provider {uuid}: Resource provider has allocations.",
            code="placement.resource_provider.inuse",
        )
    for table in (Inventory, ProviderTrait, ProviderAggregate):
        scope.session.execute(delete(table).where(table.provider_uuid == uuid))
    scope.session.delete(row)


def move(scope: Scope, row: Provider, parent: str | None, anywhere: bool) -> None:
    """Give the provider, with all below it, a parent; since 1.37 (`anywhere`) also another one, or none."""
    if parent == row.parent_uuid:
        return
    why = "re-parenting" if parent else "un-parenting"
    if row.parent_uuid and not anywhere:
        raise _cannot_move(row, f"{why} a provider is not currently allowed.")
    above = scope.session.scalars(select(Provider).where(Provider.uuid == parent)).first()
    if parent and above is None:
        raise _cannot_move(row, "parent provider UUID does not exist.")
    below = _subtree(scope, row)
    if above is not None and above.uuid in {one.uuid for one in below}:
        raise _cannot_move(row, "creating loop in the provider tree is not allowed.")
    row.parent_uuid = parent
    for one in below:
        one.root_uuid = above.root_uuid if above else row.uuid


def _cannot_move(row: Provider, reason: str) -> BadRequest:
    return BadRequest(
        f"Unable to save resource provider {row.uuid}: Object action update failed because: {reason}"
    )


def _subtree(scope: Scope, row: Provider) -> list[Provider]:
    found = [row]
    for one in found:
        found += scope.session.scalars(select(Provider).where(Provider.parent_uuid == one.uuid))
    return found

"""Subnet pools: prefixes that subnets take theirs from.

Networking API reference, 'Subnet pools'; recording neutron/015; the rest seen on 2025.2. (There a pool with no room
left is a 500; here it is a 409 with the same words.)
"""

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import select

from cloudlab.sim.errors import BadRequest
from cloudlab.sim.neutron import sharing, validators
from cloudlab.sim.neutron.attributes import READ_ONLY, REQUIRED, TEXT, UNSET, Attribute, standard
from cloudlab.sim.neutron.faults import conflict, invalid_input, refused
from cloudlab.sim.neutron.kind import Json, born, given, standard_view
from cloudlab.sim.neutron.model import Subnet, SubnetPool
from cloudlab.sim.neutron.ranges import Net
from cloudlab.sim.neutron.scopes import ADDRESS_SCOPES
from cloudlab.sim.scope import Scope

BITS = {4: 32, 6: 128}
LEAST = {4: 8, 6: 64}  # min_prefixlen when nothing is said
QUOTA_UNIT = {4: 32, 6: 64}  # a quota counts addresses (IPv4) or /64s (IPv6)
LENGTHS = ("default_prefixlen", "min_prefixlen", "max_prefixlen")


def bad_subnet(reason: str) -> BadRequest:
    return refused("BadRequest", f"Bad subnets request: {reason}.")


def _length() -> Attribute:
    return Attribute(convert=validators.integer, check=validators.non_negative)


class SubnetPools(sharing.Shareable):
    resource, collection, table = "subnetpool", "subnetpools", SubnetPool
    missing = ("SubnetPoolNotFound", "Subnet pool {id} could not be found.")
    attributes = {
        "id": READ_ONLY,
        "name": Attribute(default=REQUIRED, check=validators.not_blank(255)),
        "prefixes": Attribute(default=REQUIRED, filter=False, check=validators.networks),
        "default_quota": _length(),
        "ip_version": READ_ONLY,
        **{name: _length() for name in LENGTHS},
        "is_default": Attribute(default=False, convert=validators.boolean, policy="admin"),
        "shared": Attribute(put=False, default=False, convert=validators.boolean, policy="admin", sort=False),
        "address_scope_id": Attribute(check=validators.optional(validators.uuid)),
        "description": TEXT,
        **standard(),
    }
    special_filters = {"shared": sharing.shared_filter("subnetpool", SubnetPool.id)}

    def views(self, scope: Scope, rows: Sequence[Any], fields: frozenset[str]) -> list[Json]:
        shared = sharing.shared(scope, [row.id for row in rows])
        return [view(row, row.id in shared) for row in rows]

    def updated_view(self, scope: Scope, row: Any) -> Json:
        """Neutron's own way: numbers here, texts elsewhere; and what is null is left out."""
        item = super().updated_view(scope, row)
        item |= {name: getattr(row, name) for name in LENGTHS}
        return {name: value for name, value in item.items() if value is not None}

    def create(self, scope: Scope, data: Json) -> SubnetPool:
        prefixes = compact(data["prefixes"])
        version = ipaddress.ip_network(prefixes[0]).version
        row = SubnetPool(
            **born(scope, "subnetpool", data["name"], data["project_id"], description=data["description"]),
            name=data["name"],
            prefixes=prefixes,
            ip_version=version,
            default_quota=given(data, "default_quota", None),
            is_default=data["is_default"],
            address_scope_id=given(data, "address_scope_id", None),
            **_lengths(version, {name: given(data, name, None) for name in LENGTHS}),
        )
        if row.is_default:
            _check_only_default(scope, row)
        _check_scope(scope, row, row.address_scope_id, prefixes)
        scope.session.add(row)
        scope.session.flush()
        if data["shared"]:
            sharing.add(scope, self.resource, row.id, row.project_id, sharing.SHARED)
        return row

    def update(self, scope: Scope, row: Any, data: Json) -> None:
        if "prefixes" in data:
            prefixes = compact(data["prefixes"])
            if not all(_inside(known, prefixes) for known in row.prefixes):
                raise refused(
                    "IllegalSubnetPoolPrefixUpdate",
                    "Illegal update to prefixes: Existing prefixes must be a subset of the new prefixes.",
                )
            data = {**data, "prefixes": prefixes}
        if data.get("is_default") and not row.is_default:
            _check_only_default(scope, row)
        _check_may_update(scope, row)
        _lengths(row.ip_version, {name: data.get(name, getattr(row, name)) for name in LENGTHS})
        _check_scope(
            scope, row, data.get("address_scope_id", row.address_scope_id), data.get("prefixes", row.prefixes)
        )
        super().update(scope, row, data)

    def delete(self, scope: Scope, row: Any) -> None:
        if scope.session.scalars(select(Subnet.n).where(Subnet.subnetpool_id == row.id).limit(1)).first():
            raise refused(
                "SubnetPoolDeleteError",
                "Unable to delete subnet pool: Subnet pool has existing allocations.",
            )
        scope.session.delete(row)


def nets(prefixes: Iterable[str]) -> list[Net]:
    """As networks; host bits are dropped."""
    return [ipaddress.ip_interface(prefix).network for prefix in prefixes]


def overlap(some: list[Net], others: list[Net]) -> bool:
    """Whether an address is in one of these and in one of those."""
    return any(net.overlaps(other) for net in some for other in others)  # type: ignore[arg-type]


def checked(prefixes: list[Any]) -> list[str]:
    """The prefixes of a body that isn't a resource's. Raises BadRequest for what is none."""
    for prefix in prefixes:
        if validators.ip_subnet(prefix):
            raise refused("AddrFormatError", f"invalid IPNetwork {prefix}")
    return prefixes


def compact(prefixes: list[str]) -> list[str]:
    """The fewest prefixes that say the same. Raises BadRequest for none, or for both IP versions."""
    if not prefixes:
        raise refused("EmptySubnetPoolPrefixList", "Empty subnet pool prefix list.")
    found = nets(prefixes)
    if len({net.version for net in found}) > 1:
        raise refused("PrefixVersionMismatch", "Cannot mix IPv4 and IPv6 prefixes in a subnet pool.")
    return [str(net) for net in collapsed(found)]


def collapsed(found: Iterable[Net]) -> list[Net]:
    return list(ipaddress.collapse_addresses(cast(list[ipaddress.IPv4Network], list(found))))


def _inside(prefix: str, prefixes: list[str]) -> bool:
    net = ipaddress.ip_network(prefix)
    return any(net.subnet_of(outer) for outer in nets(prefixes))  # type: ignore[arg-type]


def _lengths(version: int, said: dict[str, int | None]) -> dict[str, int]:
    """The three lengths, with what nobody said filled in. Raises BadRequest when they don't fit each other."""
    low, high, default = (said[name] for name in ("min_prefixlen", "max_prefixlen", "default_prefixlen"))
    low = LEAST[version] if low is None else low
    high = BITS[version] if high is None else high
    default = low if default is None else default
    wrong = (
        (low > high, f"min_prefixlen={low}, max_prefixlen={high}"),
        (high > BITS[version], f"max_prefixlen={high}, ip_version_max={BITS[version]}"),
        (default < low, f"default_prefixlen={default}, min_prefixlen={low}"),
        (default > high, f"default_prefixlen={default}, max_prefixlen={high}"),
    )
    for is_wrong, text in wrong:
        if is_wrong:
            raise refused("IllegalSubnetPoolPrefixBounds", f"Illegal prefix bounds: {text}.")
    return {"default_prefixlen": default, "min_prefixlen": low, "max_prefixlen": high}


def _default(scope: Scope, version: int) -> SubnetPool | None:
    query = select(SubnetPool).where(SubnetPool.is_default, SubnetPool.ip_version == version)
    return scope.session.scalars(query).first()


def _check_only_default(scope: Scope, row: SubnetPool) -> None:
    with scope.session.no_autoflush:
        if _default(scope, row.ip_version):
            raise invalid_input(
                "A default subnetpool for this IP family has already been set. Only one default may exist per IP "
                "family"
            )


def _check_may_update(scope: Scope, row: SubnetPool) -> None:
    """Within somebody else's scope a pool stays as it is."""
    if row.address_scope_id is None or scope.who.is_admin:
        return
    if ADDRESS_SCOPES.one(scope, row.address_scope_id).project_id != scope.who.project_id:
        raise refused(
            "IllegalSubnetPoolUpdate",
            f"Illegal subnetpool update : subnetpool {row.id} cannot be updated when associated with shared address "
            f"scope {row.address_scope_id}.",
        )


def _check_scope(scope: Scope, row: SubnetPool, scope_id: str | None, prefixes: list[str]) -> None:
    """The scope is the caller's to use, of the same IP version, and no other pool of it has any of the prefixes."""
    if scope_id is None:
        return
    found = ADDRESS_SCOPES.one(scope, scope_id)
    if found.ip_version != row.ip_version:
        raise refused(
            "IllegalSubnetPoolIpVersionAssociationToAddressScope",
            f"Illegal subnetpool association: subnetpool {row.id} cannot associate with address scope {scope_id} "
            f"because subnetpool ip_version is not {found.ip_version}.",
        )
    query = select(SubnetPool.prefixes).where(
        SubnetPool.address_scope_id == scope_id, SubnetPool.id != row.id
    )
    with scope.session.no_autoflush:
        others = [net for theirs in scope.session.scalars(query) for net in nets(theirs)]
    if overlap(nets(prefixes), others):
        raise conflict(
            "AddressScopePrefixConflict",
            "Failed to associate address scope: subnetpools within an address scope must have unique prefixes.",
        )


def chosen(scope: Scope, data: Json) -> SubnetPool | None:
    """The pool that a new subnet takes its prefix from, if from any."""
    pool_id, use_default = given(data, "subnetpool_id", None), data["use_default_subnetpool"]
    sized, has_cidr = given(data, "prefixlen", None) is not None, given(data, "cidr", None) is not None
    if has_cidr and sized:
        raise bad_subnet("cidr and prefixlen must not be supplied together")
    if pool_id and use_default:
        raise bad_subnet("subnetpool_id and use_default_subnetpool cannot both be specified")
    if use_default:
        found = _default(scope, data["ip_version"])
        if found is None:
            raise bad_subnet(f"No default subnetpool found for IPv{data['ip_version']}")
        return found
    return SUBNET_POOLS.one(scope, pool_id) if pool_id else None


def check_affinity(scope: Scope, network_id: str, version: int, pool: SubnetPool | None) -> None:
    """Subnets of one network are all of one pool (or one scope), or of none."""
    query = select(Subnet.subnetpool_id).where(Subnet.network_id == network_id, Subnet.ip_version == version)
    others = set(scope.session.scalars(query))
    if pool is None:
        wrong = any(others)
    else:
        of_scope = select(SubnetPool.address_scope_id).where(SubnetPool.id.in_([i for i in others if i]))
        scopes = {found for found in scope.session.scalars(of_scope) if found}
        if scopes and pool.address_scope_id not in scopes:
            raise refused(
                "NetworkAddressScopeAffinityError",
                "Subnets of the same address family hosted on the same network must all participate in the same "
                "address scope.",
            )
        wrong = not scopes and bool(others - {pool.id})
    if wrong:
        raise refused(
            "NetworkSubnetPoolAffinityError",
            "Subnets hosted on the same network must be allocated from the same subnet pool.",
        )


def allocate(scope: Scope, pool: SubnetPool, data: Json) -> Net:
    """A free network of the pool: the one asked for, or the first of the length asked for."""
    if data["ip_version"] != pool.ip_version:
        raise bad_subnet(
            f"Cannot allocate IPv{data['ip_version']} subnet from IPv{pool.ip_version} subnet pool"
        )
    cidr = given(data, "cidr", None)
    if cidr is None and data["allocation_pools"] is not UNSET:
        raise bad_subnet("allocation_pools allowed only for specific subnet requests.")
    wanted = ipaddress.ip_network(cidr) if cidr else None
    length = wanted.prefixlen if wanted else given(data, "prefixlen", None)
    length = pool.default_prefixlen if length is None else length
    _check_length(pool, length)
    _check_quota(scope, pool, length)
    free = available(scope, pool)
    if wanted is not None:
        if not any(wanted.version == net.version and wanted.subnet_of(net) for net in free):  # type: ignore[arg-type]
            raise _no_room("Cannot allocate requested subnet from the available set of prefixes")
        return wanted
    room = next((net for net in free if net.prefixlen <= length), None)
    if room is None:
        raise _no_room(f"Insufficient prefix space to allocate subnet size /{length}")
    return type(room)((room.network_address, length))


def _no_room(reason: str) -> Exception:
    return conflict("SubnetAllocationError", f"Failed to allocate subnet: {reason}.")


def _check_length(pool: SubnetPool, length: int) -> None:
    if not 0 <= length <= BITS[pool.ip_version]:
        wildcard = "0.0.0.0" if pool.ip_version == 4 else "::"
        raise refused("AddrFormatError", f"invalid IPNetwork {wildcard}/{length}")
    for wrong, kind, word, bound in (
        (length > pool.max_prefixlen, "MaxPrefix", "maximum", pool.max_prefixlen),
        (length < pool.min_prefixlen, "MinPrefix", "minimum", pool.min_prefixlen),
    ):
        if wrong:
            raise refused(
                f"{kind}SubnetAllocationError",
                f"Unable to allocate subnet with prefix length {length}, {word} allowed prefix is {bound}.",
            )


def _check_quota(scope: Scope, pool: SubnetPool, length: int) -> None:
    if not pool.default_quota:
        return
    unit = QUOTA_UNIT[pool.ip_version]
    query = select(Subnet.cidr).where(Subnet.subnetpool_id == pool.id, Subnet.project_id == pool.project_id)
    held = sum(2.0 ** (unit - ipaddress.ip_network(cidr).prefixlen) for cidr in scope.session.scalars(query))
    if held + 2.0 ** (unit - length) > pool.default_quota:
        raise conflict("SubnetPoolQuotaExceeded", "Per-tenant subnet pool prefix quota exceeded.")


def taken(scope: Scope, pool: SubnetPool) -> list[Net]:
    return nets(scope.session.scalars(select(Subnet.cidr).where(Subnet.subnetpool_id == pool.id)))


def available(scope: Scope, pool: SubnetPool) -> list[Net]:
    """What no subnet has: the smallest blocks first, so that large ones last."""
    left = without(nets(pool.prefixes), taken(scope, pool))
    return sorted(left, key=lambda net: -net.prefixlen)


def without(left: list[Net], gone: Iterable[Net]) -> list[Net]:
    """Prefixes less others, in order of address."""
    for net in gone:
        rest: list[Net] = []
        for block in left:
            if net.subnet_of(block):  # type: ignore[arg-type]
                rest += block.address_exclude(net)  # type: ignore[arg-type]
            elif not block.subnet_of(net):  # type: ignore[arg-type]
                rest.append(block)
        left = rest
    return collapsed(left)


def view(row: SubnetPool, shared: bool) -> Json:
    return {
        "id": row.id,
        "name": row.name,
        "tenant_id": row.project_id,
        **{name: str(getattr(row, name)) for name in LENGTHS},
        "is_default": row.is_default,
        "shared": shared,
        "prefixes": row.prefixes,
        "ip_version": row.ip_version,
        "default_quota": row.default_quota,
        "address_scope_id": row.address_scope_id,
        "description": row.description,
        **standard_view(row),
    }


SUBNET_POOLS = SubnetPools()

"""Neutron's tables. The rules are with each resource (`networks.py`, `subnets.py`, …)."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cloudlab.sim.store import Base, UtcTime


class Standard:
    """The columns of every resource. `n` is a row number: lists come in order of creation."""

    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(unique=True)
    project_id: Mapped[str] = mapped_column(index=True)
    description: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)
    revision: Mapped[int] = mapped_column(default=0)


class Network(Standard, Base):
    __tablename__ = "neutron_network"
    name: Mapped[str]
    admin_state_up: Mapped[bool] = mapped_column(default=True)
    mtu: Mapped[int] = mapped_column(default=1450)
    status: Mapped[str] = mapped_column(default="ACTIVE")
    external: Mapped[bool] = mapped_column(default=False)
    is_default: Mapped[bool] = mapped_column(default=False)
    port_security_enabled: Mapped[bool] = mapped_column(default=True)
    network_type: Mapped[str]
    physical_network: Mapped[str | None]
    segmentation_id: Mapped[int | None]
    segments: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)  # when it has more than one


class Subnet(Standard, Base):
    __tablename__ = "neutron_subnet"
    name: Mapped[str]
    network_id: Mapped[str] = mapped_column(index=True)
    ip_version: Mapped[int]
    cidr: Mapped[str]
    subnetpool_id: Mapped[str | None] = mapped_column(index=True)
    gateway_ip: Mapped[str | None]
    enable_dhcp: Mapped[bool]
    ipv6_ra_mode: Mapped[str | None]
    ipv6_address_mode: Mapped[str | None]
    allocation_pools: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    host_routes: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    dns_nameservers: Mapped[list[str]] = mapped_column(JSON)
    service_types: Mapped[list[str]] = mapped_column(JSON)


class Port(Standard, Base):
    __tablename__ = "neutron_port"
    name: Mapped[str]
    network_id: Mapped[str] = mapped_column(index=True)
    mac_address: Mapped[str]
    admin_state_up: Mapped[bool] = mapped_column(default=True)
    status: Mapped[str] = mapped_column(default="DOWN")
    device_id: Mapped[str] = mapped_column(default="", index=True)
    device_owner: Mapped[str] = mapped_column(default="")
    port_security_enabled: Mapped[bool] = mapped_column(default=True)
    vnic_type: Mapped[str] = mapped_column(default="normal")
    host_id: Mapped[str] = mapped_column(default="")
    profile: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    extra_dhcp_opts: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    allowed_address_pairs: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)


class IpAllocation(Base):
    """An address of a subnet in use by a port."""

    __tablename__ = "neutron_ip_allocation"
    __table_args__ = (UniqueConstraint("subnet_id", "ip_address"),)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    port_id: Mapped[str] = mapped_column(index=True)
    subnet_id: Mapped[str]
    ip_address: Mapped[str]


class PortGroup(Base):
    """A port is in a security group."""

    __tablename__ = "neutron_port_security_group"
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    port_id: Mapped[str] = mapped_column(index=True)
    group_id: Mapped[str] = mapped_column(index=True)


class SecurityGroup(Standard, Base):
    __tablename__ = "neutron_security_group"
    name: Mapped[str]
    stateful: Mapped[bool] = mapped_column(default=True)
    is_default: Mapped[bool] = mapped_column(default=False)


class RuleWords:
    """What a rule says, whether of a group or of groups to come."""

    ethertype: Mapped[str]
    direction: Mapped[str]
    protocol: Mapped[str | None]
    port_range_min: Mapped[int | None]
    port_range_max: Mapped[int | None]
    remote_ip_prefix: Mapped[str | None]
    remote_group_id: Mapped[str | None]
    remote_address_group_id: Mapped[str | None]


class Rule(RuleWords, Standard, Base):
    """A rule of a security group. The API shows `n` as standard_attr_id."""

    __tablename__ = "neutron_security_group_rule"
    security_group_id: Mapped[str] = mapped_column(index=True)


class Router(Standard, Base):
    __tablename__ = "neutron_router"
    name: Mapped[str]
    admin_state_up: Mapped[bool] = mapped_column(default=True)
    status: Mapped[str] = mapped_column(default="ACTIVE")
    gateway_port_id: Mapped[str | None]
    enable_snat: Mapped[bool] = mapped_column(default=True)
    routes: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    flavor_id: Mapped[str | None]


class FloatingIp(Standard, Base):
    __tablename__ = "neutron_floatingip"
    floating_ip_address: Mapped[str]
    floating_network_id: Mapped[str]
    floating_port_id: Mapped[str]
    port_id: Mapped[str | None] = mapped_column(index=True)
    fixed_ip_address: Mapped[str | None]
    router_id: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="DOWN")


class Quota(Base):
    """A project's own limit where it isn't the default."""

    __tablename__ = "neutron_quota"
    project_id: Mapped[str] = mapped_column(primary_key=True)
    resource: Mapped[str] = mapped_column(primary_key=True)
    limit: Mapped[int]


class Tag(Base):
    """A word that somebody stuck on a resource of any kind."""

    __tablename__ = "neutron_tag"
    __table_args__ = (UniqueConstraint("resource_id", "tag"),)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    resource_id: Mapped[str]
    tag: Mapped[str] = mapped_column(index=True)


class RbacPolicy(Standard, Base):
    """Somebody else's access to a resource: a project's, or ('*') everybody's. All sharing is here, and only here."""

    __tablename__ = "neutron_rbac_policy"
    __table_args__ = (UniqueConstraint("object_id", "action", "target_project"),)
    object_type: Mapped[str]
    object_id: Mapped[str]
    action: Mapped[str]
    target_project: Mapped[str] = mapped_column(index=True)


class AddressScope(Standard, Base):
    __tablename__ = "neutron_address_scope"
    name: Mapped[str]
    ip_version: Mapped[int]


class SubnetPool(Standard, Base):
    """Prefixes that subnets take theirs from."""

    __tablename__ = "neutron_subnetpool"
    name: Mapped[str]
    prefixes: Mapped[list[str]] = mapped_column(JSON)
    ip_version: Mapped[int]
    default_prefixlen: Mapped[int]
    min_prefixlen: Mapped[int]
    max_prefixlen: Mapped[int]
    default_quota: Mapped[int | None]
    is_default: Mapped[bool] = mapped_column(default=False)
    address_scope_id: Mapped[str | None] = mapped_column(index=True)


class AddressGroup(Standard, Base):
    """Addresses that a security group's rule can name together."""

    __tablename__ = "neutron_address_group"
    name: Mapped[str]
    addresses: Mapped[list[str]] = mapped_column(JSON)


class DefaultRule(RuleWords, Standard, Base):
    """A rule that every new security group is born with."""

    __tablename__ = "neutron_default_rule"
    used_in_default_sg: Mapped[bool]
    used_in_non_default_sg: Mapped[bool]


class Flavor(Base):
    """A kind of router that an operator offers. (Not nova's flavors.)"""

    __tablename__ = "neutron_flavor"
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str | None]
    service_type: Mapped[str]
    enabled: Mapped[bool]
    revision: Mapped[int] = mapped_column(default=0)  # not shown


class ServiceProfile(Base):
    """How a flavor is made."""

    __tablename__ = "neutron_service_profile"
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str | None]
    driver: Mapped[str]
    metainfo: Mapped[str]
    enabled: Mapped[bool]
    revision: Mapped[int] = mapped_column(default=0)  # not shown


class FlavorProfile(Base):
    __tablename__ = "neutron_flavor_profile"
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    flavor_id: Mapped[str] = mapped_column(index=True)
    profile_id: Mapped[str] = mapped_column(index=True)


class Topology(Base):
    """A project's network, made for it with a router in one go."""

    __tablename__ = "neutron_topology"
    project_id: Mapped[str] = mapped_column(primary_key=True)
    network_id: Mapped[str]
    router_id: Mapped[str]

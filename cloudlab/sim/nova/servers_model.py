"""Servers: their tables, and the rules of who sees which. No HTTP.

A deleted server's row stays (`deleted`), as nova keeps it: its actions can still be asked for, its id is 404.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from cloudlab.sim.store import Base, UtcTime


class Server(Base):
    """A virtual server. `vcpus` and `ram` (MiB) repeat the flavor's, so that quotas are one sum in SQL.

    `flavor` is the flavor as it was when the server was made: {id, name, vcpus, ram, disk, ephemeral, swap,
    extra_specs}; `flavor_id` repeats its id, for lists. `networks` is what was asked for: "auto", "none" or a list of
    {uuid, port, fixed_ip, tag, chosen} (`chosen`: by nova). `ports` are the ports that neutron gave: [{id, mine, tag,
    network}] (`mine`: nova made it, so nova deletes it; `network`: its name then). The info cache: `addresses`
    [{port_id, network, mac, ips: [{address, version, type}]}]. `fault` is {code, message, created} or None. `run` is
    the number of the InstanceAction under way: a step of any other is out of date. `host` is the machine, `node` its
    resource provider in placement.
    """

    __tablename__ = "nova_server"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(36), unique=True)
    project_id: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[str]
    reservation_id: Mapped[str]
    name: Mapped[str]
    hostname: Mapped[str]
    description: Mapped[str | None]
    vm_state: Mapped[str]
    task_state: Mapped[str | None]
    power_state: Mapped[int] = mapped_column(default=0)
    flavor: Mapped[dict[str, Any]] = mapped_column(JSON)
    flavor_id: Mapped[str]
    vcpus: Mapped[int]
    ram: Mapped[int]
    image_id: Mapped[str | None]
    image_meta: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True, default=dict)
    key_name: Mapped[str | None]
    key_fingerprint: Mapped[str | None]
    user_data: Mapped[str | None] = mapped_column(deferred=True)
    config_drive: Mapped[str] = mapped_column(default="")
    disk_config: Mapped[str] = mapped_column(default="MANUAL")
    server_metadata: Mapped[dict[str, str]] = mapped_column("metadata", JSON, default=dict)
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    security_groups: Mapped[list[str]] = mapped_column(JSON, deferred=True, default=list)
    made_by: Mapped[dict[str, str]] = mapped_column(JSON, deferred=True, default=dict)
    networks: Mapped[Any] = mapped_column(JSON, deferred=True, default=None)
    ports: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    addresses: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    scheduler_hints: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True, default=dict)
    group_id: Mapped[str | None] = mapped_column(String(36), index=True, default=None)
    access_ip_v4: Mapped[str] = mapped_column(default="")
    access_ip_v6: Mapped[str] = mapped_column(default="")
    asked_zone: Mapped[str | None]
    launch_index: Mapped[int] = mapped_column(default=0)
    locked: Mapped[bool] = mapped_column(default=False)
    locked_reason: Mapped[str | None]
    progress: Mapped[int] = mapped_column(default=0)
    fault: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    host: Mapped[str | None]
    node: Mapped[str | None] = mapped_column(String(36), deferred=True, default=None)
    zone: Mapped[str] = mapped_column(default="")
    run: Mapped[int] = mapped_column(default=0)
    old_flavor: Mapped[dict[str, Any] | None] = mapped_column(JSON, deferred=True, default=None)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)
    launched_at: Mapped[datetime | None] = mapped_column(UtcTime)
    terminated_at: Mapped[datetime | None] = mapped_column(UtcTime)
    booted_at: Mapped[datetime | None] = mapped_column(UtcTime)
    deleted: Mapped[bool] = mapped_column(default=False)


# The order of a page, so that one of 20 among 10,000 reads 20.
Index("nova_server_page", Server.project_id, Server.deleted, Server.created_at.desc(), Server.id)
Index("nova_server_all", Server.deleted, Server.created_at.desc(), Server.id)


class BlockDevice(Base):
    """A volume of a server (a block device mapping). `id` is the mapping's own uuid, `attachment_id` cinder's."""

    __tablename__ = "nova_block_device"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str]
    server_id: Mapped[str] = mapped_column(ForeignKey("nova_server.id"), index=True)
    volume_id: Mapped[str] = mapped_column(index=True)
    device: Mapped[str]
    attachment_id: Mapped[str | None]
    tag: Mapped[str | None]
    delete_on_termination: Mapped[bool] = mapped_column(default=False)
    boot: Mapped[bool] = mapped_column(default=False)


class InstanceAction(Base):
    """What was asked of a server, by whom; kept after the server is gone."""

    __tablename__ = "nova_instance_action"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    server_id: Mapped[str] = mapped_column(index=True)
    action: Mapped[str]
    request_id: Mapped[str]
    user_id: Mapped[str | None]
    project_id: Mapped[str | None]
    message: Mapped[str | None]
    start_time: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)


class InstanceActionEvent(Base):
    """One step of an action: compute__do_build_and_run_instance and its like."""

    __tablename__ = "nova_instance_action_event"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    action_number: Mapped[int] = mapped_column(ForeignKey("nova_instance_action.number"), index=True)
    event: Mapped[str]
    result: Mapped[str | None]
    details: Mapped[str | None]
    host: Mapped[str | None]
    start_time: Mapped[datetime] = mapped_column(UtcTime)
    finish_time: Mapped[datetime | None] = mapped_column(UtcTime)

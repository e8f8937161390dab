"""openstacksdk, unmodified, and compute: what programs do with a connection."""

from typing import Any

import pytest
from openstack import exceptions

Sdk = Any


def make(conn: Any, name: str = "vm", **more: Any) -> Any:
    """One server, waited for."""
    network = conn.network.find_network("private").id
    flavor, image = conn.compute.find_flavor("m1.tiny").id, conn.image.find_image("cirros").id
    asked = {"flavor_id": flavor, "image_id": image, "networks": [{"uuid": network}], **more}
    return conn.compute.wait_for_server(conn.compute.create_server(name=name, **asked), interval=0.01)


def test_the_cloud_layer_makes_a_server_with_an_address(sdk: Sdk) -> None:
    conn = sdk()
    server = conn.create_server(
        "vm", image="cirros", flavor="m1.tiny", network="private", wait=True, auto_ip=True
    )

    seen = conn.get_server("vm")
    assert (server.status, seen.private_v4[:3], seen.public_v4[:4]) == ("ACTIVE", "10.", "172.")
    assert conn.delete_server("vm", wait=True, delete_ips=True)
    assert conn.list_servers() == [] and conn.list_floating_ips() == []


def test_a_servers_life(sdk: Sdk) -> None:
    conn = sdk()
    server = make(conn, metadata={"a": "b"})
    compute = conn.compute
    for action, status in (
        ("pause", "PAUSED"),
        ("unpause", "ACTIVE"),
        ("stop", "SHUTOFF"),
        ("start", "ACTIVE"),
    ):
        getattr(compute, f"{action}_server")(server)
        compute.wait_for_server(server, status=status, interval=0.01)
    compute.resize_server(server, compute.find_flavor("m1.small").id)
    compute.wait_for_server(server, status="VERIFY_RESIZE", interval=0.01)
    compute.confirm_server_resize(server)
    compute.set_server_metadata(server, c="d")
    image = compute.create_server_image(server, "copy", wait=True)

    assert image.status == "active" and conn.image.find_image("copy").id == image.id
    assert compute.get_server_metadata(server).metadata == {"a": "b", "c": "d"}
    actions = [action.action for action in compute.server_actions(server)]
    assert actions[0] == "createImage" and actions[-1] == "create" and "confirmResize" in actions
    assert "login" in compute.get_server_console_output(server)["output"]
    compute.delete_server(server)
    compute.wait_for_delete(server, interval=0.01)
    assert compute.find_server("vm") is None


def test_interfaces_and_volumes(sdk: Sdk) -> None:
    conn = sdk()
    server, compute = make(conn), conn.compute
    network = conn.network.find_network("private").id

    port = compute.create_server_interface(server, net_id=network, tag="second")
    assert (port.port_state, port.tag) == ("ACTIVE", "second")
    assert len(list(compute.server_interfaces(server))) == 2
    compute.delete_server_interface(port.port_id, server=server)
    assert len(list(compute.server_interfaces(server))) == 1
    volume = conn.create_volume(1, name="disk", wait=True)
    compute.create_volume_attachment(server, volume=volume)
    (attachment,) = compute.volume_attachments(server)
    assert (attachment.volume_id, attachment.device) == (volume.id, "/dev/vdb")
    compute.delete_volume_attachment(server, volume.id)
    assert list(compute.volume_attachments(server)) == []


def test_what_an_administrator_sees(sdk: Sdk) -> None:
    make(sdk("demo"))
    compute = sdk("admin").compute

    (host,) = compute.hypervisors(details=True, with_servers=True)
    assert (host.name, host.state, len(host.servers)) == ("devstack", "up", 1)
    assert [service.binary for service in compute.services()] == [
        "nova-scheduler",
        "nova-conductor",
        "nova-compute",
    ]
    assert [zone.name for zone in compute.availability_zones(details=True)] == ["internal", "nova"]
    aggregate = compute.create_aggregate(name="racks")
    aggregate = compute.add_host_to_aggregate(aggregate, "devstack")
    aggregate = compute.set_aggregate_metadata(aggregate, {"a": "b"})
    assert (aggregate.hosts, aggregate.metadata["a"]) == (["devstack"], "b")
    assert compute.find_hypervisor("devstack").id == host.id
    usages = list(compute.usages())
    assert len(usages) == 1 and compute.get_usage(usages[0].project_id).project_id == usages[0].project_id
    assert list(compute.migrations()) == []


def test_groups_quotas_and_limits(sdk: Sdk) -> None:
    compute = sdk().compute
    for number in range(10):
        compute.create_server_group(name=f"g{number}", policy="soft-anti-affinity")
    with pytest.raises(exceptions.ForbiddenException, match="too many server groups"):
        compute.create_server_group(name="one more", policy="affinity")

    absolute = compute.get_limits().absolute

    assert (absolute.server_groups, absolute.server_groups_used) == (10, 10)
    assert len(list(compute.server_groups())) == 10
    compute.delete_server_group(compute.find_server_group("g3"))
    assert compute.find_server_group("g3") is None


def test_errors_have_their_types(sdk: Sdk) -> None:
    conn = sdk()
    make(conn, "twin")
    make(conn, "twin")

    with pytest.raises(exceptions.DuplicateResource):
        conn.compute.find_server("twin")
    with pytest.raises(exceptions.NotFoundException):
        conn.compute.get_server("nobody")
    with pytest.raises(exceptions.ForbiddenException):
        list(conn.compute.servers(all_projects=True))
    with pytest.raises(exceptions.ConflictException, match="while it is in vm_state active"):
        conn.compute.unpause_server(next(conn.compute.servers()))

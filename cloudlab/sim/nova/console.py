"""What a server wrote on its serial console: the boot of a small Linux, made from its own facts.

Nothing really boots; every line says something true of the server: its name, sizes, addresses, key and volumes.
The boot takes less than a second, so that no line is from a moment that hasn't come yet.
"""

from datetime import datetime, timedelta

from cloudlab.sim.nova.servers_model import BlockDevice, Server

KERNEL = "5.15.0-117-generic"
WIDTH = 58


def console_text(server: Server, volumes: list[BlockDevice]) -> str:
    """The whole log since the last boot; empty before the first."""
    if server.booted_at is None:
        return ""
    lines = [*_kernel(server, volumes), *_network(server), *_cloud_init(server), *_login(server)]
    if server.vm_state == "stopped":
        lines += [
            "",
            "The system is going down NOW!",
            "Requesting system poweroff",
            "[   95.117204] reboot: Power down",
        ]
    return "\n".join(lines) + "\n"


def last_lines(text: str, length: int | None) -> str:
    """The last `length` lines; all of them without one, or with a negative one."""
    if length is None or length < 0:
        return text
    return "\n".join(text.splitlines()[-length:]) if length else ""


def _kernel(server: Server, volumes: list[BlockDevice]) -> list[str]:
    ram = server.ram * 1024
    lines = [
        f"[    0.000000] Linux version {KERNEL} (buildd@lcy02) (gcc 11.4.0) #127-Ubuntu SMP",
        "[    0.000000] Command line: LABEL=cirros-rootfs ro console=tty1 console=ttyS0",
        "[    0.000000] Hypervisor detected: KVM",
        "[    0.000000] DMI: OpenStack Foundation OpenStack Nova, BIOS 1.16.2-1 04/01/2014",
        f"[    0.004117] Memory: {ram - 24576}K/{ram}K available",
        f"[    0.012904] smp: Brought up 1 node, {server.vcpus} CPU{'s' if server.vcpus > 1 else ''}",
        f"[    0.073142] virtio_blk virtio2: [vda] {server.flavor['disk'] * 2097152} 512-byte logical blocks "
        f"({server.flavor['disk']} GiB)",
    ]
    for device in volumes:
        name = device.device.removeprefix("/dev/")
        lines.append(f"[    0.074401] virtio_blk: [{name}] volume {device.volume_id}")
    lines += [
        "[    0.120883] EXT4-fs (vda1): mounted filesystem with ordered data mode",
        "info: initramfs: up at 0.13",
        "info: /etc/init.d/rc.sysinit: up at 0.25",
    ]
    return lines


def _network(server: Server) -> list[str]:
    """An interface for each port, as udhcpc and cloud-init say it."""
    lines = ["Starting network: OK" if server.addresses else "Starting network: no interface"]
    for number, port in enumerate(server.addresses):
        for ip in port["ips"]:
            lines.append(
                f"udhcpc (eth{number}): lease of {ip['address']} obtained on network {port['network']}"
            )
    lines.append("ci-info: " + "Net device info".center(WIDTH, "+"))
    for number, port in enumerate(server.addresses):
        for ip in port["ips"]:
            lines.append(f"ci-info: | eth{number} | True | {ip['address']:<15} | {port['mac']} |")
    return [*lines, "ci-info: " + "+" * WIDTH]


def _cloud_init(server: Server) -> list[str]:
    """Who it is, and which key may log in."""
    began, done = _moment(server.booted_at, 0.42), _moment(server.booted_at, 0.91)
    lines = [
        f"Cloud-init v. 24.1.3 running 'init' at {began}. Up 0.42 seconds.",
        f"cloud-init: instance-id: {server.id}",
        f"cloud-init: local-hostname: {server.hostname}",
        f"cloud-init: availability-zone: {server.zone}",
        f"cloud-init: user-data: {'read' if server.user_data else 'none'}",
    ]
    if server.key_name:
        lines += [
            "ci-info: " + "Authorized keys for user cirros".center(WIDTH, "+"),
            f"ci-info: | ssh | {server.key_fingerprint} | {server.key_name} |",
            "ci-info: " + "+" * WIDTH,
        ]
    else:
        lines.append("ci-info: no authorized SSH keys fingerprints found for user cirros.")
    return [
        *lines,
        f"Cloud-init v. 24.1.3 finished at {done}. Datasource DataSourceOpenStack. Up 0.91 seconds",
    ]


def _moment(start: datetime | None, seconds: float) -> str:
    assert start is not None
    return (start + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S +0000")


def _login(server: Server) -> list[str]:
    how = "use the key above, or user 'cirros' and password 'gocubsgo'."
    return [
        "=== cirros: current=0.6.3 uptime=0.92 ===",
        "  ____               ____  ____",
        " / __/ __ ____ ____ / __ \\/ __/",
        "/ /__ / // __// __// /_/ /\\ \\",
        "\\___//_//_/  /_/   \\____/___/",
        "   http://cirros-cloud.net",
        "",
        "",
        f"login as 'cirros': {how}"
        if server.key_name
        else "login as 'cirros' user. default password: 'gocubsgo'.",
        f"{server.hostname} login: ",
    ]

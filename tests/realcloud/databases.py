"""The database server's contents: made, given their tables, kept, and put back."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor

from .config import database
from .packages import RABBIT_BIN, program
from .processes import NODE, environment
from .settings import KEYSTONE, PASSWORD, REGION, Home

NAMES = ("keystone", "glance", "placement", "nova_api", "nova_cell0", "nova_cell1", "neutron", "cinder")


def run(home: Home, *command: str, **options: str) -> str:
    """One command, in the cloud's surroundings. Where it fails, the error has its output."""
    done = subprocess.run(
        command,
        env={**environment(home), **options},
        cwd=home.path,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout[-3000:]}")
    return done.stdout


def client(home: Home, name: str = "mariadb") -> list[str]:
    """A client program of the database server, with how to reach it."""
    return [program(name), "--no-defaults", "-uroot", f"--socket={home.run / 'mariadb.sock'}"]


def answers(home: Home) -> bool:
    """Whether the database server does."""
    return not subprocess.run([*client(home), "-e", "select 1"], capture_output=True).returncode


def create_server(home: Home) -> None:
    """An empty server's files. Once."""
    data = home.state / "mariadb"
    if not (data / "mysql").is_dir():
        options = ["--no-defaults", "--user=root", f"--datadir={data}", "--skip-test-db"]
        run(home, program("mariadb-install-db"), *options, "--auth-root-authentication-method=normal")


def create(home: Home) -> None:
    """Databases, and one user who may do everything in them."""
    statements = [f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4" for name in NAMES]
    statements += [
        f"CREATE USER IF NOT EXISTS 'os'@'%' IDENTIFIED BY '{PASSWORD}'",
        "GRANT ALL ON *.* TO 'os'@'%'",
    ]
    run(home, *client(home), "-e", "; ".join(statements))


def create_bus_user(home: Home) -> None:
    """RabbitMQ's user for all services."""
    control = str(RABBIT_BIN / "rabbitmqctl")
    run(home, control, "-q", "-n", NODE, "await_startup")
    if "openstack\t" not in run(home, control, "-q", "-n", NODE, "list_users"):
        run(home, control, "-q", "-n", NODE, "add_user", "openstack", PASSWORD)
    run(home, control, "-q", "-n", NODE, "set_permissions", "openstack", ".*", ".*", ".*")


def keystone_tables(home: Home) -> None:
    """Keystone's, with its keys and its first administrator."""
    manage = [str(home.bin / "keystone-manage"), "--config-dir", str(home.etc / "keystone")]
    for keys in ("fernet-keys", "credential-keys"):
        (home.state / "keystone" / keys).mkdir(parents=True, exist_ok=True, mode=0o700)
    run(home, *manage, "db_sync")
    for setup in ("fernet_setup", "credential_setup"):
        run(home, *manage, setup, "--keystone-user", "root", "--keystone-group", "root")
    urls = [f"--bootstrap-{interface}-url={KEYSTONE}" for interface in ("admin", "public", "internal")]
    names = ["--bootstrap-service-name=keystone", f"--bootstrap-region-id={REGION}"]
    run(home, *manage, "bootstrap", f"--bootstrap-password={PASSWORD}", *names, *urls)


def nova_manage(home: Home, *words: str) -> str:
    """Nova's own administration."""
    return run(home, str(home.bin / "nova-manage"), f"--config-file={home.etc / 'nova/nova.conf'}", *words)


def nova_tables(home: Home) -> None:
    """Nova's three databases and its one cell."""
    nova_manage(home, "api_db", "sync")
    nova_manage(home, "cell_v2", "map_cell0", "--database_connection", database("nova_cell0"))
    if " cell1 " not in nova_manage(home, "cell_v2", "list_cells"):
        nova_manage(home, "cell_v2", "create_cell", "--name", "cell1")
    nova_manage(home, "db", "sync")


def neutron_tables(home: Home) -> None:
    """The slowest: every release's change, one after another."""
    neutron = home.etc / "neutron"
    files = [f"--config-file={neutron / 'neutron.conf'}", f"--config-file={neutron / 'ml2_conf.ini'}"]
    run(home, str(home.bin / "neutron-db-manage"), *files, "upgrade", "heads")


def small_tables(home: Home) -> None:
    """Glance's, placement's and cinder's."""
    placement = home.etc / "placement"
    run(home, str(home.bin / "glance-manage"), f"--config-dir={home.etc / 'glance'}", "db_sync")
    run(
        home,
        *(str(home.bin / "placement-manage"), f"--config-dir={placement}", "db", "sync"),
        OS_PLACEMENT_CONFIG_DIR=str(placement),
    )
    run(
        home,
        str(home.bin / "cinder-manage"),
        f"--config-file={home.etc / 'cinder/cinder.conf'}",
        "db",
        "sync",
    )


def tables(home: Home) -> None:
    """All but keystone's, side by side."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda make: make(home), (nova_tables, neutron_tables, small_tables)))


def keep(home: Home) -> None:
    """Write down what all databases hold now."""
    dump = run(home, *client(home, "mariadb-dump"), "--add-drop-database", "--databases", *NAMES)
    home.contents.write_text(dump)


def put_back(home: Home) -> None:
    """The databases as they were written down."""
    with home.contents.open() as file:
        subprocess.run(client(home), stdin=file, check=True, env=environment(home))

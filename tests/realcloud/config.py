"""Every service's configuration, as data: file → section → option. Only what isn't the service's own default."""

from __future__ import annotations

from configparser import RawConfigParser
from pathlib import Path

from .settings import (
    API_PORTS,
    BACKEND,
    HOST,
    KEYSTONE,
    LOCALHOST,
    MARIADB_PORT,
    MEMCACHED_PORT,
    PASSWORD,
    RABBIT_PORT,
    REGION,
    Home,
)

Sections = dict[str, dict[str, str]]

BUS = f"rabbit://openstack:{PASSWORD}@{LOCALHOST}:{RABBIT_PORT}/"
MEMCACHED = f"{LOCALHOST}:{MEMCACHED_PORT}"
CACHE = {"enabled": "True", "backend": "dogpile.cache.memcached", "memcache_servers": MEMCACHED}
FIXED_KEY = "0123456789abcdef" * 4  # encrypts nothing: there are no disks


def database(name: str) -> str:
    """A database's address."""
    return f"mysql+pymysql://os:{PASSWORD}@{LOCALHOST}:{MARIADB_PORT}/{name}?charset=utf8mb4"


def login(user: str, region: bool = True) -> dict[str, str]:
    """How a service shows its user to keystone. ``region``: where the section knows that option under this name."""
    options = {
        "auth_type": "password",
        "auth_url": KEYSTONE,
        "username": user,
        "password": PASSWORD,
        "user_domain_name": "Default",
        "project_name": "service",
        "project_domain_name": "Default",
    }
    return {**options, "region_name": REGION} if region else options


def common(home: Home, user: str) -> Sections:
    """What all services but keystone have: who checks their tokens, and where they lock."""
    return {
        "keystone_authtoken": {
            **login(user),
            "www_authenticate_uri": KEYSTONE,
            "interface": "public",
            "memcached_servers": MEMCACHED,
            "service_token_roles": "service",
            "service_token_roles_required": "True",
        },
        "oslo_concurrency": {"lock_path": str(home.state / "locks" / user)},
        "oslo_messaging_rabbit": {"heartbeat_in_pthread": "false"},
    }


def keystone(home: Home) -> Sections:
    """Fernet tokens that last a day, as recorded."""
    keys = str(home.state / "keystone" / "fernet-keys")
    return {
        "DEFAULT": {
            "public_endpoint": KEYSTONE,
            "max_token_size": "16384",
        },
        "database": {"connection": database("keystone")},
        "token": {"provider": "fernet", "expiration": "86400"},
        "fernet_tokens": {"key_repository": keys},
        "fernet_receipts": {"key_repository": keys},
        "credential": {"key_repository": str(home.state / "keystone" / "credential-keys")},
        "cache": CACHE,
        "oslo_concurrency": {"lock_path": str(home.state / "locks" / "keystone")},
    }


def placement(home: Home) -> Sections:
    """Nothing of its own."""
    return {
        **common(home, "placement"),
        "api": {"auth_strategy": "keystone"},
        "placement_database": {"connection": database("placement")},
    }


def glance(home: Home) -> Sections:
    """Images are files."""
    images = home.state / "glance"
    return {
        **common(home, "glance"),
        "DEFAULT": {
            "enabled_backends": "file1:file",
            "transport_url": BUS,
            "workers": "1",
        },
        "database": {"connection": database("glance")},
        "glance_store": {"default_backend": "file1"},
        "file1": {"filesystem_store_datadir": str(images / "images")},
        "os_glance_staging_store": {"filesystem_store_datadir": str(images / "staging")},
        "os_glance_tasks_store": {"filesystem_store_datadir": str(images / "tasks")},
        "paste_deploy": {
            "flavor": "keystone",
            "config_file": str(home.shipped / "glance" / "glance-api-paste.ini"),
        },
    }


def nova(home: Home) -> Sections:
    """One host, whose driver only remembers which servers it was told to run."""
    return {
        **common(home, "nova"),
        "DEFAULT": {
            "host": HOST,
            "my_ip": LOCALHOST,
            "transport_url": BUS,
            "compute_driver": "fake.FakeDriverWithoutFakeNodes",
            "state_path": str(home.state / "nova"),
            "instances_path": str(home.state / "nova" / "instances"),
            "allow_resize_to_same_host": "True",
            "instance_name_template": "instance-%08x",
        },
        "wsgi": {"api_paste_config": str(home.shipped / "nova" / "api-paste.ini")},
        "api": {"auth_strategy": "keystone"},
        "api_database": {"connection": database("nova_api")},
        "database": {"connection": database("nova_cell1")},
        "scheduler": {"workers": "1"},
        "conductor": {"workers": "1"},
        "glance": {**login("nova"), "service_type": "image"},
        "cinder": {
            **login("nova", region=False),
            "catalog_info": "volumev3::publicURL",
            "os_region_name": REGION,
        },
        "neutron": login("nova"),
        "placement": login("nova"),
        "service_user": {**login("nova", region=False), "send_service_user_token": "True"},
        "vnc": {"enabled": "False"},
        "cache": CACHE,
        "key_manager": {"backend": "nova.keymgr.conf_key_mgr.ConfKeyManager", "fixed_key": FIXED_KEY},
    }


def neutron(home: Home) -> Sections:
    """Without agents: our driver binds every port."""
    return {
        **common(home, "neutron"),
        "DEFAULT": {
            "host": HOST,
            "transport_url": BUS,
            "core_plugin": "ml2",
            "service_plugins": "router",
            "state_path": str(home.state / "neutron"),
            "api_paste_config": str(home.shipped / "neutron" / "api-paste.ini"),
            "rpc_workers": "1",
            "rpc_state_report_workers": "0",
            "dhcp_agent_notification": "False",
            "notify_nova_on_port_status_changes": "True",
            "notify_nova_on_port_data_changes": "True",
        },
        "database": {"connection": database("neutron")},
        "nova": login("nova"),
        "placement": login("placement"),
    }


def ml2() -> Sections:
    """Demo's networks are tunnels; the public one is flat."""
    return {
        "ml2": {
            "type_drivers": "flat,vlan,vxlan",
            "tenant_network_types": "vxlan",
            "mechanism_drivers": "realcloud",
            "extension_drivers": "port_security",
        },
        "ml2_type_flat": {"flat_networks": "public"},
        "ml2_type_vxlan": {"vni_ranges": "1:1000"},
    }


def cinder(home: Home) -> Sections:
    """One back end, ours."""
    shipped = home.shipped / "cinder"
    return {
        **common(home, "cinder"),
        "DEFAULT": {
            "host": HOST,
            "my_ip": LOCALHOST,
            "transport_url": BUS,
            "auth_strategy": "keystone",
            "state_path": str(home.state / "cinder"),
            "volumes_dir": str(home.state / "cinder" / "volumes"),
            "api_paste_config": str(shipped / "api-paste.ini"),
            "resource_query_filters_file": str(shipped / "resource_filters.json"),
            "rootwrap_config": str(shipped / "rootwrap.conf"),
            "enabled_backends": BACKEND,
            "default_volume_type": BACKEND,
            "storage_availability_zone": "nova",
            "glance_api_servers": f"http://{LOCALHOST}:{API_PORTS['glance']}",
        },
        BACKEND: {
            "volume_driver": "realcloud_drivers.volumes.NoDisks",
            "volume_backend_name": BACKEND,
            "target_helper": "fake",
        },
        "coordination": {"backend_url": f"file://{home.state / 'cinder' / 'locks'}"},
        "database": {"connection": database("cinder")},
        "nova": {**login("nova"), "interface": "public"},
        "service_user": {**login("cinder", region=False), "send_service_user_token": "True"},
        "key_manager": {"backend": "cinder.keymgr.conf_key_mgr.ConfKeyManager", "fixed_key": FIXED_KEY},
    }


def rabbitmq() -> str:
    """RabbitMQ's own form."""
    return f"listeners.tcp.default = {LOCALHOST}:{RABBIT_PORT}\n"


def services(home: Home) -> dict[Path, Sections]:
    """All files of the services."""
    etc = home.etc
    return {
        etc / "keystone" / "keystone.conf": keystone(home),
        etc / "placement" / "placement.conf": placement(home),
        etc / "glance" / "glance-api.conf": glance(home),
        etc / "nova" / "nova.conf": nova(home),
        etc / "neutron" / "neutron.conf": neutron(home),
        etc / "neutron" / "ml2_conf.ini": ml2(),
        etc / "cinder" / "cinder.conf": cinder(home),
    }


def write(home: Home) -> None:
    """Write all of it."""
    for path, sections in services(home).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        parser = RawConfigParser(default_section="")  # DEFAULT is a section like others; % means nothing
        parser.optionxform = str  # type: ignore[method-assign, assignment]
        parser.read_dict(sections)
        with path.open("w") as file:
            parser.write(file)
    (home.etc / "rabbitmq.conf").write_text(rabbitmq())
    (home.etc / "rabbitmq-plugins").write_text("[].\n")  # none
    (home.etc / "rabbitmq-env.conf").write_text("")  # not the system's

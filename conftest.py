"""Every test, and every notebook run as a test, uses the in-process cloud: same inputs, same bytes.

Kernels that nbval starts inherit the environment, so it is set here, before anything is collected.
"""

import os

import pytest

os.environ["CLOUDLAB_MODE"] = "process"
os.environ["CLOUDLAB_LANG"] = "en"  # whatever this machine's is; a folder such as notebooks/ko decides first

pytest_plugins = [
    "tests.outside.plugin",  # every answer that any test receives is judged
    "tests.gold.summary",
    "tests.parity.seen",  # and what clients and lessons ask for is heard
]

# What a build machine with twenty minutes leaves to `make long`: each has a shorter relative in the quick run.
# Beginnings of node ids, and what the rest has to hold.
LONG = (
    ("tests/binder/", ""),
    ("tests/hard/test_killed", ""),
    ("tests/hard/test_class", ""),
    ("tests/hard/test_disk", ""),
    ("tests/hard/test_clients", ""),
    ("tests/attack/test_life", ""),
    ("tests/attack/test_requests", "[an administrator]"),
    ("tests/clients/test_network_seen", ""),
    ("tests/browser/test_clock", ""),
    ("tests/browser/test_builder", ""),
    ("tests/browser/test_every_lesson", ""),
    ("tests/browser/test_questions", ""),
    ("tests/browser/test_versions", ""),
    ("tests/browser/test_console", ""),
    ("tests/browser/test_map", ""),
    ("tests/gold/test_gold", "[nova_v2-another seed"),
    ("tests/gold/test_gold", "[nova_v21-another seed"),
    ("tests/gold/test_gold", "[nova_v21_296-another seed"),
    ("tests/gold/test_gold", "[limits-another seed"),
    ("tests/gold/test_gold", "[more-another seed"),
    ("tests/gold/test_gold", "[limits-every GET"),
    ("tests/gold/test_gold", "[more-every GET"),
    ("tests/gold/test_gold", "[nova_v2-every GET"),
    ("tests/gold/test_gold", "[nova_v21-every GET"),
    ("tests/gold/test_gold", "[nova_v21_296-every GET"),
    ("tests/api/test_cinder", "[socket"),
    ("tests/api/test_faults", "[socket"),
    ("tests/api/test_glance", "[socket"),
    ("tests/api/test_keystone", "[socket"),
    ("tests/api/test_neutron", "[socket"),
    ("tests/api/test_nova", "[socket"),
    ("tests/api/test_placement", "[socket"),
    ("tests/clients/test_compute_admin", ""),
    ("tests/clients/test_compute_parts", ""),
    ("tests/clients/test_compute_servers", "::test_several_servers"),
    ("tests/clients/test_compute_servers", "::test_a_server_goes_through"),
    ("tests/clients/test_compute_servers", "::test_a_list_holds"),
    ("tests/clients/test_compute_servers", "::test_a_server_is_on_the_networks"),
    ("tests/clients/test_compute_servers", "::test_a_server_starts_from_a_volume"),
    ("tests/clients/test_network_ports", ""),
    ("tests/clients/test_network_routers", ""),
    ("tests/clients/test_network_sharing", ""),
    ("tests/unit/test_lab_diff", "over_sockets"),
    ("tests/unit/test_lab_saves", "over_sockets"),
    ("tests/test_browser_rules", "/02-"),
    ("tests/test_browser_rules", "/03-"),
    ("tests/test_browser_rules", "/04-"),
    ("tests/test_browser_rules", "/05-"),
    ("tests/test_browser_rules", "/06-"),
    ("tests/test_browser_rules", "/07-"),
    ("tests/test_browser_rules", "/08-"),
    ("tests/test_browser_rules", "/10-"),
    ("tests/unit/test_lessons_attempts", "[10-capstone.drill"),
    ("tests/unit/test_lessons_afterwards", "test_after_the_lesson"),
    *(("tests/unit/test_lessons_quota", f"counted[{n:02}-") for n in (1, 2, 3, 4, 5, 7, 8, 10)),
)

# What takes longest begins first, so that no worker is left alone with it at the end.
FIRST = (
    "tests/browser/test_korean",
    "tests/browser/test_lesson",
    "tests/outside/test_plugin",
    "tests/notebooks/test_lessons",
    "tests/gold/test_gold",
    "tests/hard/test_up",
    "tests/attack/test_requests",
)


def is_long(nodeid: str) -> bool:
    return any(nodeid.startswith(beginning) and holds in nodeid for beginning, holds in LONG)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """LONG=1 in the environment runs all; `LONG=only` the long ones; nothing of it the others."""
    wanted = os.environ.get("LONG", "")
    if wanted in ("", "only"):
        short, long = [], []
        for item in items:
            (long if is_long(item.nodeid) else short).append(item)
        items[:], left = (long, short) if wanted == "only" else (short, long)
        config.hook.pytest_deselected(items=left)
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))

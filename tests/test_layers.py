"""DESIGN's arrows: which room may know which. Each rule is proven by a specimen that breaks it."""

import ast
import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.source import dotted, imports, python_files, read

SERVICES = ("keystone", "glance", "placement", "neutron", "cinder", "nova")
OUTSIDE_WORLD = (
    "socket",
    "ssl",
    "subprocess",
    "multiprocessing",
    "concurrent",
    "asyncio",
    "selectors",
    "signal",
)
COMMAND_LINE = (
    "cloudlab/__main__.py",
    "cloudlab/sim/server.py",
    "cloudlab/sim/home.py",
    "cloudlab/sim/doctor.py",
)


@dataclass(frozen=True)
class Rule:
    """In files that match `where`, but not `but`, nothing below `never` is imported (except below `save`)."""

    name: str
    where: tuple[str, ...]
    never: tuple[str, ...]
    but: tuple[str, ...] = ()
    save: tuple[str, ...] = ()

    def broken_by(self, path: str, source: str) -> Iterator[str]:
        if not _matches(path, self.where) or _matches(path, self.but):
            return
        for line, name in imports(path, source):
            if _below(name, self.never) and not _below(name, self.save):
                yield f"{path}:{line} imports {name}: {self.name}"


def _matches(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatch(path, pattern) for pattern in patterns)


def _below(name: str, tops: tuple[str, ...]) -> bool:
    return any(name == top or name.startswith(top + ".") for top in tops)


def only_in(library: str, *places: str) -> Rule:
    return Rule(f"{library} is known in {', '.join(places)} alone", ("cloudlab/*",), (library,), places)


RULES = (
    Rule(
        "the simulator does not know its learners",
        ("cloudlab/sim/*",),
        ("cloudlab.client", "cloudlab.show", "cloudlab.widgets", "cloudlab.lessons", "cloudlab.lab"),
    ),
    Rule(
        "the client meets the simulator in transport.py alone",
        ("cloudlab/client/*",),
        ("cloudlab.sim",),
        ("cloudlab/client/transport.py",),
    ),
    Rule(
        "the client does not know its looks", ("cloudlab/client/*",), ("cloudlab.widgets", "cloudlab.lessons")
    ),
    Rule(
        "showing does no input or output",
        ("cloudlab/show/*",),
        (*OUTSIDE_WORLD, "requests", "urllib.request", "http.client", "sqlite3", "shutil", "tempfile"),
    ),
    Rule(
        "showing knows exchanges and secrets, not who made them",
        ("cloudlab/show/*",),
        ("cloudlab.sim", "cloudlab.lab", "cloudlab.client", "cloudlab.widgets", "cloudlab.lessons"),
        save=("cloudlab.client.exchange", "cloudlab.client.inside", "cloudlab.client.redact"),
    ),
    Rule(
        "a widget clicks through the client; it knows neither the simulator nor the lessons",
        ("cloudlab/widgets/*",),
        ("cloudlab.sim", "cloudlab.lab", "cloudlab.lessons", "requests"),
    ),
    Rule(
        "comparing asks clouds through the client; it knows neither the simulator nor the lessons",
        ("cloudlab/compare/*",),
        ("cloudlab.sim", "cloudlab.lab", "cloudlab.lessons", "cloudlab.widgets", "requests"),
    ),
    only_in("ipywidgets", "cloudlab/widgets/*", "cloudlab/lab.py"),
    only_in("falcon", "cloudlab/sim/web.py"),
    only_in("waitress", "cloudlab/sim/server.py"),
    only_in("jsonschema", "cloudlab/sim/validation.py"),
    only_in("openstack", "cloudlab/client/realcloud.py"),
    Rule(
        "HTTP's side of a room asks the model, never the database",
        tuple(
            f"cloudlab/sim/{service}/{pattern}"
            for service in SERVICES
            for pattern in ("*resources*", "*views*", "routes.py", "*schemas*", "faults.py", "*states*")
        ),
        ("sqlalchemy", "sqlite3"),
    ),
    Rule(
        "a model knows no HTTP",
        tuple(f"cloudlab/sim/{service}/*model*" for service in SERVICES),
        ("cloudlab.sim.web", "falcon", "requests", "http"),
    ),
    *(
        Rule(
            "rooms talk through peers.py",
            (f"cloudlab/sim/{service}/*",),
            tuple(f"cloudlab.sim.{other}" for other in SERVICES if other != service),
        )
        for service in SERVICES
    ),
    Rule(
        "no sockets, processes or signals outside the server and the command line",
        ("cloudlab/*",),
        OUTSIDE_WORLD,
        COMMAND_LINE,
    ),
    Rule(
        "threads are started by the server alone; the cloud has a lock, and no more",
        ("cloudlab/*",),
        ("threading", "_thread"),
        (*COMMAND_LINE, "cloudlab/sim/cloud.py"),
    ),
    Rule("time zones need files that a browser lacks", ("cloudlab/*",), ("zoneinfo",)),
)

SPECIMENS = (
    ("cloudlab/sim/cloud.py", "from cloudlab.show import text", "the simulator does not know its learners"),
    (
        "cloudlab/sim/nova/model.py",
        "from ...client import session",
        "the simulator does not know its learners",
    ),
    ("cloudlab/sim/rooms.py", "import_module('cloudlab.lab')", "the simulator does not know its learners"),
    (
        "cloudlab/client/session.py",
        "import cloudlab.sim.cloud",
        "the client meets the simulator in transport.py alone",
    ),
    ("cloudlab/client/wait.py", "from cloudlab import widgets", "the client does not know its looks"),
    ("cloudlab/show/html.py", "import requests", "showing does no input or output"),
    ("cloudlab/show/html.py", "from urllib.request import urlopen", "showing does no input or output"),
    (
        "cloudlab/show/html.py",
        "from cloudlab.client.session import Session",
        "showing knows exchanges and secrets, not who made them",
    ),
    (
        "cloudlab/widgets/clock.py",
        "from cloudlab.sim.clock import ManualClock",
        "a widget clicks through the client; it knows neither the simulator nor the lessons",
    ),
    (
        "cloudlab/compare/walker.py",
        "from cloudlab.sim.cloud import create_cloud",
        "comparing asks clouds through the client; it knows neither the simulator nor the lessons",
    ),
    (
        "cloudlab/client/clock.py",
        "import ipywidgets",
        "ipywidgets is known in cloudlab/widgets/*, cloudlab/lab.py alone",
    ),
    ("cloudlab/sim/nova/routes.py", "import falcon", "falcon is known in cloudlab/sim/web.py alone"),
    ("cloudlab/sim/web.py", "import waitress", "waitress is known in cloudlab/sim/server.py alone"),
    ("cloudlab/sim/web.py", "import jsonschema", "jsonschema is known in cloudlab/sim/validation.py alone"),
    ("cloudlab/lab.py", "import openstack", "openstack is known in cloudlab/client/realcloud.py alone"),
    (
        "cloudlab/sim/nova/servers_views.py",
        "from sqlalchemy import select",
        "HTTP's side of a room asks the model, never the database",
    ),
    ("cloudlab/sim/nova/servers_model.py", "from cloudlab.sim.web import Reply", "a model knows no HTTP"),
    ("cloudlab/sim/nova/model.py", "from cloudlab.sim.cinder import model", "rooms talk through peers.py"),
    ("cloudlab/sim/nova/model.py", "from ..cinder.model import Volume", "rooms talk through peers.py"),
    (
        "cloudlab/sim/nova/model.py",
        "def f():\n    import subprocess",
        "no sockets, processes or signals outside the server and the command line",
    ),
    (
        "cloudlab/sim/journal.py",
        "from threading import Thread",
        "threads are started by the server alone; the cloud has a lock, and no more",
    ),
    ("cloudlab/sim/clock.py", "from zoneinfo import ZoneInfo", "time zones need files that a browser lacks"),
)
ALLOWED = (
    ("cloudlab/client/transport.py", "from cloudlab.sim.cloud import create_cloud"),
    ("cloudlab/show/html.py", "from cloudlab.client.exchange import Exchange"),
    ("cloudlab/show/sequence.py", "from cloudlab.client.inside import Arrow"),
    ("cloudlab/widgets/clock.py", "import ipywidgets\nfrom cloudlab.client.clock import CloudClock"),
    ("cloudlab/compare/command.py", "from cloudlab.client.transport import in_process"),
    ("cloudlab/sim/web.py", "import falcon"),
    ("cloudlab/sim/nova/model.py", "from sqlalchemy import select\nfrom cloudlab.sim.nova import states"),
    ("cloudlab/sim/nova/model.py", "from . import states"),
    ("cloudlab/sim/server.py", "import socket, threading, waitress"),
)


@pytest.mark.parametrize("path", python_files("cloudlab"))
def test_the_arrows_hold(path):
    assert [broken for rule in RULES for broken in rule.broken_by(path, read(path))] == []


@pytest.mark.parametrize(("path", "source", "name"), SPECIMENS)
def test_a_broken_arrow_is_seen(path, source, name):
    assert [rule.name for rule in RULES if list(rule.broken_by(path, source))] == [name]


@pytest.mark.parametrize(("path", "source"), ALLOWED)
def test_an_allowed_arrow_is_not_reported(path, source):
    assert [broken for rule in RULES for broken in rule.broken_by(path, source)] == []


def slow_hashes(path: str, source: str) -> Iterator[str]:
    """Uses of key stretching, which a browser's Python lacks."""
    for node in ast.walk(ast.parse(source)):
        name = dotted(node).rpartition(".")[2]
        if name in ("scrypt", "pbkdf2_hmac"):
            yield f"{path} uses {name}"


@pytest.mark.parametrize("path", python_files("cloudlab"))
def test_no_key_is_stretched(path):
    assert list(slow_hashes(path, read(path))) == []


def test_a_stretched_key_is_seen():
    assert list(slow_hashes("specimen.py", "import hashlib\nhashlib.scrypt(b'', salt=b'')"))
    assert list(
        slow_hashes("specimen.py", "from hashlib import pbkdf2_hmac\npbkdf2_hmac('sha1', b'', b'', 1)")
    )


def test_every_rule_has_its_specimen():
    assert {rule.name for rule in RULES} == {name for _, _, name in SPECIMENS}


def test_the_places_that_rules_name_exist():
    """A rule about a file that was renamed would hold for ever."""
    files = python_files("cloudlab")
    named = {place for rule in RULES for place in rule.but if "*" not in place}
    assert named - {"cloudlab/client/realcloud.py"} <= set(files)
    assert {f"cloudlab/sim/{service}/routes.py" for service in SERVICES} <= set(files)

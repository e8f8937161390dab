"""Same inputs, same bytes: time comes from clock.py and chance from identity.py, from nowhere else."""

import ast
from collections.abc import Iterator

import pytest

from tests.source import dotted, imports, python_files, read

OWNERS = ("cloudlab/sim/clock.py", "cloudlab/sim/identity.py")
MODULES = ("time", "random", "secrets", "numpy.random", "Crypto.Random", "sched", "timeit")
NAMES = ("uuid.uuid1", "uuid.uuid4", "os.urandom", "os.getrandom", "uuid.getnode")
MOMENTS = ("now", "utcnow", "today", "current_timestamp", "urandom", "uuid4", "uuid1")
CLOCKS = ("clock", "cloud", "lab", "transport", "scope", "self")  # objects whose `now` is the injected one

# What may stand outside the two owners, each with its reason. An exception that nobody needs any more fails.
EXCEPTIONS = {
    ("cloudlab/sim/server.py", "secrets"): "the control port's secret must not be guessable by a neighbour",
    (
        "cloudlab/sim/home.py",
        "time",
    ): "the command line waits for another process, which no injected clock moves",
}


def sources_of_chance(path: str, source: str) -> Iterator[tuple[str, str]]:
    """(what, where) of each use of time or chance that has not been injected."""
    for line, name in imports(path, source):
        for module in (*MODULES, *NAMES):
            if name == module:
                yield module, f"{path}:{line} imports {name}"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in MOMENTS and not _injected(node):
            yield f"{dotted(node)}", f"{path}:{node.lineno} uses {dotted(node)}"
        if isinstance(node, ast.Call) and _is_unseeded_key(node):
            yield "RSA.generate", f"{path}:{node.lineno} generates a key from the system's chance"
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and "CURRENT_TIMESTAMP" in node.value
        ):
            yield "CURRENT_TIMESTAMP", f"{path}:{node.lineno} leaves the time to the database"


def _is_unseeded_key(node: ast.Call) -> bool:
    seeded = any(keyword.arg == "randfunc" for keyword in node.keywords)
    return dotted(node.func).endswith("RSA.generate") and not seeded


def _injected(node: ast.Attribute) -> bool:
    """`clock.now`, `cloud.clock.now`, `scope.now`, `self._clock.now`: the receiver is a clock that was handed in."""
    receiver = dotted(node.value).rpartition(".")[2].strip("_")
    if receiver == "" and isinstance(node.value, ast.Call):
        receiver = dotted(node.value.func).rpartition(".")[2]
        return receiver in ("WallClock", "ManualClock")
    return node.attr == "now" and receiver in CLOCKS


@pytest.mark.parametrize("path", [path for path in python_files("cloudlab") if path not in OWNERS])
def test_time_and_chance_are_injected(path):
    found = [where for what, where in sources_of_chance(path, read(path)) if (path, what) not in EXCEPTIONS]
    assert found == []


def test_the_owners_are_where_it_is_said():
    assert all(list(sources_of_chance(path, read(path))) for path in OWNERS)


@pytest.mark.parametrize(("path", "what"), EXCEPTIONS)
def test_each_exception_is_still_needed(path, what):
    assert what in [found for found, _ in sources_of_chance(path, read(path))]


def test_no_test_sleeps():
    slow = ("tests/bench/", "tests/realcloud/")  # a benchmark; real services, in real time
    files = [path for path in python_files("tests") if not path.startswith(slow)]
    sleepers = [where for path in files for where in sleeps(path, read(path))]
    assert sleepers == []


def sleeps(path: str, source: str) -> Iterator[str]:
    """Calls of `time.sleep`, `asyncio.sleep` and a bare `sleep`; a manual clock's is none."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and dotted(node.func) in ("time.sleep", "asyncio.sleep", "sleep"):
            yield f"{path}:{node.lineno} sleeps"


@pytest.mark.parametrize(
    "specimen",
    [
        "import time\ntime.sleep(1)",
        "from time import monotonic",
        "import uuid\nx = uuid.uuid4()",
        "from uuid import uuid4",
        "from datetime import datetime\nx = datetime.now()",
        "import datetime\nx = datetime.datetime.utcnow()",
        "from datetime import datetime\ncolumn(default=datetime.now)",
        "from datetime import date\nx = date.today()",
        "import random",
        "import secrets",
        "import os\nx = os.urandom(4)",
        "from sqlalchemy import func\nx = func.now()",
        "from Crypto.PublicKey import RSA\nRSA.generate(2048)",
        "text('DEFAULT CURRENT_TIMESTAMP')",
        "import pandas\nx = pandas.Timestamp.now()",
    ],
)
def test_a_hidden_source_is_seen(specimen):
    assert list(sources_of_chance("specimen.py", specimen))


@pytest.mark.parametrize(
    "specimen",
    [
        "x = scope.now",
        "x = self.clock.now()",
        "x = cloud._clock.now()",
        "x = WallClock().now()",
        "import uuid\nx = uuid.UUID(bytes=b, version=4)",
        "from datetime import datetime\nx = datetime.fromisoformat(y)",
        "from Crypto.PublicKey import RSA\nRSA.generate(2048, randfunc=f)",
        "timeout = 3",
    ],
)
def test_an_injected_one_is_not_reported(specimen):
    assert not list(sources_of_chance("specimen.py", specimen))


@pytest.mark.parametrize("specimen", ["import time\ntime.sleep(1)", "from time import sleep\nsleep(0)"])
def test_a_sleeping_test_is_seen(specimen):
    assert list(sleeps("tests/specimen.py", specimen))

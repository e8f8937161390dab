"""The ledger is of today, and true where no other test holds its sources: present, absent, microversions, proofs."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from cloudlab.sim.clock import ManualClock
from cloudlab.sim.cloud import DEFAULT_PORTS, create_cloud
from docs import generate
from tests.asking import ask_app, login_body
from tests.outside.tap import Exchange
from tests.source import ROOT

from . import ledger, page, seen, versions
from .operations import ABSENT, GIVEN_UP, PRESENT, Operation, finder, operations

ALL = [one for some in operations().values() for one in some]
HERE = [one for one in ALL if one.status == PRESENT]
NOBODY = "00000000-0000-4000-8000-000000000000"
# Two actions look for the volume, and at the body, before they look at the microversion.
BODIES = {"revert": {"snapshot_id": NOBODY}, "os-reimage": {"image_id": NOBODY}}
UNLIMITED = (
    "/",
    "/v2.1",
    "/v3",
    "/extensions/{alias}",
)  # versions; and nobody's extension has no other words
HEADERS = {"nova": "compute", "cinder": "volume", "placement": "placement"}
Ask = Callable[..., tuple[int, dict[str, str], bytes]]

# The page


def test_the_page_is_of_today() -> None:
    """If this fails: make docs."""
    assert (ROOT / "docs" / "parity.md").read_text("utf-8") == page.as_markdown()


def test_the_totals_in_the_readme_are_of_today() -> None:
    """If this fails: make docs."""
    readme = (ROOT / "README.md").read_text("utf-8")
    assert generate.with_marked(readme, "parity", page.figures()) == readme


def test_what_is_absent_in_part_is_what_the_cloud_says_is() -> None:
    """Each place in the code that refuses a part of an operation is on the page, beside the tables' own."""
    told = {part for parts in page.IN_PART.values() for part in parts}
    tables = {"nova/gone.py": 1, "cinder/volume_actions.py": 1, "cinder/snapshots.py": 1}
    places = Counter(
        path.relative_to(ROOT / "cloudlab" / "sim").as_posix()
        for path in (ROOT / "cloudlab" / "sim").rglob("*.py")
        for _ in re.findall(r"raise PathNotFound\(absent=(?!operation\b)", path.read_text("utf-8"))
    )
    assert sum((places - Counter(tables)).values()) == len(told)


# Rows


def test_each_operation_is_found_by_an_exchange_of_its_own() -> None:
    assert [one.key for one in ALL if finder().find(one.example()) is not one] == []


def test_recorded_steps_of_no_operation_are_refusals() -> None:
    """What went well on the real services is an operation here."""
    steps = {step.key: step for story in ledger.STORIES for step in ledger.load(story)}
    found = [step.key for step, _, operation in ledger.steps_of_operations() if operation is None]
    assert 20 <= len(found) <= 40
    assert [key for key in found if steps[key].status < 300] == []


def test_the_goal_is_reached() -> None:
    steps = sum(ledger.recorded().values(), Counter())
    assert steps["equal"] + steps["allowed"] == sum(len(ledger.load(story)) for story in ledger.STORIES)
    assert steps["equal"] / (steps["equal"] + steps["allowed"]) >= 0.95


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """`ask(operation, version)` as an administrator: status, headers, body."""
    cloud = create_cloud(clock=ManualClock())

    def send(service: str, method: str, path: str, headers: dict[str, str], body: str) -> Any:
        sent = {"content-type": "application/json", **headers}.items()
        port = DEFAULT_PORTS[service]
        status, pairs, content = ask_app(cloud, method, port, path, "", sent, body.encode())
        return status, {name.lower(): value for name, value in pairs}, content

    def ask(operation: Operation, version: tuple[int, int] | None = None) -> Any:
        example = operation.example()
        path, body = example.path, example.body
        if operation.action in BODIES:
            path, body = path.replace("x1", volume), json.dumps({operation.action: BODIES[operation.action]})
        headers = {"x-auth-token": token}
        if version:
            headers["openstack-api-version"] = f"{HEADERS[operation.service]} {version[0]}.{version[1]}"
        return send(operation.service, operation.method, path, headers, body)

    login, wish = json.dumps(login_body("admin", "admin")), json.dumps({"volume": {"size": 1}})
    token = send("keystone", "POST", "/v3/auth/tokens", {}, login)[1]["x-subject-token"]
    made = send("cinder", "POST", "/v3/volumes", {"x-auth-token": token}, wish)
    volume = json.loads(made[2])["volume"]["id"]
    yield ask
    cloud.close()


def test_what_is_absent_or_given_up_says_so_and_nothing_else_does(ask: Ask) -> None:
    wrong = []
    for one in ALL:
        status, headers, _ = ask(one)
        said = ABSENT if "x-cloudlab-absent" in headers else GIVEN_UP if status == 410 else PRESENT
        wrong += [(one.service, one.key, said)] if said != one.status else []
    assert wrong == []


def unknown(answer: tuple[int, dict[str, str], bytes]) -> bool:
    """Whether it is the answer to a path that isn't there at that microversion."""
    status, _, body = answer
    words = (b'"The resource could not be found."', b'"The resource could not be found.\\n\\n   "')
    return status == 404 and any(text in body for text in words)


@pytest.mark.parametrize("service", versions.RANGES)
def test_an_operation_is_there_in_its_microversions_and_in_no_other(service: str, ask: Ask) -> None:
    (major, oldest), (_, newest) = versions.RANGES[service]
    wrong, edges = [], 0
    for one in (one for one in HERE if one.service == service and one.path not in UNLIMITED):
        first, last = versions.limits(one)
        edges += (first > oldest) + (last < newest)
        inside = [minor for minor in (first, last) if unknown(ask(one, (major, minor)))]
        outside = [
            minor
            for minor in (first - 1, last + 1)
            if oldest <= minor <= newest and not unknown(ask(one, (major, minor)))
        ]
        wrong += [(one.key, "not there", minor) for minor in inside]
        wrong += [(one.key, "there", minor) for minor in outside]
    assert not wrong, wrong
    assert edges >= {"nova": 50, "cinder": 30, "placement": 8}[service]


# Proofs


def test_each_proof_is_a_test_or_a_lesson_that_exists() -> None:
    for proof in seen.read():
        file, _, name = proof.partition("::")
        text = (ROOT / file).read_text("utf-8")
        if name:
            assert name in {
                node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)
            }


def test_each_proof_is_of_operations_that_are_here_and_for_the_clients_there_is_one() -> None:
    known = {f"{one.service} {one.key}" for one in HERE}
    assert {key for keys in seen.read().values() for key in keys} <= known
    clients = [key for proof, keys in seen.read().items() if proof.startswith(seen.CLIENTS) for key in keys]
    assert len(clients) == len(set(clients)) > 200


def exchange(agent: str, path: str = "/v2.1/flavors", status: int = 200) -> Exchange:
    return Exchange("nova", "GET", path, "", {"user-agent": agent}, "", status, {}, "")


def item(nodeid: str, source: str = "") -> Any:
    return SimpleNamespace(nodeid=nodeid, cell=SimpleNamespace(source=source))


def test_only_a_client_s_own_successful_calls_prove_something() -> None:
    listener = seen.Listener()
    listener.begin(item("tests/clients/test_x.py::test_y[demo]"))
    for found in (
        exchange("python-novaclient"),
        exchange("cloudlab"),
        exchange("openstacksdk/4", status=404),
        exchange("openstacksdk/4", path="/v2.1/nonsense"),
    ):
        listener.hear(found)
    assert listener.heard == set()
    listener.hear(exchange("openstacksdk/4"))
    assert listener.heard == {"nova GET /flavors"}


def test_what_the_kit_itself_asks_in_a_lesson_proves_nothing() -> None:
    listener = seen.Listener()
    listener.begin(item("notebooks/02-flavors.ipynb::Cell 0", 'lab.start("02-flavors")'))
    listener.hear(exchange("cloudlab"))
    assert listener.heard == set()
    listener.begin(item("notebooks/02-flavors.ipynb::Cell 1", 'lab.get(nova + "/flavors")'))
    listener.hear(exchange("cloudlab"))
    assert listener.heard == {"nova GET /flavors"}


def test_a_proof_too_many_and_one_too_few_are_said_when_the_lesson_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(seen.WRITE, raising=False)
    monkeypatch.setattr(seen, "read", lambda: {"notebooks/02-flavors.ipynb": ["nova POST /flavors"]})
    listener, lesson = seen.Listener(), "notebooks/02-flavors.ipynb::Cell "
    listener.begin(item(lesson + "0"))
    listener.hear(exchange("cloudlab"))
    assert listener.end(item(lesson + "1")) == []
    listener.begin(item(lesson + "1"))
    assert listener.end(None) == [
        "notebooks/02-flavors.ipynb doesn't ask for nova POST /flavors any more",
        "notebooks/02-flavors.ipynb asks for nova GET /flavors",
    ]


def test_a_proof_that_was_broken_off_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(seen.WRITE, raising=False)
    monkeypatch.setattr(seen, "read", lambda: {"tests/clients/test_x.py::test_y": ["nova POST /flavors"]})
    listener = seen.Listener()
    listener.begin(item("tests/clients/test_x.py::test_y"))
    listener.whole = False
    assert listener.end(None) == []


def test_of_several_client_tests_the_quick_one_is_written_down_and_each_lesson_has_its_own() -> None:
    slow, quick = "tests/clients/a.py::test_slow", "tests/clients/b.py::test_quick"
    heard = {slow: ["x", "z"], quick: ["x", "y"], "notebooks/01.ipynb": ["x"], "notebooks/02.ipynb": ["x"]}
    assert seen.chosen(heard, [slow]) == {**heard, slow: ["z"]}
    assert [seen.proof_of(one) for one in ("notebooks/ko/01.ipynb::Cell 1", "tests/api/test_x.py::y")] == [
        "",
        "",
    ]

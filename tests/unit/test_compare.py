"""`python -m cloudlab compare`: what it calls a difference, what it shows of it, and what it leaves behind."""

import ast
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from cloudlab import __main__ as command_line
from cloudlab.client import transport
from cloudlab.client.account import by_password
from cloudlab.client.errors import LabError
from cloudlab.client.realcloud import RealCloud
from cloudlab.client.session import Session
from cloudlab.client.transport import PUBLISHED_ACCOUNTS, Transport, WsgiAdapter
from cloudlab.compare import command
from cloudlab.compare.ids import ID
from cloudlab.compare.mask import Mask
from cloudlab.compare.report import shown
from cloudlab.compare.walk import WALK, Call
from cloudlab.sim.clock import ManualClock, SteeredClock
from cloudlab.sim.cloud import DEFAULT_PORTS, create_cloud
from tests.source import ROOT

LOGIN = {"username": "me", "password": "x", "project_name": "p", "user_domain_id": "default"}
Change = Callable[[str, str, Any], None]  # method, path, the answer: changed in place


class Elsewhere(WsgiAdapter):
    """Another cloud's wire, on which answers can be changed."""

    change: Change = staticmethod(lambda method, path, answer: None)

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().send(request, *args, **kwargs)
        self.change(request.method, request.path_url, answer)
        return answer


@pytest.fixture(scope="module")
def another_cloud() -> Iterator[Transport]:
    """Another seed, other ports: no id and no address is ours."""
    clock = ManualClock()
    ports = {service: port + 10000 for service, port in DEFAULT_PORTS.items()}
    cloud = create_cloud(
        clock=SteeredClock(clock),
        database=":memory:",
        seed=7,
        ports=ports,
        profile="classroom",
        legacy_v2=False,
    )
    found = transport.around(cloud, ports, clock, close=cloud.close)
    found.adapter = Elsewhere(cloud, set(ports.values()), lambda: clock.advance(0.05))
    accounts = {role: PUBLISHED_ACCOUNTS[role] for role in ("me", "admin", "neighbour")}
    found.real = RealCloud("elsewhere", found.urls["keystone"] + "/v3", accounts)
    yield found
    cloud.close()


@pytest.fixture
def there(another_cloud: Transport) -> Iterator[Transport]:
    yield another_cloud
    another_cloud.adapter.change = Elsewhere.change  # type: ignore[attr-defined]


@pytest.fixture
def here() -> Iterator[Transport]:
    found = transport.in_process(manual=True, legacy_v2=False)
    yield found
    found.close()


def changed(there: Transport, here: Transport, lesson: str, change: Change) -> str:
    """The report of one lesson against a cloud that answers otherwise."""
    there.adapter.change = change  # type: ignore[attr-defined]
    return command.compare(there, here, [lesson])[0]


def on(method: str, path: str, edit: Callable[[Any, Any], None]) -> Change:
    """Edits the answer and its JSON where the call is the one."""

    def change(asked: str, where: str, answer: Any) -> None:
        if (asked, where) == (method, path):
            body = json.loads(answer.content)
            edit(answer, body)
            answer._content = json.dumps(body).encode()

    return change


def test_two_embedded_clouds_do_not_differ(there, here):
    text, sections = command.compare(there, here, list(WALK))
    found = [verdict for part in sections.values() for verdict in part]
    assert [verdict for verdict in found if verdict.mark != "="] == [], text
    assert len(found) == sum(map(len, WALK.values())) > 100
    assert "‹id›" not in text and "137 calls are equal" not in text


FLAVOR = "/v2.1/flavors/1"
EDITS = {
    "status": (lambda answer, body: setattr(answer, "status_code", 203), "`status`: there `203`, here `200`"),
    "a header": (lambda answer, body: answer.headers.pop("Vary"), "`headers/vary`: there nothing, here `"),
    "a field less": (
        lambda answer, body: body["flavor"].pop("vcpus"),
        "`body/flavor/vcpus`: there nothing, here `",
    ),
    "a field more": (
        lambda answer, body: body["flavor"].update(new=None),
        "`body/flavor/new`: there `null`, here nothing",
    ),
    "a type": (
        lambda answer, body: body["flavor"].update(vcpus="1"),
        '`body/flavor/vcpus`: there `"‹text›"`, here `"‹integer›"`',
    ),
}


@pytest.mark.parametrize("what", EDITS)
def test_another_answer_is_found(there, here, what):
    edit, line = EDITS[what]
    text = changed(there, here, "02-flavors", on("GET", FLAVOR, edit))
    assert "- ≠ `GET {compute}/flavors/{flavor_id}` →" in text
    assert line in text
    assert "1 differs" in text.splitlines()[-1]


def test_another_message_is_found_and_shown_without_ids(there, here):
    told = "No /v2/images/0b6d1f6e-7d2c-4a53-9a0e-1d4f0a6f2b11 at http://cloud.example:8774/x, 10.1.2.3."

    def edit(answer: Any, body: Any) -> None:
        body["itemNotFound"]["message"] = told

    path = "/v2.1/servers/no-such-server"
    text = changed(there, here, "01-token", on("GET", path, edit))
    assert 'there `"No /v2/images/‹id› at ‹url›/x, ‹address›."`, here `"Instance no-such-server' in text


def test_another_order_of_states_is_found(there, here):
    def edit(method: str, path: str, answer: Any) -> None:
        if method == "GET" and "/volumes/" in path:
            answer._content = answer.content.replace(b'"extending"', b'"stretching"')

    text = changed(there, here, "06-volume", edit)
    assert '`states`: there `"stretching → available"`, here `"extending → available"`' in text


@pytest.mark.parametrize(("lesson", "shown_instead"), [("00-start", "‹url›/v3/"), ("06-volume", "‹id›")])
def test_no_id_no_token_and_no_host_is_shown(there, here, lesson, shown_instead):
    """Many answers differ as a whole, so what they hold is shown."""

    def edit(method: str, path: str, answer: Any) -> None:
        if path.startswith("/v3") and "/auth/" not in path and answer.status_code == 200:
            answer.status_code = 203

    text = changed(there, here, lesson, edit)
    assert "`status`: there `203`, here `200`" in text and shown_instead in text
    assert ID.search(text) is None
    assert "127.0.0.1" not in text and "‹token" not in text


def test_what_is_each_clouds_own_is_shown_by_its_type():
    assert shown("body/server/hostId", "3f" * 28) == '`"‹text›"`'
    assert (
        shown("body/images/3", {"name": "ours-only", "size": 5})
        == '`{"name": "‹text›", "size": "‹integer›"}`'
    )
    assert shown("body/server/status", "ACTIVE") == '`"ACTIVE"`'


def test_a_url_is_its_path_below_the_services_root():
    mask = Mask(["https://cloud.example/compute", "https://cloud.example/compute/v2.1"])
    told = {
        "href": "http://cloud.example/compute/v2.1/flavors/m1.tiny",
        "uri": 'Keystone uri="https://a.example:5000/v3"',
    }
    assert mask.data(told) == {"href": "‹url›/flavors/‹id›", "uri": 'Keystone uri="‹url›/v3"'}
    assert mask.data({"addresses": {"lan": [{"addr": "10.0.0.7"}]}}) == {
        "addresses": {"‹network 1›": [{"addr": "‹address›"}]}
    }


def test_without_an_administrator_his_calls_are_left_out(there, here):
    alone = replace(there, real=replace(there.real, accounts={"me": PUBLISHED_ACCOUNTS["me"]}))
    text, sections = command.compare(alone, here, ["01-token"])
    assert "- – 4 calls were left out: CLOUDLAB_ADMIN names no administrator" in text
    assert "- – 2 calls were left out: CLOUDLAB_NEIGHBOUR names nobody" in text
    assert "13 calls are equal, 0 differ, 6 were left out." in text
    assert [one.call.who for one in sections["01-token"] if one.left_out].count("admin") == 3


def test_what_a_cloud_refuses_is_not_walked_further_on_either(there, here):
    """No waiting for a server that nobody made; and the same account here may do the same."""
    reader = by_password(
        {"name": "demo_reader", "domain": {"id": "default"}, "password": "secret"},
        {"name": "demo", "domain": {"id": "default"}},
    )
    reading = replace(there, real=replace(there.real, accounts={"me": reader}))
    text = command.compare(reading, here, ["05-server"])[0]
    assert ", as demo_reader." in text
    assert "calls were left out: no earlier answer gave server" in text
    assert "0 differ" in text


def test_a_difference_does_not_drive_the_clouds_apart(there, here):
    """There the attachment isn't made, so here it is not waited for."""

    def edit(method: str, path: str, answer: Any) -> None:
        if method == "POST" and path.endswith("/os-volume_attachments"):
            answer.status_code = 403

    text = changed(there, here, "07-attach", edit)
    assert "left out: what it would wait for wasn't begun" in text
    assert "`status`: there `403`, here `200`" in text


def contents(cloud: Transport) -> dict[str, list[str]]:
    """What bears the walk's names, as its owner sees it."""
    session = Session(cloud)
    login = session.request(
        "POST", cloud.urls["keystone"] + "/v3/auth/tokens", json=cloud.accounts["me"].login
    )
    session.token = login.headers["X-Subject-Token"]
    places = (("compute", "/servers"), ("block-storage", "/volumes"), ("block-storage", "/snapshots"))
    places += (("image", "/v2/images"), ("compute", "/os-keypairs"), ("compute", "/flavors"))
    answers = [session.request("GET", session.endpoint(service) + path).text for service, path in places]
    return {
        path: [text for text in [text] if command.PREFIX in text]
        for (_, path), text in zip(places, answers, strict=True)
    }


@pytest.mark.parametrize(
    ("lesson", "place", "end"),
    [
        ("05-server", "/os-instance-actions", KeyboardInterrupt()),
        ("07-attach", "/os-volume_attachments", LabError("the wire is cut")),
        ("06-volume", "/snapshots/", KeyboardInterrupt()),
        ("03-images", "/file", LabError("the wire is cut")),
    ],
)
def test_what_was_made_is_removed_however_it_ends(there, here, lesson, place, end, capsys):
    made = []

    def edit(method: str, path: str, answer: Any) -> None:
        if place in path and method == "GET" and not made:
            made.extend(text for texts in contents(there).values() for text in texts)
            raise end

    with pytest.raises(type(end)):
        changed(there, here, lesson, edit)
    assert made, "nothing had been made: the test proves nothing"
    there.adapter.change = Elsewhere.change
    assert not any(contents(there).values())
    assert "is left" not in capsys.readouterr().err


def test_what_an_administrator_makes_in_passing_is_removed(there, here):
    """Lesson 02's flavor is refused to the others."""
    alone = replace(there, real=replace(there.real, accounts={"me": PUBLISHED_ACCOUNTS["admin"]}))
    text, sections = command.compare(alone, here, ["02-flavors"])
    made = [one.status for one in sections["02-flavors"] if one.call.method == "POST"]
    assert (made, ", as admin." in text, "0 differ" in text) == ([200], True, True)
    assert not any(contents(there).values())


def test_what_cannot_be_removed_is_named(there, here, capsys):
    made = []

    def edit(method: str, path: str, answer: Any) -> None:
        if path == "/v2.1/os-keypairs":
            if made:
                raise LabError("the wire is cut")
            made.extend([path] if answer.status_code == 200 and method == "POST" else [])

    with pytest.raises(LabError):
        changed(there, here, "04-ssh-key", edit)
    told = "This is left in your project, remove it yourself: keypairs (the wire is cut)"
    assert told in capsys.readouterr().err
    assert "0 differ" in changed(there, here, "00-start", Elsewhere.change)  # which removes it
    assert not any(contents(there).values())


def test_no_room_is_said_before_anything_is_made(there, here):
    def edit(answer: Any, body: Any) -> None:
        body["limits"]["absolute"].update(maxTotalInstances=1)

    with pytest.raises(LabError, match=r"no room.*maxTotalInstances is 1, 0 are used, it needs 2"):
        changed(there, here, "05-server", on("GET", "/v2.1/limits", edit))
    assert "0 differ" in changed(there, here, "02-flavors", on("GET", "/v2.1/limits", edit))


def test_a_cloud_without_limits_is_not_asked_for_too_much(there, here):
    def edit(answer: Any, body: Any) -> None:
        body["limits"]["absolute"].update(maxTotalVolumeGigabytes=-1)

    project = Session(there)
    login = project.request(
        "POST", there.urls["keystone"] + "/v3/auth/tokens", json=there.accounts["me"].login
    )
    path = f"/v3/{login.json()['token']['project']['id']}/limits"
    text = changed(there, here, "06-volume", on("GET", path, edit))
    assert "left out: the project has no limit of gigabytes" in text


def test_the_command(there, here, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(command.realcloud, "read", lambda name: (name, there.real)[1])
    monkeypatch.setattr(command, "to_a_real_cloud", lambda real: there)
    assert command_line.main(["compare", "--cloud", "elsewhere", "--lesson", "04"]) == 0
    told = capsys.readouterr()
    assert "## 04-ssh-key" in told.out and "8 calls are equal" in told.err
    there.adapter.change = on("GET", "/v2.1/os-keypairs", lambda answer, body: body.update(more=1))
    file = tmp_path / "report.md"
    assert (
        command_line.main(["compare", "--cloud", "elsewhere", "--lesson", "04", "--all", "--save", str(file)])
        == 1
    )
    assert "- = `DELETE {compute}/os-keypairs/{prefix}-key` → 404" in file.read_text("utf-8")
    assert command_line.main(["compare", "--lesson", "99"]) == 2
    assert "There is no lesson 99." in capsys.readouterr().err


def test_a_report_that_cannot_be_written_is_not_lost(tmp_path, capsys):
    with pytest.raises(LabError, match=r"No such file or directory\), so the report stands above"):
        command._write("# the report\n", str(tmp_path / "nowhere" / "report.md"))
    assert capsys.readouterr().out == "# the report\n"


@pytest.mark.parametrize(
    ("words", "entry", "told"),
    [
        ([], {"auth": {}}, "Which cloud?"),
        (["--cloud", "nowhere"], {"auth": {}}, "Cloud nowhere was not found"),
        (["--cloud", "mine"], {"auth": {"username": "me", "password": "x"}}, "auth_url"),
        (["--cloud", "mine"], {"auth": LOGIN | {"auth_url": "http://127.0.0.1:1"}}, "Nothing listens at"),
    ],
)
def test_what_cannot_be_compared_is_a_sentence(words, entry, told, capsys, monkeypatch, tmp_path):
    file = tmp_path / "clouds.yaml"
    file.write_text(json.dumps({"clouds": {"mine": entry}}), "utf-8")
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(file))
    assert command_line.main(["compare", *words]) == 2
    said = capsys.readouterr().err
    assert told in said and said.count("\n") == 1


# The walk's calls are the lessons'.

OWN = {  # what no cell says in these words
    ("GET", "{next}"): "lesson 02 takes the page's link from its answer, as this does",
}
NOT_WALKED = {  # walk.py says why
    ("POST", "{keystone}/v2.0/tokens"),
    ("GET", "http://127.0.0.1:8775/"),
    ("GET", "*"),  # the page's link, see OWN
}


class Forms(ast.NodeVisitor):
    """(method, path form) of each call in a notebook's cells: a variable stands for the text that it was given."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}  # by variable: a URL's form
        self.found: set[tuple[str, str]] = set()

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        targets = node.targets[0].elts if isinstance(node.targets[0], ast.Tuple) else [node.targets[0]]
        values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
        for target, value in zip(targets, values, strict=False):
            if isinstance(target, ast.Name):
                self.texts[target.id] = self.form(value)

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        word = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        of_lab = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "lab"
        if of_lab and word in ("get", "head", "post", "put", "patch", "delete", "wait"):
            self.found.add(("GET" if word == "wait" else word.upper(), self.form(node.args[0])))

    def form(self, node: ast.expr) -> str:
        """The text that an expression gives, `*` where only a run can say."""
        if isinstance(node, ast.Constant):
            return str(node.value)
        if isinstance(node, ast.BinOp):
            return self.form(node.left) + self.form(node.right)
        if isinstance(node, ast.JoinedStr):
            return "".join(self.form(part) for part in node.values)
        if isinstance(node, ast.FormattedValue):
            return self.form(node.value)
        if isinstance(node, ast.Name):
            return self.texts.get(node.id, "*")
        text = ast.unparse(node)
        for name in ("urls", "endpoint"):
            if text.startswith(f"lab.{name}"):
                return "{" + text.split("'")[1] + "}"
        if isinstance(node, ast.Call) and text.startswith("lab.post("):
            return self.form(node.args[0]) + "/*"  # what it made
        if isinstance(node, ast.Subscript) and text.endswith(".headers['Location']"):
            return self.form(node.value.value)  # type: ignore[attr-defined]
        return "*"


def plain(method: str, path: str) -> tuple[str, str]:
    """Without what is a cloud's own: names, ids, the values in a query."""
    where, _, query = path.partition("?")
    where = where.replace("{block-storage}", "{storage}").replace("{nova}/v2.1", "{compute}")
    root, slash, rest = where.partition("/")
    return method, root + slash + rest + ("?" + re.sub(r"=[^&]*", "", query) if query else "")


def fits(call: Call, method: str, form: str) -> bool:
    """Part by part; `{name}` in the walk and `*` in a cell are anything. `*/` is lesson 00's loop over lab.urls."""
    mine, theirs = plain(call.method, call.url), plain(method, form)
    (path, _, query), (other, _, asked) = mine[1].partition("?"), theirs[1].partition("?")
    parts, others = path.split("/"), other.split("/")
    if (mine[0], query, len(parts)) != (theirs[0], asked, len(others)):
        return False
    root = parts[0] == others[0] or other == "*/"
    return root and all(a == b or "{" in a or b == "*" for a, b in zip(parts[1:], others[1:], strict=True))


def lesson_forms() -> set[tuple[str, str]]:
    found = set()
    for path in sorted((ROOT / "notebooks").glob("0[0-7]-*.ipynb")):
        forms = Forms()
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code" and not source.startswith("%%"):
                forms.visit(ast.parse(source))
        found |= forms.found
    return found


def test_the_walk_is_the_lessons():
    forms = lesson_forms()
    assert len(forms) > 50
    strange = {
        (call.method, call.url)
        for calls in WALK.values()
        for call in calls
        if (call.method, call.url) not in OWN and not any(fits(call, *form) for form in forms)
    }
    assert strange == set()
    walked = [call for calls in WALK.values() for call in calls]
    assert {form for form in forms if not any(fits(call, *form) for call in walked)} == NOT_WALKED

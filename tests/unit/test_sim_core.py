"""The machinery that all rooms share, with a toy service: routing, errors, transactions, tasks, peers."""

import io
import json
import re

import pytest

from cloudlab.sim import rooms, tasks, web
from cloudlab.sim.clock import ManualClock
from cloudlab.sim.cloud import create_cloud
from cloudlab.sim.errors import Conflict, PathNotFound, PeerFailed
from cloudlab.sim.identity import IdCount
from cloudlab.sim.web import BODY_LIMIT, Reply, Service

ran = []


class Notes:
    """Writes a row, then answers as the query says."""

    def post(self, call, name):
        call.scope.session.add(IdCount(key=name, n=0))
        if call.param("then") == "conflict":
            raise Conflict("already there")
        if call.param("then") == "bug":
            raise ZeroDivisionError
        return Reply(
            201, {"name": name, "project": call.url_project, "sent": call.json}, {"X-Mixed-Case": "yes"}
        )

    def get(self, call, name):
        row = call.scope.session.get(IdCount, name)
        if row is None:
            raise PathNotFound
        return {"n": row.n}


class Later:
    def post(self, call, name):
        call.scope.later(2, "toy.second", name=name)
        call.scope.later(1, "toy.first", name=name)
        return Reply(202)


class Relay:
    """Asks itself, as a peer: the answer's status (or the failure), and whether the peer's row is there."""

    def post(self, call, then):
        path = f"/toy/{'0' * 4}/notes/peer?then={then}"
        try:
            peer = call.scope.ask("keystone", "POST", path, body={"a": 1}).status
        except PeerFailed as error:
            peer = error.failure
        return {"peer": peer, "row": call.scope.session.get(IdCount, "peer") is not None}


def note(kind):
    def run(scope, name):
        ran.append((kind, name, scope.now.second))

    return run


for kind in ("toy.first", "toy.second"):
    tasks.HANDLERS.setdefault(kind, note(kind))


@tasks.handler("toy.broken")
def broken(scope):
    raise ZeroDivisionError


@pytest.fixture
def cloud(monkeypatch):
    """A cloud whose keystone is the toy, but for what bootstrap needs."""
    real = rooms.services()
    toy = Service(
        name="keystone",
        fault=lambda call, error: Reply(error.status, {"fault": error.message}),
        mount=re.compile(r"/(?P<api>toy)(?:/(?P<project>[0-9a-f]+))?(?=/|$)"),
        routes=(("/notes/{name}", Notes), ("/later/{name}", Later), ("/relay/{then}", Relay)),
        absent=(("GET PUT", "/missing"),),
        leave=lambda call, reply: reply.headers.setdefault("X-Left", "yes"),
        limited=True,
    )
    monkeypatch.setattr(rooms, "services", lambda: {**real, "keystone": toy})
    ran.clear()
    return create_cloud(clock=ManualClock())


def ask(cloud, method, path, body=b"", port=5000):
    plain, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": plain,
        "QUERY_STRING": query,
        "SERVER_NAME": "elsewhere",
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "elsewhere:1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "CONTENT_LENGTH": str(len(body)),
    }
    got = []
    content = b"".join(cloud(environ, lambda status, headers, _=None: got.extend([status, dict(headers)])))
    return int(got[0].split()[0]), got[1], json.loads(content) if content else None


def test_a_path_is_mounted_and_its_project_noted(cloud):
    status, headers, body = ask(cloud, "POST", "/toy/beef/notes/a", b'{"x": 1}')
    assert (status, body) == (201, {"name": "a", "project": "beef", "sent": {"x": 1}})
    assert headers["X-Mixed-Case"] == "yes" and headers["X-Left"] == "yes"
    assert ask(cloud, "POST", "/toy/notes/b")[2]["project"] is None


def test_what_was_answered_with_success_is_kept_and_nothing_else(cloud):
    ask(cloud, "POST", "/toy/notes/kept")
    assert ask(cloud, "POST", "/toy/notes/refused?then=conflict")[:3:2] == (409, {"fault": "already there"})
    assert ask(cloud, "GET", "/toy/notes/kept")[0] == 200
    assert ask(cloud, "GET", "/toy/notes/refused")[0] == 404


def test_a_bug_is_a_500_in_the_services_own_form(cloud, caplog):
    status, _, body = ask(cloud, "POST", "/toy/notes/bug?then=bug")
    assert status == 500 and "unexpected error" in body["fault"] and "ZeroDivision" not in str(body)
    assert "ZeroDivisionError" in caplog.text
    assert ask(cloud, "GET", "/toy/notes/bug")[0] == 404


def test_unknown_paths_wrong_methods_and_absent_operations(cloud):
    status, headers, _ = ask(cloud, "GET", "/toy/nonsense")
    assert status == 404 and "X-Cloudlab-Absent" not in headers
    assert ask(cloud, "PATCH", "/toy/notes/a")[0] == 405
    status, headers, _ = ask(cloud, "PUT", "/toy/missing")
    assert status == 404 and headers["X-Cloudlab-Absent"] == "PUT /missing"


def test_a_body_beyond_the_limit_is_413(cloud):
    assert ask(cloud, "POST", "/toy/notes/a", b"1" + b" " * (BODY_LIMIT - 1))[0] == 201
    assert ask(cloud, "POST", "/toy/notes/b", b"1" + b" " * BODY_LIMIT)[0] == 413


def test_a_body_that_is_no_json_is_400_and_no_body_is_none(cloud):
    assert ask(cloud, "POST", "/toy/notes/a", b"{")[0] == 400
    assert ask(cloud, "POST", "/toy/notes/a", b"[" * 100_000)[0] == 400
    assert ask(cloud, "POST", "/toy/notes/a")[2]["sent"] is None


def test_tasks_run_in_order_of_time_each_at_its_own(cloud):
    ask(cloud, "POST", "/toy/later/a")
    cloud.clock.advance(0.5)
    cloud.run_due()
    assert ran == []
    cloud.clock.advance(30)
    cloud.run_due()
    assert ran == [("toy.first", "a", 1), ("toy.second", "a", 2)]
    cloud.run_due()
    assert len(ran) == 2


def test_a_request_sees_what_was_due_before_it(cloud):
    ask(cloud, "POST", "/toy/later/a")
    cloud.clock.advance(1)
    ask(cloud, "GET", "/toy/notes/x")
    assert ran == [("toy.first", "a", 1)]


def test_a_broken_task_is_dropped_and_the_next_one_runs(cloud, caplog):
    with cloud.store.transaction() as session:
        scope = web.Scope(cloud, "toy", session, cloud.clock.now(), None, "")
        scope.later(0, "toy.broken")
        scope.later(1, "toy.first", name="after")
    cloud.clock.advance(2)
    cloud.run_due()
    cloud.run_due()
    assert ran == [("toy.first", "after", 1)]
    assert caplog.text.count("Traceback") == 1


def test_a_task_without_a_handler_is_refused_when_it_is_made(cloud):
    with cloud.store.transaction() as session, pytest.raises(KeyError, match="no handler"):
        web.Scope(cloud, "toy", session, cloud.clock.now(), None, "").later(1, "toy.unknown")


@pytest.mark.parametrize(
    ("then", "peer", "row"), [("", 201, True), ("conflict", 409, False), ("bug", 500, False)]
)
def test_a_peers_failure_undoes_only_the_peers_work(cloud, then, peer, row):
    assert ask(cloud, "POST", f"/toy/relay/{then or 'x'}")[2] == {"peer": peer, "row": row}


def test_a_peer_call_is_journaled_under_its_parent(cloud):
    ask(cloud, "POST", "/toy/relay/x")
    entry = cloud.journal.entries()[-1]
    assert (entry.kind, entry.sender, entry.receiver, entry.status) == ("http", "keystone", "keystone", 201)
    assert entry.name.startswith("POST /toy/0000/notes/peer")
    outermost, inner = cloud.journal.caused_by(entry.parent)
    assert inner is entry
    assert (outermost.sender, outermost.request_id, outermost.parent) == ("client", entry.parent, "")


def test_the_service_is_chosen_by_port_never_by_host(cloud):
    assert ask(cloud, "GET", "/toy/notes/a", port=9696)[0] == 401

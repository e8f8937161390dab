"""What every answer must be, whatever was asked."""

import json
import re
from collections.abc import Iterable

from tests.attack.plant import MARK
from tests.attack.target import Answer, Shot, Target

TRACES = re.compile(rb"Traceback|File \\?\"|sqlalchemy|sqlite3|\.py\b.*line \d|Error\(|object at 0x", re.I)
REQUEST_ID = re.compile(r"^req-[0-9a-f-]{36}$")
ID = "x-openstack-request-id"
ERROR_STATES = {501, 503}
PROPER_NAME = re.compile(r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
PROPER_VALUE = re.compile(r"^[\t\x20-\x7e\x80-\xff]*$")


class Wrong(AssertionError):
    """An answer that no service would give. `signature` names the bug, whatever the request was."""

    def __init__(self, signature: str, detail: str = "") -> None:
        super().__init__(f"{signature}\n{detail}")
        self.signature = signature


def judge(target: Target, shot: Shot, answer: Answer, sent: str) -> None:
    """Raise Wrong unless the answer is one. `sent`: everything that was sent in this example so far."""
    for bug in answer.bugs:
        raise Wrong(bug.split(": ")[0], bug)
    if answer.status >= 500 and answer.status not in ERROR_STATES:
        raise Wrong(
            f"{answer.status} of {shot.method} {shot.service}", answer.content[:500].decode("latin-1")
        )
    _headers(shot, answer)
    _body(shot, answer)
    _request_id(shot, answer)
    if shot.user in ("demo", "demo_reader", None):
        _secrets(target, shot, answer, sent)
    if shot.user is None and not shot.path.rstrip("/").endswith("/tokens"):
        _stranger(shot, answer)


def _headers(shot: Shot, answer: Answer) -> None:
    for name, value in answer.headers:
        if not isinstance(value, str) or not PROPER_NAME.match(name) or not PROPER_VALUE.match(value):
            raise Wrong(f"header {name} of {shot.service} is no header", repr(value))
    lengths = [value for name, value in answer.headers if name.lower() == "content-length"]
    if shot.method != "HEAD" and lengths and lengths != [str(len(answer.content))]:
        raise Wrong(f"Content-Length of {shot.service} is wrong", f"{lengths} for {len(answer.content)}")


def _body(shot: Shot, answer: Answer) -> None:
    """JSON where it says so, and then an object; other kinds only where the real services have them."""
    kind = (answer.header("content-type") or "").split(";")[0]
    if shot.method == "HEAD" or answer.status in (204, 304):
        if answer.content:
            raise Wrong(f"{answer.status} to {shot.method} of {shot.service} has a body")
        return
    if shot.service == "neutron" and shot.method == "PUT" and answer.content[:1] in (b"n", b"["):
        return  # a tag is answered with null, onboarded subnets with a bare list (seen on 2025.2)
    if kind == "application/json" and answer.content:
        try:
            body = json.loads(answer.content)
        except ValueError as error:
            raise Wrong(f"{shot.service} says JSON and isn't", repr(answer.content[:200])) from error
        if not isinstance(body, dict):
            raise Wrong(f"{shot.service} answers no object", repr(answer.content[:200]))
        if answer.status >= 400:
            _fault(shot, answer.status, body)
    elif answer.content and "/file" not in shot.path and kind not in ("text/html", "text/plain"):
        raise Wrong(
            f"{shot.service} answers {kind or 'something without a type'}", repr(answer.content[:200])
        )
    elif answer.content and kind.startswith("text/") and answer.status < 400 and "/file" not in shot.path:
        raise Wrong(f"{shot.service} answers a success as {kind}", repr(answer.content[:200]))
    if answer.status >= 400 and TRACES.search(answer.content) and not TRACES.search(shot.text().encode()):
        raise Wrong(f"{shot.service} shows its inside", repr(answer.content[:500]))


def _fault(shot: Shot, status: int, body: dict[str, object]) -> None:
    """An error's body is of the service's own form, and repeats the status where that has one."""
    if shot.service == "placement" and "errors" in body:
        codes = [one["status"] for one in body["errors"]]  # type: ignore[attr-defined]
    elif shot.service == "neutron" and "NeutronError" in body:
        codes = []
    elif set(body) <= {"message", "code", "title"}:
        codes = [str(body["code"])[:3]] if "code" in body else []
    elif len(body) == 1 and isinstance(inner := next(iter(body.values())), dict):
        codes = [inner.get("code")]
    else:
        raise Wrong(f"{shot.service}'s fault has no form", repr(body)[:300])
    if any(str(code) != str(status) for code in codes):
        raise Wrong(f"{shot.service}'s fault has another code", f"{status}: {body!r}"[:300])


def _taken_over(shot: Shot) -> str | None:
    """The id that glance alone takes over from who asks, as its answer has it."""
    sent = [value.strip() for name, value in shot.headers if name.lower() == ID]
    if shot.service != "glance" or not sent:
        return None
    return sent[-1] if sent[-1].startswith("req-") else f"req-{sent[-1]}"


def _request_id(shot: Shot, answer: Answer) -> None:
    if shot.method == "OPTIONS":
        return
    below = shot.service in ("keystone", "placement") or re.match(r"^/v(2|2\.1|3|2\.0)/.", shot.path)
    found = answer.header(ID)
    if found is not None and not (REQUEST_ID.match(found) or found == _taken_over(shot)):
        raise Wrong(f"{shot.service}'s request id is none", found)
    if below and found is None and answer.status not in (300, 401):
        raise Wrong(f"{shot.service} gives no request id", f"{shot.path} {answer.status}")


def _secrets(target: Target, shot: Shot, answer: Answer, sent: str) -> None:
    """Nothing of a neighbour's in the answer, but for ids that were sent."""
    said = answer.content.decode("latin-1") + repr(answer.headers)
    if MARK in said and MARK not in sent:
        raise Wrong(f"{shot.method} of {shot.service} tells a neighbour's name", said[:800])
    for secret in target.secrets:
        if secret in said and secret not in sent:
            raise Wrong(f"{shot.method} of {shot.service} tells a neighbour's id", said[:800])


PUBLIC = re.compile(r"^/*$|^/v[0-9.]+/?$|^/versions/?$|^/v2\.0/tenants")


def _stranger(shot: Shot, answer: Answer) -> None:
    """Without a token there is nothing to see but versions."""
    if answer.status < 300 and not PUBLIC.match(shot.path) and answer.content:
        raise Wrong(
            f"{shot.service} answers a stranger", f"{shot.method} {shot.path}: {answer.content[:200]!r}"
        )


def nothing_of_others(target: Target, sent: str) -> None:
    """After the example: every row of a neighbour's is as it was, and there is none more."""
    now = target.rows(of_others=True)
    for table, rows in target.theirs.items():
        gone = rows - now.get(table, set())
        if gone:
            raise Wrong(f"a neighbour's row of {table} was changed", repr(sorted(map(repr, gone)))[:600])
        more = {row for row in now[table] - rows if not _sent(row, target.secrets, sent)}
        if more:
            raise Wrong(f"a neighbour got a row of {table}", repr(sorted(map(repr, more)))[:600])


def _sent(row: tuple[object, ...], secrets: Iterable[str], sent: str) -> bool:
    return all(value not in secrets or str(value) in sent for value in row)


# What belongs to a user, not to the project that is only read; and in cinder a reader may do what a member may.
MAY_CHANGE = re.compile(r"nova_keypair|keystone_(user|application_credential|credential)|cinder_")


def nothing_changed(target: Target, before: dict[str, set[tuple[object, ...]]]) -> None:
    """After a reader's example: the cloud is as it was."""
    for table, rows in target.rows().items():
        if rows != before[table] and not MAY_CHANGE.match(table):
            raise Wrong(f"a reader changed {table}", repr(sorted(map(repr, rows ^ before[table])))[:600])

"""A neighbour's object looks exactly like one that isn't there: on every row, by every method."""

import json
import re
from typing import Any

import pytest

from tests.attack.corpus import POOL_OF_SEGMENT, Route, routes
from tests.attack.judge import judge
from tests.attack.plant import MARK
from tests.attack.target import Answer, Shot, Target

MOUNTS = {"nova": "/v2.1", "cinder": "/v3", "glance": "/v2", "neutron": "/v2.0"}
VERSIONS = {"nova": "compute 2.96", "cinder": "volume 3.59"}
# neutron asks its policy before it hides what is not yours (403 on 2025.2)
TAGS = re.compile(r"\{id_\}/tags")
NOWHERE = "deadbeef-dead-4eef-8ead-deadbeefdead"
ROWS = [
    (route, method)
    for route in routes()
    if route.service in MOUNTS and "{" in route.template
    for method in route.methods
]


def pool_of(route: Route) -> str:
    """Whose ids the first placeholder of the path takes."""
    pieces = route.template.split("/")
    before = pieces[next(n for n, piece in enumerate(pieces) if piece.startswith("{")) - 1]
    return POOL_OF_SEGMENT.get(before, before)


def shoot(target: Target, route: Route, method: str, id_: str, body: Any) -> Answer:
    path = re.sub(r"\{[^}]*\}", id_, route.template, count=1)
    path = re.sub(r"\{[^}]*\}", "some", path).replace("@", MOUNTS[route.service], 1)
    headers = [("Content-Type", "application/json")] if body is not None else []
    if route.service in VERSIONS:
        headers.append(("OpenStack-API-Version", VERSIONS[route.service]))
    data = json.dumps(body).encode() if body is not None else b""
    shot = Shot("demo", method, route.service, path, headers=tuple(headers), body=data)
    answer = target.fresh().send(shot)
    judge(target, shot, answer, shot.text())
    return answer


def likeness(answer: Answer, id_: str) -> tuple[int, str]:
    """Status and body without what is every request's own."""
    text = re.sub(r"req-[0-9a-f-]{36}", "REQ", answer.content.decode("latin-1"))
    return answer.status, text.replace(id_, "ID")


@pytest.mark.parametrize(("route", "method"), ROWS, ids=[f"{m} {r.service} {r.template}" for r, m in ROWS])
def test_a_neighbours_object_looks_like_none(target: Target, route: Route, method: str) -> None:
    theirs = [id_ for id_ in target.foreign.get(pool_of(route), []) if id_ in target.secrets]
    for body in [body for body, _ in route.bodies.get(method, [])][:25] or [None]:
        for id_ in theirs[:2]:
            found, nothing = (shoot(target, route, method, one, body) for one in (id_, NOWHERE))
            if TAGS.search(route.template):
                assert found.status in (400, 403)
            else:
                assert likeness(found, id_) == likeness(nothing, NOWHERE), body
            assert id_ == MARK or MARK.encode() not in found.content

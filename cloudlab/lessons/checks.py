"""`lab.check()`: graded by the wire and by the cloud's state, with feedback that names the misconception.

A lesson's module `lesson_NN.py` has one function, `check(evidence)`: it yields findings in the exercise's order.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from markupsafe import Markup

from cloudlab.client.catalog import endpoint, read_catalog
from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.client.inside import Arrow, Inside
from cloudlab.client.journal import Journal
from cloudlab.client.session import Session


@dataclass(frozen=True)
class Finding:
    """One thing that the exercise asks for. The hint is for when it isn't there yet."""

    ok: bool
    message: str
    hint: str = ""


@dataclass(frozen=True)
class Report:
    """All findings of one check. True when the exercise is done; shows itself."""

    lesson: str
    findings: tuple[Finding, ...]

    @property
    def done(self) -> bool:
        return all(finding.ok for finding in self.findings)

    def __bool__(self) -> bool:
        return self.done

    @property
    def hint(self) -> str:
        """That of the first thing that isn't there: one step at a time."""
        return next((finding.hint for finding in self.findings if not finding.ok), "")

    def _title(self) -> str:
        return f"Lesson {self.lesson}: {'done' if self.done else 'not yet'}"

    def __repr__(self) -> str:
        lines = [f"  {'✓' if finding.ok else '·'} {finding.message}" for finding in self.findings]
        hint = [f"  Hint: {self.hint}"] if self.hint else []
        return "\n".join([self._title(), *lines, *hint])

    def _repr_html_(self) -> str:
        items = Markup("").join(
            Markup("<li>{} {}</li>").format("✓ done:" if f.ok else "· not yet:", f.message)
            for f in self.findings
        )
        hint = Markup("<p>Hint: {}</p>").format(self.hint) if self.hint else ""
        title = Markup("<p><b>{}</b></p>").format(self._title())
        return str(title + Markup('<ul style="list-style:none">{}</ul>').format(items) + hint)


class Evidence:
    """What a check may look at: the learner's exchanges, their answers, and the cloud by GETs of its own."""

    def __init__(self, session: Session, answers: dict[str, Any]) -> None:
        self.wire = session.recorder.by("learner")
        self.answers = answers
        self.urls = session.transport.urls
        self.inside = Inside(session.transport)
        self._session = session
        self._login: Exchange | None = None

    def sent(self, method: str, path: str) -> list[Exchange]:
        """The learner's calls of a method whose URL path ends in a pattern (a regular expression)."""
        pattern = re.compile(rf"(?:{path})/?$")
        return [e for e in self.wire if e.request.method == method and pattern.search(path_of(e))]

    def caused_by(self, exchange: Exchange) -> list[Arrow]:
        """What an exchange set in motion inside the embedded cloud; nothing where its answer has no request id."""
        try:
            return Journal(self.inside, self._session.redactor).by_request(exchange).arrows
        except LabError:
            return []

    def get(self, service: str, path: str) -> Exchange:
        """The cloud's state: GET under a service's endpoint, with the learner's token, or as demo without one."""
        token, catalog = self._session.token, self._session.catalog
        if token is None or catalog is None:
            token, catalog = self._as_demo()
        url = endpoint(catalog, service) + path
        return self._session.request("GET", url, headers={"X-Auth-Token": token}, purpose="check")

    def find(self, service: str, path: str, key: str) -> dict[str, Any]:
        """A resource by its URL, or {} if there is none (or it can't be seen)."""
        answer = self.get(service, path)
        return body_of(answer).get(key, {}) if answer.ok else {}

    def _as_demo(self) -> tuple[str, list[dict[str, Any]] | None]:
        if self._login is None:
            user = {"name": "demo", "domain": {"id": "default"}, "password": "secret"}
            scope = {"project": {"name": "demo", "domain": {"id": "default"}}}
            body = {
                "auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}
            }
            url = self.urls["keystone"] + "/v3/auth/tokens"
            self._login = self._session.request(
                "POST", url, json=body, headers={"X-Auth-Token": None}, purpose="check"
            )
        return self._login.headers.get("X-Subject-Token", ""), read_catalog(self._login)


def path_of(exchange: Exchange) -> str:
    return exchange.request.url.split("?", 1)[0]


def body_of(exchange: Exchange) -> dict[str, Any]:
    """The response's JSON object; {} if it has none."""
    return _object(exchange.response)


def sent_body(exchange: Exchange) -> dict[str, Any]:
    """The request's JSON object; {} if it has none."""
    return _object(exchange.request)


def _object(message: Any) -> dict[str, Any]:
    try:
        body = message.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def inside(body: dict[str, Any], key: str) -> dict[str, Any]:
    """`body[key]` if it is an object, else {}: a learner's body may have any shape."""
    found = body.get(key)
    return found if isinstance(found, dict) else {}


def check(session: Session, lesson: str, answers: dict[str, Any]) -> Report:
    """Run a lesson's check."""
    module = import_module(f"cloudlab.lessons.lesson_{lesson[:2]}")
    findings: Iterator[Finding] = module.check(Evidence(session, answers))
    return Report(lesson, tuple(findings))

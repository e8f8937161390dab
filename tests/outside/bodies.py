"""Judges requests by the schemas that nova, cinder and keystone publish, and the services' answers to them.

A body that the schema refuses must be answered 400, in the schema's words; one that it takes must not be refused in
such words. So lessons that send something wrong on purpose are judged as well.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from . import published
from .asked import INSIDE, TABLES
from .exceptions import REFUSED_BESIDES
from .paths import Rows, Version, parsed, read_version, version_asked
from .tap import Exchange

SHOWN = 400  # characters of a text, in a complaint
WITH_BODY = ("POST", "PUT", "PATCH")
FOLDERS = {"nova": "nova.api.openstack.compute", "cinder": "cinder.api", "keystone": "keystone.api"}
VALIDATORS = {
    "nova": "nova.api.validation.validators",
    "cinder": "cinder.api.validation.validators",
    "keystone": "keystone.api.validation.validators",
}
DECORATORS = ("validation.schema", "validation.request_body_schema")
ROWS = {service: Rows(service, [*table, *INSIDE.get(service, ())]) for service, table in TABLES.items()}
# Where an id could stand: paths of their own, which take no body.
NO_IDS = ("/detail", "/summary")
# Said before anybody looks at the body: who are you, no such path or version, no JSON, too large, we broke.
EARLIER = {401, 405, 406, 413, 415}
# Half a surrogate pair, and more digits than Python reads: 2025.2 answers 500, the embedded cloud always 400.
# NaN, which is no JSON: 2025.2 takes it.
BREAKS_THEM = re.compile(r"\\u[dD][89a-fA-F]|\d{4301}|\b(NaN|Infinity)\b")
EARLIER_WORDS = re.compile(r"^Malformed request")  # no JSON, or another project's URL
SCHEMA_WORDS = re.compile(
    r"Invalid input for field|Additional properties are not allowed|is a required property"
)


class Unreadable(Exception):
    """A microversion that is none."""


@dataclass(frozen=True)
class Verdict:
    """Whether a body is as published; `text` is what the service would say against it."""

    valid: bool
    text: str = ""


@dataclass(frozen=True)
class Schema:
    """A published schema, and the microversions that it is for; None: no bound."""

    module: str
    name: str
    oldest: Version | None
    newest: Version | None

    def is_for(self, version: Version | None) -> bool:
        """`version` None is nova's /v2, which only knows schemas without a lower bound, and those of 2.0."""
        if version is None:
            return self.oldest in (None, (2, 0))
        return (self.oldest or (0, 0)) <= version <= (self.newest or (999, 0))


def complaints(exchange: Exchange) -> list[str]:
    """What there is to say about a request and the answer to it."""
    if exchange.method not in WITH_BODY or exchange.service not in TABLES or not published.are_here():
        return []
    if exchange.status in EARLIER or exchange.status >= 500 or "x-cloudlab-absent" in exchange.answer_headers:
        return []
    if exchange.path.endswith(NO_IDS):
        return []
    key = ROWS[exchange.service].find(exchange)
    verdict = judge(exchange, key) if key else None
    if verdict is None or EARLIER_WORDS.search(message(exchange.answer)):
        return []
    said, what = message(exchange.answer), f"{exchange} to {exchange.body[:SHOWN]}"
    if verdict.valid:
        if exchange.status == 400 and SCHEMA_WORDS.search(said) and key not in REFUSED_BESIDES:
            return [f"{what} refuses what the published schema takes: {said[:SHOWN]}"]
        return []
    if exchange.status != 400:
        return [f"{what}, but the published schema refuses it: {verdict.text[:SHOWN]}"]
    if first_line(verdict.text) not in said:
        return [f"{what} says {said[:SHOWN]!r}; the published schema says {verdict.text[:SHOWN]!r}"]
    return []


def judge(exchange: Exchange, key: str) -> Verdict | None:
    """The verdict on a request's body; None where the service has no schema, or decides by what isn't loaded."""
    body = parsed(exchange.body)
    if not isinstance(body, dict) or not _is_json(exchange):
        return None
    if key.split(" ")[1].endswith("/action") and len(body) != 1:
        return None  # which action it is, is decided before anybody has a schema
    if BREAKS_THEM.search(exchange.body):
        return None
    try:
        for validator, part in _validators(exchange, key, copy.deepcopy(body)):
            validator(part)
    except (published.Unknown, Unreadable):
        return None
    except AttributeError:
        return None  # a format that expects text and meets something else: cinder's 500, our 400
    except published.Refused as refused:
        return Verdict(False, str(refused))
    return Verdict(True)


def _validators(exchange: Exchange, key: str, body: Any) -> Iterator[tuple[Any, Any]]:
    """(function that refuses or doesn't, what it is given)"""
    inside = INSIDE.get(exchange.service, {}).get(key)
    if inside:
        module, name, part, nothing = inside
        yield _lazily(module, name), body.get(part, nothing)
        return
    version = _version(exchange)
    legacy = exchange.service == "nova" and version is None
    if not all(span.is_for(version or (2, 1)) for span in spans(exchange.service, key)):
        raise published.Unknown(f"{key} at {version}")
    found = [s for s in schemas(exchange.service, key) if s.is_for(version)]
    if not found:
        raise published.Unknown(key)
    for schema in found:
        yield _validator(exchange.service, schema, legacy), body


def _version(exchange: Exchange) -> Version | None:
    """Raises Unreadable for a version that the service refuses before it looks at the body."""
    mentioned = "openstack-api-version" in exchange.headers
    if (
        exchange.service == "cinder"
        and mentioned
        and "volume" not in exchange.headers["openstack-api-version"]
    ):
        raise Unreadable  # seen on 2025.2: 400 without a reason
    try:
        return version_asked(exchange)
    except ValueError as error:
        raise Unreadable from error


@cache
def _validator(service: str, schema: Schema, legacy: bool) -> Any:
    """The service's own validator, with its own formats. Nova's /v2 is told to drop what it doesn't know."""
    make = published.module(VALIDATORS[service])._SchemaValidator
    constant = getattr(published.module(schema.module), schema.name)
    return make(constant, legacy).validate if service == "nova" else make(constant).validate


@cache
def _lazily(module: str, name: str) -> Any:
    """A schema that a method asks for in its body, or a function that does the asking."""
    found = getattr(published.module(module), name)
    if callable(found):
        return found
    return published.module("keystone.common.validation.validators").SchemaValidator(found).validate


@cache
def schemas(service: str, key: str) -> tuple[Schema, ...]:
    """The schemas of an operation, read from the decorators of its method."""
    tree, decorators = _decorators(service, key)
    found = [d for d in decorators if ast.unparse(d.func) in DECORATORS]
    return tuple(schema for decorator in found for schema in _schema(tree, service, decorator))


@cache
def spans(service: str, key: str) -> tuple[Schema, ...]:
    """The microversions that have the operation at all; none if all have."""
    found = []
    for decorator in _decorators(service, key)[1]:
        if ast.unparse(decorator.func).endswith("api_version"):
            bounds = [_bound(service, ast.unparse(argument)) for argument in decorator.args]
            found.append(Schema("", "", *[*bounds, None][:2]))
    return tuple(found)


def _decorators(service: str, key: str) -> tuple[ast.Module, list[ast.Call]]:
    """The file of an operation's method, and what stands before the method, as often as it is defined."""
    file, place = TABLES[service][key].split(" ")
    class_name, name = place.split(".")
    tree = ast.parse(published.finder().source(f"{FOLDERS[service]}.{file.replace('/', '.')}"))
    classes = [part for part in tree.body if isinstance(part, ast.ClassDef) and part.name == class_name]
    parts = [part for one in classes for part in one.body]
    methods = [part for part in parts if isinstance(part, ast.FunctionDef) and part.name == name]
    return tree, [d for method in methods for d in method.decorator_list if isinstance(d, ast.Call)]


def _schema(tree: ast.Module, service: str, decorator: ast.Call) -> Iterator[Schema]:
    """`@validation.schema(servers.create_v219, '2.19', '2.31')`"""
    what, *bounds = [ast.unparse(argument) for argument in decorator.args]
    if what == "None":
        return
    alias, name = what.rsplit(".", 1)
    oldest, newest = [*(_bound(service, text) for text in bounds), None, None][:2]
    yield Schema(_imported(tree, alias), name, oldest, newest)


def _imported(tree: ast.Module, alias: str) -> str:
    """The module that a file knows by that name."""
    for part in tree.body:
        for name in part.names if isinstance(part, ast.ImportFrom) else ():
            if (name.asname or name.name) == alias and isinstance(part, ast.ImportFrom):
                return f"{part.module}.{name.name}"
    raise LookupError(alias)


def _bound(service: str, text: str) -> Version | None:
    """A microversion: written out, or a name in cinder's list of them, or the one before such a name."""
    if text == "MAX_PROXY_API_SUPPORT_VERSION":
        return 2, 35
    named = re.fullmatch(r"mv\.(\w+)|mv\.get_prior_version\(mv\.(\w+)\)", text)
    if not named:
        value = ast.literal_eval(text)
        return read_version(value) if value else None
    major, minor = read_version(getattr(published.module("cinder.api.microversions"), named[1] or named[2]))
    return (major, minor) if named[1] else (major, minor - 1)


def _is_json(exchange: Exchange) -> bool:
    """What isn't said to be JSON is no body to cinder."""
    return "json" in exchange.headers.get("content-type", "json" if exchange.service != "cinder" else "")


def message(answer: str) -> str:
    """The sentence in a service's error body."""
    body = parsed(answer)
    while isinstance(body, dict):
        body = body.get("message") or next(iter(body.values()), "")
    return str(body)


def first_line(text: str) -> str:
    """Keystone adds the schema to what it says, over many lines."""
    return text.split("\n", 1)[0]

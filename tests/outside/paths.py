"""Which row of a table an exchange belongs to: rows are `METHOD /path/{name}`, the service's version cut off."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from .tap import Exchange

# Below a version, and below the project that older URLs name.
PREFIXES = {
    "nova": re.compile(r"^/v2(?:\.1)?(?:/[0-9a-f]{32})?(?=/.)"),
    "cinder": re.compile(r"^/v3(?:/[0-9a-f]{32})?(?=/.)"),
    "keystone": re.compile(r"^(?=/)"),
    "glance": re.compile(r"^/v2(?:\.\d+)?(?=/.)"),
    "neutron": re.compile(r"^/v2\.0(?=/.)"),
    "placement": re.compile(r"^(?=/)"),
}
HEADERS = {"nova": ("compute", "x-openstack-nova-api-version"), "cinder": ("volume", "")}
OLDEST = {"nova": (2, 1), "cinder": (3, 0)}
LATEST = (99, 0)

Version = tuple[int, int]


class Rows:
    """A table's keys, as patterns in their order: literal paths stand before those with a name in their place."""

    def __init__(self, service: str, keys: Iterable[str]) -> None:
        self.service = service
        self._patterns: dict[tuple[str, int], list[tuple[re.Pattern[str], str]]] = {}
        self._choices: dict[str, list[str]] = {}
        for key in keys:
            words = key.split(" ", 2)
            operation = f"{words[0]} {words[1]}"
            if operation not in self._choices:
                pattern = re.sub(r"\\\{[^}]+\\\}|\{[^}]+\}", "[^/]+", words[1].replace(".", r"\."))
                place = words[0], words[1].count("/")
                self._patterns.setdefault(place, []).append((re.compile(pattern), operation))
            self._choices.setdefault(operation, []).append(words[2] if len(words) == 3 else "")

    def find(self, exchange: Exchange) -> str | None:
        """The key of the exchange's row; None if there is none."""
        operation = self._operation(exchange.method, PREFIXES[self.service].sub("", exchange.path))
        return operation and self._choose(operation, exchange)

    def _operation(self, method: str, path: str) -> str | None:
        # a slash at the end is part of a version's own address, and of no other's
        path = path if re.fullmatch(r"/(v[\d.]+/)?", path) else path.removesuffix("/")
        if re.fullmatch(r"/v[\d.]+", path):
            path += "/"
        for pattern, operation in self._patterns.get((method, path.count("/")), ()):
            if pattern.fullmatch(path):
                return operation
        return None

    def _choose(self, operation: str, exchange: Exchange) -> str | None:
        choices = self._choices[operation]
        if choices == [""]:
            return operation
        asked = parse_qs(exchange.query)
        named = named_action(exchange)
        for choice in choices:
            if choice.startswith("?") and is_true(asked.get(choice[1:], ["false"])[-1]):
                return f"{operation} {choice}"
            if choice and choice == named:
                return f"{operation} {choice}"
        return operation if "" in choices else None


def named_action(exchange: Exchange) -> str:
    """The action that a body names: its first key."""
    body = parsed(exchange.body)
    return next(iter(body), "") if isinstance(body, dict) else ""


def parsed(text: str) -> Any:
    """A body as JSON; the text itself, where it is none; None where it is empty."""
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def is_true(text: str) -> bool:
    return text.lower() in ("true", "1", "yes", "on", "t", "y")


def version_asked(exchange: Exchange) -> Version | None:
    """The microversion that the request asks for; None where the path has none (nova's /v2).

    Raises ValueError when that is no version.
    """
    if exchange.service not in HEADERS or exchange.path.startswith("/v2/"):
        return None
    kind, older = HEADERS[exchange.service]
    asked = next(
        (
            words[1]
            for part in exchange.headers.get("openstack-api-version", "").split(",")
            if len(words := part.split()) == 2 and words[0] == kind
        ),
        exchange.headers.get(older, "").strip(),
    )
    return read_version(asked) if asked else OLDEST[exchange.service]


@cache
def read_version(text: str) -> Version:
    """(2, 96) for '2.96'; 'latest' is later than all."""
    if text == "latest":
        return LATEST
    major, _, minor = text.partition(".")
    return int(major), int(minor)

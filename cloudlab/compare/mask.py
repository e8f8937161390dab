"""One cloud's answers without where it is: hosts and addresses aside, two clouds' texts can be compared and shown."""

import re
from collections.abc import Iterable
from typing import Any

from cloudlab.compare.ids import ID

_URL = re.compile(r"https?://([^\s\"'<>,)\]]*)")
_ADDRESS = re.compile(r"(?<![\w.])\d{1,3}(\.\d{1,3}){3}(?!\.?\w)")
_OWN = re.compile(r"(?<=/flavors/)(?!detail\b)[^/?\"\s]+|(?<=[?&]marker=)[^&\"\s]+")
_LONG = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{40,}(?![0-9A-Za-z])")  # a user's id, a host's hash


class Mask:
    """`roots` are the addresses of the cloud's services: of its URLs what is below them stays."""

    def __init__(self, roots: Iterable[str]) -> None:
        self.roots = sorted({root.partition("://")[2] for root in roots}, key=len, reverse=True)

    def data(self, value: Any) -> Any:
        """Decoded JSON; under `addresses` the networks' names are counted."""
        if isinstance(value, dict):
            return {
                name: self.data(_counted(held) if name == "addresses" else held)
                for name, held in value.items()
            }
        if isinstance(value, list):
            return [self.data(element) for element in value]
        return self.text(value) if isinstance(value, str) else value

    def text(self, text: str) -> str:
        """URLs as `‹url›` and the path below their root; without addresses, and flavors' ids, which may be any word."""
        return _ADDRESS.sub("‹address›", _OWN.sub("‹id›", _URL.sub(self._below, text)))

    def _below(self, found: re.Match[str]) -> str:
        for root in self.roots:
            if found[1] == root or found[1].startswith((f"{root}/", f"{root}?")):
                return "‹url›" + found[1][len(root) :]
        _host, slash, path = found[1].partition("/")
        return "‹url›" + slash + path


def _counted(networks: Any) -> Any:
    if not isinstance(networks, dict):
        return networks
    return {f"‹network {n}›": networks[name] for n, name in enumerate(sorted(networks), 1)}


def without_ids(text: str) -> str:
    """A text to be shown."""
    return _LONG.sub("‹id›", ID.sub("‹id›", text))

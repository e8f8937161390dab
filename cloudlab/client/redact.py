"""The only list of secrets. What a learner sees, prints, copies or records goes through it; the values in the learner's
own hands (`exchange.headers["X-Subject-Token"]`, `exchange.json()`) stay true.

A token becomes `‹token 1›`: the number says that two tokens are the same one, and shows no part of it.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

HIDDEN = "‹redacted›"
TOKEN_HEADERS = frozenset({"x-auth-token", "x-subject-token", "x-service-token", "x-storage-token"})
SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
SECRET_KEYS = frozenset(
    {
        "password",
        "original_password",
        "adminpass",
        "admin_pass",
        "auth_password",
        "private_key",
        "secret",
        "client_secret",
        "blob",  # what a user keeps in keystone: keys, seeds
        "passphrase",
        "passcode",
        "access_token",
        "refresh_token",
    }
)
LABEL = re.compile(r"‹token \d+›|‹[a-z]+'s token( \d+)?›|‹redacted›")
# Where a body isn't JSON (a learner's broken one, a form), its secrets are still found by name.
_LOOSE = re.compile(
    r"(?i)(['\"]?(?:"
    + "|".join(sorted(SECRET_KEYS))
    + r")['\"]?\s*[:=]\s*)(\"(?:[^\"\\]|\\.)*\"?|'[^']*'?|[^\s,&}\"']+)"
)
# Most bodies hold none of the words, and needn't be taken apart. An escape could spell a word in another way.
_MAYBE = re.compile(r'(?i)"token"|\\u|' + "|".join(sorted(SECRET_KEYS)))
_IN_PATH = re.compile(r"(/v2\.0/tokens/)(?!‹)([^/?#\s\"]+)")  # keystone v2.0 validates a token by its URL
_IN_QUERY = re.compile(r"(?i)([?&](?:token|password|secret)=)[^&#\s\"]+")
_SHORTEST_KNOWN = (
    12  # a shorter 'token' (somebody tries lab.token = "x") would be found inside ordinary words
)


class Redactor:
    """Replaces secrets in headers, bodies and URLs. It remembers tokens only to number them and to find them again.

    `published` are passwords that everybody may see: the embedded cloud's `secret`.
    """

    def __init__(self, published: Iterable[str] = ()) -> None:
        self._published = frozenset(published)
        self._tokens: dict[str, str] = {}
        self._named = 0  # of them, those with an owner's name

    def token(self, value: str) -> str:
        """The label of a token: the same token, the same label."""
        if LABEL.fullmatch(value):
            return value
        return self._tokens.setdefault(value, f"‹token {len(self._tokens) - self._named + 1}›")

    def name(self, value: str, owner: str) -> None:
        """A service's own token is called by its owner, unless it has a label already."""
        if value not in self._tokens:
            labels = set(self._tokens.values())
            label, n = f"‹{owner}'s token›", 1
            while label in labels:
                n += 1
                label = f"‹{owner}'s token {n}›"
            self._tokens[value] = label
            self._named += 1

    def header(self, name: str, value: str) -> str:
        lowered = name.lower()
        if lowered in TOKEN_HEADERS:
            return self.token(value)
        if lowered in SECRET_HEADERS:
            return HIDDEN
        return self.text(value)

    def text(self, text: str) -> str:
        """Any text (a URL, an error message): tokens seen before, and tokens in a query, are replaced."""
        for token, label in self._tokens.items():
            if len(token) >= _SHORTEST_KNOWN and token in text:
                text = text.replace(token, label)
        if "/tokens/" in text:
            text = _IN_PATH.sub(lambda found: found[1] + self.token(found[2]), text)
        return _IN_QUERY.sub(rf"\1{HIDDEN}", text) if "=" in text else text

    def body(self, content: bytes) -> bytes:
        """A body. JSON keeps its own spelling unless something had to be replaced; bytes that aren't text stay."""
        try:
            text = content.decode()
        except UnicodeDecodeError:
            return content
        if not _MAYBE.search(text):
            return self.text(text).encode()
        try:
            data = json.loads(text)
        except ValueError:
            return self.text(_LOOSE.sub(self._loose, text)).encode()
        safe = self.data(data)
        if safe != data:
            text = json.dumps(safe, ensure_ascii=False)
        return self.text(text).encode()

    def data(self, value: Any, key: str = "", parent: str = "") -> Any:
        """Decoded JSON, with the secrets replaced. `key` and `parent` say where the value stands."""
        if isinstance(value, dict):
            return {k: self.data(v, str(k), key) for k, v in value.items()}
        if isinstance(value, list):
            return [self.data(v, key, parent) for v in value]
        if value is None or isinstance(value, bool):
            return value
        if key.lower() in SECRET_KEYS:
            return value if value in self._published else HIDDEN
        if key == "id" and parent == "token" and isinstance(value, str):
            return self.token(value)
        return value

    def _loose(self, found: re.Match[str]) -> str:
        value = found[2].strip("\"'")
        if value in self._published or not value:
            return found[0]
        quote = found[2][0] if found[2][0] in "\"'" else ""
        return f"{found[1]}{quote}{HIDDEN}{quote}"

"""What keeps a real cloud's ids, addresses and hosts out of what a notebook stores. Text in, text out.

An id becomes `‹id 1›`: the number says that two ids are the same one. The values in the learner's own hands
(`r.json()["server"]["id"]`) stay true. Where in doubt more is hidden: an image's checksum looks like an id.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from cloudlab.client.catalog import read_catalog
from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.language import _

LABEL = re.compile(r"‹(?:id|address|host) \d+›")
# The same on every cloud: this machine, netmasks, the metadata service.
ANYWHERE = ("127.", "255.", "0.0.0.0", "169.254.169.254")

H = r"[\da-f]"
COLON = r"(?::|%3A)"  # a query has it in the second way
BEGIN, END = rf"(?:(?<!{H})|(?<=%{H}{{2}}))", rf"(?!{H})"
OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
# How an IPv6 address may begin.
GLOBAL = rf"(?:[23]{H}{{3}}|f[cd]{H}{{2}}|fe[89ab]{H}|ff{H}{{2}}|64{COLON}ff9b)"
CUT = r"(?=…|\.\.\.)"  # a table or a picture had no room for the rest
FINGERPRINT = rf"{BEGIN}(?:{H}{{2}}{COLON}){{8,}}{H}{{2}}{END}"  # longer than any address
IDS = (
    rf"{H}{{8}}-{H}{{4}}-{H}{{4}}-{H}{{4}}-{H}{{12}}",
    rf"{BEGIN}(?:{H}{{64}}|{H}{{56}}|{H}{{32}}){END}",  # a user from LDAP, a hostId, Keystone's own
    rf"{BEGIN}(?:{H}{{8}}(?:-{H}{{0,4}}){{1,3}}(?:-{H}{{0,12}})?|{H}{{8,31}}){CUT}",
)
ADDRESSES = (
    rf"{BEGIN}(?:{H}{{1,4}}{COLON}){{7}}{H}{{1,4}}{END}",
    # With `::` in it, as in times and in code: so only those that begin as addresses do.
    rf"{BEGIN}{GLOBAL}(?:{COLON}{H}{{1,4}}){{0,6}}{COLON}{COLON}(?:{H}{{1,4}}(?:{COLON}{H}{{1,4}}){{0,5}})?{END}",
    rf"{BEGIN}{GLOBAL}(?:{COLON}{H}{{1,4}})+{COLON}?{CUT}",
    rf"{BEGIN}(?:{H}{{2}}{COLON}){{5}}{H}{{2}}(?!{H}|{COLON}{H})",
    rf"(?:(?<!\d)(?<!\d\.)|(?<=%{H}{{2}})){OCTET}(?:\.{OCTET}){{3}}(?!\d|\.\d)",
    rf"(?<=\bhost-)(?:{OCTET}(?:-{OCTET}){{3}}(?![\w-])|{H}{{1,4}}(?:-{H}{{0,4}}){{3,7}}(?![\w-]))",  # Neutron's DNS
)
# The first line is for speed alone: nothing below it is shorter, and most places in a text are passed over.
HIDDEN = re.compile(
    r"(?=[\da-f:%.-]{6})"
    rf"(?:(?P<kept>{FINGERPRINT})|(?P<id>{'|'.join(IDS)})|(?P<address>{'|'.join(ADDRESSES)}))",
    re.I | re.A,
)
# Letters of a colour or an escape (`\n`, `%2F`) may stand directly before a host, and aren't part of it.
ESCAPES = rf"\x1b\[[\d;]*m|\\[nrt]|%{H}{{2}}"


class Veil:
    """Gives each value its label, in the order in which they appear. Once it `is_open`, nothing is hidden any more."""

    def __init__(self, urls: Iterable[str] = (), is_open: bool = False) -> None:
        self.is_open = is_open
        self._labels = dict[str, str]()
        # Two threads may display at once: no number is given twice.
        self._numbers = {kind: count(1) for kind in ("id", "address", "host")}
        self._domains = frozenset[str]()
        self._hosts = re.compile("(?!)")  # matches nothing
        self.add(urls)

    def text(self, text: str) -> str:
        """The text with labels in place of ids, addresses and hosts."""
        if self.is_open:
            return text
        lowered = text.lower()
        if any(domain in lowered for domain in self._domains):
            text = self._hosts.sub(self._shown, text)
        return HIDDEN.sub(self._shown, text)

    def data(self, value: Any) -> Any:
        """The same for each text in JSON's values."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list | tuple):
            return [self.data(one) for one in value]
        if isinstance(value, dict):
            return {self.data(key): self.data(one) for key, one in value.items()}
        return value

    def add(self, urls: Iterable[str]) -> None:
        """Hide the hosts of these URLs, too, and all that lie in the same domains (a console's, a dashboard's)."""
        found = self._domains | {_domain(host) for url in urls if (host := _host(url))}
        if found != self._domains:
            self._domains, self._hosts = found, _pattern(found)

    def learn(self, exchange: Exchange) -> None:
        """A catalog names hosts."""
        self.add(_urls(read_catalog(exchange)))

    def _shown(self, found: re.Match[str]) -> str:
        kind = found.lastgroup or ""
        value = found[0].lower().replace("%3a", ":")
        if kind == "kept" or (kind == "address" and value.startswith(ANYWHERE)) or not value.strip("0-:"):
            return found[0]
        if kind == "address" and "-" in value:
            value = value.replace("-", "." if value.count("-") == 3 and "--" not in value else ":")
        if kind == "id" and len(value) < 32:
            value = next((known for known in self._labels if known.startswith(value)), value)  # cut
        if value not in self._labels:
            self._labels.setdefault(value, f"‹{kind} {next(self._numbers[kind])}›")
        return self._labels[value]


def refuse_labels(text: str) -> None:
    """A label that was copied from an output can't be sent. Raises LabError."""
    label = LABEL.search(text)
    if label:
        raise LabError(
            # Translators: {label} is ‹id 1›, ‹address 1› or ‹host 1›
            _(
                "{label} only says where a value was: a notebook stores its outputs, so they don't show a real cloud's "
                "ids and addresses. Take the value from the answer (r.json()), or see it with lab.show_ids().",
                label=label[0],
            )
        )


def _urls(catalog: Any) -> Iterator[str]:
    """Each URL in a catalog, v3's or v2.0's."""
    for service in catalog or ():
        for point in service.get("endpoints") or ():
            yield from (value for value in point.values() if isinstance(value, str) and "://" in value)


def _host(url: str) -> str:
    """A URL's host in small letters; "" for an address, which is found anyway, and for this machine."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
    is_address = ":" in host or not host.strip("0123456789.")
    return "" if is_address or host == "localhost" else host


def _domain(host: str) -> str:
    """identity.cloud.example → cloud.example; a name of one part or two stays."""
    return host.split(".", 1)[1] if host.count(".") > 1 else host


def _pattern(domains: Iterable[str]) -> re.Pattern[str]:
    """A name without a dot ("controller") may be a word: it is hidden in a URL, and before a port."""
    names = "|".join(sorted(re.escape(name) for name in domains if "." not in name))
    dotted = "|".join(sorted(re.escape(name) for name in domains if "." in name))
    begin = rf"(?:(?<![\w-])|(?<=\\[nrt])|(?<=%{H}{{2}})|(?<=\dm))"  # `\dm`: the end of a colour
    patterns = []
    if dotted:
        patterns.append(rf"{begin}(?:[\w-]{{1,63}}\.){{0,9}}(?:{dotted})(?![\w-]|\.\w)")
    if names:
        patterns += [rf"(?<=//)(?:{names})(?![\w.-])", rf"{begin}(?:{names})(?=:\d)"]
    return re.compile(rf"(?P<kept>{ESCAPES})|(?P<host>{'|'.join(patterns)})", re.I | re.A)

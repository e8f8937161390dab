"""A curl command line as the request that curl would send. No I/O: a file that it names is not read.

The options are read as curl reads them: letters may stand together (`-sSX POST`), a value may begin with `-`, and the
order of data counts. argparse would refuse the second.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

from cloudlab.client.errors import LabError
from cloudlab.client.paste import Paste, add, has, without_length
from cloudlab.client.shell_line import words_of
from cloudlab.language import N_, _

EXAMPLE = 'curl -s -H "X-Auth-Token: $OS_TOKEN" http://127.0.0.1:8774/v2.1/flavors'
SHORT = {
    "--request": "-X",
    "--header": "-H",
    "--data": "-d",
    "--data-ascii": "-d",
    "--user-agent": "-A",
    "--head": "-I",
    "--get": "-G",
    "--location": "-L",
    "--globoff": "-g",
    "--insecure": "-k",
    "--silent": "-s",
    "--show-error": "-S",
    "--include": "-i",
    "--verbose": "-v",
    "--fail": "-f",
    "--no-buffer": "-N",
    "--progress-bar": "-#",
    "--user": "-u",
    "--output": "-o",
    "--remote-name": "-O",
    "--write-out": "-w",
}
DATA = ("-d", "--data-raw", "--data-binary", "--json")
WITH_VALUE = (*DATA, "-X", "-H", "-A", "--url")
FLAGS = ("-I", "-G", "-L", "-g", "-k")
LOOKS = ("-s", "-S", "-i", "-v", "-f", "-N", "-#")  # what curl prints, not what it sends
VALUE = N_(
    "The answer is the cell's value, and `%%curl r` keeps it as r: r.status_code, r.headers, r.json()."
)
REFUSED = {
    "-u": N_("OpenStack asks for a token instead: -H 'X-Auth-Token: $OS_TOKEN'."),
    "-o": VALUE,
    "-O": VALUE,
    "-w": VALUE,
}
ALWAYS = ("host", "user-agent", "accept-encoding")  # the HTTP library sends its own if there is none
FILE = N_("Here no file is read: put the text itself where @ and the file's name are.")
Given = dict[str, list[str]]  # option → its values, in order


def read_curl(text: str) -> Paste:
    """The request of a line. Raises LabError, which never repeats what may be a secret."""
    words, notes = words_of(text)
    if not words or words[0] != "curl":
        raise LabError(_("There is no curl line here. One looks like this:\n{example}", example=EXAMPLE))
    given: Given = defaultdict(list)
    data: list[tuple[str, str]] = []
    for option, value in _options(words[1:]):
        given[option].append(value)
        if option in DATA:
            data.append((option, value))
    headers, body = _headers(given), _joined(data)
    notes += without_length(headers)
    url = _url(given)
    if "-G" in given:
        url, body = (f"{url}{'&' if '?' in url else '?'}{body}" if body else url), ""
    return Paste(_method(given), url, headers, body.encode(), "-L" in given, tuple(notes))


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """(an option by its short name, its value or ""); a word without a dash is the value of `--url`."""
    left = iter(words)
    for word in left:
        if word.startswith("--"):
            option = _known(SHORT.get(word, word), word)
            yield option, _value(word, left) if option in WITH_VALUE else ""
        elif word.startswith("-"):
            yield from _letters(word, left)
        else:
            yield "--url", word


def _letters(word: str, left: Iterator[str]) -> Iterator[tuple[str, str]]:
    for at, letter in enumerate(word[1:], 2):
        option = _known(f"-{letter}", f"-{letter}")
        if option in WITH_VALUE:
            yield option, word[at:] or _value(option, left)
            return
        yield option, ""


def _known(option: str, written: str) -> str:
    if option in (*WITH_VALUE, *FLAGS, *LOOKS):
        return option
    refused = _("%%curl can't do what curl's {option} does.", option=written)
    instead = _(REFUSED[option]) if option in REFUSED else _("Leave it out, or run the line in a terminal.")
    raise LabError(f"{refused} {instead}")


def _value(option: str, left: Iterator[str]) -> str:
    value = next(left, None)
    if value is None:
        raise LabError(_("curl's {option} is followed by something, and here the line ends.", option=option))
    return value


def _method(given: Given) -> str:
    """Data make it a POST, -I a HEAD, -G a GET again; -X goes before all."""
    sends = any(option in given for option in DATA) and "-G" not in given
    if "-I" in given and sends:
        raise LabError(_("-I asks with HEAD and -d sends with POST: leave one of them out."))
    if "-X" in given:
        if "-L" in given and given["-X"][-1] not in ("GET", "HEAD"):
            raise LabError(
                _(
                    "%%curl can't do -L and -X {method} together: leave -L out, and ask again where you are sent.",
                    method=given["-X"][-1],
                )
            )
        return given["-X"][-1]
    return "HEAD" if "-I" in given else "POST" if sends else "GET"


def _url(given: Given) -> str:
    urls = given["--url"]
    if len(urls) != 1:
        raise LabError(_not_one(len(urls)))
    url = urls[0] if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", urls[0]) else f"http://{urls[0]}"
    plain = re.sub(r"\[YOUR_\w+\]|\$\{\w+\}|//\[[\da-fA-F:.]+\]", "", url)  # ours, or an IPv6 address
    if "-g" not in given and re.search(r"[\[\]{}]", plain):
        raise LabError(
            _(
                "curl reads [ ] and { } in a URL as a pattern for many URLs. If you have to put a value in their "
                "place, do it; if they belong to the URL, add -g."
            )
        )
    if "-k" in given and url.startswith("https:"):
        raise LabError(_("%%curl can't do what curl's -k does: the lab checks certificates. Leave it out."))
    return url


def _not_one(count: int) -> str:
    """What a line says that doesn't name one URL."""
    none, many = _("There is no URL in it."), _("There is more than one URL in it, or a word without quotes.")
    return f"{many if count else none} " + _("A line looks like this:\n{example}", example=EXAMPLE)


def _headers(given: Given) -> dict[str, str | None]:
    """Those of -H and -A, and those that curl adds to data by itself."""
    headers: dict[str, str | None] = {}
    for written in given["-H"]:
        # Translators: the beginning of "… is not a header."
        add(headers, *_header(written), _("What follows -H"))
    implied = [("User-Agent", agent) for agent in given["-A"][-1:]]
    if "--json" in given:
        implied += [("Content-Type", "application/json"), ("Accept", "application/json")]
    elif any(option in given for option in DATA) and "-G" not in given:
        implied += [("Content-Type", "application/x-www-form-urlencoded")]
    for name, value in implied:
        if not has(headers, name):
            headers[name] = value
    return headers


def _header(written: str) -> tuple[str, str | None]:
    """Name and value; `Name;` is an empty one, `Name:` one that isn't sent (None)."""
    if written.startswith("@"):
        raise LabError(_(FILE))
    name, colon, value = written.partition(":")
    if not colon and written.endswith(";"):
        return written[:-1], ""
    if colon and not value.strip() and name.lower() in ALWAYS:
        # Translators: {name} is a header's name
        raise LabError(_("The lab always sends {name}: leave -H '{name}:' out.", name=name))
    return (name, value.strip() or None) if colon else ("", None)


def _joined(data: list[tuple[str, str]]) -> str:
    """The body: `&` between pieces, but nothing in front of one of --json."""
    body = ""
    for option, text in data:
        if text.startswith("@") and option != "--data-raw":
            raise LabError(_(FILE))
        body += text if option == "--json" or not body else f"&{text}"
    return body

"""Raw HTTP/1.1, as a learner writes or copies it: a request line, headers, an empty line, a body. No I/O."""

import re

from cloudlab.client.errors import LabError
from cloudlab.client.paste import Paste, add, without_length
from cloudlab.language import _

EXAMPLE = """GET http://127.0.0.1:8774/v2.1/flavors HTTP/1.1
X-Auth-Token: $OS_TOKEN"""
REQUEST_LINE = re.compile(r"([A-Za-z]+)[ \t]+(\S+)(?:[ \t]+HTTP/([\d.]+))?[ \t]*")


def read_http(text: str) -> Paste:
    """The request in a text. The URL is whole, or a path (then Host says where, over http). Raises LabError.

    Lines may end as Unix's or as HTTP's do. What ends the text's last line is not the body's.
    """
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    first = next((at for at, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise LabError(_("There is no request yet. One looks like this:") + f"\n{EXAMPLE}")
    blank = next((at for at in range(first, len(lines)) if not lines[at].strip()), len(lines))
    method, target, notes = _request_line(lines[first], first + 1)
    headers: dict[str, str | None] = {}
    for at in range(first + 1, blank):
        name, colon, value = lines[at].partition(":")
        # Translators: begins a sentence such as "… is not a header."
        where = _("Line {number} of what you pasted", number=at + 1)
        add(headers, name if colon else "", value.strip(), where)
    url = _whole(target, headers)
    notes += without_length(headers)
    return Paste(method, url, headers, "\n".join(lines[blank + 1 :]).encode(), notes=tuple(notes))


def _request_line(line: str, number: int) -> tuple[str, str, list[str]]:
    """Method, target, notes."""
    found = REQUEST_LINE.fullmatch(line)
    if found is None:
        raise LabError(
            _(
                "Line {number} of what you pasted is not a request line. One looks like {example}",
                number=number,
                example=EXAMPLE.splitlines()[0],
            )
        )
    other = found[3] not in (None, "1.1")
    note = _("HTTP/{version} is read as HTTP/1.1, which the lab speaks.", version=found[3]) if other else ""
    return found[1], found[2], [note] if note else []


def _whole(target: str, headers: dict[str, str | None]) -> str:
    """The whole URL. A Host that became a part of it is taken out: the wire has it from there."""
    if not target.startswith("/"):
        return target
    host = next((name for name in headers if name.lower() == "host"), None)
    if host is None or not headers[host]:
        raise LabError(
            _(
                "A path alone doesn't say which service is asked. Write the whole URL, or a Host header below it, "
                "like Host: 127.0.0.1:8774. lab.urls has each service's."
            )
        )
    return f"http://{headers.pop(host)}{target}"

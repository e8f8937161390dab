"""A request as a curl command line that a POSIX shell runs as it is."""

import re
import shlex

from cloudlab.client.exchange import Exchange, Request
from cloudlab.client.redact import HIDDEN, LABEL

# What curl says by itself, or what is about this connection only.
OWN = frozenset(
    {"host", "content-length", "connection", "accept", "accept-encoding", "user-agent", "transfer-encoding"}
)
FILE = "body.bin"


def as_curl(exchange: Exchange) -> str:
    """`curl -i …`, one option a line. Secrets are shell variables: `$OS_TOKEN`, `$OS_SUBJECT_TOKEN`, `$OS_PASSWORD`."""
    request = exchange.request
    parts = ["curl -i" if request.method != "HEAD" else "curl -I"]
    if request.method not in ("GET", "HEAD"):
        parts[0] += f" -X {shlex.quote(request.method)}"
    if re.search(r"[\[\]{}]", request.url):
        parts[0] += " -g"  # brackets in a URL are curl's own patterns otherwise
    parts[0] += f" {_word(request.url, request)}"
    parts += [_header(n, v, request) for n, v in request.headers.items() if n.lower() not in OWN]
    note, body = _body(request)
    if body and "Content-Type" not in request.headers:
        parts.append("-H 'Content-Type:'")  # or curl says that it is a form
    if body:
        parts.append(body)
    return note + " \\\n  ".join(parts)


def variable(label: str, request: Request, header: str = "") -> str:
    """The shell variable that stands for a secret."""
    if label == HIDDEN:
        return "OS_AUTHORIZATION" if header else "OS_PASSWORD"
    own = request.headers.get("X-Auth-Token")
    return "OS_TOKEN" if own in (None, label) else "OS_SUBJECT_TOKEN"


def _header(name: str, value: str, request: Request) -> str:
    if not value:
        return f"-H {shlex.quote(name + ';')}"  # curl's way to send an empty one
    if LABEL.fullmatch(value) and re.fullmatch(r"[A-Za-z0-9-]+", name):
        return f'-H "{name}: ${variable(value, request, name)}"'
    return f"-H {_word(f'{name}: {value}', request, name)}"


def _word(text: str, request: Request, header: str = "") -> str:
    """One shell word; what was redacted becomes a variable that the shell fills in."""
    words, end = [], 0
    for found in LABEL.finditer(text):
        words += [_quoted(text[end : found.start()]), f'"${variable(found[0], request, header)}"']
        end = found.end()
    return "".join([*words, _quoted(text[end:])]) or "''"


def _quoted(text: str) -> str:
    return shlex.quote(text) if text else ""


def _body(request: Request) -> tuple[str, str]:
    """A note above the command (or ""), and the option that carries the body (or "")."""
    if not request.size:
        return "", ""
    text = request.content.decode("utf-8", "replace")
    if not request.content or "�" in text or "\0" in text:
        return f"# the body: {request.size:,} bytes, in the file {FILE}\n", f"--data-binary @{FILE}"
    return "", f"--data-raw {_word(text, request)}"

"""A request as a curl command line that a POSIX shell runs as it is."""

import re
import shlex

from cloudlab.client.exchange import Exchange
from cloudlab.client.redact import HIDDEN, LABEL
from cloudlab.language import _

# What curl says by itself, or what is about this connection only.
OWN = frozenset(
    {"host", "content-length", "connection", "accept", "accept-encoding", "user-agent", "transfer-encoding"}
)
FILE = "body.bin"


def as_curl(exchange: Exchange) -> str:
    """`curl -i …`, one option a line. Secrets are shell variables; a note says what each but `$OS_TOKEN` stands for."""
    request = exchange.request
    parts = ["curl -i" if request.method != "HEAD" else "curl -I"]
    if request.method not in ("GET", "HEAD"):
        parts[0] += f" -X {shlex.quote(request.method)}"
    if re.search(r"[\[\]{}]", request.url):
        parts[0] += " -g"  # brackets in a URL are curl's own patterns otherwise
    parts[0] += f" {_word(request.url, exchange)}"
    parts += [_header(n, v, exchange) for n, v in request.headers.items() if n.lower() not in OWN]
    note, body = _body(exchange)
    if body and "Content-Type" not in request.headers:
        parts.append("-H 'Content-Type:'")  # or curl says that it is a form
    if body:
        parts.append(body)
    command = " \\\n  ".join(parts)
    return notes(command) + note + command


def variable(label: str, exchange: Exchange, header: str = "") -> str:
    """The variable that stands for a secret: OS_TOKEN for the learner's own token, OS_TOKEN_2 for another one."""
    if label == HIDDEN:
        return "OS_AUTHORIZATION" if header else "OS_PASSWORD"
    own = exchange.own_token or exchange.request.headers.get("X-Auth-Token", label)
    if label == own:
        return "OS_TOKEN"
    words = label.strip("‹›").replace("'s", "").upper().split()
    return "_".join(("OS_TOKEN", *(word for word in words if word != "TOKEN")))  # OS_TOKEN_2, OS_TOKEN_NOVA


def notes(code: str) -> str:
    """A comment line for each variable in the code that nothing sets for the learner."""
    others = dict.fromkeys(re.findall(r"\bOS_(?:TOKEN_[A-Z\d_]+|PASSWORD|AUTHORIZATION)\b", code))
    return "".join(f"# {_note(name)}\n" for name in others)


def _note(name: str) -> str:
    which = name.removeprefix("OS_TOKEN_")
    # Translators: {name} is a variable of the shell
    if which == name:
        return _("set {name} first: what was sent is not shown", name=name)
    if which.isdigit():
        return _("set {name} first: it stands for {token}", name=name, token=f"‹token {which}›")
    return _("set {name} first: it stands for {service}'s token", name=name, service=which.lower())


def _header(name: str, value: str, exchange: Exchange) -> str:
    if not value:
        return f"-H {shlex.quote(name + ';')}"  # curl's way to send an empty one
    if LABEL.fullmatch(value) and re.fullmatch(r"[A-Za-z0-9-]+", name):
        return f'-H "{name}: ${variable(value, exchange, name)}"'
    return f"-H {_word(f'{name}: {value}', exchange, name)}"


def _word(text: str, exchange: Exchange, header: str = "") -> str:
    """One shell word; what was redacted becomes a variable that the shell fills in."""
    words, end = [], 0
    for found in LABEL.finditer(text):
        words += [_quoted(text[end : found.start()]), f'"${variable(found[0], exchange, header)}"']
        end = found.end()
    return "".join([*words, _quoted(text[end:])]) or "''"


def _quoted(text: str) -> str:
    return shlex.quote(text) if text else ""


def _body(exchange: Exchange) -> tuple[str, str]:
    """A note above the command (or ""), and the option that carries the body (or "")."""
    request = exchange.request
    if not request.size:
        return "", ""
    text = request.content.decode("utf-8", "replace")
    if not request.content or "�" in text or "\0" in text:
        note = _("the body: {size:,} bytes, in the file {file}", size=request.size, file=FILE)
        return f"# {note}\n", f"--data-binary @{FILE}"
    return "", f"--data-raw {_word(text, exchange)}"

"""What a lesson points at: `mark="X-Subject-Token"`, `mark="server.status"`, `mark=["request.server.flavorRef", …]`.

A mark is a header's name, `status_code`, or a dotted path into the response body. `request.` in front means the
request's body.
"""

from cloudlab.client.exchange import Exchange

ASKED = "request."


def path_marks(exchange: Exchange, side: str) -> tuple[str, ...]:
    """The JSON paths for one side, `request` or `response`."""
    if side == "request":
        return tuple(m.removeprefix(ASKED) for m in exchange.marks if m.startswith(ASKED))
    return tuple(m for m in exchange.marks if not m.startswith(ASKED))


def header_marked(exchange: Exchange, name: str) -> bool:
    return any(mark.lower() == name.lower() for mark in exchange.marks)


def status_marked(exchange: Exchange) -> bool:
    return "status_code" in exchange.marks

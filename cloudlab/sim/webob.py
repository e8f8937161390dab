"""Error bodies of the WebOb layer, which nova, cinder and glance share: HTML, JSON or text, as Accept asks.

What reaches a resource of nova or cinder is answered under a name of its own (`FAULT_NAMES`); the layers before it,
and all of glance, let WebOb write the body (recordings nova_v21/074, cinder/072, glance/019).
"""

import html
import json
import re

from cloudlab.sim.web import Call, Reply

# How nova and cinder call an error body, by status; any other is a computeFault.
FAULT_NAMES = {
    400: "badRequest",
    401: "unauthorized",
    403: "forbidden",
    404: "itemNotFound",
    405: "badMethod",
    409: "conflictingRequest",
    413: "overLimit",
    415: "badMediaType",
    429: "overLimit",
    501: "notImplemented",
    503: "serviceUnavailable",
}
TITLES = {
    300: "Multiple Choices",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    409: "Conflict",
    410: "Gone",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    416: "Request Range Not Satisfiable",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
}
HTML = "text/html; charset=UTF-8"
OFFERS = ("text/html", "application/json")  # in this order when a client likes both the same
PARAGRAPH = "{}<br /><br />\n{detail}\n\n"
EXPLANATIONS = {  # what an error says before its detail, when it has one
    403: "Access was denied to this resource.",
    409: "There was a conflict when trying to complete your request.",
    416: "The Range requested is not available.",
}
PAGE = "<html>\n <head>\n  <title>{line}</title>\n </head>\n <body>\n  <h1>{line}</h1>\n  {body}\n </body>\n</html>"

# RFC 7231, 5.3.2: media ranges with parameters, each with a weight and perhaps extensions behind it.
_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_VALUE = rf'(?:{_TOKEN}|"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*")'
_SEP = r"[ \t]*;[ \t]*"
_WEIGHT = rf"{_SEP}[qQ]=(0(?:\.[0-9]{{0,3}})?|1(?:\.0{{0,3}})?)(?:{_SEP}{_TOKEN}(?:={_VALUE})?)*"
_RANGE = rf"({_TOKEN}/{_TOKEN})((?:{_SEP}(?![qQ]=){_TOKEN}={_VALUE})*)(?:{_WEIGHT})?"
_ITEM = re.compile(_RANGE)
_LIST = re.compile(rf"(?:(?:,|{_RANGE})(?:[ \t]*,(?:[ \t]*{_RANGE})?)*)?")


def error_reply(
    call: Call,
    status: int,
    text: str,
    headers: dict[str, str] | None = None,
    layout: str = PARAGRAPH,
    detail: str = "",
) -> Reply:
    """The error as WebOb writes it. `layout` holds `{}` where the text goes, `{detail}` where more may follow."""
    title = TITLES.get(status, "Internal Server Error")
    line, headers = f"{status} {title}", headers or {}
    wanted = best_offer(call.headers.get("accept", ""))
    if wanted == "application/json":
        body = {"message": layout.format(text, detail=detail), "code": line, "title": title}
        return Reply(status, headers=headers, raw=json.dumps(body).encode())
    if wanted == "text/html":
        page = PAGE.format(line=line, body=layout.format(_escaped(text), detail=_escaped(detail)))
        return Reply(status, headers=headers, raw=page.encode(), content_type=HTML)
    plain = f"{line}\n\n{_without_tags(layout.format(text, detail=detail))}"
    return Reply(status, headers=headers, raw=plain.encode(), content_type="text/plain; charset=UTF-8")


def empty_page(status: int) -> Reply:
    """Success without a word, as WebOb gives it: with the type of a page, and no page."""
    return Reply(status, raw=b"", content_type=HTML)


def _escaped(text: str) -> str:
    return html.escape(text).encode("ascii", "xmlcharrefreplace").decode()


def _without_tags(text: str) -> str:
    """Text instead of HTML: a line break is where <br> was, any other white space is a blank."""
    flat = text.replace("\n", " ").replace("\r", "")
    broken = re.sub(r"(?i)<br.*?>", "\n", flat)
    return re.sub(r"<.*?>", "", re.sub("<!--|-->", "", broken))


def best_offer(accept: str) -> str | None:
    """The offer that the header likes best; None when it likes neither (as an empty one does, or none at all).

    A header that breaks the grammar counts for nothing: then both are welcome, so HTML.
    """
    ranges = _parsed(accept)
    if ranges is None:
        return OFFERS[0]
    weights = {offer: _weight(offer, ranges) for offer in OFFERS}
    best = max(OFFERS, key=lambda offer: weights[offer])
    return best if weights[best] else None


def _weight(offer: str, ranges: list[tuple[str, float]]) -> float:
    """The weight of the most exact range that fits; of equals the first."""
    for exact in (offer, f"{offer.partition('/')[0]}/*", "*/*"):
        for name, weight in ranges:
            if name == exact:
                return weight
    return 0.0


def _parsed(accept: str) -> list[tuple[str, float]] | None:
    """(media range, weight) in order; None for a header that breaks the grammar.

    A range with parameters, such as text/html;level=1, fits none of the offers, which have none.
    """
    if not _LIST.fullmatch(accept):
        return None
    items = [item.groups() for item in _ITEM.finditer(accept)]
    return [
        (name.lower(), float(weight or 1))
        for name, parameters, weight in items
        if not parameters or name.endswith("*")
    ]

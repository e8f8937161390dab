"""Arrows as a HAR file (HTTP Archive 1.2), which browsers' network tools and many others open.

HAR knows exchanges only. Who sent what to whom is in fields of our own, which begin with `_` as the format asks;
messages are in `_messages`. http://www.softwareishard.com/blog/har-12-spec/
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cloudlab.client.exchange import Request, Response
from cloudlab.client.inside import Arrow

Json = dict[str, Any]
FACTS = ("number", "sender", "receiver", "request_id", "global_request_id", "parent")


def as_har(arrows: Sequence[Arrow]) -> Json:
    """The whole file as Python values. Exchanges whose content was let go are left out."""
    from cloudlab import __version__

    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "cloudlab", "version": __version__},
            "entries": [_entry(arrow) for arrow in arrows if arrow.exchange is not None],
            "_messages": [_message(arrow) for arrow in arrows if arrow.kind != "http"],
        }
    }


def _facts(arrow: Arrow) -> Json:
    return {f"_{fact}": getattr(arrow, fact) for fact in FACTS}


def _message(arrow: Arrow) -> Json:
    said = {"kind": arrow.kind, "name": arrow.name, "about": arrow.about, "lost": arrow.lost}
    return {"startedDateTime": arrow.time.isoformat(), **said, **_facts(arrow)}


def _entry(arrow: Arrow) -> Json:
    assert arrow.exchange is not None
    took = arrow.seconds * 1000
    return {
        "startedDateTime": arrow.time.isoformat(),
        "time": took,
        "request": _request(arrow.exchange.request),
        "response": _response(arrow.exchange.response),
        "cache": {},
        "timings": {"send": 0, "wait": took, "receive": 0},
        "comment": f"{arrow.sender} to {arrow.receiver}",
        **_facts(arrow),
    }


def _request(request: Request) -> Json:
    query = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
    told: Json = {
        "method": request.method,
        "url": request.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(request.headers.items()),
        "queryString": _pairs(query),
        "headersSize": -1,
        "bodySize": request.size,
    }
    if request.content:
        told["postData"] = {"mimeType": request.content_type, "text": request.text}
    return told


def _response(response: Response) -> Json:
    return {
        "status": response.status_code,
        "statusText": response.reason,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(response.headers.items()),
        "content": {"size": response.size, "mimeType": response.content_type, "text": response.text},
        "redirectURL": str(response.headers.get("Location") or ""),
        "headersSize": -1,
        "bodySize": response.size,
    }


def _pairs(pairs: Any) -> list[Json]:
    return [{"name": name, "value": str(value)} for name, value in pairs]

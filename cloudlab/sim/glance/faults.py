"""Glance's error bodies: webob's, in the form that the Accept header asks for (HTML for a browser and for curl)."""

import html
import re
from http.client import responses

from cloudlab.sim.errors import ApiError, BadJson, MethodNotAllowed, Unauthorized, UnsupportedMediaType
from cloudlab.sim.glance.versions import MultipleChoices, versions
from cloudlab.sim.web import Call, Reply

NOT_YOU = (
    "This server could not verify that you are authorized to access the document you requested. Either you supplied"
    " the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials"
    " required."
)
PAGE = (
    "<html>\n <head>\n  <title>{status}</title>\n </head>\n <body>\n"
    "  <h1>{status}</h1>\n  {body}\n\n </body>\n</html>"
)


def fault(call: Call, error: ApiError) -> Reply:
    """The error as glance answers it."""
    if isinstance(error, MultipleChoices):
        return Reply(300, versions(call))
    headers = {}
    message = error.message
    if isinstance(error, Unauthorized):
        message, headers["WWW-Authenticate"] = NOT_YOU, f'Keystone uri="{call.cloud.url("keystone")}/"'
    if isinstance(error, BadJson):
        message = "Malformed JSON in request body."
    if isinstance(error, MethodNotAllowed):
        message = f"The method {call.method} is not allowed for this resource. "
        headers["Allow"] = ", ".join(error.allowed)
    template = "{}\n<br /><br />\n" if isinstance(error, UnsupportedMediaType) else "{}<br /><br />\n\n\n"
    return _as_accepted(call, error.status, message, template, headers)


def _as_accepted(call: Call, status: int, message: str, template: str, headers: dict[str, str]) -> Reply:
    title = responses.get(status, "Error")
    line = f"{status} {title}"
    wanted = best_type(call.headers.get("accept", ""))
    if wanted == "application/json":
        return Reply(status, {"message": template.format(message), "code": line, "title": title}, headers)
    if wanted == "text/html":
        page = PAGE.format(status=line, body=template.format(html.escape(message)))
        return Reply(status, headers=headers, raw=page.encode(), content_type="text/html; charset=UTF-8")
    plain = f"{line}\n\n{template.format(message).replace('<br />', chr(10))}"
    return Reply(status, headers=headers, raw=plain.encode(), content_type="text/plain; charset=UTF-8")


def best_type(accept: str) -> str | None:
    """Of the two that webob offers, the one that the header likes best; HTML where it likes both the same."""
    scores = {offer: _quality(accept, offer) for offer in ("text/html", "application/json")}
    best = max(scores, key=lambda offer: scores[offer])
    return best if scores[best] > 0 else None


def _quality(accept: str, offer: str) -> float:
    """How much the header likes a type: the q of the most exact range that names it."""
    ranges = (offer, offer.partition("/")[0] + "/*", "*/*")
    found = {}
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        q = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        found[name] = float(q) if re.fullmatch(r"[01](\.\d{0,3})?", q) else 0.0
    return next((found[name] for name in ranges if name in found), 0.0)

"""An exchange as HTML for a notebook: `<details>` to fold, tables for headers, no script, no ids. All of it escaped.

Jinja2 is imported when the first exchange is shown, and kept. No Pygments: a body's JSON gets its colours while it is
laid out, and colouring the Python program alone cost 2.5 ms of 2.9 for a token's answer (the bar is 2 ms for all).
"""

import html
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from cloudlab import language
from cloudlab.client.exchange import Exchange, Headers
from cloudlab.language import _, ngettext
from cloudlab.show.body import Line, Part, body_parts, spliced
from cloudlab.show.curl import as_curl
from cloudlab.show.marks import header_marked, path_marks, status_marked
from cloudlab.show.python import as_requests
from cloudlab.show.raw import as_raw
from cloudlab.show.text import printable
from cloudlab.show.words import meaning, status_line, token_note, took

TEMPLATES = Path(__file__).parent / "templates"


@cache
def template(name: str) -> Any:
    """A template of this folder; what it is given is escaped. It speaks the language of when it is rendered."""
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    environment.globals.update({"_": _, "ngettext": ngettext, "lang": lang})
    return environment.get_template(name)


def lang() -> Markup:
    """A card's `lang` attribute where its language isn't the page's, which is taken for English."""
    return Markup("") if language.speaks == language.SOURCE else Markup(' lang="{}"').format(language.speaks)


@cache
def css() -> Markup:
    """The style sheet, in each output: a stored notebook shows one output without the others."""
    return Markup((TEMPLATES / "exchange.css").read_text("utf-8").strip())


def as_html(exchange: Exchange) -> str:
    """The same content as `as_text`, to fold and to colour. The same exchange gives the same bytes."""
    request, response = exchange.request, exchange.response
    return template("exchange.html.j2").render(
        x=exchange,
        css=css(),
        status=status_line(exchange),
        family=exchange.status_code // 100,
        meaning=meaning(exchange.status_code, bool(response.size)),
        took=took(exchange.elapsed),
        token_note=token_note(exchange),
        status_marked=status_marked(exchange),
        request_headers=_headers(
            request.headers, _("Request headers"), _("Request headers the lesson is about"), exchange
        ),
        request_body=_body(
            body_parts(request.content, request.size, request.content_type, path_marks(exchange, "request"))
        ),
        response_headers=_headers(
            response.headers, _("Response headers"), _("Response headers the lesson is about"), exchange
        ),
        response_body=_body(
            body_parts(
                response.content, response.size, response.content_type, path_marks(exchange, "response")
            )
        ),
        curl=as_curl(exchange),
        python=as_requests(exchange),
        raw=as_raw(exchange),
    )


def _headers(headers: Headers, label: str, about: str, exchange: Exchange) -> Markup:
    pairs = [(name, printable(value), header_marked(exchange, name)) for name, value in headers.items()]
    shown = [pair for pair in pairs if pair[2]]
    return Markup(template("headers.html.j2").render(pairs=pairs, shown=shown, label=label, about=about))


# A body has hundreds of lines and has to be ready in a millisecond: plain strings here, each escaped by `_safe`.


def _body(parts: list[Part]) -> Markup:
    return Markup("".join(map(_part, spliced(parts))))


def _part(part: Part) -> str:
    if isinstance(part, Line):
        return _line(part) + "\n"
    return f"<details><summary>{_line(part.head)}</summary>{_body(part.lines)}</details>"


def _line(line: Line) -> str:
    value = _safe(line.value)
    if line.kind in "snw":
        value = f'<span class="{line.kind}">{value}</span>'
    if line.key:
        value = f'<span class="k">{_safe(line.key)}</span>: {value}'
    if line.marked:
        value = f"<mark>{value}</mark>"
    return f"{'  ' * line.depth}{value}{line.tail}"


def _safe(text: str) -> str:
    return html.escape(printable(text), quote=False)

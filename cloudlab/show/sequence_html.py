"""A sequence diagram as HTML for a notebook: each row is a `<details>` that opens to the exchange. No script, no ids.

JupyterLab takes `<svg>` and `<style>` out of a stored output until the notebook is trusted. So whatever is drawn is
said in the row's text as well.
"""

import html
from functools import cache
from typing import Any

from markupsafe import Markup, escape

from cloudlab.client.exchange import Exchange
from cloudlab.client.inside import Arrow
from cloudlab.language import N_, _
from cloudlab.show.html import TEMPLATES, css, template
from cloudlab.show.raw import as_raw
from cloudlab.show.sequence_mermaid import as_mermaid
from cloudlab.show.sequence_plan import LEGEND, Plan, clean, legal
from cloudlab.show.sequence_strip import arrow_strip, head_strip, lifeline_strip
from cloudlab.show.sequence_text import as_text

BODY = 1500  # characters of a body that a row opens to
ABREAST = 5  # names that fit on one line of a phone; more take turns on two lines or three
KINDS = {
    "cast": N_("A cast: the sender goes on and waits for no answer."),
    "call": N_("A call: the sender waits for the answer."),
    "fanout": N_("A fanout: a message to every process that listens."),
}
ANOTHER = N_("A message.")


def as_html(plan: Plan) -> str:
    count = len(plan.lifelines)
    turns = min(1 + count // (ABREAST + 1), 3)
    return template("sequence.html.j2").render(
        plan=plan,
        legend=_(LEGEND),
        css=css() + _css(),
        count=count,
        turns=turns,
        names=[_breakable(name) for name in plan.lifelines],
        lines=lifeline_strip(count),
        head_lines=head_strip(count, turns),
        strip=arrow_strip,
        facts=_facts,
        content=_content,
        kind_words=_kind_words,
        mermaid=as_mermaid(plan),
        text=as_text(plan),
    )


@cache
def _css() -> Markup:
    return Markup((TEMPLATES / "sequence.css").read_text("utf-8").strip())


def _breakable(name: str) -> Markup:
    """A process's name, which may break after its hyphen."""
    return Markup("-<wbr>").join(escape(part) for part in name.split("-"))


def _kind_words(arrow: Arrow) -> str:
    return _(KINDS[arrow.kind]) if arrow.kind in KINDS else _(ANOTHER)


def _facts(arrow: Arrow) -> list[tuple[str, Any]]:
    """What is known of an arrow beside its content: (name, value)."""
    took = f"{arrow.seconds:.2f} s" if arrow.kind == "http" else ""
    facts = (
        (_("About"), arrow.about),
        (_("Request id"), arrow.request_id),
        (_("Global request id"), arrow.global_request_id),
        (_("Caused by request"), arrow.parent),
        (_("Microversion"), arrow.microversion),
        (_("Sent by"), arrow.user_agent),
        (_("Took"), took),
    )
    return [(name, clean(value)) for name, value in facts if value]


def _content(exchange: Exchange) -> Markup:
    """As it went over the wire. Quotes stay as they are: JSON is full of them, and would be half as long again."""
    return Markup(html.escape(legal(as_raw(exchange, BODY, indent=1)), quote=False))

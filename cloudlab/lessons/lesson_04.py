"""Lesson 04, make: Nova makes the key pair `nova-made`. Judged by the wire: a private half came back."""

from collections.abc import Iterator

from cloudlab.client.exchange import Exchange
from cloudlab.lessons.checks import Evidence, Finding, body_of, inside, sent_body

NAME = "nova-made"


def check(evidence: Evidence) -> Iterator[Finding]:
    posts = evidence.sent("POST", "/os-keypairs")
    asked = [e for e in posts if inside(sent_body(e), "keypair").get("name") == NAME]
    generated = [e for e in asked if e.ok and "private_key" in inside(body_of(e), "keypair")]
    yield Finding(
        bool(generated), f"Nova made the key pair {NAME}, and the answer held its private half", _hint(asked)
    )
    if not generated:
        return
    kept = evidence.find("compute", f"/os-keypairs/{NAME}", "keypair")
    yield Finding(bool(kept), f"{NAME} is there", "It has been deleted since. Make it again.")
    yield Finding(
        bool(kept) and "private_key" not in kept,
        "Its private half isn't: it was in that one answer only",
        "GET the key pair and read its fields.",
    )


def _hint(asked: list[Exchange]) -> str:
    own = [e for e in asked if inside(sent_body(e), "keypair").get("public_key")]
    if any(e.status_code == 400 and e not in own for e in asked):
        return "400: from microversion 2.92 on Nova makes no keys any more, or the name was refused. Read the message."
    if any(e.status_code == 409 for e in asked):
        return f"409: {NAME} exists. DELETE it, then have Nova make it again."
    if own:
        return "You sent a public_key: that imports yours. Leave it out, and Nova makes both halves."
    return f'POST /os-keypairs with nothing but a name: {{"keypair": {{"name": "{NAME}"}}}}.'

"""Lesson 04, make: Nova makes the key pair `nova-made`. Judged by the wire: a private half came back."""

from collections.abc import Iterator

from cloudlab.client.exchange import Exchange
from cloudlab.lessons.checks import Evidence, Finding, body_of, inside, named

NAME = "nova-made"


def make(evidence: Evidence) -> Iterator[Finding]:
    posts = evidence.sent("POST", "/os-keypairs")
    asked = named(posts, "keypair", NAME)
    generated = [e for e in asked if e.ok and "private_key" in inside(body_of(e), "keypair")]
    yield Finding(
        bool(generated),
        f"Nova made the key pair {NAME}, and the answer held its private half",
        *_not_made(evidence, asked),
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


def _not_made(evidence: Evidence, asked: list[Exchange]) -> tuple[str, str]:
    last = asked[-1] if asked else None
    if last is None and any(e.status_code == 404 for e in evidence.sent("POST", "/(os_)?keypairs")):
        return "Your POST got 404: Nova knows no such path.", "os-in-the-path"
    if last is None:
        return f'POST /os-keypairs with nothing but a name: {{"keypair": {{"name": "{NAME}"}}}}.', ""
    if last.status_code == 409:
        return (
            f"Your POST got 409: {NAME} exists. DELETE it, then have Nova make it again.",
            "names-are-taken",
        )
    if last.status_code == 400:
        return (
            "Your POST got 400. From microversion 2.92 on Nova makes no keys; without the header it does.",
            "microversion-default",
        )
    return "Your POST carried a public_key, and the answer holds no private half.", "importing-is-not-making"


CHECKS = {"make": make}

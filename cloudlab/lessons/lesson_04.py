"""Lesson 04, make: Nova makes the key pair `nova-made`, and refuses `nova-made-2` at microversion 2.92. Judged by the
wire: a private half came back once, and the refusal came from that microversion.
"""

from collections.abc import Iterator

from cloudlab.client.exchange import Exchange
from cloudlab.language import _
from cloudlab.lessons.checks import (
    Evidence,
    Finding,
    asked,
    body_of,
    inside,
    minor_of,
    tried,
    unwrapped,
    wrap,
)

NAME, SECOND = "nova-made", "nova-made-2"


def make(evidence: Evidence) -> Iterator[Finding]:
    posts = evidence.sent("POST", "/os-keypairs")
    ours = tried(posts, "keypair", NAME)
    generated = [e for e in ours if e.ok and "private_key" in inside(body_of(e), "keypair")]
    yield Finding(
        bool(generated),
        _("Nova made the key pair {name}, and the answer held its private half", name=NAME),
        *_not_made(evidence, ours),
    )
    if generated:
        yield from _kept(evidence)
    second = tried(posts, "keypair", SECOND)
    refused = any(_refused_in_time(e) for e in second)
    message = _("{name} was refused at microversion 2.92", name=SECOND)
    yield Finding(refused, message, *_not_refused(second))


def _kept(evidence: Evidence) -> Iterator[Finding]:
    kept = evidence.find("compute", f"/os-keypairs/{NAME}", "keypair")
    again = _("It has been deleted since. Make it again.")
    yield Finding(bool(kept), _("{name} is there", name=NAME), again)
    yield Finding(
        bool(kept) and "private_key" not in kept,
        _("Its private half isn't: it was in that one answer only"),
        _("GET the key pair and read its fields."),
    )


def _not_made(evidence: Evidence, ours: list[Exchange]) -> tuple[str, str]:
    if not ours:
        return _untried(evidence)
    last, status = ours[-1], ours[-1].status_code
    if unwrapped(last, "keypair"):
        return wrap("keypair")
    if last.ok:
        told = _("Your POST carried a public_key, and the answer holds no private half.")
        return told, "importing-is-not-making"
    if status == 400:
        told = _(
            "Your POST got 400. From microversion 2.92 on Nova makes no keys; without the header it does."
        )
        return told, "microversion-default"
    if status == 409:
        told = _("Your POST got 409: {name} exists. DELETE it, then have Nova make it again.", name=NAME)
        return told, "names-are-taken"
    return _("Your POST got {status}. Read its message.", status=status), ""


def _untried(evidence: Evidence) -> tuple[str, str]:
    if any(e.status_code == 404 for e in evidence.sent("POST", "/(os_)?keypairs")):
        return _("Your POST got 404: Nova knows no such path."), "os-in-the-path"
    told = _('POST /os-keypairs with nothing but a name: {{"keypair": {{"name": "{name}"}}}}.', name=NAME)
    return told, ""


def _refused_in_time(post: Exchange) -> bool:
    """Refused because Nova makes no keys any more, and for no other fault of the body."""
    whole = not unwrapped(post, "keypair") and "public_key" not in asked(post, "keypair")
    return whole and post.status_code == 400 and minor_of(post) >= 92


def _not_refused(posts: list[Exchange]) -> tuple[str, str]:
    if not posts:
        told = _("POST /os-keypairs for {name}, with OpenStack-API-Version: compute 2.92.", name=SECOND)
        return told, ""
    last, status = posts[-1], posts[-1].status_code
    if unwrapped(last, "keypair"):
        return wrap("keypair")
    if "public_key" in asked(last, "keypair"):
        return _("Your POST carried a public_key: leave it out."), "importing-is-not-making"
    if status == 409:
        return _old(exists=True), "microversion-default"
    if last.ok:
        return _old(exists=False), "microversion-default"
    told = _(
        "Your POST got {status}. Read its message: it is refused at compute 2.92 with 400.", status=status
    )
    return told, ""


def _old(exists: bool) -> str:
    if exists:
        return _(
            "Your POST got 409: {name} exists, and your call named no microversion, or one before 2.92.",
            name=SECOND,
        )
    return _("Nova made it: your call named no microversion, or one before 2.92.")


CHECKS = {"make": make}

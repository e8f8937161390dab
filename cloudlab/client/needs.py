"""What a step may need that not every cloud gives, and what is said where it isn't there."""

from cloudlab.client.errors import LabError
from cloudlab.client.transport import Transport
from cloudlab.language import N_, _

SAID = {
    "admin": N_("it needs an administrator's account, and CLOUDLAB_ADMIN names none."),
    "neighbour": N_("it needs an account in another project, and CLOUDLAB_NEIGHBOUR names none."),
    "inside": N_("it looks inside the cloud, and only the embedded one lets you in."),
    "sandbox": N_("it breaks or fills something on purpose, and only the embedded cloud is there for that."),
}


def lacking(transport: Transport, what: str) -> str:
    """Why a step can't be done on this cloud, as a sentence; "" where it can. `what`: words of SAID, with commas."""
    for word in filter(None, (part.strip() for part in what.split(","))):
        if word not in SAID:
            raise LabError(
                _(
                    "A step may need one of these: {words}. {word!r} is none.",
                    words=", ".join(SAID),
                    word=word,
                )
            )
        embedded = transport.control is not None
        there = embedded if word in ("inside", "sandbox") else word in transport.accounts
        if not there:
            return _("Not possible here:") + " " + _(SAID[word])
    return ""

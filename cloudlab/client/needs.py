"""What a step of a lesson may need that not every cloud gives: a cell says `# needs: admin` in its first line."""

from collections.abc import Callable
from dataclasses import dataclass

from cloudlab.client.errors import LabError
from cloudlab.client.transport import Transport
from cloudlab.language import N_, _


@dataclass(frozen=True)
class Need:
    """Whether a cloud has it, and what is said instead of doing the step."""

    is_met: Callable[[Transport], bool]
    otherwise: str


NEEDS = {
    "admin": Need(
        lambda transport: "admin" in transport.accounts,
        N_("Not possible here: this step needs an administrator's account, and CLOUDLAB_ADMIN names none."),
    ),
    "neighbour": Need(
        lambda transport: "neighbour" in transport.accounts,
        N_(
            "Not possible here: this step needs a user of another project, and CLOUDLAB_NEIGHBOUR names none."
        ),
    ),
    "inside": Need(
        lambda transport: transport.control is not None,
        N_("Not possible here: this step looks into the cloud, and only the embedded one lets you in."),
    ),
    "sandbox": Need(
        lambda transport: transport.control is not None,
        N_(
            "Not possible here: this step stops, breaks or fills something on purpose, "
            "and that is done on the embedded cloud alone."
        ),
    ),
}


def lacking(transport: Transport, word: str) -> str:
    """ "" where this cloud has what `word` names; else the sentence that says what is missing. Raises LabError."""
    if word not in NEEDS:
        known = ", ".join(NEEDS)
        raise LabError(_("A step can't need {word!r}. It can need: {known}.", word=word, known=known))
    need = NEEDS[word]
    return "" if need.is_met(transport) else _(need.otherwise)

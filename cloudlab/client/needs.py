"""What a step of a lesson may need that not every cloud gives: a cell says `# needs: admin` in its first line."""

from collections.abc import Callable
from dataclasses import dataclass

from cloudlab.client.errors import LabError
from cloudlab.client.transport import Transport
from cloudlab.language import N_, _


@dataclass(frozen=True)
class Need:
    """Whether a cloud has it, and what is said instead of running the cell."""

    is_met: Callable[[Transport], bool]
    otherwise: str = ""


NEEDS = {
    "admin": Need(
        lambda transport: "admin" in transport.accounts,
        N_(
            "Not possible here: this step needs an administrator's account, and CLOUDLAB_ADMIN names none. "
            "It isn't run."
        ),
    ),
    "neighbour": Need(
        lambda transport: "neighbour" in transport.accounts,
        N_(
            "Not possible here: this step needs a user of another project, and CLOUDLAB_NEIGHBOUR names none. "
            "It isn't run."
        ),
    ),
    "inside": Need(
        lambda transport: transport.control is not None,
        N_(
            "Not possible here: this step looks into the cloud or steers it, and a real cloud lets nobody do that. "
            "It isn't run. The embedded cloud has it."
        ),
    ),
    "quota": Need(lambda transport: True),  # every cloud has one
}


def lacking(transport: Transport, word: str) -> str:
    """ "" where this cloud has what `word` names; else the sentence that says what is missing. Raises LabError."""
    if word not in NEEDS:
        raise LabError(
            _("A cell can't need {word!r}. It can need: {known}.", word=word, known=", ".join(NEEDS))
        )
    need = NEEDS[word]
    return "" if need.is_met(transport) else _(need.otherwise)

"""The lifelines of a sequence diagram: which processes, in which order, under which names."""

from collections.abc import Iterable, Sequence

from cloudlab.client.inside import Arrow
from cloudlab.language import _

CLIENT = "client"
EVERYBODY = ("", "*")  # the receiver of a fanout
# From the caller inwards, so that most arrows go to the right.
ORDER = (
    CLIENT,
    "nova-api",
    "nova-conductor",
    "nova-scheduler",
    "nova-compute",
    "placement",
    "glance",
    "neutron-api",
    "cinder-api",
    "cinder-scheduler",
    "cinder-volume",
    "keystone",
)


def lifelines(arrows: Iterable[Arrow]) -> list[str]:
    """The processes that occur, in ORDER; those it doesn't name at the end, as they appear."""
    seen: dict[str, None] = {}
    for arrow in arrows:
        seen[arrow.sender] = None
        if arrow.receiver not in EVERYBODY:
            seen[arrow.receiver] = None
    known = [name for name in ORDER if name in seen]
    return known + [name for name in seen if name not in ORDER]


def client_name(arrows: Sequence[Arrow], you: bool) -> str:
    """How the outermost caller is called: "you", or the program that it says it is."""
    if you:
        return _("you")
    programs = (arrow.user_agent.split() for arrow in arrows if arrow.sender == CLIENT)
    return next((words[0] for words in programs if words), _("client"))

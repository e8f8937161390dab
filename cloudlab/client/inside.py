"""The cloud's inside, as the learner's side knows it: what its journal says, without secrets."""

from dataclasses import dataclass
from datetime import datetime

from cloudlab.client.exchange import Exchange

MESSAGES = ("cast", "call", "fanout")


@dataclass(frozen=True)
class Arrow:
    """One thing that went from one process to another: an HTTP exchange (`kind` "http") or a message (MESSAGES).

    `number` counts in the order in which things began. `time` is the cloud's. `sender` and `receiver` are processes:
    "client", "nova-api", "nova-compute", "neutron-api", … `request_id` is the receiver's for an exchange, and the one
    that a message carries; `parent` is the request that caused it; `global_request_id` is what the sender passed on.
    """

    number: int
    kind: str
    time: datetime
    sender: str
    receiver: str
    name: str  # "POST /v2.0/ports", or the message's own name
    status: int | None = None  # an exchange's
    request_id: str = ""
    global_request_id: str = ""
    parent: str = ""
    seconds: float = 0.0  # how long the exchange lasted
    user_agent: str = ""
    microversion: str = ""
    about: str = ""  # the resource that a message concerns
    lost: bool = False  # it never arrived: a fault of the lesson's
    exchange: Exchange | None = (
        None  # redacted; None for messages, and for exchanges whose content was let go
    )

"""The cloud's inside, as the learner's side knows it: what its journal says, without secrets."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.client.transport import Transport
from cloudlab.language import _

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
    about: str = ""  # the ids of the resources that a message concerns
    lost: bool = False  # it never arrived: a fault of the lesson's
    exchange: Exchange | None = None  # redacted; None for messages, and where its content was let go

    @property
    def failed(self) -> bool:
        """It was refused, answered with 4xx or 5xx, or lost."""
        if self.kind != "http":
            return self.lost
        return self.status is None or self.status >= 400


class Inside:
    """The door to the embedded cloud's inside. Against a real cloud it is shut, and says so."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def is_open(self) -> bool:
        """Whether this cloud lets its inside be seen."""
        return self._transport.control is not None

    def order(self, method: str, path: str, **order: Any) -> dict[str, Any]:
        """One row of the embedded cloud's control. Raises LabError."""
        if self._transport.control is None:
            raise LabError(
                _(
                    "{cloud} is a real cloud: what happens inside it can't be seen or steered "
                    "from outside. Its operators see it in their logs, by the request id of your answer.",
                    cloud=self._transport.cloud_name,
                )
            )
        return self._transport.control(method, path, order)

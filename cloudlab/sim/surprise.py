"""A fault that doesn't say what it is, and the answer to a guess: lesson 08's exercise."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudlab.sim.cloud import Cloud

CHOICES = ("glance", "neutron", "placement")  # without each of them no server is built
STATUS = 503


@dataclass(frozen=True)
class Secret:
    """The service that fails, and the journal's last number before it did."""

    service: str = ""
    since: int = 0


def spring(cloud: "Cloud", order: dict[str, Any]) -> dict[str, Any]:
    """Have one of CHOICES answer STATUS from now on; which one, nobody is told."""
    with cloud.alone():
        service = CHOICES[cloud.ids.random_bytes(1)[0] % len(CHOICES)]
        cloud.faults.secret = Secret(service, cloud.journal.last)
    cloud.faults.set({"kind": "answers", "service": service, "status": STATUS})
    return {"faults": cloud.faults.told()}


def guess(cloud: "Cloud", order: dict[str, Any]) -> dict[str, Any]:
    """`broken`: whether there was a surprise, also one that is mended by now. `right`: whether it is that `service`."""
    secret = cloud.faults.secret
    right = bool(secret.service) and order.get("service") == secret.service
    return {"broken": bool(secret.service), "right": right, "since": secret.since}

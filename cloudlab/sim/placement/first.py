"""Placement's first contents: the one compute node, with the recorded inventory (placement/007 and 010)."""

from cloudlab.sim.placement.model import Inventory, ProviderTrait, add_provider
from cloudlab.sim.placement.names import COMPUTE_TRAITS
from cloudlab.sim.processes import HOST
from cloudlab.sim.scope import Scope

INVENTORY = (
    ("VCPU", 1000, 0, 4.0),
    ("MEMORY_MB", 800_000, 512, 1.0),
    ("DISK_GB", 600_000, 0, 1.0),
)


def fill(scope: Scope) -> None:
    node = add_provider(scope, HOST, None)
    node.generation = 2  # one for the inventory, one for the traits
    for name, total, reserved, ratio in INVENTORY:
        scope.session.add(
            Inventory(
                provider_uuid=node.uuid,
                resource_class=name,
                total=total,
                reserved=reserved,
                max_unit=total,
                allocation_ratio=ratio,
            )
        )
    scope.session.flush()
    scope.session.add_all(ProviderTrait(provider_uuid=node.uuid, trait=trait) for trait in COMPUTE_TRAITS)

"""Nova's first contents: the flavors of recording INITIAL.json, the services of nova_*/054."""

from cloudlab.sim.nova.flavors_model import Flavor
from cloudlab.sim.nova.hosts_model import ComputeService
from cloudlab.sim.processes import HOST
from cloudlab.sim.scope import Scope

# id, name, RAM in MiB, disk in GiB, VCPUs
FLAVORS = (
    ("1", "m1.tiny", 512, 1, 1),
    ("2", "m1.small", 2048, 20, 1),
    ("3", "m1.medium", 4096, 40, 2),
    ("4", "m1.large", 8192, 80, 4),
    ("5", "m1.xlarge", 16384, 160, 8),
    ("42", "m1.nano", 192, 1, 1),
    ("84", "m1.micro", 256, 1, 1),
    ("c1", "cirros256", 256, 1, 1),
    ("d1", "ds512M", 512, 5, 1),
    ("d2", "ds1G", 1024, 10, 1),
    ("d3", "ds2G", 2048, 10, 2),
    ("d4", "ds4G", 4096, 20, 4),
)
# Number 1 is the API's own, which the list leaves out.
SERVICES = ((2, "nova-scheduler"), (3, "nova-conductor"), (4, "nova-compute"))


def fill(scope: Scope) -> None:
    """Put the flavors and the services into an empty cloud."""
    for number, binary in SERVICES:
        service_id = scope.uuid("compute_service", binary)
        scope.session.add(ComputeService(number=number, id=service_id, binary=binary, host=HOST))
    for flavor_id, name, ram, disk, vcpus in FLAVORS:
        scope.session.add(
            Flavor(id=flavor_id, name=name, ram=ram, disk=disk, vcpus=vcpus, created_at=scope.now)
        )
    scope.session.flush()

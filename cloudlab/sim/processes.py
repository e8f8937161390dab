"""The processes that the services consist of, and the queues on which they hear (recordings east_west_*)."""

HOST = "devstack"  # the one machine that computes
APIS = {"nova": "nova-api", "neutron": "neutron-api", "cinder": "cinder-api"}
WORKERS = {"nova": "nova-compute", "cinder": "cinder-volume"}  # who does what was put off
CONDUCTOR, SCHEDULER, COMPUTE = "nova-conductor", "nova-scheduler", "nova-compute"
VOLUME_SCHEDULER, VOLUME = "cinder-scheduler", "cinder-volume"
EVERYBODY = ""  # a fanout's receiver
TOPICS = {
    CONDUCTOR: "conductor",
    SCHEDULER: "scheduler",
    COMPUTE: f"compute.{HOST}",
    VOLUME: f"cinder-volume.{HOST}@lvmdriver-1.{HOST}",
}


def api(service: str) -> str:
    """The process that answers a service's requests; keystone, glance and placement are one process each."""
    return APIS.get(service, service)


def worker(service: str) -> str:
    """The process that a service's tasks run in, unless the task says otherwise."""
    return WORKERS.get(service, api(service))

"""How often a service asks another that fails, and how long it waits in between: each client library has its own way.

Recorded on 2026-11-28 from OpenStack 2025.2, by who is asked: the time until the caller's answer tells the number of
tries. What is not in the tables is asked once.
"""

REFUSED = "refused"  # nobody listens at the port
Failure = int | str  # the status 500 or 503, or REFUSED
FAILURES = (500, 503)
NO_REPLY = 60.0  # seconds that a call by message waits for its reply: rpc_response_timeout

# keystoneauth: http_retries of [neutron] and [cinder], http_request_max_retries of [keystone_authtoken]
_SESSION = (0.5, 1.0, 2.0)
_GLANCE = (1.0, 1.0, 1.0)  # nova/image/glance.py and cinder/image/glance.py, num_retries
PAUSES: dict[tuple[str, Failure], tuple[float, ...]] = {
    ("keystone", REFUSED): _SESSION,
    ("neutron", REFUSED): _SESSION,
    ("cinder", REFUSED): _SESSION,
    ("nova", REFUSED): _SESSION,  # by neutron, whose events for servers are lost then
    ("glance", REFUSED): _GLANCE,
    ("glance", 503): _GLANCE,
    ("placement", REFUSED): (0.5,),
}
AT_ONCE = (0.0,) * 4


def pauses(service: str, failure: Failure, method: str, path: str) -> tuple[float, ...]:
    """The seconds before each further try."""
    if service == "cinder" and failure == 500 and method in ("PUT", "DELETE") and "/attachments/" in path:
        return AT_ONCE  # nova/volume/cinder.py: stop_max_attempt_number=5
    return PAUSES.get((service, failure), ())

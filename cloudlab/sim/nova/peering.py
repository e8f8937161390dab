"""How nova asks the other services for a user, also in a task (see `Scope.ask`), and what it says of one that fails.

Nova's API knows no 'another service is away': what its clients raise becomes a 500 with the exception's name. The
names were recorded on 2026-11-28 from OpenStack 2025.2.
"""

import json
from http.client import responses

from cloudlab.sim.errors import ApiError, NoReply, PeerFailed
from cloudlab.sim.patience import REFUSED, Failure
from cloudlab.sim.scope import Scope

ask = Scope.ask
NO_ANSWER = "keystoneauth1.exceptions.connection.ConnectFailure"  # placement's and keystone's, too
CLASSES: dict[tuple[str, Failure], str] = {
    ("neutron", 500): "neutronclient.common.exceptions.InternalServerError",
    ("neutron", 503): "neutronclient.common.exceptions.ServiceUnavailable",
    ("glance", REFUSED): "nova.exception.GlanceConnectionFailed",
    ("glance", 503): "nova.exception.GlanceConnectionFailed",
    ("glance", 500): "glanceclient.exc.HTTPInternalServerError",
    ("cinder", REFUSED): "nova.exception.CinderConnectionFailed",
    ("cinder", 500): "cinderclient.exceptions.ClientException",
    ("cinder", 503): "cinderclient.exceptions.ClientException",
    # Read, not recorded: keystoneauth's own for these statuses.
    ("placement", 500): "keystoneauth1.exceptions.http.InternalServerError",
    ("placement", 503): "keystoneauth1.exceptions.http.ServiceUnavailable",
    ("keystone", 500): "keystoneauth1.exceptions.http.InternalServerError",
    ("keystone", 503): "keystoneauth1.exceptions.http.ServiceUnavailable",
}
OWN = {  # nova's own exceptions say more than their name
    "nova.exception.CinderConnectionFailed": "Connection to cinder host failed: {}",
    "nova.exception.GlanceConnectionFailed": "Connection to glance host failed: {}",
}


class ComputeFailed(ApiError):
    """An exception in compute while the API waited for its reply."""


def class_of(error: ApiError) -> str:
    """The Python exception that nova's process has met; "" for an answer that nova means."""
    if isinstance(error, PeerFailed):
        return CLASSES.get((error.service, error.failure), NO_ANSWER)
    if isinstance(error, NoReply):
        return "oslo_messaging.exceptions.MessagingTimeout"
    return "oslo_messaging.rpc.client.RemoteError" if isinstance(error, ComputeFailed) else ""


def sentence(error: PeerFailed) -> str:
    """What the exception says."""
    text = OWN.get(class_of(error), "{}").format(error.message)
    if error.service == "cinder" and error.failure != REFUSED:
        return f"{_said(error)} (HTTP {error.failure})"
    return text


def _said(error: PeerFailed) -> str:
    """Cinder's own sentence; a page that isn't cinder's counts as its status."""
    try:
        return str(next(iter(json.loads(error.message).values()))["message"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return responses[int(error.failure)]


def words(error: ApiError) -> str:
    """What a server's fault or action says of it: nova's own exceptions speak, of others the name is told."""
    name = class_of(error)
    if isinstance(error, PeerFailed) and name in OWN:
        return sentence(error)
    return name.rpartition(".")[2] or error.message

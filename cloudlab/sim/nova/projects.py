"""Nova keeps no projects: it asks keystone whether one exists."""

from urllib.parse import quote

from cloudlab.sim.errors import BadRequest, PeerFailed
from cloudlab.sim.scope import Scope


def verify_project(scope: Scope, project_id: str) -> None:
    """Raise BadRequest when keystone knows no such project. Whoever may not ask keystone is taken at their word.

    So is everybody while keystone is away (read: nova/api/openstack/identity.py).
    """
    try:
        answer = scope.ask("keystone", "GET", f"/v3/projects/{quote(project_id, safe='')}")
    except PeerFailed:
        return
    if answer.status == 404:
        raise BadRequest(f"Project ID {project_id} is not a valid project.")

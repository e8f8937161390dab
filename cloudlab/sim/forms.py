"""The operations that a form can be made for, each with its body's schema at the service's first microversion.

References to the rooms' own schemas, no copies. The paths come after what the catalog says of the service; those
without a schema have no body, or one that the service checks by hand (all of neutron's).
"""

from typing import Any

from cloudlab.sim.cinder import schemas as volume
from cloudlab.sim.glance import schemas as image
from cloudlab.sim.keystone import schemas as identity
from cloudlab.sim.nova import schemas as compute
from cloudlab.sim.nova import servers_schemas as servers

Schema = dict[str, Any]

_LOGIN = compute.closed(["auth"], auth=identity.TOKEN_ISSUE)  # keystone looks at what is under `auth` alone
# One of these is the body; the most usual ones.
_SERVER_ACTION = compute.closed(
    None,
    **{
        "os-start": servers.NULL,
        "os-stop": servers.NULL,
        "reboot": servers.REBOOT,
        "createImage": servers.CREATE_IMAGE,
        "resize": servers.RESIZE,
        "confirmResize": servers.NULL,
        "revertResize": servers.NULL,
    },
)
# (method, type of the service, path, schema or None)
ROWS: tuple[tuple[str, str, str, Schema | None], ...] = (
    ("POST", "identity", "/v3/auth/tokens", _LOGIN),
    ("GET", "identity", "/v3/auth/catalog", None),
    ("GET", "identity", "/v3/projects", None),
    ("POST", "identity", "/v3/projects", identity.PROJECT_CREATE),
    ("GET", "identity", "/v3/projects/{id}", None),
    ("PATCH", "identity", "/v3/projects/{id}", identity.PROJECT_UPDATE),
    ("DELETE", "identity", "/v3/projects/{id}", None),
    ("GET", "identity", "/v3/users", None),
    ("POST", "identity", "/v3/users", identity.USER_CREATE),
    ("GET", "identity", "/v3/users/{id}", None),
    ("PATCH", "identity", "/v3/users/{id}", identity.USER_UPDATE),
    ("DELETE", "identity", "/v3/users/{id}", None),
    ("GET", "identity", "/v3/roles", None),
    ("POST", "identity", "/v3/roles", identity.ROLE_CREATE),
    ("GET", "compute", "/flavors", None),
    ("GET", "compute", "/flavors/detail", None),
    ("POST", "compute", "/flavors", compute.FLAVOR_CREATE),
    ("GET", "compute", "/flavors/{id}", None),
    ("GET", "compute", "/os-keypairs", None),
    ("POST", "compute", "/os-keypairs", compute.KEYPAIR_CREATE[1]),
    ("GET", "compute", "/os-keypairs/{name}", None),
    ("DELETE", "compute", "/os-keypairs/{name}", None),
    ("GET", "compute", "/servers", None),
    ("GET", "compute", "/servers/detail", None),
    ("POST", "compute", "/servers", servers.create(1, legacy=False)),
    ("GET", "compute", "/servers/{id}", None),
    ("PUT", "compute", "/servers/{id}", servers.update(1, legacy=False)),
    ("DELETE", "compute", "/servers/{id}", None),
    ("POST", "compute", "/servers/{id}/action", _SERVER_ACTION),
    ("POST", "compute", "/servers/{id}/metadata", compute.METADATA_BODY),
    ("GET", "compute", "/servers/{id}/os-volume_attachments", None),
    ("POST", "compute", "/servers/{id}/os-volume_attachments", servers.attach(1)),
    ("DELETE", "compute", "/servers/{id}/os-volume_attachments/{volume_id}", None),
    ("GET", "image", "/v2/images", None),
    ("POST", "image", "/v2/images", image.IMAGE),
    ("GET", "image", "/v2/images/{id}", None),
    ("DELETE", "image", "/v2/images/{id}", None),
    ("GET", "block-storage", "/volumes", None),
    ("GET", "block-storage", "/volumes/detail", None),
    ("POST", "block-storage", "/volumes", volume.at(volume.CREATE_VOLUME, 0)),
    ("GET", "block-storage", "/volumes/{id}", None),
    ("PUT", "block-storage", "/volumes/{id}", volume.at(volume.UPDATE_VOLUME, 0)),
    ("DELETE", "block-storage", "/volumes/{id}", None),
    ("GET", "block-storage", "/snapshots", None),
    ("POST", "block-storage", "/snapshots", volume.CREATE_SNAPSHOT),
    ("DELETE", "block-storage", "/snapshots/{id}", None),
    ("GET", "block-storage", "/types", None),
    ("POST", "block-storage", "/types", volume.CREATE_TYPE),
    ("GET", "network", "/v2.0/networks", None),
    ("GET", "network", "/v2.0/ports", None),
    ("GET", "network", "/v2.0/security-groups", None),
)

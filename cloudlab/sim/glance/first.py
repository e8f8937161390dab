"""Glance's first contents: the image cirros, under the talk's id (recording INITIAL.json)."""

from cloudlab.sim.bootstrap import ADMIN_PROJECT_ID, IMAGE_ID
from cloudlab.sim.glance import first_image
from cloudlab.sim.glance.model import Image
from cloudlab.sim.scope import Scope


def fill(scope: Scope) -> None:
    image = Image(
        id=IMAGE_ID,
        name="cirros",
        owner=ADMIN_PROJECT_ID,
        status="active",
        visibility="public",
        disk_format="qcow2",
        container_format="bare",
        size=first_image.SIZE,
        virtual_size=first_image.VIRTUAL_SIZE,
        checksum=first_image.CHECKSUM,
        os_hash_value=first_image.SHA512,
        created_at=scope.now,
        updated_at=scope.now,
    )
    scope.session.add(image)

"""The cloud's first contents: a fresh OpenStack's, by the names of recording INITIAL.json, under the talk's ids.

Each room fills itself (`first.py`); here is what more than one of them needs to know.
"""

from importlib import import_module

from cloudlab.sim.scope import Scope

PASSWORD = "secret"
REGION = "RegionOne"
ADMIN_PROJECT_ID = "4601230eb33f45e0a1855839649f8afc"  # the talk's tenant
ADMIN_USER_ID = "78876ccabfba4d188d6098951ef420c8"  # the talk's user
IMAGE_ID = "5e9cecc5-ae7a-4f7e-b488-ed22daa0e2ab"  # the talk's cirros
PROJECTS = ("admin", "demo", "alt_demo", "service")


def project_id(scope: Scope, name: str) -> str:
    """The id of one of the first projects, by name."""
    from cloudlab.sim.keystone.model import project_by_name

    return project_by_name(scope, name).id


def fill(scope: Scope) -> None:
    """Put the first contents into an empty store, room by room."""
    for room in ("keystone", "placement", "glance", "neutron", "cinder", "nova"):
        import_module(f"cloudlab.sim.{room}.first").fill(scope)

"""The services, one room each. Importing a room registers its tables, its task handlers and its routes."""

from importlib import import_module

from cloudlab.sim.web import Service

NAMES = ("keystone", "glance", "placement", "neutron", "cinder", "nova")


def services() -> dict[str, Service]:
    """Each room's `routes.SERVICE` by name."""
    return {name: import_module(f"cloudlab.sim.{name}.routes").SERVICE for name in NAMES}

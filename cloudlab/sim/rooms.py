"""The services, one room each. Importing a room registers its tables, its task handlers and its routes."""

from importlib import import_module

from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Service

NAMES = ("keystone", "glance", "placement", "neutron", "cinder", "nova")


def services() -> dict[str, Service]:
    """Each room's `routes.SERVICE` by name."""
    return {name: import_module(f"cloudlab.sim.{name}.routes").SERVICE for name in NAMES}


def end_token(scope: Scope, token: str) -> None:
    """Keystone takes the token for expired from now on. Raises NotFound when it isn't one that is valid."""
    tokens = import_module("cloudlab.sim.keystone.tokens")
    tokens.revoke(scope, tokens.read(scope, token))

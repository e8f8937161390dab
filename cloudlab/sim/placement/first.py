"""First contents."""

from cloudlab.sim.scope import Scope


def fill(scope: Scope) -> None:
    pass

"""How nova asks the other services for a user, also in a task: see `Scope.ask`."""

from cloudlab.sim.scope import Scope

ask = Scope.ask

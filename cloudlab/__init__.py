"""cloudlab: build a virtual server on OpenStack with bare HTTP calls.

The few names that a notebook imports. They load on first use, so that `python -m cloudlab up` and the embedded
cloud, which import this package too, don't pay for the learner's side.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudlab.client.errors import LabError
    from cloudlab.client.exchange import Exchange, Request, Response
    from cloudlab.lab import Lab, connect

__version__ = "0.1.0"
__all__ = ["Exchange", "Lab", "LabError", "Request", "Response", "__version__", "connect"]

_HOME = {
    "Lab": "cloudlab.lab",
    "connect": "cloudlab.lab",
    "LabError": "cloudlab.client.errors",
    "Exchange": "cloudlab.client.exchange",
    "Request": "cloudlab.client.exchange",
    "Response": "cloudlab.client.exchange",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'cloudlab' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__

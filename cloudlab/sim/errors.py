"""Domain exceptions. A model raises one; the service's `faults.py` turns it into that service's body, at the edge."""

from collections.abc import Mapping
from pathlib import Path

from cloudlab.language import said


class BadOrder(Exception):
    """What a cloud's owner orders (control.py) isn't what is needed, or can't be done now; the message says why."""


class ApiError(Exception):
    """An answer that is not a success. `status` is HTTP's; `message` is the service's own sentence."""

    status = 500

    def __init__(
        self, message: str = "", *, headers: Mapping[str, str] | None = None, **details: object
    ) -> None:
        super().__init__(message)
        self.message = message
        self.headers = dict(headers or {})
        self.details = details


class BadRequest(ApiError):
    status = 400


class BadJson(BadRequest):
    """The body is no JSON at all."""


class Unauthorized(ApiError):
    status = 401


class Forbidden(ApiError):
    status = 403


class PolicyDenied(Forbidden):
    """The caller's roles don't allow `rule` (the policy's own name, such as identity:create_project)."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule, rule=rule)
        self.rule = rule


class NotFound(ApiError):
    status = 404


class PathNotFound(NotFound):
    """No such route. `absent` names an operation that the real service has and this one doesn't."""

    def __init__(self, absent: str | None = None) -> None:
        super().__init__("The resource could not be found.")
        if absent:
            self.headers["X-Cloudlab-Absent"] = absent


class MethodNotAllowed(ApiError):
    status = 405

    def __init__(self, allowed: list[str]) -> None:
        super().__init__("The method is not allowed for the requested URL.")
        self.allowed = allowed


class NotAcceptable(ApiError):
    status = 406


class Conflict(ApiError):
    status = 409


class Gone(ApiError):
    status = 410


class PreconditionFailed(ApiError):
    status = 412


class TooLarge(ApiError):
    """413: a body over the limit, or cinder's 'over quota'."""

    status = 413


class UnsupportedMediaType(ApiError):
    status = 415


class PeerFailed(ApiError):
    """Another service failed, however often it was asked (patience.py). The message is what its client says of it.

    `failure`: "refused" (nobody listens), or the status 500 or 503. Not ours to mend: the caller's 500, unless it
    knows what else to do.
    """

    def __init__(self, service: str, failure: int | str, message: str) -> None:
        super().__init__(message)
        self.service, self.failure = service, failure


class NoReply(ApiError):
    """A call by message got no reply in time."""


def disk_full(folder: Path) -> str:
    """What to say of a full disk, whether the system or SQLite met it."""
    return said(
        "The disk that holds {folder} is full. Make room there, or choose another folder: --state DIR",
        folder=folder,
    )

"""What a resource or a task holds in its hands: who asks, the transaction, the time, and the ways out."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from cloudlab.sim import processes, tasks
from cloudlab.sim.errors import NoReply, PolicyDenied
from cloudlab.sim.journal import Entry
from cloudlab.sim.patience import NO_REPLY

if TYPE_CHECKING:
    from cloudlab.sim.cloud import Cloud
    from cloudlab.sim.peers import Answer

ADMIN, MEMBER, READER = "admin", "member", "reader"


class Outside(Exception):
    """Leaves a request for work that takes long and needs no row: it is done outside the cloud's lock.

    Then the request is handled again, with the work's result. Not an answer: see `Scope.outside`.
    """

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__()
        self.work = work


@dataclass
class Pause:
    """What a request or task has cost beyond its work: slow services, tries in vain. All its scopes share one."""

    seconds: float = 0.0


@dataclass(frozen=True)
class Context:
    """Who asks, as the token said it. `token` goes on to the next service; `request_id` ties the calls together."""

    user_id: str
    project_id: str | None
    roles: tuple[str, ...]
    token: str
    user_name: str = ""
    project_name: str = ""
    domain_id: str = "default"
    request_id: str = ""
    system: bool = False
    global_request_id: str = ""  # of the service that asked, "" for a client

    @property
    def is_admin(self) -> bool:
        return ADMIN in self.roles

    @property
    def is_member(self) -> bool:
        """May change what the project owns. (`_member_` is the talk's name for it; `manager` and `admin` imply it.)"""
        return bool({ADMIN, "manager", MEMBER, "_member_"} & set(self.roles))

    @property
    def is_reader(self) -> bool:
        return self.is_member or READER in self.roles

    def require(self, allowed: bool, rule: str) -> None:
        """Raise PolicyDenied with the policy's own name unless allowed."""
        if not allowed:
            raise PolicyDenied(rule)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Context":
        return cls(**{**data, "roles": tuple(data["roles"])})


@dataclass
class Scope:
    """One service's view of one request or task. Models take it instead of reaching for globals."""

    cloud: "Cloud"
    service: str
    session: Session
    now: datetime
    context: Context | None
    request_id: str
    kept: bool = False  # what was written stays, though the answer is a refusal
    done: list[Any] = field(default_factory=list)  # what `outside` has brought for this request
    late: bool = False  # a task's: the request that began it was answered, its token may have ended since
    process: str = ""  # which of the service's processes this is, such as nova-compute
    caller: "Scope | None" = None  # the service that asks, for a call between services
    pause: Pause = field(default_factory=Pause)

    def __post_init__(self) -> None:
        self.process = self.process or processes.api(self.service)

    def acting(self, process: str) -> "Scope":
        """The same, as another of the service's processes."""
        return replace(self, process=process)

    @property
    def moment(self) -> datetime:
        """The time by now: `now` is when it began."""
        return self.now + timedelta(seconds=self.pause.seconds) if self.pause.seconds else self.now

    @property
    def global_request_id(self) -> str:
        """The id that goes on to other services: the one that came with the request, else its own."""
        return (self.context.global_request_id if self.context else "") or self.request_id

    @property
    def who(self) -> Context:
        """The caller; only for code behind authentication."""
        assert self.context is not None
        return self.context

    def uuid(self, kind: str, name: str | None, project_id: str | None = None) -> str:
        """A derived UUID in the caller's project (or the one named)."""
        owner = project_id or (self.context.project_id if self.context else None)
        return self.cloud.ids.uuid(self.session, kind, owner, name)

    def later(self, seconds: float, kind: str, **arguments: Any) -> None:
        """Run the handler `kind` that many seconds from now, with this caller's context."""
        tasks.later(self, seconds, kind, **arguments)

    def then(self, kind: str, **arguments: Any) -> None:
        """What a task's work ends in: at once, or when the time has passed that failing or slow peers cost."""
        if self.pause.seconds:
            self.later(0, kind, **arguments)
        else:
            tasks.HANDLERS[kind](self, **arguments)

    def outside(self, work: Callable[[], Any]) -> Any:
        """The result of long work that needs no row, such as making a key: it holds up nobody.

        In a request it is done after the lock was left, and the request handled again with the result. Seeded chance
        is drawn in the order of requests, which the lock keeps: then the work is done at once.
        """
        if not self.cloud.ids.random_secrets:
            return work()
        if not self.done:
            raise Outside(work)
        return self.done[0]

    def ask(self, service: str, method: str, path: str, **how: Any) -> "Answer":
        """Call another service by HTTP, as the caller: see `peers.Peers.call`. Any status but 500 and 503 comes back.

        In a task, with this service's own token when the caller's has ended: the real ones send theirs beside the
        user's (X-Service-Token), for which the others let an expired one pass. Never while a request is answered:
        a service may do more than the user.
        """
        answer = self.cloud.peers.call(self, service, method, path, **how)
        if answer.status == 401 and self.late:
            return self.ask_as_service(service, method, path, **how)
        return answer

    def ask_as_service(self, service: str, method: str, path: str, **how: Any) -> "Answer":
        """The same with this service's own token (nova in project service, say)."""
        return self.cloud.peers.call(self, service, method, path, as_service=True, **how)

    def message(self, kind: str, receiver: str, name: str, about: str = "") -> bool:
        """A message to another process of the service (`kind`: cast or call), or to all who listen (fanout: "").

        `about` holds the ids of the resources that it concerns, with spaces between. Gives whether it arrived: what
        the receiver of a cast would do is put off only then. Raises NoReply for a call that was lost.
        """
        lost = self.cloud.faults.active and self.cloud.faults.loses(name)
        entry = Entry(
            kind=kind,
            time=self.moment,
            sender=self.process,
            receiver=receiver,
            name=name,
            request_id=self.request_id,
            parent=self.request_id,
            global_request_id=self.context.global_request_id if self.context else "",
            topic=processes.TOPICS.get(receiver, receiver),
            about=about,
            lost=lost,
        )
        self.cloud.journal.add(entry)
        if lost and kind == "call":
            self.pause.seconds += NO_REPLY
            raise NoReply(f"Timed out waiting for a reply to {name}")
        return not lost

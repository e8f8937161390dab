"""Words that text and HTML share: what a status means, how long it took, whether a token was sent."""

from collections.abc import Iterable
from datetime import timedelta
from functools import reduce

from cloudlab.client.exchange import Exchange
from cloudlab.language import N_, _, ngettext

STATUS = {
    200: N_("it worked, and the body is the answer."),
    201: N_("it has been made, and it is there now."),
    202: N_("your request was taken; the work isn't done yet."),
    203: N_("it worked; something on the way has changed the answer."),
    204: N_("it worked, and there is nothing to say: no body."),
    206: N_("a part of the bytes, as the request's Range asked for."),
    300: N_("here is the list of versions: choose one. This is a menu, not a redirect."),
    301: N_("it has moved for good: ask at the Location."),
    302: N_("look at the Location instead."),
    303: N_("the answer is at the Location."),
    304: N_("nothing has changed since you last asked."),
    307: N_("ask again, the same way, at the Location."),
    308: N_("it has moved for good: ask again, the same way, at the Location."),
    400: N_("the request itself is wrong; the body says where."),
    401: N_("the cloud doesn't know who you are: no valid token, or a wrong password."),
    403: N_("the cloud knows who you are; you may not do this, or not have that much."),
    404: N_("there is no such thing, or not for you."),
    405: N_("this URL exists, but not with this method; Allow lists the methods."),
    406: N_("the cloud can't answer in the form or version that you asked for."),
    409: N_("it collides with what is there: a name that is taken, or a state that forbids it."),
    410: N_("it was here and is gone for good."),
    411: N_("the cloud wants to know the body's length beforehand."),
    413: N_("that is more than allowed: the body, or what you ask for."),
    415: N_("the body's Content-Type is one that this URL doesn't take."),
    429: N_("too many requests: wait before the next."),
    500: N_("the cloud itself failed; your request need not be wrong."),
    501: N_("the cloud doesn't implement this."),
    502: N_("a service behind this one answered wrongly."),
    503: N_("a service that is needed isn't available now."),
    504: N_("a service behind this one didn't answer in time."),
}
# A resource's state, of whichever service.
STATES = {
    "ACTIVE": N_("it is there and runs"),
    "BUILD": N_("it is being made"),
    "DELETED": N_("it is being cleared away"),
    "ERROR": N_("it failed, and its fault says why"),
    "SHUTOFF": N_("it is switched off, and still there"),
    "active": N_("its bytes are there, and it can be used"),
    "attaching": N_("the server's host is connecting it"),
    "available": N_("it is ready, and attached to nothing"),
    "creating": N_("it is asked for, and not made yet"),
    "deleting": N_("it is being cleared away"),
    "detaching": N_("the server is letting go of it"),
    "extending": N_("it is getting larger"),
    "in-use": N_("it is attached to a server"),
    "queued": N_("it is registered, and waits for its bytes"),
    "reserved": N_("it is promised to a server, and not connected yet"),
    "gone": N_("the cloud knows no such thing"),
    "none": N_("this answer names no state: ask for the thing itself"),
}
# Each is a sentence about {header}, which is its name as the answer spells it.
HEADERS = {
    "content-type": N_("{header} says in which form the body is."),
    "location": N_("{header} says where a thing is."),
    "set-cookie": N_("{header} is for browsers."),
    "www-authenticate": N_("{header} says who can tell the service who you are."),
    "x-auth-token": N_("{header} goes with a request, and says who asks."),
    "x-openstack-request-id": N_("{header} is the name of this one request."),
    "x-subject-token": N_("{header} holds the token that the answer is about."),
}
FAMILY = {
    2: N_("it worked."),
    3: N_("look elsewhere."),
    4: N_("the request can't be fulfilled as it is."),
    5: N_("the cloud itself failed."),
}
UNUSUAL = N_("this code is not a usual one.")


def meaning(status: int, body: bool = True) -> str:
    """A status code in a sentence. A 200 without a body (HEAD's) doesn't speak of one."""
    if status == 200 and not body:
        return _("it worked; this answer has no body.")
    return _(STATUS.get(status) or FAMILY.get(status // 100, UNUSUAL))


def status_line(exchange: Exchange) -> str:
    return f"{exchange.status_code} {exchange.reason}".strip()


def took(elapsed: timedelta) -> str:
    """`50 ms` or `1.20 s`."""
    seconds = elapsed.total_seconds()
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def token_note(exchange: Exchange) -> str:
    token = exchange.request.headers.get("X-Auth-Token")
    return _("sent with {token}", token=token) if token else _("sent without a token")


def byte_count(size: int) -> str:
    return ngettext("{n} byte", "{n:,} bytes", size)


def either(names: Iterable[str]) -> str:
    """`os-start or os-stop`; one as it is, "" for none."""
    found = list(names)
    return reduce(lambda one, other: _("{one} or {other}", one=one, other=other), found) if found else ""

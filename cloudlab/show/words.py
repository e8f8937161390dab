"""Words that text and HTML share: what a status means, how long it took, whether a token was sent."""

from datetime import timedelta

from cloudlab.client.exchange import Exchange

STATUS = {
    200: "it worked, and the body is the answer.",
    201: "it has been made, and it is there now.",
    202: "your request was taken; the work isn't done yet.",
    203: "it worked; something on the way has changed the answer.",
    204: "it worked, and there is nothing to say: no body.",
    206: "a part of the bytes, as the request's Range asked for.",
    300: "here is the list of versions: choose one. This is a menu, not a redirect.",
    301: "it has moved for good: ask at the Location.",
    302: "look at the Location instead.",
    303: "the answer is at the Location.",
    304: "nothing has changed since you last asked.",
    307: "ask again, the same way, at the Location.",
    308: "it has moved for good: ask again, the same way, at the Location.",
    400: "the request itself is wrong; the body says where.",
    401: "the cloud doesn't know who you are: no valid token, or a wrong password.",
    403: "the cloud knows who you are; you may not do this, or not have that much.",
    404: "there is no such thing, or not for you.",
    405: "this URL exists, but not with this method; Allow lists the methods.",
    406: "the cloud can't answer in the form or version that you asked for.",
    409: "it collides with what is there: a name that is taken, or a state that forbids it.",
    410: "it was here and is gone for good.",
    411: "the cloud wants to know the body's length beforehand.",
    413: "that is more than allowed: the body, or what you ask for.",
    415: "the body's Content-Type is one that this URL doesn't take.",
    429: "too many requests: wait before the next.",
    500: "the cloud itself failed; your request need not be wrong.",
    501: "the cloud doesn't implement this.",
    502: "a service behind this one answered wrongly.",
    503: "a service that is needed isn't available now.",
    504: "a service behind this one didn't answer in time.",
}
# A resource's state, of whichever service.
STATES = {
    "ACTIVE": "it is there and runs",
    "BUILD": "it is being made",
    "DELETED": "it is being cleared away",
    "ERROR": "it failed, and its fault says why",
    "SHUTOFF": "it is switched off, and still there",
    "active": "its bytes are there, and it can be used",
    "attaching": "the server's host is connecting it",
    "available": "it is ready, and attached to nothing",
    "creating": "it is asked for, and not made yet",
    "deleting": "it is being cleared away",
    "detaching": "the server is letting go of it",
    "extending": "it is getting larger",
    "in-use": "it is attached to a server",
    "queued": "it is registered, and waits for its bytes",
    "reserved": "it is promised to a server, and not connected yet",
    "gone": "the cloud knows no such thing",
    "none": "this answer names no state: ask for the thing itself",
}
HEADERS = {
    "content-type": "says in which form the body is",
    "location": "says where a thing is",
    "set-cookie": "is for browsers",
    "www-authenticate": "says who can tell the service who you are",
    "x-auth-token": "goes with a request, and says who asks",
    "x-openstack-request-id": "is the name of this one request",
    "x-subject-token": "holds the token that the answer is about",
}
FAMILY = {
    2: "it worked.",
    3: "look elsewhere.",
    4: "the request can't be fulfilled as it is.",
    5: "the cloud itself failed.",
}


def meaning(status: int, body: bool = True) -> str:
    """A status code in a sentence. A 200 without a body (HEAD's) doesn't speak of one."""
    if status == 200 and not body:
        return "it worked; this answer has no body."
    return STATUS.get(status) or FAMILY.get(status // 100, "this code is not a usual one.")


def status_line(exchange: Exchange) -> str:
    return f"{exchange.status_code} {exchange.reason}".strip()


def took(elapsed: timedelta) -> str:
    """`50 ms` or `1.20 s`."""
    seconds = elapsed.total_seconds()
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def token_note(exchange: Exchange) -> str:
    token = exchange.request.headers.get("X-Auth-Token")
    return f"sent with {token}" if token else "sent without a token"


def byte_count(size: int) -> str:
    return "1 byte" if size == 1 else f"{size:,} bytes"

"""Lesson 03, make: register an image, `my-image`, and upload its bytes. Judged by the wire and the image's status."""

import re
from collections.abc import Iterator
from typing import Any

from cloudlab.client.exchange import Exchange
from cloudlab.language import N_, _
from cloudlab.lessons.checks import Evidence, Finding, body_of, path_of, tried

NAME = "my-image"
# What the last upload's status says. A 204 is here because it went to another image.
UPLOAD = {
    204: (N_("Bytes went up, but to another image than this one."), "id-of-the-right-thing"),
    400: (
        N_(
            "Your PUT …/file got 400: Glance takes the bytes when disk_format and container_format are set. "
            "Register another one, with both."
        ),
        "",
    ),
    409: (N_("Your PUT …/file got 409: that image is active already."), "bytes-go-up-once"),
    415: (
        N_(
            "Your PUT …/file got 415. Send the bytes with data=… and Content-Type: application/octet-stream; "
            "and only the disk_format raw takes nearly any bytes."
        ),
        "content-type-decides",
    ),
}


def make(evidence: Evidence) -> Iterator[Finding]:
    posts = tried(evidence.sent("POST", "/v2/images"), "image", NAME)
    made = [e for e in posts if e.status_code == 201]
    yield Finding(bool(made), _("An image {name} was registered", name=NAME), *_not_registered(posts))
    if made:
        post, image = _best(evidence, made)
        uploads = _uploads(evidence, post.ordinal)
        yield from _filled(post, image, uploads, _refused_again(posts[-1], uploads))


def _not_registered(posts: list[Exchange]) -> tuple[str, str]:
    if posts and posts[-1].status_code == 400:
        told = _(
            "Your POST got 400: Glance doesn't wrap its bodies, and wants disk_format and container_format."
        )
        return told, "wrong-inside-the-body"
    return (
        _(
            "POST /v2/images with that name, disk_format and container_format; the answer is 201, status queued."
        ),
        "",
    )


def _best(evidence: Evidence, made: list[Exchange]) -> tuple[Exchange, dict[str, Any]]:
    """Of all that were registered, one with bytes, else the last that is there: a first try may be spoilt for good."""
    found = [(e, body_of(evidence.get("image", f"/v2/images/{body_of(e).get('id')}"))) for e in made]
    return max(found, key=lambda pair: (_ready(pair[1]), bool(pair[1]), pair[0].ordinal))


def _ready(image: dict[str, Any]) -> bool:
    return image.get("status") == "active" and bool(image.get("size"))


def _filled(
    post: Exchange, image: dict[str, Any], uploads: list[Exchange], again: tuple[str, str] | None
) -> Iterator[Finding]:
    """`again`: what is wrong with a registration that was tried after all this."""
    uploaded = any(e.status_code == 204 and _target(e) == body_of(post).get("id") for e in uploads)
    told = _not_uploaded(uploads) if image else _gone()
    yield Finding(uploaded, _("Its bytes were uploaded"), *(again or told))
    if uploaded:
        yield Finding(_ready(image), _as_it_is(image), *(again or _not_ready(image)))


def _gone() -> tuple[str, str]:
    return _("It has been deleted since. Register another one."), ""


def _as_it_is(image: dict[str, Any]) -> str:
    if not image:
        return _("Image {name} is gone", name=NAME)
    size = image.get("size") or 0
    return _("Image {name} is {status}, {size} bytes", name=NAME, status=image["status"], size=size)


def _refused_again(last: Exchange, uploads: list[Exchange]) -> tuple[str, str] | None:
    if last.ok or any(e.ordinal > last.ordinal for e in uploads):
        return None
    return _not_registered([last])


def _uploads(evidence: Evidence, since: int) -> list[Exchange]:
    """Tries to send bytes, with a wrong method or path, too. What came before the image can't have been for it."""
    calls = [e for method in ("PUT", "POST") for e in evidence.sent(method, "/v2/images/[^/]+(/file)?")]
    return sorted((e for e in calls if e.ordinal > since), key=lambda e: e.ordinal)


def _target(upload: Exchange) -> str:
    return path_of(upload).rstrip("/").removesuffix("/file").rpartition("/")[2]


def _not_uploaded(uploads: list[Exchange]) -> tuple[str, str]:
    if not uploads:
        return _("No PUT …/file was sent for it: the image is queued."), "registered-is-not-uploaded"
    last, status = uploads[-1], uploads[-1].status_code
    method, id = last.request.method, _target(last)
    if status == 405:
        # Translators: {method} is HTTP's, PUT or POST
        told = _("Your {method} got 405: bytes go up with PUT, to /v2/images/{{id}}/file.", method=method)
        return told, "registered-is-not-uploaded"
    if status == 404:
        behind = "" if re.fullmatch("[0-9a-f-]{36}", id) else "name-is-not-id"
        return _("Your {method} got 404: no image has the id {id}.", method=method, id=id), behind
    if status in UPLOAD:
        return _(UPLOAD[status][0]), UPLOAD[status][1]
    return _("Your {method} got {status}. Read its message.", method=method, status=status), ""


def _not_ready(image: dict[str, Any]) -> tuple[str, str]:
    if not image:
        return _gone()
    if image.get("status") == "active":
        told = _("It is active with 0 bytes, and bytes go up once: register another one.")
        return told, "bytes-go-up-once"
    return (
        _("An image is ready when it is active and has a size. GET it and read its status."),
        "registered-is-not-uploaded",
    )


CHECKS = {"make": make}

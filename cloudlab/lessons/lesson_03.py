"""Lesson 03, make: register an image, `my-image`, and upload its bytes. Judged by the wire and the image's status."""

from collections.abc import Iterator

from cloudlab.lessons.checks import Evidence, Finding, body_of, path_of

NAME = "my-image"


def make(evidence: Evidence) -> Iterator[Finding]:
    made = [body_of(e) for e in evidence.sent("POST", "/v2/images") if e.status_code == 201]
    registered = {str(image.get("id")) for image in made if image.get("name") == NAME}
    yield Finding(
        bool(registered),
        f"An image {NAME} was registered",
        "POST /v2/images with that name, disk_format and container_format; the answer is 201, status queued.",
    )
    if not registered:
        return
    uploads = evidence.sent("PUT", "/v2/images/[^/]+/file")
    uploaded = {path_of(e).split("/")[-2] for e in uploads if e.status_code == 204} & registered
    yield Finding(bool(uploaded), "Its bytes were uploaded", *_not_uploaded([e.status_code for e in uploads]))
    for image_id in sorted(uploaded):
        image = body_of(evidence.get("image", f"/v2/images/{image_id}"))
        yield Finding(
            image.get("status") == "active" and bool(image.get("size")),
            f"Image {image.get('name') or image_id} is {image.get('status', 'gone')}, {image.get('size') or 0} bytes",
            "An image is ready when it is active and has a size. GET it and read its status.",
            "registered-is-not-uploaded",
        )


def _not_uploaded(statuses: list[int]) -> tuple[str, str]:
    if 204 in statuses:
        return "Bytes went up, but to another image than this one.", "id-of-the-right-thing"
    if 415 in statuses:
        return (
            "Your PUT …/file got 415. Send the bytes with data=… and Content-Type: application/octet-stream; "
            "and only the disk_format raw takes any bytes.",
            "content-type-decides",
        )
    if 409 in statuses:
        return "Your PUT …/file got 409: that image is active already.", "bytes-go-up-once"
    return "No PUT …/file was sent for it: the image is queued.", "registered-is-not-uploaded"


CHECKS = {"make": make}

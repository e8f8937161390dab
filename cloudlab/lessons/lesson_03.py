"""Lesson 03, make: register an image, `my-image`, and upload its bytes. Judged by the wire and the image's status."""

from collections.abc import Iterator

from cloudlab.lessons.checks import Evidence, Finding, body_of, path_of

NAME = "my-image"


def check(evidence: Evidence) -> Iterator[Finding]:
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
    yield Finding(bool(uploaded), "Its bytes were uploaded", _hint_upload([e.status_code for e in uploads]))
    for image_id in sorted(uploaded):
        image = body_of(evidence.get("image", f"/v2/images/{image_id}"))
        yield Finding(
            image.get("status") == "active" and bool(image.get("size")),
            f"Image {image.get('name') or image_id} is {image.get('status', 'gone')}, {image.get('size') or 0} bytes",
            "An image is ready when it is active and has a size. GET it and read its status.",
        )


def _hint_upload(statuses: list[int]) -> str:
    if 415 in statuses:
        return (
            "415: bytes aren't JSON. Send them with data=…, and Content-Type: application/octet-stream. "
            "And only an image with disk_format raw takes any bytes: a qcow2 wants a qcow2 file."
        )
    if 409 in statuses:
        return "409: bytes go up once, and only before the image is active. Register another image."
    if 204 in statuses:
        return "Bytes went up, but to another image than the one that you registered."
    return "Registered is not uploaded: the image is queued and has no bytes yet. PUT them to /v2/images/{id}/file."

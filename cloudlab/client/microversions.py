"""Asking a service in one of its microversions: nova, cinder and placement have them."""

import re
from typing import Any

from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.client.session import Session
from cloudlab.language import _
from cloudlab.show.versions import HEADER, VersionDifference

# The type in the header, and by which names the service is known: in lab.urls, and in the catalog.
SERVICES = {
    "compute": ("nova", "compute"),
    "volume": ("cinder", "block-storage"),
    "placement": ("placement", "placement"),
}
_BASE = re.compile(r".*?/v\d+(\.\d+)?(?=/|$)")  # without the project's id, which cinder's endpoint ends in
PURPOSE = "versions"


def compare(session: Session, url: str, a: str, b: str) -> VersionDifference:
    """The same GET in the versions `a` and `b`. Raises LabError."""
    for version in (a, b):
        if not isinstance(version, str) or not version.strip():
            raise LabError(_('A version is text, "2.10": as a number it would be 2.1. Give two of them.'))
    kind = type_of(session, url)
    first, second = (ask(session, url, kind, version.strip()) for version in (a, b))
    return VersionDifference(first, second, session.redactor)


def ask(session: Session, url: str, kind: str, version: str) -> Exchange:
    """GET in one version."""
    return session.request("GET", url, headers={HEADER: f"{kind} {version}"})


def type_of(session: Session, url: str) -> str:
    """The service type for the header, by whose address the URL begins with. Raises LabError."""
    for kind in SERVICES:
        if any(re.match(re.escape(root) + r"(?=[/?]|$)", str(url)) for root in _roots(session, kind)):
            return kind
    raise LabError(
        _(
            "Microversions are nova's, cinder's and placement's, and this URL begins with the address of none of "
            'them: {url}. A good one: lab.endpoint("compute") + "/servers/detail"',
            url=session.redactor.text(str(url)),
        )
    )


def span(session: Session, kind: str) -> tuple[str, str, Exchange] | None:
    """The lowest and the highest version that the service's own document names, and the call that said so.

    None where it doesn't say. Raises LabError.
    """
    answer = session.request("GET", _roots(session, kind)[0] + "/", purpose=PURPOSE)
    try:
        body = answer.json()
    except ValueError:
        return None
    for document in _documents(body):
        highest = document.get("max_version") or document.get("version")
        if highest and document.get("min_version"):
            return str(document["min_version"]), str(highest), answer
    return None


def _documents(body: Any) -> list[dict[str, Any]]:
    if not isinstance(body, dict):
        return []
    listed = body.get("versions")
    found = listed if isinstance(listed, list) else [body.get("version")]
    return [document for document in found if isinstance(document, dict)]


def _roots(session: Session, kind: str) -> list[str]:
    """Where the service may be: the catalog's word first. None of them ends in a slash."""
    name, service = SERVICES[kind]
    known = session.transport.urls.get(name)
    roots = [known] if known else []
    try:
        url = session.endpoint(service)
    except LabError:
        return roots
    base = _BASE.match(url)
    return [base[0] if base else url, *roots]

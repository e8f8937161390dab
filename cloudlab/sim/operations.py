"""Which operations the embedded cloud has, read from the route tables: docs/operations.md is made of it."""

import re
import sys
from collections.abc import Iterable, Iterator

from cloudlab.sim.rooms import services
from cloudlab.sim.web import METHODS, Service

MOUNTS = {
    "keystone": "/v3",
    "nova": "/v2.1, /v2.1/{project_id}, /v2/{project_id}",
    "cinder": "/v3/{project_id}, /v3",
    "glance": "/v2",
    "neutron": "/v2.0",
    "placement": "",
}
METHOD = r"(?:GET|HEAD|POST|PUT|PATCH|DELETE)"
SAID_ALREADY = re.compile(
    rf"^(?:{METHOD}(?:, | and )?)*\s*(?:`[^`]*`|[…/]\S*?|List and create|List|One \w+)(?:[:,.]\s+|\.?$)"
)
RECORDING = re.compile(r"\s*\(recordings? [^)]*\)")
HEAD = """# What the embedded cloud answers

Made from the route tables by `make docs`; a test sees that it is up to date.
What is not listed gets the real service's answer to an unknown path; where the real service has the operation, with
the header `X-Cloudlab-Absent`.
"""


def rows(service: Service) -> Iterator[tuple[str, str, str]]:
    """(path, methods, what for) in the order of the table; those below the mount without it, but for the mount."""
    below = MOUNTS[service.name].split(",")[0]
    for table, root in ((service.root_routes, "/"), (service.routes, below)):
        for path, resource in table:
            methods = [method for method in METHODS if _has(resource, method)]
            if methods:
                yield root if path in ("", "/") else path, ", ".join(methods), about(resource)


def _has(resource: type, method: str) -> bool:
    """Whether the resource really has it: a method may only be there to say that it is absent."""
    responder = getattr(resource, method.lower(), None)
    return responder is not None and not getattr(responder, "absent", False)


def about(resource: type) -> str:
    """What a resource's docstring says beyond the path, and which actions it takes."""
    first = " ".join((resource.__doc__ or "").split("\n\n")[0].split())
    parts = [SAID_ALREADY.sub("", RECORDING.sub("", first)).strip(" .")]
    if resource.__name__.endswith("Action"):
        parts.append(_actions(resource))
    return "; ".join(part for part in parts if part)


def _actions(resource: type) -> str:
    """The names in the table of actions that stands beside the resource."""
    module = sys.modules[resource.__module__]
    return _names(getattr(module, "ACTIONS", None) or getattr(module, "ROWS", {}))


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names, key=str.lower))


def missing(service: Service) -> Iterator[str]:
    """`POST PUT /path` of each operation of the real service that is not here."""
    methods: dict[str, list[str]] = {}
    for some, path in service.absent:
        methods.setdefault(path, []).extend(some.split())
    for path, resource in service.routes:
        gone = [m for m in METHODS if hasattr(resource, m.lower()) and not _has(resource, m)]
        if gone:
            methods.setdefault(path, []).extend(gone)
    for path, found in methods.items():
        yield f"{' '.join(sorted(set(found), key=METHODS.index))} {path}"


def as_markdown() -> str:
    """The whole page."""
    parts = [HEAD]
    for name, service in services().items():
        parts.append(f"## {name.capitalize()}\n")
        if service.mount and MOUNTS[name]:
            parts.append(f"Paths are below `{MOUNTS[name]}`, but for those that begin with a version.\n")
        parts.append("| path | methods | |\n|---|---|---|")
        parts += [f"| `{path}` | {methods} | {_cell(text)} |" for path, methods, text in rows(service)]
        if service.absent:
            parts.append("\nNot here, though the real one has it:")
            parts.append(_names(missing(service)) + ".")
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _cell(text: str) -> str:
    """Text that fits into one cell of a Markdown table."""
    return text.replace("|", "\\|").replace("<", "&lt;")

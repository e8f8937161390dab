"""Which operations the embedded cloud has, read from the route tables: docs/operations.md is made of it."""

from collections.abc import Iterator

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
HEAD = """# What the embedded cloud answers

Made from the route tables by `make docs`; a test sees that it is up to date.
What is not listed gets the real service's answer to an unknown path; where the real service has the operation, with
the header `X-Cloudlab-Absent`.
"""


def rows(service: Service) -> Iterator[tuple[str, str, str]]:
    """(path, methods, what for) in the order of the table; those below the mount without it."""
    for path, resource in (*service.root_routes, *service.routes):
        methods = [method for method in METHODS if hasattr(resource, method.lower())]
        about = (resource.__doc__ or "").strip().split("\n\n")[0]
        yield path or "/", ", ".join(methods), " ".join(about.split())


def as_markdown() -> str:
    """The whole page."""
    parts = [HEAD]
    for name, service in services().items():
        below = f"Paths below {MOUNTS[name]}, but for whole ones.\n" if service.mount and MOUNTS[name] else ""
        parts.append(f"## {name.capitalize()}\n\n{below}")
        parts.append("| path | methods | |\n|---|---|---|")
        parts += [f"| `{path}` | {methods} | {_cell(about)} |" for path, methods, about in rows(service)]
        missing = sorted(f"`{methods} {path}`" for methods, path in service.absent)
        parts.append(
            "\nNot here, though the real one has it: " + ", ".join(missing) + ".\n" if missing else ""
        )
    return "\n".join(parts).rstrip() + "\n"


def _cell(text: str) -> str:
    """Text that fits into one cell of a Markdown table."""
    return text.replace("|", "\\|").replace("<", "&lt;")

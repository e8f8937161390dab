"""Placement's rows as JSON, by microversion."""

from typing import Any

from cloudlab.sim.placement.model import Allocation, Inventory, Provider

Json = dict[str, Any]


def links(uuid: str, minor: int) -> list[Json]:
    """A provider's links; aggregates since 1.1, traits since 1.6, allocations since 1.11."""
    rels = ["inventories", "usages"]
    rels += ["aggregates"] * (minor >= 1) + ["traits"] * (minor >= 6) + ["allocations"] * (minor >= 11)
    here = f"/resource_providers/{uuid}"
    return [{"rel": "self", "href": here}, *({"rel": rel, "href": f"{here}/{rel}"} for rel in rels)]


def provider(row: Provider, minor: int) -> Json:
    body = {"uuid": row.uuid, "name": row.name, "generation": row.generation, "links": links(row.uuid, minor)}
    if minor >= 14:
        body |= {"parent_provider_uuid": row.parent_uuid, "root_provider_uuid": row.root_uuid}
    return body


def inventory(row: Inventory) -> Json:
    names = ("total", "reserved", "min_unit", "max_unit", "step_size", "allocation_ratio")
    return {name: getattr(row, name) for name in names}


def grouped(rows: list[Allocation], by: str) -> dict[str, Json]:
    """{provider or consumer uuid: {"resources": {class: amount}}}."""
    found: dict[str, Json] = {}
    for row in rows:
        found.setdefault(getattr(row, by), {"resources": {}})["resources"][row.resource_class] = row.used
    return found


def resource_class(name: str) -> Json:
    return {"name": name, "links": [{"rel": "self", "href": f"/resource_classes/{name}"}]}

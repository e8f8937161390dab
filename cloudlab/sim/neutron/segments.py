"""The provider's side of a network: on which physical network it runs, and as which segment.

Networking API reference, 'Networks', provider extended attributes and multiple segments; seen on 2025.2.
"""

from typing import Any

from sqlalchemy import select

from cloudlab.sim.errors import BadRequest
from cloudlab.sim.neutron.faults import bad, refused
from cloudlab.sim.neutron.kind import Json, given
from cloudlab.sim.neutron.model import Network
from cloudlab.sim.neutron.validators import integer_or_none, one_of, string_or_none
from cloudlab.sim.scope import Scope

MTU = {"vxlan": 1450, "flat": 1500, "vlan": 1500, "local": 1500, "gre": 1458, "geneve": 1442}
NUMBERED = ("vxlan", "gre", "geneve", "vlan")
PROVIDER = KIND, PLACE, NUMBER = (
    "provider:network_type",
    "provider:physical_network",
    "provider:segmentation_id",
)


def listed(value: Any) -> list[Json]:
    """Segments, each with its three attributes. (Neutron says 500 to what is no list; here it is a 400.)"""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise bad(f"Invalid input for segments. Reason: '{value}' is not a list.")
    return [_checked(one) for one in value]


def _checked(one: Json) -> Json:
    unknown = [name for name in one if name not in PROVIDER]
    if unknown:
        raise bad(f"Unrecognized attribute(s) '{', '.join(unknown)}'")
    full = {KIND: one.get(KIND, "vxlan"), PLACE: one.get(PLACE), NUMBER: integer_or_none(one.get(NUMBER))}
    reason = one_of(*MTU)(full[KIND]) or string_or_none(64)(full[PLACE])
    if reason:
        raise bad(f"Invalid input for segments. Reason: {reason}.")
    return full


def check_vlans(data: Json) -> None:
    """What the recorded back end can't do."""
    if data["qinq"]:
        raise _not_supported("VlanQinqDriverError", "VLAN QinQ")
    if data["vlan_transparent"]:
        raise _not_supported("VlanTransparencyDriverError", "VLAN Transparency")


def _not_supported(kind: str, what: str) -> BadRequest:
    return refused(kind, f"Backend does not support {what}.")


def chosen(scope: Scope, data: Json) -> Json:
    """The columns of a new network: what an administrator said, else the next vxlan segment."""
    many = given(data, "segments", [])
    said = {name: given(data, name, None) for name in PROVIDER}
    if many and any(value is not None for value in said.values()):
        raise refused(
            "SegmentsSetInConjunctionWithProviders", "Segments and provider values cannot both be set."
        )
    found: list[Json] = []
    for one in many or [said]:
        found.append(_numbered(scope, {**one, KIND: one[KIND] or "vxlan"}, found))
    first = found[0]
    return {
        "network_type": first[KIND],
        "physical_network": first[PLACE],
        "segmentation_id": first[NUMBER],
        "segments": found if len(found) > 1 else None,
    }


def _numbered(scope: Scope, one: Json, before: list[Json]) -> Json:
    if one[NUMBER] is not None or one[KIND] not in NUMBERED:
        return one
    query = select(Network.segmentation_id, Network.segments).where(Network.network_type == one[KIND])
    taken = [other[NUMBER] for other in before]
    for number, more in scope.session.execute(query):
        taken += [number, *(other[NUMBER] for other in more or ())]
    return {**one, NUMBER: max((number for number in taken if number), default=0) + 1}

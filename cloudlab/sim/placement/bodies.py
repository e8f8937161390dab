"""Request bodies and queries against their schemas, in placement's words."""

from typing import Any

from cloudlab.sim.errors import BadRequest
from cloudlab.sim.placement import names, schemas
from cloudlab.sim.scope import Scope
from cloudlab.sim.validation import first_error


def checked(schema: dict[str, Any], instance: Any) -> Any:
    """The instance, when it is valid. Raises BadRequest."""
    error = first_error(schema, instance)
    if error:
        raise BadRequest(f"JSON does not validate: {error[2]}")
    return instance


def known_class(scope: Scope, name: str, before: str) -> None:
    """Raise BadRequest (with what to say `before`) for a class that there is none of."""
    if names.unknown(scope, names.CLASS, [name]):
        raise BadRequest(f"{before}No such resource class {name}.")


def resources(scope: Scope, text: str) -> dict[str, int]:
    """{class: amount} from `VCPU:1,MEMORY_MB:512`. Raises BadRequest."""
    found: dict[str, int] = {}
    for item in text.split(","):
        name, _, amount = item.partition(":")
        if not name or not amount.isascii() or not amount.isdigit() or len(amount) > 15:
            raise BadRequest(
                "Badly formed resources parameter. Expected resources query string parameter in form: "
                f"?resources=VCPU:2,MEMORY_MB:1024. Got: {text}."
            )
        if int(amount) < 1:
            raise BadRequest(f"Requested resource {name} requires amount >= 1")
        found[name] = int(amount)
    for name in sorted(found):
        known_class(scope, name, "Invalid resource class in resources parameter: ")
    return found


def traits(scope: Scope, text: str, before: str = "") -> tuple[list[set[str]], set[str]]:
    """(sets of which to have one each, those not to have) from `A,!B` or `in:A,B`. Raises BadRequest."""
    asked = text.removeprefix("in:").split(",")
    unknown = names.unknown(scope, names.TRAIT, [name.lstrip("!") for name in asked])
    if unknown:
        raise BadRequest(f"{before}No such trait(s): {', '.join(unknown)}.")
    if text.startswith("in:"):
        return [set(asked)], set()
    forbidden = {name for name in asked if name.startswith("!")}
    return [{name} for name in asked if name not in forbidden], {name.lstrip("!") for name in forbidden}


def aggregates(text: str) -> tuple[bool, set[str]]:
    """(whether to be in one of them, their ids) from `id`, `in:id,id`, `!id`, `!in:id,id`. Raises BadRequest."""
    among = not text.startswith("!")
    ids = text.removeprefix("!").removeprefix("in:").split(",")
    for one in ids:
        if first_error(schemas.UUID, one):
            raise BadRequest(
                f"Invalid query string parameters: Expected 'member_of' parameter to contain valid UUID(s). Got: {one}"
            )
    return among, set(ids)

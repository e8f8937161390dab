"""What a request may say of a resource, as data; and a body against it. (neutron-lib: api/attributes.py)"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cloudlab.sim.neutron.faults import bad
from cloudlab.sim.neutron.validators import Validator, string
from cloudlab.sim.scope import Context

REQUIRED = object()
UNSET = object()  # neutron's ATTR_NOT_SPECIFIED: the plugin decides


@dataclass(frozen=True)
class Attribute:
    """One attribute. `policy` marks those with a rule of their own: 'admin', or 'owner' (of the network)."""

    post: bool = True
    put: bool = True
    default: Any = UNSET
    convert: Callable[[Any], Any] | None = None
    check: Validator | None = None
    policy: str = ""
    column: str | None = None  # of the table, when it isn't the attribute's own name
    filter: bool = True
    sort: bool = True  # when it is a column at all
    parts: bool = False  # each key of its objects has a policy, too

    def is_default(self, value: Any) -> bool:
        """Whether that value says nothing: policies don't ask about it."""
        default = self.default
        if default is UNSET or default is REQUIRED:
            return False
        return bool(value == (self.convert(default) if self.convert else default))


Attributes = dict[str, Attribute]
READ_ONLY = Attribute(post=False, put=False)
INTERNAL = Attribute(post=False, put=False, filter=False)
TEXT = Attribute(default="", check=string(255))
OWNER: Attributes = {
    "project_id": Attribute(put=False),
    "tenant_id": Attribute(put=False, column="project_id"),
}
NO_OWNER: Attributes = dict.fromkeys(OWNER, Attribute(put=False, filter=False))  # said, and not kept


def standard(tagged: bool = True) -> Attributes:
    """Those that nearly every resource has."""
    return {
        **OWNER,
        "created_at": READ_ONLY,
        "updated_at": READ_ONLY,
        "revision_number": Attribute(post=False, put=False, column="revision"),
        **({"tags": INTERNAL} if tagged else {}),
    }


def create_data(attributes: Attributes, given: dict[str, Any], who: Context) -> dict[str, Any]:
    """The body of a create with defaults filled in, converted and checked. Attributes left open are UNSET."""
    _known(attributes, given)
    given = {**given, "project_id": _project(given, who)}
    given.pop("tenant_id", None)
    data: dict[str, Any] = {}
    for name, attribute in attributes.items():
        if name in ("tenant_id", "project_id"):
            continue
        if name in given and not attribute.post:
            raise bad(f"Attribute '{name}' not allowed in POST")
        if attribute.post:
            data[name] = given.get(name, attribute.default)
            if data[name] is REQUIRED:
                raise bad(f"Failed to parse request. Required attribute '{name}' not specified")
    return {"project_id": given["project_id"], **_converted(attributes, data)}


def update_data(attributes: Attributes, given: dict[str, Any]) -> dict[str, Any]:
    """The body of an update, converted and checked; only what was said."""
    for name in given:
        if name in attributes and not attributes[name].put:
            raise bad(f"Cannot update read-only attribute {name}")
    _known(attributes, given)
    return _converted(attributes, given)


def _known(attributes: Attributes, given: dict[str, Any]) -> None:
    unknown = [name for name in given if name not in attributes]
    if unknown:
        raise bad(f"Unrecognized attribute(s) '{', '.join(unknown)}'")


def _project(given: dict[str, Any], who: Context) -> str:
    """Whose the resource will be; another project's only for an administrator."""
    said = {name: given[name] for name in ("project_id", "tenant_id") if given.get(name) is not None}
    for name, value in said.items():
        if reason := string(255)(value):
            raise bad(f"Invalid input for {name}. Reason: {reason}.")
    asked = set(said.values())
    if len(asked) > 1:
        raise bad("'project_id' and 'tenant_id' do not match")
    project = asked.pop() if asked else who.project_id
    if project != who.project_id and not who.is_admin:
        raise bad(
            "Specifying 'project_id' or 'tenant_id' other than the authenticated project in request "
            "requires admin privileges"
        )
    if not project:
        raise bad("Running without keystone AuthN requires that tenant_id is specified")
    return project


def _converted(attributes: Attributes, data: dict[str, Any]) -> dict[str, Any]:
    kept = {}
    for name, value in data.items():
        attribute = attributes[name]
        if value is not UNSET and attribute.convert:
            value = attribute.convert(value)
        reason = attribute.check(value) if value is not UNSET and attribute.check else None
        if reason:
            raise bad(f"Invalid input for {name}. Reason: {reason}.")
        kept[name] = value
    return kept

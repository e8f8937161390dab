"""The filters of a list of servers: what each compares, and from which microversion it counts for whom.

API reference, 'List servers'; what each does as seen on 2025.2. A filter that doesn't count is ignored.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, false, func, literal, or_, select

from cloudlab.sim.errors import BadRequest
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.web import Call

Condition = ColumnElement[bool]
TRUE_WORDS, FALSE_WORDS = ("1", "t", "true", "on", "y", "yes"), ("0", "f", "false", "off", "n", "no")
NEVER = 1000


def _like(column: Any) -> Callable[[str], Condition]:
    """By regular expression; the schema has seen to it that it is one."""
    return lambda text: column.regexp_match(text)  # type: ignore[no-any-return]


def _digits(column: Any) -> Callable[[str], Condition]:
    """A number by regular expression, as nova's database compares it."""
    return _like(cast(column, String))


def _moment(column: Any) -> Callable[[str], Condition]:
    """A time by regular expression on `2026-01-01 00:00:00`."""
    return _like(func.substr(cast(column, String), 1, 19))


def _equal(column: Any) -> Callable[[str], Condition]:
    return lambda text: column == text


def _flavor(text: str) -> Condition:
    return Server.flavor_id == text.rstrip("/").rsplit("/", 1)[-1]


def _image(text: str) -> Condition:
    return Server.image_id == text.rstrip("/").rsplit("/", 1)[-1]


def _ip(text: str) -> Condition:
    """An address of the info cache by regular expression."""
    node = func.json_tree(Server.addresses).table_valued("key", "value")
    found = select(1).select_from(node).where(node.c.key == "address", _like(node.c.value)(text))
    return found.correlate(Server).exists()


def _tags(every: bool, wanted: bool) -> Callable[[str], Condition]:
    def condition(text: str) -> Condition:
        held = [cast(Server.tags, String).contains(f'"{tag}"', autoescape=True) for tag in text.split(",")]
        found = and_(*held) if every else or_(*held)
        return found if wanted else ~found

    return condition


def _locked(text: str) -> Condition:
    word = text.lower()
    if word not in TRUE_WORDS + FALSE_WORDS:
        raise BadRequest(f"Unrecognized value '{text}', acceptable values are: {words()}")
    return Server.locked.is_(word in TRUE_WORDS)


def words() -> str:
    return ", ".join(f"'{word}'" for word in sorted(FALSE_WORDS + TRUE_WORDS))


def _none(text: str) -> Condition:
    """A column of nova's that holds no such text for any server."""
    return false()


def _no_filter(name: str) -> Callable[[str], Condition]:
    def refuse(text: str) -> Condition:
        raise BadRequest(f"Invalid filter field: {name}.")

    return refuse


@dataclass(frozen=True)
class Filter:
    """`condition` of the text; from which minor version it counts for members, and for administrators."""

    condition: Callable[[str], Condition]
    members: int = NEVER
    admins: int = 1


FILTERS: dict[str, Filter] = {
    "name": Filter(_like(Server.name), 1),
    "image": Filter(_image, 1),
    "flavor": Filter(_flavor, 1),
    "ip": Filter(_ip, 1),
    "ip6": Filter(_ip, 5),
    "reservation_id": Filter(_like(Server.reservation_id), 1),
    "tags": Filter(_tags(every=True, wanted=True), 26, 26),
    "tags-any": Filter(_tags(every=False, wanted=True), 26, 26),
    "not-tags": Filter(_tags(every=True, wanted=False), 26, 26),
    "not-tags-any": Filter(_tags(every=False, wanted=False), 26, 26),
    "locked": Filter(_locked, 73, 73),
    "availability_zone": Filter(_like(Server.zone), 83),
    "config_drive": Filter(_like(Server.config_drive), 83),
    "key_name": Filter(_like(Server.key_name), 83),
    "created_at": Filter(_moment(Server.created_at), 83),
    "launched_at": Filter(_moment(Server.launched_at), 83),
    "terminated_at": Filter(_moment(Server.terminated_at), 83),
    "power_state": Filter(_digits(Server.power_state), 83),
    "task_state": Filter(_equal(Server.task_state), 83),
    "vm_state": Filter(_equal(Server.vm_state), 83),
    "progress": Filter(_digits(Server.progress), 83),
    "user_id": Filter(_equal(Server.user_id), 83),
    "hostname": Filter(_like(Server.hostname), 90),
    "display_name": Filter(_like(Server.name)),
    "display_description": Filter(_like(Server.description)),
    "access_ip_v4": Filter(_like(func.nullif(Server.access_ip_v4, ""))),
    "access_ip_v6": Filter(_like(func.nullif(Server.access_ip_v6, ""))),
    "host": Filter(_equal(Server.host)),
    "node": Filter(_like(Server.host)),
    "uuid": Filter(_equal(Server.id)),
    "image_ref": Filter(_equal(Server.image_id)),
    "launch_index": Filter(_digits(Server.launch_index)),
    "root_device_name": Filter(_like(literal("/dev/vda"))),
    "kernel_id": Filter(_like(literal(""))),
    "ramdisk_id": Filter(_like(literal(""))),
    "auto_disk_config": Filter(_none),
    "block_device_mapping": Filter(_no_filter("block_device_mapping")),
}


def filtered(call: Call, query: dict[str, str]) -> list[Condition]:
    """The conditions of those of the query's filters that count for this caller at this version."""
    found = []
    for name, text in query.items():
        known = FILTERS.get(name)
        if known and call.at_least(known.admins if call.who.is_admin else known.members):
            found.append(known.condition(text))
    return found

"""`lab.save`, `lab.restore`, `lab.diff`: the cloud's whole state as a file in the notebook's folder.

The cloud itself writes and reads the file: it runs on this machine, as this user.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudlab.client.clock import time_of
from cloudlab.client.errors import LabError
from cloudlab.language import _, ngettext

if TYPE_CHECKING:
    from cloudlab.client.redact import Redactor
    from cloudlab.show.difference import Difference

SUFFIX = ".cloud"
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")
Order = Callable[..., dict[str, Any]]  # method, path, order → answer, as Inside.order


def file_of(name: object) -> Path:
    """The absolute path of a saved cloud: by its name in this folder, or by its own path. Raises LabError."""
    text = str(name) if isinstance(name, str | Path) else ""
    if isinstance(name, Path) or "/" in text or "\\" in text:
        return Path(text).expanduser().absolute()
    plain = text.removesuffix(SUFFIX)
    if not NAME.fullmatch(plain):
        raise LabError(
            _(
                "{name!r} can't be a saved cloud's name. A name has 1 to 64 letters, digits, '.', '_' and '-', "
                "and doesn't begin with '.' or '-': lab.save(\"before-attach\")",
                name=str(name)[:80],
            )
        )
    try:
        return Path.cwd() / (plain + SUFFIX)
    except OSError:
        raise LabError(_("The notebook's folder is gone. Open the notebook again.")) from None


def save(order: Order, name: str, replace: bool) -> str:
    """What was saved, in a line. Raises LabError."""
    if not isinstance(name, str) or "/" in name or "\\" in name:
        raise LabError(_('lab.save takes a name, not a path: lab.save("before-attach")'))
    path = file_of(name)
    size = _order(order, "/save", file=path, replace=bool(replace))["size"]
    return _(
        "Saved as {file}, {size:.1f} MiB: all of this cloud, its tokens and key pairs included.",
        file=path.name,
        size=size / 2**20,
    )


def restore(order: Order, name: object, token: str | None) -> list[str]:
    """What was restored, and whether the learner's token still works, in lines. Raises LabError."""
    path = file_of(name)
    found = _order(order, "/restore", file=path, token=token)
    restored = _restored(path.name, found)
    if token is None:
        return [restored]
    works = _("lab.token still works.") if found["token"] else _("lab.token isn't known there: log in again.")
    return [restored, works]


def _restored(file: str, found: dict[str, Any]) -> str:
    servers = ngettext("{n} server", "{n} servers", found["servers"])
    volumes = ngettext("{n} volume", "{n} volumes", found["volumes"])
    told = {"file": file, "things": f"{servers}, {volumes}", "time": time_of(found), "speed": found["speed"]}
    if found["paused"]:
        # Translators: {things} is "2 servers, 1 volume"
        return _("Restored {file}: {things}; the cloud's clock shows {time}, paused.", **told)
    # Translators: {things} is "2 servers, 1 volume"
    return _("Restored {file}: {things}; the cloud's clock shows {time}, running at ×{speed:g}.", **told)


def diff(order: Order, a: object, b: object, redactor: "Redactor") -> "Difference":
    """From `a` to `b` (None: to now), without secrets. Raises LabError."""
    from cloudlab.show.difference import Difference

    first, second = file_of(a), None if b is None else file_of(b)
    found = json.dumps(_order(order, "/diff", a=first, b=second)).encode()
    # Translators: in place of a saved cloud's name: "before-attach → now: …"
    other = second.stem if second else _("now")
    return Difference(first.stem, other, json.loads(redactor.body(found)))


def _order(order: Order, row: str, **asked: Any) -> dict[str, Any]:
    """One order; what is wrong is told with the files' names, for their folder is the learner's own."""
    paths = [value for value in asked.values() if isinstance(value, Path)]
    plain = {name: str(value) if isinstance(value, Path) else value for name, value in asked.items()}
    try:
        return order("POST", row, **plain)
    except LabError as error:
        text = str(error)
        for path in paths:
            text = text.replace(str(path), path.name)
        raise LabError(text) from None

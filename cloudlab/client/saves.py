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
            f"{str(name)[:80]!r} can't be a saved cloud's name. A name has 1 to 64 letters, digits, '.', '_' and '-', "
            'and begins with a letter or a digit: lab.save("before-attach")'
        )
    try:
        return Path.cwd() / (plain + SUFFIX)
    except OSError:
        raise LabError("The notebook's folder is gone. Open the notebook again.") from None


def save(order: Order, name: str, replace: bool) -> str:
    """What was saved, in a line. Raises LabError."""
    if not isinstance(name, str) or "/" in name or "\\" in name:
        raise LabError('lab.save takes a name, not a path: lab.save("before-attach")')
    path = file_of(name)
    size = _order(order, "/save", file=path, replace=bool(replace))["size"]
    return (
        f"Saved as {path.name}, {size / 2**20:.1f} MiB: all of this cloud, its tokens and key pairs included."
    )


def restore(order: Order, name: object, token: str | None) -> list[str]:
    """What was restored, and whether the learner's token still works, in lines. Raises LabError."""
    path = file_of(name)
    found = _order(order, "/restore", file=path, token=token)
    things = f"{_counted(found['servers'], 'server')}, {_counted(found['volumes'], 'volume')}"
    pace = "paused" if found["paused"] else f"running at ×{found['speed']:g}"
    lines = [f"Restored {path.name}: {things}; the cloud's clock shows {time_of(found)}, {pace}."]
    if token is None:
        return lines
    works = "lab.token still works." if found["token"] else "lab.token isn't known there: log in again."
    return [*lines, works]


def diff(order: Order, a: object, b: object, redactor: "Redactor") -> "Difference":
    """From `a` to `b` (None: to now), without secrets. Raises LabError."""
    from cloudlab.show.difference import Difference

    first, second = file_of(a), None if b is None else file_of(b)
    found = json.dumps(_order(order, "/diff", a=first, b=second)).encode()
    return Difference(first.stem, second.stem if second else "now", json.loads(redactor.body(found)))


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


def _counted(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"

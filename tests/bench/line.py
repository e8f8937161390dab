"""One row of the result."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One row of the result: what, measured, beside it, the bar, and whether it holds."""

    what: str
    ours: str
    beside: str
    bar: str
    holds: bool

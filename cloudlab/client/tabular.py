"""What looks like a table, in text and in HTML, when a notebook shows it."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudlab.show.table import Table


class Tabular:
    """A class says by `_table` what it looks like now. (show/ is imported there: when something is shown.)"""

    def _table(self) -> "Table":
        raise NotImplementedError

    def __repr__(self) -> str:
        return repr(self._table())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        table = self._table()
        return {"text/plain": repr(table), "text/html": table._repr_html_()}

"""The request builder where nobody can click: what it is, which operations it knows, and the plain call."""

from collections.abc import Sequence

from markupsafe import Markup

from cloudlab.language import N_, _
from cloudlab.show.table import Table

WHAT = N_(
    "A request builder: in a notebook's running kernel you choose a method and a service here, fill in a form, and "
    "send. The plain call does the same:"
)
CALL = 'lab.post(lab.endpoint("compute") + "/servers", json={"server": {"name": "…", "flavorRef": "…", …}})'
KNOWN = N_("The operations that it knows, with the fields that each body needs:")


class OperationsTable:
    """In text and in HTML. `rows` are (method, service, path, required fields)."""

    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
        self._table = Table([_("method"), _("service"), _("path"), _("required fields")], rows)

    def __repr__(self) -> str:
        return f"{_(WHAT)}\n\n    {CALL}\n\n{_(KNOWN)}\n\n{self._table!r}"

    def _repr_html_(self) -> str:
        before = Markup("<p>{}</p><pre><code>{}</code></pre><p>{}</p>").format(_(WHAT), CALL, _(KNOWN))
        return str(before) + self._table._repr_html_()

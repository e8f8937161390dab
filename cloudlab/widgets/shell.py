"""What `connect()` does to this process's IPython: magics, cells that say what they need, a veil over a real cloud."""

import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from cloudlab.client.session import Session
from cloudlab.language import _

if TYPE_CHECKING:
    from cloudlab.client.veil import Veil
    from cloudlab.widgets.magics import Seen


def _shell() -> Any:
    """Where IPython isn't loaded there is none, and nothing is imported."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    return get_ipython()


def offer(session: Session, seen: "Seen", public_key: str) -> None:
    """`%%http` and `%%curl` in a notebook, and cells that say what they need."""
    shell = _shell()
    if shell is None:
        return
    from cloudlab.client.needs import lacking
    from cloudlab.widgets import magics, needs

    magics.register(shell, session, seen, public_key)
    needs.watch(shell, partial(lacking, session.transport))


def drawn_veil(session: Session, url: str) -> "Veil | None":
    """Hide the ids, addresses and hosts of a real cloud in a notebook's outputs, unless CLOUDLAB_SHOW_IDS is set."""
    shell = _shell()
    if shell is None:
        return None
    from cloudlab.client.veil import Veil
    from cloudlab.widgets import veil as veils

    veil = veils.draw(shell, Veil(is_open=bool(os.environ.get("CLOUDLAB_SHOW_IDS"))))
    if veil is None:
        return None
    veil.add([url])
    session.recorder.listen(veil.learn)
    if not veil.is_open:
        print(
            _(
                "Ids and addresses are shown as ‹id 1› …, because outputs are stored in the notebook.\n"
                "lab.show_ids() shows them."
            )
        )
    return veil

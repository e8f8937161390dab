"""`%%http` and `%%curl`: a cell that holds a request as text, and sends it as it stands.

What comes back is the Exchange of any other call: in the history, and shown as all are.
"""

import keyword
from collections.abc import Callable
from typing import Any

from cloudlab.client.curl_line import read_curl
from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.client.http_text import read_http
from cloudlab.client.paste import Paste, has
from cloudlab.client.placeholders import fill
from cloudlab.client.session import Session
from cloudlab.client.veil import refuse_labels
from cloudlab.language import _

READERS: dict[str, Callable[[str], Paste]] = {"http": read_http, "curl": read_curl}


Seen = Callable[[Exchange], Exchange]  # told of each answer: what the learner had predicted is judged by it


def register(shell: Any, session: Session, seen: Seen, public_key: str) -> None:
    """Both magics in an IPython shell, for this session from now on."""
    for name in READERS:
        magic = _magic(name, shell, session, seen, public_key)
        shell.register_magic_function(magic, "cell", name)


def _magic(
    name: str, shell: Any, session: Session, seen: Seen, public_key: str
) -> Callable[[str, str], Exchange]:
    def magic(line: str, cell: str) -> Exchange:
        variable = _variable(name, line)
        refuse_labels(cell)  # before it is read: a label's blank would end a URL
        exchange = seen(send(session, fill(READERS[name](cell), session, public_key)))
        if variable:
            shell.user_ns[variable] = exchange
        return exchange

    # Translators: {name} is http or curl
    magic.__doc__ = _(
        "Send the request below, written as {name}. A name after %%{name} keeps the exchange.", name=name
    )
    return magic


def send(session: Session, paste: Paste) -> Exchange:
    """The request as it was pasted; its notes are printed first. Raises LabError."""
    for note in paste.notes:
        print(note)
    headers = paste.headers if has(paste.headers, "X-Auth-Token") else {**paste.headers, "X-Auth-Token": None}
    return session.request(
        paste.method, paste.url, headers=headers, data=paste.body, allow_redirects=paste.follow
    )


def _variable(magic: str, line: str) -> str:
    """The name after the magic, or "". Raises LabError."""
    name = line.strip()
    if name and (not name.isidentifier() or keyword.iskeyword(name)):
        raise LabError(
            # Translators: {magic} is http or curl
            _(
                "After %%{magic} comes a name to keep the exchange by, or nothing. The rest goes below it.",
                magic=magic,
            )
        )
    return name

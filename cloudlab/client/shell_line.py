"""The words of one command, as a POSIX shell splits a line. What needs a real shell is refused. No I/O."""

import re
import shlex

from cloudlab.client.errors import LabError
from cloudlab.client.paste import refuse_lookalikes
from cloudlab.language import N_, _

# A quoted part, an escaped character, a run of plain text, or one character that may mean something.
PIECE = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^'"\\|&;<>\n`$]+|.""", re.DOTALL)
FILES = N_(
    "A < or > reads or writes a file in a terminal. Here the answer is the cell's value; `%%curl r` keeps it as r."
)
ENDS = {
    "&": N_(
        "A & outside quotes ends the command in a shell. Put the URL in quotes: 'http://…?limit=1&marker=…'"
    ),
    ";": N_("A ; outside quotes begins another command. Put one curl line in a cell."),
    "<": FILES,
    ">": FILES,
    "\n": N_(
        "The command ends before the text does. A line that goes on needs a \\ as its very last character; "
        "another command needs a cell of its own."
    ),
}
SUBSTITUTION = N_("A command inside the line, `…` or $(…), needs a shell. Put what it prints in its place.")


def words_of(text: str) -> tuple[list[str], list[str]]:
    """The words up to a pipe, and notes on what was left out. Variables are left in place. Raises LabError."""
    kept: list[str] = []
    notes: list[str] = []
    pieces = PIECE.findall(_bare(text))
    for at, piece in enumerate(pieces):
        if piece == "|":
            notes = [_("The part after | is for a terminal: left out.")]
            break
        if piece in ENDS:
            raise LabError(_(ENDS[piece]))
        following = pieces[at + 1] if at + 1 < len(pieces) else ""
        kept.append(_read(piece, following))
    return shlex.split("".join(kept)), notes


def _bare(text: str) -> str:
    """Without comments in front, and without a prompt or a notebook's `!`."""
    lines = text.replace("\r\n", "\n").strip().split("\n")
    while lines and (not lines[0].strip() or lines[0].lstrip().startswith("#")):
        del lines[0]
    return re.sub(r"^\s*(\$\s+|!\s*)", "", "\n".join(lines))


def _read(piece: str, following: str) -> str:
    """A piece as shlex shall see it. Raises LabError where a shell would do more than split."""
    if piece.startswith("'") and len(piece) > 1:
        return piece
    if piece.startswith('"') and len(piece) > 1:
        if re.search(r"(?<!\\)(`|\$\()", piece):
            raise LabError(_(SUBSTITUTION))
        return re.sub(r"\\(.)", _escaped, piece, flags=re.DOTALL)
    if piece in ("\\", "\\\n"):
        return ""
    refuse_lookalikes(piece)
    if piece in ("'", '"'):
        # Translators: {quote} is ' or "
        raise LabError(
            _("A quote is opened and never closed. Look for a {quote} without its partner.", quote=piece)
        )
    if piece == "`" or (piece == "$" and following.startswith("(")):
        raise LabError(_(SUBSTITUTION))
    if piece == "$" and following.startswith(("'", '"')):
        raise LabError(_("$'…' is bash's own way to quote. Write '…' without the $."))
    return piece


def _escaped(found: re.Match[str]) -> str:
    r"""Inside double quotes: `\$` is $, and a line's end behind \ is nothing. shlex knows the rest."""
    return {"\n": "", "$": "$", "`": "`"}.get(found[1], found[0])

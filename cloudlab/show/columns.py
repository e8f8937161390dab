"""Text in columns: a Hangul syllable is as wide as two letters, so `len` doesn't tell how wide a word is."""

from wcwidth import wcswidth


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return max(wcswidth(text), 0)


def padded(text: str, width: int) -> str:
    """The text, and blanks up to that many columns."""
    return text + " " * (width - columns(text))

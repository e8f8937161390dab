"""Text in columns: a Hangul syllable is as wide as two letters, so `len` doesn't tell how wide a word is."""

from wcwidth import wcswidth


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    wide = len(text) if text.isascii() else wcswidth(text)
    return len(text) if wide < 0 else wide  # what a terminal would obey has no width


def padded(text: str, width: int) -> str:
    """The text, and blanks up to that many columns."""
    return text + " " * (width - columns(text))

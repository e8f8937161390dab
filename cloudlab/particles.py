"""Korean particles after a variable part: 서버가, 볼륨이. Which one fits goes by whether the last syllable has a coda.

Hangul shows it, digits are read out, and Latin names are guessed by how Korean engineers read them: 'web-1' is 일,
'volume' is 볼륨. No library that is kept up does this: tossi's last release is of 2018, and has no wheel, which a
browser needs.
"""

import re

# with a coda, without one
PARTICLES = {
    "은": ("은", "는"),
    "이": ("이", "가"),
    "을": ("을", "를"),
    "과": ("과", "와"),
    "으로": ("으로", "로"),
    "이라": ("이라", "라"),
    "이고": ("이고", "고"),
    "이며": ("이며", "며"),
    "이나": ("이나", "나"),
}
RIEUL = 8  # the coda ㄹ, after which it is 로
_DIGITS = {
    "0": 21,
    "1": RIEUL,
    "3": 16,
    "6": 1,
    "7": RIEUL,
    "8": RIEUL,
}  # 영 일 삼 육 칠 팔; the others have none
_LETTERS = {"l": RIEUL, "m": 16, "n": 4, "r": RIEUL}  # a letter by its name: 엘 엠 엔 아르/알
_READ = re.compile(
    r"(?P<liquid>l|le)$|(?P<nasal>m|n|ng|me|ne)$|(?<![aeiouy])[aeiou](?P<stop>ck|[bckpt])$", re.I
)


def with_particle(text: str, spec: str) -> str | None:
    """The text and its particle: ("볼륨", "은") → 볼륨은. A spec that begins with `-` gives the particle alone.

    None where the spec is no particle.
    """
    pair = PARTICLES.get(spec.removeprefix("-"))
    if pair is None:
        return None
    before = "" if spec.startswith("-") else text
    final = coda(text)
    if final is None:
        return f"{before}{pair[0]}({pair[1]})"
    closed = final not in (0, RIEUL) if spec.endswith("으로") else final != 0
    return before + pair[not closed]


def coda(text: str) -> int | None:
    """The last syllable's coda, by its number in Unicode's Hangul; 0 for none, None where nothing can be read."""
    letters = re.sub(r"[\W_]+$", "", text)
    if not letters:
        return None
    last = letters[-1]
    if "가" <= last <= "힣":
        return (ord(last) - ord("가")) % 28
    if last.isdigit():
        return _DIGITS.get(last, 0)
    return _latin(letters) if last.isascii() else None


def _latin(letters: str) -> int:
    word = re.search(r"[A-Za-z]+$", letters)
    assert word is not None
    if len(word[0]) == 1 or (word[0].isupper() and not re.search("[AEIOU]", word[0])):
        return _LETTERS.get(word[0][-1].lower(), 0)  # spelled: SSH, the end of an id
    read = _READ.search(word[0])
    if read is None:
        return 0
    return RIEUL if read["liquid"] else 16 if read["nasal"] else 1

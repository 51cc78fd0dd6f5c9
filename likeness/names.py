"""Names as they are compared: folded to plain lower-case letters, and cut into words."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"}
)
_DROPPED = str.maketrans("", "", "'’‘`ʼ.")


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """``text`` in lower case without marks, apostrophes or punctuation; words parted by single spaces."""
    # Taken apart first: what a letter is made of may be a capital, or a letter of the table.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    letters = (c for c in plain.translate(_LETTERS).translate(_DROPPED) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in letters).split())


def words(text: str | None) -> tuple[str, ...]:
    """The folded words of a name; none for no name."""
    return tuple(fold(text).split()) if text else ()

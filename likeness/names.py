"""Names as they are compared: folded to plain lower-case letters, and cut into words."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"}
)
# Beside apostrophes what is not seen: joiners, and what chooses between a sign's shapes.
_DROPPED = str.maketrans("", "", "'’‘`ʼ.\u200c\u200d\u034f" + "".join(map(chr, range(0xFE00, 0xFE10))))
_MARKS = frozenset({"Mc", "Mn"})
_ACCENTS = frozenset({1, *range(10, 37), *range(200, 256)})
"""Classes of marks that are left out as often as they are written: accents, and Hebrew and Arabic vowel points.

Other marks are letters in all but name: the vowels of Indic scripts and of Thai, what joins or hardens consonants.
"""


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """``text`` in lower case without accents, apostrophes or punctuation; words parted by single spaces."""
    # Taken apart first: what a letter is made of may be a capital, or a letter of the table.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = (c for c in plain.translate(_LETTERS).translate(_DROPPED) if unicodedata.combining(c) not in _ACCENTS)
    # Marks have an order, which what was dropped from between them may have kept them from.
    letters = unicodedata.normalize("NFKD", "".join(kept))
    cut = "".join(c if c.isalnum() or unicodedata.category(c) in _MARKS else " " for c in letters).split()
    return " ".join(word for word in cut if any(map(str.isalnum, word)))


def words(text: str | None) -> tuple[str, ...]:
    """The folded words of a name; none for no name."""
    return tuple(fold(text).split()) if text else ()

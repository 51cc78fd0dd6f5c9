"""How a name sounds, roughly, whatever language it is written down in.

English codes (Soundex, Metaphone) part Muhammad from Mehmet and Yusuf from Josef. This one keeps a name's
consonants, those that transliterations confuse made one, and what kind of vowel it begins with.
"""

from __future__ import annotations

import re
from functools import lru_cache

# In this order: a longer spelling before the shorter one within it.
_SPELLINGS = (
    ("sch", "s"), ("tsch", "s"), ("shch", "s"), ("tch", "k"), ("ch", "k"), ("kh", "k"), ("gh", "g"), ("ck", "k"),
    ("ph", "f"), ("sh", "s"), ("sz", "s"), ("cz", "k"), ("zh", "s"), ("th", "t"), ("dh", "t"), ("dj", "j"),
    ("dzs", "j"), ("rz", "s"), ("dg", "j"), ("wr", "r"), ("kn", "n"), ("qu", "k"), ("x", "ks"),
)  # fmt: skip
_SPELLING = re.compile("|".join(re.escape(old) for old, _ in sorted(_SPELLINGS, key=lambda each: -len(each[0]))))
_SOUND = dict(_SPELLINGS)
_SOFT = re.compile("([cg])(?=[eiy])")
_SOFTENED = {"c": "s", "g": "j"}
_LETTERS = str.maketrans("cqzdvw", "kkstff")
_VOWELS = frozenset("aeiouyhw")
_KINDS = str.maketrans("eiyou", "eeeoo")
_LONGEST = 60
_KEPT = 6
# What is misheard or mistyped for each other beyond what transliterations confuse.
_LIKE = str.maketrans("gbjneo", "kpkmaa")


@lru_cache(maxsize=1 << 17)
def sound(word: str) -> str:
    """The code of a folded word, at most six letters; empty for none.

    Only the first sixty letters are listened to.
    """
    if not word:
        return ""
    plain = word[:_LONGEST]
    if plain[0] in "yj" and len(plain) > 1:
        plain = "j" + plain[1:]
    plain = _SPELLING.sub(lambda found: _SOUND[found.group()], plain)
    plain = _SOFT.sub(lambda found: _SOFTENED[found.group()], plain)
    first = plain[0].translate(_KINDS) if plain[0] in "aeiouy" else plain[0].translate(_LETTERS)
    code = [first]
    for letter in plain[1:]:
        heard = "" if letter in _VOWELS else letter.translate(_LETTERS)
        if heard and heard != code[-1]:
            code.append(heard)
    return "".join(code[:_KEPT])


@lru_cache(maxsize=1 << 16)
def ends(word: str) -> frozenset[str]:
    """How a folded word begins and how it ends, roughly: of most misspellings one of the two is the same."""
    heard: list[str] = []
    for letter in sound(word).translate(_LIKE):
        if heard[-1:] != [letter]:
            heard.append(letter)
    code = "".join(heard)
    return frozenset({f"{code[:2]}-", f"-{code[-2:]}"})

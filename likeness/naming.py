"""Names compared: given and family names of any origin, in any order, short or long, well or badly spelt."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler

from likeness.names import words
from likeness.nicknames import are_related
from likeness.phonetics import sound

# Words that come before a family name in some records of one person and not in others.
_PARTICLES = frozenset(
    "van von der den de da do dos das del della di du la le el al as ibn bin binti bint ben ap ab y e".split()  # noqa: SIM905
)
_PREFIXES = frozenset({"mc", "mac", "o", "fitz", "st", "saint"})
_LONGEST = 40
_WORDS = 8


class Given(IntEnum):
    """How given names agree, the strongest last."""

    DIFFERENT = 0
    MISSING = 1
    INITIAL = 2
    SOUNDS = 3
    NEAR = 4
    SWAPPED = 5
    NICKNAME = 6
    PART = 7
    EXACT = 8


class Family(IntEnum):
    """How family names agree, the strongest last."""

    DIFFERENT = 0
    MISSING = 1
    SOUNDS = 2
    NEAR = 3
    SWAPPED = 4
    PART = 5
    EXACT = 6


Words = tuple[str, ...]


def given_words(text: str | None) -> Words:
    """A given name's folded words: eight at most, of forty letters at most."""
    return tuple(word[:_LONGEST] for word in words(text)[:_WORDS])


def family_words(text: str | None) -> Words:
    """A family name's folded words, without particles where others remain; Mc Donald is one, as MacDonald is."""
    found: list[str] = []
    for word in words(text)[: _WORDS * 2]:
        if found and found[-1] in _PREFIXES:
            found[-1] += word
        else:
            found.append(word)
    whole = [_scots(word)[:_LONGEST] for word in found if word not in _PARTICLES] or found
    return tuple(whole[:_WORDS])


def _scots(word: str) -> str:
    return "mc" + word[3:] if word.startswith("mac") and len(word) > 5 else word


@lru_cache(maxsize=1 << 18)
def compare_given(one: Words, other: Words) -> tuple[Given, str]:
    """The level, and the word agreed upon where the level rests on one (for how common it is)."""
    if not one or not other:
        return Given.MISSING, ""
    whole = "".join(one)
    if whole == "".join(other):
        return (Given.EXACT, min(one[0], other[0])) if len(whole) > 1 else (Given.INITIAL, "")
    shared = [word for word in one if word in other and len(word) > 1]
    if shared:
        return Given.PART, one[0] if one[0] == other[0] else min(shared)
    if any(_short_form(mine, theirs) for mine in one for theirs in other):
        return Given.NICKNAME, ""
    return _less_given(one, other), ""


def _less_given(one: Words, other: Words) -> Given:
    if is_near(one[0], other[0]) or is_near("".join(one), "".join(other)):
        return Given.NEAR
    if sounds_alike(one[0], other[0]):
        return Given.SOUNDS
    if len(one[0]) == 1 or len(other[0]) == 1:
        return Given.INITIAL if one[0][0] == other[0][0] else Given.DIFFERENT
    return Given.DIFFERENT


@lru_cache(maxsize=1 << 18)
def compare_family(one: Words, other: Words) -> tuple[Family, str]:
    """The level, and the words agreed upon (for how common they are)."""
    if not one or not other:
        return Family.MISSING, ""
    if one == other or "".join(one) == "".join(other):
        return Family.EXACT, min(" ".join(one), " ".join(other))
    shared = [word for word in one if word in other and len(word) > 1]
    if shared:
        return Family.PART, min(shared)
    if is_near("".join(one), "".join(other)) or any(is_near(mine, theirs) for mine in one for theirs in other):
        return Family.NEAR, ""
    if any(sounds_alike(mine, theirs) for mine in one for theirs in other):
        return Family.SOUNDS, ""
    return Family.DIFFERENT, ""


def are_swapped(given: Words, family: Words, other_given: Words, other_family: Words) -> bool:
    """Whether one's given name is the other's family name, both ways round, or as far as both have them."""
    if not other_given and not given:
        return False
    straight = compare_family(given, other_family)[0] >= Family.NEAR if given else True
    back = compare_family(family, other_given)[0] >= Family.NEAR if other_given else True
    return straight and back


@lru_cache(maxsize=1 << 18)
def is_near(one: str, other: str) -> bool:
    """One letter wrong, missing or too many or two neighbours transposed; two such slips in a long word."""
    shorter = min(len(one), len(other))
    if shorter < 3:
        return one == other
    allowed = 1 if shorter < 8 else 2
    return bool(OSA.distance(one, other, score_cutoff=allowed) <= allowed)


@lru_cache(maxsize=1 << 18)
def sounds_alike(one: str, other: str) -> bool:
    """The same sound, or nearly the same letters from the beginning on."""
    mine = sound(one)
    if mine == sound(other) and len(mine) > 1:
        return True
    return min(len(one), len(other)) > 2 and bool(JaroWinkler.similarity(one, other, score_cutoff=0.9) >= 0.9)


@lru_cache(maxsize=1 << 18)
def _short_form(one: str, other: str) -> bool:
    """A nickname, or a part that stands for the whole: Abdi for Abdirahman, Seun for Oluwaseun."""
    if are_related(one, other):
        return True
    short, long = sorted((one, other), key=len)
    return len(short) >= 3 and short != long and (long.startswith(short) or (len(short) >= 4 and short in long))

"""Names compared: given and family names of any origin, in any order, short or long, well or badly spelt."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler

from likeness.levels import Level
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


class Given(Level):
    """How given names agree, the strongest last."""

    DIFFERENT = 0
    MISSING = 1
    INITIAL = 2
    SOUNDS = 3
    NEAR = 4
    SWAPPED = 5
    MIDDLE = 6
    """The first name of one is a further name of the other."""
    NICKNAME = 7
    PART = 8
    """The first names are the same, the others are not."""
    EXACT = 9


class Family(Level):
    """How family names agree, the strongest last."""

    DIFFERENT = 0
    MISSING = 1
    SOUNDS = 2
    CROSSED = 3
    """It is the other's given name, while the other's family name is nowhere."""
    NEAR = 4
    SWAPPED = 5
    PART = 6
    EXACT = 7


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


@lru_cache(maxsize=1 << 16)
def compare_given(one: Words, other: Words) -> tuple[Given, str]:
    """The level, and the word agreed upon where the level rests on one (for how common it is)."""
    if not one or not other:
        return Given.MISSING, ""
    first, theirs = one[0], other[0]
    whole = "".join(one)
    if one == other or whole == "".join(other):
        return (Given.EXACT, first if first == theirs else whole) if len(whole) > 1 else (Given.INITIAL, "")
    if first == theirs:
        return (Given.PART, first) if len(first) > 1 else (Given.INITIAL, "")
    if is_near(first, theirs) and not are_related(first, theirs):
        return Given.NEAR, both(first, theirs)
    return _less_given(one, other)


def both(one: str, other: str) -> str:
    """The two spellings in one text, the same whichever comes first."""
    return f"{min(one, other)} {max(one, other)}"


def _less_given(one: Words, other: Words) -> tuple[Given, str]:
    first, theirs = one[0], other[0]
    level = Given.DIFFERENT
    if _is_short_form(first, theirs):
        level = Given.NICKNAME
    elif theirs in one or first in other:
        return Given.MIDDLE, min(word for word in (first, theirs) if word in one and word in other)
    elif len(one) + len(other) > 2 and is_near("".join(one), "".join(other)):
        level = Given.NEAR
    elif sounds_alike(first, theirs):
        level = Given.SOUNDS
    elif first[0] == theirs[0] and (len(first) == 1 or len(theirs) == 1):
        level = Given.INITIAL
    return level, ""


@lru_cache(maxsize=1 << 16)
def compare_family(one: Words, other: Words) -> tuple[Family, str]:
    """The level, and the words agreed upon (for how common they are)."""
    if not one or not other:
        return Family.MISSING, ""
    if one == other:
        # One letter is an abbreviation, and little is said by having it in common.
        return (Family.EXACT, " ".join(one)) if len(one[0]) > 1 or len(one) > 1 else (Family.SOUNDS, "")
    if len(one) == 1 == len(other):
        found = _compare_words(one[0], other[0])
        return found, both(one[0], other[0]) if found == Family.NEAR else ""
    if "".join(one) == "".join(other):
        return Family.EXACT, "".join(one)
    shared = [word for word in one if word in other and len(word) > 1]
    if shared:
        return Family.PART, min(shared)
    whole = _compare_words("".join(one), "".join(other))
    return max(whole, *(_compare_words(mine, theirs) for mine in one for theirs in other)), ""


def _compare_words(one: str, other: str) -> Family:
    if is_near(one, other):
        return Family.NEAR
    return Family.SOUNDS if sounds_alike(one, other) else Family.DIFFERENT


def crossings(given: Words, family: Words, other_given: Words, other_family: Words) -> int:
    """In how many of two directions the one's given name is the other's family name."""
    return _is_name(given, other_family) + _is_name(other_given, family)


def _is_name(given: Words, family: Words) -> bool:
    if not given or not family:
        return False
    return (given[0] in family and len(given[0]) > 1) or is_near("".join(given), "".join(family))


def is_near(one: str, other: str) -> bool:
    """One letter wrong, missing or too many or two neighbours transposed; two such slips in a long word."""
    shorter, longer = (len(one), len(other)) if len(one) < len(other) else (len(other), len(one))
    allowed = 1 if shorter < 8 else 2
    if longer - shorter > allowed:
        return False
    if shorter < 3:
        return one == other
    return OSA.distance(one, other, score_cutoff=allowed) <= allowed


def is_slip(one: str, other: str) -> bool:
    """Two neighbours transposed or a letter doubled: which hardly ever makes a name of its own, as others do."""
    if len(one) == len(other):
        places = [at for at, (mine, theirs) in enumerate(zip(one, other, strict=True)) if mine != theirs]
        return len(places) == 2 and places[1] == places[0] + 1 and sorted(one) == sorted(other)
    short, long = (one, other) if len(one) < len(other) else (other, one)
    return any(short == long[:at] + long[at + 1 :] and long[at] == long[at - 1] for at in range(1, len(long)))


def part_further(one: Words, other: Words) -> bool:
    """Whether each has a further name that is no spelling, nickname or initial of any of the other's."""
    mine, theirs = one[1:], other[1:]
    return _has_its_own(mine, theirs) and _has_its_own(theirs, mine)


def _has_its_own(words: Words, others: Words) -> bool:
    return any(all(compare_given((word,), (each,))[0] == Given.DIFFERENT for each in others) for word in words)


def sounds_alike(one: str, other: str) -> bool:
    """The same sound, or nearly the same letters from the beginning on; a short sound proves little by itself."""
    mine = sound(one)
    if len(mine) > 1 and mine == sound(other):
        return len(mine) > 2 or JaroWinkler.similarity(one, other) >= 0.7
    return one[0] == other[0] and len(one) > 2 < len(other) and JaroWinkler.similarity(one, other) >= 0.9


def _is_short_form(one: str, other: str) -> bool:
    """A nickname, or a part that stands for the whole: Abdi for Abdirahman, Seun for Oluwaseun."""
    if are_related(one, other):
        return True
    short, long = (one, other) if len(one) < len(other) else (other, one)
    return (
        len(short) >= 3
        and len(short) < len(long)
        and (long.startswith(short) or (len(short) > 3 and short in long))
    )

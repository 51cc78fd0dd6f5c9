"""How likely two records are of one child, in bits, and why; what no machine may join over. Pure.

Fellegi and Sunter's model, with two things more. A name that is rare says more than a common one. And two records
that are not of one child are of strangers, of siblings or of twins: a shared surname, home and carer tell a child
from strangers, but not from its brother, and so they say much together only where something else tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2

from likeness.comparison import Carers, Comparison, Gender, Numbers, compare, conflicting
from likeness.dates import Born
from likeness.homes import Place
from likeness.naming import Family, Given, Words, compare_given, is_slip, part_further
from likeness.person import Person
from services.registry.policy import RARITIES, Policy, Together, levels_of, load, slug, worths_of

__all__ = [
    "PERHAPS_COUSINS",
    "Policy",
    "Step",
    "contradiction",
    "explain",
    "explain_may_be",
    "load",
    "may_be",
    "score",
]

PERHAPS_COUSINS = "perhaps-cousins"
"""Why no machine joins two who are called alike and were born on one day, and of whom all else differs."""

_BY_NAME = (Carers.NAMED, Carers.SAME, Carers.NAMED_KIN, Carers.SAME_KIN)
_ALIKE = (Given.SOUNDS, Given.NEAR, Given.NICKNAME)
_OTHER_GENDER = (Gender.DIFFERENT, Gender.DIFFERENT_NAMESAKES)


@dataclass(frozen=True, slots=True)
class Step:
    """One field's part in a score: how it agrees, what that is worth, and what a rare or common name adds."""

    field: str
    level: str
    bits: float
    adjustment: float


def score(one: Person, other: Person, policy: Policy, compared: Comparison | None = None) -> float:
    """Bits: log2 of the odds that the two are one child; ``compared`` is how they compare, where that is known."""
    compared = compared or compare(one, other)
    together, rarities = policy.together[compared.levels], _rarities(compared, policy)
    return together.bits + sum(rarities) - _household(compared, together, rarities)


def explain(one: Person, other: Person, policy: Policy) -> tuple[Step, ...]:
    """The steps from nothing known to ``score``, whose sum they are."""
    compared = compare(one, other)
    levels, rarities = compared.levels, _rarities(compared, policy)
    rare = dict(zip(RARITIES, rarities, strict=True))
    fields = (
        Step(name, slug(name, level), worth.bits, rare.get(name, 0.0))
        for (name, level), worth in zip(levels_of(compared), worths_of(levels, policy), strict=True)
    )
    shared = _household(compared, policy.together[levels], rarities)
    return Step("prior", "any-two", policy.prior, 0.0), *fields, Step("household", "shared", -shared, 0.0)


def may_be(one: Person, other: Person, policy: Policy, compared: Comparison | None = None) -> float:
    """Bits that the two may be one child whose life has changed: what agrees counts.

    What can change in a life, surname, home, carers and what identifiers are known, counts nothing against it. A
    clearly different birth date does, and a clearly different given name unless a home or a carer is the same;
    with an identifier in common neither does. Where both differ it is a brother or a sister, whatever else agrees.
    That a name is common takes nothing away: a child's cover must not be thinner for being called Olivia.
    """
    return policy.prior + sum(_counting(compared or compare(one, other), policy))


def contradiction(one: Person, other: Person, policy: Policy, compared: Comparison | None = None) -> str | None:
    """Why a machine must not join the two, however much agrees, as a slug."""
    system = conflicting(one, other)
    if system is not None:
        return f"different-{system}s"
    compared = compared or compare(one, other)
    if compared.numbers == Numbers.STRONG and _differently_called(one, other, compared):
        return "identifier-shared-by-others"
    if _twins(compared):
        return "twins"
    if _cousins(compared):
        return PERHAPS_COUSINS if compared.born == Born.EXACT else "cousins"
    return "perhaps-twins" if _perhaps_twins(one, other, compared, policy) else None


def _differently_called(one: Person, other: Person, compared: Comparison) -> bool:
    """Given names that are clearly different, former ones too, whichever way round they are written.

    Of twins one may have been given both's number.
    """
    return compared.given == Given.DIFFERENT and not any(
        _alike(mine.given, theirs.given)
        or (_alike(mine.given, theirs.family) and _alike(mine.family, theirs.given))
        for mine in one.names
        for theirs in other.names
        if mine.given and theirs.given
    )


def _alike(one: Words, other: Words) -> bool:
    return compare_given(one, other)[0] != Given.DIFFERENT


def _twins(compared: Comparison) -> bool:
    """The same surname, birth date and home, and given names that are clearly different."""
    return (
        compared.given == Given.DIFFERENT
        and compared.family >= Family.NEAR
        and compared.born >= Born.SWAPPED
        and compared.home >= Place.MISTYPED
    )


def _cousins(compared: Comparison) -> bool:
    """The same name, but neither a home nor a carer nor an identifier in common, where they are known.

    Born on one day too they are namesakes by chance, or one child who has moved to others.
    """
    return (
        compared.given >= Given.NEAR
        and compared.family >= Family.NEAR
        and compared.home in (Place.DIFFERENT, Place.SECTOR)
        and compared.carers in (Carers.DIFFERENT, Carers.DIFFERENT_KIN)
        and compared.numbers <= Numbers.MISSING
    )


def _perhaps_twins(one: Person, other: Person, compared: Comparison, policy: Policy) -> bool:
    """Given names that are alike and may be two children's, where no identifier says that they are one child's.

    Surname, birth date, home and carers are no help: they are what twins share, or do not where it is not known.
    """
    if compared.numbers == Numbers.STRONG:
        return False
    if _further_names_part(one, other):
        return True
    if compared.numbers == Numbers.LOCAL:
        return False
    if compared.given in _ALIKE and compared.gender in _OTHER_GENDER:
        return True
    if compared.given == Given.NEAR and compared.given_word:
        mine, theirs = compared.given_word.split()
        return _two_names(mine, theirs, policy)
    return compared.given == Given.INITIAL


def _two_names(one: str, other: str, policy: Policy) -> bool:
    """Whether neither is misspelt for the other: a misspelling is no name, and what it is meant for is."""
    known = policy.is_name(one) + policy.is_name(other)
    return known == 2 or (known == 0 and not is_slip(one, other))


def _further_names_part(one: Person, other: Person) -> bool:
    """Muhammad Ali and Muhammad Hassan: wherever both have further names, these are two children's."""
    namesakes = [
        part_further(mine.given, theirs.given)
        for mine in one.names
        for theirs in other.names
        if len(mine.given) > 1 < len(theirs.given) and mine.given[0] == theirs.given[0]
    ]
    return bool(namesakes) and all(namesakes)


def _rarities(compared: Comparison, policy: Policy) -> tuple[float, float, float]:
    """What names and postcode add by being rare or common."""
    given, family, _, _, home, _, _, given_word, family_word, postcode = compared
    rare_given, rare_family, rare_home = policy.rarity
    return rare_given(given, given_word), rare_family(family, family_word), rare_home(home, postcode)


def _household(compared: Comparison, together: Together, rarities: tuple[float, float, float]) -> float:
    """The bits that are owed to the two being of one household: siblings and twins share what strangers do not.

    That a given name is rare makes siblings no likelier to share it. But names a letter apart, Kemi and Femi, are
    twins' as often where they are rare: that tells them from strangers alone.
    """
    given, family, home = rarities
    shared = family + home
    if given > 0.0 and compared.given == Given.NEAR and not is_slip(*compared.given_word.split()):
        shared += given
    return log2(1.0 + together.kin * 2.0**shared)


def _counting(compared: Comparison, policy: Policy) -> tuple[float, float, float, float, float, float, float]:
    """What each field counts for that the two may be one child: see ``may_be``."""
    given, family, born, gender, home, carers, numbers = (
        worth.bits for worth in worths_of(compared.levels, policy)
    )
    if compared.given == Given.PART:
        given = max(given, policy.worth[0][Given.EXACT].bits)
    if compared.numbers >= Numbers.LOCAL:
        given, born, gender = max(given, 0.0), max(born, 0.0), max(gender, 0.0)
    elif compared.given == Given.DIFFERENT and compared.born == Born.DIFFERENT:
        return given, 0.0, born, 0.0, 0.0, 0.0, 0.0
    elif compared.home >= Place.STREET or compared.carers in _BY_NAME:
        given = max(given, 0.0)
    return given, max(family, 0.0), born, gender, max(home, 0.0), max(carers, 0.0), max(numbers, 0.0)


def explain_may_be(one: Person, other: Person, policy: Policy) -> tuple[Step, ...]:
    """The steps from nothing known to ``may_be``, whose sum they are; an adjustment is what does not count."""
    compared = compare(one, other)
    counted = _counting(compared, policy)
    fields = (
        Step(name, slug(name, level), worth.bits, counts - worth.bits)
        for (name, level), worth, counts in zip(
            levels_of(compared), worths_of(compared.levels, policy), counted, strict=True
        )
    )
    return Step("prior", "any-two", policy.prior, 0.0), *fields

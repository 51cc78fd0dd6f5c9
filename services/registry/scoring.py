"""How likely two records are of one child, in bits, and why; what no machine may join over. Pure.

Fellegi and Sunter's model, with two things more. A name that is rare says more than a common one. And two records
that are not of one child are of strangers, of siblings or of twins: a shared surname, home and carer tell a child
from strangers, but not from its brother, and so they say much together only where something else tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log2

from likeness.comparison import Carers, Comparison, Numbers, compare, conflicting
from likeness.dates import Born
from likeness.homes import Place
from likeness.naming import Family, Given
from likeness.person import Person
from services.registry.policy import FIELDS, Policy, Worth, load

__all__ = ["Policy", "Step", "contradiction", "explain", "load", "may_be", "score"]

_NAMED = (Given.EXACT, Given.PART), (Family.EXACT, Family.PART)


@dataclass(frozen=True, slots=True)
class Step:
    """One field's part in a score: how it agrees, what that is worth, and what a rare or common name adds."""

    field: str
    level: str
    bits: float
    adjustment: float


def score(one: Person, other: Person, policy: Policy) -> float:
    """Bits: log2 of the odds that the two are one child."""
    compared = compare(one, other)
    worths = _worths(compared, policy)
    given, family = _rarities(compared, policy)
    bits = policy.prior + sum(each.bits for each in worths) + given + family
    return bits - _household(worths, family, policy)


def explain(one: Person, other: Person, policy: Policy) -> tuple[Step, ...]:
    """The steps from nothing known to ``score``, whose sum they are."""
    compared = compare(one, other)
    worths = _worths(compared, policy)
    given, family = _rarities(compared, policy)
    rarity = {"given": given, "family": family}
    fields = (
        Step(name, _slug(name, level), worth.bits, rarity.get(name, 0.0))
        for (name, level), worth in zip(_levels(compared), worths, strict=True)
    )
    shared = _household(worths, family, policy)
    return Step("prior", "any-two", policy.prior, 0.0), *fields, Step("household", "shared", -shared, 0.0)


def may_be(one: Person, other: Person, policy: Policy) -> float:
    """Bits that the two may be one child whose life has changed: what agrees counts.

    What can change in a life, surname, home, carers and what identifiers are known, counts nothing against it. A
    clearly different given name or birth date does, unless an identifier agrees.
    """
    compared = compare(one, other)
    given, family, born, gender, home, carers, numbers = (each.bits for each in _worths(compared, policy))
    named = given + _rarities(compared, policy)[0]
    certain = compared.numbers >= Numbers.LOCAL
    against = [max(each, 0.0) if certain else each for each in (named, born, gender)]
    for_it = [max(each, 0.0) for each in (family + _rarities(compared, policy)[1], home, carers, numbers)]
    return policy.prior + sum(against) + sum(for_it)


def contradiction(one: Person, other: Person) -> str | None:
    """Why a machine must not join the two, however much agrees, as a slug."""
    system = conflicting(one, other)
    if system is not None:
        return f"different-{system}s"
    compared = compare(one, other)
    if _disagree(compared) and compared.numbers >= Numbers.STRONG:
        return "identifier-shared-by-others"
    if _twins(compared):
        return "twins"
    return "cousins" if _cousins(compared) else None


def _disagree(compared: Comparison) -> bool:
    named, born = compared.named, compared.born
    return named.given == Given.DIFFERENT and named.family == Family.DIFFERENT and born == Born.DIFFERENT


def _twins(compared: Comparison) -> bool:
    """The same surname, birth date and home, and given names that are clearly different."""
    named = compared.named
    return (
        named.given == Given.DIFFERENT
        and named.family >= Family.NEAR
        and compared.born >= Born.SWAPPED
        and compared.home >= Place.MISTYPED
    )


def _cousins(compared: Comparison) -> bool:
    """The same name, but neither a home nor a carer nor an identifier in common, where they are known."""
    named = compared.named
    return (
        named.given >= Given.NEAR
        and named.family >= Family.NEAR
        and compared.home in (Place.DIFFERENT, Place.SECTOR)
        and compared.carers in (Carers.DIFFERENT, Carers.FAMILY)
        and compared.numbers <= Numbers.MISSING
    )


def _levels(compared: Comparison) -> Iterator[tuple[str, int]]:
    named, born, gender, home, carers, numbers = compared
    return zip(FIELDS, (named.given, named.family, born, gender, home, carers, numbers), strict=True)


def _worths(compared: Comparison, policy: Policy) -> list[Worth]:
    worth = policy.worth
    return [worth[name][level] for name, level in _levels(compared)]


def _rarities(compared: Comparison, policy: Policy) -> tuple[float, float]:
    """What the names agreed upon say beyond a name of usual rarity, in bits."""
    given, family, given_word, family_word = compared.named
    return (
        log2(policy.levels["given"][given].strangers / policy.given_names.get(given_word, policy.usual_given))
        if given_word and given in _NAMED[0]
        else 0.0,
        log2(policy.levels["family"][family].strangers / policy.family_names.get(family_word, policy.usual_family))
        if family_word and family in _NAMED[1]
        else 0.0,
    )


def _household(worths: list[Worth], rarity: float, policy: Policy) -> float:
    """The bits that are owed to the two being of one household: siblings and twins share what strangers do not.

    ``rarity`` is the family name's: that of a given name makes siblings no likelier to share it.
    """
    siblings = policy.siblings + rarity + sum(each.siblings for each in worths)
    twins = policy.twins + rarity + sum(each.twins for each in worths)
    return log2(1.0 + 2.0 ** min(siblings, 900.0) + 2.0 ** min(twins, 900.0))


def _slug(field: str, level: int) -> str:
    return FIELDS[field](level).name.lower().replace("_", "-")

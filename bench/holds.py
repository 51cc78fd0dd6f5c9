"""Shielded children whose records come again in other forms, and new children who only look a little like them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bench.figures import Figure
from generator.dice import Dice
from generator.names import an_origin
from generator.places import AUTHORITIES, new_address
from generator.rates import Rates
from likeness import dates
from likeness.codes import compact
from likeness.homes import home_of
from likeness.naming import family_words, given_words
from likeness.nicknames import related
from likeness.person import Person, PersonName
from services.registry.candidates import wide_keys
from services.registry.policy import Policy, load
from services.registry.scoring import contradiction, may_be, score
from weights.pairs import Known, made_up

_SHIELDED, _UNRELATED = 1000, 20_000
_FALSE = 0.001

Change = Callable[[Person, Dice], Person]


@dataclass(frozen=True, repr=False)
class Cast:
    """Shielded children, other forms of each, with its place among them, and children of other families."""

    shielded: Sequence[Person]
    forms: Sequence[tuple[int, Person]]
    unrelated: Sequence[Person]

    def figures(self, missed: int, held: int) -> list[Figure]:
        """How many forms were neither joined nor held, and what share of unrelated children was held."""
        false = held / len(self.unrelated)
        return [
            Figure("other forms of shielded children", len(self.forms), ""),
            Figure("of them neither joined nor held", missed, "", 0, "asked for", broken=bool(missed)),
            Figure("unrelated new children", len(self.unrelated), ""),
            Figure("of them held, share", false, "", _FALSE, "asked for", broken=false > _FALSE),
        ]


def cast(shielded: int = _SHIELDED, unrelated: int = _UNRELATED) -> Cast:
    """So many made-up children who are shielded, and so many others."""
    dice = Dice.seeded("holds", Rates())
    first = {each.child: each for each in reversed(list(made_up(unrelated + 12 * shielded, [21])))}
    some = dice.sample(list(first.values()), shielded)
    return Cast(
        [each.person for each in some],
        [(at, form) for at, each in enumerate(some) for form in _forms(each.person, dice)],
        [each.person for each in _unrelated(first.values(), some)][:unrelated],
    )


def figures() -> list[Figure]:
    """By keys and scores alone: forms of shielded children and unrelated ones, each beside the shielded ones."""
    them, policy = cast(), load()
    among = _Shielded(them.shielded, policy)
    missed = sum(at not in among.recognised(form) for at, form in them.forms)
    return them.figures(missed, sum(bool(among.recognised(each)) for each in them.unrelated))


class _Shielded:
    """The shielded children, found by their wide keys."""

    def __init__(self, people: Sequence[Person], policy: Policy) -> None:
        self._people, self._policy = people, policy
        self._index: dict[str, set[int]] = {}
        for at, person in enumerate(people):
            for key in wide_keys(person):
                self._index.setdefault(key, set()).add(at)

    def recognised(self, person: Person) -> set[int]:
        """Those whom ``person`` would be joined to, or held for."""
        found = {at for key in wide_keys(person) for at in self._index.get(key, ())}
        return {at for at in found if self._is_recognised(self._people[at], person)}

    def _is_recognised(self, one: Person, other: Person) -> bool:
        if may_be(one, other, self._policy) >= self._policy.hold:
            return True
        if score(one, other, self._policy) < self._policy.join:
            return False
        return contradiction(one, other, self._policy) is None


def _unrelated(children: Iterable[Known], shielded: Sequence[Known]) -> list[Known]:
    households = {each.household for each in shielded}
    return [each for each in children if each.household not in households]


def _forms(person: Person, dice: Dice) -> Iterator[Person]:
    """Ten other forms, as far as the child has a name to change, and something to keep where both names do."""
    for changes in _TEN if person.names[0].given else ():
        form = person
        for change in changes:
            form = change(form, dice)
        kept = (form.homes == person.homes and form.homes) or form.identifiers or form.carers
        if _new_given not in changes or kept:
            yield form


def _new_family(person: Person, dice: Dice) -> Person:
    name = person.names[0]
    family = family_words(an_origin(dice).family_name(dice))
    return replace(person, names=(PersonName(name.given, family, True),))


def _new_given(person: Person, dice: Dice) -> Person:
    name = person.names[0]
    sex = person.gender if person.gender in ("female", "male") else "female"
    return replace(
        person, names=(PersonName(given_words(an_origin(dice).given_name(sex, dice)), name.family, True),)
    )


def _first_name_only(person: Person, dice: Dice) -> Person:
    name = person.names[0]
    return replace(person, names=(PersonName(name.given[:1], name.family, True),))


def _nickname(person: Person, dice: Dice) -> Person:
    name = person.names[0]
    known = sorted(related(name.given[0]))
    given = (dice.choice(known),) if known else name.given[:1]
    return replace(person, names=(PersonName(given, name.family, True),))


def _names_swapped(person: Person, dice: Dice) -> Person:
    name = person.names[0]
    return replace(person, names=(PersonName(name.family, name.given, True),))


def _new_home(person: Person, dice: Dice) -> Person:
    where = new_address(dice.choice(AUTHORITIES), dice)
    return replace(person, homes=(home_of(compact(where.postcode), " ".join(where.lines)),))


def _date_mistaken(person: Person, dice: Dice) -> Person:
    """Day and month swapped; where that is no other date, a wrong digit in the day."""
    born = person.born
    day = born.day // 10 * 10 + (born.day % 10 + 1) % 9
    return replace(person, born=dates.swapped(born) or date(born.year, born.month, min(day or 1, 28)))


def _without_identifiers(person: Person, dice: Dice) -> Person:
    return replace(person, strong=frozenset(), identifiers=frozenset())


def _without_carers(person: Person, dice: Dice) -> Person:
    return replace(person, carers=())


_TEN: tuple[tuple[Change, ...], ...] = (
    (_new_family, _first_name_only),
    (_new_family, _first_name_only, _without_identifiers),
    (_new_family, _first_name_only, _new_home, _without_identifiers, _without_carers),
    (_new_family, _new_given, _without_identifiers, _without_carers),
    (_new_family, _new_given, _new_home, _without_carers),
    (_new_family, _new_given, _new_home, _without_identifiers),
    (_first_name_only, _new_home, _without_identifiers, _without_carers),
    (_first_name_only, _date_mistaken, _new_home, _without_identifiers, _without_carers),
    (_nickname, _new_home, _without_identifiers, _without_carers),
    (_names_swapped, _new_home, _without_identifiers, _without_carers),
)
"""A new surname after adoption; new names with the same home, identifier or carers; a new home; a mistaken date; a
nickname; names swapped; each mostly without the identifiers."""

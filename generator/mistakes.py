"""The mistakes that sources make when they write down names and dates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from generator.dice import Dice
from generator.names import without_diacritics, without_punctuation
from generator.people import Child, Name
from generator.rates import Rates


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake; ``salt`` fixes where in the text it happens, so that every version repeats it."""

    kind: str
    salt: int


def draw(child: Child, seen_on: date, identifiers: tuple[str, ...], dice: Dice) -> tuple[Mistake, ...]:
    """The mistakes in a record of ``child`` opened on ``seen_on``: only those that change something."""
    made: tuple[Mistake, ...] = ()
    for kind, share in _chances(dice.rates):
        if dice.happens(share):
            mistake = Mistake(kind, dice.getrandbits(30))
            if _matters(mistake, made, child, seen_on, identifiers):
                made = (*made, mistake)
    return made


def _chances(rates: Rates) -> tuple[tuple[str, float], ...]:
    """In the order in which mistakes are made one upon the other."""
    return (
        ("nickname", rates.nickname_as_name),
        ("transposed-letters", rates.transposed_letters),
        ("omitted-letter", rates.omitted_letter),
        ("doubled-letter", rates.doubled_letter),
        ("without-diacritics", rates.without_diacritics),
        ("without-punctuation", rates.without_punctuation),
        ("swapped-names", rates.swapped_names),
        ("single-name-doubled", rates.single_name_doubled),
        ("capitals", rates.capitals),
        ("transposed-date", rates.transposed_date),
        ("wrong-digit-in-date", rates.wrong_digit_in_date),
        ("missing-identifier", rates.missing_identifier),
    )


def _matters(
    mistake: Mistake, earlier: tuple[Mistake, ...], child: Child, seen_on: date, identifiers: tuple[str, ...]
) -> bool:
    """Whether ``mistake`` changes what the record says, at all times, and leaves it possible."""
    if mistake.kind == "missing-identifier":
        return bool(identifiers)
    if mistake.kind in ("transposed-date", "wrong-digit-in-date"):
        written = mistaken_date(child.born, (*earlier, mistake))
        return written != child.born and written <= seen_on
    names = child.at_birth.names + child.eventually().names
    return all(mistaken_name(name, child.nickname, (mistake,)) != name for name in names)


def mistaken_date(born: date, mistakes: tuple[Mistake, ...]) -> date:
    for mistake in mistakes:
        if mistake.kind == "transposed-date" and born.day <= 12:
            born = born.replace(month=born.day, day=born.month)
        elif mistake.kind == "wrong-digit-in-date":
            # The day's last digit, and from 1 to 8 only: that gives a date in every month.
            tens = min(born.day // 10 * 10, 20)
            born = born.replace(day=tens + mistake.salt % 8 + 1)
    return born


def mistaken_name(name: Name, nickname: str | None, mistakes: tuple[Mistake, ...]) -> Name:
    for mistake in mistakes:
        if mistake.kind in _THROUGHOUT:
            name = _each(name, _THROUGHOUT[mistake.kind])
        elif mistake.kind in _SLIPS:
            name = _mistyped(name, mistake)
        else:
            name = _misunderstood(name, nickname, mistake)
    return name


_THROUGHOUT: dict[str, Callable[[str], str]] = {
    "without-diacritics": without_diacritics,
    "without-punctuation": without_punctuation,
    "capitals": str.upper,
}


def _each(name: Name, change: Callable[[str], str]) -> Name:
    given = change(name.given) if name.given else None
    return Name(given, change(name.middle), change(name.family))


_SLIPS: dict[str, Callable[[str, int], str]] = {
    "transposed-letters": lambda text, at: text[:at] + text[at + 1] + text[at] + text[at + 2 :],
    "omitted-letter": lambda text, at: text[:at] + text[at + 1 :],
    "doubled-letter": lambda text, at: text[: at + 1] + text[at:],
}


def _mistyped(name: Name, mistake: Mistake) -> Name:
    slip = _SLIPS[mistake.kind]
    if name.given and mistake.salt % 2:
        return replace(name, given=_slipped(name.given, slip, mistake.salt // 2))
    return replace(name, family=_slipped(name.family, slip, mistake.salt // 2))


def _slipped(text: str, slip: Callable[[str, int], str], salt: int) -> str:
    """``text`` with one slip after its first letter; as it is where there is no room for one."""
    letters = enumerate(pairwise(text))
    places = [at for at, (one, two) in letters if at and one != two and one.isalpha() and two.isalpha()]
    return slip(text, places[salt % len(places)]) if places else text


def _misunderstood(name: Name, nickname: str | None, mistake: Mistake) -> Name:
    match mistake.kind:
        case "nickname" if nickname and name.given:
            return replace(name, given=nickname)
        case "swapped-names" if name.given:
            return replace(name, given=name.family, family=name.given)
        case "single-name-doubled" if not name.given:
            return replace(name, given=name.family)
    return name

"""Names of many origins, drawn so that common ones are common."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import accumulate

from generator.dice import Dice


@dataclass(frozen=True)
class Origin:
    """Names that are found together; each list runs from the common to the rare."""

    weight: int
    single_names: bool
    female: tuple[str, ...]
    male: tuple[str, ...]
    family: tuple[str, ...]

    def given_name(self, gender: str, dice: Dice) -> str:
        return skewed(self.female if gender == "female" else self.male, dice)

    def family_name(self, dice: Dice) -> str:
        return skewed(self.family, dice)


def skewed(items: Sequence[str], dice: Dice) -> str:
    """One of ``items``, the earlier the likelier: surnames in a town are far from evenly spread."""
    return items[int(len(items) * dice.random() ** 1.6)]


def or_rare(name: str, dice: Dice) -> str:
    """``name``, or in its place a rare one: of three syllables, the earlier letters the likelier.

    Whoever asks for no rare ones has the same children as ever: then nothing is drawn.
    """
    if not dice.rates.rare_name or not dice.happens(dice.rates.rare_name):
        return name
    letters = (_CONSONANTS, _VOWELS) * 3
    return "".join(each[int(len(each) * dice.random() ** 1.3)] for each in letters).capitalize()


def _load() -> tuple[tuple[Origin, ...], dict[str, list[str]]]:
    data = json.loads(resources.files("generator").joinpath("names.json").read_text(encoding="utf-8"))
    origins = tuple(
        Origin(
            each["weight"],
            each["single_names"],
            *(tuple(each[part]) for part in ("female", "male", "family")),
        )
        for each in data["origins"].values()
    )
    return origins, data["nicknames"]


ORIGINS, NICKNAMES = _load()
_CONSONANTS, _VOWELS = "lrsmntbdhkwgfpvcj", "aeiou"
_CUMULATIVE = tuple(accumulate(origin.weight for origin in ORIGINS))
# Letters that Unicode does not take apart into a plain letter and a mark.
_UNDIVIDED = str.maketrans({"ł": "l", "Ł": "L", "\u0131": "i", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D"})


def an_origin(dice: Dice) -> Origin:
    return dice.choices(ORIGINS, cum_weights=_CUMULATIVE)[0]


def nickname_of(given: str, dice: Dice) -> str | None:
    known = NICKNAMES.get(given)
    return dice.choice(known) if known else None


def without_diacritics(text: str) -> str:
    """``text`` as a system that knows only ASCII letters keeps it."""
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFD", text.translate(_UNDIVIDED))
    return "".join(part for part in parts if not unicodedata.combining(part))


def without_punctuation(text: str) -> str:
    """``text`` as a system that allows no apostrophes, hyphens or full stops keeps it."""
    return text.replace("'", "").replace("-", " ").replace(".", "")


def email_of(full_name: str) -> str:
    """An address at a domain that is kept for examples."""
    plain = without_punctuation(without_diacritics(full_name)).lower()
    return f"{plain.replace(' ', '.')}@example.org"

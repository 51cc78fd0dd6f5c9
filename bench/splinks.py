"""Splink on the same records: how well it tells pairs apart at its best threshold, and how fast on one thread.

Its model is the one of its own guide to Febrl's files, trained on the data at hand: random pairs, then expectation
maximisation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

import duckdb
import pyarrow as pa
import splink.comparison_library as cl
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI

from bench.febrl import File, best_f1
from likeness.person import Person

_FIELDS = ("given_name", "surname", "date_of_birth", "postcode", "street_number", "address_1")
_BLOCKS = (
    ("given_name", "surname"),
    ("surname", "date_of_birth"),
    ("given_name", "date_of_birth"),
    ("postcode", "date_of_birth"),
    ("postcode", "given_name"),
    ("postcode", "surname"),
    ("postcode", "street_number"),
    ("street_number", "address_1"),
    ("date_of_birth", "street_number"),
    ("given_name", "address_1"),
    ("surname", "address_1"),
)


def f1(file: File) -> float:
    """Splink's F1 at its best threshold, without the identifier."""
    rows = [{field: row[field] or None for field in _FIELDS} for row in file.rows]
    pairs, _ = _predicted(rows)
    scored = [
        (bits, file.is_true((one, other)))
        for one, other, bits in zip(*(pairs[name].to_pylist() for name in _COLUMNS), strict=True)
    ]
    return best_f1(scored, file.true)


def rate(people: Sequence[Person]) -> tuple[int, float]:
    """How many pairs of the same people Splink predicts on one thread, and in how many seconds."""
    pairs, seconds = _predicted([_row(person) for person in people])
    return len(pairs), seconds


_COLUMNS = ("unique_id_l", "unique_id_r", "match_weight")


def _predicted(rows: Sequence[Mapping[str, str | None]]) -> tuple[Any, float]:
    """Every candidate pair with its weight; training is not timed."""
    api = DuckDBAPI(connection=duckdb.connect(config={"threads": 1}))
    records = [{"unique_id": number, **row} for number, row in enumerate(rows)]
    linker = Linker(api.register(pa.Table.from_pylist(records)), _settings(), log_level="ERROR")
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [block_on("given_name", "surname", "postcode")], recall=0.5
    )
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for block in (("date_of_birth",), ("given_name", "surname"), ("postcode",)):
        training.estimate_parameters_using_expectation_maximisation(block_on(*block))
    began = monotonic()
    found = linker.inference.predict()
    seconds = monotonic() - began
    table: Any = found
    return table.as_pyarrow_table().select(list(_COLUMNS)), seconds


def _settings() -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("postcode", [1]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("address_1", [0.9, 0.8]).configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[block_on(*block) for block in _BLOCKS],
    )


def _row(person: Person) -> dict[str, str | None]:
    name = person.names[0]
    home = person.homes[0] if person.homes else None
    return {
        "given_name": " ".join(name.given[:1]) or None,
        "surname": " ".join(name.family) or None,
        "date_of_birth": f"{person.born:%Y%m%d}",
        "postcode": home.postcode if home else None,
        "street_number": " ".join(home.house) if home else None,
        "address_1": " ".join(home.street) if home else None,
    }

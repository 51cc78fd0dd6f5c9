"""How often two records are at each level, estimated by Splink from labelled pairs.

The levels are those that the matcher itself finds: Splink is given each pair as compared, not the records, so that
what is estimated and what runs are one notion of likeness. Its m-probabilities are estimated from labels once for
each kind of pair; those of strangers are the u-probabilities of Fellegi and Sunter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import pyarrow as pa
from splink import Linker
from splink.backends.duckdb import DuckDBAPI

from likeness.comparison import Comparison, compare
from services.registry.policy import FIELDS, levels_of, slug
from weights.pairs import Pair

_APART = {"gender": "namesakes", "carers": "kin"}
"""Fields whose levels are of two sorts; each is a share among the pairs that can be at its levels."""
_ABSENT = ("missing", None)
Shares = dict[tuple[str, str], tuple[float, int]]
"""By field and level: the share, and how many pairs it is a share of."""


def shares(pairs: Sequence[Pair]) -> Shares:
    """The share of the pairs at each level, of those that say something about its field."""
    rows = list(chain.from_iterable(_rows(number, compare(*pair)) for number, pair in enumerate(pairs)))
    linker = Linker(_table(rows), _settings(), log_level="ERROR")
    linker.training.estimate_m_from_label_column("pair")
    of = {name: sum(row[_column(name)] not in _ABSENT for row in rows) // 2 for name in _sorts()}
    return dict(_read(linker.misc.save_model_to_json()["comparisons"], of))


def _rows(number: int, compared: Comparison) -> Iterator[dict[str, Any]]:
    """A pair as two records that are alike in how they compare, and are each other's only fellow."""
    levels: dict[str, str | None] = dict.fromkeys(_sorts())
    # Splink leaves out what is null.
    for name, level in levels_of(compared):
        said = slug(name, level)
        levels[_sort(name, said)] = said
    for side in (0, 1):
        yield {"unique_id": 2 * number + side, "pair": number} | {_column(name): at for name, at in levels.items()}


def _table(rows: list[dict[str, Any]]) -> Any:
    return DuckDBAPI().register(pa.Table.from_pylist(rows))


def _settings() -> dict[str, Any]:
    return {
        "link_type": "dedupe_only",
        "comparisons": [_comparison(name, levels) for name, levels in _sorts().items()],
        "blocking_rules_to_generate_predictions": ["l.pair = r.pair"],
    }


def _comparison(name: str, levels: Sequence[str]) -> dict[str, Any]:
    left = f'"{_column(name)}_l"'
    known = [each for each in levels if each not in _ABSENT]
    absent = {
        "sql_condition": f"{left} IS NULL OR {left} = 'missing'",
        "label_for_charts": "missing",
        "is_null_level": True,
    }
    return {
        "output_column_name": _column(name),
        "comparison_levels": [
            absent,
            *({"sql_condition": f"{left} = '{each}'", "label_for_charts": each} for each in reversed(known[1:])),
            {"sql_condition": "ELSE", "label_for_charts": known[0]},
        ],
    }


def _sorts() -> dict[str, list[str]]:
    """The levels that are compared with each other, by what Splink is told is a column."""
    found: dict[str, list[str]] = {}
    for name, levels in FIELDS.items():
        for level in (slug(name, each) for each in levels):
            found.setdefault(_sort(name, level), []).append(level)
    return found


def _sort(name: str, level: str) -> str:
    apart = _APART.get(name)
    return f"{name}-{apart}" if apart and level.endswith(apart) else name


def _column(name: str) -> str:
    return name.replace("-", "_")


def _read(
    comparisons: Sequence[Mapping[str, Any]], of: Mapping[str, int]
) -> Iterator[tuple[tuple[str, str], tuple[float, int]]]:
    names = {_column(name): name for name in of}
    for each in comparisons:
        name = names[each["output_column_name"]]
        for level in each["comparison_levels"]:
            if level.get("is_null_level"):
                continue
            share = level.get("m_probability")
            field = name.partition("-")[0]
            # Splink says in words that a level was not observed.
            found = float(share) if isinstance(share, float) else 0.0
            yield (field, level["label_for_charts"]), (found, max(of[name], 1))

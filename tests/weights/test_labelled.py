"""Weights come out of an authority's own decided pairs, as far as such pairs can show them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, get_args

import pytest

from likeness.comparison import compare
from likeness.homes import Place
from likeness.person import PersonName
from services.registry.pairs import Decided, Label, line_of
from services.registry.policy import FIELDS, from_document
from services.registry.scoring import score
from weights.__main__ import main
from weights.files import ENOUGH
from weights.labelled import labelled
from weights.pairs import Pairs, made_up, pairs_of

BASE = Path("services/registry/policy.json")


def lines(pairs: Pairs) -> Iterator[bytes]:
    """Pairs as a registry exports them."""
    for label in get_args(Label):
        yield from (line_of(Decided(label, *pair)) for pair in getattr(pairs, label))


def written(file: Path, some: Iterable[bytes]) -> Path:
    file.write_bytes(b"".join(some))
    return file


def estimated(file: Path, out: Path) -> dict[str, Any]:
    """What the command makes of a file of pairs."""
    typed = ["estimate", "--pairs", str(file), "--strangers", "5000", "--version", "test-2", "--out", str(out)]
    assert main(typed) == 0
    document: dict[str, Any] = json.loads(out.read_text())
    return document


@pytest.fixture(scope="module")
def pairs() -> Pairs:
    """Pairs of made-up children, decided by their truth."""
    return pairs_of(list(made_up(500, [1])), strangers=300)


@pytest.fixture(scope="module")
def document(pairs: Pairs, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("labelled")
    return estimated(written(folder / "pairs.jsonl", lines(pairs)), folder / "policy.json")


def test_decided_pairs_give_a_policy_that_tells_other_children_apart(document: dict[str, Any]) -> None:
    policy = from_document(document)
    assert policy.version == "test-2"
    others = pairs_of(list(made_up(200, [3])), strangers=500)
    joined = sum(score(*pair, policy) >= policy.join for pair in others.same)
    assert joined > 0.8 * len(others.same)
    apart = chain(others.strangers, others.siblings, others.twins)
    assert not any(score(*pair, policy) >= policy.join for pair in apart)


def test_what_enough_pairs_show_is_estimated_and_the_rest_stays_as_it_was(
    document: dict[str, Any], pairs: Pairs
) -> None:
    base = json.loads(BASE.read_text())
    assert len(pairs.twins) < ENOUGH < len(pairs.same)
    family, was = document["fields"]["family"]["exact"], base["fields"]["family"]["exact"]
    assert family["kept"] == ["twins"]
    assert family["twins"] == was["twins"]
    assert 0.9 < family["same"] < 1
    assert family["same"] != was["same"]
    assert document["pairs"]["strangers"] == 5000
    assert base["version"] in document["source"]


def test_what_decided_pairs_cannot_show_stays_as_it_was(document: dict[str, Any]) -> None:
    base = json.loads(BASE.read_text())
    assert document["bits"] == base["bits"]
    assert document["shares"] == base["shares"]
    for level, chances in document["fields"]["numbers"].items():
        assert {kind: chances[kind] for kind in base["fields"]["numbers"][level] if kind != "assumed"} == {
            kind: chance for kind, chance in base["fields"]["numbers"][level].items() if kind != "assumed"
        }


def test_a_handful_of_pairs_changes_nothing(pairs: Pairs, tmp_path: Path) -> None:
    few = Pairs(pairs.same[:20], [], pairs.siblings[:20], pairs.twins[:5])
    policy = from_document(estimated(written(tmp_path / "few.jsonl", lines(few)), tmp_path / "policy.json"))
    base = from_document(json.loads(BASE.read_text()))
    assert all(policy.levels[name] == base.levels[name] for name in FIELDS)


def test_nobody_is_drawn_as_a_stranger_who_is_one_child_or_of_one_household(pairs: Pairs) -> None:
    found = labelled(lines(pairs), 20_000)
    assert len(found.pairs.strangers) == 20_000
    assert not any(compare(*pair).home == Place.SAME for pair in found.pairs.strangers)
    same = {frozenset(map(id, pair)) for pair in found.pairs.same}
    assert same.isdisjoint(frozenset(map(id, pair)) for pair in found.pairs.strangers)


def test_nobody_is_drawn_as_a_stranger_who_lives_in_the_same_house_though_nobody_has_said_what_they_are(
    pairs: Pairs,
) -> None:
    found = labelled(lines(Pairs(pairs.same, [], [], [])), 20_000)
    assert not any(compare(*pair).home == Place.SAME for pair in found.pairs.strangers)


def test_no_more_strangers_are_drawn_than_there_are(pairs: Pairs) -> None:
    one, other = pairs.strangers[0]
    assert len(labelled([line_of(Decided("strangers", one, other))], 500).pairs.strangers) <= 1
    assert labelled([line_of(Decided("twins", one, other))], 500).pairs.strangers == []


def test_a_source_record_is_the_same_one_with_its_numbers_and_without(pairs: Pairs) -> None:
    one, other = next(pair for pair in pairs.same if pair[0].identifiers and pair[0] != pair[1])
    bare = replace(one, strong=frozenset(), identifiers=frozenset())
    found = labelled([line_of(Decided("same", one, other)), line_of(Decided("same", bare, other))], 10)
    assert len(found.records) == len({each.person for each in (*found.records,)}) == 2
    assert len({each.child for each in found.records}) == 1


@pytest.mark.parametrize("wrong", ["not JSON", "no name"])
def test_a_line_that_is_no_pair_is_named_by_its_number_and_not_quoted(
    wrong: str, pairs: Pairs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = pairs.same[0]
    nameless = line_of(Decided("same", replace(one, names=(), gender="Zzyzx"), other))
    second = b"Zzyzx\n" if wrong == "not JSON" else nameless
    file = written(tmp_path / "pairs.jsonl", [line_of(Decided("same", one, other)), second])
    with pytest.raises(SystemExit, match="line 2") as raised:
        main(["estimate", "--pairs", str(file), "--version", "test-2", "--out", str(tmp_path / "policy.json")])
    assert "Zzyzx" not in f"{raised.value} {capsys.readouterr()}"
    assert not (tmp_path / "policy.json").exists()


def test_names_are_counted_once_there_are_enough_children(pairs: Pairs, tmp_path: Path) -> None:
    one, other = pairs.same[0]

    def child(number: int) -> Decided:
        family = "quixote" if number % 2 else f"family{number}"
        named = [replace(each, names=(PersonName(("a", str(number)), (family,), True),)) for each in (one, other)]
        return Decided("same", *(replace(each, homes=()) for each in named))

    file = written(tmp_path / "pairs.jsonl", [line_of(child(number)) for number in range(ENOUGH)])
    common = estimated(file, tmp_path / "policy.json")["shares"]["family"]["common"]
    assert common["quixote"] == pytest.approx(0.5)

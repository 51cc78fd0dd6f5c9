"""The weights come out of data: a small estimation from end to end, and the difference that people review."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.registry.policy import from_document, load
from services.registry.scoring import score
from weights.__main__ import main
from weights.differences import differences
from weights.pairs import made_up, pairs_of


@pytest.fixture(scope="module")
def estimated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("weights") / "policy.json"
    size = ["--children", "300", "--seeds", "1", "2", "--strangers", "5000"]
    assert main(["estimate", *size, "--version", "test-1", "--out", str(out)]) == 0
    return out


def test_a_small_estimation_gives_a_policy_that_tells_children_apart(estimated: Path) -> None:
    policy = from_document(json.loads(estimated.read_text()))
    pairs = pairs_of(list(made_up(200, [3])), strangers=500)
    assert policy.version == "test-1"
    joined = sum(score(*pair, policy) >= policy.join for pair in pairs.same)
    assert joined > 0.85 * len(pairs.same)
    assert not any(
        score(*pair, policy) >= policy.join for pair in (*pairs.strangers, *pairs.siblings, *pairs.twins)
    )


def test_the_file_says_what_it_was_made_of_and_what_was_assumed(estimated: Path) -> None:
    document = json.loads(estimated.read_text())
    assert "--seeds 1 2" in document["source"]
    assert document["pairs"]["strangers"] == 5000
    assert "assumed" in document["fields"]["home"]["mistyped"]


def test_a_level_is_one_line(estimated: Path) -> None:
    assert any(line.strip().startswith('"exact": {"same": ') for line in estimated.read_text().splitlines())


def test_the_difference_names_what_moved_and_by_how_much(estimated: Path) -> None:
    old = json.loads(estimated.read_text())
    new = json.loads(estimated.read_text())
    assert list(differences(old, new)) == []
    new["version"] = "test-2"
    new["thresholds"]["join"] += 1
    new["fields"]["given"]["near"]["strangers"] /= 2
    for kind in ("given", "family", "home"):
        new["shares"][kind]["others"] /= 2
    lines = list(differences(old, new))
    assert sum(line.endswith("(rarer by +1.00 bits)") for line in lines) == 3
    assert lines[0] == "version: test-1 -> test-2"
    assert any(line.startswith("thresholds, join: 8.0 -> 9.0 (+1.00)") for line in lines)
    assert any(line.startswith("given, near: worth") and line.endswith("(+1.00)") for line in lines)


def test_the_policy_in_force_was_estimated() -> None:
    text = Path("services/registry/policy.json").read_text(encoding="utf-8")
    assert json.loads(text)["source"].startswith("python -m weights estimate")
    assert load().version == json.loads(text)["version"]

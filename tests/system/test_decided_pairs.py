"""A registry's decided pairs are written for its owner alone, audited, and estimated from."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from deploy.stack import ROOT
from services.registry.exporting import owners_alone
from services.registry.pairs import decided_of
from tests.children import nhs, nhs_number, somebody, somewhere, supplied
from tests.system.test_workbench import between, decide, settled_as
from tests.world import World, await_
from weights.labelled import labelled

SOURCES = ("northshire-gp", "northshire-schools")


def export(world: World, *typed: str) -> subprocess.CompletedProcess[str]:
    """The command, as its operator types it."""
    command = [sys.executable, "-m", "services.registry", "decided-pairs", *typed, "--by", "an-operator"]
    environment = world.stack.environment("registry")
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def reported(world: World, ref: str, numbers: tuple[str, str]) -> str:
    """Both sources report a child, or two of one house; returns the first one's child number."""
    home = [somewhere(ref)]
    world.publish(
        [
            supplied(source, ref, identifiers=[nhs(number)], addresses=home)
            for source, number in zip(SOURCES, numbers, strict=True)
        ]
    )
    world.settled()
    return str(world.find(identifier=nhs(numbers[0]))["child_number"])


def test_what_numbers_and_data_managers_have_decided_is_written_and_of_the_shielded_nothing(
    world: World, tmp_path: Path
) -> None:
    joined, twins, hidden = (nhs_number() for _ in range(3))
    reported(world, "joined", (joined, joined))
    number = reported(world, "twins", (twins, nhs_number()))
    settled_as(world, SOURCES[1], "twins", "probable")
    assert decide(world, between(world, "review", number), "different").status_code == 201
    world.shield(reported(world, "hidden", (hidden, hidden)))
    world.settled()

    file = tmp_path / "pairs.jsonl"
    done = export(world, "--out", str(file))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"pairs": {"same": 1, "twins": 1}}
    assert file.stat().st_mode & 0o777 == 0o600
    found = Counter(decided_of(line).label for line in file.read_bytes().splitlines())
    assert found == {"same": 1, "twins": 1}
    text = file.read_text().lower()
    for ref, there in (("joined", True), ("twins", True), ("hidden", False)):
        family = somebody(ref)["family"].lower()
        assert (family in text) is there, ref
        assert family not in (done.stdout + done.stderr + world.logs()).lower()
    assert not any(each in text for each in (joined, twins, hidden))
    learnt = labelled(file.read_bytes().splitlines(), 10).pairs
    assert (len(learnt.same), len(learnt.twins)) == (1, 1)

    entries = world.database("audit")["entries"]
    for outcome in ("begun", "done"):
        entry = await_(lambda o=outcome: entries.find_one({"action": "pairs-export", "outcome": o}))
        assert (entry["actor"], entry["role"]) == ("an-operator", "operator")

    again = export(world, "--out", str(file))
    assert again.returncode == 1
    assert again.stderr.strip().endswith("There is such a file already.")
    assert json.loads(export(world, "--out", str(tmp_path / "few.jsonl"), "--joined", "0").stdout) == {
        "pairs": {"twins": 1}
    }


def test_nobody_but_its_owner_reads_the_file_and_none_is_written_over(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    owners_alone(file).close()
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        owners_alone(file)

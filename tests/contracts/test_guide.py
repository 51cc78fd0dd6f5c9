"""The guide for source systems tells the contract as it is."""

from __future__ import annotations

import ast
import json
import re

import pytest

from contracts.codec import read
from contracts.documents import ROOT, schema
from contracts.sources import SOURCE_CHANGES, ChildSupplied
from tests.docs.documents import blocks, files

GUIDE = (ROOT / "docs" / "source-systems.md").read_text()
PARTS = schema(SOURCE_CHANGES)["$defs"]


@pytest.mark.parametrize("name", ["first.jsonl", "second.jsonl", "withdrawn.jsonl"])
def test_the_changes_of_the_guide_are_accepted_under_growing_versions(name: str) -> None:
    written = files(GUIDE)
    change = json.loads(written[name])
    assert written[name].count("\n") == 1
    assert read(SOURCE_CHANGES, written[name].encode()).key == "northshire-schools/P-1001"
    assert change["source_version"] == list(written).index(name) + 1


def test_the_sensitive_involvement_of_the_guide_is_one() -> None:
    [part] = [json.loads(block.body) for block in blocks(GUIDE) if block.language == "json"]
    change = json.loads(files(GUIDE)["first.jsonl"]) | {"involvements": [part]}
    message = read(SOURCE_CHANGES, json.dumps(change).encode())
    assert isinstance(message, ChildSupplied)
    assert message.involvements[0].sensitive is not None


def test_the_python_of_the_guide_is_python() -> None:
    [program] = [block.body for block in blocks(GUIDE) if block.language == "python"]
    assert ast.parse(program).body


def test_the_guide_names_every_field_and_every_value() -> None:
    told = set(re.findall(r"`([\w-]+)`", GUIDE))
    fields = {name for part in PARTS.values() for name in part.get("properties", ())}
    enums = [part.get("enum", []) for part in PARTS.values()]
    enums += [field.get("enum", []) for part in PARTS.values() for field in part.get("properties", {}).values()]
    values = {value for enum in enums for value in enum}
    assert fields | values <= told, sorted((fields | values) - told)


def test_the_guide_names_every_limit_of_a_list() -> None:
    limits = {
        str(field["maxItems"]) for part in PARTS.values() for field in part.get("properties", {}).values()
        if "maxItems" in field
    }  # fmt: skip
    assert limits
    assert all(re.search(rf"(at most|1 to) {limit}\b", GUIDE) for limit in limits)
    assert f"{SOURCE_CHANGES.largest:,} bytes" in GUIDE

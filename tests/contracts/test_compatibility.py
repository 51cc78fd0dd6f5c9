"""The gate lets additions through and refuses everything else, naming the field."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest

from contracts import SERVICES
from contracts.compatibility import refusals
from contracts.documents import schema
from contracts.records import RECORDS
from contracts.sources import SOURCE_CHANGES

Schema = dict[str, Any]
Change = Callable[[Schema], object]


def test_who_relies_on_what_follows_from_who_writes() -> None:
    assert SOURCE_CHANGES.writers.isdisjoint(SERVICES)
    assert not RECORDS.writers.isdisjoint(SERVICES)


def changed(released: Schema, change: Change, *, relied_on: bool) -> list[str]:
    proposed = copy.deepcopy(released)
    change(proposed)
    assert proposed != released
    return refusals(released, proposed, relied_on=relied_on)


def to_sources(change: Change) -> list[str]:
    """What stands against a change of what only source systems write."""
    return changed(schema(SOURCE_CHANGES), change, relied_on=False)


def to_records(change: Change) -> list[str]:
    """What stands against a change of what Signpost writes."""
    return changed(schema(RECORDS), change, relied_on=True)


def part(name: str) -> Callable[[Schema], Schema]:
    return lambda it: it["$defs"][name]


def fields(name: str) -> Callable[[Schema], Schema]:
    return lambda it: it["$defs"][name]["properties"]


def retype(it: Schema, old: str, new: str) -> None:
    mapping = it["discriminator"]["mapping"]
    mapping[new] = mapping.pop(old)


def new_message(it: Schema) -> None:
    it["$defs"]["RecordSealed"] = {"type": "object", "properties": {"type": {"const": "record-sealed"}}}
    it["discriminator"]["mapping"]["record-sealed"] = "#/$defs/RecordSealed"
    it["oneOf"].append({"$ref": "#/$defs/RecordSealed"})


def new_required(part: Schema, name: str) -> None:
    part["properties"][name] = {"type": "integer"}
    part["required"].append(name)


def rename_part(it: Schema) -> None:
    it["$defs"]["Supply"] = it["$defs"].pop("ChildSupplied")
    it["discriminator"]["mapping"]["child-supplied"] = "#/$defs/Supply"


ADDITIONS: dict[str, tuple[Callable[[Change], list[str]], Change]] = {
    "a new optional field": (to_records, lambda it: fields("Name")(it).update(title={"type": "string"})),
    "a new message type": (to_records, new_message),
    "a wider upper limit": (to_records, lambda it: fields("Contact")(it)["value"].update(maxLength=2000)),
    "no upper limit": (to_records, lambda it: fields("Contact")(it)["value"].pop("maxLength")),
    "a lower lower limit": (to_records, lambda it: fields("RecordRemoved")(it)["revision"].update(minimum=0)),
    "other prose": (to_records, lambda it: part("RecordRemoved")(it).update(description="Gone.")),
    "a default that never applies": (
        to_records,
        lambda it: fields("RecordPublished")(it)["shielded"].update(default=False),
    ),
    "another name for a part": (to_sources, rename_part),
    "a value that sources may send": (to_sources, lambda it: part("InvolvementKind")(it)["enum"].append("police")),
    "a field that sources may leave out": (to_sources, lambda it: part("Carer")(it)["required"].remove("name")),
    "a pattern dropped for sources": (to_sources, lambda it: fields("Identifier")(it)["system"].pop("pattern")),
    "a vocabulary opened to sources": (to_sources, lambda it: fields("Contact")(it)["kind"].pop("enum")),
    "a kind of value that sources may send": (
        to_sources,
        lambda it: fields("Name")(it).update(family={"anyOf": [fields("Name")(it)["family"], {"type": "null"}]}),
    ),
}

REFUSED: dict[str, tuple[Callable[[Change], list[str]], Change, str]] = {
    "a removed field": (to_sources, lambda it: fields("Child")(it).pop("carers"), "child-supplied.child.carers"),
    "a renamed field": (
        to_sources,
        lambda it: fields("Address")(it).update(post_code=fields("Address")(it).pop("postcode")),
        "child-supplied.child.addresses[].postcode: the field was removed or renamed",
    ),
    "a new required field": (
        to_sources,
        lambda it: new_required(part("Carer")(it), "age"),
        "child-supplied.child.carers[].age: a new field must be optional",
    ),
    "an optional field made required": (
        to_sources,
        lambda it: part("Involvement")(it)["required"].append("role"),
        "child-supplied.involvements[].role: the field was optional",
    ),
    "a field no longer always there": (
        to_records,
        lambda it: part("RecordPublished")(it)["required"].remove("shielded"),
        "record-published.shielded: the field was always there",
    ),
    "another type": (
        to_sources,
        lambda it: fields("Identifier")(it)["value"].update(type="integer"),
        "child-supplied.child.identifiers[].value: it was a value of type string and is now",
    ),
    "null no longer accepted": (
        to_sources,
        lambda it: fields("Involvement")(it)["until"].update(anyOf=[{"type": "string", "format": "date"}]),
        "child-supplied.involvements[].until: a value of type null is no longer accepted",
    ),
    "null for readers who never met it": (
        to_records,
        lambda it: fields("Name")(it).update(family={"anyOf": [fields("Name")(it)["family"], {"type": "null"}]}),
        "record-published.identity.names[].family: it may now be another kind of value",
    ),
    "a part of an optional part": (
        to_sources,
        lambda it: part("Sensitivity")(it)["properties"].pop("basis"),
        "child-supplied.involvements[].sensitive.basis: the field was removed",
    ),
    "a value no longer accepted": (
        to_sources,
        lambda it: part("Gender")(it)["enum"].remove("unspecified"),
        "child-supplied.child.gender: the value 'unspecified' is no longer accepted",
    ),
    "a value that readers do not know": (
        to_records,
        lambda it: fields("RecordRemoved")(it)["reason"]["enum"].append("lost"),
        "record-removed.reason: the value 'lost' is new",
    ),
    "another constant": (
        to_records,
        lambda it: fields("SensitiveInvolvement")(it)["notice"].update(const="a service is involved"),
        "record-published.involvements[].notice: the value",
    ),
    "a vocabulary closed": (
        to_sources,
        lambda it: fields("Identifier")(it)["system"].update(enum=["nhs-number"]),
        "child-supplied.child.identifiers[].system: it was open",
    ),
    "a vocabulary opened to readers": (
        to_records,
        lambda it: fields("RecordRemoved")(it)["reason"].pop("enum"),
        "record-removed.reason: it was limited",
    ),
    "a narrower upper limit": (
        to_sources,
        lambda it: fields("ChildSupplied")(it)["involvements"].update(maxItems=100),
        "child-supplied.involvements: maxItems was narrowed to 100",
    ),
    "a new upper limit": (
        to_sources,
        lambda it: fields("Carer")(it)["contacts"].update(maxItems=5),
        "child-supplied.child.carers[].contacts: maxItems was narrowed to 5",
    ),
    "a new lower limit": (
        to_sources,
        lambda it: fields("ChildSupplied")(it)["involvements"].update(minItems=1),
        "child-supplied.involvements: minItems was narrowed to 1",
    ),
    "a narrower lower limit": (
        to_sources,
        lambda it: fields("ChildWithdrawn")(it)["source_version"].update(minimum=2),
        "child-withdrawn.source_version: minimum was narrowed to 2",
    ),
    "another pattern": (
        to_sources,
        lambda it: fields("ChildSupplied")(it)["source"].update(pattern="^[a-z]+$"),
        "child-supplied.source: its pattern changed",
    ),
    "a pattern that readers counted on": (
        to_records,
        lambda it: fields("Identifier")(it)["system"].pop("pattern"),
        "record-published.identity.identifiers[].system: its pattern changed",
    ),
    "another format": (
        to_sources,
        lambda it: fields("Child")(it)["date_of_birth"].update(format="date-time"),
        "child-supplied.child.date_of_birth: its format changed",
    ),
    "another default": (
        to_sources,
        lambda it: fields("Child")(it)["gender"].update(default="unspecified"),
        "child-supplied.child.gender: its absence means something else",
    ),
    "extra fields refused": (
        to_sources,
        lambda it: part("Child")(it).update(additionalProperties=False),
        "child-supplied.child: additionalProperties changed",
    ),
    "a keyword that is not known here": (
        to_sources,
        lambda it: fields("Child")(it)["names"].update(uniqueItems=True),
        "child-supplied.child.names: uniqueItems changed",
    ),
    "a removed message type": (
        to_sources,
        lambda it: it["discriminator"]["mapping"].pop("child-withdrawn"),
        "child-withdrawn: the message type was removed",
    ),
    "another type value": (
        to_sources,
        lambda it: retype(it, "child-withdrawn", "child-gone"),
        "child-withdrawn: the message type was removed",
    ),
    "another discriminator": (
        to_sources,
        lambda it: it["discriminator"].update(propertyName="kind"),
        "messages were told apart by type, now by kind",
    ),
    "another key": (to_sources, lambda it: it.update({"x-key": "source"}), "(stream): x-key changed"),
}  # fmt: skip


@pytest.mark.parametrize(("to", "change"), ADDITIONS.values(), ids=ADDITIONS)
def test_an_addition_stays_in_its_topic(to: Callable[[Change], list[str]], change: Change) -> None:
    assert to(change) == []


@pytest.mark.parametrize(("to", "change", "sentence"), REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused_naming_the_field(
    to: Callable[[Change], list[str]], change: Change, sentence: str
) -> None:
    found = to(change)
    assert found
    assert any(line.startswith(sentence) or f"(stream): {sentence}" in line for line in found), found
    assert all(re.fullmatch(r"\S.*: .*\.", line) for line in found)


def test_a_schema_is_compatible_with_itself() -> None:
    for stream in (SOURCE_CHANGES, RECORDS):
        assert refusals(schema(stream), schema(stream), relied_on=True) == []

"""Chooses the girl of the demo's story from the made-up changes: one whom several services work with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

_STRONG = frozenset({"nhs-number", "upn"})


@dataclass(frozen=True)
class Girl:
    """What her school knows of her, and how many kinds of services work with her now."""

    person: int
    given: str
    family: str
    born: str
    postcode: str
    authority: str
    school: str
    teacher: str
    kinds: int


def candidates(changes: Path, truth: Path) -> list[Girl]:
    """The girls whom the story suits, those with most services first; always in the same order."""
    newest = _newest(changes)
    known: dict[tuple[str, str], set[int]] = defaultdict(set)
    girls: list[Girl] = []
    for child in map(orjson.loads, truth.read_bytes().splitlines()):
        supplied = [newest[key] for key in child["source_records"] if newest[key]["type"] == "child-supplied"]
        for each in supplied:
            for name in each["child"]["names"]:
                known[name["family"].casefold(), each["child"]["date_of_birth"]].add(child["person"])
        girls += _girl(child["person"], supplied)
    alone = [girl for girl in girls if len(known[girl.family.casefold(), girl.born]) == 1]
    return sorted(alone, key=lambda girl: (-girl.kinds, girl.person))


def _newest(changes: Path) -> dict[str, dict[str, Any]]:
    newest: dict[str, dict[str, Any]] = {}
    for change in map(orjson.loads, changes.read_bytes().splitlines()):
        key = f"{change['source']}/{change['source_ref']}"
        if key not in newest or change["source_version"] > newest[key]["source_version"]:
            newest[key] = change
    return newest


def _girl(person: int, supplied: Sequence[dict[str, Any]]) -> Iterator[Girl]:
    """The girl of these source records, if they agree on her and a school and two others work with her."""
    children = [each["child"] for each in supplied]
    work = [one for each in supplied for one in each["involvements"] if not one["until"] and not one["sensitive"]]
    school = next((one for one in work if one["kind"] == "education" and one["practitioner"]), None)
    kinds = len({one["kind"] for one in work})
    if school is None or kinds < 3 or not _agree(children) or not _joined(children):
        return
    home = next((each for each in children[0]["addresses"] if not each.get("until")), None)
    name = children[0]["names"][0]
    if home is None or not home.get("postcode") or not name.get("given"):
        return
    yield Girl(
        person=person,
        given=name["given"],
        family=name["family"],
        born=children[0]["date_of_birth"],
        postcode=home["postcode"],
        authority=children[0]["responsible_authority"],
        school=school["organisation"],
        teacher=school["practitioner"],
        kinds=kinds,
    )


def _agree(children: Sequence[dict[str, Any]]) -> bool:
    said = {(each["names"][0]["family"].casefold(), each["date_of_birth"]) for each in children}
    return len(said) == 1 and {each["gender"] for each in children} == {"female"}


def _joined(children: Sequence[dict[str, Any]]) -> bool:
    """Whether shared numbers link them all, directly or through one another."""
    numbers = [{one["value"] for one in each["identifiers"] if one["system"] in _STRONG} for each in children]
    reached = numbers.pop()
    while near := [each for each in numbers if each & reached]:
        reached = reached.union(*near)
        numbers = [each for each in numbers if each not in near]
    return not numbers

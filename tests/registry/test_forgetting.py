"""What is left of a shielded child is found under her own keys and by hashed values, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import orjson

from contracts import STREAMS
from contracts.access import ACCESS
from contracts.base import Stream
from contracts.dead_letters import dead_letters_of
from contracts.records import RECORDS
from contracts.shields import Left
from contracts.sources import SOURCE_CHANGES
from runtime import clock
from runtime.mongo import Database
from runtime.settings import Horizons
from services.registry.forgetting import Looking, Memo, Sought, concluded, hashed, telling
from services.registry.memos import Memos
from services.registry.verifying import Verifying
from tests.children import address, nhs, nhs_number, somebody, supplied
from tests.registry.memory import MemoryRecords
from tests.registry.settled import Area, change
from tests.registry.test_announcing import ReadLate

SALT = b"salt"
NOW = clock.now()
HOUR = timedelta(hours=1)
NUMBER, OTHER = "4010232137", "4802173652"
HASH = partial(hashed, salt=SALT)
SOUGHT = Sought(
    NUMBER, frozenset({NUMBER}), frozenset({"northshire-gp/1"}), frozenset({HASH("NW7 4QT"), HASH("4 Mill Lane")})
)


def seen(*messages: tuple[Stream, str, Any]) -> dict[str, int]:
    """Where something is left after these messages, an hour apart, and for how many hours after the first."""
    looking = Looking([SOUGHT], HASH)
    for hours, (stream, key, body) in enumerate(messages):
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        looking.take(stream, key.encode(), raw, NOW + hours * HOUR)
    left = looking.left(NUMBER, STREAMS, lambda _: HOUR)
    return {each.place: (each.until - NOW) // HOUR for each in left}


def record(shielded: bool, number: str = NUMBER, **more: Any) -> tuple[Stream, str, Any]:
    """A record as the registry publishes it."""
    body = {"type": "record-published", "child_number": number, "revision": 1, "shielded": shielded, **more}
    return RECORDS, number, body


def test_an_open_record_is_left_until_some_time_after_its_first_successor() -> None:
    assert seen(record(False), record(True), record(True), record(True)) == {RECORDS.name: 2}
    assert seen(record(False), record(False), record(True)) == {RECORDS.name: 3}
    assert seen(record(False)) == {RECORDS.name: 1}


def test_what_is_redacted_or_removed_is_not_left() -> None:
    removed = (RECORDS, NUMBER, {"type": "record-removed", "child_number": NUMBER, "revision": 2})
    assert seen(record(True), removed) == {}


def test_a_brothers_record_at_the_same_address_is_not_hers() -> None:
    assert seen(record(False, OTHER, identity={"addresses": [{"postcode": "NW7 4QT"}]})) == {}
    theirs = supplied("northshire-gp", "2", addresses=[address("4 Mill Lane", "NW7 4QT")])
    assert seen((SOURCE_CHANGES, "northshire-gp/2", theirs)) == {}


def test_whatever_a_source_supplies_of_her_is_left_and_a_withdrawal_is_not() -> None:
    assert seen((SOURCE_CHANGES, "northshire-gp/1", supplied("northshire-gp", "1"))) == {SOURCE_CHANGES.name: 1}
    assert seen((SOURCE_CHANGES, "northshire-gp/1", {"type": "child-withdrawn"})) == {}


def test_a_change_under_a_wrong_key_and_one_that_cannot_be_read_are_searched_for_her_values() -> None:
    hers = supplied("northshire-gp", "1", addresses=[address("4 MILL  lane", "AA1 1AA")])
    assert seen((SOURCE_CHANGES, "northshire-gp/9", hers)) == {SOURCE_CHANGES.name: 1}
    broken = Sought(NUMBER, frozenset(), frozenset(), frozenset({HASH("canary")}))
    looking = Looking([broken], HASH)
    looking.take(SOURCE_CHANGES, b"k", b'{"a": canary }', NOW)
    assert looking.left(NUMBER, [SOURCE_CHANGES], lambda _: HOUR)[0].count == 1


def test_in_any_other_stream_her_values_must_not_be_at_all() -> None:
    letters = dead_letters_of("registry")
    assert seen((letters, "k", {"faults": [{"field": "postcode", "problem": "nw7 4qt"}]})) == {letters.name: 1}
    assert seen((ACCESS, "k", {"actor": "j.patel", "child_numbers": [NUMBER]})) == {}


def test_the_telling_values_are_all_that_is_protected_and_could_lead_to_her() -> None:
    area, number = Area(), nhs_number()
    carer = {"name": "Grace Okafor", "relationship": "mother", "contacts": [{"kind": "phone", "value": "0161 1"}]}
    (child,) = area.settle(
        change(
            "northshire-gp",
            ref="tells",
            identifiers=[nhs(number)],
            addresses=[address("4 Mill Lane", "NW7 4QT")],
            carers=[carer],
        )
    )
    visible = somebody("tells")
    assert set(telling(child)) == {"tells", number, "4 Mill Lane", "NW7 4QT", "Grace Okafor", "0161 1"}
    assert not {visible["given"], visible["family"]} & set(telling(child))


def test_looking_is_done_when_nothing_was_left_twice_with_the_deletion_of_files_in_between() -> None:
    memo, minute = Memo(NUMBER, 7, NOW), timedelta(minutes=1)
    once = concluded(memo, (), NOW, minute)
    assert (once.done, once.next_look) == (False, NOW + minute)
    assert not concluded(once, (), NOW + minute / 2, minute).done
    assert concluded(once, (), NOW + minute, minute).done
    again = concluded(once, (Left(place=RECORDS.name, count=1, until=NOW + HOUR),), NOW + minute, minute)
    assert (again.done, again.clean_since, again.next_look) == (False, None, NOW + HOUR)


def test_what_is_overdue_is_looked_for_at_once_and_what_is_not_when_the_first_of_it_should_be_gone() -> None:
    overdue = Left(place=RECORDS.name, count=1, until=NOW - HOUR)
    later = [Left(place=each, count=1, until=NOW + hours * HOUR) for each, hours in (("a", 5), ("b", 3))]
    assert concluded(Memo(NUMBER, 7, NOW), (overdue,), NOW, HOUR).next_look == NOW
    assert concluded(Memo(NUMBER, 7, NOW), (overdue, *later), NOW, HOUR).next_look == NOW + 3 * HOUR


async def test_it_is_looked_anew_once_for_each_record_that_is_named_as_being_the_child(database: Database) -> None:
    memos = Memos(database)
    await memos.prepare()

    async def kept() -> Memo:
        return (await memos.of([NUMBER]))[NUMBER]

    # Whom nobody has looked for yet is looked for with all there is.
    await memos.ask({NUMBER: ["9434765919/3"]})
    assert await memos.of([NUMBER]) == {}
    await memos.keep(Memo(NUMBER, 7, NOW, clean_since=NOW, done=True))
    assert (await kept()).heeding().done
    for _ in range(2):
        await memos.ask({NUMBER: ["9434765919/3"]})
    heeding = (await kept()).heeding()
    assert (heeding.done, heeding.clean_since, heeding.heeded) == (False, None, 1)
    # What is named while the streams are read is not taken for looked at.
    await memos.ask({NUMBER: ["9434765919/3", "9990000018/1"]})
    await memos.keep(replace(heeding, done=True))
    assert not (await kept()).heeding().done
    await memos.keep(replace((await kept()).heeding(), done=True))
    assert (await kept()).heeding().done


async def test_no_value_is_forgotten_that_one_process_knows_of_and_another_does_not(database: Database) -> None:
    memos = Memos(database)
    await memos.prepare()
    for hashes in (frozenset({"a", "b"}), frozenset({"a", "c"}), frozenset()):
        await memos.keep(Memo(NUMBER, 7, NOW, hashes))
    assert (await memos.of([NUMBER]))[NUMBER].hashes == {"a", "b", "c"}


async def test_nothing_is_forgotten_of_a_child_whose_shield_this_process_has_not_read_yet(
    database: Database,
) -> None:
    memos = Memos(database)
    await memos.prepare()
    await memos.keep(Memo(NUMBER, 0, NOW, frozenset({"a"})))
    shields = ReadLate(NUMBER)
    horizons = Horizons()
    await Verifying(None, MemoryRecords(), memos, shields, horizons).look()  # type: ignore[arg-type]
    assert (await memos.of([NUMBER]))[NUMBER].hashes == {"a"}

"""Children that two processes could miss between them, in every order: what was moved, shielded, full, or left."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from itertools import product
from typing import Any, Literal, cast

import pytest

from services.registry import candidates
from services.registry.children import Verdict
from services.registry.documents import Document
from services.registry.keeping import Settled
from services.registry.settling import Settling
from tests.children import address, nhs
from tests.registry.settled import Area, change
from tests.registry.test_interleavings import EXPECTED, NOW, NUMBER, OTHER, Act, Processes, every_order

HOME = [address("4 Mill Lane", "NW7 4QT")]
AWAY = [address("9 Other Street", "SE1 1AA")]
FAR = [address("77 Far Road", "LS2 9JT")]
SHE: dict[str, Any] = {"given": "Amelia", "family": "Okafor", "born": "2015-04-09"}
ZARA: dict[str, Any] = {"given": "Zara", "family": "Quill", "born": "2012-11-23"}
FORMERLY_ZARA = [
    {"given": "Amelia", "family": "Okafor", "use": "current"},
    {"given": "Zara", "family": "Quill", "use": "former"},
]


def missed(
    area: Area, acts: Callable[[Processes], list[Act]], is_good: Callable[[Processes], bool]
) -> list[list[int]]:
    """Of all orders in which the acts can fall, those that do not end well."""
    outcomes = [(order, is_good(processes)) for order, processes in every_order(area.records.documents, acts)]
    assert len(outcomes) > 5
    return [order for order, good in outcomes if not good]


def covers(processes: Processes, key: str = "care/1") -> bool:
    """Whether the record is under a shield, or held."""
    homes = (child for child in processes.children.values() if any(each.key == key for each in child.live))
    return all(child.held or child.shielded for child in homes)


def said(what: Literal["same", "different"]) -> Verdict:
    return Verdict("v", what, frozenset({"gp/1"}), frozenset({"school/1"}), "m", NOW, "because")


def test_whoever_may_be_a_child_that_a_source_joins_to_a_shielded_one_ends_held() -> None:
    area = Area()
    area.settle(change("gp", **SHE, identifiers=[nhs(NUMBER)], addresses=HOME))
    area.shield(area.of("gp/1").number)
    area.settle(
        change("school", **SHE, addresses=AWAY),
        change("visitor", names=FORMERLY_ZARA, born=SHE["born"], addresses=AWAY),
    )
    new = change("care", given="Zara", family="Ward", born=SHE["born"], addresses=FAR)
    bridge = change("school", 2, **SHE, identifiers=[nhs(NUMBER)], addresses=[*AWAY, *HOME])
    assert not missed(area, lambda processes: [processes.takes(new), processes.takes(bridge)], covers)


def test_whoever_may_be_a_child_that_officers_details_lead_to_ends_held() -> None:
    she, area = {**SHE, "identifiers": [nhs(NUMBER)]}, Area()
    formerly = {**ZARA, "born": SHE["born"]}
    area.settle(change("gp", **formerly, identifiers=[nhs(NUMBER)], addresses=HOME))
    area.settle(change("gp", 2, **she))
    new = change("care", **formerly, addresses=AWAY)
    assert not missed(area, lambda processes: [processes.takes(new), processes.expects(EXPECTED, **she)], covers)


def test_whoever_may_be_a_child_that_is_said_to_be_the_shielded_one_ends_held() -> None:
    area = Area()
    area.settle(change("gp", **SHE, addresses=HOME), change("school", **ZARA, addresses=AWAY))
    numbers = set(area.children)
    area.shield(area.of("gp/1").number)
    new = change("care", **{**ZARA, "family": "Ward"}, addresses=FAR)
    assert not missed(
        area, lambda processes: [processes.takes(new), processes.decides(said("same"), numbers)], covers
    )


@pytest.mark.parametrize("decided", [True, False], ids=["a decision", "a bridge"])
@pytest.mark.parametrize("version", [1, 2], ids=["no news", "crossed"])
def test_a_record_that_is_moved_while_another_of_its_child_comes_is_found(decided: bool, version: int) -> None:
    elder = {"given": "Zara", "family": "Okafor", "born": SHE["born"], "identifiers": [nhs(NUMBER)]}
    names = [
        {"given": "Amelia", "family": "Quill", "use": "current"},
        {"given": "Zara", "family": "Okafor", "use": "former"},
    ]
    area = Area()
    area.settle(change("gp", **elder, addresses=HOME))
    area.settle(change("school", names=names, born=SHE["born"], addresses=AWAY))
    numbers = set(area.children)
    mine = [
        change("gp", version, **elder, addresses=HOME if version == 1 else [*HOME, *FAR]),
        change("care", given="Amelia", family="Quill", born=SHE["born"], addresses=AWAY),
    ]
    bridge = change("visitor", **elder, addresses=[*HOME, *AWAY])

    def moves(processes: Processes) -> Act:
        return processes.decides(said("same"), numbers) if decided else processes.takes(bridge)

    def is_one(processes: Processes) -> bool:
        homes = ({each.key for each in child.live} for child in processes.children.values())
        return any({"school/1", "care/1"} <= keys for keys in homes)

    assert not missed(area, lambda processes: [processes.takes(*mine), moves(processes)], is_one)


def test_whoever_comes_to_keys_that_are_full_while_a_child_is_shielded_ends_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(candidates, "CAP", 2)
    monkeypatch.setattr(candidates, "CROWDED", 1)
    area = Area()
    area.settle(change("gp", **SHE, addresses=HOME))
    number = area.of("gp/1").number
    crowd = (
        ("Amelia", "Brennigan", "04-19"), ("Amelia", "Szczepanik", "04-19"), ("Tobiah", "Okafor", "04-19"),
        ("Yusuf", "Okafor", "04-19"), ("Amelia", "Okafor", "11-02"), ("Amelia", "Okafor", "08-28"),
    )  # fmt: skip
    for place, (given, family, day) in enumerate(crowd):
        home = [address(f"{place + 1} Unique{place} Lane", f"LS{place + 1} 9JT")]
        who = {"given": given, "family": family, "born": f"2015-{day}"}
        area.settle(change("crowd", ref=str(place), **who, addresses=home))
    new = change("care", **{**SHE, "born": "2015-04-19"}, addresses=AWAY)
    assert not missed(area, lambda processes: [processes.takes(new), processes.marks(number)], covers)


def keys_of(processes: Processes) -> list[str]:
    """All source records that are kept."""
    return sorted(each.key for child in processes.children.values() for each in child.sources)


def test_no_record_is_lost_that_moves_while_another_process_reads() -> None:
    area = Area()
    area.settle(change("school", **SHE, identifiers=[nhs(NUMBER)], addresses=HOME))
    area.settle(change("care", **SHE, identifiers=[nhs(OTHER)], addresses=AWAY))
    # It joins the one, and is tied to the other.
    area.settle(change("gp", **SHE, addresses=[*HOME, *AWAY]))
    leaves = change("care", 2, **ZARA, identifiers=[nhs(OTHER)], addresses=FAR)
    new = change("health", **SHE, identifiers=[nhs(NUMBER)], addresses=HOME)
    assert not missed(
        area,
        lambda processes: [processes.takes(new), processes.takes(leaves)],
        lambda processes: keys_of(processes) == ["care/1", "gp/1", "health/1", "school/1"],
    )


def test_what_was_withdrawn_stays_so_for_a_process_that_does_not_know_it_yet() -> None:
    old, gone = change("gp", 2, **SHE, addresses=AWAY), change("gp", 3, gone=True)
    assert not missed(
        Area(),
        lambda processes: [processes.takes(old), processes.takes(old, gone)],
        lambda processes: not any(child.live for child in processes.children.values()),
    )


def ended(act: Act) -> Settled:
    """What an act comes to, if nobody else does anything."""
    while True:
        try:
            act.send(None)
        except StopIteration as done:
            return cast("Settled", done.value)


def driven(act: Coroutine[None, None, Any], steps: int = 1000) -> bool:
    """Whether an act comes to its end in so many steps."""
    for _ in range(steps):
        try:
            act.send(None)
        except StopIteration:
            return True
    return False


def swept_while_slow(
    documents: dict[str, Document], act: Callable[[Processes], Act]
) -> Iterator[tuple[tuple[int, int], Processes]]:
    """A process is slow, and taken for dead; goes on, and dies; then all that it left is finished."""
    for before, after in product(range(1, 12), range(5)):
        processes = Processes(dict(documents))
        slow = act(processes)
        if driven(slow, before):
            continue
        driven(processes.sweeps())
        if not driven(slow, after):
            slow.close()
            driven(processes.sweeps())
            yield (before, after), processes


def test_a_decision_of_a_process_that_was_taken_for_dead_and_dies_later_is_announced() -> None:
    area = Area()
    area.settle(change("gp", **SHE, addresses=HOME), change("school", **ZARA, addresses=AWAY))
    numbers = set(area.children)
    kept = 0
    for when, processes in swept_while_slow(
        area.records.documents, lambda processes: processes.decides(said("same"), numbers)
    ):
        told = {(child.number, child.revision) for child in processes.announced}
        new = [(child.number, child.revision) for child in processes.children.values() if child.revision > 1]
        kept += bool(new)
        assert told.issuperset(new), when
    assert kept > 0


def test_a_first_report_of_a_process_that_dies_before_it_looks_again_is_joined() -> None:
    one, other = (change(each, identifiers=[nhs(NUMBER)]) for each in ("gp", "school"))
    for before, after in product(range(1, 12), range(1, 12)):
        processes = Processes({})
        slow, beside = processes.takes(one), processes.takes(other)
        if driven(beside, after) or driven(slow, before):
            beside.close()
            slow.close()
            continue
        driven(processes.sweeps())
        driven(slow, 1)
        slow.close()
        driven(beside)
        # It is delivered again, and is no news.
        driven(processes.takes(one))
        driven(processes.sweeps())
        assert len([child for child in processes.children.values() if child.live]) == 1, (before, after)


def test_a_decision_that_is_kept_is_not_refused_because_something_beside_it_was_crossed() -> None:
    area = Area()
    area.settle(change("gp", **{**SHE, "family": "Quill", "born": "2015-04-19"}, addresses=HOME))
    area.settle(change("school", **SHE, addresses=[*AWAY, *HOME]))
    area.settle(change("care", **SHE, addresses=FAR))
    area.shield(area.of("gp/1").number)
    seen = {area.of(key).number: area.of(key).revision for key in ("gp/1", "school/1")}
    again = change("care", 2, **SHE, addresses=FAR, responsible_authority="southshire")
    refused: list[Processes] = []

    def decides(processes: Processes) -> Act:
        def as_seen(settling: Settling) -> None:
            if any(settling.read().get(number) != revision for number, revision in seen.items()):
                raise LookupError
            settling.decide(said("different"))

        async def decide() -> Any:
            try:
                return await processes.decides(said("different"), set(seen), as_seen)
            except LookupError:
                refused.append(processes)
                return type("Nothing", (), {"children": ()})

        return decide()

    assert not missed(
        area,
        lambda processes: [decides(processes), processes.takes(again)],
        lambda processes: any(child.verdicts for child in processes.children.values()) != (processes in refused),
    )


def test_what_a_dead_process_kept_is_looked_at_before_it_is_announced_by_the_next() -> None:
    area = Area()
    area.settle(change("gp", **SHE, addresses=HOME))
    hidden = area.of("gp/1").number
    new = change("care", **{**SHE, "family": "Ward"}, addresses=AWAY)
    died = 0
    for before, meanwhile, after in product(range(2, 8), range(1, 14), range(4)):
        processes = Processes(dict(area.records.documents))
        first, shield = processes.takes(new), processes.marks(hidden)
        if driven(first, before) or driven(shield, meanwhile) or driven(first, after):
            first.close()
            shield.close()
            continue
        first.close()
        driven(shield)
        died += 1
        told = ended(processes.takes(new)).children
        homes = [child for child in told if any(each.key == "care/1" for each in child.live)]
        assert all(child.held or child.shielded for child in homes), (before, meanwhile, after)
    assert died > 10

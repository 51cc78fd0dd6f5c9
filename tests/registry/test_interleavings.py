"""Two processes at the same children: every order in which their acts on the store can fall is tried."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from contracts.sources import SourceChange
from services.registry import candidates
from services.registry.children import ChildRecord, ShieldMark, Verdict
from services.registry.documents import Document, child_of
from services.registry.drawing import Drawing
from services.registry.expecting import told_by
from services.registry.handlers import mark
from services.registry.intentions import Intention
from services.registry.keeping import Keeper, Settled
from services.registry.settling import Settling
from services.registry.sources import arrived
from services.registry.wanted import Wanted
from tests.children import address, nhs
from tests.registry.memory import MemoryRecords
from tests.registry.settled import POLICY, Area, change, finished, placed_by_details
from tests.registry.test_matters import AMELIA, NUMBERS
from tests.registry.test_two_shielded import both_shielded

Act = Coroutine[None, None, Settled]
NUMBER, OTHER = "9990000018", "9990000026"
EXPECTED = "0289107067"
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _reckoned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the same few persons are found by, in thousands of orders."""
    for name in ("seek_keys", "wide_keys", "wide_seek_keys"):
        monkeypatch.setattr(candidates, name, functools.cache(getattr(candidates, name)))


class Processes:
    """Registry processes over one store; each announces what it settled when it is done."""

    def __init__(self, documents: dict[str, Document]) -> None:
        self.documents = documents
        self.announced: list[ChildRecord] = []
        self.kept: dict[str, int] = {}
        self.intentions: dict[str, Intention] = {}
        self._records: list[MemoryRecords] = []

    def takes(self, *changes: SourceChange, in_force: dict[str, dict[str, int]] | None = None) -> Act:
        """A process takes changes in; ``in_force`` is what it has read of the shields."""
        came = [arrived(each, NOW) for each in changes]
        keys = {each.key for each in came}
        return self._keeper(in_force).settle(lambda settling: settling.settle(came), Wanted(sources=keys))

    def marks(self, number: str) -> Act:
        """A process handles the shield of a child."""
        return mark(self._keeper(None), {number: ShieldMark.said("s", 7, placed=True)}, since=NOW)

    def expects(self, number: str, **child: object) -> Act:
        """A process handles the shield of a child whom officers know by details."""
        told = told_by([placed_by_details(number, **child)], str.encode)
        words = {number: ShieldMark.said("s", 7, placed=True)}
        return mark(self._keeper(None), words, NOW, told)

    def decides(self, verdict: Verdict, numbers: set[str], act: Callable[[Settling], None] | None = None) -> Act:
        """A data manager says something of these children; ``act`` is how that is done, where not at once."""
        return self._keeper(None).settle(
            act or (lambda settling: settling.decide(verdict)), Wanted(numbers=numbers)
        )

    async def sweeps(self) -> None:
        """What was left undone is finished."""
        keeper = self._keeper(None)
        self.announced += await finished(keeper, self._records[-1])

    def _keeper(self, in_force: dict[str, dict[str, int]] | None) -> Keeper:
        process = str(len(self._records))
        records = MemoryRecords(
            shared=self.documents, kept=self.kept, intentions=self.intentions, process=process, yields=True
        )
        # Its own numbers, the same ones in every order.
        numbers = map(str, itertools.count(1_000_000_000 * (len(self._records) + 1)))
        self._records.append(records)
        drawing = Drawing(records.revisions, lambda: next(numbers), ahead=0)
        return Keeper(records, lambda number: (in_force or {}).get(number, {}), POLICY, drawing, lambda: NOW)  # type: ignore[arg-type]

    @property
    def state(self) -> bytes:
        """All that what happens next depends on, as a digest."""
        saw = [each.saw for each in self._records]
        open_ = sorted((sorted(each.looking), each.numbers) for each in self.intentions.values())
        return sha256(repr((sorted(self.documents.items()), self.kept, saw, open_)).encode()).digest()

    @property
    def children(self) -> dict[str, ChildRecord]:
        return {number: child_of(each) for number, each in self.documents.items()}


def every_order(
    start: dict[str, Document], acts: Callable[[Processes], list[Act]]
) -> Iterator[tuple[list[int], Processes]]:
    """The outcome of every order in which the acts' steps can fall; of two orders that have led to one state, the
    rest is tried once."""
    seen: set[tuple[bytes, int, int]] = set()
    left: list[list[int]] = [[]]
    while left:
        order = left.pop()
        processes = Processes(dict(start))
        running = dict(enumerate(acts(processes)))
        for who in order:
            _step(processes, running, who)
        while running:
            state = (processes.state, order.count(0), order.count(1))
            if state in seen:
                break
            seen.add(state)
            first, *others = sorted(running)
            left += [[*order, other] for other in others]
            order = [*order, first]
            _step(processes, running, first)
        else:
            yield order, processes
        for act in running.values():
            act.close()


def _step(processes: Processes, running: dict[int, Act], who: int) -> None:
    try:
        running[who].send(None)
    except StopIteration as done:
        processes.announced += done.value.children
        del running[who]


def last_word(processes: Processes, number: str) -> ChildRecord | None:
    """The newest announcement of a child number."""
    told = [child for child in processes.announced if child.number == number]
    return max(told, key=lambda child: child.revision, default=None)


def test_two_first_reports_of_one_child_end_in_one_record_in_every_order() -> None:
    tried = 0
    for order, processes in every_order(
        {},
        lambda p: [
            p.takes(change("gp", identifiers=[nhs(NUMBER)])),
            p.takes(change("school", identifiers=[nhs(NUMBER)])),
        ],
    ):
        tried += 1
        live = [child for child in processes.children.values() if child.live]
        assert len(live) == 1, order
        for child in processes.children.values():
            assert child.superseded_by in {None, live[0].number}, order
            told = last_word(processes, child.number)
            assert told is not None
            assert told.revision == child.revision, order
    assert tried > 5


def test_batches_of_two_children_each_that_cross_in_part_end_in_two_records_in_every_order() -> None:
    def reports(source: str) -> list[SourceChange]:
        return [
            change(source, ref=ref, identifiers=[nhs(number)]) for ref, number in (("1", NUMBER), ("2", OTHER))
        ]

    for order, processes in every_order({}, lambda p: [p.takes(*reports("gp")), p.takes(*reports("school"))]):
        live = [sorted(each.key for each in child.live) for child in processes.children.values() if child.live]
        assert sorted(live) == [["gp/1", "school/1"], ["gp/2", "school/2"]], order


def test_batches_that_cross_at_a_child_that_exists_join_their_first_reports_too_in_every_order() -> None:
    area = Area()
    area.settle(change("gp", ref="2", identifiers=[nhs(OTHER)]))
    first = [change(source, identifiers=[nhs(NUMBER)]) for source in ("gp", "school")]
    moved = change("gp", 2, ref="2", identifiers=[nhs(OTHER)], addresses=[address("4 Mill Lane", "NW7 4QT")])
    joining = change("school", ref="2", identifiers=[nhs(OTHER)])
    tried = 0
    for order, processes in every_order(
        area.records.documents, lambda p: [p.takes(first[0], moved), p.takes(first[1], joining)]
    ):
        tried += 1
        live = [sorted(each.key for each in child.live) for child in processes.children.values() if child.live]
        assert sorted(live) == [["gp/1", "school/1"], ["gp/2", "school/2"]], order
    assert tried > 5


def test_batches_that_cross_at_one_of_a_household_join_the_first_reports_of_another_in_every_order() -> None:
    home = [address("4 Mill Lane", "NW7 4QT")]
    elder = {"ref": "2", "identifiers": [nhs(OTHER)], "given": "Zbigniew", "born": "2009-01-30"}
    area = Area()
    area.settle(change("gp", addresses=home, **elder))
    first = [change(source, identifiers=[nhs(NUMBER)], addresses=home) for source in ("gp", "school")]
    again = change("gp", 2, addresses=[*home, address("9 Kiln Road", "NW7 2AB")], **elder)
    joining = change("school", addresses=home, **elder)
    tried = 0
    for order, processes in every_order(
        area.records.documents, lambda p: [p.takes(first[0], again), p.takes(first[1], joining)]
    ):
        tried += 1
        live = [sorted(each.key for each in child.live) for child in processes.children.values() if child.live]
        assert sorted(live) == [["gp/1", "school/1"], ["gp/2", "school/2"]], order
    assert tried > 5


def test_whoever_may_be_a_child_whose_shield_crosses_its_batch_elsewhere_ends_held_in_every_order() -> None:
    home = [address("4 Mill Lane", "NW7 4QT")]
    elder = {
        "ref": "2",
        "identifiers": [nhs(OTHER)],
        "given": "Zbigniew",
        "family": "Okafor",
        "born": "2009-01-30",
    }
    area = Area()
    area.settle(change("gp", family="Okafor", addresses=home), change("gp", addresses=home, **elder))
    hidden = area.of("gp/1").number
    newcomer = change("school", family="Ward", addresses=[address("9 Other Street", "SE1 1AA")])
    again = change("gp", 2, addresses=[*home, address("9 Kiln Road", "NW7 2AB")], **elder)
    # The shielded child is at hand, being of one household with whoever is joined.
    joining = change("school", addresses=home, **elder)
    tried = 0
    for order, processes in every_order(
        area.records.documents,
        lambda p: [p.takes(newcomer, again), p.takes(joining, in_force={hidden: {"s": 7}})],
    ):
        tried += 1
        assert processes.children[hidden].shielded, order
        (other,) = (child for child in processes.children.values() if [e.key for e in child.live] == ["school/1"])
        assert other.held, order
        told = last_word(processes, other.number)
        assert told is not None
        assert not told.visible, order
    assert tried > 5


@pytest.mark.parametrize("known", [False, True], ids=["shield not read yet", "shield read"])
def test_whoever_may_be_a_child_that_is_being_shielded_ends_held_in_every_order(known: bool) -> None:
    area = Area()
    area.settle(change("gp", family="Okafor", addresses=[address("4 Mill Lane", "NW7 4QT")]))
    hidden = area.of("gp/1").number
    newcomer = change("school", family="Ward", addresses=[address("9 Other Street", "SE1 1AA")])
    tried = 0
    for order, processes in every_order(
        area.records.documents,
        lambda p: [p.takes(newcomer, in_force={hidden: {"s": 7}} if known else {}), p.marks(hidden)],
    ):
        tried += 1
        (other,) = (child for child in processes.children.values() if child.number != hidden)
        assert other.held, order
        told = last_word(processes, other.number)
        assert told is not None
        assert not told.visible, order
    assert tried > 5


def test_a_record_that_joins_a_child_while_it_is_shielded_is_shielded_in_every_order() -> None:
    area = Area()
    area.settle(change("gp", identifiers=[nhs(NUMBER)]))
    hidden = area.of("gp/1").number
    for order, processes in every_order(
        area.records.documents,
        lambda p: [p.takes(change("school", identifiers=[nhs(NUMBER)])), p.marks(hidden)],
    ):
        (child,) = (child for child in processes.children.values() if child.live)
        assert child.shielded, order
        told = last_word(processes, child.number)
        assert told is not None
        assert (told.shielded, told.revision) == (True, child.revision), order


def test_a_record_that_parts_from_a_child_while_it_is_shielded_is_shielded_in_every_order() -> None:
    area = Area()
    area.settle(change("gp", identifiers=[nhs(NUMBER)]), change("school", identifiers=[nhs(NUMBER)]))
    hidden = area.of("gp/1").number
    parting = change("school", 2, given="Zbigniew", family="Other", born="2011-01-30")
    for order, processes in every_order(area.records.documents, lambda p: [p.takes(parting), p.marks(hidden)]):
        for child in processes.children.values():
            assert child.shielded or child.held, order


@pytest.mark.parametrize("whose", [("eastmoor", "eastmoor"), ("southshire", "northshire")])
def test_whether_two_shielded_children_are_for_officers_is_known_however_their_authorities_change(
    whose: tuple[str, str],
) -> None:
    area = both_shielded()
    moves = [
        change(source, 2, identifiers=[nhs(number)], responsible_authority=theirs, **AMELIA)
        for source, number, theirs in zip(("gp", "school"), NUMBERS, whose, strict=True)
    ]
    tried = 0
    for order, processes in every_order(area.records.documents, lambda p: [p.takes(each) for each in moves]):
        tried += 1
        noted = {doubt.for_officers for child in processes.children.values() for doubt in child.doubts.values()}
        assert noted == {whose[0] != whose[1]}, order
    assert tried > 5


@pytest.mark.parametrize("sure", [True, False], ids=["surely", "perhaps"])
def test_a_child_who_arrives_as_officers_tell_of_it_ends_shielded_or_held_in_every_order(sure: bool) -> None:
    details: dict[str, object] = {"family": "Okafor", "born": "2015-04-09", "given": "Amelia"}
    home = [address("4 Mill Lane", "NW7 4QT")]
    arriving = details if sure else {**details, "family": "Ward"}
    first = change("school", **arriving, addresses=home if sure else [address("9 Other Street", "SE1 1AA")])
    tried = 0
    for order, processes in every_order(
        {}, lambda p: [p.takes(first), p.expects(EXPECTED, **details, addresses=home)]
    ):
        tried += 1
        (child,) = (child for child in processes.children.values() if "school/1" in {r.key for r in child.live})
        assert (child.shielded, child.held) == (sure, not sure), order
        told = last_word(processes, child.number)
        assert told is not None
        assert (told.shielded, told.visible) == (sure, sure), order
        assert (told.number[0] != "0", told.revision) == (True, child.revision), order
    assert tried > 5


def test_corrections_that_contradict_a_word_only_together_are_asked_about_in_every_order() -> None:
    area = Area()
    for source, home in (("gp", ("4 Mill Lane", "NW7 4QT")), ("school", ("9 Other Street", "SE1 1AA"))):
        area.settle(change(source, addresses=[address(*home)]))
    one, other = frozenset({"gp/1"}), frozenset({"school/1"})
    area.say(Verdict("v", "same", one, other, "a-manager", NOW, "because"))
    assert [each.contested for each in area.children.values() if each.live] == [None]
    tried = 0
    for order, processes in every_order(
        area.records.documents,
        lambda p: [
            p.takes(change("gp", 2, identifiers=[nhs(NUMBER)])),
            p.takes(change("school", 2, identifiers=[nhs(OTHER)])),
        ],
    ):
        tried += 1
        (child,) = (child for child in processes.children.values() if child.live)
        assert child.contested is not None, order
        assert child.contested.contradiction == "different-nhs-numbers", order
        told = last_word(processes, child.number)
        assert told is not None
        assert told.revision == child.revision, order
    assert tried > 5

"""The set-wise way against the incremental one, without engines: the same children and doubts, whatever comes."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import closing
from functools import partial
from pathlib import Path
from secrets import token_hex

import bson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import generator
from contracts.codec import encode
from contracts.sources import SourceChange
from deploy.stack import ROOT
from runtime import clock
from services.registry.children import ChildRecord, Event, Verdict
from services.registry.documents import Document, child_of, document_of
from services.registry.drawing import Drawing
from services.registry.firstload.hands import Begin, Processes
from services.registry.firstload.load import Into, load, report, work_out
from services.registry.firstload.reading import OPTIONS
from services.registry.firstload.united import United
from services.registry.firstload.workspace import BusyError, Workspace
from services.registry.firstload.writing import Writing
from services.registry.handlers import taking_in
from services.registry.keeping import Keeper, Settled
from tests.children import address, nhs, somebody, supplied
from tests.first_loads import a_crowd, assert_same, incrementally, state, written
from tests.registry.changes import changes
from tests.registry.memory import IndexedRecords
from tests.registry.settled import POLICY, Area, change

HERE = partial(Processes, 0)


def nobody_listens(stage: str, done: int, of: int) -> None:
    """Progress goes unheard."""


def worked_out(
    file: Path,
    folder: Path,
    progress: Callable[[str, int, int], None] = nobody_listens,
    begin: Begin = HERE,
) -> list[Document]:
    """What the set-wise way makes of a file, in this process or by others."""
    work = Workspace(folder)
    try:
        work_out(work, file, begin, progress)
        assert report(work).bad == ()
        return [bson.decode(document, OPTIONS) for (document,) in work.rows("SELECT document FROM children")]
    finally:
        work.close()


@settings(max_examples=40, deadline=None)
@given(came=changes, seed=st.integers(0, 1000))
def test_any_changes_in_any_order_end_in_what_the_incremental_way_ends_in(
    came: list[SourceChange], seed: int
) -> None:
    dice = random.Random(seed)
    shuffled = dice.sample(came, len(came)) + dice.sample(came, len(came) // 2)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "changes.jsonl"
        file.write_bytes(b"".join(encode(each) + b"\n" for each in shuffled))
        assert_same(state(worked_out(file, Path(folder) / "work")), state(incrementally(file)))


def test_who_shares_only_full_keys_is_found_by_finer_ones_as_change_by_change(tmp_path: Path) -> None:
    file = written(tmp_path / "crowd.jsonl", a_crowd(misspelt=True))
    came, wanted = state(worked_out(file, tmp_path / "work")), state(incrementally(file))
    assert_same({"children": came["children"]}, {"children": wanted["children"]})
    assert_same({"doubts": came["doubts"]}, {"doubts": wanted["doubts"]})
    assert len(came["doubts"]) > 300


def test_what_has_not_occurred_yet_is_refused_as_change_by_change(tmp_path: Path) -> None:
    never = supplied("school", "1") | {"occurred_at": "2999-01-01T00:00:00Z"}
    file = written(tmp_path / "changes.jsonl", [supplied("gp", "1"), never])
    children = [child_of(each) for each in worked_out(file, tmp_path / "work")]
    refusals = [each.refusal.reason for child in children for each in child.sources if each.refusal]
    assert refusals == ["occurred-in-the-future"]
    assert [child.visible for child in children if child.live] == [True]
    assert_same(state(map(document_of, children)), state(incrementally(file)))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Spark leaves sockets open.
def test_a_spark_cluster_makes_the_same_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = pytest.importorskip("services.registry.firstload.cluster", reason="Spark is large, and not here")
    (tmp_path / "spark-defaults.conf").write_text(f"spark.authenticate.secret {token_hex()}\n")
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    two_workers = "local-cluster[2,1,1024]"
    file = written(tmp_path / "some.jsonl", [*generator.generate(1000, seed=3), *a_crowd()])
    begin = partial(cluster.SparkHands, two_workers)
    by_spark = state(worked_out(file, tmp_path / "by-spark", begin=begin))
    assert_same(by_spark, state(worked_out(file, tmp_path / "here")))


class Killed(BaseException):
    """What no step can catch."""


def test_killed_after_any_step_it_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    file = written(tmp_path / "some.jsonl", [*generator.generate(150, seed=3), *a_crowd()])
    steps: list[str] = []
    whole = state(worked_out(file, tmp_path / "whole", lambda stage, *_: steps.append(stage)))
    assert set(steps) == {"reading", "folding", "comparing", "telling apart who shares a full key", "settling"}

    def killed_at(left: list[int]) -> Callable[[str, int, int], None]:
        def progress(*_: object) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Killed

        return progress

    for step in (1, 2, 3, 4, len(steps) - 1, len(steps)):
        with pytest.raises(Killed):
            worked_out(file, tmp_path / f"{step}", killed_at([step]))
        assert_same(state(worked_out(file, tmp_path / f"{step}")), whole)


def test_two_processes_do_not_load_the_same_file(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from services.registry.firstload.workspace import Workspace\n"
    code += "work = Workspace(Path(sys.argv[1])); print(flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(BusyError):
            Workspace(tmp_path)
        other.stdin.close()


@given(pairs=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=30))
def test_whoever_is_united_is_in_one_group_called_by_its_smallest(pairs: list[tuple[int, int]]) -> None:
    united = United()
    groups = {each: {each} for each in range(21)}
    for one, other in pairs:
        united.unite(one, other)
        both = groups[one] | groups[other]
        groups |= dict.fromkeys(both, both)
    assert {each: united.of(each) for each in groups} == {each: min(group) for each, group in groups.items()}
    assert set(united) == {each for pair in pairs for each in pair}


class Told:
    """An announcer that notes who was announced."""

    def __init__(self) -> None:
        self.children: list[ChildRecord] = []

    async def publish(self, children: Iterable[ChildRecord]) -> None:
        """Note them."""
        self.children += children

    async def announce(self, settled: Settled) -> None:
        """Note them."""
        await self.publish(settled.children)


def test_a_number_that_is_somebody_elses_or_shielded_already_is_given_to_nobody_who_is_loaded(
    tmp_path: Path,
) -> None:
    refs = [f"L-{each}" for each in range(3)]
    file = written(tmp_path / "three.jsonl", [supplied("some-gp", ref, **somebody(ref)) for ref in refs])
    theirs, shielded = sorted(document["_id"] for document in worked_out(file, tmp_path / "work"))[:2]
    came = Event(clock.now(), "came")
    stranger = ChildRecord(theirs, 1, clock.now(), "a-school/1", (), history=(came,))
    records, told = IndexedRecords(), Told()

    def in_force(number: str) -> dict[str, int]:
        return {"s1": 4} if number == shielded else {}

    async def write() -> None:
        await records.keep([[stranger]], {})
        with closing(Workspace(tmp_path / "work")) as work:
            keeper = Keeper(records, in_force, POLICY)  # type: ignore[arg-type]
            await Writing(work, records, keeper, told, in_force).write(nobody_listens)  # type: ignore[arg-type]

    asyncio.run(write())
    assert sorted(child.founder for child in told.children) == [f"some-gp/{ref}" for ref in refs]
    assert {child.number for child in told.children}.isdisjoint({theirs, shielded})
    assert records.documents[theirs]["founder"] == "a-school/1"
    # What was begun anew goes on with the numbers that were given: nobody is written twice.
    with closing(Workspace(tmp_path / "work")) as work, work.step("write", {"chunk": 0}):
        pass
    asyncio.run(write())
    assert len(records.documents) == 4


def test_who_came_by_the_stream_under_a_number_that_is_not_written_yet_is_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.registry.firstload.settling.CHUNK", 1)
    refs = ("L-1", "L-2")
    file = written(tmp_path / "two.jsonl", [supplied("some-gp", ref, **somebody(ref)) for ref in refs])
    worked_out(file, tmp_path / "work")
    records, told = IndexedRecords(), Told()
    with closing(Workspace(tmp_path / "work")) as work:
        first, second = work.rows("SELECT number, document FROM children ORDER BY chunk")
        ref = bson.decode(first[1])["founder"].partition("/")[2]
        stream = Keeper(records, lambda _: {}, POLICY, Drawing(records.revisions, lambda: second[0], ahead=1))  # type: ignore[arg-type]
        asyncio.run(stream.settle(*taking_in([change("school", ref="7", **somebody(ref))])))
        keeper = Keeper(records, lambda _: {}, POLICY)  # type: ignore[arg-type]
        writing = Writing(work, records, keeper, told, lambda _: {})  # type: ignore[arg-type]
        asyncio.run(writing.write(nobody_listens))
    homes = [sorted(each["key"] for each in document["sources"]) for document in records.documents.values()]
    assert sorted(filter(None, homes)) == sorted(
        [["school/7", f"some-gp/{ref}"], *([f"some-gp/{each}"] for each in refs if each != ref)]
    )


class Whole(IndexedRecords):
    """A store that a first load finds people in."""

    async def prepare(self) -> None:
        """There is nothing to prepare."""

    async def everything(self) -> AsyncIterator[Document]:
        """Every document."""
        for each in list(self.documents.values()):
            yield each


def area_of(*before: SourceChange) -> Area:
    """An area that a first load can go into, where these came before."""
    area = Area()
    area.records = Whole()
    area.keeper = Keeper(area.records, lambda _: {}, POLICY)  # type: ignore[arg-type]
    for each in before:
        area.settle(each)
    return area


def load_into(area: Area, change_: SourceChange, folder: Path) -> None:
    """Load a file of one change."""
    file = folder / "changes.jsonl"
    file.write_bytes(encode(change_) + b"\n")
    with closing(Workspace(folder / "work")) as work:
        into = Into(area.records, area.keeper, Told(), lambda _: {})  # type: ignore[arg-type]
        asyncio.run(load(work, file, into, HERE, nobody_listens))


@pytest.mark.parametrize(("source", "version"), [("school", 2), ("visitor", 1)], ids=["corrected", "a third"])
def test_what_comes_to_speak_against_a_word_is_asked_about_as_change_by_change(
    source: str, version: int, tmp_path: Path
) -> None:
    home, away = [address("4 Mill Lane", "NW7 4QT")], [address("9 Other Street", "SE1 1AA")]
    first = [change("gp", identifiers=[nhs("9990000018")], addresses=home), change("school", addresses=away)]
    news = change(source, version, identifiers=[nhs("9990000026")], addresses=away)
    word = Verdict("v", "same", frozenset({"gp/1"}), frozenset({"school/1"}), "a-manager", clock.now(), "because")
    areas = area_of(), area_of()
    for area in areas:
        area.settle(*first)
        area.say(word)
    change_by_change, set_wise = areas
    change_by_change.settle(news)
    load_into(set_wise, news, tmp_path)
    found = [area.of("gp/1").contested for area in areas]
    assert [each and (each.pair, each.contradiction) for each in found] == [
        (("gp/1", f"{source}/1"), "different-nhs-numbers")
    ] * 2
    assert set_wise.parts() == change_by_change.parts()


HER = {"given": "Amelia", "family": "Okafor", "born": "2015-04-09", "identifiers": [nhs("9990000018")]}
ANEW = {"given": "Zara", "family": "Quill", "born": "2015-04-09"}
TWO_NUMBERS = [nhs("9990000018"), nhs("9990000026")]


@pytest.mark.parametrize(
    "before",
    [
        [change("gp", **ANEW, identifiers=TWO_NUMBERS)],
        [change("gp", **HER), change("gp", 2, **ANEW, identifiers=TWO_NUMBERS)],
    ],
    ids=["all was", "something was"],
)
def test_what_was_refused_covers_a_shielded_child_as_change_by_change(
    before: list[SourceChange], tmp_path: Path
) -> None:
    loaded = change("school", **ANEW)
    areas = area_of(*before), area_of(*before)
    for area in areas:
        area.shield(area.of("gp/1").number)
    change_by_change, set_wise = areas
    change_by_change.settle(loaded)
    load_into(set_wise, loaded, tmp_path)
    assert [area.of("school/1").held for area in areas] == [True, True]

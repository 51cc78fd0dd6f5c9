"""A first load from its file to its report: stage after stage, each of which goes on where it was."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from contracts.dead_letters import Fault
from contracts.lines import BadLine
from services.registry.announcing import Announcer
from services.registry.firstload.crowding import crowd
from services.registry.firstload.hands import Begin
from services.registry.firstload.known import note_known
from services.registry.firstload.pairing import pair
from services.registry.firstload.reading import Progress, fold, read_file
from services.registry.firstload.settling import gather, settle
from services.registry.firstload.workspace import Workspace
from services.registry.firstload.writing import Writing
from services.registry.keeping import InForce, Keeper

if TYPE_CHECKING:
    from services.registry.store import Records


@dataclass(frozen=True)
class Report:
    """What came of a load; ``apart`` are source records that concerned children whom the store held before."""

    changes: int
    bad: tuple[BadLine, ...]
    source_records: int
    children: int
    apart: int


@dataclass(frozen=True)
class Into:
    """Where a first load goes."""

    records: Records
    keeper: Keeper
    announcer: Announcer
    in_force: InForce


async def load(work: Workspace, file: Path, into: Into, begin: Begin, progress: Progress) -> Report:
    """Load the file; killed at any moment, the same call with the same workspace goes on and ends the same."""
    await into.records.prepare()
    await note_known(work, into.records, progress)
    await asyncio.to_thread(work_out, work, file, begin, progress)
    writing = Writing(work, into.records, into.keeper, into.announcer, into.in_force)
    await writing.write(progress)
    await writing.settle_apart(progress)
    return report(work)


def work_out(work: Workspace, file: Path, begin: Begin, progress: Progress) -> None:
    """All that needs no engine: which source records there are, which belong together, and what they make up."""
    with begin() as hands:
        read_file(work, file, hands, progress)
        fold(work, hands, progress, wide=work.count("SELECT count(*) FROM wide WHERE shielded") > 0)
        pair(work, hands, progress)
        crowd(work, progress)
        gather(work)
        settle(work, hands, progress)


def report(work: Workspace) -> Report:
    """What has come of the load so far."""
    bad = work.rows("SELECT line, faults FROM bad ORDER BY line")
    return Report(
        changes=work.count("SELECT count(*) FROM ordered"),
        bad=tuple(BadLine(line, tuple(Fault(**each) for each in orjson.loads(faults))) for line, faults in bad),
        source_records=work.count("SELECT count(*) FROM records WHERE number IS NULL"),
        children=work.count("SELECT count(*) FROM children"),
        apart=work.count("SELECT count(*) FROM islands WHERE apart"),
    )

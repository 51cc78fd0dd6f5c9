"""The decided pairs from the command line: audited, into a file that only its owner can read."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import BinaryIO

import orjson

from runtime.delivery import ContentionError
from runtime.tokens import Caller
from services.registry.app import Parts, parts
from services.registry.children import ChildRecord
from services.registry.pairs import Decided, joined, line_of, said, told
from services.registry.settings import Settings

_MODE = 0o600


def arguments(typed: list[str]) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m services.registry decided-pairs",
        description="Write the pairs of source records of which a data manager, or a national number, says whether"
        " they are one child: what `python -m weights estimate --pairs` reads. The file is personal data: keep it"
        " on an encrypted disk, and delete it when the weights are estimated. Shielded and held children are not"
        " in it, nor is any identifier.",
    )
    parser.add_argument("--out", type=Path, required=True, help="a new file, which only its owner can read")
    parser.add_argument("--joined", type=int, default=100_000, help="pairs that a number proves, at most (100000)")
    parser.add_argument("--by", default=getpass.getuser(), help="who asks, for the audit log")
    return parser.parse_args(typed)


async def decided_pairs(settings: Settings, asked: argparse.Namespace) -> None:
    """Write the file and print how many pairs it has of each kind, and nothing of them.

    There is no file where somebody in it was shielded meanwhile, or nobody can tell whether.
    """
    if asked.out.exists():
        raise SystemExit("There is such a file already.")
    made = parts(settings)
    await made.bus.connect()
    try:
        await _record(made, asked.by, "begun")
        await made.shields.start()
        counts = await exported(made, asked)
        await _record(made, asked.by, "done")
    finally:
        await made.shields.stop()
        await made.bus.stop()
    sys.stdout.buffer.write(orjson.dumps({"pairs": counts}, option=orjson.OPT_APPEND_NEWLINE))


def owners_alone(path: Path) -> BinaryIO:
    """A new file that nobody but its owner can read; ``FileExistsError`` where there is one."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb")


async def exported(made: Parts, asked: argparse.Namespace) -> Counter[str]:
    """Write the pairs; returns how many there are of each kind. Raises ``SystemExit``, and leaves no file."""
    with owners_alone(asked.out) as file:
        try:
            return await _written(made, file, asked.joined)
        except BaseException:
            asked.out.unlink()
            raise


async def _written(made: Parts, file: BinaryIO, most: int) -> Counter[str]:
    counts: Counter[str] = Counter()
    written: list[ChildRecord] = []

    def write(pairs: Iterable[Decided]) -> None:
        for pair in pairs:
            file.write(line_of(pair))
            counts[pair.label] += 1

    decided = [child async for child in _tellable(made, decided=True)]
    written += decided
    write(said(decided))
    left = most
    async for child in _tellable(made, decided=False):
        if left == 0:
            break
        pairs = list(joined(child))[:left]
        written += [child] if pairs else []
        write(pairs)
        left -= len(pairs)
    try:
        await made.shields.known_as_of_now()
    except ContentionError:
        raise SystemExit("It cannot be told right now who is shielded: nothing is written.") from None
    if any(_is_hidden(made, child) for child in written):
        raise SystemExit("A child was shielded or held meanwhile: nothing is written. Try again.")
    return counts


def _is_hidden(made: Parts, child: ChildRecord) -> bool:
    return made.shields.any(child.lineage) or made.shields.holds(child.number, child.revision)


async def _tellable(made: Parts, *, decided: bool) -> AsyncIterator[ChildRecord]:
    """The children of whom pairs may be told: also of those whose shield is not marked yet, nothing is."""
    async for child in made.records.whole(decided=decided):
        if told(child) and not _is_hidden(made, child):
            yield child


async def _record(made: Parts, by: str, outcome: str) -> None:
    caller = Caller(by, frozenset({"operator"}), None, None, None)
    await made.recorder.record(caller, "operator", "pairs-export", outcome=outcome)

"""Loading: bad lines are named without their values, and a load resumes where it was acknowledged."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from cli.loading import Bookmark, Chunk, Position, chunks, publish
from contracts.sources import SOURCE_CHANGES

SECRET = "Zzyzx-7-Secret"


def change(number: int, **child: Any) -> bytes:
    body = {
        "type": "child-supplied",
        "message_id": f"m-{number}",
        "occurred_at": "2026-03-01T09:30:00Z",
        "source": "northshire-schools",
        "source_ref": f"UPN-{number}",
        "source_version": 1,
        "child": {
            "names": [{"given": "Amelia", "family": "Okafor"}],
            "date_of_birth": "2015-04-09",
            "responsible_authority": "northshire",
            **child,
        },
    }
    return json.dumps(body).encode() + b"\n"


class Kafka:
    """Takes messages as a producer does, and refuses after as many as told."""

    def __init__(self, most: int = 10**9) -> None:
        self.taken: list[tuple[bytes, bytes]] = []
        self._most = most

    async def send(self, key: bytes, body: bytes) -> Awaitable[None]:
        future = asyncio.get_running_loop().create_future()
        if len(self.taken) < self._most:
            self.taken.append((key, body))
            future.set_result(None)
        else:
            future.set_exception(ConnectionError())
        return future


async def load(file: Path, bookmark: Bookmark, kafka: Kafka) -> None:
    def acknowledged(chunk: Chunk) -> None:
        bookmark.keep(chunk.behind)

    with file.open("rb") as lines:
        await publish(chunks(SOURCE_CHANGES, lines, bookmark.position(), size=3), kafka.send, acknowledged)


def read(content: bytes) -> list[Chunk]:
    return list(chunks(SOURCE_CHANGES, io.BytesIO(content), Position()))


def test_a_good_line_keeps_its_bytes_and_gets_its_key() -> None:
    line = change(1)
    [chunk] = read(line)
    assert chunk.messages == [(b"northshire-schools/UPN-1", line.strip())]
    assert chunk.behind == Position(offset=len(line), line=1, loaded=1, bad=0)


def test_a_bad_line_is_named_by_number_and_field_and_the_rest_is_loaded() -> None:
    [chunk] = read(change(1) + b"\n" + change(2, date_of_birth=f"2015-{SECRET}") + change(3))
    assert [str(bad) for bad in chunk.bad] == ["line 3: child.date_of_birth: date_parsing"]
    assert [key for key, _ in chunk.messages] == [b"northshire-schools/UPN-1", b"northshire-schools/UPN-3"]


@pytest.mark.parametrize(
    "line",
    [
        f'{{"{SECRET}'.encode(),
        f'"{SECRET}"'.encode(),
        f'{{"type": "{SECRET}"}}'.encode(),
        change(1, names=[{"family": [SECRET]}]),
        change(1, gender=SECRET),
        change(1, identifiers=[{"system": SECRET, "value": SECRET}]),
        change(1, names=[{"family": SECRET, "given": "x" * 2_000_000}]),
        b"\xff" + SECRET.encode(),
    ],
)
def test_what_is_wrong_with_a_line_never_quotes_it(line: bytes) -> None:
    [chunk] = read(line)
    assert len(chunk.bad) == 1
    assert SECRET not in str(chunk.bad[0])


async def test_a_load_that_broke_off_resumes_behind_what_was_acknowledged(tmp_path: Path) -> None:
    file = tmp_path / "changes.jsonl"
    file.write_bytes(b"".join(change(number) for number in range(10)))
    bookmark = Bookmark(tmp_path / "loads", file)
    with pytest.raises(ConnectionError):
        await load(file, bookmark, Kafka(most=5))
    assert bookmark.position().line == 3

    rest = Kafka()
    await load(file, bookmark, rest)
    assert [key for key, _ in rest.taken] == [b"northshire-schools/UPN-%d" % number for number in range(3, 10)]
    assert bookmark.position() == Position(offset=file.stat().st_size, line=10, loaded=10)


async def test_a_finished_load_publishes_nothing_more(tmp_path: Path) -> None:
    file = tmp_path / "changes.jsonl"
    file.write_bytes(change(1))
    await load(file, Bookmark(tmp_path / "loads", file), Kafka())
    again = Kafka()
    await load(file, Bookmark(tmp_path / "loads", file), again)
    assert again.taken == []


async def test_a_digit_corrected_far_into_a_large_file_makes_it_another_file(tmp_path: Path) -> None:
    file = tmp_path / "changes.jsonl"
    good = b"".join(change(1, carers=[{"name": "x" * 900, "relationship": "mother"}]) for _ in range(1500))
    assert len(good) > 1024 * 1024
    file.write_bytes(good + change(2, date_of_birth="2015-04-39"))
    await load(file, Bookmark(tmp_path / "loads", file), Kafka())

    file.write_bytes(good + change(2, date_of_birth="2015-04-19"))
    corrected = Kafka()
    await load(file, Bookmark(tmp_path / "loads", file), corrected)
    assert corrected.taken[-1][0] == b"northshire-schools/UPN-2"


def test_a_bookmark_belongs_to_the_content_not_to_the_name(tmp_path: Path) -> None:
    one, same, other = (tmp_path / name for name in ("one", "same", "other"))
    one.write_bytes(change(1))
    same.write_bytes(change(1))
    other.write_bytes(change(2))
    Bookmark(tmp_path, one).keep(Position(line=7))
    assert Bookmark(tmp_path, same).position().line == 7
    assert Bookmark(tmp_path, other).position() == Position()

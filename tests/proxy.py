"""Something between a process and Kafka that can fall silent or be slow; what passes is Kafka's own.

Brokers tell their clients where to connect to. In every answer that place is replaced by the proxy's own, which is
as long, so that nothing goes past it.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress

FETCH, LIST_OFFSETS = 1, 2
"""Kafka's keys of the requests by which a consumer reads, and asks where a stream ends."""

_SIZE = struct.Struct(">i")
_LOOK_EVERY = 0.01


class Proxy:
    """Stands for the broker at ``upstream`` (host:port) on a port of its own.

    ``cut``: nothing passes, and connections stay open, as they do where a network is gone. ``withheld`` are the
    keys of requests whose answers do not come, ``delays`` seconds by which others come later.
    """

    def __init__(self, upstream: str, port: int) -> None:
        self.cut = False
        self.withheld: Collection[int] = ()
        self.delays: Mapping[int, float] = {}
        self._host, _, tail = upstream.partition(":")
        self._upstream, self._port = int(tail), port
        self.address = f"{self._host}:{port}"

    async def listen(self, listening: threading.Event, enough: asyncio.Event) -> None:
        """Serve until it is ``enough``."""
        async with await asyncio.start_server(self._serve, self._host, self._port):
            listening.set()
            await enough.wait()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, downstream = await asyncio.open_connection(self._host, self._upstream)
        asked: deque[int] = deque()
        ways = [
            asyncio.ensure_future(self._requests(reader, downstream, asked)),
            asyncio.ensure_future(self._answers(upstream, writer, asked)),
        ]
        with suppress(asyncio.CancelledError):
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        downstream.close()
        writer.close()

    async def _may_pass(self, key: int | None) -> None:
        while True:
            if not (self.cut or key in self.withheld):
                return
            await asyncio.sleep(_LOOK_EVERY)

    async def _requests(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: deque[int]
    ) -> None:
        while True:
            frame = await _frame(reader)
            await self._may_pass(None)
            asked.append(int.from_bytes(frame[:2], "big"))
            writer.write(_SIZE.pack(len(frame)) + frame)

    async def _answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: deque[int]
    ) -> None:
        """Kafka answers a connection's requests in order, so the first one asked is the one answered."""
        host = self._host.encode()
        theirs, ours = (host + _SIZE.pack(port) for port in (self._upstream, self._port))
        while True:
            frame, key = await _frame(reader), asked.popleft()
            await asyncio.sleep(self.delays.get(key, 0.0))
            await self._may_pass(key)
            writer.write(_SIZE.pack(len(frame)) + frame.replace(theirs, ours))


async def _frame(reader: asyncio.StreamReader) -> bytes:
    (size,) = _SIZE.unpack(await reader.readexactly(4))
    return await reader.readexactly(size)


@contextmanager
def proxied(upstream: str, port: int) -> Iterator[Proxy]:
    """A proxy that runs in a thread of its own."""
    proxy, loop, enough, listening = (
        Proxy(upstream, port),
        asyncio.new_event_loop(),
        asyncio.Event(),
        threading.Event(),
    )
    thread = threading.Thread(target=lambda: loop.run_until_complete(proxy.listen(listening, enough)))
    thread.start()
    try:
        assert listening.wait(30)
        yield proxy
    finally:
        loop.call_soon_threadsafe(enough.set)
        thread.join(10)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

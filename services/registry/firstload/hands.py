"""Whoever reckons what needs nothing but a processor: worker processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractContextManager
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Protocol, Self, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Hands(Protocol):
    """Does the same with one chunk after the other, several at a time."""

    def each(self, act: Callable[[T], R], chunks: Iterable[T]) -> Iterator[R]:
        """What ``act`` makes of each chunk, in order; no more chunks are taken than are soon needed."""


def in_order(submit: Callable[[T], Future[R]], chunks: Iterable[T], ahead: Callable[[], int]) -> Iterator[R]:
    """What comes of each chunk, in order, where so many are done ``ahead`` of the one that is waited for."""
    begun: deque[Future[R]] = deque()
    for chunk in chunks:
        begun.append(submit(chunk))
        if len(begun) > ahead():
            yield begun.popleft().result()
    while begun:
        yield begun.popleft().result()


Begin = Callable[[], AbstractContextManager[Hands]]
"""Whoever reckons is there as long as there is something to be reckoned."""


class Processes:
    """Worker processes; without ``workers`` all is done in this one."""

    def __init__(self, workers: int) -> None:
        self._ahead = 2 * workers
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(workers, context, initializer=_end_with_the_load) if workers else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def each(self, act: Callable[[T], R], chunks: Iterable[T]) -> Iterator[R]:
        """As in :class:`Hands`."""
        pool = self._pool
        if pool is None:
            yield from map(act, chunks)
        else:
            yield from in_order(lambda chunk: pool.submit(act, chunk), chunks, lambda: self._ahead)


def _end_with_the_load() -> None:
    """A worker whose load was killed waits for work for ever, were it not for this."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)

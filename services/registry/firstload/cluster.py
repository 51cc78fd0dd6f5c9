"""A Spark cluster's workers, for more than the processors of one machine can reckon in time.

The tables and the walk over full keys stay where the load was begun; what is reckoned goes to the cluster a chunk
at a time, and is forgotten there. The workers need this package, as the load has it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

from pyspark import SparkConf, SparkContext

from services.registry.batches import batches

T = TypeVar("T")
R = TypeVar("R")

# What goes to and fro is as personal as what the store holds.
_GUARDED = {
    "spark.authenticate": "true",
    "spark.network.crypto.enabled": "true",
    "spark.io.encryption.enabled": "true",
    "spark.eventLog.enabled": "false",
    "spark.ui.enabled": "false",
}


class SparkHands:
    """Does the same with one chunk after the other on the cluster at ``master``, a Spark master's URL.

    Further settings are Spark's own, from ``SPARK_CONF_DIR``: among them the secret, where the cluster draws none.
    """

    def __init__(self, master: str) -> None:
        conf = SparkConf().setMaster(master).setAppName("signpost-first-load").setAll(list(_GUARDED.items()))
        self._spark = SparkContext(conf=conf.set("spark.ui.showConsoleProgress", "false"))
        self._asking = ThreadPoolExecutor(2)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._spark.stop()
        self._asking.shutdown(cancel_futures=True)

    def each(self, act: Callable[[T], R], chunks: Iterable[T]) -> Iterator[R]:
        """As in :class:`~services.registry.firstload.hands.Hands`: as many at a time as there are workers."""
        begun: deque[Future[list[R]]] = deque()
        for some in batches(chunks, self._spark.defaultParallelism):
            begun.append(self._asking.submit(self._made, act, some))
            if len(begun) > 1:
                yield from begun.popleft().result()
        while begun:
            yield from begun.popleft().result()

    def _made(self, act: Callable[[T], R], chunks: Sequence[T]) -> list[R]:
        made: list[R] = self._spark.parallelize(chunks, len(chunks)).map(act).collect()
        return made

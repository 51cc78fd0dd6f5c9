"""A Spark cluster's workers, for more than the processors of one machine can reckon in time.

The tables and the walk over full keys stay where the load was begun; what is reckoned goes to the cluster a chunk
at a time, and is forgotten there. The workers need this package, as the load has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from pyspark import SparkConf, SparkContext

from services.registry import policy
from services.registry.firstload.hands import in_order

T = TypeVar("T")
R = TypeVar("R")

# What goes to and fro is as personal as what the store holds.
_SETTINGS = {
    "spark.authenticate": "true",
    "spark.network.crypto.enabled": "true",
    "spark.network.crypto.saslFallback": "false",
    "spark.io.encryption.enabled": "true",
    "spark.eventLog.enabled": "false",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
_AT_ONCE = 256


class WorkerError(Exception):
    """A worker failed: with an error of that name, or because it has other weights than the load."""


class SparkHands:
    """Does the same with one chunk after the other on the cluster at ``master``, a Spark master's URL.

    Further settings are Spark's own, from ``SPARK_CONF_DIR``: among them the secret, where the cluster draws none.
    """

    def __init__(self, master: str) -> None:
        conf = SparkConf().setMaster(master).setAppName("signpost-first-load").setAll(list(_SETTINGS.items()))
        self._spark = SparkContext(conf=conf)
        self._asking = ThreadPoolExecutor(_AT_ONCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._spark.stop()
        self._asking.shutdown(cancel_futures=True)

    def each(self, act: Callable[[T], R], chunks: Iterable[T]) -> Iterator[R]:
        """As in :class:`~services.registry.firstload.hands.Hands`: for each worker two chunks at a time."""
        task = _Task(act, policy.in_force().version)
        # More workers may come meanwhile.
        yield from in_order(
            lambda chunk: self._asking.submit(self._made, task, chunk),
            chunks,
            lambda: min(2 * self._spark.defaultParallelism, _AT_ONCE),
        )

    def _made(self, task: _Task, chunk: Any) -> Any:
        # One job a chunk: what many chunks come to together would be too much for the driver.
        return self._spark.parallelize([chunk], 1).map(task).collect()[0]


@dataclass(frozen=True)
class _Task:
    """What a worker does; of an error only the name goes back: its text may tell of a child."""

    act: Callable[[Any], Any]
    version: str

    def __call__(self, chunk: Any) -> Any:
        if policy.in_force().version != self.version:
            raise WorkerError("a worker has other weights")
        try:
            return self.act(chunk)
        except Exception as error:
            name = type(error).__name__
        raise WorkerError(name)

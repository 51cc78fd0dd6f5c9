"""People who go on acting while services die; each act is by somebody of its own, so that it can be counted."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import httpx

from tests.world import World

ACTIONS = ("shield-place", "search", "view", "record-read", "entries-read")
AWAY = 0
"""What stands for a status where no answer came."""
_PACE, _PAUSE = 0.05, 1.0
"""Seconds between two acts of a kind; longer between shields, and after one that was not answered."""
_REASON = {"code": "safeguarding"}


@dataclass(frozen=True)
class Done:
    """An act as its person saw it.

    ``shield_id`` tells which shield came of it, ``restricted`` how a child was shown.
    """

    actor: str
    action: str
    status: int
    child_number: str
    shield_id: str | None = None
    restricted: bool | None = None

    @property
    def answered(self) -> bool:
        """Whether it succeeded in its person's eyes."""
        return self.status in {200, 201}


class Acts:
    """Shields, searches, views, records and audit entries asked for in threads, until all is said to be enough.

    Each child is shielded once at most; what was answered is kept, in the order of the answers.
    """

    def __init__(self, world: World, children: Sequence[str]) -> None:
        self.done: list[Done] = []
        self._world = world
        self._enough = threading.Event()
        self._serial = itertools.count(1)
        self._taking = threading.Lock()
        to_shield, looked_at = iter(children), itertools.cycle(children)
        # Two officers, because each of their answers takes a second and some should be on their way always.
        self._threads = [
            threading.Thread(target=self._go_on, args=(action, numbers))
            for action, numbers in (
                ("shield-place", to_shield),
                ("shield-place", to_shield),
                ("search", looked_at),
                ("view", looked_at),
                ("record-read", looked_at),
                ("entries-read", looked_at),
            )
        ]

    def __enter__(self) -> Acts:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def await_each(self, seconds: float = 60) -> None:
        """Return once an act of every kind has been answered that is not yet, or a decision kept."""
        before = self._answered()
        for action in ACTIONS:
            deadline = time.monotonic() + seconds
            while self._answered()[action] <= before[action]:
                assert time.monotonic() < deadline, f"no {action} was answered within {seconds} s"
                time.sleep(_PACE)

    def _answered(self) -> Counter[str]:
        return Counter(each.action for each in list(self.done) if each.answered or each.shield_id is not None)

    def _go_on(self, action: str, numbers: Iterator[str]) -> None:
        pause = _PACE
        while not self._enough.wait(pause):
            with self._taking:
                number, actor = next(numbers, None), f"{action}-{next(self._serial)}"
            if number is None:
                return
            done = self._act(action, actor, number)
            self.done.append(done)
            # A child is shielded once only: on a slow machine too there must be some left to the end.
            pause = _PACE if done.answered and action != "shield-place" else _PAUSE

    def _act(self, action: str, actor: str, number: str) -> Done:
        try:
            answer = self._ask(action, actor, number)
        except httpx.TransportError:
            return Done(actor, action, AWAY, number)
        said = answer.json() if answer.is_success else {}
        shown = said["matches"][0] if action == "search" and said else said
        restricted = shown.get("restricted") if action in {"search", "view"} else None
        return Done(actor, action, answer.status_code, number, said.get("shield_id"), restricted)

    def _ask(self, action: str, actor: str, number: str) -> httpx.Response:
        call = self._world.call
        match action:
            case "shield-place":
                body = {"child_number": number, "ground": "domestic-abuse", "review_on": "2099-01-01"}
                return call("shielding", "POST", "/v1/shields", "shield-officer", body, subject=actor)
            case "search":
                asked = {"reason": _REASON, "criteria": {"child_number": number}}
                return call("search", "POST", "/v1/searches", "practitioner", asked, subject=actor)
            case "view":
                asked = {"reason": _REASON, "child_number": number}
                return call("search", "POST", "/v1/views", "practitioner", asked, subject=actor)
            case "record-read":
                path = f"/v1/records/{number}"
                return call("registry", "GET", path, "data-manager", subject=actor, authority="northshire")
            case _:
                return call("audit", "GET", "/v1/entries?limit=1", "auditor", subject=actor)

"""Whoever is answered has an audit entry of it, a search that may not be answered any more included."""

from __future__ import annotations

from typing import Any, cast

import pytest
from fastapi import Request

from runtime import clock
from runtime.fence import Fence
from runtime.lease import Lease
from runtime.problems import ProblemError
from runtime.settings import KafkaSettings, LeaseSettings
from runtime.shields import Shields
from runtime.tokens import Caller
from services.search.answers import to_search
from services.search.api import Desk, Search
from tests.search.scopes import EVERYWHERE
from tests.search.test_answers import criteria, fenced, hit

CALLER = Caller("dr-shah", frozenset({"practitioner"}), "northshire-gp", "northshire", None)


class Log:
    """The audit log, which takes as long to reach as the lease still holds."""

    def __init__(self, shields: Shields) -> None:
        self._shields = shields
        self.outcomes: list[str] = []

    async def record(self, *_: object, outcome: str, **__: object) -> None:
        self.outcomes.append(outcome)
        self._shields._lease = Lease(0.8)


async def test_a_search_whose_lease_runs_out_while_it_is_audited_is_refused_and_that_is_audited_too() -> None:
    lease = LeaseSettings(wait=0.0)
    shields = Shields("search", KafkaSettings(), lease)
    shields._lease.polled(clock.monotonic(), 0, 0)
    log = Log(shields)
    desk = Desk(Fence(shields, lease), cast("Any", log), cast("Any", None))
    given = {"family": "Okafor", "date_of_birth": "2015-04-09"}
    asked = Search.model_validate({"reason": {"code": "welfare-concern"}, "criteria": given})
    with pytest.raises(ProblemError) as refused:
        await desk.answer(
            Request({"type": "http"}),
            CALLER,
            asked,
            lambda trusted: to_search(criteria(**given), [hit()], EVERYWHERE, trusted=trusted, fenced=fenced()),
        )
    assert (refused.value.status, refused.value.kind) == (503, "shields-unknown")
    assert log.outcomes == ["matches", "shields-unknown"]

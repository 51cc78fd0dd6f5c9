"""Whoever is answered has an audit entry of it, a search that may not be answered any more included."""

from __future__ import annotations

import pytest
from fastapi import Request

from runtime.lease import Lease
from runtime.problems import ProblemError
from runtime.settings import LeaseSettings
from services.search.desk import Search
from tests.search import desks
from tests.search.desks import AUTHORITY, Found, Log
from tests.search.test_answers import hit


async def test_a_search_whose_lease_runs_out_while_it_is_audited_is_refused_and_that_is_audited_too() -> None:
    lease = LeaseSettings(wait=0.0)
    known = desks.shields(lease)

    def lapse() -> None:
        known._lease = Lease(0.8)

    log = Log(lapse)
    desk = desks.desk(Found(hit(authority=AUTHORITY)), log, known, lease)
    given = {"family": "Okafor", "date_of_birth": "2015-04-09"}
    asked = Search.model_validate({"reason": {"code": "welfare-concern"}, "criteria": given})
    with pytest.raises(ProblemError) as refused:
        await desk.search(asked, desks.PRACTITIONER, Request({"type": "http"}))
    assert (refused.value.status, refused.value.kind) == (503, "shields-unknown")
    assert log.outcomes == ["matches", "shields-unknown"]

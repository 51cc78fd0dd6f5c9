"""An override that nobody could be told of is not answered as if it were granted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from contracts.child_number import new_child_number
from runtime import metrics
from runtime.mongo import Database
from runtime.problems import ProblemError
from runtime.tokens import Caller
from services.shielding.emergencies import Emergencies, Overriding, Reason
from services.shielding.store import Overrides, Shields

HOLDER = Caller("holder-1", frozenset({"override-holder"}), "school", "northshire", acr="level-3")
WHY = Reason(code="missing-child", detail="not home")


async def nothing(*_: Any, **__: Any) -> None:
    """Take it."""


def granted() -> float:
    """How many overrides were granted."""
    (family,) = metrics.OVERRIDES_GRANTED.collect()
    return family.samples[0].value


async def test_where_kafka_fails_after_the_audit_entry_the_holder_is_told_to_try_again(database: Database) -> None:
    async def away(_: object) -> None:
        raise KafkaConnectionError

    overrides, before = Overrides(database), granted()
    bus, log = SimpleNamespace(publish=away), SimpleNamespace(record=nothing)
    emergencies = Emergencies(overrides, Shields(database), bus, log, "level-3", within=1)  # type: ignore[arg-type]
    asked = Overriding(child_number=new_child_number(), reason=WHY)
    with pytest.raises(ProblemError, match="not-told") as refused:
        await emergencies.grant(asked, HOLDER)
    assert refused.value.status == 503
    # It may have been told all the same: an officer looks at it.
    assert await overrides.count_to_review() == 1
    bus.publish = nothing
    await emergencies.grant(asked, HOLDER)
    assert granted() == before + 2

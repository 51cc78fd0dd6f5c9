"""A registry process that is stopped across a shield shows another authority's data manager nothing afterwards."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic, sleep

import httpx
import pytest

from bench.more import Another, more
from tests.children import nhs, nhs_number, somebody, somewhere, supplied
from tests.conftest import StackFactory
from tests.world import World, await_

READERS = 6
STOPPED = 3.0
"""Seconds: so long that every lease has run out meanwhile."""


@dataclass
class Seen:
    """The moments of all answers, and of those that told what is protected of the child."""

    answers: list[float] = field(default_factory=list)
    told: list[float] = field(default_factory=list)
    stop: bool = False


@pytest.fixture(scope="module")
def world(new_world: StackFactory) -> World:
    """A Signpost of its own: a stopped registry holds up whoever shares its streams."""
    return new_world()


@pytest.fixture
def another(world: World) -> Iterator[Another]:
    """One more registry process."""
    with more(world.stack, "registry", [{}]) as (process,):
        yield process


def in_doubt(world: World) -> tuple[str, str, str]:
    """Two authorities' children who agree in all but their NHS numbers; both numbers are the first one's."""
    numbers = [nhs_number(), nhs_number()]
    also = somebody(numbers[0]) | {"addresses": [somewhere(numbers[0])]}
    reports = zip(numbers, ("northshire-gp", "eastmoor-schools"), ("northshire", "eastmoor"), strict=True)
    world.publish(
        [
            supplied(source, each, identifiers=[nhs(each)], responsible_authority=whose, **also)
            for each, source, whose in reports
        ]
    )
    children = [str(world.find(identifier=nhs(number))["child_number"]) for number in numbers]
    return "-".join(sorted(children)), children[0], numbers[0]


def test_a_registry_that_was_stopped_tells_another_authority_nothing_of_a_child_who_is_hidden_by_then(
    world: World, another: Another
) -> None:
    review, child, protected = in_doubt(world)
    token = world.token("data-manager", "manager", "eastmoor")

    def ask(http: httpx.Client) -> httpx.Response:
        return http.get(f"{another.url}/v1/reviews/{review}", headers={"Authorization": f"Bearer {token}"})

    def watch(seen: Seen) -> None:
        with httpx.Client(timeout=60, trust_env=False) as http:
            while not seen.stop:
                answer = ask(http)
                seen.answers.append(monotonic())
                if protected in answer.text:
                    seen.told.append(monotonic())

    def more_answers() -> bool | None:
        return all(len(seen.answers) > before + 3 for seen, before in zip(everybody, asked, strict=True)) or None

    with httpx.Client(timeout=60, trust_env=False) as http:
        await_(lambda: protected in ask(http).text or None)
    everybody = [Seen() for _ in range(READERS)]
    with ThreadPoolExecutor(READERS) as threads:
        try:
            watching = [threads.submit(watch, seen) for seen in everybody]
            await_(lambda: all(seen.told for seen in everybody) or None)
            another.process.send_signal(signal.SIGSTOP)
            stopped = monotonic()
            shield = world.call("shielding", "POST", "/v1/shields", "shield-officer", shielding(child))
            hidden = monotonic()
            sleep(max(0.0, stopped + STOPPED - monotonic()))
            another.process.send_signal(signal.SIGCONT)
            asked = [len(seen.answers) for seen in everybody]
            await_(more_answers, 60)
        finally:
            another.process.send_signal(signal.SIGCONT)
            for seen in everybody:
                seen.stop = True
        for each in watching:
            each.result()
    assert shield.json()["fenced_at"]
    assert [at for seen in everybody for at in seen.told if at > hidden] == []


def shielding(child: str) -> dict[str, str]:
    """What an officer asks for."""
    return {"child_number": child, "ground": "adoption", "review_on": "2099-01-01"}

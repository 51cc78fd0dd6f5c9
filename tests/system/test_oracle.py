"""A shielded or held child is no oracle: whatever is asked by what is protected is answered as of nobody.

The bodies and the headers are compared byte by byte. How long the answers take is compared by the bench:
``python -m bench oracle``.
"""

from __future__ import annotations

import os
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from bench import hidden
from bench.casting import cast
from bench.hidden import Subject
from bench.people import ORGANISATION, Person, connected, person
from cli.kafka import producer
from generator.places import BY_SLUG
from tests.world import World

EACH = 300
OF_EVERYBODY = {"identifier", "given name, birth date and postcode", "former name"}
"""What is asked about all of them; everything else about a tenth, but in ``make check-full``."""
ALL_KINDS = EACH if os.environ.get("WHOLE_ORACLE") else EACH // 10
NOBODY = b'{"outcome":"none","matches":[]}'
Answer = tuple[int, tuple[tuple[bytes, bytes], ...], bytes]
"""Status, headers but the date, and body."""
Question = tuple[str, str, dict[str, Any]]
Questions = Callable[..., Iterator[tuple[str, Question]]]


@pytest.fixture(scope="module")
def world(world: World) -> World:
    """Every authority of the generator is live, and the bench's people are admitted."""
    world.stack.open(BY_SLUG, [ORGANISATION])
    return world


async def test_no_answer_tells_a_shielded_or_held_child_from_one_that_does_not_exist(world: World) -> None:
    async with connected() as http, producer(world.stack.kafka) as client:
        reader = await person(http, world.stack, "practitioner", "reader")
        officer = await person(http, world.stack, "shield-officer", "officer")
        subjects = await hidden.reported(cast(EACH, seed=41), world.stack, client, reader)
        world.stack.processes["registry"].stop()
        shields = await hidden.shielded(officer, subjects.shielded)
        # Hidden, while the index still holds everything.
        await assert_alike(reader, by_searches, shielded=subjects.shielded, absent=subjects.absent)

        world.stack.spawn("registry")
        await hidden.scrubbed(officer, shields)
        await hidden.gone(reader, subjects.held)
        hiding = {"held": subjects.held, "absent": subjects.absent, "nobody": subjects.nobody}
        await assert_alike(reader, by_searches, shielded=subjects.shielded, **hiding)
        await assert_alike(reader, by_number, **hiding)


def by_searches(subject: Subject, *, all_kinds: bool) -> Iterator[tuple[str, Question]]:
    """Searches by what is protected."""
    for kind, criteria in hidden.searches(subject):
        if all_kinds or kind in OF_EVERYBODY:
            yield kind, hidden.asked_by(criteria)


def by_number(subject: Subject, *, all_kinds: bool) -> Iterator[tuple[str, Question]]:
    """Looks at somebody who may not be known to exist."""
    yield "view", hidden.view(subject.number)
    yield "view by a number that was merged", hidden.view(subject.former)
    if all_kinds:
        yield "child number", hidden.asked_by({"child_number": subject.number})


async def assert_alike(reader: Person, questions: Questions, **groups: Sequence[Subject]) -> None:
    """All answers to a kind of question are the same, whoever it is about."""
    answers: dict[str, dict[Answer, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))

    async def ask(asked: tuple[str, str, Question]) -> None:
        group, kind, question = asked
        answer = await reader.ask(*question)
        headers = tuple((name, value) for name, value in answer.headers.raw if name.lower() != b"date")
        answers[kind][answer.status_code, headers, answer.content][group] += 1

    asked = [
        (group, kind, question)
        for group, subjects in groups.items()
        for at, subject in enumerate(subjects)
        for kind, question in questions(subject, all_kinds=at < ALL_KINDS)
    ]
    await hidden.at_once(ask, random.Random(2).sample(asked, len(asked)))
    for kind, different in answers.items():
        assert len(different) == 1, (kind, [dict(groups) for groups in different.values()])
        ((status, _, body),) = different
        assert status in {200, 404, 422}, kind
        assert status != 200 or body == NOBODY, kind

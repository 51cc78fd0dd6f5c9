"""Measures whether the time of an answer tells a shielded or held child from one that does not exist.

Every kind of search by something protected, and looks at the numbers of held children, each so many times about
children who are hidden and about children who do not exist, one call after another in random order; of shielded
children first while the index still holds everything ("fenced"), and then once it is rewritten.

The two samples of a kind are compared by Kolmogorov and Smirnov; the figure is p, the chance of two samples that
differ so much or more where nothing tells one from the other. That holds for calls that are independent: take as
many children as calls, else a few, asked again and again, tell the groups apart by how many variants their names
have.

A kind is taken for told apart where p is not above 0.01 divided by the number of kinds (Bonferroni): of so many
honest comparisons one would else be below 0.01 in every fifth run. The bench fails where any kind is told apart.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle, islice
from time import perf_counter
from typing import Any

import uvloop

from bench import hidden
from bench.casting import cast
from bench.figures import Figure, percentile
from bench.hidden import Subject
from bench.people import Person, connected, person
from bench.place import Place, Sizes, say
from cli.kafka import producer
from deploy.stack import Stack

_SEED = 43
_WARM_UP = 500
_LEAST = 0.01
Question = tuple[str, str, dict[str, Any]]
Samples = dict[str, dict[bool, list[float]]]
"""Seconds that answers took, by the kind of question, and by whether the child exists."""


def measure(place: Place, sizes: Sizes) -> list[Figure]:
    """For each kind of question p, and by how much the medians differ."""
    return list(_figures(uvloop.run(_measured(place.stack, sizes.hidden, sizes.calls))))


def _figures(samples: Samples) -> Iterator[Figure]:
    least = _LEAST / len(samples)
    for kind, taken in sorted(samples.items()):
        p = alike(taken[True], taken[False])
        yield Figure(f"{kind}: p", p, "", least, "0.01 / kinds", broken=p <= least)
        apart = percentile(taken[True], 50) - percentile(taken[False], 50)
        yield Figure(f"{kind}: median later by", apart * 1e6, "us")
    calls = min(len(seconds) for both in samples.values() for seconds in both.values())
    yield Figure("calls of each kind about either", calls, "")


async def _measured(stack: Stack, each: int, calls: int) -> Samples:
    async with connected() as http, producer(stack.kafka) as client:
        reader = await person(http, stack, "practitioner", "reader")
        officer = await person(http, stack, "shield-officer", "officer")
        subjects = await hidden.reported(cast(each, _SEED), stack, client, reader)
        # Without the registry nothing is rewritten.
        stack.processes["registry"].stop()
        shields = await hidden.shielded(officer, subjects.shielded)
        fenced = await _asked(reader, _questions(calls, fenced=(subjects.shielded, subjects.absent)))
        stack.spawn("registry")
        await hidden.scrubbed(officer, shields)
        await hidden.gone(reader, subjects.held)
        held, shielded = (subjects.held, subjects.nobody), (subjects.shielded, subjects.absent)
        return fenced | await _asked(reader, _questions(calls, shielded=shielded, held=held))


def _questions(
    calls: int, **kinds: tuple[Sequence[Subject], Sequence[Subject]]
) -> Iterator[tuple[str, bool, Question]]:
    """So many calls of each kind about either: those who exist, and those who do not."""
    for who, (exist, absent) in kinds.items():
        for exists, group in ((True, exist), (False, absent)):
            by_kind: dict[str, list[Question]] = defaultdict(list)
            for subject in group:
                for kind, question in _about(subject, held=who == "held"):
                    by_kind[kind].append(question)
            for kind, questions in by_kind.items():
                yield from ((f"{who}, {kind}", exists, each) for each in islice(cycle(questions), calls))


def _about(subject: Subject, *, held: bool) -> Iterator[tuple[str, Question]]:
    for kind, criteria in hidden.searches(subject):
        # Held children have nothing but what was made up for them: by that alone they are asked for.
        if not held or kind in {"identifier", "given name, birth date and postcode"}:
            yield kind, hidden.asked_by(criteria)
    if held:
        yield "view", hidden.view(subject.number)
        yield "view by a number that was merged", hidden.view(subject.former)
        yield "child number", hidden.asked_by({"child_number": subject.number})


async def _asked(reader: Person, questions: Iterable[tuple[str, bool, Question]]) -> Samples:
    samples: Samples = defaultdict(lambda: {True: [], False: []})
    in_turn = list(questions)
    asked = random.Random(_SEED).sample(in_turn, len(in_turn))
    say(f"oracle: {len(asked)} calls")
    for _, _, question in asked[:_WARM_UP]:
        await reader.ask(*question)
    for kind, exists, question in asked:
        began = perf_counter()
        await reader.ask(*question)
        samples[kind][exists].append(perf_counter() - began)
    return samples


def alike(one: Sequence[float], other: Sequence[float]) -> float:
    """The p-value of the two-sample Kolmogorov-Smirnov test, by its asymptotic distribution (Stephens 1970)."""
    ones, others = sorted(one), sorted(other)
    distance = max(
        abs(bisect_right(ones, value) / len(ones) - bisect_right(others, value) / len(others))
        for value in (*ones, *others)
    )
    size = math.sqrt(len(ones) * len(others) / (len(ones) + len(others)))
    scaled = (size + 0.12 + 0.11 / size) * distance
    if scaled < 0.2:
        return 1.0  # the series converges too slowly there, to 1
    terms = (-math.cos(math.pi * term) * math.exp(-2 * (term * scaled) ** 2) for term in range(1, 101))
    return min(1.0, 2 * sum(terms))

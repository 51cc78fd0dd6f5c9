"""The demo's story: a worried school, a shield, and who looked; every step is measured, every answer looked at."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any

from rich.rule import Rule
from rich.text import Text

from cli import pages
from cli.casting import Girl
from cli.client import Client, until
from cli.output import Failure, out

Answer = dict[str, Any]
PATIENCE = 20.0
"""Seconds for which what was promised may take."""


@dataclass
class Stopwatch:
    """What was measured, in the order in which it happened."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def measure(self, what: str) -> Iterator[None]:
        """Note how long the block took."""
        began = time.monotonic()
        yield
        self.seconds[what] = time.monotonic() - began

    def told(self, what: str) -> str:
        """How long it took, in words."""
        took = self.seconds[what]
        return f"{took * 1000:.0f} ms" if took < 1 else f"{took:.1f} s"


def tell(client: Client, girls: Iterable[Girl], watch: Stopwatch) -> tuple[Girl, Answer]:
    """Tell it of the first girl who can still be found; returns her and her shield."""
    girl, found, practitioner = _worried(client, girls, watch)
    number = found["matches"][0]["child_number"]
    view = {"reason": {"code": "safeguarding"}, "child_number": number}
    with watch.measure("view"):
        record = client.post("search", "/v1/views", practitioner, view)
    _chapter("Who else is working with her?")
    out.print(pages.record(record))
    _took(watch, "view", "Her look is in the audit log; without that there would have been no answer.")

    officer = client.token(
        "shield-officer", "r.castellan", f"{girl.authority} Children's Services", girl.authority
    )
    shield = _shielded(client, officer, number, watch)
    _hidden(client, practitioner, girl, view, watch)
    _useless(client, practitioner, girl, number, watch)
    _stands(client, officer, shield, watch)
    _looked(client, girl, number, watch)
    return girl, shield


def _worried(client: Client, girls: Iterable[Girl], watch: Stopwatch) -> tuple[Girl, Answer, str]:
    # What was just loaded may take a moment to be findable, but not a moment for each girl.
    deadline = time.monotonic() + PATIENCE
    for girl in girls:
        _admitted(client, girl)
        token = client.token("practitioner", _subject(girl.teacher), girl.school, girl.authority)
        ask = partial(_look_once_let_in, client, token, girl, watch)
        answer = until(ask, lambda found: found["outcome"] != "none", deadline)
        if len(answer["matches"]) == 1 and not answer["matches"][0]["restricted"]:
            _chapter("A worried school looks for a child")
            out.print(
                f"{girl.teacher} of {girl.school} is worried about {girl.given} {girl.family}, born {girl.born},\n"
                "and wants to know who else is working with her. The reason is asked for, and kept."
            )
            out.print(pages.matches(answer))
            _took(watch, "search")
            return girl, answer, token
    raise Failure("The story has been told of every girl whom it suits: signpost down --wipe, then again.")


def _admitted(client: Client, girl: Girl) -> None:
    """Her authority's data manager lets her school's practitioners in."""
    manager = client.token("data-manager", "k.lindqvist", authority=girl.authority)
    asked = {"organisation": girl.school, "reason": "the school has signed the agreement"}
    client.post("registry", f"/v1/authorities/{girl.authority}/organisations", manager, asked)


def _shielded(client: Client, officer: str, number: str, watch: Stopwatch) -> Answer:
    _chapter("An officer shields her")
    out.print("She and her mother have fled. Whoever looks must not learn where she is, from this moment on.")
    review = (date.today() + timedelta(days=90)).isoformat()  # noqa: DTZ011 - the officer's calendar
    wanted = {"child_number": number, "ground": "domestic-abuse", "review_on": review}
    with watch.measure("shield: decided to hidden"):
        shield = client.post("shielding", "/v1/shields", officer, wanted)
        path = f"/v1/shields/{shield['shield_id']}"
        if not shield["hidden"]:
            ask = partial(client.get, "shielding", path, officer)
            shield = _promised(ask, lambda now: now["hidden"], "she is not hidden everywhere")
    out.print(Text(shield["in_words"], style="bold"))
    _took(watch, "shield: decided to hidden", "No process anywhere can show her protected fields any more.")
    return shield


def _hidden(client: Client, practitioner: str, girl: Girl, view: Answer, watch: Stopwatch) -> None:
    _chapter("The same search and view, a moment later")
    with watch.measure("shield: hidden to search says restricted"):
        first = _look(client, practitioner, girl, watch)
        if first["outcome"] == "none":
            out.print("At once: nobody found. While her old fields are being rewritten, nothing leads to her.")
            ask = partial(_look, client, practitioner, girl, watch)
            first = _promised(ask, lambda found: found["outcome"] != "none", "she is not found as restricted")
    number, found = view["child_number"], [(each["child_number"], each["restricted"]) for each in first["matches"]]
    _insist(found == [(number, True)], "a search does not show her, and her alone, as restricted")
    out.print(pages.matches(first))
    _took(watch, "search", "Name, date of birth and gender stay visible, so that nobody enters her a second time.")
    with watch.measure("view, restricted"):
        record = client.post("search", "/v1/views", practitioner, view)
    _insist(record["restricted"], "her record is shown as if there were no shield")
    out.print(pages.record(record))
    _took(watch, "view, restricted")


def _useless(client: Client, practitioner: str, girl: Girl, number: str, watch: Stopwatch) -> None:
    criteria = {"given": girl.given, "date_of_birth": girl.born, "postcode": girl.postcode}
    with watch.measure("search by her postcode"):
        answer = client.post("search", "/v1/searches", practitioner, _asked(criteria))
    found = {each["child_number"] for each in answer["matches"]}
    _insist(number not in found, "her postcode, which is hidden, finds her")
    out.print(f"And by her postcode, {girl.postcode}:")
    out.print(pages.matches(answer))
    _took(watch, "search by her postcode", "What is hidden cannot be used to find her, either.")


def _stands(client: Client, officer: str, shield: Answer, watch: Stopwatch) -> None:
    _chapter("Where the shield stands")
    path = f"/v1/shields/{shield['shield_id']}"
    ask = partial(client.get, "shielding", path, officer)
    rewritten = {"scrubbed", "purged"}
    shield = _promised(
        ask, lambda now: now["status"] in rewritten, "not every store has been rewritten without her"
    )
    out.print(pages.shield(shield))
    out.print("Fenced: nobody is shown her. Scrubbed: every store has been rewritten without her.", style="dim")


def _looked(client: Client, girl: Girl, number: str, watch: Stopwatch) -> None:
    _chapter("Who looked at her, from the audit log")
    auditor = client.token("auditor", "m.okonjo", girl.authority, girl.authority)
    path = f"/v1/children/{number}/accesses"

    def complete(found: Answer) -> bool:
        seen = {(each["action"], bool(each["restricted"])) for each in found["accesses"]}
        return {("search", False), ("view", False), ("shield-place", False), ("view", True)} <= seen

    with watch.measure("audit: last look to readable by the auditor"):
        ask = partial(client.get, "audit", path, auditor)
        answer = _promised(ask, complete, "not every look at her is in the audit log")
    out.print(pages.accesses(answer["accesses"]))
    _took(
        watch,
        "audit: last look to readable by the auditor",
        "What was typed is sealed: only the audit service can open it.",
    )


def _look_once_let_in(client: Client, token: str, girl: Girl, watch: Stopwatch) -> Answer:
    """Nothing yet, where search has not heard so soon that her school is let in."""
    try:
        return _look(client, token, girl, watch)
    except Failure as refused:
        if not str((refused.document or {}).get("type")).endswith("organisation-not-admitted"):
            raise
        return {"outcome": "none", "matches": []}


def _look(client: Client, token: str, girl: Girl, watch: Stopwatch) -> Answer:
    criteria = {"given": girl.given, "family": girl.family, "date_of_birth": girl.born}
    with watch.measure("search"):
        return client.post("search", "/v1/searches", token, _asked(criteria))


def _asked(criteria: dict[str, str]) -> Answer:
    reason = {"code": "safeguarding", "detail": "Came to school upset, will not say why."}
    return {"reason": reason, "criteria": criteria}


def _promised(ask: Callable[[], Answer], fits: Callable[[Answer], bool], broken: str) -> Answer:
    """The answer that fits; a failure in the words of the broken promise where none comes in time."""
    answer = until(ask, fits, time.monotonic() + PATIENCE)
    _insist(fits(answer), f"after {PATIENCE:.0f} s {broken}")
    return answer


def _insist(kept: bool, broken: str) -> None:
    """What the story goes on to say must be so."""
    if not kept:
        raise Failure(f"The story cannot be told to its end: {broken}.")


def _subject(name: str) -> str:
    return ".".join(name.casefold().replace(".", " ").split())


def _chapter(title: str) -> None:
    out.print()
    out.print(Rule(Text(title, style="bold"), align="left"))


def _took(watch: Stopwatch, what: str, remark: str = "") -> None:
    out.print(Text(f"{watch.told(what)}. {remark}".strip(), style="green"))

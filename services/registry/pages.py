"""The data managers' pages: what there is to decide, both sides compared, the decision, undoing, splitting.

They act through the same methods as the HTTP interface, so both audit and refuse alike. A child number and a
source's own reference are posted, and never part of an address. Officers decide here on what is for them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response

from contracts.child_number import is_child_number
from runtime.forms import Form, FormError, parse, read
from runtime.pages import Pages
from runtime.problems import ProblemError
from runtime.settings import ServiceSettings
from runtime.tokens import Caller, DataManager, Decider, OverrideHolder
from services.registry.deciding import Decisions
from services.registry.emergencies import Emergencies
from services.registry.picture import picture, picture_of_hold
from services.registry.queue import numbers_of
from services.registry.reading import LARGEST_QUEUE, Reading
from services.registry.redaction import CentralTeam
from services.registry.showing import in_words
from services.registry.showing import shown as shown_whole
from services.registry.workbench import Deciding, SourceRef, Splitting

HOME = "/data-managers"
HOLDERS = "/overrides"
_FOLDER = Path(__file__).parent / "templates"

VERDICTS = {
    "same": "They are the same child",
    "different": "They are different children",
    "cannot-tell": "It cannot be told yet",
}
HARMS = {
    3: "May be a shielded child",
    2: "Sources contradict each other",
    1: "May be one child",
    0: "Could not be told before",
}
STATUSES = {
    "joined": "It is part of a child record.",
    "probable": "It is part of a child record, and may belong to another one: that is in the queue.",
    "held": "It is held: nobody can find it until somebody decides whose it is.",
    "refused": "Nothing could be made of it; the source has to correct it.",
    "withdrawn": "Its source has withdrawn it.",
}

_NUMBER = {"child_number": "Enter a child number of ten digits"}
_REF = {"source": "Enter the source's name, such as northshire-schools", "source_ref": "Enter its own reference"}
_DECIDING = {"verdict": "Select what you decide", "reason": "Say why, in at most 1,000 characters"}
_SPLITTING = {
    "reason": "Say why, in at most 1,000 characters",
    "source_records": "Select the source records that are another child's",
}
_TO_DECIDE = {HOME: "To decide"}
_CHANGED = "The record changed meanwhile: look at it again before you decide"
_IN_THE_FORM = ("changed-meanwhile", "nothing-to-split")


def build(settings: ServiceSettings) -> Pages:
    """The data managers' pages, without their routes."""
    return Pages(
        "Matching",
        settings,
        _FOLDER,
        home=HOME,
        roles={
            "data-manager": "Data manager",
            "shield-officer": "Shield officer",
            "override-holder": "Holder of emergency overrides",
        },
        homes={"override-holder": HOLDERS},
        navigation={
            **_TO_DECIDE,
            f"{HOME}/refusals": "Refused",
            f"{HOME}/find": "Find a record",
        },
    )


def routes(pages: Pages, reading: Reading, decisions: Decisions) -> APIRouter:
    """The queue, comparing, deciding and undoing."""
    router = pages.router(HOME)

    async def compared(
        request: Request, decider: Caller, review_id: str, status: int = 200, **about: Any
    ) -> Response:
        found = await reading.comparison(decider, request, review_id)
        why = found["explanation"]
        about |= {"why": why, "words": in_words, **_reach(decider)}
        if why:
            about |= {"picture": picture(why), "hold": picture_of_hold(why)}
        return pages.show("comparison.html", status, review_id=review_id, verdicts=VERDICTS, **found, **about)

    @router.get("")
    async def queue(request: Request, decider: Decider) -> Response:
        waiting = await reading.waiting(decider)
        found = await reading.queue(decider, request)
        about = {"harms": HARMS, "most": LARGEST_QUEUE, "waiting": waiting, **_reach(decider)}
        return pages.show("queue.html", reviews=found, **about)

    @router.get("/refusals")
    async def refusals(request: Request, manager: DataManager) -> Response:
        return pages.show("refusals.html", refusals=await reading.refusals(manager, request))

    @router.post("/comparisons")
    async def compare(request: Request, decider: Decider) -> Response:
        return await compared(request, decider, _review_of(await read(request)))

    @router.post("/decisions")
    async def decide(request: Request, decider: Decider) -> Response:
        form = await read(request)
        review_id = _review_of(form)
        try:
            asked = parse(Deciding, _given(form, _DECIDING) | {"seen": _seen(form)}, _DECIDING)
            if sorted(asked.seen) != numbers_of(review_id):
                raise _unknown()
            verdict = await decisions.on_two(decider, asked.seen, asked.verdict, asked.reason, "review-decide")
        except FormError as error:
            return await compared(request, decider, review_id, 422, form=form, errors=error.errors)
        except ProblemError as problem:
            if problem.kind not in _IN_THE_FORM:
                raise
            errors = {"verdict": _CHANGED}
            return await compared(request, decider, review_id, 409, form=form, errors=errors)
        return pages.show("decided.html", done=VERDICTS[verdict.said], verdict=verdict, **_reach(decider))

    @router.post("/undoings")
    async def undo(request: Request, decider: Decider) -> Response:
        verdict = await decisions.undo(decider, (await read(request)).get("decision", ""))
        about = {"verdict": verdict, "undone": True, **_reach(decider)}
        return pages.show("decided.html", done="The decision is taken back", **about)

    return router


def record_routes(pages: Pages, reading: Reading, decisions: Decisions) -> APIRouter:
    """Finding a record or a source record, and splitting."""
    router = pages.router(HOME)

    async def shown(request: Request, manager: Caller, number: str, status: int = 200, **about: Any) -> Response:
        record = await reading.record(manager, request, number)
        return pages.show(
            "record.html", status, record=record, words=in_words, statuses=STATUSES, said=VERDICTS, **about
        )

    @router.get("/find")
    async def find(manager: DataManager) -> Response:
        return pages.show("find.html")

    @router.post("/records")
    async def record(request: Request, manager: DataManager) -> Response:
        form = await read(request)
        number = form.get("child_number", "").replace(" ", "")
        if not is_child_number(number):
            return pages.show("find.html", 422, form=form, errors=_NUMBER)
        return await shown(request, manager, number)

    @router.post("/source-records")
    async def source_record(request: Request, manager: DataManager) -> Response:
        form = await read(request)
        try:
            ref = parse(SourceRef, _given(form, _REF), _REF)
        except FormError as error:
            return pages.show("find.html", 422, form=form, errors=error.errors)
        found = await reading.status_of(manager, request, f"{ref.source}/{ref.source_ref}")
        return pages.show("source-record.html", found=found, statuses=STATUSES, ref=ref)

    @router.post("/splits")
    async def split(request: Request, manager: DataManager) -> Response:
        form = await read(request)
        seen = _seen(form)
        chosen = [value for name, value in sorted(form.items()) if name.startswith("source_records-")]
        refs = [dict(zip(("source", "source_ref"), key.split("/", 1), strict=False)) for key in chosen]
        try:
            asked = parse(
                Splitting, _given(form, ("reason",)) | {"seen": seen, "source_records": refs}, _SPLITTING
            )
            verdict = await decisions.split(manager, asked.seen, chosen, asked.reason)
        except FormError as error:
            return await shown(request, manager, next(iter(seen), ""), 422, form=form, errors=error.errors)
        except ProblemError as problem:
            if problem.kind not in _IN_THE_FORM:
                raise
            said = _CHANGED if problem.kind == "changed-meanwhile" else problem.detail
            about = {"form": form, "errors": {"source_records": said}}
            return await shown(request, manager, next(iter(seen)), problem.status, **about)
        return pages.show("decided.html", done="They are two children now", verdict=verdict)

    return router


def _reach(decider: Caller) -> dict[str, Any]:
    """The pages that lie open to them, where these are fewer than all: the rest is for data managers."""
    return {} if "data-manager" in decider.roles else {"navigation": _TO_DECIDE}


def _review_of(form: Form) -> str:
    review_id = form.get("review", "")
    if not re.fullmatch(r"\d{10}-\d{10}", review_id):
        raise _unknown()
    return review_id


def _seen(form: Form) -> dict[str, int]:
    """The revisions of the children that were on the page, which their hidden fields tell."""
    revisions = {name.removeprefix("seen-"): value for name, value in form.items() if name.startswith("seen-")}
    if not revisions or not all(is_child_number(n) and value.isdecimal() for n, value in revisions.items()):
        raise _unknown()
    return {number: int(value) for number, value in revisions.items()}


def _given(form: Form, names: Any) -> dict[str, object]:
    return {name: form[name] for name in names if name in form}


def _unknown() -> ProblemError:
    return ProblemError(422, "not-of-a-page", "That did not come from a page of the queue: begin there.")


def override_routes(
    pages: Pages, emergencies: Emergencies, central_team: CentralTeam, shielding_url: str | None
) -> APIRouter:
    """What override holders see; they ask for it, and leave it, on shielding's pages."""
    router = pages.router(HOLDERS)
    asking = f"{shielding_url}{HOLDERS}" if shielding_url else None

    @router.get("")
    async def begin(holder: OverrideHolder) -> Response:
        return pages.show("emergency.html", record=None, back=asking, signed_in=False)

    @router.get("/{override_id}")
    async def show(override_id: str, holder: OverrideHolder, request: Request) -> Response:
        child, golden = await emergencies.record(override_id, holder, request)
        back = f"{asking}/{override_id}" if asking else None
        record = shown_whole(child, golden, central_team)
        return pages.show("emergency.html", record=record, words=in_words, back=back, signed_in=False)

    return router

"""The officers' pages: find, shield, watch it take hold, review, lift with two people, look at overrides."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from contracts.child_number import is_child_number
from runtime import clock
from runtime.forms import Form, FormError, day, parse, read, refusals
from runtime.pages import Pages
from runtime.settings import ServiceSettings
from runtime.tokens import Caller, ShieldOfficer
from services.shielding.asking import Approving, Placing, Reviewing
from services.shielding.emergencies import Emergencies, Judging
from services.shielding.officers import Officers
from services.shielding.shield import Shield
from services.shielding.showing import forgotten_in_words, hidden, in_words

HOME = "/officers"
HOLDERS = "/overrides"
_FOLDER = Path(__file__).parent / "templates"

GROUNDS = {
    "police-protection": "Police protection",
    "domestic-abuse": "Domestic abuse",
    "adoption": "Adoption",
    "other": "Another ground",
}
OUTCOMES = {"still-needed": "The shield is still needed", "lift-advised": "The shield should be lifted"}
VERDICTS = {"justified": "The override was justified", "not-justified": "The override was not justified"}

PLACING = {
    "child_number": "Enter a child number of ten digits",
    "ground": "Select the ground",
    "review_on": "Enter the day of the review, a day to come",
    "detail": "Describe the ground",
}
_REVIEWING = {
    "outcome": "Select what the review came to",
    "review_on": "Enter the day of the next review, a day to come",
    "detail": "Say it in fewer words",
}
_JUDGING = {"verdict": "Select whether the override was justified", "detail": "Say what you found"}
FIELD_OF = {
    "review-not-ahead": "review_on",
    "wrong-check-digit": "child_number",
    "already-shielded": "child_number",
    "being-lifted": "child_number",
    "unknown-child": "child_number",
}
"""Where on a page it is said that something is refused; the rest is said on top."""
_REFRESH_EVERY = 3


def build(settings: ServiceSettings) -> Pages:
    """The officers' pages, without their routes."""
    return Pages(
        "Shields",
        settings,
        _FOLDER,
        home=HOME,
        roles={"shield-officer": "Shield officer", "override-holder": "Holder of emergency overrides"},
        homes={"override-holder": HOLDERS},
        navigation={
            HOME: "Find a child",
            f"{HOME}/reviews": "Reviews due",
            f"{HOME}/overrides": "Overrides to review",
        },
    )


def routes(pages: Pages, officers: Officers, search_url: str | None, registry_url: str | None) -> APIRouter:
    """Finding, shielding, reviewing and lifting."""
    router = pages.router(HOME)

    def asked(status: int = 200, form: Mapping[str, str] | None = None, **about: Any) -> Response:
        about = {"grounds": GROUNDS, "unknown": False, **about}
        return pages.show("place.html", status, form=form or {}, **about)

    @router.get("")
    async def find_page(officer: ShieldOfficer) -> Response:
        return pages.show("find.html", search_url=search_url)

    @router.post("/find")
    async def find(request: Request, officer: ShieldOfficer) -> Response:
        form = await read(request)
        number = number_in(form)
        try:
            if not is_child_number(number):
                raise FormError({"child_number": PLACING["child_number"]})
            with refusals(request):
                shield = await officers.open_for(number, officer)
        except FormError as error:
            return pages.show("find.html", error.status, form=form, errors=error.errors, search_url=search_url)
        return asked(form={"child_number": number}) if shield is None else _to(shield.shield_id)

    @router.post("/shields")
    async def place(request: Request, officer: ShieldOfficer) -> Response:
        form = await read(request)
        try:
            with refusals(request, FIELD_OF):
                shield = await officers.place(parse(Placing, _placing(form), PLACING), officer)
        except FormError as error:
            wrong = error.status == 422 and not is_child_number(number_in(form))
            number = {"child_number": PLACING["child_number"]} if wrong else {}
            return asked(error.status, form, errors=error.errors | number, unknown=error.kind == "unknown-child")
        # Not hidden yet, perhaps because Kafka is away: another look could not be audited, and would say less.
        return _to(shield.shield_id) if shield.fenced_at else shield_page(pages, shield, officer, 202)

    @router.get("/shields/{shield_id}")
    async def show(shield_id: str, officer: ShieldOfficer) -> Response:
        return shield_page(pages, await officers.show(shield_id, officer), officer)

    @router.post("/shields/{shield_id}/reviews")
    async def review(shield_id: str, request: Request, officer: ShieldOfficer) -> Response:
        form = await read(request)
        try:
            given = {name: form[name] for name in ("outcome", "detail") if name in form}
            with refusals(request, FIELD_OF):
                asked = parse(Reviewing, given | {"review_on": day(form, "review_on")}, _REVIEWING)
                await officers.review(shield_id, asked, officer)
        except FormError as error:
            about: dict[str, Any] = {"form": form, "errors": error.errors}
            try:
                with refusals(request):
                    shield = await officers.show(shield_id, officer)
            except FormError:
                about |= {"part": "reviewing.html", "path": request.url.path, "outcomes": OUTCOMES}
                return pages.show("alone.html", error.status, **about)
            return shield_page(pages, shield, officer, error.status, **about)
        return _to(shield_id)

    @router.post("/shields/{shield_id}/lift-requests")
    async def request_lift(shield_id: str, officer: ShieldOfficer) -> Response:
        await officers.request_lift(shield_id, officer)
        return _to(shield_id)

    @router.post("/shields/{shield_id}/lift-approvals")
    async def approve_lift(shield_id: str, request: Request, officer: ShieldOfficer) -> Response:
        seen = parse(Approving, await read(request), {"revision": "Look at the shield again"})
        await officers.approve_lift(shield_id, seen, officer)
        return _to(shield_id)

    @router.post("/shields/{shield_id}/redrives")
    async def redrive(shield_id: str, officer: ShieldOfficer) -> Response:
        await officers.redrive(shield_id, officer)
        return _to(shield_id)

    @router.get("/reviews")
    async def due(officer: ShieldOfficer) -> Response:
        found = await officers.due(clock.now().date(), officer)
        return pages.show("reviews.html", shields=found, grounds=GROUNDS, registry_url=registry_url)

    return router


def override_routes(pages: Pages, emergencies: Emergencies) -> APIRouter:
    """Looking at overrides."""
    router = pages.router(f"{HOME}/overrides")

    @router.get("")
    async def to_review(officer: ShieldOfficer) -> Response:
        return pages.show("overrides.html", overrides=await emergencies.to_review(officer))

    @router.get("/{override_id}")
    async def show(override_id: str, officer: ShieldOfficer) -> Response:
        override = await emergencies.show(override_id, officer, "shield-officer")
        return pages.show("override.html", override=override, verdicts=VERDICTS)

    @router.post("/{override_id}/reviews")
    async def review(override_id: str, request: Request, officer: ShieldOfficer) -> Response:
        form = await read(request)
        try:
            given = {name: form[name] for name in _JUDGING if name in form}
            with refusals(request):
                await emergencies.review(override_id, parse(Judging, given, _JUDGING), officer)
        except FormError as error:
            about: dict[str, Any] = {"form": form, "errors": error.errors, "verdicts": VERDICTS}
            try:
                with refusals(request):
                    override = await emergencies.show(override_id, officer, "shield-officer")
            except FormError:
                about |= {"part": "judging.html", "path": request.url.path}
                return pages.show("alone.html", error.status, **about)
            return pages.show("override.html", error.status, override=override, **about)
        return RedirectResponse(f"{HOME}/overrides", 303)

    return router


def number_in(form: Form) -> str:
    """The child number, however it was spaced."""
    return form.get("child_number", "").replace(" ", "")


def _placing(form: Form) -> dict[str, object]:
    given: dict[str, object] = {name: form[name] for name in ("ground", "detail") if name in form}
    return given | {"child_number": number_in(form), "review_on": day(form, "review_on")}


def _to(shield_id: str) -> Response:
    return RedirectResponse(f"{HOME}/shields/{shield_id}", 303)


def shield_page(pages: Pages, shield: Shield, officer: Caller, status: int = 200, **about: Any) -> Response:
    """Where a shield stands, and what may be done about it."""
    moving = shield.unfinished or shield.unscrubbed
    # Where Kafka may be away another look could not be audited, and would take these words away.
    by_itself = moving and status == 200 and not about
    return pages.show(
        "shield.html",
        status,
        shield=shield,
        words=in_words(shield),
        hidden=hidden(shield),
        forgotten=forgotten_in_words(shield, clock.now()),
        ground=GROUNDS[shield.ground],
        outcomes=OUTCOMES,
        own=shield.authority == officer.authority,
        second=shield.lift_requested_by not in {None, officer.subject},
        refresh=f"{_REFRESH_EVERY}; url={HOME}/shields/{shield.shield_id}" if by_itself else None,
        moving=moving,
        every=_REFRESH_EVERY,
        **about,
    )

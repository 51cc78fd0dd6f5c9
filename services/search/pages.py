"""The practitioners' pages: look for a child with a reason, see who fits, see one record.

They ask the same desk as the HTTP interface, so both audit and refuse alike. What is typed and whom it finds is
posted, and never part of an address; a title, which a browser keeps beside the address, does not name the child.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response

from runtime import clock
from runtime.forms import FormError, read, refusals
from runtime.pages import Pages
from runtime.settings import ServiceSettings
from runtime.tokens import Caller, Finder
from services.search.desk import Desk
from services.search.documents import LARGEST_RESULT
from services.search.filled import ANY, search_in, view_in
from services.search.showing import match_in_words, record_in_words

HOME = "/find"
_FOLDER = Path(__file__).parent / "templates"

REASONS = {
    "safeguarding": "The child may be at risk of harm",
    "welfare-concern": "I am concerned about the child's welfare",
    "service-provision": "My service works with the child, or is about to",
    "emergency": "An emergency",
    "other": "Another reason",
}
GENDERS = {
    ANY: "Not known, or it does not matter",
    "female": "Female",
    "male": "Male",
    "unspecified": "Unspecified",
}
_FIELD_OF = {"criteria-insufficient": "given"}
"""Where on the page it is said that something is refused: what is too little begins with the first criterion."""


def build(settings: ServiceSettings) -> Pages:
    """The practitioners' pages, without their routes."""
    return Pages(
        "Search",
        settings,
        _FOLDER,
        home=HOME,
        roles={"practitioner": "Practitioner", "shield-officer": "Shield officer"},
        navigation={HOME: "Find a child"},
    )


def routes(pages: Pages, desk: Desk, shielding_url: str | None) -> APIRouter:
    """Searching, and looking at one record."""
    router = pages.router(HOME)

    def shown(template: str, caller: Caller, status: int = 200, **about: Any) -> Response:
        officer = "shield-officer" in caller.roles
        about |= {"reasons": REASONS, "genders": GENDERS, "officer": officer, "shielding_url": shielding_url}
        return pages.show(template, status, **about)

    @router.get("")
    async def ask(caller: Finder) -> Response:
        desk.scope(caller)  # before anything is typed: it would be refused
        return shown("find.html", caller)

    @router.post("")
    async def search(request: Request, caller: Finder) -> Response:
        form = await read(request)
        try:
            with refusals(request, _FIELD_OF):
                answer = await desk.search(search_in(form), caller, request)
        except FormError as error:
            return shown("find.html", caller, error.status, form=form, errors=error.errors)
        matches = [match_in_words(each) for each in answer.body["matches"]]
        about: dict[str, Any] = {"outcome": answer.outcome, "matches": matches, "most": LARGEST_RESULT}
        return shown("found.html", caller, form=form, **about)

    @router.post("/records")
    async def view(request: Request, caller: Finder) -> Response:
        answer = await desk.view(view_in(await read(request)), caller, request)
        return shown("record.html", caller, record=record_in_words(answer.body, clock.now().date()))

    return router

"""The page on which officers shield a child whom no service has told Signpost of yet, by what they know."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from runtime import clock
from runtime.forms import Form, FormError, day, parse, read, refusals, said_at
from runtime.pages import Pages
from runtime.tokens import ShieldOfficer
from services.shielding.asking import Placing
from services.shielding.details import DetailsError, details_of
from services.shielding.officers import Officers
from services.shielding.pages import FIELD_OF, GROUNDS, HOME, PLACING, shield_page
from services.shielding.showing import hidden

GENDERS = {"female": "Female", "male": "Male", "unspecified": "Unspecified", "unknown": "Not known"}
_SAID = {
    "details.names.1": ("former_family", "Enter the former family name as well"),
    "details.names": ("family", "Enter the family name; who has a single name, has only that"),
    "details.date_of_birth": ("born", "Enter the date of birth, of a child or young person who is born"),
    "details.gender": ("gender", "Select the gender"),
    "details.identifiers": ("nhs_number", "Enter the NHS number"),
    "details.addresses": ("line", "Enter the address in fewer words"),
    "details.carers": ("carer", "Enter the carer's name"),
    "details": ("given", "Say it in fewer words"),
}
"""Where on the page something in the details is wrong, and what to say; in the end, it is too much."""


def routes(pages: Pages, officers: Officers) -> APIRouter:
    """Asking for details, and shielding by them."""
    router = pages.router(f"{HOME}/expected")

    def asked(status: int = 200, **about: Any) -> Response:
        return pages.show("expected.html", status, grounds=GROUNDS, genders=GENDERS, **about)

    @router.get("")
    async def ask(officer: ShieldOfficer) -> Response:
        return asked()

    @router.post("")
    async def place(request: Request, officer: ShieldOfficer) -> Response:
        form = await read(request)
        details = filled_in(form)
        try:
            with refusals(request, FIELD_OF):
                shield = await officers.place(_checked(form, details), officer)
        except FormError as error:
            return asked(error.status, form=form, errors=error.errors)
        return (
            RedirectResponse(f"{HOME}/shields/{shield.shield_id}", 303)
            if hidden(shield)
            else shield_page(pages, shield, officer, 202)
        )

    return router


def filled_in(form: Form) -> dict[str, Any]:
    """The details that a form gives: what is left empty is absent."""
    born, gender = day(form, "born"), form.get("gender")
    names = [_given(form, given="given", family="family")]
    home = _given(form, postcode="postcode", town="town")
    former = _given(form, given="former_given", family="former_family")
    carer = _given(form, name="carer")
    home |= {"lines": [form["line"]]} if "line" in form else {}
    if "carer_phone" in form:
        carer |= {"contacts": [{"kind": "phone", "value": form["carer_phone"]}]}
    return {
        "names": [*names, *([{**former, "use": "former"}] if former else [])],
        **({"date_of_birth": born.isoformat()} if born else {}),
        **({"gender": gender} if gender else {}),
        "addresses": [home] if home else [],
        "identifiers": [{"system": "nhs-number", "value": form["nhs_number"]}] if "nhs_number" in form else [],
        "carers": [{"relationship": "carer", **carer}] if carer else [],
    }


def _given(form: Form, **fields: str) -> dict[str, Any]:
    return {name: form[field] for name, field in fields.items() if field in form}


def _checked(form: Form, details: dict[str, Any]) -> Placing:
    """What is asked for; raises :class:`FormError` with all that is wrong on the page."""
    errors: dict[str, str] = {}
    try:
        details_of(details, clock.now().date())
    except DetailsError as error:
        errors = said_at(error.faults, _SAID)
    given: dict[str, Any] = {name: form[name] for name in ("ground", "detail") if name in form}
    words = {name: PLACING[name] for name in ("ground", "review_on", "detail")}
    try:
        placing = parse(Placing, {**given, "review_on": day(form, "review_on"), "details": details}, words)
    except FormError as error:
        raise FormError(errors | error.errors) from None
    if errors:
        raise FormError(errors)
    return placing

"""The pages of override holders: ask for one record in an emergency, be led to it, leave it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from runtime import clock
from runtime.forms import Form, FormError, parse, read, refusals
from runtime.pages import Pages
from runtime.tokens import OverrideHolder
from services.shielding.emergencies import Emergencies, Overriding
from services.shielding.pages import FIELD_OF, HOLDERS, number_in

REASONS = {
    "immediate-risk": "Somebody is at immediate risk",
    "medical-emergency": "A medical emergency",
    "missing-child": "A child is missing",
    "other": "Another reason",
}
_ASKING = {
    "child_number": "Enter a child number of ten digits",
    "code": "Select the reason",
    "detail": "Say why, in your own words",
    "reason": "Select the reason, and say why in your own words",
}


def routes(pages: Pages, emergencies: Emergencies, registry_url: str | None) -> APIRouter:
    """Asking for an override, and leaving the record."""
    router = pages.router(HOLDERS)

    def asked(status: int = 200, **about: Any) -> Response:
        return pages.show("ask.html", status, reasons=REASONS, signed_in=False, **about)

    @router.get("")
    async def ask(holder: OverrideHolder) -> Response:
        return asked()

    @router.post("")
    async def grant(request: Request, holder: OverrideHolder) -> Response:
        form = await read(request)
        try:
            with refusals(request, FIELD_OF):
                override = await emergencies.grant(parse(Overriding, _asking(form), _ASKING), holder)
        except FormError as error:
            return asked(error.status, form=form, errors=error.errors)
        return RedirectResponse(f"{HOLDERS}/{override.override_id}", 303)

    @router.get("/{override_id}")
    async def show(override_id: str, holder: OverrideHolder) -> Response:
        override = await emergencies.show(override_id, holder, "override-holder")
        record = f"{registry_url}{HOLDERS}/{override_id}" if registry_url else None
        is_open = override.open(clock.now())
        return pages.show("granted.html", override=override, open=is_open, record=record, signed_in=False)

    @router.post("/{override_id}/ends")
    async def end(override_id: str, holder: OverrideHolder) -> Response:
        await emergencies.end(override_id, holder)
        return RedirectResponse(f"{HOLDERS}/{override_id}", 303)

    return router


def _asking(form: Form) -> dict[str, object]:
    reason = {name: form[name] for name in ("code", "detail") if name in form}
    return {"child_number": number_in(form), "reason": reason}

"""A record is shown on pages whatever is missing in it."""

from __future__ import annotations

import pytest

from runtime.settings import ServiceSettings, TokenSettings
from services.registry import pages
from services.registry.showing import in_words, whole
from tests.registry.test_redaction import full


@pytest.mark.parametrize("template", ["record.html", "emergency.html"])
def test_an_involvement_without_an_end_is_shown_and_a_sensitive_one_stays_unnamed(template: str) -> None:
    tokens = TokenSettings(issuer="http://issuer", jwks_url="http://issuer")
    child = full()
    assert child.golden is not None
    record = whole(child, child.golden, lambda _: ())
    shown = pages.build(ServiceSettings(port=1, tokens=tokens)).show(
        template, record=record, words=in_words, statuses=pages.STATUSES, said=pages.VERDICTS, back=None
    )
    assert b"Mill Lane" in bytes(shown.body)
    assert b"a sensitive service is involved" in bytes(shown.body)

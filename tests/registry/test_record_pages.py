"""A record is shown on pages whatever is missing in it."""

from __future__ import annotations

import pytest

from runtime import clock
from runtime.settings import ServiceSettings, TokenSettings
from services.registry import pages
from services.registry.queue import Review
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


def test_a_queue_that_is_cut_says_how_many_records_wait() -> None:
    review = Review(("4010232137", "4010232129"), "hold", 3, clock.now(), 12.0, None, crowded=False)
    built = pages.build(
        ServiceSettings(port=1, tokens=TokenSettings(issuer="http://issuer", jwks_url="http://issuer"))
    )
    cut = built.show("queue.html", reviews=[review], harms=pages.HARMS, most=1, waiting=1203)
    assert b"the 1 most harmful" in bytes(cut.body)
    assert b"1,203 records" in bytes(cut.body)
    whole_queue = built.show("queue.html", reviews=[review], harms=pages.HARMS, most=2, waiting=1)
    assert b"most harmful" not in bytes(whole_queue.body)

"""What an officer's page says of a shield keeps being said as long as nothing better can be."""

from __future__ import annotations

from typing import Any, cast

import pytest

from services.shielding import pages
from services.shielding.shield import Shield
from services.shielding.showing import in_words
from tests.shielding.test_decisions import DECIDED, FENCED
from tests.shielding.test_officers import OFFICER


def page_of(shield: Shield, status: int) -> str:
    """The page of a shield."""
    tokens = type("Tokens", (), {"issuer": "http://issuer.example"})
    settings = type("Settings", (), {"profile": "development", "port": 8003, "tokens": tokens})
    shown = pages.shield_page(pages.build(cast("Any", settings)), shield, OFFICER, status)
    assert shown.status_code == status
    return bytes(shown.body).decode()


def test_not_hidden_yet_stays_on_the_page_until_the_officer_looks_again() -> None:
    page = page_of(DECIDED, 202)
    assert in_words(DECIDED) in page
    assert 'http-equiv="refresh"' not in page
    assert f'href="/officers/shields/{DECIDED.shield_id}"' in page


@pytest.mark.parametrize("shield", [DECIDED, FENCED])
def test_who_watches_a_shield_need_not_ask_again_while_it_moves(shield: Shield) -> None:
    assert 'http-equiv="refresh"' in page_of(shield, 200)

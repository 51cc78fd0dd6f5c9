"""A record is shown on pages whatever is missing in it."""

from __future__ import annotations

import pytest

from runtime import clock
from runtime.settings import ServiceSettings, TokenSettings
from services.registry import pages, queue
from services.registry.children import ChildRecord
from services.registry.comparison import compared
from services.registry.contesting import halves
from services.registry.matching import Judge
from services.registry.picture import picture, picture_of_hold
from services.registry.queue import Review
from services.registry.showing import in_words, whole
from tests.children import involvement
from tests.registry.settled import POLICY, Area, change
from tests.registry.test_contesting import corrected
from tests.registry.test_redaction import full

BUILT = pages.build(ServiceSettings(port=1, tokens=TokenSettings(issuer="http://i", jwks_url="http://i")))


@pytest.mark.parametrize("template", ["record.html", "emergency.html"])
def test_an_involvement_without_an_end_is_shown_and_a_sensitive_one_stays_unnamed(template: str) -> None:
    shown = page_of(full(), template)
    assert "Mill Lane" in shown
    assert "a sensitive service is involved" in shown


def test_an_involvement_of_which_the_source_says_nothing_any_more_is_shown_as_not_confirmed_since() -> None:
    area = Area()
    area.settle(change("gp", involvements=[involvement("health", "The Clinic")]))
    area.settle(change("school", 1, "1", involvements=[involvement("education", "Mill Lane")]))
    told = page_of(area.of("gp/1"))
    area.settle(change("gp", 2, involvements=[]))
    after = page_of(area.of("gp/1"))
    assert [told.count("not confirmed any more"), after.count("not confirmed any more")] == [0, 1]
    assert "The Clinic (not confirmed any more)" in after


def page_of(child: ChildRecord, template: str = "record.html") -> str:
    """The record on a page."""
    assert child.golden is not None
    record = whole(child, child.golden, lambda _: ())
    shown = BUILT.show(
        template, record=record, words=in_words, statuses=pages.STATUSES, said=pages.VERDICTS, back=None
    )
    return bytes(shown.body).decode()


def test_a_queue_that_is_cut_says_how_many_records_wait() -> None:
    review = Review(("4010232137", "4010232129"), "hold", 3, clock.now(), 12.0, None, crowded=False)
    cut = BUILT.show("queue.html", reviews=[review], harms=pages.HARMS, most=1, waiting=1203)
    assert b"the 1 most harmful" in bytes(cut.body)
    assert b"1,203 records" in bytes(cut.body)
    whole_queue = BUILT.show("queue.html", reviews=[review], harms=pages.HARMS, most=2, waiting=1)
    assert b"most harmful" not in bytes(whole_queue.body)


@pytest.mark.parametrize("shielded", [False, True])
def test_a_child_that_is_compared_with_itself_has_two_sides_and_one_revision_and_is_told_what_that_means(
    shielded: bool,
) -> None:
    area = corrected()
    if shielded:
        area.shield(area.of("gp/1").number)
    child, judge = area.of("gp/1"), Judge(POLICY)
    (review,) = queue.reviews([child], [], "northshire")
    listed = bytes(BUILT.show("queue.html", reviews=[review], harms=pages.HARMS, most=2, waiting=1).body).decode()
    assert f"<td>{child.number}</td>" in listed
    assert f'value="{child.number}-{child.number}"' in listed
    assert "Sources contradict each other" in listed
    found = compared(*halves(child, judge), judge)
    why = found["explanation"]
    shown = bytes(
        BUILT.show(
            "comparison.html",
            review_id=review.id,
            verdicts=pages.VERDICTS,
            **found,
            why=why,
            words=in_words,
            picture=picture(why),
            hold=picture_of_hold(why),
        ).body
    ).decode()
    assert shown.count(f'name="seen-{child.number}" value="{child.revision}"') == 1
    assert shown.count("Are these still one child?") >= 2
    assert "does that decision still hold" in shown
    assert "they part until somebody can tell" in shown
    assert all(key in shown for key in ("gp / 1", "school / 1", "different nhs numbers"))
    assert ("This child is shielded" in shown) is shielded
    assert "One of them is shielded" not in shown

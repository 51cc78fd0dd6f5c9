"""A data manager's day on the pages: the queue, both sides, the decision, undoing, splitting; no JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.browser import Browser
from tests.children import nhs, nhs_number, somebody, somewhere, supplied
from tests.world import World, await_

HOME = "/data-managers"
HERE = {"Sec-Fetch-Site": "same-origin"}
SOURCES = ("northshire-gp", "northshire-schools")


class Manager(Browser):
    """A data manager at a browser."""

    def __init__(self, world: World, subject: str, authority: str = "northshire") -> None:
        super().__init__(world, "registry", "data-manager", subject, authority)

    def compares(self, review_id: str, status: int = 200) -> tuple[str, dict[str, str]]:
        """The page of a comparison, and its form's hidden fields."""
        page = self.sees("POST", f"{HOME}/comparisons", {"review": review_id}, status)
        return page, hidden(page)

    def decides(self, review_id: str, verdict: str) -> str:
        """A decision on what is before them."""
        _, form = self.compares(review_id)
        return self.sees("POST", f"{HOME}/decisions", {**form, "verdict": verdict, "reason": "Rang the school."})


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page with one form that has any."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))


@pytest.fixture(scope="module")
def manager(world: World) -> Iterator[Manager]:
    one = Manager(world, "d.manager")
    yield one
    one.http.close()


@pytest.fixture
def two(world: World) -> dict[str, Any]:
    """Two children who agree in all but their NHS numbers, and the review of them."""
    numbers = [nhs_number(), nhs_number()]
    who, home = somebody(numbers[0]), [somewhere(numbers[0])]
    world.publish(
        [
            supplied(source, f"D-{number}", identifiers=[nhs(number)], addresses=home, **who)
            for source, number in zip(SOURCES, numbers, strict=True)
        ]
    )
    children = sorted(world.find(identifier=nhs(number))["child_number"] for number in numbers)
    return {"numbers": numbers, "children": children, "review": "-".join(children), "who": who}


def waits(manager: Manager, review_id: str) -> bool | None:
    """Whether the review is in the queue."""
    return review_id in manager.sees("GET", HOME) or None


def test_a_stranger_is_led_to_sign_in_and_a_form_from_elsewhere_is_refused(world: World, manager: Manager) -> None:
    with httpx.Client(base_url=world.stack.url("registry"), follow_redirects=False) as stranger:
        assert stranger.get(HOME).headers["location"] == "/sign-in"
    refused = manager.http.post(f"{HOME}/decisions", data={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403


def test_both_sides_are_compared_field_by_field_with_sources_dates_and_a_picture(
    manager: Manager, two: dict[str, Any]
) -> None:
    await_(lambda: waits(manager, two["review"]))
    page, form = manager.compares(two["review"])
    assert f"nhs-number {two['numbers'][0]}" in page
    assert f"northshire-gp / D-{two['numbers'][0]}, 1 March 2026" in page
    assert "different nhs numbers" in page
    assert page.count("<rect") == 10
    assert "The same as a table" in page
    assert {name for name in form if name.startswith("seen-")} == {f"seen-{each}" for each in two["children"]}


def test_what_is_missing_is_said_at_its_field(manager: Manager, two: dict[str, Any]) -> None:
    await_(lambda: waits(manager, two["review"]))
    _, form = manager.compares(two["review"])
    page = manager.sees("POST", f"{HOME}/decisions", {**form, "reason": "kept as typed"}, 422)
    assert page.count("Select what you decide") == 2
    assert "kept as typed" in page
    assert "Say why" in manager.sees("POST", f"{HOME}/decisions", {**form, "verdict": "same"}, 422)
    assert "begin there" in manager.sees("POST", f"{HOME}/decisions", {"verdict": "same"}, 422)
    page = manager.sees("POST", f"{HOME}/records", {"child_number": "12"}, 422)
    assert page.count("Enter a child number") == 2
    page = manager.sees("POST", f"{HOME}/source-records", {"source": "No Such!"}, 422)
    assert page.count("Enter the source") == 2


def test_the_same_joins_two_and_undoing_parts_them(world: World, manager: Manager, two: dict[str, Any]) -> None:
    await_(lambda: waits(manager, two["review"]))
    page = manager.decides(two["review"], "same")
    assert "They are the same child" in page
    first, second = two["children"]
    await_(lambda: world.view(first).json()["child_number"] == world.view(second).json()["child_number"] or None)
    record = manager.sees("POST", f"{HOME}/records", {"child_number": first})
    assert "Rang the school." in record
    assert "taken back" in manager.sees("POST", f"{HOME}/undoings", {"decision": hidden(page)["decision"]})
    await_(lambda: world.view(first).json()["child_number"] != world.view(second).json()["child_number"] or None)
    assert waits(manager, two["review"])


def test_whether_a_decision_still_holds_is_asked_on_the_page_and_answered_once(
    world: World, manager: Manager, two: dict[str, Any]
) -> None:
    await_(lambda: waits(manager, two["review"]))
    manager.decides(two["review"], "same")
    number, ref = two["numbers"][0], f"D-{two['numbers'][1]}"
    called = {**two["who"], "given": "Zebedee"}
    world.publish([supplied(SOURCES[1], ref, 2, identifiers=[nhs(number)], **called)])
    # Either number may be the one that stays.
    child = await_(lambda: next((each for each in two["children"] if waits(manager, f"{each}-{each}")), None))
    review = f"{child}-{child}"
    page, form = manager.compares(review)
    assert "Are these still one child?" in page
    assert {name for name in form if name.startswith("seen-")} == {f"seen-{child}"}
    assert "Select what you decide" in manager.sees("POST", f"{HOME}/decisions", {**form, "reason": "Why."}, 422)
    assert "They are the same child" in manager.decides(review, "same")
    assert not waits(manager, review)
    manager.compares(review, 404)


def test_a_decision_on_what_has_changed_meanwhile_is_asked_again(
    world: World, manager: Manager, two: dict[str, Any]
) -> None:
    await_(lambda: waits(manager, two["review"]))
    _, form = manager.compares(two["review"])
    ref, identifier = f"D-{two['numbers'][0]}", [nhs(two["numbers"][0])]
    world.publish([supplied("northshire-gp", ref, 2, identifiers=identifier, **two["who"])])
    await_(lambda: manager.compares(two["review"])[1] != form or None)
    stale = {**form, "verdict": "same", "reason": "Rang the school."}
    assert "changed meanwhile" in manager.sees("POST", f"{HOME}/decisions", stale, 409)


def test_another_authority_sees_compares_and_decides_nothing(
    world: World, manager: Manager, two: dict[str, Any]
) -> None:
    await_(lambda: waits(manager, two["review"]))
    _, form = manager.compares(two["review"])
    stranger = Manager(world, "e.manager", "eastmoor")
    assert "Nothing waits" in stranger.sees("GET", HOME)
    stranger.compares(two["review"], 404)
    decided = {**form, "verdict": "same", "reason": "No."}
    stranger.sees("POST", f"{HOME}/decisions", decided, 404)
    stranger.sees("POST", f"{HOME}/records", {"child_number": two["children"][0]}, 404)
    asked = {"source": "northshire-gp", "source_ref": f"D-{two['numbers'][0]}"}
    stranger.sees("POST", f"{HOME}/source-records", asked, 404)
    stranger.http.close()


def test_a_hold_comes_first_and_says_that_nobody_finds_the_other_until_it_is_decided(
    world: World, manager: Manager, two: dict[str, Any]
) -> None:
    await_(lambda: waits(manager, two["review"]))
    world.shield(two["children"][0])
    world.settled()
    page = manager.sees("GET", HOME)
    assert page.index("May be a shielded child") < page.index(two["review"])
    page, _ = manager.compares(two["review"])
    assert "The other is held" in page
    # The score's picture, and what the hold was decided by: no household there.
    assert page.count("<svg") == 2
    assert page.count("<rect") == 10 + 9
    manager.decides(two["review"], "different")
    await_(lambda: world.view(two["children"][1]).status_code == 200 or None)


def test_officers_have_the_pages_for_what_is_theirs_to_decide_and_no_others(
    world: World, manager: Manager, two: dict[str, Any]
) -> None:
    world.shield(two["children"][0])
    officer = Browser(world, "registry", "shield-officer", "s.officer")
    page = officer.sees("GET", HOME)
    assert "Nothing waits" in page
    assert "Find a record" not in page
    officer.sees("GET", f"{HOME}/find", status=403)
    officer.sees("POST", f"{HOME}/comparisons", {"review": two["review"]}, 404)
    ref, moved = (
        f"D-{two['numbers'][1]}",
        {"responsible_authority": "eastmoor", "addresses": [somewhere(two["numbers"][0])]},
    )
    world.publish([supplied(SOURCES[1], ref, 2, identifiers=[nhs(two["numbers"][1])], **two["who"], **moved)])
    world.shield(two["children"][1])
    await_(lambda: two["review"] in officer.sees("GET", HOME) or None)
    assert two["review"] not in manager.sees("GET", HOME)
    manager.compares(two["review"], 404)
    page = officer.sees("POST", f"{HOME}/comparisons", {"review": two["review"]})
    assert "Both are shielded" in page
    decided = {**hidden(page), "verdict": "different", "reason": "Both officers know them."}
    assert "They are different children" in officer.sees("POST", f"{HOME}/decisions", decided)
    assert "Nothing waits" in officer.sees("GET", HOME)
    officer.http.close()


def test_a_split_makes_two_of_one_and_a_source_record_tells_its_fate(world: World, manager: Manager) -> None:
    number = nhs_number()
    who = somebody(number)
    world.publish([supplied(source, f"D-{number}", identifiers=[nhs(number)], **who) for source in SOURCES])
    asked = {"source": SOURCES[1], "source_ref": f"D-{number}"}
    await_(
        lambda: manager.http.post(f"{HOME}/source-records", data=asked, headers=HERE).status_code == 200 or None
    )
    child = hidden(manager.sees("POST", f"{HOME}/source-records", asked))["child_number"]
    page = await_(lambda: "Split" in (p := manager.sees("POST", f"{HOME}/records", {"child_number": child})) and p)
    form = {name: value for name, value in hidden(page).items() if name.startswith("seen-")}
    missing = manager.sees("POST", f"{HOME}/splits", {**form, "reason": "Two pupils."}, 422)
    assert missing.count("Select the source records") == 2
    form |= {"reason": "Two pupils.", "source_records-2": f"{SOURCES[1]}/D-{number}"}
    assert "two children now" in manager.sees("POST", f"{HOME}/splits", form)
    parted = {
        hidden(manager.sees("POST", f"{HOME}/source-records", {**asked, "source": source}))["child_number"]
        for source in SOURCES
    }
    assert len(parted) == 2


def test_what_was_refused_is_listed_with_the_reason(world: World, manager: Manager) -> None:
    ref = f"D-{nhs_number()}"
    world.publish([supplied("northshire-gp", ref, born="1900-01-01")])
    page = await_(lambda: ref in (p := manager.sees("GET", f"{HOME}/refusals")) and p)
    assert "Born too long ago" in page


def test_every_look_and_decision_on_the_pages_is_in_the_audit_log(
    world: World, manager: Manager, two: dict[str, Any]
) -> None:
    await_(lambda: waits(manager, two["review"]))
    manager.decides(two["review"], "cannot-tell")
    path = f"/v1/children/{two['children'][0]}/accesses"
    wanted = {"reviews-read", "review-read", "review-decide"}

    def recorded() -> bool | None:
        found = world.call("audit", "GET", path, "auditor").json()["accesses"]
        return wanted <= {each["action"] for each in found if each["actor"] == "d.manager"} or None

    assert await_(recorded)

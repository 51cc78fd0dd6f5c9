"""A child is hidden while any of its shields is, whatever is placed or lifted late."""

from __future__ import annotations

from runtime.overlay import Overlay

CHILD = "4010232137"


def words(*said: tuple[str, bool]) -> Overlay:
    """An overlay that has taken these words in: which shield, and whether it was lifted."""
    overlay = Overlay()
    for offset, (shield, lifted) in enumerate(said):
        overlay.take(offset, CHILD, shield, lifted=lifted)
    return overlay


def test_a_shield_hides_its_child_from_its_offset_until_it_is_lifted() -> None:
    assert words(("s1", False)).in_force() == {CHILD: 0}
    assert not words(("s1", False), ("s1", True)).any([CHILD])


def test_a_late_lift_of_an_earlier_shield_undoes_nothing() -> None:
    assert words(("s1", False), ("s1", True), ("s2", False), ("s1", True)).of(CHILD) == {"s2": 2}


def test_a_late_placing_of_an_earlier_shield_and_its_lift_undo_nothing() -> None:
    late = words(("s1", False), ("s1", True), ("s2", False), ("s1", False), ("s1", True))
    assert late.of(CHILD) == {"s2": 2}


def test_a_shield_placed_again_has_its_later_offset() -> None:
    assert words(("s1", False), ("s1", False)).in_force() == {CHILD: 1}


def test_what_could_not_be_read_hides_until_a_shield_that_can_be_read_is_lifted() -> None:
    assert words(("", False)).any([CHILD])
    assert words(("", False), ("s1", True)).any([CHILD])
    assert not words(("", False), ("s1", False), ("s1", True)).any([CHILD])


def test_a_withheld_record_is_withheld_as_it_was_before_the_latest_revision_that_was_named() -> None:
    overlay = Overlay()
    overlay.withhold(1, CHILD, 5)
    overlay.withhold(2, CHILD, 3)
    assert [overlay.holds(CHILD, revision) for revision in (3, 4, 5)] == [True, True, False]
    assert overlay.withholding() == {CHILD: (5, 2)}
    # Who is withheld is not shielded, and whose shield is lifted may still be withheld.
    assert not overlay.any([CHILD])
    assert overlay.taken == 2


def test_what_could_not_be_read_of_a_withheld_record_withholds_it_until_a_word_that_can_be_read_comes() -> None:
    overlay = Overlay()
    overlay.withhold(1, CHILD, 5)
    overlay.withhold(2, CHILD, None)
    assert not overlay.withholding()
    assert overlay.holds(CHILD, 10**9)
    overlay.withhold(3, CHILD, 7)
    assert overlay.withholding() == {CHILD: (7, 3)}
    assert [overlay.holds(CHILD, revision) for revision in (6, 7)] == [True, False]
    assert not overlay.any([CHILD])

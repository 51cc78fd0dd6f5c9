"""Which words must be said again so that the last one in the stream on a child is what was decided. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from services.shielding.shield import Shield


@dataclass(frozen=True, slots=True)
class Word:
    """The last word in the stream on a number: which shield was placed or lifted, and where it stands."""

    child_number: str
    shield_id: str
    placed: bool
    offset: int


def undecided(word: Word, present: Shield | None) -> bool:
    """Whether the child's open shield is between two words, and ``word`` is not the one that places it.

    It can be judged once the next word is in the stream and its place is noted. So can the lift: it may have
    overtaken what another shield of the child says of this number.
    """
    if present is None or present.in_force:
        return False
    return present.ending or (word.shield_id, word.placed) != (present.shield_id, True)


def overtaken(word: Word, present: Shield | None, named: Shield | None) -> tuple[Shield, ...]:
    """The shields whose words must be published again, because ``word`` came after them and says otherwise.

    ``present`` is the child's open shield, ``named`` the one the word is about. A process that was cut off may
    publish what was decided long ago; compaction would then keep that word for ever. A shield that the store has
    never heard of stays: it may be the store that has forgotten.
    """
    ended = named is not None and named.lifted_at is not None and word.offset > (named.lift_offset or 0)
    again = (named,) if named is not None and ended and word.placed else ()
    if present is None or not present.in_force:
        return again
    # Where it is on this very number: that it was said again under another of them since, is of no help here.
    place = present.place_on(word.child_number)
    stands = (place is not None and word.offset <= place) or (word.placed and word.shield_id == present.shield_id)
    # A lift that is said again must not be the last word either.
    return (*again, present) if again or not stands else ()


def beside(word: Word, named: Shield | None) -> bool:
    """Whether ``word`` places a shield that is not lifted.

    Where it overtook another shield's word, both are shields of one child, each on the other's number too. The
    other must be the last word under its own number, which may bear the child's details; said again under this
    one's number as well, it would overtake in turn, and the two would be said again for ever.
    """
    return word.placed and named is not None and named.lifted_at is None

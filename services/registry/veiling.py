"""Who learns of a doubt: of a held child nobody does by it, of two shielded ones their officers alone. Pure."""

from __future__ import annotations

from dataclasses import replace

from services.registry.matters import is_for_officers
from services.registry.neighbourhood import Neighbourhood


def veil(hood: Neighbourhood) -> set[str]:
    """Note on every doubt whether the other child is held: nobody is to learn by it that there is one.

    And whether it is for officers, since both are shielded: then also nobody else is to learn of it. Returns the
    source records of children of whom that has to be looked at again.
    """
    looking: set[str] = set()
    for number in hood.touched:
        child, before = hood.children[number], hood.before.get(number)
        theirs = child.doubted
        # Whose a shielded child is may have changed, and meanwhile the other's too: that is looked at again.
        both_shielded = child.shielded and any(doubt.shielded for doubt in child.doubts.values())
        looking |= {each.key for each in child.sources if both_shielded}
        if both_shielded or child.held != (before is not None and before.held):
            others = [*hood.holding(*theirs), *hood.in_doubt_with(child)]
        else:
            others = hood.at_hand(*theirs)
        noted = [
            _note(hood, *pair)
            for other in {o.number for o in others}
            for pair in ((number, other), (other, number))
        ]
        if any(noted):
            # With what it follows from: else that could be kept, and this be crossed.
            hood.put(hood.children[number])
        hood.close()
    return looking


def _note(hood: Neighbourhood, number: str, by: str) -> bool:
    child, other = hood.children[number], hood.children[by]
    keys = {each.key for each in other.sources}
    about = [doubt for doubt in child.doubts.values() if doubt.theirs in keys]
    for_officers = bool(about) and is_for_officers(child, other)
    as_it_is = {doubt.pair: replace(doubt, held=other.held, for_officers=for_officers) for doubt in about}
    noted = {pair: doubt for pair, doubt in as_it_is.items() if doubt != child.doubts[pair]}
    if noted:
        hood.put(replace(child, doubts={**child.doubts, **noted}))
    return bool(noted)

"""What words on shields do to a child record. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from services.registry.children import ChildRecord, ShieldMark


def marked(child: ChildRecord, word: Callable[[str], ShieldMark | None]) -> ChildRecord:
    """The record with the words on its numbers' shields noted, each unless a newer one already is.

    The very same object when there is nothing new.
    """
    news = {
        number: said
        for number in child.lineage
        if (said := word(number)) is not None
        and (number not in child.marks or child.marks[number].offset < said.offset)
    }
    if not news:
        return child
    return replace(child, marks={**child.marks, **news})

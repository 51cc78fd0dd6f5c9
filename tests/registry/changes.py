"""Changes that are nearly alike, for properties that must hold whatever comes."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from contracts.sources import SourceChange
from tests.children import address, nhs
from tests.registry.settled import change

NUMBERS = ("9990000018", "9990000026", "9990000034")
HOMES = (("4 Mill Lane", "NW7 4QT"), ("9 Other Street", "SE1 1AA"))


def said(source: str, version: int, words: dict[str, Any] | None) -> SourceChange:
    """A change of one source's record; without words it is withdrawn."""
    if words is None:
        return change(source, version, gone=True)
    number, home = words["number"], words["home"]
    return change(
        source,
        version,
        given=words["given"],
        family=words["family"],
        born=words["born"],
        identifiers=[nhs(each) for each in number],
        addresses=[] if home is None else [address(*home)],
    )


# Few words, so that records are often nearly alike: twins, siblings, conflicts, and one that no policy can use.
words = st.fixed_dictionaries(
    {
        "given": st.sampled_from(("Amelia", "Amelie", "Oluwaseun", "A")),
        "family": st.sampled_from(("Okafor", "Okafor-Ward", "Zbigniewski")),
        "born": st.sampled_from(("2015-04-09", "2015-09-04", "2016-01-30", "1900-01-01", "2026-09-01")),
        "number": st.sampled_from(((), *((each,) for each in NUMBERS), NUMBERS[:2])),
        "home": st.none() | st.sampled_from(HOMES),
    }
)
changes = st.lists(
    st.builds(
        said,
        source=st.sampled_from(("gp", "school", "visitor", "care", "justice", "voluntary")),
        version=st.integers(1, 6),
        words=st.none() | words,
    ),
    max_size=16,
    unique_by=lambda each: (each.source, each.source_version),
)

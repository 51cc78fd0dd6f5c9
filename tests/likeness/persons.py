"""Strategies for persons whose fields often agree, and nearly agree."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from likeness.homes import Home
from likeness.person import Carer, Person, PersonName

WORDS = st.sampled_from(
    ["amelia", "emily", "amy", "muhammad", "mohammed", "j", "jo", "joseph", "okafor", "ward", "mcdonald", "smith"]
) | st.text("abcdeohmy", min_size=1, max_size=9)
DATES = st.sampled_from(
    [date(2015, 4, 9), date(2015, 9, 4), date(2015, 4, 8), date(1900, 1, 1), date(2012, 12, 12), date(2014, 4, 9)]
)
_names = st.builds(
    PersonName,
    given=st.lists(WORDS, max_size=2).map(tuple),
    family=st.lists(WORDS, min_size=1, max_size=2).map(tuple),
    current=st.booleans(),
)
_homes = st.builds(
    Home,
    postcode=st.sampled_from(["NW74QT", "NW74TQ", "NW74QR", "EM11AA", ""]),
    house=st.sampled_from([("4",), ("4", "12"), ("5",), ()]),
    street=st.sampled_from([("mill", "lane"), ("mill", "road"), ("church", "street"), ()]),
)
_carers = st.builds(
    Carer,
    words=st.sampled_from([("grace", "okafor"), ("john", "ward"), ("g", "okafor")]),
    contacts=st.sampled_from([(), ("01614960123",), ("01614960124", "a@example.org")]),
)
_numbers = st.frozensets(
    st.sampled_from(["nhs-number:9434765919", "nhs-number:9990000018", "upn:H801200001001", "upn:A801200001002"]),
    max_size=2,
)


@st.composite
def persons(draw: st.DrawFn) -> Person:
    """A person as ``person_of`` might make it."""
    strong = draw(_numbers)
    return Person(
        names=tuple(draw(st.lists(_names, min_size=1, max_size=3))),
        born=draw(DATES),
        gender=draw(st.sampled_from(["female", "male", "unknown", "unspecified"])),
        homes=tuple(draw(st.lists(_homes, max_size=3))),
        strong=strong,
        identifiers=strong | draw(st.frozensets(st.sampled_from(["social-care-id:NO1", "nhs-number:123"]))),
        carers=tuple(draw(st.lists(_carers, max_size=2))),
    )

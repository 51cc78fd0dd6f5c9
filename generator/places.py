"""Made-up authorities with their towns, streets and postcodes; none of the postcode areas exists."""

from __future__ import annotations

from dataclasses import dataclass

from generator.dice import Dice
from generator.names import or_rare
from generator.people import Address


@dataclass(frozen=True)
class Authority:
    """A local authority; ``code`` lies beyond those the Department for Education has given out."""

    slug: str
    code: int
    postcode_area: str
    drama_range: str
    towns: tuple[str, ...]

    def landline(self, number: int) -> str:
        """One of the area's thousand numbers that Ofcom keeps for drama; equal for equal ``number``."""
        return f"{self.drama_range}{number % 1000:03}"


AUTHORITIES = (
    Authority("northshire", 990, "NX", "0161 496 0",
              ("Northwick", "Hallowby", "Thornbeck", "Millgate", "Upper Sallow", "Kestwick")),
    Authority("eastmoor", 991, "EM", "0191 498 0",
              ("Eastmoor", "Saltby", "Whinfold", "Cragside Bay", "Marram", "Ellerhaven")),
    Authority("westvale", 992, "WB", "0117 496 0",
              ("Westvale", "Combe Larkin", "Orchardleigh Cross", "Fennimore", "Abbots Rill", "Tarrow")),
    Authority("southmarsh", 993, "SF", "020 7946 0",
              ("Southmarsh", "Quayhithe", "Lower Reeding", "Tidebrook End", "Sandling Heath", "Nore")),
    Authority("midholme", 994, "MH", "0121 496 0",
              ("Midholme", "Forgeley", "Canalside", "Hartsbury Green", "Tipperton", "Loxhill")),
    Authority("highfell", 995, "HF", "0113 496 0",
              ("Highfell", "Stonerigg", "Becksend", "Gillthwaite", "Ravenscar Moor", "Penholme")),
)  # fmt: skip
BY_SLUG = {authority.slug: authority for authority in AUTHORITIES}

_STREETS = (
    "Mill", "Church", "Station", "Park", "Victoria", "Albert", "Queen's", "King's", "School", "Green",
    "Manor", "York", "Chapel", "Springfield", "Grange", "Highfield", "Alexandra", "Rowan", "Beech", "Cedar",
    "Larch", "Willow", "Hawthorn", "Meadow", "Orchard", "Brook", "Bridge", "Canal", "Quarry", "Foundry",
    "Weaver", "Tanner", "Saddler", "Fuller", "Kingfisher", "Heron", "Lapwing", "Curlew", "Nelson",
    "Wellington", "Gladstone", "Cobden", "Ruskin", "Tennyson", "Byron", "Shelley", "Keats", "Priory",
    "Abbey", "Saint Anne's", "Saint Mary's", "Holly", "Ivy", "Fern", "Bramble",
)  # fmt: skip
_WAYS = (
    "Road", "Street", "Lane", "Avenue", "Close", "Drive", "Way", "Crescent", "Grove", "Terrace", "Gardens",
    "Court",
)  # fmt: skip
_BLOCKS = ("Tower", "House", "Court", "Point", "Heights")
# The second half of a postcode uses none of C, I, K, M, O and V.
_INWARD = "ABDEFGHJLNPQRSTUWXYZ"


def new_address(authority: Authority, dice: Dice) -> Address:
    """A dwelling that does not exist."""
    street = f"{or_rare(dice.choice(_STREETS), dice)} {dice.choice(_WAYS)}"
    lines = [f"{dice.randint(1, 180)} {street}"]
    if dice.happens(dice.rates.flat):
        lines.insert(0, f"Flat {dice.randint(1, 96)}, {dice.choice(_STREETS)} {dice.choice(_BLOCKS)}")
    if dice.happens(dice.rates.estate):
        lines.append(f"{dice.choice(_STREETS)} Estate")
    town = dice.randrange(len(authority.towns))
    inward = f"{dice.randrange(10)}{dice.choice(_INWARD)}{dice.choice(_INWARD)}"
    # Each town has three districts of its own, as real towns have.
    return Address(
        tuple(lines),
        authority.towns[town],
        f"{authority.postcode_area}{town * 3 + dice.randint(1, 3)} {inward}",
    )


def mobile(dice: Dice) -> str:
    """A mobile number from the range that Ofcom keeps for drama."""
    return f"07700 900{dice.randrange(1000):03}"


def place_name(number: int) -> str:
    """The name that an organisation takes from a street; equal for equal numbers."""
    return f"{_STREETS[number % len(_STREETS)]} {_WAYS[number // len(_STREETS) % len(_WAYS)]}"

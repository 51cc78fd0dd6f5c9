"""No decided pairs are left of a child who was shielded while they were written, nor where nobody can tell."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from runtime.delivery import ContentionError
from runtime.overlay import Overlay
from services.registry.children import ChildRecord
from services.registry.exporting import exported
from tests.children import nhs, nhs_number
from tests.registry.settled import Area, change

NUMBERS = [nhs(nhs_number())]
AREA = Area()
for _source in ("gp", "school"):
    AREA.settle(change(_source, given="Amelia", family="Okafor", identifiers=NUMBERS))


class Shields(Overlay):
    """The shields, of which something comes while the pairs are written."""

    def __init__(self, meanwhile: Callable[[Shields], None]) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    async def known_as_of_now(self) -> None:
        """All that has come."""
        self._meanwhile(self)


def away(_: Shields) -> None:
    raise ContentionError


@pytest.mark.parametrize(
    ("meanwhile", "is_left"), [("nothing", True), ("shielded", False), ("held", False), ("away", False)]
)
async def test_there_is_no_file_where_somebody_in_it_may_have_been_shielded(
    tmp_path: Path, meanwhile: str, is_left: bool
) -> None:
    file, child = tmp_path / "pairs.jsonl", AREA.of("gp/1")

    async def whole(*, decided: bool) -> AsyncIterator[ChildRecord]:
        if not decided:
            yield child

    comes: dict[str, Callable[[Shields], None]] = {
        "nothing": lambda _: None,
        "shielded": lambda shields: shields.take(0, child.number, "s", lifted=False),
        "held": lambda shields: shields.withhold(0, child.number, child.revision + 1),
        "away": away,
    }
    made = SimpleNamespace(records=SimpleNamespace(whole=whole), shields=Shields(comes[meanwhile]))
    asked = argparse.Namespace(out=file, joined=10)
    if is_left:
        assert await exported(made, asked) == {"same": 1}  # type: ignore[arg-type]
    else:
        with pytest.raises(SystemExit, match="nothing is written"):
            await exported(made, asked)  # type: ignore[arg-type]
    assert file.exists() is is_left

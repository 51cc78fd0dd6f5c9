"""When an authority goes live, what is visible of its shielded children is published to be found."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.stages import STAGES, OrganisationAdmitted, OrganisationDismissed, StageSet
from runtime.bus import Bus
from runtime.delivery import Delivered
from runtime.shields import Shields
from runtime.stages import Stages
from services.registry.announcing import Announcer
from services.registry.keeping import Keeper
from services.registry.wanted import Wanted

_AT_ONCE = 200

Said = StageSet | OrganisationAdmitted | OrganisationDismissed


def attach(bus: Bus, keeper: Keeper, announcer: Announcer, shields: Shields, stages: Stages) -> None:
    """Subscribe the registry to the stages."""

    @bus.on(STAGES, group="registry-stages")
    async def on_stages(said: Sequence[Delivered[Said]]) -> None:
        """Look at every shielded child again; those who are as they were are left so.

        Of a shielded child readers are not told the authority, so they must be told what follows from it.
        """
        if not any(isinstance(each.message, StageSet) for each in said):
            return
        await stages.reached(said[-1].origin.offset)
        numbers = sorted(shields.in_force())
        for at in range(0, len(numbers), _AT_ONCE):
            settled = await keeper.settle(
                lambda settling: settling.open(stages.opening.is_live, everybody=True),
                Wanted(ruled=set(numbers[at : at + _AT_ONCE])),
            )
            await announcer.announce(settled)

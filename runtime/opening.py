"""How far authorities have been opened and whom they let in, as far as it has been read. Pure.

Whatever is not known is not open.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from contracts.stages import Stage


@dataclass
class Opening:
    """The stage of each authority, and the organisations that each has admitted."""

    stages: dict[str, Stage] = field(default_factory=dict)
    admitted: dict[str, set[str]] = field(default_factory=dict)

    def set_stage(self, authority: str, stage: Stage) -> None:
        """Take in that an authority is in a stage."""
        self.stages[authority] = stage

    def admit(self, authority: str, organisation: str, *, admitted: bool) -> None:
        """Take in that an authority admits an organisation, or does no more."""
        organisations = self.admitted.setdefault(authority, set())
        if admitted:
            organisations.add(organisation)
        else:
            organisations.discard(organisation)

    def stage(self, authority: str | None) -> Stage:
        """The authority's stage."""
        return self.stages.get(authority or "", "loading")

    def is_live(self, authority: str | None) -> bool:
        """Whether practitioners may find the authority's children."""
        return self.stage(authority) == "live"

    def live(self) -> frozenset[str]:
        """The authorities whose children practitioners may find."""
        return frozenset(authority for authority, stage in self.stages.items() if stage == "live")

    def lets_in(self, organisation: str | None) -> bool:
        """Whether the organisation's practitioners are let in: an authority that is live has admitted it."""
        return any(organisation in self.admitted.get(authority, ()) for authority in self.live())

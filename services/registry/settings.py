"""What only the registry needs to know."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, FilePath

from contracts.children import Contact
from runtime.mongo import MongoSettings
from runtime.settings import AuditSettings, ServiceSettings


class Settings(ServiceSettings):
    """The registry's settings.

    ``central_teams`` are each authority's brokers for sensitive services, ``central_team`` is who brokers for an
    authority that has none there; ``override_acr`` is the level of sign-in
    (a token's ``acr``) under which a record is shown in an emergency, as shielding has it; ``shielding_url`` is
    where that is asked for and left. ``details_key_file`` has the X25519 private keys (base64, one a line, the
    newest first) to which shielding seals what officers know of a child whom they expect.
    """

    port: int = 19601
    audit: AuditSettings
    mongo: MongoSettings = MongoSettings(database="signpost-registry")
    central_team: Annotated[tuple[Contact, ...], Field(min_length=1)]
    central_teams: dict[str, Annotated[tuple[Contact, ...], Field(min_length=1)]] = Field(default_factory=dict)
    override_acr: str = "level-3"
    shielding_url: str | None = None
    details_key_file: FilePath

    def central_team_of(self, authority: str) -> tuple[Contact, ...]:
        """Who brokers contact with an authority's sensitive services: there is always somebody."""
        return self.central_teams.get(authority, self.central_team)

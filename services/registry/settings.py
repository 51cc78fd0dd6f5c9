"""What only the registry needs to know."""

from __future__ import annotations

from pydantic import Field, FilePath

from contracts.children import Contact
from runtime.mongo import MongoSettings
from runtime.settings import AuditSettings, ServiceSettings


class Settings(ServiceSettings):
    """The registry's settings.

    ``central_teams`` are each authority's brokers for sensitive services; ``override_acr`` is the level of sign-in
    (a token's ``acr``) under which a record is shown in an emergency, as shielding has it; ``shielding_url`` is
    where that is asked for and left. ``details_key_file`` has the X25519 private keys (base64, one a line, the
    newest first) to which shielding seals what officers know of a child whom they expect.
    """

    port: int = 19601
    audit: AuditSettings
    mongo: MongoSettings = MongoSettings(database="signpost-registry")
    central_teams: dict[str, tuple[Contact, ...]] = Field(default_factory=dict)
    override_acr: str = "level-3"
    shielding_url: str | None = None
    details_key_file: FilePath

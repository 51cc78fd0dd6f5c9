"""What only search needs to know."""

from __future__ import annotations

from pydantic import Field

from contracts.children import Contact
from runtime.settings import AuditSettings, Part, ServiceSettings


class ElasticsearchSettings(Part):
    """Where Elasticsearch is; ``prefix`` goes before every index name."""

    url: str = "http://127.0.0.1:19200"
    prefix: str = ""
    shards: int = Field(default=1, ge=1)
    replicas: int = Field(default=0, ge=0)
    refresh_interval: str = "1s"


class PaceSettings(Part):
    """How fast one person may ask of each process: ``burst`` at once, then one ``every`` so many seconds."""

    burst: int = Field(default=30, ge=1)
    every: float = Field(default=15.0, ge=0)


class Settings(ServiceSettings):
    """Search's settings.

    ``central_team`` is whom to ask about a restricted record, the same for every child; ``shielding_url`` is where
    officers shield whom they have found.
    """

    port: int = 19602
    audit: AuditSettings
    elasticsearch: ElasticsearchSettings = ElasticsearchSettings()
    pace: PaceSettings = PaceSettings()
    central_team: tuple[Contact, ...] = Field(min_length=1)
    shielding_url: str | None = None

"""What only shielding needs to know."""

from __future__ import annotations

from runtime.mongo import MongoSettings
from runtime.settings import AuditSettings, ServiceSettings


class Settings(ServiceSettings):
    """Shielding's settings.

    ``publish_within`` (seconds) bounds how long an officer waits for Kafka; ``override_acr`` is the level of
    sign-in (a token's ``acr``) that an emergency override needs; ``search_url`` is where officers look for a child
    by details, ``registry_url`` where the holder of an override sees the record, and officers say whether two who
    are shielded are one child. ``details_public_key`` is the registry's X25519 public key, base64: what officers
    know of a child whom they expect is sealed to it.
    """

    port: int = 19603
    audit: AuditSettings
    details_public_key: str
    mongo: MongoSettings = MongoSettings(database="signpost-shielding")
    publish_within: float = 5.0
    override_acr: str = "level-3"
    search_url: str | None = None
    registry_url: str | None = None

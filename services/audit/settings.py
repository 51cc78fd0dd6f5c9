"""What only audit needs to know."""

from __future__ import annotations

from runtime.mongo import MongoSettings
from runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    """Audit's settings."""

    port: int = 19604
    mongo: MongoSettings = MongoSettings(database="signpost-audit")

"""Run the audit service: ``python -m services.audit``, settings from the environment."""

from runtime import service
from services.audit.app import build
from services.audit.settings import Settings

if __name__ == "__main__":
    settings = Settings()
    service.run(build(settings), settings, "audit")

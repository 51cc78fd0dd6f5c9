"""Run the audit service: ``python -m services.audit``, settings from the environment."""

from runtime import service
from runtime.settings import read
from services.audit.app import build
from services.audit.settings import Settings

if __name__ == "__main__":
    settings = read(Settings)
    service.run(build(settings), settings, "audit")

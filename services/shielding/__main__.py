"""Run the shielding service: ``python -m services.shielding``, settings from the environment."""

from runtime import service
from services.shielding.app import build
from services.shielding.settings import Settings

if __name__ == "__main__":
    settings = Settings()
    service.run(build(settings), settings, "shielding")

"""Run the shielding service: ``python -m services.shielding``, settings from the environment."""

from runtime import service
from runtime.settings import read
from services.shielding.app import build
from services.shielding.settings import Settings

if __name__ == "__main__":
    settings = read(Settings)
    service.run(build(settings), settings, "shielding")

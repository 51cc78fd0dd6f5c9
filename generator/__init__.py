"""Makes up children and what source systems publish about them: for development, tests, demos and benches.

No person in it is real: the NHS numbers are never issued, the telephone numbers are kept for drama, and the
postcodes do not exist.
"""

from __future__ import annotations

from generator.files import Summary, generate, write
from generator.rates import Rates

__all__ = ["Rates", "Summary", "generate", "write"]

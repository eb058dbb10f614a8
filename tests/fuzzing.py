"""How many examples the property tests draw, and from what luck.

Every run of the tests draws the same few, so that a failure is the fault of a change.
DOORWATCH_FUZZ=20 scripts/test tests/engine/sharing draws others each time, and twenty
times as many.
"""

import os
from typing import Final

from hypothesis import HealthCheck, Phase, settings

# How many times as many examples as in a run of all tests.
FACTOR: Final = int(os.environ.get("DOORWATCH_FUZZ", "1"))

# How long an example takes says nothing on a machine that does other things too, and
# what one test shares with the next (a clip, a key) is never changed by it.
_CALM: Final = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


def examples(number: int) -> settings:
    """Draw so many examples; more of them, and others each time, with DOORWATCH_FUZZ."""
    return settings(
        max_examples=number * FACTOR,
        derandomize=FACTOR == 1,
        deadline=None,
        print_blob=True,
        suppress_health_check=_CALM,
        phases=tuple(phase for phase in Phase if phase is not Phase.explain),
    )

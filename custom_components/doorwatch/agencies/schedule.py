"""When an agency's document is fetched: at times of this home's own, and no other."""

import random
from typing import Final

# Seconds. One schedule for everybody, shifted by chance, so that it tells nothing about a
# home.
REFRESH_EVERY: Final = 12 * 3600.0
REFRESH_JITTER: Final = 2 * 3600.0


def pause() -> float:
    """Return the seconds from one time on the schedule to the next."""
    return REFRESH_EVERY + random.uniform(-1, 1) * REFRESH_JITTER


def next_due(due: float, now: float) -> float:
    """Return when to fetch, in seconds since the epoch; never nearer than it was to be.

    One that was missed is not made up for: the schedule goes on as if it had been, so
    that a start shows nothing. A clock that was set back puts it off, by at most the
    longest pause.
    """
    if due <= now:
        due += (now - due) // REFRESH_EVERY * REFRESH_EVERY
    while due <= now:
        due += pause()
    return min(due, now + REFRESH_EVERY + REFRESH_JITTER)

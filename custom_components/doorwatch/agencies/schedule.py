"""Schedule the fetches of an agency's document, independent of what happens at home."""

import random
from typing import Final

# Seconds. All homes use the same schedule with random shifts, so that it reveals
# nothing about a home.
REFRESH_EVERY: Final = 12 * 3600.0
REFRESH_JITTER: Final = 2 * 3600.0


def pause() -> float:
    """Return the seconds between two scheduled fetches."""
    return REFRESH_EVERY + random.uniform(-1, 1) * REFRESH_JITTER


def next_due(due: float, now: float) -> float:
    """Return when to fetch next, in seconds since the epoch; never earlier than planned.

    A missed fetch is not made up for: the schedule continues as if it had happened, so
    that a start reveals nothing. After the clock was set back, the wait is at most the
    longest pause.
    """
    if due <= now:
        due += (now - due) // REFRESH_EVERY * REFRESH_EVERY
    while due <= now:
        due += pause()
    return min(due, now + REFRESH_EVERY + REFRESH_JITTER)

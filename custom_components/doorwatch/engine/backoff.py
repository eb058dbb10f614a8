"""Delays between attempts."""

from collections.abc import Callable
import random


def backoff(
    failures: int,
    first: float,
    longest: float,
    jitter: Callable[[], float] = random.random,
) -> float:
    """Return the delay after the first and `failures` more failures, in seconds.

    It doubles with each failure, up to `longest`. The jitter (0 to 1) leaves at least half
    of it, so that homes don't retry at the same time.
    """
    return min(longest, first * 2.0 ** min(failures, 40)) * (0.5 + jitter() / 2)

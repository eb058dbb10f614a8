"""Decide whether an event with its own time is new, even if clocks are set."""

from datetime import UTC, datetime, timedelta
import time
from typing import Final, NamedTuple

from .dropped import DropReason

# Tolerance in seconds: event entities have a resolution of milliseconds, and on a busy
# machine there can be a pause between reading the two clocks.
INEXACT: Final = 0.05
# The greatest age (seconds) of an event that is reported immediately.
AT_ONCE: Final = 2.0


class Moment(NamedTuple):
    """A moment by the wall clock, which may be set, and by `time.monotonic`."""

    at: datetime
    monotonic: float


def moment_now() -> Moment:
    """Return the current moment."""
    return Moment(datetime.now(UTC), time.monotonic())


class Listening:
    """The start of listening; events before it are never new."""

    def __init__(self) -> None:
        """Start listening now."""
        self._since = moment_now()

    def judge(self, at: datetime, before: datetime | None) -> Moment | DropReason:
        """Return when a reported event happened, or why it may not be new.

        `at` and `before` are the times that the source gives for this event and for its
        previous one. They can only be compared with the current wall time; the
        resulting age is then converted to monotonic time.
        """
        now = moment_now()
        age = (now.at - at).total_seconds()
        if age < -AT_ONCE:
            # An event entity never goes back in time. After its clock was set back,
            # each event is a millisecond later than the one before.
            if before is None or not 0 < (at - before).total_seconds() < AT_ONCE:
                return DropReason.FUTURE
            return now
        if before is not None and at <= before:
            # A previous event in the future had a wrong time.
            if (before - now.at).total_seconds() <= AT_ONCE:
                return DropReason.OLDER
        age = max(age, 0.0)
        if now.monotonic - age < self._since.monotonic - INEXACT:
            return DropReason.BEFORE
        # An event reported late must also be later than the start by the wall clock.
        if age > AT_ONCE and at < self._since.at - timedelta(seconds=INEXACT):
            return DropReason.BEFORE
        return Moment(at, now.monotonic - age)

"""Whether an event that tells its own time is new, though clocks are set meanwhile."""

from datetime import UTC, datetime, timedelta
import time
from typing import Final, NamedTuple

from .dropped import DropReason

# Seconds: an event entity tells when it happened in whole milliseconds, and the two clocks
# are read one after the other, on a busy machine with a pause in between.
INEXACT: Final = 0.05
# What is told at once is this old (seconds) at most.
AT_ONCE: Final = 2.0


class Moment(NamedTuple):
    """A moment by the clock on the wall, which may be set, and by `time.monotonic`."""

    at: datetime
    monotonic: float


def moment_now() -> Moment:
    """Return this moment."""
    return Moment(datetime.now(UTC), time.monotonic())


class Listening:
    """From when on somebody listens: what was before is never new."""

    def __init__(self) -> None:
        """Begin now."""
        self._since = moment_now()

    def judge(self, at: datetime, before: datetime | None) -> Moment | DropReason:
        """Return when an event was that was told now, or why it may not be new.

        `at` and `before` are the times that its source tells for it and for the event
        that it told before. Only the time that the wall clock shows now can be compared
        with them; how long ago that is counts by the clock that only goes on.
        """
        now = moment_now()
        age = (now.at - at).total_seconds()
        if age < -AT_ONCE:
            # An event entity never tells an earlier time than before. Where the clock was
            # set back it goes on from there, by a millisecond for each event.
            if before is None or not 0 < (at - before).total_seconds() < AT_ONCE:
                return DropReason.FUTURE
            return now
        if before is not None and at <= before:
            # Unless it was that one which was told by a clock that was wrong.
            if (before - now.at).total_seconds() <= AT_ONCE:
                return DropReason.OLDER
        age = max(age, 0.0)
        if now.monotonic - age < self._since.monotonic - INEXACT:
            return DropReason.BEFORE
        # What is told late was before, too, by the clock as it was when this began.
        if age > AT_ONCE and at < self._since.at - timedelta(seconds=INEXACT):
            return DropReason.BEFORE
        return Moment(at, now.monotonic - age)

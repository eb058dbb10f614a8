"""Determine the time that counts for the age of clips, if the clock jumps ahead.

Otherwise an empty battery or a wrong time server could delete all clips at once.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
import json
import logging
from pathlib import Path
from threading import Lock
import time
from typing import Final, NamedTuple

from homeassistant.util import dt as dt_util

from ..engine.sharing.errors import SharingError
from ..engine.sharing.files import write_private

_LOGGER = logging.getLogger(__name__)

# How far the clock may be ahead and still be trusted: it was set, or the machine was
# off or asleep. A larger deviation is trusted once it has lasted this long.
A_DAY: Final = timedelta(days=1)


class Time(NamedTuple):
    """The time that counts for clips, and the time that the clock says."""

    now: datetime
    said: datetime

    @property
    def jumped(self) -> bool:
        """Return whether the clock is ahead of the time that counts."""
        return self.said > self.now


class TrustedClock:
    """Compare the clock with the time that passed. Blocking, for any thread."""

    def __init__(self, file: Path) -> None:
        """Initialize with the file that keeps the time across restarts."""
        self.said: Callable[[], datetime] = dt_util.utcnow
        self.ran: Callable[[], float] = time.monotonic
        self._file = file
        self._lock = Lock()
        self._read = False
        self._expected: datetime | None = None
        self._at = 0.0  # monotonic time that belongs to `_expected`
        self._off = timedelta(0)  # deviation of the clock
        self._since: float | None = None  # when that deviation began

    def look(self) -> Time:
        """Return the earlier of clock and expected time, until the clock is trusted."""
        with self._lock:
            said, ran = self.said(), self.ran()
            if not self._read:
                self._recall(said, ran)
            expected = self._expected
            if expected is not None:
                expected += timedelta(seconds=ran - self._at)
                off = said - expected
                if self._since is None or abs(off - self._off) > A_DAY:
                    self._since = ran
                self._off = off
                held = ran - self._since >= A_DAY.total_seconds()
                if held or abs(off) <= A_DAY:
                    expected = None
            if expected is None:
                expected, self._since = said, None
            self._expected, self._at = expected, ran
            self._note(said, ran)
            return Time(min(said, expected), said)

    def believe(self) -> None:
        """Trust the clock from the next check on, because a person says that it is right."""
        with self._lock:
            self._expected, self._read = None, True

    def _recall(self, said: datetime, ran: float) -> None:
        """Continue from the last process; only the clock tells how long none was running."""
        self._read = True
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            noted = json.loads(self._file.read_text())
            expected = datetime.fromisoformat(noted["expected"])
            passed = said - datetime.fromisoformat(noted["said"])
            if timedelta(0) <= passed <= A_DAY:
                expected += passed
                if (held := noted["held"]) is not None:
                    self._off, self._since = said - expected, ran - float(held)
            self._expected, self._at = expected, ran

    def _note(self, said: datetime, ran: float) -> None:
        assert self._expected is not None
        noted = {
            "expected": self._expected.isoformat(),
            "said": said.isoformat(),
            "held": None if self._since is None else ran - self._since,
        }
        try:
            write_private(self._file, json.dumps(noted).encode())
        except (OSError, SharingError) as err:
            # The next start reads an older time, and waits for a day at worst.
            _LOGGER.debug("The time can't be stored: %s", err)

"""By which time clips are old: a clock that jumped ahead is not believed at once.

A battery that is empty, or a wrong time server, would take every clip at once.
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

# What a clock may be ahead by and still be believed: it is set, the home was off, or the
# machine slept, which is no time that ran. So long another time has to hold, too.
A_DAY: Final = timedelta(days=1)


class Time(NamedTuple):
    """What time it is for clips, and what the clock says."""

    now: datetime
    said: datetime

    @property
    def jumped(self) -> bool:
        """Whether the clock is ahead of what is believed."""
        return self.said > self.now


class Clock:
    """Holds the clock against the time that passed. Blocking, on any thread."""

    def __init__(self, file: Path) -> None:
        """Take the file that remembers the time over a restart."""
        self.said: Callable[[], datetime] = dt_util.utcnow
        self.ran: Callable[[], float] = time.monotonic
        self._file = file
        self._lock = Lock()
        self._read = False
        self._expected: datetime | None = None
        self._at = 0.0  # by the time that ran, when it was that late
        self._off = timedelta(0)  # by how much the clock is another
        self._since: float | None = None  # when it began to be

    def look(self) -> Time:
        """Return the earlier of what the clock says and what passed, until that held."""
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
        """Take the clock at its word from the next look on: a person says it is right."""
        with self._lock:
            self._expected, self._read = None, True

    def _recall(self, said: datetime, ran: float) -> None:
        """Go on from the last process; how long there was none only the clock tells."""
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
            # The next start knows an older time, and waits for a day at worst.
            _LOGGER.debug("The time cannot be noted: %s", err)

"""How long the clip of an event goes on."""

from collections.abc import Callable
from threading import Lock
import time
from typing import Final

from ..doorbells.base import DoorbellEvent, EventKind

# How late (seconds) pictures may come before an open clip ends without them.
LATENESS: Final = 3.0
# Motion is told when somebody enters the picture; a little later (seconds) there is
# more of them to see.
COMING_INTO_VIEW: Final = 1.5


class Span:
    """The events of a clip, and when it is over. For any thread."""

    def __init__(self, post_roll: float) -> None:
        """Take how many seconds follow an event."""
        self._post_roll = post_roll
        self._lock = Lock()
        self._events: list[DoorbellEvent] = []
        self._hold = False
        self._until = float("-inf")
        self._goes_on = 0.0  # seconds after the events
        self._waits = False
        self._over = False
        self._cut = False

    def add(self, event: DoorbellEvent) -> bool:
        """Extend it by an event; False when it has already ended."""
        with self._lock:
            if self._over or self._cut:
                return False
            self._events.append(event)
            if event.kind is EventKind.MOTION:
                self._hold = True
            elif event.kind is EventKind.MOTION_ENDED:
                self._hold = False
            goes_on = event.lasts if event.kind is EventKind.MANUAL else self._post_roll
            self._goes_on = max(self._goes_on, goes_on)
            self._until = max(self._until, event.monotonic + goes_on)
            return True

    def wait(self, until: float) -> None:
        """Wait for a doorbell that has to wake up, until then (monotonic)."""
        with self._lock:
            self._waits = True
            self._until = max(self._until, until)

    def awake(self) -> None:
        """Count what comes after the events from now on: pictures begin to come."""
        with self._lock:
            if self._waits:
                self._waits = False
                self._until = time.monotonic() + self._goes_on

    def cut(self) -> None:
        """End it now."""
        with self._lock:
            self._cut = True

    def close(self) -> None:
        """Take no further events."""
        with self._lock:
            self._over = True

    def patience(self, *, begun: bool, open_: bool) -> float | None:
        """Return how long to wait for the next packet, None for ever.

        Motion is waited for as long as it goes on once a clip of it has `begun`, else for
        the post-roll. `open_`: a file is being written, so late pictures count.
        """
        with self._lock:
            if self._hold and begun:
                return None
            lateness = LATENESS if open_ else 0.0
            return max(0.0, self._until + lateness - time.monotonic())

    def is_past(self, seconds: float) -> bool:
        """Whether its end is so long ago."""
        with self._lock:
            return not self._hold and time.monotonic() > self._until + seconds

    def ends(
        self, begun: bool, is_late: Callable[[float], bool], *, even_if_cut: bool
    ) -> bool:
        """Decide, once and for all, whether it is over.

        `is_late` is asked whether what came is later than the end (monotonic);
        `even_if_cut`: so it is for one that was told to end.
        """
        with self._lock:
            if self._cut and not even_if_cut:
                self._over = True
            elif not (self._hold and begun):
                self._over = is_late(self._until)
            return self._over

    def known(self) -> tuple[DoorbellEvent, ...]:
        """Return the events so far."""
        with self._lock:
            return tuple(self._events)

    def moment(self) -> float:
        """Return when the picture is that people want to see (monotonic)."""
        events = self.known()
        for event in events:
            if event.kind is EventKind.RING:
                return event.monotonic
        return events[0].monotonic + COMING_INTO_VIEW

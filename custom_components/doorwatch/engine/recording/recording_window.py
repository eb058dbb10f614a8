"""How long the clip of an event goes on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock
import time
from typing import Final
import uuid

from ..doorbells.base import DoorbellEvent, EventKind, kinds_of
from .model import OngoingRecording
from .sightings import Sightings

# How late (seconds) pictures may come before an open clip ends without them.
LATENESS: Final = 3.0
# Motion is told when somebody enters the picture; a little later (seconds) there is
# more of them to see.
COMING_INTO_VIEW: Final = 1.5


class RecordingWindow:
    """The events of a clip, and when it is over. For any thread."""

    def __init__(self, post_roll: float, sightings: Sightings) -> None:
        """Take how many seconds follow an event, and where to put what is seen."""
        self.sightings = sightings
        self._post_roll = post_roll
        self._lock = Lock()
        self._events: list[DoorbellEvent] = []
        self._hold = False
        self._until = float("-inf")  # by what happened
        self._goes_on = 0.0  # seconds after what happened
        self._by_hand = float("-inf")
        self._by_hand_lasts = 0.0
        self._by_hand_until: datetime | None = None
        self._awake_until = float("-inf")
        self._waits = False
        self._woken = False  # whether a doorbell had to wake up for it
        self._over = False
        self._cut = False
        self._since: datetime | None = None
        self._closed = False
        # Known before there is any picture, for whoever asked for it.
        self._clip_id = str(uuid.uuid7())
        self._named = False

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
            if event.kind is EventKind.MANUAL:
                self._by_hand_lasts = max(self._by_hand_lasts, event.lasts)
                self._by_hand = max(self._by_hand, event.monotonic + event.lasts)
                until = event.at + timedelta(seconds=event.lasts)
                self._by_hand_until = max(self._by_hand_until or until, until)
            else:
                self._goes_on = self._post_roll
                self._until = max(self._until, event.monotonic + self._post_roll)
            return True

    def let_go(self) -> None:
        """End it as if nobody had asked for it by hand.

        What happened by itself still gets its end; without any of that it is over now.
        """
        with self._lock:
            if self._by_hand_until is None:
                return
            self._by_hand, self._by_hand_lasts = float("-inf"), 0.0
            self._by_hand_until = None
            if all(event.kind is EventKind.MANUAL for event in self._events):
                self._waits = self._woken = False
                self._awake_until = float("-inf")
                self._until = time.monotonic()

    def wait(self, until: float) -> None:
        """Wait for a doorbell that has to wake up, until then (monotonic)."""
        with self._lock:
            self._waits = self._woken = True
            self._awake_until = max(self._awake_until, until)

    def awake(self) -> None:
        """Count what comes after the events from now on: pictures begin to come."""
        with self._lock:
            if not self._waits:
                return
            self._waits = False
            self._awake_until = float("-inf")
            now = time.monotonic()
            if any(event.kind is not EventKind.MANUAL for event in self._events):
                self._until = now + self._goes_on
            if self._by_hand_until is not None:
                self._by_hand = now + self._by_hand_lasts
                lasts = timedelta(seconds=self._by_hand_lasts)
                self._by_hand_until = datetime.now(UTC) + lasts

    def cut(self) -> None:
        """End it now."""
        with self._lock:
            self._cut = True

    def close(self) -> None:
        """Take no further events: nothing is written any more."""
        with self._lock:
            self._over = self._closed = True
        self.sightings.end()

    @property
    def clip_id(self) -> str | None:
        """The id of the part that is written now, or will be next; None once closed."""
        with self._lock:
            return None if self._closed else self._clip_id

    def next_clip(self) -> str:
        """Return the id of a part that begins."""
        with self._lock:
            if self._named:
                self._clip_id = str(uuid.uuid7())
            self._named = True
            return self._clip_id

    def begin(self, since: datetime) -> None:
        """Note the time (UTC) of its first picture; that of a later part changes nothing."""
        with self._lock:
            self._since = self._since or since

    def packet_timeout(self, *, begun: bool, open_: bool) -> float | None:
        """Return how long to wait for the next packet, None for ever.

        Motion is waited for as long as it goes on once a clip of it has `begun`, else for
        the post-roll. `open_`: a file is being written, so late pictures count.
        """
        with self._lock:
            if self._hold and begun:
                return None
            lateness = LATENESS if open_ else 0.0
            return max(0.0, self._end + lateness - time.monotonic())

    def is_past(self, seconds: float) -> bool:
        """Whether its end is so long ago."""
        with self._lock:
            return not self._hold and time.monotonic() > self._end + seconds

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
                self._over = is_late(self._end)
            return self._over

    @property
    def ongoing(self) -> OngoingRecording | None:
        """What is being recorded: None before there is anything, and once it is closed."""
        with self._lock:
            if self._closed or (self._since is None and not self._woken):
                return None
            return OngoingRecording(
                since=self._since or self._events[0].at,
                kinds=kinds_of(self._events),
                by_hand_until=self._by_hand_until,
            )

    @property
    def _end(self) -> float:
        return max(self._until, self._by_hand, self._awake_until)

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

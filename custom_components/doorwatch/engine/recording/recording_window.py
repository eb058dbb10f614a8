"""Decide how long the clip of an event lasts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Lock
import time
from typing import Final
import uuid

from ..doorbells.base import DoorbellEvent, EventKind, kinds_of
from .model import OngoingRecording
from .sightings import Sightings

# How many seconds late frames may arrive before a clip ends without them.
LATENESS: Final = 3.0
# Seconds after a report of motion at which more of a person is visible.
COMING_INTO_VIEW: Final = 1.5


@dataclass(eq=False, repr=False)
class RecordingWindow:
    """The events of a clip and the time of its end; thread-safe.

    `_on_change` is called when the time of the end may have changed.
    """

    _post_roll: float
    sightings: Sightings  # the labels of the clip
    _on_change: Callable[[], None]
    told_to_end: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)
    _events: list[DoorbellEvent] = field(default_factory=list)
    _hold: bool = False
    _until: float = float("-inf")  # end of the post-roll
    _goes_on: float = 0.0  # seconds of post-roll, if any
    _by_hand: float = float("-inf")
    _by_hand_lasts: float = 0.0
    _by_hand_until: datetime | None = None
    _awake_until: float = float("-inf")
    _waits: bool = False
    _woken: bool = False  # whether a doorbell had to wake up for the clip
    _over: bool = False
    _since: datetime | None = None
    _closed: bool = False
    # Assigned before the first frame, for callers that request a recording.
    _clip_id: str = field(default_factory=lambda: str(uuid.uuid7()))
    _named: bool = False

    def add(self, event: DoorbellEvent) -> bool:
        """Extend the clip by an event; return False if the clip has already ended."""
        with self._lock:
            if self._over or self.told_to_end.is_set():
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
        self._on_change()
        return True

    def let_go(self) -> None:
        """Cancel a requested recording.

        Other events are still recorded to their end; without any, the clip ends now.
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
        self._on_change()

    def wait(self, until: float) -> None:
        """Wait until `until` (monotonic) for a doorbell that is waking up."""
        with self._lock:
            self._waits = self._woken = True
            self._awake_until = max(self._awake_until, until)

    def awake(self) -> None:
        """Restart the time after events, because frames begin to arrive now."""
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
        self._on_change()

    def cut(self) -> None:
        """End the clip now with the packets received so far."""
        self.told_to_end.set()
        self._on_change()

    def close(self) -> None:
        """Accept no more events, as nothing more is written."""
        with self._lock:
            self._over = self._closed = True
        self.sightings.end()

    @property
    def clip_id(self) -> str | None:
        """The ID of the current or next part; None once closed."""
        with self._lock:
            return None if self._closed else self._clip_id

    def next_clip(self) -> str:
        """Return the ID for a new part."""
        with self._lock:
            if self._named:
                self._clip_id = str(uuid.uuid7())
            self._named = True
            return self._clip_id

    def begin(self, since: datetime) -> None:
        """Store the UTC time of the first frame; later calls have no effect."""
        with self._lock:
            self._since = self._since or since

    def packet_timeout(self, *, begun: bool, open_: bool) -> float | None:
        """Return the timeout for the next packet in seconds, or None to wait forever.

        While motion lasts there is no timeout if a part of the clip has `begun`.
        `open_`: a file is open, so late frames are waited for.
        """
        with self._lock:
            if self._hold and begun:
                return None
            lateness = LATENESS if open_ else 0.0
            return max(0.0, self._end + lateness - time.monotonic())

    def is_past(self, seconds: float) -> bool:
        """Return whether the clip ended more than `seconds` ago."""
        with self._lock:
            return not self._hold and time.monotonic() > self._end + seconds

    def ends(
        self, begun: bool, is_late: Callable[[float], bool], *, even_if_cut: bool
    ) -> bool:
        """Decide permanently whether the clip is over.

        `is_late` returns whether the next packet is after the end (monotonic).
        `even_if_cut`: decide by `is_late` even after `cut`.
        """
        with self._lock:
            if self.told_to_end.is_set() and not even_if_cut:
                self._over = True
            elif not (self._hold and begun):
                self._over = is_late(self._end)
            return self._over

    @property
    def ongoing(self) -> OngoingRecording | None:
        """The current recording; None before it begins and once it is closed."""
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
        """Return the time (monotonic) of the best frame for the thumbnail."""
        events = self.known()
        for event in events:
            if event.kind is EventKind.RING:
                return event.monotonic
        return events[0].monotonic + COMING_INTO_VIEW

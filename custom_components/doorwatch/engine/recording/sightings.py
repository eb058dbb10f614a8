"""What a doorbell says that it saw, and the parts of clips that this belongs to.

It belongs to the clip that is being recorded; else to the next one, if that begins soon
enough; else to the one before, if that was over only just now. To one of them alone.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Final

from ..doorbells.base import DoorbellEvent

# What is told up to so long (seconds) before an event belongs to its clip, also where
# there is less of a pre-roll.
BEFORE: Final = 3.0
# And up to so long (seconds) after its end.
AFTER: Final = 5.0
# Events that are kept for a part: as long as one is, and more than a camera tells.
_MOST: Final = 4096
# A clip that is over may still be told of when the next begins, or the one after that.
_RECENT: Final = 3

# Gets the id of a clip that was handed over, and what belongs to it as well.
type LateCallback = Callable[[str, Mapping[str, str]], None]


def labels_of(events: Iterable[DoorbellEvent]) -> dict[str, str]:
    """Return all labels of these events, sorted; who said one first said it."""
    found: dict[str, str] = {}
    for event in events:
        for label, said_by in event.labels.items():
            found.setdefault(label, said_by)
    return dict(sorted(found.items()))


class Sightings:
    """What was seen at one event, and which parts its clip has. For any thread."""

    def __init__(self, since: float, late: LateCallback) -> None:
        """Take from when on (monotonic) it belongs here; `late` is called on any thread."""
        self._since = since
        self._late = late
        self._lock = Lock()
        self._seen: deque[DoorbellEvent] = deque(maxlen=_MOST)
        self._parts: list[tuple[str, float]] = []  # handed over: which, and its end
        self._over = False

    def add(self, event: DoorbellEvent) -> bool:
        """Take what was seen; False when it does not belong here."""
        at = event.monotonic
        with self._lock:
            part = next((one for one, end in self._parts if at <= end), None)
            if at < self._since or (part is None and self._over):
                return False
            if part is None:
                self._seen.append(event)
        if part is not None:
            self._late(part, event.labels)
        return True

    def add_after(self, event: DoorbellEvent) -> bool:
        """Take what was seen soon after the end; False when it was not."""
        with self._lock:
            part, end = self._parts[-1] if self._over and self._parts else ("", 0.0)
        if not part or not end < event.monotonic <= end + AFTER:
            return False
        self._late(part, event.labels)
        return True

    def known(self) -> dict[str, str]:
        """Return what belongs to the part that begins now."""
        with self._lock:
            return labels_of(self._seen)

    def close(self, clip_id: str, end: float) -> dict[str, str]:
        """Return what belongs to a part that ends then (monotonic).

        What is told of it from now on is late.
        """
        with self._lock:
            within = [event for event in self._seen if event.monotonic <= end]
            later = [event for event in self._seen if event.monotonic > end]
            self._seen = deque(later, _MOST)
            self._parts.append((clip_id, end))
        return labels_of(within)

    def end(self) -> None:
        """Let no part follow: what was seen after the last one is late."""
        with self._lock:
            self._over = True
            left, self._seen = self._seen, deque()
        for event in left:
            self.add_after(event)


class RecentSightings:
    """What was seen at a doorbell, given to its clips. In the event loop."""

    def __init__(
        self, pre_roll: float, late: LateCallback, loop: asyncio.AbstractEventLoop
    ) -> None:
        """Take the pre-roll of its clips, and what to call with what is late."""
        self._reach = max(pre_roll, BEFORE)
        self._late = late
        self._loop = loop
        self._clips: deque[Sightings] = deque(maxlen=_RECENT)
        # What no clip has taken yet, and when that is settled.
        self._waiting: dict[asyncio.TimerHandle, DoorbellEvent] = {}

    def begin(self, event: DoorbellEvent) -> Sightings:
        """Return where to put what is seen in the clip of an event, and was just before."""
        clip = Sightings(event.monotonic - self._reach, self._late)
        if event.labels:
            clip.add(event)
        for timer, one in list(self._waiting.items()):
            if clip.add(one):
                self._forget(timer)
        self._clips.append(clip)
        return clip

    def add(self, event: DoorbellEvent) -> None:
        """Take what was seen, if it says so."""
        if not event.labels or any(clip.add(event) for clip in reversed(self._clips)):
            return
        if len(self._waiting) == _MOST:
            self._forget(next(iter(self._waiting)))
        # The pictures of a clip that begins by then show it.
        timer: asyncio.TimerHandle = self._loop.call_later(
            self._reach, lambda: self._settle(timer)
        )
        self._waiting[timer] = event

    def stop(self) -> None:
        """Wait for no clip any more."""
        for timer in list(self._waiting):
            self._settle(timer)

    def _settle(self, timer: asyncio.TimerHandle) -> None:
        """Give what no clip followed to the one before."""
        event = self._forget(timer)
        any(clip.add_after(event) for clip in reversed(self._clips))

    def _forget(self, timer: asyncio.TimerHandle) -> DoorbellEvent:
        timer.cancel()
        return self._waiting.pop(timer)

"""Assign the labels that a doorbell reports to the parts of clips.

Labels belong to the current clip, or else to the next one if it begins soon enough, or
else to the previous one if it has just ended. They belong to only one clip.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, NamedTuple

from ..doorbells.base import DoorbellEvent

# Labels up to this long (seconds) before an event belong to its clip in any case.
BEFORE: Final = 3.0
# Labels up to this long (seconds) after the end belong to the clip.
AFTER: Final = 5.0
# Maximum number of waiting events, and of times stored per label of a part.
_MOST: Final = 4096
# How many recent clips still accept labels.
_RECENT: Final = 3

# Called with the ID of a clip that was handed over, and its additional labels.
type LateCallback = Callable[[str, Mapping[str, str]], None]
# When (monotonic) each label was seen, by label and source.
type _Seen = dict[tuple[str, str], list[float]]


class _HandedOver(NamedTuple):
    """A part whose labels were handed over with it; `end` is monotonic."""

    clip_id: str
    end: float
    labels: set[str]


def _labels_of(seen: _Seen) -> dict[str, str]:
    """Return the labels, sorted, each with the source that reported it first."""
    found: dict[str, str] = {}
    for label, said_by in sorted(seen, key=lambda one: seen[one][0]):
        found.setdefault(label, said_by)
    return dict(sorted(found.items()))


@dataclass(eq=False, repr=False)
class Sightings:
    """The labels of one event and the parts of its clip; thread-safe."""

    _since: float  # start (monotonic)
    _late: LateCallback  # may be called on any thread
    _lock: Lock = field(default_factory=Lock)
    _seen: _Seen = field(default_factory=dict)
    _parts: list[_HandedOver] = field(default_factory=list)
    _over: bool = False

    def add(self, event: DoorbellEvent) -> bool:
        """Add the labels of an event; return False if they don't belong here."""
        at = event.monotonic
        with self._lock:
            part = next((one for one in self._parts if at <= one.end), None)
            if at < self._since or (part is None and self._over):
                return False
            if part is None:
                for label in event.labels.items():
                    moments = self._seen.setdefault(label, [])
                    moments.append(at)
                    if len(moments) > _MOST:
                        del moments[1::2]  # a camera that repeats a label very often
        if part is not None:
            self._tell(part, event.labels)
        return True

    def add_after(self, event: DoorbellEvent) -> bool:
        """Add labels from shortly after the end; return False if they are not."""
        part = self._followed_by(event.monotonic)
        if part is None:
            return False
        self._tell(part, event.labels)
        return True

    def known(self) -> dict[str, str]:
        """Return the labels of the current part."""
        with self._lock:
            return _labels_of(self._seen)

    def close(self, clip_id: str, end: float) -> dict[str, str]:
        """Return the labels of a part that ends at `end` (monotonic).

        Later reports about this part are passed to `late`.
        """
        with self._lock:
            within: _Seen = {}
            later: _Seen = {}
            for label, moments in self._seen.items():
                for at in moments:
                    found = within if at <= end else later
                    found.setdefault(label, []).append(at)
            self._seen = later
            labels = _labels_of(within)
            self._parts.append(_HandedOver(clip_id, end, {*labels}))
        return labels

    def end(self) -> None:
        """Expect no more parts; labels after the last one are passed to `late`."""
        with self._lock:
            self._over = True
            left, self._seen = self._seen, {}
        for (label, said_by), moments in left.items():
            for part in filter(None, map(self._followed_by, moments)):
                self._tell(part, {label: said_by})

    def _followed_by(self, at: float) -> _HandedOver | None:
        """Return the last part if none follows and `at` is shortly after its end."""
        with self._lock:
            part = self._parts[-1] if self._over and self._parts else None
        return part if part and part.end < at <= part.end + AFTER else None

    def _tell(self, part: _HandedOver, labels: Mapping[str, str]) -> None:
        """Pass new labels of a part to `late`, each only once."""
        with self._lock:
            new = {one: labels[one] for one in labels if one not in part.labels}
            part.labels.update(new)
        if new:
            self._late(part.clip_id, new)


class RecentSightings:
    """Assign a doorbell's labels to its recent clips; for the event loop."""

    def __init__(
        self, pre_roll: float, late: LateCallback, loop: asyncio.AbstractEventLoop
    ) -> None:
        """Initialize with the clips' pre-roll and the callback for late labels."""
        self._reach = max(pre_roll, BEFORE)
        self._late = late
        self._loop = loop
        self._clips: deque[Sightings] = deque(maxlen=_RECENT)
        # Events that no clip has accepted yet, by the timer that ends the wait.
        self._waiting: dict[asyncio.TimerHandle, DoorbellEvent] = {}

    def begin(self, event: DoorbellEvent) -> Sightings:
        """Return the labels of a new clip, including those just before its event."""
        clip = Sightings(event.monotonic - self._reach, self._late)
        clip.add(event)
        for timer, one in list(self._waiting.items()):
            if clip.add(one):
                self._forget(timer)
        self._clips.append(clip)
        return clip

    def add(self, event: DoorbellEvent) -> None:
        """Assign the labels of an event, if it has any."""
        if not event.labels or any(clip.add(event) for clip in reversed(self._clips)):
            return
        if len(self._waiting) == _MOST:
            self._forget(next(iter(self._waiting)))
        # A clip that begins before the timer ends contains this moment.
        timer: asyncio.TimerHandle = self._loop.call_later(
            self._reach, lambda: self._settle(timer)
        )
        self._waiting[timer] = event

    def stop(self) -> None:
        """Stop waiting for further clips."""
        for timer in list(self._waiting):
            self._settle(timer)

    def _settle(self, timer: asyncio.TimerHandle) -> None:
        """Assign an event that no clip followed to the previous clip."""
        event = self._forget(timer)
        any(clip.add_after(event) for clip in reversed(self._clips))

    def _forget(self, timer: asyncio.TimerHandle) -> DoorbellEvent:
        timer.cancel()
        return self._waiting.pop(timer)

"""What a doorbell says that it saw, and the parts of clips that this belongs to.

It belongs to the clip that is being recorded; else to the next one, if that begins soon
enough; else to the one before, if that was over only just now. To one of them alone.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Final, NamedTuple

from ..doorbells.base import DoorbellEvent

# What is told up to so long (seconds) before an event belongs to its clip, also where
# there is less of a pre-roll.
BEFORE: Final = 3.0
# And up to so long (seconds) after its end.
AFTER: Final = 5.0
# What waits for its clip, and how often one label is noted until its part is over.
_MOST: Final = 4096
# A clip that is over may still be told of when the next begins, or the one after that.
_RECENT: Final = 3

# Gets the id of a clip that was handed over, and what belongs to it as well.
type LateCallback = Callable[[str, Mapping[str, str]], None]
# When (monotonic) each was seen, by what it is and who said so.
type _Seen = dict[tuple[str, str], list[float]]


class _HandedOver(NamedTuple):
    """A part whose labels are with its clip; the end is monotonic."""

    clip_id: str
    end: float
    labels: set[str]


def _labels_of(seen: _Seen) -> dict[str, str]:
    """Return all labels of this, sorted; who said one first said it."""
    found: dict[str, str] = {}
    for label, said_by in sorted(seen, key=lambda one: seen[one][0]):
        found.setdefault(label, said_by)
    return dict(sorted(found.items()))


class Sightings:
    """What was seen at one event, and which parts its clip has. For any thread."""

    def __init__(self, since: float, late: LateCallback) -> None:
        """Take from when on (monotonic) it belongs here; `late` is called on any thread."""
        self._since = since
        self._late = late
        self._lock = Lock()
        self._seen: _Seen = {}
        self._parts: list[_HandedOver] = []
        self._over = False

    def add(self, event: DoorbellEvent) -> bool:
        """Take what was seen; False when it does not belong here."""
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
                        del moments[1::2]  # a camera that says it again and again
        if part is not None:
            self._tell(part, event.labels)
        return True

    def add_after(self, event: DoorbellEvent) -> bool:
        """Take what was seen soon after the end; False when it was not."""
        part = self._followed_by(event.monotonic)
        if part is None:
            return False
        self._tell(part, event.labels)
        return True

    def known(self) -> dict[str, str]:
        """Return what belongs to the part that begins now."""
        with self._lock:
            return _labels_of(self._seen)

    def close(self, clip_id: str, end: float) -> dict[str, str]:
        """Return what belongs to a part that ends then (monotonic).

        What is told of it from now on is late.
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
        """Let no part follow: what was seen after the last one is late."""
        with self._lock:
            self._over = True
            left, self._seen = self._seen, {}
        for (label, said_by), moments in left.items():
            for part in filter(None, map(self._followed_by, moments)):
                self._tell(part, {label: said_by})

    def _followed_by(self, at: float) -> _HandedOver | None:
        """Return the last part, once none follows, when this was soon after its end."""
        with self._lock:
            part = self._parts[-1] if self._over and self._parts else None
        return part if part and part.end < at <= part.end + AFTER else None

    def _tell(self, part: _HandedOver, labels: Mapping[str, str]) -> None:
        """Tell what belongs to a part as well, each once however often it is said."""
        with self._lock:
            new = {one: labels[one] for one in labels if one not in part.labels}
            part.labels.update(new)
        if new:
            self._late(part.clip_id, new)


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

"""Keep the unfinished clips in memory.

Only its recorder may touch the file of a live clip. A clip that could not be saved
because the disk was full or missing is pending: it is finished with all of the
recorder's data once the disk works.
"""

from dataclasses import dataclass
import threading

from ...recording.model import FinishedClip
from ..index.rows import UnfinishedClip


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingClip:
    """A clip that waits for the disk; `finished` is the recorder's data at its end."""

    begun: UnfinishedClip
    finished: FinishedClip | None = None
    told: bool = False  # whether the failure was logged
    own: bool = True  # whether it was recorded in this run


class UnfinishedClips:
    """Track live and pending clips. Thread-safe."""

    def __init__(self) -> None:
        """Initialize without clips."""
        self._lock = threading.Lock()
        self._live: dict[str, UnfinishedClip] = {}
        self._left: dict[str, PendingClip] = {}

    def begin(self, begun: UnfinishedClip) -> None:
        """Add a live clip, before its file is created."""
        with self._lock:
            self._live[begun.clip_id] = begun

    def live(self, clip_id: str) -> UnfinishedClip | None:
        """Return the facts of a clip that is being recorded."""
        with self._lock:
            return self._live.get(clip_id)

    def end(self, clip_id: str) -> None:
        """Remove a clip that was saved or discarded."""
        with self._lock:
            self._live.pop(clip_id, None)
            self._left.pop(clip_id, None)

    def leave(self, left: PendingClip) -> None:
        """Mark a live clip as pending."""
        with self._lock:
            self._live.pop(left.begun.clip_id, None)
            self._left[left.begun.clip_id] = left

    def left(self) -> dict[str, PendingClip]:
        """Return the pending clips by ID."""
        with self._lock:
            return dict(self._left)

    def rows(self) -> list[UnfinishedClip]:
        """Return the rows that an index must have for live and pending clips."""
        with self._lock:
            return [*self._live.values(), *(left.begun for left in self._left.values())]

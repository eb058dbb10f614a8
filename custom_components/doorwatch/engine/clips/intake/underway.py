"""The clips that are not in the library yet, and what is known of them: in memory.

Nobody but its clip recorder may touch the file of a clip that is live. A clip that its
recorder could not hand over, since the disk was full or away, is left: it is finished
when the disk is well, with everything that the recorder told of it.
"""

from dataclasses import dataclass
import threading

from ...recording.model import FinishedClip
from ..index.rows import UnfinishedClip


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingClip:
    """A clip that waits for its disk; `finished` is what its recorder told of its end."""

    begun: UnfinishedClip
    finished: FinishedClip | None = None
    told: bool = False  # whether it was logged that it cannot be finished yet
    own: bool = True  # whether it was recorded in this run


class UnfinishedClips:
    """Used on any thread."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._live: dict[str, UnfinishedClip] = {}
        self._left: dict[str, PendingClip] = {}

    def begin(self, begun: UnfinishedClip) -> None:
        """Note a clip before there is anything of it."""
        with self._lock:
            self._live[begun.clip_id] = begun

    def live(self, clip_id: str) -> UnfinishedClip | None:
        """Return what was noted at the begin of a clip that is being recorded."""
        with self._lock:
            return self._live.get(clip_id)

    def end(self, clip_id: str) -> None:
        """Forget a clip: it is listed, or nothing is left of it."""
        with self._lock:
            self._live.pop(clip_id, None)
            self._left.pop(clip_id, None)

    def leave(self, left: PendingClip) -> None:
        """Note that a clip is not live any more, and not finished."""
        with self._lock:
            self._live.pop(left.begun.clip_id, None)
            self._left[left.begun.clip_id] = left

    def left(self) -> dict[str, PendingClip]:
        """Return the clips that wait for their disk, by id."""
        with self._lock:
            return dict(self._left)

    def rows(self) -> list[UnfinishedClip]:
        """Return what an index must hold of all that is not in the library yet."""
        with self._lock:
            return [*self._live.values(), *(left.begun for left in self._left.values())]

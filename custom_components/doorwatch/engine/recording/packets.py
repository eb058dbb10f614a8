"""Packets on their way to who writes them, and what waits for a slow one."""

from dataclasses import dataclass
from queue import SimpleQueue
from typing import Final

from .epoch import Encoded, Epoch
from .nal import refers_back

# What may wait for one who does not take it (bytes), such as a clip on a network folder
# that hangs: a minute and more of a usual doorbell.
MOST_WAITING: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet on its way into a clip; `time` is its dts (video) or pts (sound)."""

    epoch: Epoch
    encoded: Encoded
    time: int
    is_video: bool

    @property
    def shown(self) -> int:
        """The pts of a picture."""
        pts = self.encoded.pts
        return self.time if pts is None else max(self.time, pts)

    @property
    def refers_back(self) -> bool:
        """Whether a picture that is shown before its keyframe needs what was before."""
        epoch = self.epoch
        return refers_back(
            epoch.video_codec, memoryview(self.encoded), epoch.length_size
        )


# A packet; an epoch that has ended, or goes on after a gap; or None, to look again at
# what else was told.
type Item = Packet | Epoch | None


class PacketQueue:
    """What waits for one subscriber, from one thread to another.

    When too much waits, nothing more is taken until the first keyframe after half of it
    has gone. What is missing then is a gap between two packets that can be decoded: the
    epoch is told as if it had ended, since pictures may refer to what was before it.
    """

    def __init__(self, most: int | None = None) -> None:
        """Let at most so many bytes wait."""
        self._most = MOST_WAITING if most is None else most
        self._queue: SimpleQueue[Item] = SimpleQueue()
        # Each is written by one thread only.
        self._came = 0
        self._went = 0
        self._skips = False

    @property
    def waiting(self) -> int:
        """How many bytes wait."""
        return self._came - self._went

    def put(self, item: Item) -> None:
        """Add what comes next. Packets come from one thread at a time."""
        if isinstance(item, Packet):
            skipped = self._skips
            if skipped and not self._may_go_on(item):
                return
            size = item.encoded.size
            self._skips = self.waiting + size > self._most
            if self._skips:
                return
            if skipped:
                self._queue.put(item.epoch)
            self._came += size
        self._queue.put(item)

    def _may_go_on(self, packet: Packet) -> bool:
        starts = packet.is_video and packet.encoded.is_keyframe
        return starts and self.waiting <= self._most // 2

    def get(self, timeout: float | None = None) -> Item:
        """Take what came first. Raises `queue.Empty` after `timeout` seconds."""
        item = self._queue.get(timeout=timeout)
        if isinstance(item, Packet):
            self._went += item.encoded.size
        return item

    def empty(self) -> bool:
        """Whether nothing waits."""
        return self._queue.empty()

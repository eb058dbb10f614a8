"""Queue packets for the threads that write them."""

from dataclasses import dataclass
from fractions import Fraction
from queue import SimpleQueue
from typing import Final

import av

from .epoch import Encoded, Epoch
from .nal import refers_back

# Maximum size of a queue in bytes, for a writer that is blocked, such as by a network
# folder: more than a minute of usual video.
MOST_WAITING: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet for a clip; `time` is its dts (video) or pts (audio)."""

    epoch: Epoch
    encoded: Encoded
    time: int
    is_video: bool

    @property
    def shown(self) -> int:
        """The pts of a frame."""
        pts = self.encoded.pts
        return self.time if pts is None else max(self.time, pts)

    @property
    def refers_back(self) -> bool:
        """Whether a frame that is shown before its keyframe needs earlier frames."""
        epoch = self.epoch
        return refers_back(
            epoch.video_codec, memoryview(self.encoded), epoch.length_size
        )


def copied(packet: Encoded, base: Fraction, time: int, begin: int) -> Encoded:
    """Copy a packet, because muxing changes it and another clip may use it.

    `time` is its dts. The times of the copy are ticks of `base` since `begin`.
    """
    copy = av.Packet(packet)  # type: ignore[arg-type]  # any buffer will do
    copy.time_base = base
    copy.dts = time - begin
    copy.pts = max(time, time if packet.pts is None else packet.pts) - begin
    copy.duration = packet.duration or 0
    copy.is_keyframe = packet.is_keyframe
    return copy


# A packet; an epoch that ended or has a gap; or None, to check for other changes.
type Item = Packet | Epoch | None


class PacketQueue:
    """A queue of packets from one thread to another.

    When it is full, packets are dropped until it is half empty and a keyframe arrives.
    Both sides of the gap can be decoded. After a gap the epoch is queued as if it had
    ended, since frames may refer to earlier ones.
    """

    def __init__(self) -> None:
        """Initialize an empty queue."""
        self._queue: SimpleQueue[Item] = SimpleQueue()
        # Each is written by one thread only.
        self._came = 0
        self._went = 0
        self._skips = False

    @property
    def waiting(self) -> int:
        """How many bytes are queued."""
        return self._came - self._went

    def put(self, item: Item) -> None:
        """Add an item; packets must come from one thread at a time."""
        if isinstance(item, Packet):
            skipped = self._skips
            if skipped and not self._may_go_on(item):
                return
            size = item.encoded.size
            self._skips = self.waiting + size > MOST_WAITING
            if self._skips:
                return
            if skipped:
                self._queue.put(item.epoch)
            self._came += size
        self._queue.put(item)

    def _may_go_on(self, packet: Packet) -> bool:
        starts = packet.is_video and packet.encoded.is_keyframe
        return starts and self.waiting <= MOST_WAITING // 2

    def get(self, timeout: float | None = None) -> Item:
        """Return the next item; raises `queue.Empty` after `timeout` seconds."""
        item = self._queue.get(timeout=timeout)
        if isinstance(item, Packet):
            self._went += item.encoded.size
        return item

    def empty(self) -> bool:
        """Return whether the queue is empty."""
        return self._queue.empty()

"""The pre-roll: encoded packets from the last keyframe before it up to now."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
import heapq
from queue import SimpleQueue
from threading import Lock
import time
from typing import Final

from .epoch import Encoded, Epoch

# A picture that comes this much (seconds) before its time means that the camera's clock
# jumped.
_JUMP: Final = 0.5
# The camera's clock may run slower than ours by this share before its pictures seem late.
_DRIFT: Final = 1e-3
# No clip begins before a connection is this old (seconds of video): until FFmpeg has seen
# the camera's first report on its clocks, times may jump.
_SETTLE: Final = 1.0
# What a ring may hold at most (bytes), for cameras that hardly ever send a keyframe.
MOST_BYTES: Final = 96 * 1024 * 1024


@dataclass(slots=True)
class Gop:
    """Video packets from one keyframe to the next."""

    start: int  # dts of the keyframe
    packets: list[Encoded] = field(default_factory=list)
    size: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """One packet on its way into a clip; `time` is its dts (video) or pts (sound)."""

    epoch: Epoch
    packet: Encoded
    time: int
    is_video: bool


# What a subscriber gets: a piece; an epoch that has ended; or None, to look again at
# what else it was told.
type Pieces = SimpleQueue[Piece | Epoch | None]


class Ring:
    """What one doorbell sent last.

    The reader thread fills it, threads of clips take from it.
    """

    def __init__(self, pre_roll: float, most: int = MOST_BYTES) -> None:
        """Keep at least `pre_roll` seconds, and back to the keyframe before."""
        self._pre_roll = pre_roll
        self._most = most
        self._lock = Lock()
        self._gops: deque[Gop] = deque()
        self._sound: deque[tuple[int, Encoded]] = deque()
        self._queues: tuple[Pieces, ...] = ()
        self._epoch: Epoch | None = None
        self._owner: object = None
        self._undated: Encoded | None = None
        self._last: int | None = (
            None  # dts of the last picture since the first keyframe
        )
        self._settled = False
        self.last_video = float("-inf")  # monotonic
        self.keyframe: tuple[Epoch, Encoded] | None = None

    @property
    def size(self) -> int:
        """How many bytes of video are kept."""
        with self._lock:
            return sum(gop.size for gop in self._gops)

    @property
    def epoch(self) -> Epoch | None:
        """The epoch that is being filled, None while not connected."""
        return self._epoch

    def connected(self, epoch: Epoch, owner: object = None) -> None:
        """Begin the epoch of a new connection; `owner` is who fills it from now on."""
        with self._lock:
            self._owner = owner
            self._begin(epoch)

    def disconnected(self, owner: object = None) -> None:
        """Let go of everything and tell the clips that are open.

        Does nothing for one that is no longer the owner.
        """
        with self._lock:
            if self._owner is owner:
                self._begin(None)

    def _begin(self, epoch: Epoch | None) -> None:
        if ended := self._epoch:
            for queue in self._queues:
                queue.put(ended)
        self._epoch = epoch
        self._gops.clear()
        self._sound.clear()
        self._undated = None
        self._last = None
        self._settled = False
        self.last_video = time.monotonic()

    def add_sound(self, packet: Encoded) -> None:
        """Take a packet of sound."""
        pts = packet.pts
        if pts is None:
            return
        with self._lock:
            if (epoch := self._epoch) is None:
                return
            epoch.has_sound = True
            self._sound.append((pts, packet))
            if self._settled and self._queues:
                self._send(Piece(epoch, packet, pts, is_video=False))

    def add_video(self, packet: Encoded) -> bool:
        """Take a packet of video; return whether it is a keyframe that was kept."""
        dts = packet.dts
        with self._lock:
            if (epoch := self._epoch) is None:
                return False
            if dts is None:
                if packet.is_keyframe and self._last is None:
                    self._undated = packet
                return False
            now = time.monotonic()
            seconds = dts * epoch.video_seconds
            if self._last is not None:
                epoch = self._epoch_of(epoch, packet, dts, now - seconds)
            last = self._last
            if last is not None:
                if dts <= last:
                    return False
                epoch.offset += _DRIFT * (dts - last) * epoch.video_seconds
            epoch.offset = min(epoch.offset, now - seconds)
            starts = False
            if (first := self._undated) is not None:
                self._undated = None
                if packet.duration and packet.pts == dts:
                    # The first keyframe of a connection comes without a time. It is the
                    # next picture's, less one picture.
                    first.pts = first.dts = dts - packet.duration
                    starts = self._append(epoch, first, first.dts, now)
            return self._append(epoch, packet, dts, now) or starts

    def _epoch_of(
        self, epoch: Epoch, packet: Encoded, dts: int, offset: float
    ) -> Epoch:
        """Return the epoch of a picture: a new one when the camera's clock jumped."""
        assert self._last is not None
        step = (dts - self._last) * epoch.video_seconds
        usual = (packet.duration or 0) * epoch.video_seconds
        early = epoch.offset - offset
        if step < -_JUMP or (early > _JUMP and step > max(_JUMP, 3 * usual)):
            epoch = epoch.renewed()
            self._begin(epoch)
        return epoch

    def _append(self, epoch: Epoch, packet: Encoded, dts: int, now: float) -> bool:
        gops = self._gops
        starts = packet.is_keyframe
        if starts:
            gops.append(Gop(dts))
            self.keyframe = (epoch, packet)
            self._trim(epoch, now)
        elif self._last is None:
            return False
        self._last = dts
        self.last_video = now
        if gops:
            gop = gops[-1]
            gop.packets.append(packet)
            gop.size += packet.size
            if gop.size > self._most:
                # Nothing of this can be played later without its keyframe.
                gops.clear()
        if self._settled:
            if self._queues:
                self._send(Piece(epoch, packet, dts, is_video=True))
        elif gops and (dts - gops[0].start) * epoch.video_seconds >= _SETTLE:
            self._settled = True
            for piece in _merged(epoch, gops, self._sound) if self._queues else ():
                self._send(piece)
        return starts

    def _send(self, piece: Piece) -> None:
        for queue in self._queues:
            queue.put(piece)

    def _trim(self, epoch: Epoch, now: float) -> None:
        gops = self._gops
        if self._settled:
            keep = (now - self._pre_roll - epoch.offset) / epoch.video_seconds
            size = sum(gop.size for gop in gops)
            while len(gops) > 1 and (gops[1].start <= keep or size > self._most):
                size -= gops.popleft().size
        first = gops[0].start * epoch.video_seconds / epoch.sound_seconds
        sound = self._sound
        while sound and sound[0][0] < first:
            sound.popleft()

    def subscribe(self, queue: Pieces, since: float) -> list[Piece]:
        """Return what there is, and put what follows into `queue`.

        It starts at the last keyframe at or before `since` (monotonic), else at the
        first. Nothing is missing or doubled between the two.
        """
        with self._lock:
            self._queues = (*self._queues, queue)
            epoch = self._epoch
            if epoch is None or not self._settled:
                return []
            sought = (since - epoch.offset) / epoch.video_seconds
            gops = list(self._gops)
            while len(gops) > 1 and gops[1].start <= sought:
                del gops[0]
            if not gops:
                return []
            gops[-1] = Gop(gops[-1].start, list(gops[-1].packets))
            sound = list(self._sound)
        return list(_merged(epoch, gops, sound))

    def unsubscribe(self, queue: Pieces) -> None:
        """Put nothing more into this queue."""
        with self._lock:
            self._queues = tuple(q for q in self._queues if q is not queue)


def _merged(
    epoch: Epoch,
    gops: deque[Gop] | list[Gop],
    sound: deque[tuple[int, Encoded]] | list[tuple[int, Encoded]],
) -> Iterator[Piece]:
    """Bring pictures and sound into one order."""
    pictures = (
        Piece(epoch, packet, packet.dts, is_video=True)
        for gop in gops
        for packet in gop.packets
        if packet.dts is not None
    )
    sounds = (Piece(epoch, packet, pts, is_video=False) for pts, packet in sound)
    return heapq.merge(pictures, sounds, key=_seconds)


def _seconds(piece: Piece) -> float:
    epoch = piece.epoch
    return piece.time * (epoch.video_seconds if piece.is_video else epoch.sound_seconds)

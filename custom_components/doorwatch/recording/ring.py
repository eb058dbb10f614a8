"""The pre-roll: encoded packets from the last keyframe before it up to now."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
import heapq
import io
from queue import SimpleQueue
from threading import Lock
import time
from typing import Final

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

# A picture that comes this much (seconds) before its time means that the camera's clock jumped.
_JUMP: Final = 0.5
# The camera's clock may run slower than ours by this share before its pictures seem late.
_DRIFT: Final = 1e-3
# What a ring may hold at most (bytes), for cameras that hardly ever send a keyframe.
_MOST: Final = 96 * 1024 * 1024


class Epoch:
    """An unbroken piece of one connection: one clock, one set of codec parameters.

    Times in seconds are the stream's own; `offset` brings them to `time.monotonic`. It follows the
    fastest packets, since a picture can be late but not early.
    """

    __slots__ = (
        "_templates",
        "audio",
        "audio_base",
        "audio_codec",
        "audio_seen",
        "extradata",
        "height",
        "offset",
        "video",
        "video_base",
        "video_codec",
        "width",
    )

    def __init__(self, video: VideoStream, audio: AudioStream | None) -> None:
        """Copy what writing a clip needs: a clip may outlive the connection."""
        # An output that is never written. FFmpeg frees the streams of an input with its connection;
        # these stay.
        self._templates = av.open(io.BytesIO(), "w", format="mp4")
        self.video = self._templates.add_stream_from_template(video, opaque=True)
        self.audio = (
            self._templates.add_stream_from_template(audio, opaque=True)
            if audio
            else None
        )
        self.video_base = _fraction(video)
        self.audio_base = _fraction(audio) if audio else Fraction(1)
        self.video_codec = video.codec_context.name
        self.audio_codec = audio.codec_context.name if audio else None
        self.extradata = video.codec_context.extradata
        self.width, self.height = video.width, video.height
        self.offset = float("inf")
        self.audio_seen = False

    def renewed(self) -> Epoch:
        """Return a new epoch of the same streams, its clock not known yet."""
        epoch = object.__new__(Epoch)
        for name in Epoch.__slots__:
            setattr(epoch, name, getattr(self, name))
        epoch.offset = float("inf")
        return epoch


def _fraction(stream: VideoStream | AudioStream) -> Fraction:
    base = stream.time_base
    assert base is not None  # every stream of an input has one
    return Fraction(base.numerator, base.denominator)


@dataclass(slots=True)
class Gop:
    """Video packets from one keyframe to the next."""

    start: int  # dts of the keyframe
    packets: list[av.Packet] = field(default_factory=list)
    size: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """One packet on its way into a clip."""

    epoch: Epoch
    packet: av.Packet
    is_video: bool


# What a subscriber gets: a piece; or None: look again at what you were told.
type Pieces = SimpleQueue[Piece | None]


class Ring:
    """What one doorbell sent last. The reader thread fills it, threads of clips take from it."""

    def __init__(self, pre_roll: float) -> None:
        """Keep at least `pre_roll` seconds, and back to the keyframe before."""
        self._pre_roll = pre_roll
        self._lock = Lock()
        self._gops: deque[Gop] = deque()
        self._audio: deque[av.Packet] = deque()
        self._queues: tuple[Pieces, ...] = ()
        self._epoch: Epoch | None = None
        self._undated: av.Packet | None = None
        self._last = 0
        self._most = _MOST
        self.keyframe: tuple[Epoch, av.Packet] | None = None

    @property
    def size(self) -> int:
        """How many bytes of video are kept."""
        with self._lock:
            return sum(gop.size for gop in self._gops)

    def connected(self, container: InputContainer) -> Epoch:
        """Begin an epoch for a new connection."""
        video = container.streams.video[0]
        # Other sound than AAC cannot be copied into an MP4 that browsers play.
        audio = next(
            (s for s in container.streams.audio if s.codec_context.name == "aac"), None
        )
        epoch = Epoch(video, audio)
        with self._lock:
            self._begin(epoch)
        return epoch

    def disconnected(self) -> None:
        """Let go of everything and tell the clips that are open."""
        with self._lock:
            self._begin(None)

    @property
    def epoch(self) -> Epoch | None:
        """The epoch that is being filled, None while not connected."""
        return self._epoch

    def _begin(self, epoch: Epoch | None) -> None:
        self._epoch = epoch
        self._gops.clear()
        self._audio.clear()
        self._undated = None
        self._last = 0
        for queue in self._queues:
            queue.put(None)

    def add_audio(self, packet: av.Packet) -> None:
        """Take a packet of sound."""
        if packet.pts is None:
            return
        with self._lock:
            epoch = self._epoch
            assert epoch is not None
            epoch.audio_seen = True
            self._audio.append(packet)
            for queue in self._queues:
                queue.put(Piece(epoch, packet, False))

    def add_video(self, packet: av.Packet) -> bool:
        """Take a packet of video; return whether it began a group of pictures."""
        dts = packet.dts
        if dts is None:
            self._keep_undated(packet)
            return False
        with self._lock:
            now = time.monotonic()
            epoch = self._epoch
            assert epoch is not None
            if self._undated is not None and packet.duration and packet.pts == dts:
                # The first keyframe of a connection comes without a time: it is the next one's, less
                # one picture.
                first, self._undated = self._undated, None
                first.pts = first.dts = dts - packet.duration
                self._append(epoch, first, first.dts, now)
            if self._gops:
                epoch = self._checked(epoch, packet, dts, now)
                if dts <= self._last:
                    return False
            offset = now - float(dts * epoch.video_base)
            if offset < epoch.offset:
                epoch.offset = offset
            elif self._gops:
                epoch.offset += _DRIFT * float((dts - self._last) * epoch.video_base)
            return self._append(epoch, packet, dts, now)

    def _keep_undated(self, packet: av.Packet) -> None:
        if packet.is_keyframe and not self._gops:
            self._undated = packet

    def _checked(self, epoch: Epoch, packet: av.Packet, dts: int, now: float) -> Epoch:
        """Return the epoch the packet belongs to: a new one when the camera's clock jumped."""
        step = float((dts - self._last) * epoch.video_base)
        usual = float((packet.duration or 0) * epoch.video_base)
        early = epoch.offset - (now - float(dts * epoch.video_base))
        if step < -_JUMP or (step > max(_JUMP, 3 * usual) and early > _JUMP):
            epoch = epoch.renewed()
            self._begin(epoch)
        return epoch

    def _append(self, epoch: Epoch, packet: av.Packet, dts: int, now: float) -> bool:
        gops = self._gops
        starts = packet.is_keyframe
        if starts:
            gops.append(Gop(dts))
            self.keyframe = (epoch, packet)
            self._trim(epoch, now)
        elif not gops:
            return False
        gop = gops[-1]
        gop.packets.append(packet)
        gop.size += packet.size
        if gop.size > self._most:
            # Without a keyframe nothing of this can be played later.
            gops.clear()
            return False
        self._last = dts
        for queue in self._queues:
            queue.put(Piece(epoch, packet, True))
        return starts

    def _trim(self, epoch: Epoch, now: float) -> None:
        gops = self._gops
        keep = (now - self._pre_roll - epoch.offset) / float(epoch.video_base)
        size = sum(gop.size for gop in gops)
        while len(gops) > 1 and (gops[1].start <= keep or size > self._most):
            size -= gops.popleft().size
        first = gops[0].start * epoch.video_base / epoch.audio_base
        audio = self._audio
        while audio and (audio[0].pts or 0) < first:
            audio.popleft()

    def subscribe(self, queue: Pieces, since: float) -> list[Piece]:
        """Return what there is from the last keyframe at or before `since` (monotonic), and put what follows into `queue`.

        Nothing is missing or doubled between the two.
        """
        with self._lock:
            self._queues = (*self._queues, queue)
            epoch = self._epoch
            if epoch is None or not self._gops:
                return []
            sought = (since - epoch.offset) / float(epoch.video_base)
            chosen = 0
            for index, gop in enumerate(self._gops):
                if gop.start <= sought:
                    chosen = index
            gops = list(self._gops)[chosen:]
            video = [packet for gop in gops for packet in gop.packets]
            audio = list(self._audio)
        return list(_merged(epoch, video, audio))

    def unsubscribe(self, queue: Pieces) -> None:
        """Put nothing more into this queue."""
        with self._lock:
            self._queues = tuple(q for q in self._queues if q is not queue)


def _merged(
    epoch: Epoch, video: list[av.Packet], audio: list[av.Packet]
) -> Iterator[Piece]:
    video_base, audio_base = float(epoch.video_base), float(epoch.audio_base)
    for _, _, packet, is_video in heapq.merge(
        ((p.dts * video_base, n, p, True) for n, p in enumerate(video)),  # type: ignore[operator]  # all are dated
        ((p.pts * audio_base, n, p, False) for n, p in enumerate(audio)),  # type: ignore[operator]
        key=lambda entry: entry[0],
    ):
        yield Piece(epoch, packet, is_video)

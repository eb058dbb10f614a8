"""Keep the encoded packets since the last keyframe before the pre-roll."""

from collections import deque
from dataclasses import replace
from threading import Lock
import time
from typing import Final

from ..doorbells.base import DoorbellError
from .epoch import Encoded, Epoch
from .nal import AccessUnitHeader, changed_codec, opening
from .packets import Packet, PacketQueue
from .preroll_segment import Gop, PrerollSegment, merge_packets, packets_since
from .timeline import JUMP, StreamTimeline, date

# By which share the camera's clock may be slower before its frames seem late.
_DRIFT: Final = 1e-3
# No clip starts in the first second of video of a connection: times may jump until
# FFmpeg receives the camera's first RTCP sender report.
_SETTLE: Final = 1.0
# Maximum number of frames to keep until one has a time; more than any reordering needs.
_MOST_UNDATED: Final = 18
# The number of last frames in which duplicates are searched, and after which a jump of
# the audio alone is accepted.
_RECENT: Final = 8
# Maximum size in bytes, for cameras that hardly ever send a keyframe.
MOST_BYTES: Final = 96 * 1024 * 1024


class PrerollBuffer:
    """The packets that a doorbell sent last.

    The reader thread fills the buffer; the threads of clips read it.
    """

    def __init__(self, pre_roll: float) -> None:
        """Keep at least `pre_roll` seconds, from the keyframe before them."""
        self._pre_roll = pre_roll
        self._lock = Lock()
        self._gops: deque[Gop] = deque()
        self._sound: deque[tuple[int, Encoded]] = deque()
        # Audio after a jump, until a frame shows whether the video jumped, too.
        self._astray: list[tuple[int, Encoded]] = []
        self._passed = 0  # frames since that jump
        self._past: deque[PrerollSegment] = deque()  # segments before clock jumps
        self._queues: tuple[PacketQueue, ...] = ()
        self.epoch: Epoch | None = None  # None while not connected
        self._owner: object = None
        self._undated: list[Encoded] = []  # the first frames, until one has a time
        self._times = StreamTimeline()
        self._sound_times = StreamTimeline()
        self._bridge = 0  # ticks added after a jump, until the next keyframe
        self._last: int | None = None  # dts of the last frame since the first keyframe
        # Audio codecs of which clips reported that they can't be decoded.
        self.reported_codecs: set[str | None] = set()
        self._settled = False
        self._usual = 0  # ticks between two frames
        self._longest = 0  # most ticks between two keyframes
        self.last_video = float("-inf")  # monotonic
        self.keyframe: tuple[Epoch, Encoded] | None = None

    @property
    def size(self) -> int:
        """How many bytes of video are kept."""
        with self._lock:
            return self._size()

    def _size(self) -> int:
        kept = (*(segment.gops for segment in self._past), self._gops)
        return sum(gop.size for gops in kept for gop in gops)

    def connected(self, epoch: Epoch, owner: object = None) -> None:
        """Start the epoch of a new connection, whose packets come from `owner`."""
        with self._lock:
            self._owner = owner
            self._begin(epoch)

    def disconnected(self, owner: object = None) -> None:
        """Drop all packets and end the epoch for open clips.

        Does nothing if `owner` was replaced.
        """
        with self._lock:
            if self._owner is owner:
                self._begin(None)

    def _begin(self, epoch: Epoch | None) -> None:
        if ended := self.epoch:
            for queue in self._queues:
                queue.put(ended)
        self.epoch = epoch
        self._past.clear()
        self._gops.clear()
        self._sound.clear()
        self._astray.clear()
        self._undated.clear()
        self._times, self._sound_times = StreamTimeline(), StreamTimeline()
        self._bridge = 0
        self._last = None
        self._settled = False
        self.last_video = time.monotonic()

    def add_sound(self, packet: Encoded) -> None:
        """Add an audio packet."""
        with self._lock:
            if (epoch := self.epoch) is None:
                return
            last = self._sound_times.last
            pts = self._sound_times.sounded(packet, epoch.sound_seconds)
            if pts is None:
                return
            jumped = last is not None and abs(pts - last) * epoch.sound_seconds > JUMP
            if self._settled and (jumped or self._astray):
                self._astray.append((pts, packet))
            else:
                self._append_sound(epoch, packet, self._beside(epoch, pts))

    def _beside(self, epoch: Epoch, pts: int) -> int:
        """Return the pts of audio, shifted with the video after a jump if needed."""
        if not self._bridge or self._last is None:
            return pts
        ticks = epoch.video_seconds / epoch.sound_seconds
        now, moved = self._last * ticks, pts + round(self._bridge * ticks)
        return min(pts, moved, key=lambda time: abs(time - now))

    def _append_sound(self, epoch: Epoch, packet: Encoded, pts: int) -> None:
        epoch.last_sound = pts
        self._sound.append((pts, packet))
        if self._settled and self._queues:
            self._send(Packet(epoch, packet, pts, is_video=False))

    def _take_astray(self) -> None:
        """Add the audio after a jump, once the video's shift is known."""
        astray, self._astray, self._passed = self._astray, [], 0
        if (epoch := self.epoch) is not None:
            for pts, packet in astray:
                self._append_sound(epoch, packet, self._beside(epoch, pts))

    def add_video(self, packet: Encoded) -> bool:
        """Add a video packet; return whether it is a keyframe that was kept."""
        with self._lock:
            return self._add_video(packet)

    def _add_video(self, packet: Encoded) -> bool:
        if (epoch := self.epoch) is None:
            return False
        before = epoch
        dts = self._times.placed(packet, epoch.video_seconds)
        if dts is None:
            return self._add_undated(packet)
        now = time.monotonic()
        starts = bool(self._undated) and self._date(epoch, packet, dts, now)
        if self._last is not None:
            epoch, placed = self._in_order(epoch, packet, dts, now)
            if placed is None:
                return False
            dts, last = placed, self._last
            if last is not None:
                epoch.offset += _DRIFT * (dts - last) * epoch.video_seconds
        self._times.keep(dts)
        offset = now - dts * epoch.video_seconds
        # Before the first keyframe, a wrong time can't be detected.
        known = self._last is not None
        epoch.offset = min(epoch.offset, offset) if known else offset
        starts = self._append(epoch, packet, dts, now) or starts
        if self._astray:
            self._passed += 1
            if self._bridge or epoch is not before or self._passed >= _RECENT:
                self._take_astray()
        return starts

    def _add_undated(self, packet: Encoded) -> bool:
        """Keep a frame until another one has a dts."""
        if packet.is_keyframe or self._undated:
            self._undated.append(packet)
        if len(self._undated) < _MOST_UNDATED:
            return False
        undated, self._undated = self._undated, []
        if not date(undated):
            return False
        return sum(self._add_video(each) for each in undated) > 0

    def _date(self, epoch: Epoch, packet: Encoded, dts: int, now: float) -> bool:
        """Add the first frames, once one has a time.

        They are one frame duration apart. A keyframe without a pts comes right before
        the next frame, unless frames are reordered.
        """
        undated, self._undated = self._undated, []
        step = packet.duration
        if not step or not undated[0].is_keyframe:
            return False
        if undated[0].pts is None and packet.pts != dts:
            return False
        epoch.offset = now - dts * epoch.video_seconds
        for number, each in enumerate(undated, -len(undated)):
            each.dts = dts + number * step
            each.pts = each.dts if each.pts is None else max(each.dts, each.pts)
            self._times.keep(each.dts)
            self._append(epoch, each, each.dts, now)
        return True

    def _in_order(
        self, epoch: Epoch, packet: Encoded, dts: int, now: float
    ) -> tuple[Epoch, int | None]:
        """Return the epoch and dts of a frame that may be out of order.

        After a jump of the camera's clock, a new epoch starts at the next keyframe.
        Until then frames can only be decoded with those before the jump, so they
        continue its times. The dts of a duplicate is None.
        """
        assert self._last is not None
        last, tick = self._last, epoch.video_seconds
        usual = packet.duration or self._usual
        if self._bridge:
            if packet.is_keyframe:
                return self._renewed(epoch), dts
            dts += self._bridge
        step = dts - last
        if 0 < step * tick <= JUMP:
            self._usual = step
        else:
            early = epoch.offset - (now - dts * tick)
            if step * tick < -JUMP or (
                early > JUMP and step * tick > max(JUMP, 3 * usual * tick)
            ):
                if packet.is_keyframe or not self._settled:
                    return self._renewed(epoch), dts
                self._bridge += max(usual, 1) - step
                dts = last + max(usual, 1)
            elif step <= 0:
                if self._is_doubled(packet):
                    return epoch, None
                dts = last + 1
        if dts != packet.dts:
            later = (packet.pts or dts) - (packet.dts or dts)
            packet.dts, packet.pts = dts, dts + later
        return epoch, dts

    def _renewed(self, epoch: Epoch) -> Epoch:
        """Start an epoch after a jump; earlier segments are kept for the pre-roll."""
        past, astray = self._past.copy(), self._astray[:]
        if self._settled and self._gops and self._last is not None:
            gops, sound = tuple(self._gops), tuple(self._sound)
            past.append(PrerollSegment(epoch, gops, sound, epoch.monotonic(self._last)))
        epoch = epoch.renewed()
        times = self._times, self._sound_times
        self._begin(epoch)
        self._times, self._sound_times = times  # a clock that restarted stays known
        self._past, self._astray = past, astray
        return epoch

    def _is_doubled(self, packet: Encoded) -> bool:
        """Return whether the frame is a duplicate of one of the last frames."""
        recent = self._gops[-1].packets[-_RECENT:] if self._gops else []
        same = [each for each in recent if each.size == packet.size]
        return bool(same) and bytes(packet) in map(bytes, same)

    def _epoch_of(
        self, epoch: Epoch, keyframe: Encoded
    ) -> tuple[Epoch, AccessUnitHeader]:
        """Return the epoch of a keyframe, which is new if its parameters changed.

        Also returns the keyframe's header, and unmarks a packet that is not a keyframe.
        """
        codec, data = epoch.video_codec, memoryview(keyframe)
        found = opening(codec, data, epoch.length_size)
        if found.kind is None or (codec == "hevc" and not found.whole):
            keyframe.is_keyframe = False
        elif found.parameters and not epoch.allows(found.parameters):
            if changed := epoch.changed(bytes(data), found.parameters):
                self.epoch = epoch = changed
        return epoch, found

    def _append(self, epoch: Epoch, packet: Encoded, dts: int, now: float) -> bool:
        gops = self._gops
        found, whole = None, False
        if packet.is_keyframe:
            epoch, found = self._epoch_of(epoch, packet)
            whole = found.whole and not packet.is_corrupt
        starts = packet.is_keyframe
        if starts:
            if gops:
                self._longest = max(self._longest, dts - gops[-1].start)
            gops.append(Gop(epoch, dts, whole))
            if whole or self.keyframe is None:
                self.keyframe = (epoch, packet)
            self._trim(epoch, now)
        elif self._last is None:
            return False
        elif (
            gops
            and dts - gops[-1].start >= self._longest
            and changed_codec(epoch.video_codec, memoryview(packet), epoch.length_size)
        ):
            # FFmpeg still takes the stream for the old codec, in which it has no
            # keyframes. So this is only checked when a keyframe is overdue.
            raise DoorbellError("cannot_connect")
        if found and found.kind is None:
            return False  # no frame
        self._last = dts
        self.last_video = now
        if gops:
            gop = gops[-1]
            gop.packets.append(packet)
            gop.size += packet.size
            if gop.size > MOST_BYTES:
                # The rest of the group can't be played without its keyframe.
                gops.clear()
                self._past.clear()
        if self._settled:
            if self._queues:
                self._send(Packet(epoch, packet, dts, is_video=True))
        elif gops and (dts - gops[0].start) * epoch.video_seconds >= _SETTLE:
            self._settled = True
            for each in merge_packets(epoch, gops, self._sound) if self._queues else ():
                self._send(each)
        return starts

    def _send(self, packet: Packet) -> None:
        for queue in self._queues:
            queue.put(packet)

    def _trim(self, epoch: Epoch, now: float) -> None:
        gops, past = self._gops, self._past
        while past and (
            past[0].ended <= now - self._pre_roll or self._size() > MOST_BYTES
        ):
            past.popleft()
        if self._settled:
            keep = (now - self._pre_roll - epoch.offset) / epoch.video_seconds
            size = sum(gop.size for gop in gops)
            while len(gops) > 1 and (gops[1].start <= keep or size > MOST_BYTES):
                size -= gops.popleft().size
        first = gops[0].start * epoch.video_seconds / epoch.sound_seconds
        sound = self._sound
        while len(sound) > 1 and sound[1][0] < first:
            sound.popleft()  # keeps the packet that overlaps the start of the video

    def subscribe(self, queue: PacketQueue, since: float) -> list[Packet | Epoch]:
        """Return the kept packets, and put the following ones into `queue`.

        Starts at the last keyframe at or before `since` (monotonic), or else at the
        first one. No packet is missing or duplicated in between. After a clock jump,
        the epoch that ended follows its last frame.
        """
        with self._lock:
            self._queues = (*self._queues, queue)
            epoch = self.epoch
            there = [segment for segment in self._past if segment.ended > since]
            if epoch and self._settled and self._gops:
                gops = list(self._gops)
                gops[-1] = replace(gops[-1], packets=list(gops[-1].packets))
                there.append(
                    PrerollSegment(epoch, gops, list(self._sound), float("inf"))
                )
        return list(packets_since(there, since))

    def unsubscribe(self, queue: PacketQueue) -> None:
        """Stop adding packets to this queue."""
        with self._lock:
            self._queues = tuple(q for q in self._queues if q is not queue)

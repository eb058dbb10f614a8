"""Record one event from its pre-roll to its post-roll."""

from collections import deque
from collections.abc import Callable, Iterator
import contextlib
from datetime import datetime
import logging
from queue import Empty
from threading import Thread
import time
from typing import Final, override

from ..doorbells.base import DoorbellEvent
from .clip_part import GAP, ClipPart, events_within, wall_of
from .model import ClipSink, ClipStart, RecorderOptions
from .packets import Item, Packet, PacketQueue
from .preroll_buffer import PrerollBuffer
from .recording_window import LATENESS, RecordingWindow
from .sightings import Sightings
from .writer import ClipWriter, reason_of, write_problem

_LOGGER = logging.getLogger(__name__)

# Seconds between attempts to write a file.
RETRY: Final = 5.0
# Packets that can't be written are kept until this long (seconds) after the end.
GIVE_UP: Final = 60.0
# How often (seconds) to check for the end while waiting for the disk.
_LOOK: Final = 0.1


class RecordingSession(Thread):
    """Write the clip of one event, in one or more consecutive parts.

    The thread ends after the post-roll, when the doorbell stays away, or after
    `RecordingWindow.cut`. A reconnect starts a new file, because players handle gaps in
    the audio differently.

    Failed writes are retried; packets are queued meanwhile, up to the limit of
    `PacketQueue`. So are the packets with which no file could be started.
    """

    def __init__(
        self,
        name: str,
        event: DoorbellEvent,
        preroll: PrerollBuffer,
        sink: ClipSink,
        options: RecorderOptions,
        sightings: Sightings,
        report: Callable[[str], None],
        on_change: Callable[[], None],
    ) -> None:
        """Initialize; `report` gets `disk_full`, `not_writable` or `ok`."""
        super().__init__(name=f"doorwatch clip {name}", daemon=True)
        self._doorbell = name
        self._event = event
        self._preroll = preroll
        self._sink = sink
        self._options = options
        self._report = report
        self._on_change = on_change
        self._queue = PacketQueue()
        self.window = RecordingWindow(
            options.post_roll, sightings, lambda: self._queue.put(None)
        )
        self._event_id: str | None = None
        self._parts = 0
        self._part: ClipPart | None = None
        self._previous: ClipPart | None = None
        self._opening: list[Packet] = []  # a keyframe, and the frames shown before it
        self._sound: list[Packet] = []
        self.spanning: Packet | None = None  # the last audio packet that was written
        self._patient = False  # whether a corrupt first keyframe was skipped
        self._retry_at: float | None = None  # monotonic; after an error
        self._next: deque[Item] = deque()  # items to handle before those in the queue
        self._unsafe: list[Packet] = []  # packets that are not in a file yet
        self._mistakes = 0
        self._torn = False  # whether frames are missing after the previous part
        self.first_readable: float | None = None  # seconds from the event
        self.closed_in: float | None = None  # seconds to close the last part
        self.window.add(event)

    @property
    def recording(self) -> bool:
        """Whether a file is open."""
        return self._part is not None

    @override
    def run(self) -> None:
        try:
            with self._mending():
                for packet in self._packets():
                    with self._mending():
                        self._handle(packet)
                with self._mending():
                    self._close()
        finally:
            self.window.close()
            self._on_change()
            self._preroll.unsubscribe(self._queue)

    def _handle(self, packet: Item) -> None:
        if isinstance(packet, Packet):
            self._unsafe.append(packet)
            if packet.is_video:
                self._take(packet)
            else:
                # Audio arrives before the frames of the same time. Only the next frame
                # shows which part it belongs to.
                self._sound.append(packet)
            if (part := self._part) and part.writer.readable:
                self._unsafe = [*self._opening, *self._sound]
        elif packet and any(
            each.epoch is packet for each in (self._part, *self._opening) if each
        ):
            self._close()
            self._torn = True

    def _packets(self) -> Iterator[Item]:
        """Yield the items to handle until the clip is over."""
        since = self._event.monotonic - self._options.pre_roll
        self._next.extend(self._preroll.subscribe(self._queue, since))
        while self._disk_had_its_time():
            again = bool(self._next)
            try:
                packet = (
                    self._next.popleft()
                    if again
                    else self._queue.get(timeout=self._packet_timeout())
                )
            except Empty:
                packet = None
            if self._ends_before(packet, even_if_cut=again):
                break
            yield packet
        # A last attempt, if the clip ended while waiting for the disk.
        yield from self._next.copy()

    def _disk_had_its_time(self) -> bool:
        """Wait until the next attempt to write; return False to end before it."""
        while self._retry_at and time.monotonic() < self._retry_at:
            if self.window.told_to_end.wait(_LOOK) or self.window.is_past(GIVE_UP):
                return False
        return True

    @property
    def _begun(self) -> bool:
        return bool(self._parts or self._retry_at)

    def _packet_timeout(self) -> float | None:
        open_ = bool(self._part or self._torn)
        return self.window.packet_timeout(begun=self._begun, open_=open_)

    def _ends_before(self, packet: Item, *, even_if_cut: bool) -> bool:
        """Decide permanently whether the clip ends before this packet.

        `even_if_cut`: the packet may be from before `cut` and belong to the clip.
        """

        def is_late(until: float) -> bool:
            part = self._part
            if packet is None and not self._queue.empty():
                return False  # queued packets may be from before the end
            if packet is None:
                return time.monotonic() >= until + LATENESS * bool(part or self._torn)
            if not isinstance(packet, Packet) or not packet.is_video:
                return False
            if packet.epoch.monotonic(packet.time) < until:
                return False
            # Reordered frames must stay together.
            latest = [p.shown for p in self._opening if p.epoch is packet.epoch]
            if part and part.epoch is packet.epoch:
                latest.append(part.latest)
            return all(packet.shown > shown for shown in latest)

        return self.window.ends(self._begun, is_late, even_if_cut=even_if_cut)

    def _take(self, packet: Packet) -> None:
        """Write a frame, and start the next part if necessary."""
        if self._opening:
            first = self._opening[0]
            if packet.epoch is first.epoch and packet.shown < first.shown:
                self._opening.append(packet)
                return
            self._open()
        if (part := self._part) and part.epoch is not packet.epoch:
            self._finish()
            part = None
        if packet.encoded.is_keyframe and (
            part is None
            or packet.epoch.monotonic(packet.time) - part.begun >= self._options.longest
        ):
            if part is None and packet.encoded.is_corrupt and not self._patient:
                self._patient = True  # the next keyframe may be complete
                return
            self._opening.append(packet)
        elif part:
            self._put(part, packet)

    def _open(self) -> None:
        """Start a part with the pending keyframe, once the frames after it are known.

        In open groups of pictures, a keyframe is followed by frames that are shown
        before it and refer to earlier frames.

        - At the start of a recording these frames are dropped, because they can't be
          decoded. (In H.265, those that need only the keyframe are kept.)
        - Between two parts, the earlier part gets the keyframe and these frames. The
          later part repeats the keyframe, hidden by its edit list. So all frames can be
          decoded, and each is shown once.
        """
        first, *leading = self._opening
        self._opening.clear()
        epoch, part, shown = first.epoch, self._part, first.shown
        if part is None:
            leading = [packet for packet in leading if not packet.refers_back]
            shown = min(packet.shown for packet in (first, *leading))
        elif leading:
            for packet in (first, *leading):
                self._put(part, packet)
            # The writer's step is of decoding times, which may be estimated.
            shown += min(part.writer.step, shown - max(one.shown for one in leading))
            leading = []
        self._finish(shown)
        self._part = part = self._begin(first, shown)
        if (spanning := self.spanning) and spanning.epoch.clock is epoch.clock:
            # The end of this packet belongs to the new part.
            self._sound.insert(0, spanning)
        for packet in (first, *leading):
            self._put(part, packet)

    def _close(self) -> None:
        """Write the pending frames and close the current part."""
        if self._opening and self._part is None:
            self._open()
        elif part := self._part:
            for packet in self._opening:
                if packet.epoch is part.epoch:
                    self._put(part, packet)
        self._opening.clear()
        self._finish()

    def _put(self, part: ClipPart, packet: Packet) -> None:
        self._write_sound(part, packet.time)
        part.write(packet)
        part.tell(self._sink, self.window)
        if self.first_readable is None and part.writer.readable:
            self.first_readable = time.monotonic() - self._event.monotonic
        if packet.encoded.is_keyframe:
            part.consider(packet, self.window.moment())

    def _write_sound(self, part: ClipPart, before: int) -> None:
        """Write the audio that is due before a frame; keep the rest."""
        epoch, later = part.epoch, []
        limit = before * epoch.video_seconds / epoch.sound_seconds
        for packet in self._sound:
            if packet.epoch.clock is epoch.clock:
                if packet.time >= limit:
                    later.append(packet)
                else:
                    part.writer.sound(packet.encoded, packet.time)
                    self.spanning = packet
        self._sound = later

    def _begin(self, packet: Packet, shown: int) -> ClipPart:
        """Start a part with this keyframe, visible from the pts `shown` on."""
        previous, epoch = self._previous, packet.epoch
        follows = previous is not None and previous.epoch.clock is epoch.clock
        if previous and follows:
            since = previous.moment(shown)
        else:
            later = (shown - packet.shown) * epoch.video_seconds
            since = epoch.monotonic(packet.time) + later
        started_at = previous.wall_of(since) if previous else wall_of(since)
        clip_id = self.window.next_clip()
        start = ClipStart(
            clip_id=clip_id,
            event_id=self._event_id or clip_id,
            part=self._parts + 1,
            started_at=started_at,
            events=events_within(self.window.known(), since),
            labels=self.window.sightings.known(),
        )
        path = self._sink.begin(start)
        try:
            writer = ClipWriter(path, epoch, shown)
        except Exception as error:
            self._let_go(start, reason_of(error))
            raise
        self._event_id, self._parts = start.event_id, start.part
        self.window.begin(started_at)
        self._on_change()
        gaps: list[tuple[datetime, datetime]] = []
        if previous:
            away = (started_at - previous.ended_at).total_seconds()
            if away > (GAP if follows and not self._torn else 0):
                gaps.append((previous.ended_at, started_at))
        return ClipPart(start, writer, packet, gaps, shown, since)

    def _finish(self, before: int | None = None) -> None:
        """Close the current part, with audio up to the end of its last frame."""
        if (part := self._part) is None:
            return
        part.thumbnail()
        begun = time.monotonic()
        self._write_sound(part, part.writer.end if before is None else before)
        part.writer.close()
        self.closed_in = time.monotonic() - begun
        part.writer.sync()
        self._part, self._previous, self._torn = None, part, False
        codec = part.epoch.sound_codec
        if part.writer.is_mute and codec not in self._preroll.reported_codecs:
            self._preroll.reported_codecs.add(codec)
            _LOGGER.warning(
                "The audio of %s (%s) can't be decoded, so its clips are silent",
                self._doorbell,
                codec,
            )
        part.hand_over(self._sink, self.window)
        self._report("ok")

    @contextlib.contextmanager
    def _mending(self) -> Iterator[None]:
        """Keep the written frames of a part after an error, and go to the next part."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a bug must not lose a clip
            self._note(error)
            part, self._part = self._part, None
            unsafe, self._unsafe = self._unsafe, []
            self._opening.clear()
            self._sound.clear()
            self.spanning = None
            if part is not None and not self._is_empty(part, error):
                return
            if isinstance(error, OSError):
                self._next.extendleft(reversed(unsafe))

    def _is_empty(self, part: ClipPart, error: Exception) -> bool:
        """Keep the written frames of a part; return whether there are none."""
        try:
            frames = part.writer.rescue()
            if frames:
                self._previous, self._torn = part, True
                part.hand_over(self._sink, self.window)
            else:
                self._let_go(part.start, reason_of(error), empty=frames == 0)
        except Exception as another:  # noqa: BLE001 - the file is found later
            self._note(another)
            # A clip that is neither handed over nor abandoned would be live forever.
            self._let_go(part.start, reason_of(another), empty=False)
            return False
        return frames == 0

    def _note(self, error: Exception) -> None:
        """Report an error, and set the time of the next attempt."""
        pause = RETRY
        if isinstance(error, OSError):
            self._report(write_problem(error))
        else:
            if not self._mistakes:
                _LOGGER.error("A clip couldn't be written", exc_info=error)
                pause = 0.0
            self._mistakes += 1
        self._retry_at = time.monotonic() + pause

    def _let_go(self, start: ClipStart, reason: str, *, empty: bool = True) -> None:
        if empty:  # the next part reuses the number
            self._parts = start.part - 1
            self._event_id = self._event_id if self._parts else None
        with contextlib.suppress(Exception):  # the file is found later
            self._sink.abandon(start.clip_id, reason)

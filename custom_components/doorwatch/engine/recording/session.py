"""One event, from its pre-roll to its post-roll."""

from collections import deque
from collections.abc import Callable, Iterator
import contextlib
from datetime import datetime
import logging
from queue import Empty
from threading import Event, Thread
import time
from typing import Final, override

from ..doorbells.base import DoorbellEvent
from .clip_part import GAP, ClipPart, events_within, wall_of
from .model import ClipSink, ClipStart, RecorderOptions
from .packets import Item, Packet, PacketQueue
from .preroll_buffer import PrerollBuffer
from .recording_window import LATENESS, RecordingWindow
from .writer import ClipWriter, problem_of, reason_of

_LOGGER = logging.getLogger(__name__)

# Seconds until the next file is tried after one that could not be written.
RETRY: Final = 5.0
# What could not be written yet waits so long (seconds) after the end of its clip.
GIVE_UP: Final = 60.0
# How often (seconds) one that waits for its disk looks up.
_LOOK: Final = 0.1


class RecordingSession(Thread):
    """Writes the clip of one event, or several parts that follow each other.

    It ends by itself: after the post-roll, when the doorbell stays away, or when told to
    `cut`. A file holds one unbroken packet of the stream, since players disagree about
    holes in the sound: after a reconnect the next part begins.

    A disk that refuses is tried again. What came meanwhile waits, as much as `PacketQueue`
    lets wait; so does what no file could be begun with.
    """

    def __init__(
        self,
        name: str,
        event: DoorbellEvent,
        preroll: PrerollBuffer,
        sink: ClipSink,
        options: RecorderOptions,
        window: RecordingWindow,
        report: Callable[[str], None],
        on_change: Callable[[], None],
    ) -> None:
        """Take the first event. `report` gets `disk_full`, `not_writable` or `ok`."""
        super().__init__(name=f"doorwatch clip {name}", daemon=True)
        self._doorbell = name
        self._event = event
        self._preroll = preroll
        self._sink = sink
        self._options = options
        self._report = report
        self._on_change = on_change
        self._queue = PacketQueue()
        self.window = window
        self._event_id: str | None = None
        self._parts = 0
        self._part: ClipPart | None = None
        self._previous: ClipPart | None = None
        self._opening: list[Packet] = []  # a keyframe, and what is shown before it
        self._sound: list[Packet] = []
        self.spanning: Packet | None = None  # the last sound that was written
        self._patient = False  # whether a broken keyframe was let pass
        self._retry_at: float | None = None  # monotonic; after an error
        self._next: deque[Item] = deque()  # comes before what is in the queue
        self._unsafe: list[Packet] = []  # what was taken and is in no file yet
        self._told_to_end = Event()
        self._mistakes = 0
        self._torn = False  # whether pictures were lost after the previous part
        self.first_readable: float | None = None  # seconds from the event on
        self.closed_in: float | None = None  # seconds the last part took to close
        self.add(event)

    def add(self, event: DoorbellEvent) -> bool:
        """Extend the clip by an event; False when it has already ended."""
        if not self.window.add(event):
            return False
        self._queue.put(None)
        return True

    def let_go(self) -> None:
        """End as if nobody had asked for it by hand."""
        self.window.let_go()
        self._queue.put(None)

    def awake(self) -> None:
        """Count what comes after the event from now on: pictures begin to come."""
        self.window.awake()
        self._queue.put(None)

    def cut(self) -> None:
        """End now, with what there is."""
        self.window.cut()
        self._told_to_end.set()
        self._queue.put(None)

    @property
    def recording(self) -> bool:
        """Whether a file is open."""
        return self._part is not None

    @override
    def run(self) -> None:
        try:
            with self._mending():
                self._record()
        finally:
            self.window.close()
            self._on_change()
            self._preroll.unsubscribe(self._queue)

    def _record(self) -> None:
        for packet in self._packets():
            with self._mending():
                self._handle(packet)
        # One last time, where it ended while it waited for its disk.
        for packet in self._next.copy():
            with self._mending():
                self._handle(packet)
        with self._mending():
            self._close()

    def _handle(self, packet: Item) -> None:
        if isinstance(packet, Packet):
            self._unsafe.append(packet)
            if packet.is_video:
                self._take(packet)
            else:
                # Pictures come later than the sound that belongs to them. Only the
                # next picture tells which part it belongs to.
                self._sound.append(packet)
            if (part := self._part) and part.writer.readable:
                self._unsafe = [*self._opening, *self._sound]
        elif packet and any(
            each.epoch is packet for each in (self._part, *self._opening) if each
        ):
            self._close()
            self._torn = True

    def _packets(self) -> Iterator[Item]:
        """Yield what to write until the clip is over."""
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
                return
            yield packet

    def _disk_had_its_time(self) -> bool:
        """Wait until the disk is to be tried again; False to end without that."""
        while self._retry_at and time.monotonic() < self._retry_at:
            if self._told_to_end.wait(_LOOK) or self.window.is_past(GIVE_UP):
                return False
        return True

    @property
    def _begun(self) -> bool:
        return bool(self._parts or self._retry_at)

    def _packet_timeout(self) -> float | None:
        open_ = bool(self._part or self._torn)
        return self.window.packet_timeout(begun=self._begun, open_=open_)

    def _ends_before(self, packet: Item, *, even_if_cut: bool) -> bool:
        """Decide, once and for all, whether the clip ends before this packet.

        `even_if_cut`: what was there before it was told to end still belongs to it.
        """

        def is_late(until: float) -> bool:
            part = self._part
            if packet is None and not self._queue.empty():
                return False  # a slow disk: what waits may be from before the end
            if packet is None:
                return time.monotonic() >= until + LATENESS * bool(part or self._torn)
            if not isinstance(packet, Packet) or not packet.is_video:
                return False
            if packet.epoch.monotonic(packet.time) < until:
                return False
            # Not between pictures that are shown in another order.
            latest = [p.shown for p in self._opening if p.epoch is packet.epoch]
            if part and part.epoch is packet.epoch:
                latest.append(part.latest)
            return all(packet.shown > shown for shown in latest)

        return self.window.ends(self._begun, is_late, even_if_cut=even_if_cut)

    def _take(self, packet: Packet) -> None:
        """Write a picture, into the next part when it is time for one."""
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
                self._patient = True  # the next keyframe may be whole
                return
            self._opening.append(packet)
        elif part:
            self._put(part, packet)

    def _open(self) -> None:
        """Begin a part with the keyframe that is kept, now that it is known what follows.

        Open groups of pictures: after the keyframe come pictures that are shown before
        it and refer to what was before it too.

        - Where recording begins, nothing was before it: these pictures are dropped, since
          nobody can decode them. (Those of H.265 that need the keyframe only are kept.)
        - Where one part follows another, the earlier one gets the keyframe and these
          pictures. The later part begins with the keyframe once more, which its edit list
          hides. So all pictures can be decoded, and each is seen once.
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
            # The writer's step is of decoding times, which may be guessed.
            shown += min(part.writer.step, shown - max(one.shown for one in leading))
            leading = []
        self._finish(shown)
        self._part = part = self._begin(first, shown)
        if (spanning := self.spanning) and spanning.epoch.clock is epoch.clock:
            # The rest of it belongs to this part.
            self._sound.insert(0, spanning)
        for packet in (first, *leading):
            self._put(part, packet)

    def _close(self) -> None:
        """Write what is kept and close the open part."""
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
        """Write the sound that is due before a picture; keep the rest."""
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
        """Begin a part with this keyframe; `shown` is when (pts) it begins to be seen."""
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
        """Close the open part, with the sound up to the end of its last picture."""
        if (part := self._part) is None:
            return
        part.thumbnail()
        begun = time.monotonic()
        self._write_sound(part, part.writer.end if before is None else before)
        part.writer.close()
        self.closed_in = time.monotonic() - begun
        part.writer.sync()
        self._part, self._previous, self._torn = None, part, False
        if part.writer.is_mute and self._preroll.is_first_time(part.epoch.sound_codec):
            _LOGGER.warning(
                "The audio of %s (%s) can't be decoded, so its clips are silent",
                self._doorbell,
                part.epoch.sound_codec,
            )
        part.hand_over(self._sink, self.window)
        self._report("ok")

    @contextlib.contextmanager
    def _mending(self) -> Iterator[None]:
        """Keep what there is of a part that cannot be written; go on with the next."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - no mistake may cost a clip
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
        """Keep what there is of a part, and return whether that is nothing."""
        try:
            return self._rescue(part, reason_of(error)) == 0
        except Exception as another:  # noqa: BLE001 - its file is found later
            self._note(another)
            # What nobody hands over or lets go of would be live for ever.
            self._let_go(part.start, reason_of(another), empty=False)
            return False

    def _note(self, error: Exception) -> None:
        """Tell of an error, and say when to try the next part."""
        pause = RETRY
        if isinstance(error, OSError):
            self._report(problem_of(error))
        else:
            if not self._mistakes:
                _LOGGER.error("A clip couldn't be written", exc_info=error)
                pause = 0.0
            self._mistakes += 1
        self._retry_at = time.monotonic() + pause

    def _rescue(self, part: ClipPart, reason: str) -> int | None:
        frames = part.writer.rescue()
        if frames:
            self._previous, self._torn = part, True
            part.hand_over(self._sink, self.window)
        else:
            self._let_go(part.start, reason, empty=frames == 0)
        return frames

    def _let_go(self, start: ClipStart, reason: str, *, empty: bool = True) -> None:
        if empty:  # the next part takes its place
            self._parts = start.part - 1
            self._event_id = self._event_id if self._parts else None
        with contextlib.suppress(Exception):  # it is found when the disk is well
            self._sink.abandon(start.clip_id, reason)

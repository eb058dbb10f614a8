"""One event, from its pre-roll to its post-roll."""

from collections.abc import Callable, Iterator
import contextlib
from datetime import datetime
import errno
import logging
from queue import Empty, SimpleQueue
from threading import Lock, Thread
import time
from typing import Final, override
import uuid

from ..doorbells.base import DoorbellEvent, EventKind
from .epoch import Epoch
from .model import ClipSink, ClipStart, RecorderOptions
from .part import GAP, Part, events_within, wall_of
from .ring import Piece, Pieces, Ring
from .writer import ClipWriter

_LOGGER = logging.getLogger(__name__)

# How late (seconds) pictures may come before an open clip ends without them.
LATENESS: Final = 3.0
# Motion is told when somebody enters the picture; a little later (seconds) there is
# more of them to see.
COMING_INTO_VIEW: Final = 1.5


def problem_of(error: OSError) -> str:
    """Say what a failed write means to people."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return "disk_full"
    return "not_writable"


class Session(Thread):
    """Writes the clip of one event, or several parts that follow each other.

    It ends by itself: after the post-roll, when the doorbell stays away, or when told to
    `cut`. A file holds one unbroken piece of the stream, since players disagree about
    holes in the sound: after a reconnect the next part begins.
    """

    def __init__(
        self,
        name: str,
        event: DoorbellEvent,
        ring: Ring,
        sink: ClipSink,
        options: RecorderOptions,
        report: Callable[[str], None],
    ) -> None:
        """Take the first event. `report` gets `disk_full`, `not_writable` or `ok`."""
        super().__init__(name=f"doorwatch clip {name}", daemon=True)
        self._doorbell = name
        self._event = event
        self._ring = ring
        self._sink = sink
        self._options = options
        self._report = report
        self._queue: Pieces = SimpleQueue()
        self._lock = Lock()
        self._events: list[DoorbellEvent] = []
        self._hold = False
        self._until = float("-inf")
        self._goes_on = 0.0  # seconds after the events
        self._waits = False
        self._over = False
        self._cut = False
        self._event_id: str | None = None
        self._parts = 0
        self._part: Part | None = None
        self._previous: Part | None = None
        self._opening: list[Piece] = []  # a keyframe, and what is shown before it
        self._sound: list[Piece] = []
        self._spanning: Piece | None = None  # the last sound that was written
        self._patient = False  # whether a broken keyframe was let pass
        self.first_readable: float | None = None  # seconds from the event on
        self.closed_in: float | None = None  # seconds the last part took to close
        self.add(event)

    def add(self, event: DoorbellEvent) -> bool:
        """Extend the clip by an event; False when it has already ended."""
        with self._lock:
            if self._over or self._cut:
                return False
            self._events.append(event)
            if event.kind is EventKind.MOTION:
                self._hold = True
            elif event.kind is EventKind.MOTION_ENDED:
                self._hold = False
            goes_on = (
                event.lasts
                if event.kind is EventKind.MANUAL
                else self._options.post_roll
            )
            self._goes_on = max(self._goes_on, goes_on)
            self._until = max(self._until, event.monotonic + goes_on)
        self._queue.put(None)
        return True

    def wait(self, until: float) -> None:
        """Wait for a doorbell that has to wake up, until then (monotonic)."""
        with self._lock:
            self._waits = True
            self._until = max(self._until, until)

    def awake(self) -> None:
        """Count what comes after the event from now on: pictures begin to come."""
        with self._lock:
            if not self._waits:
                return
            self._waits = False
            self._until = time.monotonic() + self._goes_on
        self._queue.put(None)

    def cut(self) -> None:
        """End now, with what there is."""
        with self._lock:
            self._cut = True
        self._queue.put(None)

    @property
    def recording(self) -> bool:
        """Whether a file is open."""
        return self._part is not None

    @override
    def run(self) -> None:
        try:
            self._record()
        except OSError as error:
            self._report(problem_of(error))
        except Exception:  # whatever it was: the next event gets a session of its own
            _LOGGER.exception("A clip could not be written")
        finally:
            with self._lock:
                self._over = True
            self._ring.unsubscribe(self._queue)
            self._abandon("failed")

    def _record(self) -> None:
        for piece in self._pieces():
            if isinstance(piece, Piece):
                if piece.is_video:
                    self._take(piece)
                else:
                    # Pictures come later than the sound that belongs to them. Only the
                    # next picture tells which part it belongs to.
                    self._sound.append(piece)
            elif piece and any(
                each.epoch is piece for each in (self._part, *self._opening) if each
            ):
                self._close()
        self._close()

    def _pieces(self) -> Iterator[Piece | Epoch | None]:
        """Yield what to write until the clip is over."""
        since = self._event.monotonic - self._options.pre_roll
        yield from self._ring.subscribe(self._queue, since)
        while True:
            try:
                piece = self._queue.get(timeout=self._patience())
            except Empty:
                piece = None
            if self._ends_before(piece):
                return
            yield piece

    def _patience(self) -> float | None:
        """Return how long to wait for the next piece, None for ever."""
        with self._lock:
            if self._hold and self._parts:
                return None
            lateness = LATENESS if self._part else 0.0
            return max(0.0, self._until + lateness - time.monotonic())

    def _ends_before(self, piece: Piece | Epoch | None) -> bool:
        """Decide, once and for all, whether the clip ends before this piece."""
        part = self._part
        with self._lock:
            if self._cut:
                self._over = True
            elif self._hold and self._parts:
                pass
            elif part is None:
                # An event is not kept for longer than its post-roll when nothing of it
                # could be recorded.
                self._over = time.monotonic() >= self._until
            elif piece is None:
                self._over = time.monotonic() >= self._until + LATENESS
            elif isinstance(piece, Piece) and piece.is_video:
                # Not between pictures that are shown in another order.
                latest = max([part.latest, *(each.shown for each in self._opening)])
                self._over = piece.epoch.monotonic(piece.time) >= self._until and (
                    piece.epoch is not part.epoch or piece.shown > latest
                )
            return self._over

    def _take(self, piece: Piece) -> None:
        """Write a picture, into the next part when it is time for one."""
        if self._opening:
            first = self._opening[0]
            if piece.epoch is first.epoch and piece.shown < first.shown:
                self._opening.append(piece)
                return
            self._open()
        if (part := self._part) and part.epoch is not piece.epoch:
            self._finish()
            part = None
        if piece.packet.is_keyframe and (
            part is None
            or piece.epoch.monotonic(piece.time) - part.begun >= self._options.longest
        ):
            if part is None and piece.packet.is_corrupt and not self._patient:
                self._patient = True  # the next keyframe may be whole
                return
            self._opening.append(piece)
        elif part:
            self._put(part, piece)

    def _open(self) -> None:
        """Begin a part with the keyframe that is kept, now that it is known what follows.

        Open groups of pictures: after the keyframe come pictures that are shown before
        it and refer to what was before it too.

        - Where recording begins, nothing was before it: these pictures are dropped, since
          nobody can decode them. (Those of H.265 that need the keyframe only are kept.)
        - Where one part follows another, the earlier one gets the keyframe and these
          pictures, and ends with the keyframe. The later part begins with the keyframe
          once more, but its edit list hides it. So all pictures can be decoded, and each
          is seen once.
        """
        first, *leading = self._opening
        self._opening.clear()
        epoch, part, shown = first.epoch, self._part, first.shown
        if part is None:
            leading = [piece for piece in leading if not piece.refers_back]
            shown = min(piece.shown for piece in (first, *leading))
        elif leading:
            for piece in (first, *leading):
                self._put(part, piece)
            shown = first.shown + part.writer.step
            leading = []
        self._finish(shown)
        self._part = part = self._begun(first, shown)
        if (spanning := self._spanning) and spanning.epoch.clock is epoch.clock:
            # The rest of it belongs to this part.
            self._sound.insert(0, spanning)
        for piece in (first, *leading):
            self._put(part, piece)

    def _close(self) -> None:
        """Write what is kept and close the open part."""
        if self._opening and self._part is None:
            self._open()
        elif part := self._part:
            for piece in self._opening:
                if piece.epoch is part.epoch:
                    self._put(part, piece)
        self._opening.clear()
        self._finish()

    def _put(self, part: Part, piece: Piece) -> None:
        with self._rescue(part):
            self._write_sound(part, piece.time)
            part.write(piece)
        if self.first_readable is None and part.writer.readable:
            self.first_readable = time.monotonic() - self._event.monotonic
        if piece.packet.is_keyframe:
            part.consider(piece, self._moment())

    def _moment(self) -> float:
        """Return when the picture is that people want to see (monotonic)."""
        with self._lock:
            for event in self._events:
                if event.kind is EventKind.RING:
                    return event.monotonic
        return self._event.monotonic + COMING_INTO_VIEW

    def _write_sound(self, part: Part, before: int) -> None:
        """Write the sound that is due before a picture; keep the rest."""
        epoch, later = part.epoch, []
        limit = before * epoch.video_seconds / epoch.sound_seconds
        for piece in self._sound:
            if piece.epoch.clock is epoch.clock:
                if piece.time >= limit:
                    later.append(piece)
                else:
                    part.writer.sound(piece.packet, piece.time)
                    self._spanning = piece
        self._sound = later

    def _begun(self, piece: Piece, shown: int) -> Part:
        """Begin a part with this keyframe; `shown` is when (pts) it begins to be seen."""
        previous, epoch = self._previous, piece.epoch
        follows = previous is not None and previous.epoch.clock is epoch.clock
        if previous and follows:
            started_at = previous.wall(shown)
        else:
            later = (shown - piece.shown) * epoch.video_seconds
            started_at = wall_of(epoch.monotonic(piece.time) + later)
        clip_id = str(uuid.uuid7())
        self._event_id = self._event_id or clip_id
        self._parts += 1
        start = ClipStart(
            clip_id=clip_id,
            event_id=self._event_id,
            part=self._parts,
            started_at=started_at,
            events=events_within(self._known(), started_at),
        )
        path = self._sink.begin(start)
        try:
            writer = ClipWriter(path, epoch, shown)
        except OSError as error:
            self._let_go(start, problem_of(error))
            raise
        gaps: list[tuple[datetime, datetime]] = []
        if previous:
            away = (started_at - previous.ended_at).total_seconds()
            if away > (GAP if follows else 0):
                gaps.append((previous.ended_at, started_at))
        return Part(start, writer, piece, gaps, shown)

    def _finish(self, before: int | None = None) -> None:
        """Close the open part, with the sound up to the end of its last picture."""
        if (part := self._part) is None:
            return
        part.thumbnail()
        begun = time.monotonic()
        with self._rescue(part):
            self._write_sound(part, part.writer.end if before is None else before)
            part.writer.close()
            self.closed_in = time.monotonic() - begun
            part.writer.sync()
        self._part, self._previous = None, part
        if part.writer.is_mute and self._ring.is_first_time(part.epoch.sound_codec):
            _LOGGER.warning(
                "The sound of %s (%s) cannot be decoded: its clips are silent",
                self._doorbell,
                part.epoch.sound_codec,
            )
        part.hand_over(self._sink, self._known())
        self._report("ok")

    @contextlib.contextmanager
    def _rescue(self, part: Part) -> Iterator[None]:
        """Keep what there is of a part that cannot be written any further."""
        try:
            yield
        except OSError as error:
            problem = problem_of(error)
            self._report(problem)
            if part.writer.rescue():
                self._part = None
                part.hand_over(self._sink, self._known())
            else:
                self._abandon(problem)
            raise

    def _abandon(self, reason: str) -> None:
        if part := self._part:
            self._part = None
            part.writer.rescue()
            self._let_go(part.start, reason)

    def _let_go(self, start: ClipStart, reason: str) -> None:
        with contextlib.suppress(OSError):  # the next start of the library clears up
            self._sink.abandon(start.clip_id, reason)

    def _known(self) -> tuple[DoorbellEvent, ...]:
        with self._lock:
            return tuple(self._events)

"""One event, from its pre-roll to its post-roll: one clip, or several parts that follow each other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import errno
import logging
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
import time
from typing import Final, override
import uuid

from ..doorbells.base import DoorbellEvent, EventKind
from .model import ClipSink, ClipStart, FinishedClip, RecorderOptions
from .picture import THUMBNAIL_WIDTH, jpeg_of_keyframe
from .ring import Epoch, Piece, Pieces, Ring
from .writer import ClipWriter

_LOGGER = logging.getLogger(__name__)

# How late (seconds) pictures may come before an open clip ends without them.
LATENESS: Final = 3.0
# Pictures further apart than this (seconds) are a gap in the clip.
GAP: Final = 1.0


def problem_of(error: OSError) -> str:
    """Say what a failed write means to people."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return "disk_full"
    return "not_writable"


@dataclass(slots=True)
class _Part:
    """A file that is being written."""

    start: ClipStart
    path: Path
    epoch: Epoch
    writer: ClipWriter
    first: int  # dts of the first picture
    begun: float  # the same, monotonic
    last: int  # dts of the last picture
    thumbnail: bytes | None
    keyframe: bytes
    gaps: list[tuple[datetime, datetime]]


class Session(Thread):
    """Writes the clip of one event on a thread of its own.

    It ends by itself: after the post-roll, when the doorbell stays away, or when told to `cut`.
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
        self._over = False
        self._cut = False
        self._event_id: str | None = None
        self._parts = 0
        self._part: _Part | None = None
        self._previous_end: datetime | None = None
        self._carried: list[Piece] = []
        self.first_byte: float | None = None  # seconds from the event to readable bytes
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
            self._until = max(self._until, event.monotonic + self._options.post_roll)
        self._queue.put(None)
        return True

    def cut(self) -> None:
        """End now, with what there is."""
        self._cut = True
        self._queue.put(None)

    @property
    def recording(self) -> bool:
        """Whether a file is open."""
        return self._part is not None

    @override
    def run(self) -> None:
        try:
            self._run()
        except OSError as error:
            self._report(problem_of(error))
        except Exception:
            # Whatever the sink did: the next event gets a new session.
            _LOGGER.exception("A clip could not be finished")
        finally:
            with self._lock:
                self._over = True
            self._ring.unsubscribe(self._queue)
            self._abandon_open("failed")

    def _run(self) -> None:
        since = self._event.monotonic - self._options.pre_roll
        for piece in self._pieces(since):
            if piece is None:
                if self._part and self._ring.epoch is not self._part.epoch:
                    # The doorbell went away or its clock jumped. A file holds one unbroken piece:
                    # players disagree about holes in the sound.
                    self._finish_part()
                continue
            self._take(piece)
        self._finish_part()

    def _pieces(self, since: float) -> Iterator[Piece | None]:
        """Yield what to write until the clip is over."""
        yield from self._ring.subscribe(self._queue, since)
        while True:
            try:
                piece = self._queue.get(timeout=self._patience())
            except Empty:
                piece = None
            if self._is_over(piece):
                return
            yield piece

    def _patience(self) -> float | None:
        """Return how long to wait for the next piece, None for ever."""
        with self._lock:
            if self._part is None:
                if self._hold and self._parts:
                    return None
                return max(0.0, self._until - time.monotonic())
            if self._hold:
                return None
            return max(0.0, self._until + LATENESS - time.monotonic())

    def _is_over(self, piece: Piece | None) -> bool:
        """Decide, once and for all, whether the clip ends before this piece."""
        part = self._part
        with self._lock:
            if self._cut:
                self._over = True
            elif part is None:
                # Not begun: an event is not kept for longer than its post-roll.
                waits = self._hold and self._parts
                self._over = not waits and time.monotonic() >= self._until
            elif not self._hold:
                if piece is None:
                    self._over = time.monotonic() >= self._until + LATENESS
                elif piece.is_video and piece.epoch is part.epoch:
                    self._over = (
                        _monotonic(piece.epoch, piece.packet.dts) >= self._until
                    )
            return self._over

    def _take(self, piece: Piece) -> None:
        part = self._part
        if part and piece.epoch is not part.epoch:
            self._finish_part()
            part = None
        if not piece.is_video:
            # Pictures come later than the sound that belongs to them. Sound waits for the next
            # picture, so that it is known to which part it belongs.
            self._carried.append(piece)
            return
        dts = piece.packet.dts
        assert dts is not None
        if piece.packet.is_keyframe and (
            part is None
            or _monotonic(piece.epoch, dts) - part.begun >= self._options.longest
        ):
            self._finish_part(dts)
            self._begin_part(piece, dts)
        if (part := self._part) is None:
            return
        self._write(part, piece, dts)

    def _write(self, part: _Part, piece: Piece, dts: int) -> None:
        epoch = part.epoch
        try:
            self._write_sound(part, dts)
            part.writer.video(piece.packet)
        except OSError as error:
            self._salvage(part, error)
            raise
        base = float(epoch.video_base)
        if (dts - part.last) * base > GAP:
            part.gaps.append((self._wall(part, part.last), self._wall(part, dts)))
        part.last = dts
        if part.thumbnail is None and piece.packet.is_keyframe:
            # The first keyframe of the event itself shows who is there.
            part.keyframe = bytes(piece.packet)
            if _monotonic(epoch, dts) >= self._event.monotonic:
                part.thumbnail = self._picture(part)

    def _write_sound(self, part: _Part, before: int) -> None:
        """Write the sound that is due before this picture; keep the rest."""
        epoch, carried = part.epoch, self._carried
        limit = before * epoch.video_base / epoch.audio_base
        count = 0
        for piece in carried:
            if piece.epoch is epoch:
                if (piece.packet.pts or 0) >= limit:
                    break
                part.writer.audio(piece.packet)
            count += 1
        del carried[:count]

    def _begin_part(self, piece: Piece, dts: int) -> None:
        epoch = piece.epoch
        begun = _monotonic(epoch, dts)
        started_at = datetime.now(UTC) - timedelta(seconds=time.monotonic() - begun)
        clip_id = str(uuid.uuid7())
        self._event_id = self._event_id or clip_id
        self._parts += 1
        with self._lock:
            events = tuple(self._events)
        start = ClipStart(
            clip_id=clip_id,
            event_id=self._event_id,
            part=self._parts,
            started_at=started_at,
            events=_within(events, started_at, None),
        )
        path = self._sink.begin(start)
        try:
            writer = ClipWriter(path, epoch, dts)
        except OSError as error:
            self._sink.abandon(clip_id, problem_of(error))
            raise
        gaps = []
        if self._previous_end and started_at - self._previous_end > timedelta(
            seconds=GAP
        ):
            gaps.append((self._previous_end, started_at))
        self._part = _Part(
            start=start,
            path=path,
            epoch=epoch,
            writer=writer,
            first=dts,
            begun=begun,
            last=dts,
            thumbnail=None,
            keyframe=bytes(piece.packet),
            gaps=gaps,
        )
        if self._parts > 1:
            self._part.thumbnail = self._picture(self._part)

    def _finish_part(self, before: int | None = None) -> None:
        """Close the open part, with the sound up to its last picture."""
        part = self._part
        if part is None:
            return
        thumbnail = part.thumbnail or self._picture(part)
        try:
            self._write_sound(part, part.writer.end if before is None else before)
            part.writer.close()
        except OSError as error:
            self._salvage(part, error)
            raise
        self._hand_over(part, thumbnail, part.writer.frames)

    def _hand_over(self, part: _Part, thumbnail: bytes, frames: int) -> None:
        self._part = None
        ended_at = self._wall(part, part.writer.end)
        self._previous_end = ended_at
        with self._lock:
            events = tuple(self._events)
        self._sink.finish(
            FinishedClip(
                clip_id=part.start.clip_id,
                event_id=part.start.event_id,
                part=part.start.part,
                path=part.path,
                thumbnail=thumbnail,
                started_at=part.start.started_at,
                ended_at=ended_at,
                events=_within(events, part.start.started_at, ended_at),
                video_codec=part.epoch.video_codec,
                audio_codec=part.epoch.audio_codec if part.writer.has_audio else None,
                width=part.epoch.width,
                height=part.epoch.height,
                frames=frames,
                gaps=tuple(part.gaps),
            )
        )
        self._report("ok")

    def _salvage(self, part: _Part, error: OSError) -> None:
        """Keep what could be written before it failed."""
        self._abandon_open(problem_of(error))

    def _abandon_open(self, reason: str) -> None:
        if part := self._part:
            self._part = None
            self._sink.abandon(part.start.clip_id, reason)

    def _picture(self, part: _Part) -> bytes:
        return (
            jpeg_of_keyframe(part.keyframe, part.epoch.extradata, THUMBNAIL_WIDTH)
            or b""
        )

    def _wall(self, part: _Part, dts: int) -> datetime:
        """Return the UTC time of a picture of a part."""
        return part.start.started_at + timedelta(
            seconds=float((dts - part.first) * part.epoch.video_base)
        )


def _monotonic(epoch: Epoch, dts: int | None) -> float:
    assert dts is not None
    return float(dts * epoch.video_base) + epoch.offset


def _within(
    events: tuple[DoorbellEvent, ...], start: datetime, end: datetime | None
) -> tuple[DoorbellEvent, ...]:
    """Return the events of this time; when there are none, the one that keeps the clip going."""
    inside = tuple(e for e in events if e.at >= start and (end is None or e.at <= end))
    return (
        inside
        or tuple(e for e in events if end is None or e.at <= end)[-1:]
        or events[:1]
    )

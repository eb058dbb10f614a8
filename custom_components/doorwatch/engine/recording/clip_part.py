"""Write one part of a clip with its thumbnail and gaps."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import time
from typing import Final

from ..doorbells.base import DoorbellEvent, kinds_of
from .model import ClipSink, ClipStart, FinishedClip
from .packets import Packet
from .picture import THUMBNAIL_WIDTH, blank_jpeg, jpeg_of_keyframe
from .recording_window import RecordingWindow
from .writer import ClipWriter

# Frames further apart than this (seconds) are a gap.
GAP: Final = 1.0
# The number of last keyframes to try for the thumbnail when the part ends.
_CANDIDATES: Final = 4


class ClipPart:
    """A file that is being written, with its thumbnail and its gaps."""

    def __init__(
        self,
        start: ClipStart,
        writer: ClipWriter,
        packet: Packet,
        gaps: Sequence[tuple[datetime, datetime]],
        shown: int,
        since: float,
    ) -> None:
        """Initialize with the first keyframe, which is not written yet.

        `shown` is the pts of the first frame to be shown, `since` when (monotonic) it
        was taken.
        """
        self.start = start
        self.writer = writer
        self.epoch = packet.epoch
        self.begun = packet.epoch.monotonic(packet.time)
        self.latest = packet.shown  # highest pts so far
        self._first = shown
        self._since = since
        self._told = 0  # how many of the events `tell` has checked
        self._last = packet.time
        self._delay = packet.shown - packet.time  # from decoding to display
        self._gaps = list(gaps)
        self._keyframes = deque([packet], _CANDIDATES)
        self._thumbnail: bytes | None = None
        self._shows = float("-inf")  # the moment for which the thumbnail was made

    def write(self, packet: Packet) -> None:
        """Write a frame; raises `OSError`."""
        self.writer.video(packet.encoded, packet.time)
        self.latest = max(self.latest, packet.shown)
        if (packet.time - self._last) * self.epoch.video_seconds > GAP:
            begin, end = (t + self._delay for t in (self._last, packet.time))
            self._gaps.append((self.wall(begin), self.wall(end)))
        self._last = packet.time

    def consider(self, packet: Packet, moment: float) -> None:
        """Use the first decodable keyframe after the moment as thumbnail.

        A later moment (monotonic), such as a ring after motion, replaces the thumbnail.
        """
        if moment > self._shows:
            self._keyframes.append(packet)
            if self.epoch.monotonic(packet.time) >= moment and (jpeg := _jpeg(packet)):
                self._thumbnail = jpeg
                self._shows = moment

    def thumbnail(self) -> bytes:
        """Return a JPEG, from an earlier keyframe if none followed the event."""
        if self._thumbnail is None:
            last = [*reversed(self._keyframes)]
            pictures = (_jpeg(p, damaged=d) for d in (False, True) for p in last)
            self._thumbnail = next(filter(None, pictures), None) or blank_jpeg(
                THUMBNAIL_WIDTH, THUMBNAIL_WIDTH * 9 // 16
            )
        return self._thumbnail

    def wall(self, pts: int) -> datetime:
        """Return the UTC time of a frame."""
        return self.start.started_at + timedelta(seconds=self._seconds_to(pts))

    def wall_of(self, monotonic: float) -> datetime:
        """Return the UTC time of a moment; setting the clock has no effect."""
        return self.start.started_at + timedelta(seconds=monotonic - self._since)

    def moment(self, pts: int) -> float:
        """Return when (monotonic) a frame was taken."""
        return self._since + self._seconds_to(pts)

    def _seconds_to(self, pts: int) -> float:
        return (pts - self._first) * self.epoch.video_seconds

    @property
    def ended_at(self) -> datetime:
        """The UTC time at which the last frame ends."""
        return self.wall(self.writer.end)

    def tell(self, sink: ClipSink, window: RecordingWindow) -> None:
        """Report new events and labels of this clip to the sink."""
        known, labels, start = window.known(), window.sightings.known(), self.start
        if len(known) == self._told and labels == start.labels:
            return  # the usual case, for each frame
        self._told = len(known)
        events = events_within(known, self._since)
        if kinds_of(events) != kinds_of(start.events) or labels != start.labels:
            self.start = replace(start, events=events, labels=labels)
            sink.note(self.start)

    def hand_over(self, sink: ClipSink, window: RecordingWindow) -> None:
        """Pass the closed file to the sink; raises `OSError`."""
        start, epoch, writer = self.start, self.epoch, self.writer
        end = self.moment(writer.end)
        sink.finish(
            FinishedClip(
                clip_id=start.clip_id,
                event_id=start.event_id,
                part=start.part,
                path=writer.path,
                thumbnail=self.thumbnail(),
                started_at=start.started_at,
                ended_at=self.ended_at,
                events=events_within(window.known(), self._since, end),
                video_codec=epoch.video_codec,
                audio_codec="aac" if writer.has_sound else None,
                width=epoch.width,
                height=epoch.height,
                frames=writer.frames,
                gaps=tuple(self._gaps),
                video_profile=epoch.video_profile,
                pixel_format=epoch.pixel_format,
                labels=window.sightings.close(start.clip_id, end),
            )
        )


def _jpeg(packet: Packet, *, damaged: bool = False) -> bytes | None:
    epoch = packet.epoch
    return jpeg_of_keyframe(
        bytes(packet.encoded),
        epoch.extradata,
        THUMBNAIL_WIDTH,
        codec=epoch.video_codec,
        damaged=damaged,
    )


def wall_of(monotonic: float) -> datetime:
    """Return the UTC time of a moment in the near past."""
    return datetime.now(UTC) - timedelta(seconds=time.monotonic() - monotonic)


def events_within(
    events: Sequence[DoorbellEvent], start: float, end: float | None = None
) -> tuple[DoorbellEvent, ...]:
    """Return the events of a part, or the last event before it if it has none.

    Compares monotonic times, since the wall clock may be set during an event.
    """
    before = [e for e in events if end is None or e.monotonic <= end] or events[:1]
    return tuple(e for e in before if e.monotonic >= start) or tuple(before[-1:])

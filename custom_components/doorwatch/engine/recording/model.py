"""What goes into and comes out of the clip recorder."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from ..doorbells.base import DoorbellEvent


@dataclass(frozen=True, kw_only=True, slots=True)
class RecorderOptions:
    """Lengths in seconds.

    `on_event`: connect only while there is something to record; there is no pre-roll
    then, and an event waits for the first picture up to `wake`. `one_connection`: offer
    what comes as a live stream, see `ClipRecorder.live_address`.
    """

    pre_roll: float = 5.0
    post_roll: float = 10.0
    longest: float = 120.0
    on_event: bool = False
    wake: float = 30.0
    one_connection: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipStart:
    """A clip that begins: handed out before its first byte is written.

    `clip_id` is a UUIDv7. All parts of one event have the same `event_id` (the first
    part's clip id) and count `part` from 1. `started_at` is the UTC time of the first
    frame. `fetched_from` is the integration that recorded it, None for a recording of
    our own. `labels` are what was seen until then, with who said so.
    """

    clip_id: str
    event_id: str
    part: int
    started_at: datetime
    events: tuple[DoorbellEvent, ...]
    fetched_from: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class FinishedClip:
    """A closed, synced MP4 at the path that `ClipSink.begin` gave, not yet in its final place.

    `thumbnail` is a JPEG from a keyframe in the pre-roll. `gaps` are spans (UTC) without
    frames: inside the clip, or between the part before and this one (a reconnect).
    `events` are all events that fell into it, oldest first; when none did, the one that
    it goes on for. `labels` are what was seen in it, with who said so.
    """

    clip_id: str
    event_id: str
    part: int
    path: Path
    thumbnail: bytes
    started_at: datetime
    ended_at: datetime
    events: tuple[DoorbellEvent, ...]
    video_codec: str
    audio_codec: str | None
    width: int
    height: int
    frames: int
    gaps: tuple[tuple[datetime, datetime], ...] = ()
    # FFmpeg's words ("High", "yuv420p"), None when it does not say.
    video_profile: str | None = None
    pixel_format: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)


class ClipSink(Protocol):
    """Where a clip recorder puts clips.

    It is called on the recorder's threads, never in the event loop.
    """

    def begin(self, start: ClipStart) -> Path:
        """Name the file to write. Raises `OSError` when there is no place for it."""

    def note(self, start: ClipStart) -> None:
        """Take what happened and was seen in a clip since it began, for after a crash.

        Raises nothing: it is told again at the end.
        """

    def finish(self, clip: FinishedClip) -> None:
        """Take over a finished file.

        May raise `OSError`; the file then stays where it is, for the next start to find.
        """

    def abandon(self, clip_id: str, reason: str) -> None:
        """Let go of a clip that cannot be written any further (disk full, no frames).

        What can be played of its file is kept, now or when the disk is well again.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class OngoingRecording:
    """What is being recorded now, whatever its parts and reconnects.

    `since` is the UTC time of its first picture, or of its event while a doorbell wakes
    up for it. `kinds` is all that happened (see `doorbells.base.KINDS`). `by_hand_until`
    is until when somebody asked to record, None if nobody did.
    """

    since: datetime
    kinds: tuple[str, ...]
    by_hand_until: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RecorderHealth:
    """How the connection is.

    `problem` is one of `doorbells.base.PROBLEMS`, None when well. `since` is
    the UTC time of the last change, `attempt` counts failed connections in a row.
    `asleep`: not connected, because nothing has to be recorded; all is well.
    """

    connected: bool
    problem: str | None
    attempt: int
    since: datetime
    asleep: bool = False


type HealthCallback = Callable[[RecorderHealth], None]

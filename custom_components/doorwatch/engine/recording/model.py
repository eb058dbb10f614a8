"""Define the input and output of the clip recorder."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from ..doorbells.base import DoorbellEvent


@dataclass(frozen=True, kw_only=True, slots=True)
class RecorderOptions:
    """Options with lengths in seconds.

    `on_event`: connect only to record. There is no pre-roll then, and an event waits up
    to `wake` for the first frame. `one_connection`: provide a live stream from the
    received packets, see `ClipRecorder.live_address`.
    """

    pre_roll: float = 5.0
    post_roll: float = 10.0
    longest: float = 120.0
    on_event: bool = False
    wake: float = 30.0
    one_connection: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipStart:
    """A new clip, passed to the sink before its first byte is written.

    `clip_id` is a UUIDv7. All parts of one event have the same `event_id` (the clip ID
    of the first part) and count `part` from 1. `started_at` is the UTC time of the
    first frame. `fetched_from` is the integration that recorded the clip, or None for
    the clip recorder. `labels` maps each label seen so far to its source.
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
    """A closed and synced MP4 at the path from `ClipSink.begin`.

    `thumbnail` is a JPEG of a keyframe. `gaps` are UTC spans without frames, inside the
    clip or between the previous part and this one (a reconnect). `events` are the
    events during the clip, oldest first; if there are none, the last event before it.
    `labels` maps each label seen during the clip to its source.
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
    # FFmpeg's names ("High", "yuv420p"), or None if unknown.
    video_profile: str | None = None
    pixel_format: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)


class ClipSink(Protocol):
    """The destination of a clip recorder's clips.

    Called on the recorder's threads, never in the event loop.
    """

    def begin(self, start: ClipStart) -> Path:
        """Return the path of the file to write; raises `OSError` if there is none."""

    def note(self, start: ClipStart) -> None:
        """Store new events and labels of a clip, in case of a crash.

        Raises nothing, as the finished clip contains them, too.
        """

    def finish(self, clip: FinishedClip) -> None:
        """Take over a finished file.

        May raise `OSError`; the file then stays in place for the next start.
        """

    def abandon(self, clip_id: str, reason: str) -> None:
        """Take over a clip that can't be continued (disk full, no frames).

        The playable part of its file is kept, now or when the disk works again.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class OngoingRecording:
    """The current recording over all its parts and reconnects.

    `since` is the UTC time of its first frame, or of its event while a doorbell wakes
    up. `kinds` are the kinds of its events (see `doorbells.base.KINDS`).
    `by_hand_until` is the end of a requested recording, or None if none was requested.
    """

    since: datetime
    kinds: tuple[str, ...]
    by_hand_until: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RecorderHealth:
    """The state of the connection.

    `problem` is a translation key, or None. `since` is the UTC time since which it has
    been connected or not. `attempt` counts failed connections in a row. `asleep`:
    intentionally not connected, because there is nothing to record.
    """

    connected: bool = False
    problem: str | None = None
    attempt: int = 0
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    asleep: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Keyframe:
    """An encoded frame that can be decoded alone, for image analysis.

    `codec` is FFmpeg's name, `data` the access unit as received, and `extradata` the
    parameters of its stream. `monotonic` (seconds, `time.monotonic`) is when it was
    taken. `stream` changes with each reconnect and clock jump, after which frames can't
    be compared with earlier ones.
    """

    codec: str
    extradata: bytes | None
    data: bytes
    monotonic: float
    stream: int


type HealthCallback = Callable[[RecorderHealth], None]
# Called on the thread of a reader, so it must not block.
type KeyframeCallback = Callable[[Keyframe], None]

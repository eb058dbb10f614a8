"""Define clips, queries and the retention policy."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from ..doorbells.base import DoorbellEvent, EventKind, Label

# Suffix of a clip's thumbnail.
THUMBNAIL_SUFFIX: Final = ".jpg"
# Every browser plays H.264 of these profiles in 8-bit 4:2:0 with AAC.
_PROFILES: Final = frozenset({"constrained baseline", "baseline", "main", "high"})
_PIXELS: Final = frozenset({"yuv420p", "yuvj420p"})


# Reasons to keep a clip. A clip with several counts toward the first.
REASONS: Final = (EventKind.RING, *Label, EventKind.MANUAL, EventKind.MOTION)
# Key for all reasons without an entry.
ANY: Final = "any"
# Days by reason; None keeps clips as long as there is space.
type Days = Mapping[str, float | None]


class ClipState(StrEnum):
    """The state of a clip. Only SAVED clips are listed, shown and shared."""

    RECORDING = "recording"
    SAVED = "saved"
    BIN = "bin"


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """A recording of an event.

    Times are UTC; `timezone` is the IANA name of the home's zone at the recording.
    `event` is "ring" if the doorbell rang, else "motion" if there was any, else
    "manual"; `also` has the other kinds in this order. `sha256` is the hex digest of
    the finished file. `path` is absolute. `video_profile` and `pixel_format` are
    FFmpeg's names, None if unknown. `labels` maps what the camera detected to the
    integration that reported it, sorted. `deleted_at` is set in the bin. `fetched_from`
    is the integration that the clip was fetched from, None if recorded here. `happened`
    has the events; it is not stored in the index.
    """

    clip_id: str
    doorbell_id: str
    event_id: str
    part: int
    event: str
    started_at: datetime
    ended_at: datetime
    timezone: str
    path: Path
    size: int
    sha256: str
    video_codec: str
    audio_codec: str | None
    width: int
    height: int
    frames: int
    gaps: tuple[tuple[datetime, datetime], ...] = ()
    protected: bool = False
    recovered: bool = False
    state: ClipState = ClipState.SAVED
    video_profile: str | None = None
    pixel_format: str | None = None
    deleted_at: datetime | None = None
    fetched_from: str | None = None
    also: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    happened: tuple[DoorbellEvent, ...] = field(default=(), compare=False)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return all kinds of events in the clip, the main kind first."""
        return (self.event, *self.also)

    @property
    def thumbnail(self) -> Path:
        """Return the path of the thumbnail."""
        return self.path.with_suffix(THUMBNAIL_SUFFIX)

    @property
    def duration(self) -> timedelta:
        """Return the duration."""
        return self.ended_at - self.started_at

    @property
    def plays_everywhere(self) -> bool:
        """Return whether every browser plays the clip; unknown values pass."""
        return (
            self.video_codec == "h264"
            and (self.video_profile or "main").lower() in _PROFILES
            and (self.pixel_format or "yuv420p") in _PIXELS
            and self.audio_codec in (None, "aac")
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipQuery:
    """Conditions for clips; all are optional.

    Clips began before `before`, later than `after` and later than the time of their
    doorbell in `since`. They have one of `kinds`, one of `besides`, one of `labels` and
    one of `labels_besides`. `days` are local days ("2026-11-24") or months ("2026-11").
    `times` are pairs of the first and the last local minute; a last before the first
    spans midnight. `among` limits the result to these IDs, `but` excludes IDs.
    """

    before: datetime | None = None
    after: datetime | None = None
    since: Mapping[str, datetime] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    besides: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    labels_besides: frozenset[str] = frozenset()
    days: frozenset[str] = frozenset()
    times: tuple[tuple[time, time], ...] = ()
    protected: bool | None = None
    among: frozenset[str] | None = None
    but: frozenset[str] = frozenset()


def reasons_of(kinds: Collection[str], labels: Collection[str]) -> tuple[str, ...]:
    """Return the reasons to keep a clip; motion counts only without others."""
    borne = {*kinds, *labels} - {EventKind.MOTION}
    return tuple(each.value for each in REASONS if each in borne) or ("motion",)


class Day(NamedTuple):
    """The number of a doorbell's clips on a local day."""

    doorbell_id: str
    day: date
    clips: int


class Mark(NamedTuple):
    """The data of a clip on a timeline."""

    clip_id: str
    doorbell_id: str
    started_at: datetime
    ended_at: datetime
    kinds: tuple[str, ...]
    labels: tuple[str, ...]
    protected: bool


class Facets(NamedTuple):
    """The kinds and labels that a doorbell's saved clips have."""

    kinds: tuple[str, ...]
    labels: tuple[str, ...]
    protected: bool


# Maximum duration of a clip, also of fetched clips.
LONGEST_CLIP: Final = timedelta(hours=1)


class RetentionHold(NamedTuple):
    """A time at a doorbell whose clips may be requested and are kept meanwhile."""

    doorbell_id: str
    begin: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class RetentionPolicy:
    """How long and how much to keep; None means no limit.

    `days` has a number for each reason, and for `ANY`. The entries of a doorbell in
    `doorbells` take precedence.
    """

    days: Days = field(default_factory=dict)
    doorbells: Mapping[str, Days] = field(default_factory=dict)
    bytes: int | None = None
    # Times whose clips are kept longer, the newest first, up to a fraction of `bytes`;
    # None while unknown.
    held: tuple[RetentionHold, ...] | None = ()
    # Whether clips with only motion are deleted first above the size limit. Those of
    # the last day are not, otherwise a library full of rings would keep none.
    motion_first: bool = True

    def lifetime(self, doorbell_id: str, reasons: Iterable[str]) -> timedelta | None:
        """Return how long to keep a clip: the longest time of its reasons."""
        days = [self.days_of(doorbell_id, reason) for reason in reasons]
        known = [one for one in days if one is not None]
        return timedelta(days=max(known)) if len(known) == len(days) else None

    def days_of(self, doorbell_id: str, reason: str) -> float | None:
        """Return how many days to keep a clip for a reason."""
        for rules in (self.doorbells.get(doorbell_id, {}), self.days):
            for key in (reason, ANY):
                if key in rules:
                    return rules[key]
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """The number and size of clips; for a doorbell, `bytes` includes the bin."""

    clips: int
    bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RecoveredClip:
    """A clip that was finished or removed after a crash or a disk failure."""

    clip_id: str
    doorbell_id: str
    clip: Clip | None  # None: it had no playable content and was removed
    own: bool = False  # whether it was recorded in this run and not announced yet


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownClip:
    """The data of a finished clip in another source (the ledger); times in UTC."""

    doorbell_id: str
    sha256: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    fetched_from: str | None = None


@dataclass(kw_only=True, slots=True)
class ReconcileResult:
    """The differences between index and files that were resolved."""

    added: int = 0  # files without a row
    dropped: list[str] = field(default_factory=list)  # IDs of rows without a file
    # IDs of rows whose file was in the bin.
    moved: list[str] = field(default_factory=list)
    unreadable: int = 0  # files with the name of a clip that are not readable
    # IDs of added clips whose file has changed since it was finished.
    differing: list[str] = field(default_factory=list)
    # Doorbells with changed clips.
    doorbell_ids: set[str] = field(default_factory=set)

"""A clip, as the library knows it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from ..doorbells.base import DoorbellEvent, EventKind, Label

# Of the picture that lies beside a clip.
THUMBNAIL_SUFFIX: Final = ".jpg"
# What every browser plays: H.264 of these profiles with 8 bit 4:2:0, and AAC.
_PROFILES: Final = frozenset({"constrained baseline", "baseline", "main", "high"})
_PIXELS: Final = frozenset({"yuv420p", "yuvj420p"})


# What clips may be kept for. One that bears several counts as the first of them.
REASONS: Final = (EventKind.RING, *Label, EventKind.MANUAL, EventKind.MOTION)
# Stands among them for whatever else nothing is said of.
ANY: Final = "any"
# Of reasons; None keeps clips as long as there is space.
type Days = Mapping[str, float | None]


class ClipState(StrEnum):
    """Where a clip is in its life. Only SAVED clips are listed, shown and shared."""

    RECORDING = "recording"
    SAVED = "saved"
    BIN = "bin"


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """One recording of one event.

    Times are UTC; `timezone` is the IANA name of the home at capture. `event` is "ring" when anybody rang, else
    "motion" when there was any, else "manual"; `also` what else of these there was, in this order. `sha256` is the hex digest of the file at close. `path` is absolute.
    `video_profile` and `pixel_format` are FFmpeg's words, None when nobody noted them.
    `labels` are what the camera says that it saw, sorted, each with who said it. `deleted_at` is set in the bin. `fetched_from` is the integration that the clip was
    fetched from, None for what this home recorded itself. `happened` are its events:
    known as long as nobody read it from the index.
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
    gaps: tuple[tuple[datetime, datetime], ...]
    protected: bool
    recovered: bool
    state: ClipState
    video_profile: str | None = None
    pixel_format: str | None = None
    deleted_at: datetime | None = None
    fetched_from: str | None = None
    also: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    happened: tuple[DoorbellEvent, ...] = field(default=(), compare=False)

    @property
    def kinds(self) -> tuple[str, ...]:
        """All that happened while it was recorded, the first of it first."""
        return (self.event, *self.also)

    @property
    def thumbnail(self) -> Path:
        """Where its picture lies, beside it."""
        return self.path.with_suffix(THUMBNAIL_SUFFIX)

    @property
    def duration(self) -> timedelta:
        """How long it is."""
        return self.ended_at - self.started_at

    @property
    def plays_everywhere(self) -> bool:
        """Whether every browser plays it; what nobody noted is taken to be usual."""
        return (
            self.video_codec == "h264"
            and (self.video_profile or "main").lower() in _PROFILES
            and (self.pixel_format or "yuv420p") in _PIXELS
            and self.audio_codec in (None, "aac")
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipQuery:
    """What clips must be; nothing named means everything.

    They began before `before` and later than `after`, and than what `since` says of
    their doorbell. They bear one of `kinds`, one of `besides`, one of `labels`, and one
    of `labels_besides`. `days` are local ones ("2026-11-24") or months ("2026-11"). `times` are pairs of the first and the last local minute, the
    second before the first for a span over midnight. `among` are ids, and `but` are
    those of others.
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
    """Return what a clip is kept for; for motion when it bears nothing else."""
    borne = {*kinds, *labels} - {EventKind.MOTION}
    return tuple(each.value for each in REASONS if each in borne) or ("motion",)


class Day(NamedTuple):
    """How many clips a doorbell has of one day at home."""

    doorbell_id: str
    day: date
    clips: int


class Mark(NamedTuple):
    """A clip as it is drawn among others."""

    clip_id: str
    doorbell_id: str
    started_at: datetime
    ended_at: datetime
    kinds: tuple[str, ...]
    labels: tuple[str, ...]
    protected: bool


class Facets(NamedTuple):
    """What the saved clips of a doorbell can be told apart by."""

    kinds: tuple[str, ...]
    labels: tuple[str, ...]
    protected: bool


# No clip is longer, also none that a maker recorded.
LONGEST_CLIP: Final = timedelta(hours=1)


class RetentionHold(NamedTuple):
    """A time whose clips at a doorbell somebody may want: they are not let go meanwhile."""

    doorbell_id: str
    begin: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class RetentionPolicy:
    """How long and how much is kept; None is no limit.

    `days` are told for what clips are kept for, and for `ANY` of it. Those of one
    doorbell in `doorbells` go before those of all.
    """

    days: Days = field(default_factory=dict)
    doorbells: Mapping[str, Days] = field(default_factory=dict)
    bytes: int | None = None
    # What is kept nevertheless, the newest first, up to a part of `bytes`; None while
    # nobody knows.
    held: tuple[RetentionHold, ...] | None = ()
    # Whether motion alone goes before all else once there is too much; the last day's
    # does not, or a library that is full of rings would keep none of it at all.
    motion_first: bool = True

    def lifetime(self, doorbell_id: str, reasons: Iterable[str]) -> timedelta | None:
        """Return how long a clip is kept for these reasons: the longest of them."""
        days = [self.days_of(doorbell_id, reason) for reason in reasons]
        known = [one for one in days if one is not None]
        return timedelta(days=max(known)) if len(known) == len(days) else None

    def days_of(self, doorbell_id: str, reason: str) -> float | None:
        """Return for how many days a clip is kept for one reason."""
        for rules in (self.doorbells.get(doorbell_id, {}), self.days):
            for key in (reason, ANY):
                if key in rules:
                    return rules[key]
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What clips take; of those of one doorbell the bin is included in `bytes`."""

    clips: int
    bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RecoveredClip:
    """What was left over from a crash, or waited for the disk."""

    clip_id: str
    doorbell_id: str
    clip: Clip | None  # None: nothing in it could be played, it was removed
    own: bool = False  # whether it was recorded in this run, and nobody told of it yet


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownClip:
    """What somebody else (the ledger) knows of a clip since its close; times in UTC."""

    doorbell_id: str
    sha256: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    fetched_from: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReconcileResult:
    """What became of index and files when they were compared."""

    added: int = 0  # files that had no row
    dropped: tuple[str, ...] = ()  # ids of rows that had no file
    moved: tuple[str, ...] = ()  # ids of rows whose file lay in the bin
    unreadable: int = 0  # files that look like clips and are none
    # Ids of added clips whose bytes are not those of their close.
    differing: tuple[str, ...] = ()
    doorbell_ids: frozenset[str] = frozenset()  # whose clips changed

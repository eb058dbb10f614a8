"""A clip, as the library knows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from ..doorbells.base import DoorbellEvent

# Of the picture that lies beside a clip.
THUMBNAIL_SUFFIX: Final = ".jpg"
# What every browser plays: H.264 of these profiles with 8 bit 4:2:0, and AAC.
_PROFILES: Final = frozenset({"constrained baseline", "baseline", "main", "high"})
_PIXELS: Final = frozenset({"yuv420p", "yuvj420p"})


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
    their doorbell. They bear one of `kinds`, one of `besides`, and one of `labels`. `days` are local ones ("2026-11-24") or
    months ("2026-11"). `times` are pairs of the first and the last local minute, the
    second before the first for a span over midnight. `among` are ids, and `but` are
    those of others.
    """

    before: datetime | None = None
    after: datetime | None = None
    since: Mapping[str, datetime] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    besides: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    days: frozenset[str] = frozenset()
    times: tuple[tuple[time, time], ...] = ()
    protected: bool | None = None
    among: frozenset[str] | None = None
    but: frozenset[str] = frozenset()


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
    protected: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much to keep; None is no limit."""

    days: float | None
    bytes: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What the clips of one doorbell take, the bin included in `bytes`."""

    clips: int
    bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Recovery:
    """What was left over from a crash, or waited for the disk."""

    clip_id: str
    doorbell_id: str
    clip: Clip | None  # None: nothing in it could be played, it was removed
    own: bool = False  # whether it was recorded in this run, and nobody told of it yet


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What somebody else (the ledger) knows of a clip since its close; times in UTC."""

    doorbell_id: str
    sha256: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    fetched_from: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reconciled:
    """What became of index and files when they were compared."""

    added: int = 0  # files that had no row
    dropped: tuple[str, ...] = ()  # ids of rows that had no file
    moved: tuple[str, ...] = ()  # ids of rows whose file lay in the bin
    unreadable: int = 0  # files that look like clips and are none
    # Ids of added clips whose bytes are not those of their close.
    differing: tuple[str, ...] = ()
    doorbell_ids: frozenset[str] = frozenset()  # whose clips changed

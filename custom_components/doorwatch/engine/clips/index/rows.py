"""Convert between rows of the index and clips."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
import json
import sqlite3
from typing import Any

from ..files.names import LibraryFiles
from ..model import Clip, ClipState

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_STATES = {state.value: state for state in ClipState}
# Sets a field of a new clip, in the order of the fields. The constructor of a frozen
# dataclass takes half of the time of a long list.
_SET_FIELD = [getattr(Clip, field.name).__set__ for field in fields(Clip)]


def to_micros(moment: datetime) -> int:
    """Return microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the UTC time from microseconds since 1970."""
    seconds, rest = divmod(micros, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


@dataclass(frozen=True, kw_only=True, slots=True)
class UnfinishedClip:
    """The facts of a clip that is being recorded."""

    clip_id: str
    doorbell_id: str
    event_id: str
    part: int
    event: str
    started_at: datetime
    timezone: str
    path: str
    fetched_from: str | None = None
    also: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)


def labels_text(labels: Mapping[str, str]) -> str:
    """Format labels with their sources for the index."""
    return " ".join(f"{label}={labels[label]}" for label in sorted(labels))


def labels_from(text: str) -> dict[str, str]:
    """Parse labels with their sources."""
    return dict([one.split("=", 1) for one in text.split()]) if text else {}


def to_clip(row: Iterable[Any], files: LibraryFiles) -> Clip:
    """Convert a row with all columns, in the order of the table.

    Access by name would take a third of the time of a long list.
    """
    (
        clip_id,
        doorbell_id,
        event_id,
        part,
        event,
        started_at,
        ended_at,
        timezone,
        path,
        size,
        _,
        sha256,
        video_codec,
        audio_codec,
        width,
        height,
        frames,
        gaps,
        protected,
        recovered,
        state,
        binned_at,
        video_profile,
        pixel_format,
        fetched_from,
        also,
        labels,
        *_,
    ) = row
    binned = state == ClipState.BIN
    clip = object.__new__(Clip)
    for set_field, value in zip(
        _SET_FIELD,
        (
            clip_id,
            doorbell_id,
            event_id,
            part,
            event,
            from_micros(started_at),
            from_micros(ended_at),
            timezone,
            files.binned(path)[0] if binned else files.video(path),
            size,
            sha256,
            video_codec,
            audio_codec,
            width,
            height,
            frames,
            () if gaps == "[]" else _gaps(gaps),
            bool(protected),
            bool(recovered),
            _STATES[state],
            video_profile,
            pixel_format,
            # Expired clips have the deletion time 1970.
            from_micros(binned_at) if binned_at else None,
            fetched_from,
            tuple(also.split()) if also else (),
            labels_from(labels),
            (),  # what happened is not in the index
        ),
        strict=True,
    ):
        set_field(clip, value)
    return clip


def _gaps(text: str) -> tuple[tuple[datetime, datetime], ...]:
    """Parse the gaps of a clip."""
    return tuple(
        (from_micros(begin), from_micros(end)) for begin, end in json.loads(text)
    )


def to_begun(row: sqlite3.Row) -> UnfinishedClip:
    """Convert the row of a clip that is being recorded."""
    return UnfinishedClip(
        clip_id=row["clip_id"],
        doorbell_id=row["doorbell_id"],
        event_id=row["event_id"],
        part=row["part"],
        event=row["event"],
        started_at=from_micros(row["started_at"]),
        timezone=row["timezone"],
        path=row["path"],
        fetched_from=row["fetched_from"],
        also=tuple(row["also"].split()),
        labels=labels_from(row["labels"]),
    )

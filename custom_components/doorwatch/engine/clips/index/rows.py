"""Convert between rows of the index and clips."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import json
import sqlite3

from ..files.names import LibraryFiles
from ..model import Clip, ClipState

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_STATES = {state.value: state for state in ClipState}


def to_micros(moment: datetime) -> int:
    """Return microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the UTC time from microseconds since 1970."""
    return _EPOCH + micros * _MICROSECOND


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
    return dict(one.split("=", 1) for one in text.split()) if text else {}


def to_clip(row: sqlite3.Row, files: LibraryFiles) -> Clip:
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
    return Clip(
        clip_id=clip_id,
        doorbell_id=doorbell_id,
        event_id=event_id,
        part=part,
        event=event,
        started_at=from_micros(started_at),
        ended_at=from_micros(ended_at),
        timezone=timezone,
        path=files.binned(path)[0] if binned else files.video(path),
        size=size,
        sha256=sha256,
        video_codec=video_codec,
        audio_codec=audio_codec,
        width=width,
        height=height,
        frames=frames,
        gaps=()
        if gaps == "[]"
        else tuple(
            (from_micros(begin), from_micros(end)) for begin, end in json.loads(gaps)
        ),
        protected=bool(protected),
        recovered=bool(recovered),
        state=_STATES[state],
        video_profile=video_profile,
        pixel_format=pixel_format,
        # Expired clips have the deletion time 1970.
        deleted_at=from_micros(binned_at) if binned_at else None,
        fetched_from=fetched_from,
        also=tuple(also.split()) if also else (),
        labels=labels_from(labels),
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

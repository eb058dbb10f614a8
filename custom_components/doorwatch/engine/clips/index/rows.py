"""Convert between rows of the index and clips."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
import json
import sqlite3
from typing import Any

from ..files.names import LibraryFiles
from ..model import Clip, ClipState, Mark

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


def facts_of(clip: Clip) -> dict[str, object]:
    """Return the facts of a clip for JSON, with the times in microseconds."""
    return {
        "clip_id": clip.clip_id,
        "doorbell_id": clip.doorbell_id,
        "event_id": clip.event_id,
        "part": clip.part,
        "event": clip.event,
        "also": clip.also,
        "labels": dict(clip.labels),
        "started_at": to_micros(clip.started_at),
        "ended_at": to_micros(clip.ended_at),
        "timezone": clip.timezone,
        "size": clip.size,
        "sha256": clip.sha256,
        "video_codec": clip.video_codec,
        "video_profile": clip.video_profile,
        "pixel_format": clip.pixel_format,
        "audio_codec": clip.audio_codec,
        "width": clip.width,
        "height": clip.height,
        "frames": clip.frames,
        "gaps": [[to_micros(t) for t in gap] for gap in clip.gaps],
        "protected": clip.protected,
        "recovered": clip.recovered,
        "deleted_at": to_micros(clip.deleted_at) if clip.deleted_at else None,
        "fetched_from": clip.fetched_from,
    }


def of_clip(clip: Clip, path: str, thumbnail_size: int) -> dict[str, object]:
    """Return the columns of a clip."""
    columns = facts_of(clip)
    columns["binned_at"] = columns.pop("deleted_at")
    return columns | {
        "also": " ".join(clip.also),
        "labels": labels_text(clip.labels),
        "gaps": json.dumps(columns["gaps"]),
        "path": path,
        "thumbnail_size": thumbnail_size,
        "state": clip.state,
    }


def of_unfinished(begun: UnfinishedClip) -> dict[str, object]:
    """Return the columns of a clip that is being recorded."""
    started_at = to_micros(begun.started_at)
    return {
        "clip_id": begun.clip_id,
        "doorbell_id": begun.doorbell_id,
        "event_id": begun.event_id,
        "part": begun.part,
        "event": begun.event,
        "also": " ".join(begun.also),
        "labels": labels_text(begun.labels),
        "started_at": started_at,
        "ended_at": started_at,
        "timezone": begun.timezone,
        "path": begun.path,
        "fetched_from": begun.fetched_from,
        "state": ClipState.RECORDING,
    }


def to_mark(row: Iterable[Any]) -> Mark:
    """Convert the columns of a clip on a timeline."""
    clip_id, doorbell_id, started_at, ended_at, event, also, labels, protected = row
    return Mark(
        clip_id,
        doorbell_id,
        from_micros(started_at),
        from_micros(ended_at),
        (event, *also.split()),
        tuple(labels_from(labels)),
        bool(protected),
    )


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
            files.binned(path) if binned else files.video(path),
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


def to_unfinished(row: sqlite3.Row) -> UnfinishedClip:
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

"""Rows of the index, and what they mean."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import json
import sqlite3

from .files import Files
from .model import Clip, ClipState

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Return microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the UTC time of these microseconds since 1970."""
    return _EPOCH + micros * _MICROSECOND


@dataclass(frozen=True, kw_only=True, slots=True)
class Begun:
    """What is known of a clip when it begins."""

    clip_id: str
    doorbell_id: str
    event_id: str
    part: int
    event: str
    started_at: datetime
    timezone: str
    path: str


def to_clip(row: sqlite3.Row, files: Files) -> Clip:
    """Read a clip."""
    path, state, gaps = row["path"], row["state"], row["gaps"]
    if state == ClipState.BIN:
        video, thumbnail = files.binned(path)
    else:
        video, thumbnail = files.video(path), files.thumbnail(path)
    return Clip(
        clip_id=row["clip_id"],
        doorbell_id=row["doorbell_id"],
        event_id=row["event_id"],
        part=row["part"],
        event=row["event"],
        started_at=from_micros(row["started_at"]),
        ended_at=from_micros(row["ended_at"]),
        timezone=row["timezone"],
        path=video,
        thumbnail=thumbnail,
        size=row["size"],
        sha256=row["sha256"],
        video_codec=row["video_codec"],
        audio_codec=row["audio_codec"],
        width=row["width"],
        height=row["height"],
        frames=row["frames"],
        gaps=()
        if gaps == "[]"
        else tuple(
            (from_micros(begin), from_micros(end)) for begin, end in json.loads(gaps)
        ),
        protected=bool(row["protected"]),
        recovered=bool(row["recovered"]),
        state=ClipState(state),
        video_profile=row["video_profile"],
        pixel_format=row["pixel_format"],
        # Retention counts clips as binned in 1970.
        deleted_at=from_micros(row["binned_at"]) if row["binned_at"] else None,
    )


def to_begun(row: sqlite3.Row) -> Begun:
    """Read what is known of a clip that is being recorded."""
    return Begun(
        clip_id=row["clip_id"],
        doorbell_id=row["doorbell_id"],
        event_id=row["event_id"],
        part=row["part"],
        event=row["event"],
        started_at=from_micros(row["started_at"]),
        timezone=row["timezone"],
        path=row["path"],
    )

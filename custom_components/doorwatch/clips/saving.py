"""The way of a clip from the clip recorder into the library, on the recorder's threads."""

from collections.abc import Collection
from pathlib import Path
import sqlite3

from ..doorbells.base import DoorbellEvent, EventKind
from ..recording.model import ClipStart, FinishedClip
from . import sidecar
from .errors import LibraryError, problem_of
from .files import Files, digest, relative_path, sync_file
from .index import Index
from .model import Clip, ClipState
from .rows import Begun


def begin(
    files: Files, index: Index, timezone: str, doorbell_id: str, start: ClipStart
) -> Path:
    """Note a clip as being recorded and name its temporary file."""
    path = relative_path(doorbell_id, start.clip_id, start.started_at, timezone)
    begun = Begun(
        clip_id=start.clip_id,
        doorbell_id=doorbell_id,
        event_id=start.event_id,
        part=start.part,
        event=_kind(start.events),
        started_at=start.started_at,
        timezone=timezone,
        path=str(path),
    )
    try:
        part = files.new_part(path)
        try:
            index.begin(begun).result()
        except sqlite3.Error, LibraryError:
            part.unlink(missing_ok=True)
            raise
    except (OSError, sqlite3.Error) as error:
        raise LibraryError(problem_of(error)) from error
    return part


def finish(
    files: Files, index: Index, doorbell_id: str, finished: FinishedClip
) -> Clip:
    """Digest, facts, thumbnail, rename, index: listed only when all of it is there."""
    begun = index.begun(finished.clip_id).result()
    if begun is None or begun.doorbell_id != doorbell_id:
        raise KeyError(finished.clip_id)
    video = files.video(begun.path)
    thumbnail = files.thumbnail(begun.path)
    try:
        sync_file(finished.path)
        clip = Clip(
            clip_id=finished.clip_id,
            doorbell_id=doorbell_id,
            event_id=finished.event_id,
            part=finished.part,
            event=_kind(finished.events),
            started_at=finished.started_at,
            ended_at=finished.ended_at,
            timezone=begun.timezone,
            path=video,
            thumbnail=thumbnail,
            size=finished.path.stat().st_size,
            sha256=digest(finished.path),
            video_codec=finished.video_codec,
            audio_codec=finished.audio_codec,
            width=finished.width,
            height=finished.height,
            frames=finished.frames,
            gaps=finished.gaps,
            protected=False,
            recovered=False,
            state=ClipState.SAVED,
            video_profile=finished.video_profile,
            pixel_format=finished.pixel_format,
        )
        files.write(thumbnail, finished.thumbnail)
        sidecar.write(clip, video)
        # Has the names of all three on disk.
        files.move(finished.path, video)
        index.save(clip, len(finished.thumbnail)).result()
    except (OSError, sqlite3.Error) as error:
        raise LibraryError(problem_of(error)) from error
    return clip


def abandon(files: Files, index: Index, clip_id: str) -> None:
    """Remove what `begin` noted."""
    if (begun := index.begun(clip_id).result()) is None:
        return
    try:
        files.remove(begun.path)
        index.forget([clip_id]).result()
    except (OSError, sqlite3.Error) as error:
        raise LibraryError(problem_of(error)) from error


def _kind(events: Collection[DoorbellEvent]) -> str:
    """Say what people look for: a ring before motion, motion before a wish."""
    kinds = {event.kind for event in events}
    if EventKind.RING in kinds:
        return EventKind.RING.value
    if kinds == {EventKind.MANUAL}:
        return EventKind.MANUAL.value
    return EventKind.MOTION.value

"""Finish or remove what a crash left."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
import logging
from pathlib import Path
import sqlite3

import av

from . import sidecar
from .files import (
    TEMPORARY_SUFFIX,
    Files,
    digest,
    parse_part,
    relative_path,
    sync_file,
    sync_folder,
)
from .index import Index
from .media import MediaFacts, first_picture, is_whole, read_facts, remux
from .model import Clip, ClipState, Recovery
from .rows import Begun

_LOGGER = logging.getLogger(__name__)


def recover(index: Index, files: Files, timezone: str) -> list[Recovery]:
    """Bring files and rows together again; blocks, on the library's thread.

    What cannot be finished now (a full disk) stays as it is for the next start.
    """
    found: list[Recovery] = []
    for begun in [*index.recording().result(), *_strays(index, files, timezone)]:
        try:
            clip = _finish(index, files, begun)
        except (OSError, sqlite3.Error, av.FFmpegError) as error:
            _LOGGER.warning(
                "Clip %s of a former run cannot be finished yet: %s",
                begun.clip_id,
                error,
            )
            continue
        found.append(
            Recovery(clip_id=begun.clip_id, doorbell_id=begun.doorbell_id, clip=clip)
        )
    for clip, path in index.binned().result():
        _settle_binned(index, files, clip, path)
    return found


def _settle_binned(index: Index, files: Files, clip: Clip, path: str) -> None:
    """Move the files of a deleted clip after its row, unless the row is an old copy.

    A deletion notes itself beside the file before it notes itself in the index.
    """
    video = files.video(path)
    if clip.deleted_at is not None and video.exists():
        facts = sidecar.read(video)
        if facts is not None and facts.deleted_at is None:
            _LOGGER.warning(
                "Clip %s was taken back out of the bin; its index is an older one",
                clip.clip_id,
            )
            index.from_bin(clip.clip_id).result()
            return
    files.to_bin(path)


def _strays(index: Index, files: Files, timezone: str) -> Iterator[Begun]:
    """Settle parts that no row says are being recorded; yield those to finish."""
    recording = {files.part(begun.path) for begun in index.recording().result()}
    for part in list(files.parts()):
        if part.suffix == TEMPORARY_SUFFIX:
            part.unlink(missing_ok=True)
            continue
        if part in recording or not (parsed := parse_part(part, timezone)):
            continue
        doorbell_id, clip_id, started_at = parsed
        if (known := index.get(clip_id).result()) is None:
            # The index was lost: the name tells enough to begin a row anew.
            path = relative_path(doorbell_id, clip_id, started_at, timezone)
            begun = Begun(
                clip_id=clip_id,
                doorbell_id=doorbell_id,
                event_id=clip_id,
                part=1,
                event="motion",
                started_at=started_at,
                timezone=timezone,
                path=str(path),
            )
            if files.part(path) == part:
                index.begin(begun).result()
                yield begun
            continue
        clip, path_in_index = known
        final = files.video(path_in_index)
        if clip.state is ClipState.SAVED and not final.exists():
            if digest(part) == clip.sha256:
                files.move(part, final)
            continue
        part.unlink(missing_ok=True)


def _finish(index: Index, files: Files, begun: Begun) -> Clip | None:
    """Make a whole clip of what is there, or remove it."""
    video, part = files.video(begun.path), files.part(begun.path)
    if not part.exists() and (clip := _closed(files, begun, video)) is not None:
        index.save(clip, clip.thumbnail.stat().st_size).result()
        return clip
    facts = None
    if part.exists():
        facts = _make_whole(part)
        if facts is not None:
            sync_file(part)
            files.move(part, video)
    elif video.exists():
        facts = read_facts(video)
    if facts is None:
        files.remove(begun.path)
        index.forget([begun.clip_id]).result()
        return None
    thumbnail = files.thumbnail(begun.path)
    if not thumbnail.exists():
        files.write(thumbnail, first_picture(video))
        sync_folder(thumbnail.parent)
    clip = Clip(
        clip_id=begun.clip_id,
        doorbell_id=begun.doorbell_id,
        event_id=begun.event_id,
        part=begun.part,
        event=begun.event,
        started_at=begun.started_at,
        ended_at=begun.started_at + timedelta(seconds=facts.duration),
        timezone=begun.timezone,
        path=video,
        thumbnail=thumbnail,
        size=video.stat().st_size,
        sha256=digest(video),
        video_codec=facts.video_codec,
        audio_codec=facts.audio_codec,
        width=facts.width,
        height=facts.height,
        frames=facts.frames,
        gaps=(),
        protected=False,
        recovered=True,
        state=ClipState.SAVED,
        video_profile=facts.video_profile,
        pixel_format=facts.pixel_format,
    )
    sidecar.write(clip, video)
    index.save(clip, thumbnail.stat().st_size).result()
    return clip


def _closed(files: Files, begun: Begun, video: Path) -> Clip | None:
    """Return a clip that was closed and lacks but its row, as it was at its close."""
    thumbnail = files.thumbnail(begun.path)
    if not video.exists() or not thumbnail.exists():
        return None
    clip = sidecar.read(video)
    if clip is None or not sidecar.describes(clip, begun.clip_id, video.stat().st_size):
        return None
    return replace(clip, path=video, thumbnail=thumbnail)


def _make_whole(part: Path) -> MediaFacts | None:
    """Turn a part that was cut into a closed MP4 under the same name."""
    if is_whole(part):
        return read_facts(part)
    copy = part.with_name(part.name + TEMPORARY_SUFFIX)
    try:
        if (facts := remux(part, copy)) is None:
            return None
        sync_file(copy)
        copy.replace(part)
    finally:
        copy.unlink(missing_ok=True)
    return facts

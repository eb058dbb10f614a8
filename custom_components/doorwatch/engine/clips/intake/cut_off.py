"""Makes a whole clip of one that was cut off, from what is there of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from ..files.names import (
    TEMPORARY_SUFFIX,
    LibraryFiles,
    digest,
    is_there,
    sync_file,
    sync_folder,
)
from ..index import sidecar
from ..index.index import Index
from ..index.rows import UnfinishedClip
from ..model import Clip, ClipState
from ..video.media import MediaFacts, first_picture, is_whole, read_facts, remux
from . import saving
from .underway import PendingClip


def settle(
    left: PendingClip, files: LibraryFiles, index: Index, present: Callable[[], None]
) -> Clip | None:
    """Make a whole clip of what is there, or remove it. Blocking.

    `present` raises `LibraryError` when the folder is not the library any more: a part
    that is not there is believed to be gone only where it should be. Raises that,
    `OSError`, `sqlite3.Error`, `av.FFmpegError`.
    """
    begun = left.begun
    video, part = files.video(begun.path), files.part(begun.path)

    def save(clip: Clip) -> None:
        index.save(begun, clip, clip.thumbnail.stat().st_size).result()

    present()
    if not is_there(part):
        if (clip := _closed(files, begun, video)) is not None:
            save(clip)
            return clip
        facts = read_facts(video) if is_there(video) else None
    else:
        # Read to its end: a disk that fails must not pass for the end of a clip.
        digest(part)
        if (finished := left.finished) and _frames(part) == finished.frames:
            return saving.finish(files, begun, finished, lambda clip, _: save(clip))
        if (facts := _make_whole(part)) is not None:
            sync_file(part)
            files.move(part, video)
    if facts is None:
        present()
        files.remove(begun.path)
        index.forget([begun.clip_id]).result()
        return None
    thumbnail = files.thumbnail(begun.path)
    if not is_there(thumbnail):
        picture = left.finished.thumbnail if left.finished else first_picture(video)
        files.write(thumbnail, picture)
        sync_folder(thumbnail.parent)
    clip = _joined(files, left, video, facts)
    sidecar.write(clip, video)
    sidecar.beside(part).unlink(missing_ok=True)
    save(clip)
    return clip


def _joined(
    files: LibraryFiles, left: PendingClip, video: Path, facts: MediaFacts
) -> Clip:
    """Join what the file holds with what was told of its end, if anybody told."""
    begun = left.begun
    told: Clip | None
    if left.finished is not None:
        told = saving.told_of(files, begun, left.finished)
    else:
        noted = _read_sidecar(files.part(begun.path), begun)
        told = noted if noted is not None else _read_sidecar(video, begun)
    started_at = told.started_at if told else begun.started_at
    ended_at = started_at + timedelta(seconds=facts.duration)
    if told and facts.frames == told.frames:
        ended_at = told.ended_at
    sha256 = digest(video)
    return Clip(
        clip_id=begun.clip_id,
        doorbell_id=begun.doorbell_id,
        event_id=told.event_id if told else begun.event_id,
        part=told.part if told else begun.part,
        event=told.event if told else begun.event,
        started_at=started_at,
        ended_at=ended_at,
        timezone=begun.timezone,
        path=video,
        size=video.stat().st_size,
        sha256=sha256,
        video_codec=facts.video_codec,
        audio_codec=facts.audio_codec,
        width=facts.width,
        height=facts.height,
        frames=facts.frames,
        gaps=tuple(gap for gap in told.gaps if gap[0] < ended_at) if told else (),
        protected=False,
        # Unless these are the bytes of its close.
        recovered=told is None or told.sha256 != sha256,
        state=ClipState.SAVED,
        video_profile=facts.video_profile,
        pixel_format=facts.pixel_format,
        fetched_from=begun.fetched_from or (told.fetched_from if told else None),
        also=told.also if told else begun.also,
        labels=told.labels if told else begun.labels,
    )


def _read_sidecar(file: Path, begun: UnfinishedClip) -> Clip | None:
    """Return what was noted beside a file at the end of this clip."""
    noted = sidecar.read(file)
    return noted if noted is not None and noted.clip_id == begun.clip_id else None


def _closed(files: LibraryFiles, begun: UnfinishedClip, video: Path) -> Clip | None:
    """Return a clip that was closed and lacks but its row, as it was at its close."""
    thumbnail = files.thumbnail(begun.path)
    if not is_there(video) or not is_there(thumbnail):
        return None
    clip = sidecar.read(video)
    if clip is None or not sidecar.describes(clip, begun.clip_id, video.stat().st_size):
        return None
    return replace(clip, path=video)


def _frames(part: Path) -> int | None:
    """Count the pictures of a part."""
    facts = read_facts(part)
    return facts.frames if facts else None


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

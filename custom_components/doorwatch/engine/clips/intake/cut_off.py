"""Complete clips whose recording was interrupted."""

from collections.abc import Callable
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
from ..model import THUMBNAIL_SUFFIX, Clip
from ..video.media import MediaFacts, first_picture, is_whole, read_facts, remux
from . import saving
from .underway import PendingClip


def settle(
    left: PendingClip, files: LibraryFiles, index: Index, present: Callable[[], None]
) -> Clip | None:
    """Complete a clip from the existing file, or remove it. Blocking.

    `present` raises `LibraryError` when the library folder is missing: a missing part
    counts as deleted only if the folder is there. Also raises `OSError`,
    `sqlite3.Error` and `av.FFmpegError`.
    """
    begun = left.begun
    video, part = files.video(begun.path), files.part(begun.path)

    def save(clip: Clip) -> None:
        index.save(begun, clip, clip.thumbnail.stat().st_size).result()

    present()
    if not is_there(part):
        if (clip := _closed(begun, video)) is not None:
            save(clip)
            return clip
        facts = read_facts(video) if is_there(video) else None
    else:
        # Read the whole part, so that a disk error is not mistaken for the end of the
        # clip.
        digest(part)
        if finished := left.finished:
            whole = read_facts(part)
            if whole and whole.frames == finished.frames:
                return saving.finish(files, begun, finished, lambda clip, _: save(clip))
        if (facts := _make_whole(part)) is not None:
            sync_file(part)
            files.move(part, video)
    if facts is None:
        present()
        files.remove(begun.path)
        index.forget([begun.clip_id]).result()
        return None
    thumbnail = video.with_suffix(THUMBNAIL_SUFFIX)
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
    """Combine the facts of the file with the recorder's data, if there are any."""
    begun = left.begun
    told: Clip | None
    if left.finished is not None:
        told = saving.told_of(files, begun, left.finished)
    else:
        part = files.part(begun.path)
        told = _read_sidecar(part, begun) or _read_sidecar(video, begun)
    known = told or begun
    ended_at = known.started_at + timedelta(seconds=facts.duration)
    if told and facts.frames == told.frames:
        ended_at = told.ended_at
    sha256 = digest(video)
    return Clip(
        clip_id=begun.clip_id,
        doorbell_id=begun.doorbell_id,
        event_id=known.event_id,
        part=known.part,
        event=known.event,
        started_at=known.started_at,
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
        # The file is unchanged if it has the digest of the finished clip.
        recovered=told is None or told.sha256 != sha256,
        video_profile=facts.video_profile,
        pixel_format=facts.pixel_format,
        fetched_from=begun.fetched_from or (told.fetched_from if told else None),
        also=known.also,
        labels=known.labels,
    )


def _read_sidecar(file: Path, begun: UnfinishedClip) -> Clip | None:
    """Return the facts beside a file if they belong to this clip."""
    noted = sidecar.read(file)
    return noted if noted is not None and noted.clip_id == begun.clip_id else None


def _closed(begun: UnfinishedClip, video: Path) -> Clip | None:
    """Return a finished clip that only lacks its row, from its facts."""
    if not is_there(video) or not is_there(video.with_suffix(THUMBNAIL_SUFFIX)):
        return None
    clip = sidecar.read(video)
    if clip is None or not sidecar.describes(clip, begun.clip_id, video.stat().st_size):
        return None
    return clip


def _make_whole(part: Path) -> MediaFacts | None:
    """Convert a truncated part into a complete MP4 with the same name."""
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

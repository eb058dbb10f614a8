"""Save finished clips, on the recorders' threads."""

from collections.abc import Callable
import contextlib
from dataclasses import replace

from ...doorbells.base import kinds_of
from ...recording.model import ClipStart, FinishedClip
from ..files.names import LibraryFiles, digest, relative_path, sync_file
from ..index import sidecar
from ..index.rows import UnfinishedClip
from ..model import Clip

# Adds a clip to the index; called with the clip and the size of its thumbnail.
type Enlist = Callable[[Clip, int], None]


def begun_of(doorbell_id: str, start: ClipStart, timezone: str) -> UnfinishedClip:
    """Return the facts of a clip at its start."""
    event, *also = kinds_of(start.events)
    return UnfinishedClip(
        clip_id=start.clip_id,
        doorbell_id=doorbell_id,
        event_id=start.event_id,
        part=start.part,
        event=event,
        started_at=start.started_at,
        timezone=timezone,
        path=str(relative_path(doorbell_id, start.clip_id, start.started_at, timezone)),
        fetched_from=start.fetched_from,
        also=tuple(also),
        labels=start.labels,
    )


def told_of(files: LibraryFiles, begun: UnfinishedClip, finished: FinishedClip) -> Clip:
    """Return a clip from the recorder's data, without size and digest of the file."""
    event, *also = kinds_of(finished.events)
    return Clip(
        clip_id=finished.clip_id,
        doorbell_id=begun.doorbell_id,
        event_id=finished.event_id,
        part=finished.part,
        event=event,
        started_at=finished.started_at,
        ended_at=finished.ended_at,
        timezone=begun.timezone,
        path=files.video(begun.path),
        size=0,
        sha256="",
        video_codec=finished.video_codec,
        audio_codec=finished.audio_codec,
        width=finished.width,
        height=finished.height,
        frames=finished.frames,
        gaps=finished.gaps,
        video_profile=finished.video_profile,
        pixel_format=finished.pixel_format,
        fetched_from=begun.fetched_from,
        also=tuple(also),
        labels=finished.labels,
        happened=finished.events,
    )


def finish(
    files: LibraryFiles, begun: UnfinishedClip, finished: FinishedClip, enlist: Enlist
) -> Clip:
    """Compute the digest, write facts and thumbnail, move the files, add the row.

    Raises `OSError` and the errors of `enlist`; `settle` can complete the clip then.
    """
    clip = told_of(files, begun, finished)
    # Saves the events and gaps in case a later step fails. If this write fails, the
    # later ones fail too, or it is not needed.
    with contextlib.suppress(OSError):
        sidecar.write(clip, finished.path)
    sync_file(finished.path)
    clip = replace(
        clip, size=finished.path.stat().st_size, sha256=digest(finished.path)
    )
    files.write(clip.thumbnail, finished.thumbnail)
    sidecar.write(clip, finished.path)
    sidecar.beside(finished.path).replace(sidecar.beside(clip.path))
    # Syncs the names of all three files to disk.
    files.move(finished.path, clip.path)
    enlist(clip, len(finished.thumbnail))
    return clip

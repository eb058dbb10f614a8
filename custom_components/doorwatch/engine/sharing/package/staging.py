"""Make the exact file that would be sent."""

from datetime import timedelta
from fractions import Fraction
import math
from pathlib import Path
import secrets

from ...clips.background import Progress
from ...clips.files.names import digest
from ...clips.model import Clip
from ...clips.video.redact import FrameRange, find_frames, redact
from ...clips.video.redaction import RedactError, check_redactions
from ...clips.video.trim import Cut, copy_cut, find_cut
from ..errors import SharingError
from ..files import part_of, private_folder, sync_rename
from ..model import Edits, StagedFile


def check_edits(edits: Edits) -> None:
    """Raise `SharingError` for areas that cannot be covered as they are."""
    try:
        check_redactions(edits.redact)
    except RedactError as err:
        raise SharingError(err.problem, **err.placeholders) from err


def stage(
    clip: Clip,
    edits: Edits,
    folder: Path,
    progress: Progress = lambda _done: None,
) -> StagedFile:
    """Write the file into `folder` (mode 0700, made when missing).

    Blocking; run on a thread. Re-hashes the stored clip: `SharingError("clip_changed")`
    when it differs from its digest at close, or is gone. The untouched file when there
    is nothing to leave out; else a stream copy, beginning at the first keyframe at or
    after `start` (never earlier than the person chose) and ending with the last frame
    at or before `end`, without sound unless `audio`, without metadata. A clip that was
    fetched is always copied: its maker may have put more into the file than players
    show, such as other tracks, a name, a position. `SharingError("nothing_left")` when no frame remains, `disk_full`;
    `LibraryError("sound_impossible")` for sound that cannot be copied.

    With areas to cover, every picture is made anew, and the cut is exact to the frame.
    That takes a while: `progress` is told after each picture, and what it raises ends
    the work and leaves nothing. `redact_impossible` when it cannot be done here.
    """
    check_edits(edits)
    private_folder(folder)
    target = folder / f"{secrets.token_hex(16)}.mp4"
    keep_audio = edits.audio and clip.audio_codec is not None
    if edits.redact:
        return _redacted(clip, edits, target, keep_audio, progress)
    all_stays = clip.fetched_from is None and (keep_audio or clip.audio_codec is None)
    if all_stays and not _cuts(edits):
        return _untouched(clip, target)
    _check_digest(clip, clip.path)
    if (cut := find_cut(clip.path, edits.start, edits.end)) is None:
        raise SharingError("nothing_left")
    if cut.whole and all_stays:
        return _untouched(clip, target)
    with part_of(target) as part:
        copy_cut(clip.path, part, cut, audio=keep_audio)
        part.chmod(0o600)
        sync_rename(part, target)
    return _derived(clip, target, cut, audio=keep_audio)


def _redacted(
    clip: Clip, edits: Edits, target: Path, audio: bool, progress: Progress
) -> StagedFile:
    """Make a copy with areas painted over."""
    _check_digest(clip, clip.path)
    if (span := find_frames(clip.path, edits.start, edits.end)) is None:
        raise SharingError("nothing_left")
    with part_of(target) as part:
        try:
            sound = redact(
                clip.path, part, span, edits.redact, audio=audio, progress=progress
            )
        except RedactError as err:
            raise SharingError(err.problem, **err.placeholders) from err
        part.chmod(0o600)
        sync_rename(part, target)
    return _derived(clip, target, span, audio=sound, reencoded=True)


def _derived(
    clip: Clip,
    target: Path,
    kept: Cut | FrameRange,
    *,
    audio: bool,
    reencoded: bool = False,
) -> StagedFile:
    """Describe a copy, by what is kept of the clip."""
    return StagedFile(
        path=target,
        sha256=digest(target),
        size=target.stat().st_size,
        derived=True,
        started_at=clip.started_at + _delta(kept.begin - kept.origin),
        ended_at=clip.started_at + _delta(kept.end - kept.origin),
        audio=audio,
        reencoded=reencoded,
    )


def _cuts(edits: Edits) -> bool:
    for edge in (edits.start, edits.end):
        if edge is not None and not math.isfinite(edge):
            raise SharingError("nothing_left")
    return bool(edits.start and edits.start > 0) or edits.end is not None


def _delta(seconds: Fraction) -> timedelta:
    return timedelta(microseconds=round(seconds * 1_000_000))


def _check_digest(clip: Clip, path: Path) -> None:
    try:
        found = digest(path)
    except OSError as err:
        raise SharingError("clip_changed") from err
    if found != clip.sha256:
        raise SharingError("clip_changed")


def _untouched(clip: Clip, target: Path) -> StagedFile:
    """Copy byte for byte (sharing the blocks where the file system can), then hash."""
    with part_of(target) as part:
        if not clip.path.is_file():
            raise SharingError("clip_changed")
        clip.path.copy(part)
        part.chmod(0o600)
        _check_digest(clip, part)
        sync_rename(part, target)
    return StagedFile(
        path=target,
        sha256=clip.sha256,
        size=target.stat().st_size,
        derived=False,
        started_at=clip.started_at,
        ended_at=clip.ended_at,
        audio=clip.audio_codec is not None,
    )

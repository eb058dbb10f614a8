"""Create the exact file to send."""

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
    """Raise `SharingError` for redactions that are invalid."""
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
    """Write the file to send into `folder` (mode 0700, created if missing).

    Blocking; run it on a thread. Hashes the stored clip and raises
    `SharingError("clip_changed")` if it is missing or differs from the digest of the
    finished clip. Without edits, the file is identical to the clip. Otherwise it is a
    stream copy from the first keyframe at or after `start` to the last frame at or
    before `end`, without metadata, and without audio unless `audio`. A fetched clip is
    always copied, because its file may have content that players do not show, such as
    other tracks, a name or a position. Raises `SharingError("nothing_left")` if no
    frame remains, `disk_full`, and `LibraryError("sound_impossible")` for audio that
    cannot be copied.

    With redactions, every frame is encoded again and the cut is exact to the frame.
    `progress` is called after each frame; an exception from it cancels the work and
    leaves no file. Raises `redact_impossible` if the clip cannot be redacted.
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
    """Write a copy with areas painted over."""
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
    """Describe a copy by the part of the clip that it has."""
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
    """Copy the clip (sharing blocks if the file system can), then check its digest."""
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

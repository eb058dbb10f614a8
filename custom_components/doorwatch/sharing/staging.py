"""Make the exact file that would be sent."""

from datetime import timedelta
from fractions import Fraction
import math
from pathlib import Path
import secrets

from ..clips.model import Clip
from ..clips.trim import copy_cut, find_cut
from .errors import SharingError
from .files import part_of, private_folder, sha256_file, sync_rename
from .model import Edits, StagedFile


def stage(clip: Clip, edits: Edits, folder: Path) -> StagedFile:
    """Write the file into `folder` (mode 0700, made when missing).

    Blocking; run on a thread. Re-hashes the stored clip: `SharingError("clip_changed")`
    when it differs from its digest at close, or is gone. The untouched file when there
    is nothing to leave out; else a stream copy, beginning at the first keyframe at or
    after `start` (never earlier than the person chose) and ending with the last frame
    at or before `end`, without sound unless `audio`, without metadata.
    `SharingError("nothing_left")` when no frame remains, `disk_full`.
    """
    private_folder(folder)
    target = folder / f"{secrets.token_hex(16)}.mp4"
    keep_audio = edits.audio and clip.audio_codec is not None
    if not _cuts(edits) and (keep_audio or clip.audio_codec is None):
        return _untouched(clip, target)
    _check_digest(clip, clip.path)
    if (cut := find_cut(clip.path, edits.start, edits.end)) is None:
        raise SharingError("nothing_left")
    if cut.whole and (keep_audio or clip.audio_codec is None):
        return _untouched(clip, target)
    with part_of(target) as part:
        copy_cut(clip.path, part, cut, audio=keep_audio)
        part.chmod(0o600)
        sync_rename(part, target)
    return StagedFile(
        path=target,
        sha256=sha256_file(target),
        size=target.stat().st_size,
        derived=True,
        started_at=clip.started_at + _delta(cut.begin - cut.origin),
        ended_at=clip.started_at + _delta(cut.end - cut.origin),
        audio=keep_audio,
    )


def clear(folder: Path) -> int:
    """Remove what an earlier run left in the staging folder; returns how many files."""
    if not folder.is_dir():
        return 0
    left = [path for path in folder.iterdir() if path.is_file() or path.is_symlink()]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _cuts(edits: Edits) -> bool:
    for edge in (edits.start, edits.end):
        if edge is not None and not math.isfinite(edge):
            raise SharingError("nothing_left")
    return bool(edits.start and edits.start > 0) or edits.end is not None


def _delta(seconds: Fraction) -> timedelta:
    return timedelta(microseconds=round(seconds * 1_000_000))


def _check_digest(clip: Clip, path: Path) -> None:
    try:
        found = sha256_file(path)
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

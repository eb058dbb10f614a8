"""Make the exact file that would be sent."""

from pathlib import Path

from ..clips.model import Clip
from .model import Edits, StagedFile


def stage(clip: Clip, edits: Edits, folder: Path) -> StagedFile:
    """Write the file into `folder` (mode 0700, made when missing). Blocking; run on a thread.

    Re-hashes the stored clip first: `SharingError("clip_changed")` when it differs from its digest at close.
    The untouched file when there is nothing to leave out; else a stream copy, beginning at the first keyframe at or
    after `start` (never earlier than the person chose), without sound unless `audio`, without metadata.
    `SharingError("nothing_left")` when no frame remains.
    """
    raise NotImplementedError

"""The digest of every clip stands in the ledger, also after a crash came in between."""

from collections.abc import Mapping
from typing import Final

from ..clips.library import Library
from ..clips.model import Clip
from .ledger import Ledger

# Lines that hold the digest of a clip as it was when it was closed.
KINDS: Final = frozenset({"recorded", "recovered"})


def recorded(clip: Clip) -> Mapping[str, object]:
    """Return what the ledger says of a clip that was recorded."""
    return {
        "clip_id": clip.clip_id,
        "doorbell_id": clip.doorbell_id,
        "sha256": clip.sha256,
        "size": clip.size,
        "started_at": clip.started_at.isoformat(),
        "ended_at": clip.ended_at.isoformat(),
    }


async def note_missing(ledger: Ledger, library: Library) -> int:
    """Give each saved clip that the ledger does not know a line, and say how many.

    A clip is listed before its line is written, and a crash or a full disk can come in
    between. Such a line is flagged `late`: the digest is the one of the close, but
    nothing vouches that it did not change until now. Call it before anything records.
    """
    missing = await library.without(await ledger.clips(KINDS))
    if missing:
        await ledger.append_all(
            "recorded", [{**recorded(clip), "late": True} for clip in missing]
        )
    return len(missing)

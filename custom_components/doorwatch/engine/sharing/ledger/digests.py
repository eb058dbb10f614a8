"""Record the digest of every clip in the ledger, also after a crash."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from ...clips.library import Library
from ...clips.model import Clip, KnownClip
from .ledger import Ledger, LedgerLine

# Kinds of lines with the digest of a finished clip.
KINDS: Final = frozenset({"recorded", "recovered"})
# More clips than a home deletes in a day.
_MOST_IN_BIN: Final = 100_000
# Missing lines that are written at once, which takes about 15 ms.
_AT_ONCE: Final = 500


def recorded(clip: Clip) -> Mapping[str, object]:
    """Return the data of a ledger line about a recorded clip."""
    return {
        "clip_id": clip.clip_id,
        "doorbell_id": clip.doorbell_id,
        "sha256": clip.sha256,
        "size": clip.size,
        "started_at": clip.started_at.isoformat(),
        "ended_at": clip.ended_at.isoformat(),
        **origin(clip),
    }


def moved(clip: Clip) -> Mapping[str, object]:
    """Return the data of a ledger line about a deleted or restored clip."""
    return {
        "clip_id": clip.clip_id,
        "doorbell_id": clip.doorbell_id,
        "sha256": clip.sha256,
    }


def origin(clip: Clip) -> Mapping[str, object]:
    """Return the origin of a clip for the ledger, if it was fetched."""
    return {} if clip.fetched_from is None else {"fetched_from": clip.fetched_from}


async def line_of_digest(ledger: Ledger, clip: Clip) -> LedgerLine | None:
    """Find the line with the clip's digest, otherwise one with another digest."""
    lines = [await ledger.of_clip(kind, clip.clip_id) for kind in sorted(KINDS)]
    held = [line for line in lines if line and isinstance(line.data.get("sha256"), str)]
    held.sort(key=lambda line: line.data["sha256"] != clip.sha256)
    return held[0] if held else None


async def time_before(ledger: Ledger, clip: Clip) -> datetime | None:
    """Return the start of a clip before a person corrected it, or None if not."""
    line = await ledger.of_clip("time_corrected", clip.clip_id)
    # The line is written before the correction, which may have failed.
    if line is None or _moment(line.data.get("corrected_to")) != clip.started_at:
        return None
    return _moment(line.data.get("started_at"))


async def closed_clips(ledger: Ledger) -> Mapping[str, KnownClip]:
    """Return the ledger's data about finished clips, by ID."""
    return await asyncio.to_thread(_closed, await ledger.clip_lines(KINDS))


def _closed(lines: Iterable[Mapping[str, object]]) -> dict[str, KnownClip]:
    found: dict[str, KnownClip] = {}
    for line in lines:
        clip_id, doorbell_id = line.get("clip_id"), line.get("doorbell_id")
        sha256, fetched_from = line.get("sha256"), line.get("fetched_from")
        # A recovered clip without content has no digest.
        if clip_id in found or not isinstance(sha256, str):
            continue
        found[str(clip_id)] = KnownClip(
            doorbell_id=str(doorbell_id),
            sha256=sha256,
            started_at=_moment(line.get("started_at")),
            ended_at=_moment(line.get("ended_at")),
            fetched_from=fetched_from if isinstance(fetched_from, str) else None,
        )
    return found


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


async def note_missing(ledger: Ledger, library: Library, before: datetime) -> int:
    """Add a line for each saved clip without one, and return how many.

    A clip is listed before its line is written; a crash or a full disk can come in
    between. The line is flagged `late`: it has the digest of the finished clip, but
    cannot prove that the clip was unchanged until now. Only for clips that began before
    a time, because the lines of newer clips may still be in progress.
    """
    missing = await library.without(await ledger.clips(KINDS), before)
    noted = 0
    # Reading all clips at once would make a long garbage collection.
    for begin in range(0, len(missing), _AT_ONCE):
        ids = missing[begin : begin + _AT_ONCE]
        clips = [await library.get(clip_id) for clip_id in ids]
        lines: list[Mapping[str, object]] = [
            {**recorded(clip), "late": True} for clip in clips if clip is not None
        ]
        await ledger.append_all("recorded", lines)
        noted += len(lines)
    return noted


async def note_owed(ledger: Ledger, library: Library) -> Mapping[str, Sequence[Clip]]:
    """Add missing lines about deletions and restorations; return their clips by kind.

    Clips are deleted and restored even if the ledger fails; only a share needs its line
    first. The lines are flagged `late` and do not name a person. No clip may be deleted
    or restored meanwhile.
    """
    deleted, restored = [
        Counter(str(line["clip_id"]) for line in await ledger.clip_lines({kind}))
        for kind in ("deleted", "restored_clip")
    ]
    in_bin = await library.deleted(None, limit=_MOST_IN_BIN)
    gone = {clip.clip_id for clip in in_bin} | await ledger.clips({"expired"})
    back = [
        await library.get(clip_id)
        for clip_id, times in deleted.items()
        if times > restored[clip_id] and clip_id not in gone
    ]
    owed = {
        "deleted": [c for c in in_bin if deleted[c.clip_id] <= restored[c.clip_id]],
        "restored_clip": [clip for clip in back if clip is not None],
    }
    for kind, clips in owed.items():
        if clips:
            await ledger.append_all(
                kind, [{**moved(clip), "late": True} for clip in clips]
            )
    return owed

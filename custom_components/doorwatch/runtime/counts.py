"""Count the clips of one doorbell."""

from dataclasses import replace
from typing import Any

from ..engine.clips.library import Library
from ..engine.clips.model import ClipQuery
from ..engine.doorbells.base import Label
from ..household.future_clips import without_future
from .days import day_begins


async def async_counts(library: Library, doorbell_id: str) -> dict[str, Any]:
    """Return the fields of `DoorbellState` about clips.

    Raises `LibraryError` and `sqlite3.Error`.
    """
    today = day_begins()
    newest = without_future(ClipQuery())
    clips = await library.list([doorbell_id], newest, limit=1)
    labelled = {
        label.value: await library.list(
            [doorbell_id],
            replace(newest, labels=frozenset({label.value})),
            limit=1,
        )
        for label in Label
    }
    count = await library.count(doorbell_id, today)
    usage = await library.usage(doorbell_id)
    return {
        "last_clip": clips[0] if clips else None,
        "labelled": {
            label: found[0].ended_at for label, found in labelled.items() if found
        },
        "clips_today": count,
        "storage_used": usage.bytes,
    }

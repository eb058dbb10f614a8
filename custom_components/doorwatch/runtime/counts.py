"""What there is of the clips of one doorbell."""

from datetime import timedelta
from typing import Any, Final

from homeassistant.util import dt as dt_util

from ..engine.clips.library import Library
from ..engine.clips.model import ClipQuery
from ..engine.doorbells.base import Label
from .days import day_begins

# A camera says when a fetched clip began.
CLOCKS_DIFFER: Final = timedelta(minutes=1)


async def async_counts(library: Library, doorbell_id: str) -> dict[str, Any]:
    """Return the fields of `DoorbellState` that tell of clips.

    Raises `LibraryError` and `sqlite3.Error`.
    """
    today = day_begins()
    # Of before the clock was put right, a clip may lie ahead; it is not the newest.
    now = dt_util.utcnow() + CLOCKS_DIFFER
    clips = await library.list([doorbell_id], ClipQuery(before=now), limit=1)
    labelled = {
        label.value: await library.list(
            [doorbell_id],
            ClipQuery(before=now, labels=frozenset({label.value})),
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

"""Correct the times of clips that were recorded while the clock was ahead."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util

from ..data import EngineData
from ..engine.clips.model import Clip
from ..engine.sharing.ledger.digests import moved
from ..engine.sharing.ledger.ledger import Ledger
from ..signals import SIGNAL_CLIP_CHANGED
from .clips import by_whom, personal_of

# Number of ledger lines that are searched for one with a correct time.
_MOST_LINES = 1000


async def async_possible_times(
    ledger: Ledger, clip: Clip
) -> tuple[datetime | None, datetime]:
    """Return the earliest and latest possible time of a clip with a future date.

    The times come from the nearest ledger lines before and after it that were written
    with a correct clock. The earliest is None if there is no such line before it.
    """
    now = dt_util.utcnow()
    line = await ledger.of_clip("recorded", clip.clip_id)
    if line is None:
        return None, now
    before = await ledger.lines(
        after=max(line.seq - 1 - _MOST_LINES, 0), limit=min(line.seq - 1, _MOST_LINES)
    )
    after = await ledger.lines(after=line.seq, limit=_MOST_LINES)
    earliest = next((each.at for each in reversed(before) if each.at <= now), None)
    return earliest, next((each.at for each in after if each.at <= now), now)


async def async_correct_times(
    hass: HomeAssistant,
    data: EngineData,
    user: User | None,
    clips: Iterable[Clip],
    by: timedelta,
) -> None:
    """Move clips in time, each after a ledger line was written.

    Raises `LibraryError` and `SharingError`; earlier clips stay corrected.
    """
    for clip in clips:
        async with data.clip_lock:
            current = await data.library.get(clip.clip_id)
            if current is None or current.started_at != clip.started_at:
                continue  # deleted or corrected meanwhile
            await data.ledger.append(
                "time_corrected",
                {
                    **moved(clip),
                    "started_at": clip.started_at.isoformat(),
                    "corrected_to": (clip.started_at + by).isoformat(),
                    "by": by_whom(user),
                },
                personal=personal_of(user),
            )
            corrected = await data.library.move_in_time(clip.clip_id, by)
        async_dispatcher_send(hass, SIGNAL_CLIP_CHANGED, corrected)

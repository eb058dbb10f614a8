"""Clips whose time is in the future: the clock was ahead when they were recorded."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
import logging
import sqlite3
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util

from ..engine.clips.errors import LibraryError
from ..engine.clips.library import Library
from ..engine.clips.model import Clip, ClipQuery
from ..issues import FUTURE_CLIPS
from ..signals import SIGNAL_CLIP_CHANGED

_LOGGER = logging.getLogger(__name__)

# A camera says when a fetched clip began.
CLOCKS_DIFFER: Final = timedelta(minutes=1)
# More than a home records before somebody notices the clock.
_MOST: Final = 10_000


@callback
def is_future(moment: datetime) -> bool:
    """Whether a time is in the future by more than clocks differ."""
    return moment > dt_util.utcnow() + CLOCKS_DIFFER


@callback
def without_future(query: ClipQuery) -> ClipQuery:
    """Leave out clips of the future, unless the query names such a time itself."""
    if query.before is not None or query.days:
        return query
    limit = dt_util.utcnow() + CLOCKS_DIFFER
    if query.after is not None and query.after >= limit:
        return query
    return replace(query, before=limit)


class FutureClips:
    """Tells of the clips of the future, as long as there are any."""

    def __init__(self, hass: HomeAssistant, library: Library) -> None:
        """Know of none."""
        self._hass = hass
        self._library = library
        self._known: frozenset[str] = frozenset()

    async def async_find(self) -> list[Clip]:
        """Return them, newest first. Raises `LibraryError` and `sqlite3.Error`."""
        query = ClipQuery(after=dt_util.utcnow() + CLOCKS_DIFFER)
        doorbell_ids = await self._library.doorbell_ids()
        return [*await self._library.list(doorbell_ids, query, limit=_MOST)]

    async def async_look(self) -> None:
        """Show or end the issue; have what shows the newest clip look again."""
        try:
            clips = await self.async_find()
        except (LibraryError, sqlite3.Error) as err:
            _LOGGER.debug("Clips of the future cannot be looked for now: %s", err)
            return
        found = frozenset(clip.clip_id for clip in clips)
        if not clips:
            FUTURE_CLIPS.end(self._hass)
        elif found != self._known:
            FUTURE_CLIPS.show(
                self._hass,
                placeholders=told(clips),
            )
        new = {
            clip.doorbell_id: clip for clip in clips if clip.clip_id not in self._known
        }
        self._known = found
        for clip in new.values():
            async_dispatcher_send(self._hass, SIGNAL_CLIP_CHANGED, clip)


@callback
def told(clips: Sequence[Clip]) -> dict[str, str]:
    """Return what a form says of them, newest first."""
    return {
        "clips": str(len(clips)),
        "first": local_time(clips[-1].started_at),
        "last": local_time(clips[0].started_at),
    }


@callback
def local_time(moment: datetime) -> str:
    """Return a time at home, for a form."""
    return f"{dt_util.as_local(moment):%Y-%m-%d %H:%M}"

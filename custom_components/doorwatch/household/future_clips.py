"""Find clips with times in the future, recorded while the clock was ahead."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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

# Allows for the camera's clock, which determines when a fetched clip began.
CLOCKS_DIFFER: Final = timedelta(minutes=1)
# More than a home records before somebody notices the clock.
_MOST: Final = 10_000


@callback
def is_future(moment: datetime) -> bool:
    """Return whether a time is further in the future than clocks differ."""
    return moment > dt_util.utcnow() + CLOCKS_DIFFER


@callback
def without_future(query: ClipQuery) -> ClipQuery:
    """Exclude future clips, unless the query asks for such a time."""
    if query.before is not None or query.days:
        return query
    limit = dt_util.utcnow() + CLOCKS_DIFFER
    if query.after is not None and query.after >= limit:
        return query
    return replace(query, before=limit)


@dataclass(eq=False, repr=False)
class FutureClips:
    """Report future clips as long as there are any."""

    _hass: HomeAssistant
    _library: Library
    _known: frozenset[str] = frozenset()

    async def async_find(self) -> list[Clip]:
        """Return the clips, newest first; raises `LibraryError` and `sqlite3.Error`."""
        query = ClipQuery(after=dt_util.utcnow() + CLOCKS_DIFFER)
        doorbell_ids = await self._library.doorbell_ids()
        return [*await self._library.list(doorbell_ids, query, limit=_MOST)]

    async def async_look(self) -> None:
        """Show or end the issue, and update views of the newest clip."""
        try:
            clips = await self.async_find()
        except (LibraryError, sqlite3.Error) as err:
            _LOGGER.debug("Future clips can't be listed: %s", err)
            return
        found = frozenset(clip.clip_id for clip in clips)
        if not clips:
            FUTURE_CLIPS.end(self._hass)
        elif found != self._known:
            FUTURE_CLIPS.show(self._hass, placeholders=told(clips))
        new = {
            clip.doorbell_id: clip for clip in clips if clip.clip_id not in self._known
        }
        self._known = found
        for clip in new.values():
            async_dispatcher_send(self._hass, SIGNAL_CLIP_CHANGED, clip)


@callback
def told(clips: Sequence[Clip]) -> dict[str, str]:
    """Return the placeholders of a form about clips, which are sorted newest first."""
    return {
        "clips": str(len(clips)),
        "first": local_time(clips[-1].started_at),
        "last": local_time(clips[0].started_at),
    }


@callback
def local_time(moment: datetime) -> str:
    """Format a time for a form, in local time."""
    return f"{dt_util.as_local(moment):%Y-%m-%d %H:%M}"

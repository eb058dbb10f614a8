"""Decide which clips match a request, by the doorbell's position and the time."""

from collections.abc import Collection
from itertools import chain
from typing import Final

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant, callback

from ..access.permissions import visible_doorbells
from ..engine.clips.library import Library
from ..engine.clips.model import Clip
from ..engine.sharing.errors import SharingError
from ..engine.sharing.requests.feed import Request
from ..engine.sharing.requests.match import Door, Matcher, best_first, day_span, days_of
from ..registry import doorbell_ids
from .concerns import Concern
from .positions import positions, radius

MOST_NAMED: Final = 50  # clip IDs in an event


@callback
def fits(hass: HomeAssistant, clip: Clip, request: Request) -> bool:
    """Return whether a clip matches a request; clips of removed doorbells match none."""
    at = positions(hass).get(clip.doorbell_id)
    if at is None or not request.overlaps(clip.started_at, clip.ended_at):
        return False
    door = Door(clip.doorbell_id, at.longitude, at.latitude)
    return bool(Matcher([door], radius(hass)).covering(request))


async def async_matching(
    hass: HomeAssistant,
    library: Library,
    concern: Concern,
    doorbells: Collection[str],
) -> list[str]:
    """Return the clips of these doorbells that match an open request, best first.

    Raises `LibraryError`.
    """
    if not concern.is_open or not isinstance(concern.item, Request):
        return []
    marks = [
        await library.marks(doorbells, *day_span(day))
        for day in days_of([concern.item])
    ]
    # On a thread, as a camera may have recorded thousands of clips that day.
    found = await hass.async_add_executor_job(
        best_first, chain.from_iterable(marks), concern.item
    )
    return [mark.clip_id for mark in found]


async def async_clips_for(
    hass: HomeAssistant, library: Library, concern: Concern | None, user: User | None
) -> frozenset[str]:
    """Return the matching clips of the doorbells that the caller may see.

    Raises `SharingError("request_unknown")` if the request includes none of them.
    """
    seen = doorbell_ids(hass) if user is None else visible_doorbells(hass, user)
    if concern is None or not (there := concern.doorbells.intersection(seen)):
        raise SharingError("request_unknown")
    return frozenset(await async_matching(hass, library, concern, there))

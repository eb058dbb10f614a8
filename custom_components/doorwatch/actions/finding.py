"""Find clips, and calculate the statistics of a day."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util

from ..access.permissions import visible_doorbells
from ..access.visible_shares import VisibleShares
from ..data import EngineData
from ..engine.clips.library import Library
from ..engine.clips.model import Clip, ClipQuery, Mark
from ..engine.doorbells.base import EventKind, Label
from ..engine.sharing.errors import SharingError
from ..engine.sharing.model import Outcome, ShareState
from ..engine.sharing.outbox.outbox import Outbox
from ..household.future_clips import without_future
from ..registry import doorbell_ids
from ..targets import doorbells_of
from .clips import caller_may_view

# More shares than a home ever makes.
_MOST_SHARES: Final = 100_000
# Resolution of the stored times.
_INSTANT: Final = timedelta(microseconds=1)


@callback
def doorbells_meant(
    hass: HomeAssistant, user: User | None, target: ConfigType
) -> list[str]:
    """Return the targeted doorbells that the caller may see.

    An empty target means all of them. Raises `SharingError("no_doorbell")` if the
    target includes no visible doorbell.
    """
    seen = doorbell_ids(hass) if user is None else visible_doorbells(hass, user)
    if not target:
        return seen
    meant = doorbells_of(hass, target)
    if found := [one for one in seen if one in meant]:
        return found
    raise SharingError("no_doorbell")


async def async_find(
    hass: HomeAssistant,
    data: EngineData,
    visible_shares: VisibleShares,
    user: User | None,
    target: ConfigType,
    query: ClipQuery,
    *,
    begin: datetime | None,
    shared: bool | None,
    limit: int,
) -> tuple[list[Clip], bool]:
    """Return the newest clips and whether there are more; `begin` is inclusive."""
    doorbells = doorbells_meant(hass, user, target)
    if begin is not None:
        query = replace(query, after=begin - _INSTANT)
    query = without_future(query)
    if shared is not None:
        ids = await async_shared_clips(data.outbox, visible_shares, user)
        if shared and query.among is not None:
            ids &= query.among
        query = replace(query, among=ids) if shared else replace(query, but=ids)
    found = await data.library.list(doorbells, query, limit=limit + 1)
    # Check again, because permissions may have changed during the query.
    clips = [
        clip for clip in found[:limit] if caller_may_view(hass, user, clip.doorbell_id)
    ]
    return clips, len(found) > limit


async def async_shared_clips(
    outbox: Outbox, visible_shares: VisibleShares, user: User | None
) -> frozenset[str]:
    """Return the IDs of clips with shares that the caller may see."""
    return frozenset(
        share.clip_id
        for share in await outbox.list(_MOST_SHARES)
        if (user is None or visible_shares.may_see(user, share))
        # A share that was canceled in time left no trace.
        and (share.state, share.outcome) != (ShareState.CANCELLED, Outcome.NOTHING)
    )


async def async_day(
    hass: HomeAssistant,
    library: Library,
    user: User | None,
    target: ConfigType,
    day: date,
) -> dict[str, Any]:
    """Count the clips, rings and labels of a local day, in total and by hour."""
    doorbells = doorbells_meant(hass, user, target)
    begin, end = (
        dt_util.as_utc(dt_util.start_of_local_day(one))
        for one in (day, day + timedelta(days=1))
    )
    marks = [
        mark
        for mark in await library.marks(doorbells, begin, end)
        if caller_may_view(hass, user, mark.doorbell_id)
    ]
    hours: dict[datetime, list[Mark]] = {}
    for mark in marks:
        local = dt_util.as_local(mark.started_at)
        hour = local.replace(minute=0, second=0, microsecond=0)
        # Group by UTC, so that a repeated local hour gives two entries.
        hours.setdefault(dt_util.as_utc(hour), []).append(mark)
    return {
        "day": day.isoformat(),
        **_figures(marks),
        "hours": [
            {"begins": hour.isoformat(), "hour": hour.hour, **_figures(held)}
            for hour, held in (
                (dt_util.as_local(begins), held) for begins, held in hours.items()
            )
        ],
    }


def _figures(marks: Iterable[Mark]) -> dict[str, Any]:
    """Count the clips, the clips with a ring, and the clips per label."""
    clips = rings = 0
    labels: Counter[str] = Counter()
    for mark in marks:
        clips += 1
        rings += EventKind.RING in mark.kinds
        labels.update(mark.labels)
    return {
        "clips": clips,
        "rings": rings,
        "labels": {label.value: labels[label] for label in Label if labels[label]},
    }

"""Return one clip, the days of a month, and the timeline of a day."""

from collections import Counter
from datetime import date, timedelta
from typing import TypedDict

import voluptuous as vol

from ..access.permissions import may_view, visible_doorbells
from ..actions.clips import async_visible_clip
from ..actions.times import local_day
from ..domain.data import DoorwatchData
from ..engine.sharing.errors import SharingError
from ..runtime.days import day_begins
from .clip_json import ClipJson, async_look_into, clip_json
from .decorators import Call, with_data
from .inputs import ID


class ClipPage(TypedDict):
    """A clip, and the IDs of its neighbors at the same doorbells."""

    clip: ClipJson
    older: str | None
    newer: str | None


class Days(TypedDict):
    """The number of clips for each local day of a month that has any."""

    days: dict[str, int]
    # The first and the last local day with clips, or None if there are no clips.
    first: str | None
    last: str | None


class MarkJson(TypedDict):
    """A clip on a day's timeline."""

    clip_id: str
    doorbell_id: str
    # Seconds since the day began.
    at: float
    duration: float
    kinds: list[str]
    labels: list[str]
    protected: bool


class DayJson(TypedDict):
    """One local day: its start, its end, and its clips in ascending order."""

    day: str
    begins: str
    ends: str
    marks: list[MarkJson]


@with_data.command(
    "doorwatch/clips/get",
    {vol.Required("clip_id"): ID, vol.Optional("doorbell_id"): ID},
)
async def get_clip(call: Call[DoorwatchData]) -> ClipPage:
    """Return a clip and the IDs of its neighbors.

    A clip that the user may not see gives the same error as an unknown clip.
    """
    hass, data, user = call.hass, call.data, call.user
    clip = await async_visible_clip(hass, data.library, user, call.msg["clip_id"])
    doorbells = call.doorbells()
    older, newer = await data.library.beside(clip.clip_id, doorbells)
    await async_look_into(call, [clip])
    # Permissions may have changed during the query.
    if not may_view(hass, user, clip.doorbell_id) or any(
        not may_view(hass, user, one) for one in doorbells
    ):
        raise SharingError("clip_unknown")
    return {
        "clip": clip_json(call, clip),
        "older": older,
        "newer": newer,
    }


@with_data.command(
    "doorwatch/days",
    {
        vol.Required("month"): vol.All(vol.Length(max=7), vol.Match(r"^\d{4}-\d{2}$")),
        vol.Optional("doorbell_id"): ID,
    },
)
async def list_days(call: Call[DoorwatchData]) -> Days:
    """Return the days of a month that have clips."""
    user = call.user
    counts: Counter[str] = Counter()
    found = await call.data.library.days(call.doorbells())
    # Permissions may have changed during the query. Check each doorbell once, not each
    # day.
    visible = set(visible_doorbells(call.hass, user))
    days = [one for one in found if one.doorbell_id in visible]
    for one in days:
        if (day := one.day.isoformat()).startswith(call.msg["month"]):
            counts[day] += one.clips
    return {
        "days": dict(sorted(counts.items())),
        "first": days[-1].day.isoformat() if days else None,
        "last": days[0].day.isoformat() if days else None,
    }


@with_data.command(
    "doorwatch/day",
    {
        vol.Required("day"): vol.All(vol.Length(max=10), local_day),
        vol.Optional("doorbell_id"): ID,
    },
)
async def get_day(call: Call[DoorwatchData]) -> DayJson:
    """Return the timeline of a local day."""
    user = call.user
    day: date = call.msg["day"]
    begins, ends = day_begins(day), day_begins(day + timedelta(days=1))
    marks = await call.data.library.marks(call.doorbells(), begins, ends)
    visible = set(visible_doorbells(call.hass, user))
    return {
        "day": day.isoformat(),
        "begins": begins.isoformat(),
        "ends": ends.isoformat(),
        "marks": [
            {
                "clip_id": mark.clip_id,
                "doorbell_id": mark.doorbell_id,
                "at": (mark.started_at - begins).total_seconds(),
                "duration": (mark.ended_at - mark.started_at).total_seconds(),
                "kinds": list(mark.kinds),
                "labels": list(mark.labels),
                "protected": mark.protected,
            }
            for mark in marks
            # Permissions may have changed during the query.
            if mark.doorbell_id in visible
        ],
    }


COMMANDS = (get_clip, list_days, get_day)

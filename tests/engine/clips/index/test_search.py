"""Clips are found by what is asked for, newest first."""

from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from custom_components.doorwatch.engine.clips.model import Clip, ClipQuery
from custom_components.doorwatch.engine.doorbells.base import EventKind
from tests.engine.clips.homemade import BEGIN, Home, event, finished, start


@pytest.mark.parametrize("doorbells", [("front",), ("front", "back", "nobody")])
async def test_clips_that_match_are_found_newest_first(
    home: Home, doorbells: tuple[str, ...]
) -> None:
    """By the local day, the local time and the kind, over midnight and two zones."""
    zones = ("Europe/Berlin", "Pacific/Auckland")
    kinds = (EventKind.RING, EventKind.MOTION, EventKind.MANUAL)
    made: list[tuple[Clip, datetime]] = []
    for number in range(90):
        zone = zones[number >= 60]
        home.library._intake._timezone = partial(str, zone)
        at = BEGIN + timedelta(minutes=377 * number)
        begun = start(at, event(kinds[number % 3], at))
        doorbell = ("front", "back")[number % 2]
        part = home.library.begin(doorbell, begun)
        part.write_bytes(b"v")
        clip = home.library.finish(doorbell, finished(begun, part))
        made.append((clip, at.astimezone(ZoneInfo(zone))))

    def matches(query: ClipQuery, clip: Clip, local: datetime) -> bool:
        minute = local.time().replace(second=0, microsecond=0)
        return (
            clip.doorbell_id in doorbells
            and (not query.kinds or clip.event in query.kinds)
            and (
                not query.days
                or f"{local:%Y-%m-%d}" in query.days
                or f"{local:%Y-%m}" in query.days
            )
            and (
                not query.times
                or any(
                    a <= minute <= b if a <= b else minute >= a or minute <= b
                    for a, b in query.times
                )
            )
        )

    evening, night = (time(18), time(19, 30)), (time(23), time(5, 59))
    for query in (
        ClipQuery(),
        ClipQuery(kinds=frozenset({"ring", "manual"})),
        ClipQuery(days=frozenset({"2026-11-26", "2026-12"})),
        ClipQuery(days=frozenset({"2026-11-25"}), times=(night,)),
        ClipQuery(times=(evening, night)),
        ClipQuery(times=(night,), kinds=frozenset({"motion"})),
        ClipQuery(days=frozenset({"2027-01", "2025-12-31"})),
    ):
        expected = [c.clip_id for c, local in made if matches(query, c, local)][::-1]
        found = await home.library.find(doorbells, query, limit=999)
        assert [clip.clip_id for clip in found] == expected
        few = await home.library.find(doorbells, query, limit=3)
        assert [clip.clip_id for clip in few] == expected[:3]
    assert await home.library.find([], ClipQuery(), limit=3) == []

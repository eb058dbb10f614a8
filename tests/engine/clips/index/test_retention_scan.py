"""Tests of the order in which retention deletes clips: first by age, then by space."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from custom_components.doorwatch.engine.clips.index.retention_scan import RetentionScan
from custom_components.doorwatch.engine.clips.index.rows import to_micros
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import (
    ANY,
    RetentionHold,
    RetentionPolicy,
    Usage,
)
from tests.engine.clips.homemade import THUMBNAIL, Home, second_index
from tests.engine.clips.upkeep.years import DAY, NEW_YEAR, a_clip, put

NOW = NEW_YEAR + 100 * DAY


def have(
    library: Library,
    kinds: str,
    labels: str = "",
    *,
    days: float = 50,
    doorbell: str = "front",
    protected: bool = False,
) -> str:
    """Put a clip from this many days ago into the library; return its ID."""
    at = NOW - timedelta(days=days)
    made = a_clip(at, kinds, labels, doorbell=doorbell, protected=protected)
    put(library, [made])
    return made.clip.clip_id


async def gone(
    library: Library, rules: RetentionPolicy, now: datetime = NOW
) -> set[str]:
    """Enforce these rules; return the IDs of the deleted clips."""
    return {clip.clip_id for clip in await library.enforce(rules, now)}


async def test_a_clip_is_kept_for_the_longest_of_what_it_shows(home: Home) -> None:
    """A ring with a vehicle is kept as a ring."""
    library = home.library
    ring = have(library, "ring motion", "vehicle")
    vehicle = have(library, "motion", "vehicle")
    two = have(library, "motion", "person vehicle")
    wish = have(library, "motion manual", "vehicle")
    rules = RetentionPolicy(days={ANY: 10, "ring": 90, "vehicle": 2, "person": 60})

    assert await gone(library, rules) == {vehicle, wish}
    left = await library.list(["front"])
    assert {clip.clip_id for clip in left} == {ring, two}


async def test_a_label_that_is_kept_for_less_than_all_others_goes_before(
    home: Home,
) -> None:
    """Clips with motion only are kept longer."""
    vehicle = have(home.library, "motion", "vehicle")
    have(home.library, "motion", "animal")
    have(home.library, "motion")
    rules = RetentionPolicy(days={ANY: 60, "vehicle": 10})

    assert await gone(home.library, rules) == {vehicle}


@pytest.mark.parametrize(
    ("days", "goes"),
    [
        ({ANY: 40}, True),
        ({ANY: 60}, False),
        ({ANY: None}, False),
        ({}, False),
        ({ANY: 40, "motion": 60}, False),
        ({ANY: 60, "motion": 40}, True),
        ({ANY: 40, "motion": None}, False),
        ({ANY: 60, "ring": 40}, False),
    ],
    ids=str,
)
async def test_what_nothing_is_said_of_is_kept_as_all_others(
    home: Home, days: Mapping[str, float | None], goes: bool
) -> None:
    motion = have(home.library, "motion")

    assert await gone(home.library, RetentionPolicy(days=days)) == (
        {motion} if goes else set()
    )


@pytest.mark.parametrize(
    ("here", "home_wide", "goes"),
    [
        ({"ring": 60}, {ANY: 40, "ring": 40}, False),
        ({ANY: 60}, {ANY: 40, "ring": 40}, False),
        ({"motion": 60}, {ANY: 90, "ring": 40}, True),
        ({"motion": 60}, {ANY: 40}, True),
    ],
    ids=str,
)
async def test_what_a_doorbell_says_goes_before_what_all_do(
    home: Home,
    here: Mapping[str, float | None],
    home_wide: Mapping[str, float | None],
    goes: bool,
) -> None:
    """The order is: kind and all clips of the doorbell, then the same of the home."""
    ring = have(home.library, "ring")
    other = have(home.library, "ring", doorbell="other")
    rules = RetentionPolicy(
        days=home_wide, doorbells={"front": here, "other": {ANY: None}}
    )

    found = await gone(home.library, rules)

    assert found == ({ring} if goes else set())
    assert await home.library.get(other) is not None


async def test_motion_alone_goes_first_but_for_that_of_the_last_day(home: Home) -> None:
    library = home.library
    ring = have(library, "ring", days=60)
    person = have(library, "motion", "person", days=50)
    motion = [have(library, "motion", days=days) for days in (40, 30)]
    today = have(library, "motion", days=0.5)
    each = 1000 + len(THUMBNAIL)

    for left, goes in ((4, {motion[0]}), (3, {motion[1]}), (2, {ring}), (1, {person})):
        assert await gone(library, RetentionPolicy(bytes=left * each)) == goes
    assert [clip.clip_id for clip in await library.list(["front"])] == [today]


async def test_the_oldest_goes_first_where_that_was_chosen(home: Home) -> None:
    library = home.library
    ring = have(library, "ring", days=60)
    have(library, "motion", days=40)
    rules = RetentionPolicy(bytes=1500, motion_first=False)

    assert await gone(library, rules) == {ring}


async def test_what_would_go_is_counted_by_what_it_is_kept_for(home: Home) -> None:
    """Nothing is deleted by counting, and protected clips are not counted."""
    library = home.library
    for kinds, labels in (("ring", "person"), ("motion", "person"), ("motion", "")):
        have(library, kinds, labels)
    have(library, "motion", protected=True)
    each = 1000 + len(THUMBNAIL)

    found = await library.would_go(RetentionPolicy(days={ANY: 10, "person": 10}), NOW)

    one = Usage(clips=1, bytes=each)
    assert found == {"ring": one, "person": one, "motion": one}
    assert len(await library.list(["front"])) == 4
    assert await library.would_go(RetentionPolicy(bytes=each * 2), NOW) == {
        "motion": one,
        "ring": one,
    }


async def test_a_label_that_nobody_knows_any_more_keeps_no_clip_and_loses_none(
    home: Home,
) -> None:
    """Sidecars of another version may contain unknown labels."""
    stray = have(home.library, "motion", "dragon")

    assert (
        await gone(home.library, RetentionPolicy(days={ANY: 60, "person": 10})) == set()
    )
    assert await gone(
        home.library, RetentionPolicy(days={"motion": 10, "person": 60})
    ) == {stray}


async def test_what_somebody_protects_meanwhile_stays(home: Home) -> None:
    """A clip can be protected between the scan and its deletion."""
    library = home.library
    clips = [have(library, "motion") for _ in range(2)]
    with second_index(library) as index:
        going = index.scan(
            RetentionPolicy(days={ANY: 1}), NOW, lambda scan: list(scan.clips())
        )
        await library.set_protected(clips[0], True)

        assert index.expire(going).result() == 1
    assert [clip.clip_id for clip in await library.list(["front"])] == [clips[0]]


# --- holds


def held(days: float, doorbell: str = "front") -> RetentionHold:
    """Return a hold of one hour, this many days ago."""
    at = NOW - timedelta(days=days)
    return RetentionHold(
        doorbell, at - timedelta(minutes=30), at + timedelta(minutes=30)
    )


async def test_what_is_held_stays_although_it_is_old(home: Home) -> None:
    """The hold covers one doorbell and one period."""
    library = home.library
    kept = have(library, "motion", days=50)
    other = have(library, "motion", days=50, doorbell="back")
    before = have(library, "motion", days=51)
    rules = RetentionPolicy(days={ANY: 25}, held=(held(50), held(49)))

    going = await library.would_go(rules, NOW)
    assert going["motion"].clips == 2
    assert await gone(library, rules) == {other, before}
    assert await gone(library, replace(rules, held=())) == {kept}


async def test_what_is_held_is_found_without_a_look_at_all_clips_of_before(
    home: Home,
) -> None:
    """There may be a thousand requests and a million clips."""
    library = home.library
    have(library, "motion", days=50)
    rules = RetentionPolicy(days={ANY: 25}, held=(held(50),))

    def plan(scan: RetentionScan) -> str:
        connection = scan.connection
        asked: list[str] = []
        connection.set_trace_callback(asked.append)
        assert list(scan.clips()) == []
        connection.set_trace_callback(None)
        return str(connection.execute(f"EXPLAIN QUERY PLAN {asked[0]}").fetchone()[3])

    with second_index(library) as index:
        found = index.scan(rules, NOW, plan)
    assert "started_at>? AND started_at<?" in found


async def test_for_what_is_held_others_go_when_there_is_too_much(home: Home) -> None:
    """The deleted clips may be newer."""
    library = home.library
    kept = have(library, "motion", days=50)
    newer = [have(library, "motion", days=day) for day in (9, 8, 7, 6, 5, 4, 3, 2, 1)]
    size = (await library.usage("front")).bytes // 10
    rules = RetentionPolicy(bytes=size * 8, held=(held(50),))

    assert await gone(library, rules) == set(newer[:2])
    assert await library.get(kept) is not None


async def test_what_is_held_takes_a_fifth_of_the_space_at_most(home: Home) -> None:
    """The newest clips are kept."""
    library = home.library
    old = [have(library, "motion", days=50 - number / 1000) for number in range(4)]
    size = (await library.usage("front")).bytes // 4
    rules = RetentionPolicy(days={ANY: 25}, bytes=size * 10, held=(held(50),))

    assert await gone(library, rules) == set(old[:2])


async def test_a_disk_that_is_full_takes_what_is_held_last(home: Home) -> None:
    """Otherwise nothing could be recorded."""
    library = home.library
    kept = have(library, "motion", days=50)
    newer = have(library, "motion", days=9)
    rules = RetentionPolicy(held=(held(50),))

    with second_index(library) as index:
        first, last = index.scan(
            rules,
            NOW,
            lambda scan: [one.started_at for one in scan.making_room(10**12)],
        )
    assert (first, last) == (
        *(to_micros(NOW - timedelta(days=9)), to_micros(NOW - timedelta(days=50))),
    )
    assert kept != newer


async def test_what_is_held_goes_thirty_days_late_at_most(home: Home) -> None:
    """Repeated requests of an agency must not keep clips that the household deletes."""
    library = home.library
    overdue = have(library, "motion", days=50)
    rules = RetentionPolicy(days={ANY: 21}, held=(held(50),))

    assert await gone(library, rules) == set()
    assert await gone(library, replace(rules, days={ANY: 19})) == {overdue}

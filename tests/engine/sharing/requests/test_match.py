"""Test which requests concern a home, and which of its clips match best."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
import math
import random

import pytest

from custom_components.doorwatch.engine.clips.model import Mark
from custom_components.doorwatch.engine.sharing.requests.area import Polygon
from custom_components.doorwatch.engine.sharing.requests.feed import Feed, Lack
from custom_components.doorwatch.engine.sharing.requests.match import (
    Covered,
    Door,
    Matcher,
    best_first,
    counted,
    day_span,
    days_of,
)

from .items import bulletin, feed, rectangle, request, square

HOME = (4.905, 52.373)
DEGREE = math.radians(1) * 6_371_008.8  # meters
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


def found(
    area: tuple[Polygon, ...], place: tuple[float, float] = HOME, radius: float = 0
) -> bool:
    """Return whether an area covers a door at a place."""
    matcher = Matcher([Door("front", *place)], radius)
    return bool(matcher.match({"desk": feed(request("r", area))})["desk"].covered)


def east_of(place: tuple[float, float], metres: float) -> tuple[float, float]:
    """Return the place this many meters to the east."""
    along = DEGREE * math.cos(math.radians(place[1]))
    return place[0] + metres / along, place[1]


def mark(
    number: int, minutes: float, *, kind: str = "motion", labels: tuple[str, ...] = ()
) -> Mark:
    """Return a clip of 30 seconds that starts this many minutes after noon."""
    begin = NOON + timedelta(minutes=minutes)
    end = begin + timedelta(seconds=30)
    return Mark(f"c{number}", "front", begin, end, (kind,), labels, False)


# Doors


def test_each_item_names_the_doors_that_it_covers() -> None:
    """Requests and bulletins are matched; valid requests about other places are counted."""
    doors = [Door("front", *HOME), Door("back", *HOME), Door("barn", 5.5, 52.0)]
    items = (
        request("street", square(*HOME)),
        request("barn", square(5.5, 52.0)),
        request("both", square(*HOME) + square(5.5, 52.0)),
        request("elsewhere", square(6.0, 53.0)),
        request("elsewhere, closed", square(6.0, 53.0), closed=True),
        request("nowhere", ()),
        bulletin("dog", square(*HOME)),
        bulletin("elsewhere", square(6.0, 53.0)),
    )
    matched = Matcher(doors, 0).match({"desk": feed(*items)})["desk"]
    home = frozenset({"front", "back"})
    assert matched.covered == (
        Covered(items[0], home),
        Covered(items[1], frozenset({"barn"})),
        Covered(items[2], home | {"barn"}),
        Covered(items[5], frozenset()),
        Covered(items[6], home),
    )
    assert matched.open_elsewhere(NOON) == (1, None)


def test_what_is_about_other_places_is_counted_until_it_ends() -> None:
    """Only their end times are kept."""
    ends = (None, NOON, NOON + timedelta(hours=1), NOON - timedelta(hours=1))
    asked = [request(f"{end}", square(6.0, 53.0), until=end) for end in ends]
    found = Matcher([Door("front", *HOME)], 0).match({"desk": feed(*asked)})["desk"]
    moments = [NOON + timedelta(minutes=minutes) for minutes in (-61, -1, 0, 59, 60)]
    assert [found.open_elsewhere(now) for now in moments] == [
        *((4, ends[3]), (3, ends[1]), (2, ends[2]), (2, ends[2]), (1, None))
    ]


def test_without_a_radius_it_is_what_lies_in_the_area() -> None:
    """A place in a hole is not in the area."""
    chance = random.Random(17)
    outer, hole = square(*HOME, 0.01)[0][0], square(*HOME, 0.004)[0][0]
    area = ((outer, hole),)
    for _ in range(500):
        east, north = chance.uniform(-0.012, 0.012), chance.uniform(-0.012, 0.012)
        inside = 0.004 < max(abs(east), abs(north)) < 0.01
        assert found(area, (HOME[0] + east, HOME[1] + north)) is inside


@pytest.mark.parametrize("latitude", [-80.0, 0.0, 52.373, 69.6, 88.9])
def test_an_area_within_the_radius_counts(latitude: float) -> None:
    """The distance in meters is right at every latitude."""
    home = (4.905, latitude)
    edge = east_of(home, 400)
    area = (_around(edge, east_of(home, 600), 200),)
    assert not found(area, home)
    assert not found(area, home, 399)
    assert found(area, home, 401)
    # From inside a hole, the distance to its edge counts.
    [ring] = _around(east_of(home, -900), east_of(home, 900), 900)
    [hole] = _around(east_of(home, -100), east_of(home, 100), 300)
    assert not found(((ring, hole),), home, 99)
    assert found(((ring, hole),), home, 101)


def _around(
    west: tuple[float, float], east: tuple[float, float], metres: float
) -> Polygon:
    """Return a rectangle that extends this many meters to the north and south."""
    north, south = west[1] + metres / DEGREE, west[1] - metres / DEGREE
    return rectangle((west[0], south), (east[0], north))


def test_beside_the_antimeridian_a_door_is_near_what_lies_across_it() -> None:
    """The area is cut at the antimeridian, as required, or is on one side of it."""
    fiji = (-180.0, -16.5)
    east = (_around((-180.0, -16.5), (-179.999, -16.5), 100),)
    west = (_around((179.999, -16.5), (180.0, -16.5), 100),)
    assert found(east + west, (-179.9995, -16.5))
    assert found(east + west, (179.9995, -16.5))
    assert found(west, (-179.9999, -16.5), 50)
    assert found(east, (179.9999, -16.5), 50)
    assert not found(east, (179.99, -16.5), 50)
    assert found(west, fiji, 50)


@pytest.mark.parametrize("latitude", [89.5, 90.0, -90.0])
def test_nothing_concerns_a_door_at_a_pole(latitude: float) -> None:
    """The distance calculation uses a flat map, which does not work near a pole."""
    assert not found(
        square(0.0, math.copysign(89.9, latitude), 0.1), (0.0, latitude), 500
    )


def test_what_is_larger_than_it_may_be_reaches_nobody_by_the_radius() -> None:
    """A thin line would reach far more homes than its size allows; doors inside it are covered."""
    line = (_around((4.0, 52.373), (5.8, 52.373), 5),)
    beside = [Door("in it", *HOME), Door("beside", 4.905, 52.373 + 20 / DEGREE)]
    asked = request("r", line, lacks=frozenset({Lack.AREA_TOO_LARGE}))
    matched = Matcher(beside, 50).match({"desk": feed(asked)})["desk"]
    assert matched.covered == (Covered(asked, frozenset({"in it"})),)


def test_a_feed_that_did_not_change_is_not_matched_again() -> None:
    """A changed feed is matched again, and a removed feed is dropped."""
    matcher = Matcher([Door("front", *HOME)], 50)
    first, second = feed(request("a", square(*HOME))), feed(request("b", square(*HOME)))
    before = matcher.match({"one": first, "two": second})
    changed = feed(request("c", square(*HOME)))
    after = matcher.match({"one": changed, "two": second})
    assert after["two"] is before["two"]
    assert [each.item for each in after["one"].covered] == list(changed.requests)
    assert set(matcher.match({"one": changed})) == {"one"}


# Clips


def test_clips_that_touch_the_window_are_counted_by_door() -> None:
    """Clips that began before the window count; only doors in the area count."""
    asked = request("r", square(*HOME), window=(NOON, NOON + timedelta(minutes=10)))
    marks = [
        *(mark(number, at) for number, at in enumerate((-5, -0.4, 0, 5, 10, 10.1))),
        mark(9, 3)._replace(doorbell_id="back"),
        mark(10, 3)._replace(doorbell_id="barn"),
    ]
    covered = [
        Covered(asked, frozenset({"front", "barn", "gate"})),
        Covered(bulletin("b", ()), frozenset({"front"})),
        Covered(replace(asked, window=None), frozenset({"front"})),
    ]
    assert counted(marks, covered) == [{"front": 4, "barn": 1}, {}, {}]
    assert counted([], covered) == [{}, {}, {}]


def test_counting_agrees_with_looking_at_each_clip() -> None:
    """Clips may overlap."""
    chance = random.Random(17)
    marks = [
        mark(number, chance.uniform(-300, 300))._replace(
            ended_at=NOON + timedelta(minutes=300)
        )
        if not number % 20
        else mark(number, chance.uniform(-300, 300))
        for number in range(300)
    ]
    for _ in range(100):
        begin = NOON + timedelta(minutes=chance.uniform(-310, 310))
        window = (begin, begin + timedelta(minutes=chance.uniform(1, 60)))
        asked = request("r", square(*HOME), window=window)
        fitting = best_first(marks, asked)
        [counts] = counted(marks, [Covered(asked, frozenset({"front"}))])
        assert counts.get("front", 0) == len(fitting)
        assert {each.clip_id for each in fitting} == {
            each.clip_id
            for each in marks
            if asked.overlaps(each.started_at, each.ended_at)
        }


def test_the_library_is_asked_for_whole_days_and_the_hour_before() -> None:
    """Each day is listed once, even if several requests need it."""
    morning = datetime(2026, 11, 3, 0, 30, tzinfo=UTC)
    asked = [
        request("a", (), window=(morning, morning + timedelta(hours=3))),
        request("b", (), window=(morning, morning + timedelta(hours=24))),
        request("c", (), window=None),
    ]
    days = days_of(asked)
    assert [day.isoformat() for day in days] == [
        "2026-11-02",
        "2026-11-03",
        "2026-11-04",
    ]
    assert day_span(days[0])[1] == day_span(days[1])[0]


def test_the_best_clip_is_first() -> None:
    """Labels in the request come first, then closeness to the middle of the window, then a ring."""
    asked = request(
        "r",
        square(*HOME),
        window=(NOON, NOON + timedelta(hours=2)),
        labels=frozenset({"vehicle"}),
    )
    edge, late, middle = mark(1, 1), mark(2, 40), mark(3, 61)
    ring, van = mark(4, 55, kind="ring"), mark(5, 2, labels=("vehicle",))
    outside = mark(6, -30)
    marks = [edge, late, middle, ring, van, outside]
    assert best_first(marks, asked) == [van, ring, middle, late, edge]
    assert best_first(marks, replace(asked, labels=frozenset())) == [
        *(ring, middle, late, van, edge)
    ]
    assert best_first(marks, replace(asked, window=None)) == []


def test_nothing_asked_is_nothing_found() -> None:
    empty: Feed = feed()
    assert Matcher([], 50).match({"desk": empty})["desk"] == ((), ())
    assert days_of([]) == []

"""Which requests and bulletins concern a home: all feeds, all doors, all clips.

Pure work for a thread: a loop beside it is let in again and again. Positions are degrees
(WGS 84), distances metres on a sphere; near a door the Earth is taken to be flat.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import chain, pairwise
import math
import time
from typing import Final, NamedTuple

from ...clips.model import LONGEST_CLIP, Mark
from ...doorbells.base import EventKind
from .area import Polygon
from .feed import Bulletin, Feed, Request

_DAY: Final = timedelta(days=1)
_METRES: Final = math.radians(1) * 6_371_008.8  # a degree of latitude
# Nearer to a pole nothing is flat.
_FARTHEST_NORTH: Final = 89.0
# A line around half a country encloses little: of what is longer only that counts which
# lies in it, or the radius would let it reach far more homes than its size allows.
_LONGEST_OUTLINE: Final = 20_000.0
# Items after which others get a turn: some tenths of a millisecond.
_TURN: Final = 100
_PAUSE: Final = 0.000_02

type Item = Request | Bulletin


class Door(NamedTuple):
    """Where a doorbell is."""

    doorbell_id: str
    longitude: float
    latitude: float


class Covered(NamedTuple):
    """An item that concerns a home, and the doorbells that it covers.

    None of them when its area cannot be read: a person sees what it lacks.
    """

    item: Item
    doorbells: frozenset[str]


class Matched(NamedTuple):
    """What of a feed concerns a home, and the valid requests that do not."""

    covered: tuple[Covered, ...]
    elsewhere: tuple[Request, ...]


class Matcher:
    """Matches feeds with the doors of a home; remembers what it found of each."""

    def __init__(self, doors: Sequence[Door], radius: float) -> None:
        """Take where the doors are, and how near to one an area covers it."""
        self.doors = tuple(doors)
        self.radius = radius
        self._places = _places(doors, radius)
        self._found: dict[str, tuple[Feed, Matched]] = {}

    def match(self, feeds: Mapping[str, Feed]) -> dict[str, Matched]:
        """Match all feeds (by their agency), anew those that are not what they were."""
        known, self._found = self._found, {}
        for agency_id, feed in feeds.items():
            before = known.get(agency_id)
            if before is None or before[0] is not feed:
                before = (feed, self._match(feed))
            self._found[agency_id] = before
        return {agency_id: found for agency_id, (_, found) in self._found.items()}

    def _match(self, feed: Feed) -> Matched:
        covered: list[Covered] = []
        elsewhere: list[Request] = []
        items: Iterable[Item] = chain(feed.requests, feed.bulletins)
        for number, item in enumerate(items):
            if not number % _TURN:
                time.sleep(_PAUSE)
            doorbells = self._covering(item.area)
            if doorbells:
                covered.append(Covered(item, doorbells))
            elif not isinstance(item, Request):
                continue
            elif not item.area:
                covered.append(Covered(item, doorbells))
            elif not item.lacks and not item.closed:
                elsewhere.append(item)
        return Matched(tuple(covered), tuple(elsewhere))

    def _covering(self, area: tuple[Polygon, ...]) -> frozenset[str]:
        """Return the doorbells that an area covers."""
        found: frozenset[str] = frozenset()
        for polygon in area:
            ring = polygon[0]
            # Most are elsewhere, and most of those north or south of here.
            latitudes = [latitude for _, latitude in ring]
            south, north = min(latitudes), max(latitudes)
            near = [
                one for one in self._places if one.low <= north and south <= one.high
            ]
            if not near:
                continue
            longitudes = [longitude for longitude, _ in ring]
            west, east = min(longitudes), max(longitudes)
            if east - west > 180:
                continue  # it is to be cut at the antimeridian (RFC 7946)
            for place in near:
                if place.doorbells <= found:
                    continue
                for turn in (0.0, 360.0, -360.0):
                    longitude = place.longitude + turn
                    if (
                        west - place.margin <= longitude <= east + place.margin
                        and _reaches(polygon, longitude, place.latitude, self.radius)
                    ):
                        found |= place.doorbells
                        break
        return found


class _Place(NamedTuple):
    """A place where doorbells are, and how far around it (degrees) an area may be."""

    longitude: float
    latitude: float
    doorbells: frozenset[str]
    low: float
    high: float
    margin: float


def _places(doors: Iterable[Door], radius: float) -> list[_Place]:
    """Return each place once: most homes are one. None is at a pole."""
    at: dict[tuple[float, float], set[str]] = {}
    for door in doors:
        if abs(door.latitude) <= _FARTHEST_NORTH:
            at.setdefault((door.longitude, door.latitude), set()).add(door.doorbell_id)
    reach = radius / _METRES
    return [
        _Place(
            *(longitude, latitude, frozenset(doorbells)),
            *(latitude - reach, latitude + reach),
            # As far as it gets from the equator within the reach.
            reach / math.cos(math.radians(abs(latitude) + reach)),
        )
        for (longitude, latitude), doorbells in at.items()
    ]


def _reaches(
    polygon: Polygon, longitude: float, latitude: float, radius: float
) -> bool:
    """Whether a place lies in a polygon, or within the radius of it."""
    along = _METRES * math.cos(math.radians(latitude))
    rings = [
        [((x - longitude) * along, (y - latitude) * _METRES) for x, y in ring]
        for ring in polygon
    ]
    if _encloses(rings):
        return True
    sides = list(pairwise(rings[0]))
    return (
        radius > 0
        and sum(math.dist(a, b) for a, b in sides) <= _LONGEST_OUTLINE
        # A hole is outside as well: from there its own sides are the nearest.
        and any(_distance(a, b) <= radius for ring in rings for a, b in pairwise(ring))
    )


def _encloses(rings: Iterable[Sequence[tuple[float, float]]]) -> bool:
    """Count how often a ray from here to the east leaves the rings: odd is inside."""
    inside = False
    for ring in rings:
        for (x1, y1), (x2, y2) in pairwise(ring):
            if (y1 > 0) != (y2 > 0) and x1 - y1 * (x2 - x1) / (y2 - y1) > 0:
                inside = not inside
    return inside


def _distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return how far a side is from here."""
    (x, y), dx, dy = a, b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    part = 0.0 if length == 0 else max(0.0, min(1.0, -(x * dx + y * dy) / length))
    return math.hypot(x + part * dx, y + part * dy)


# Clips


def is_open(item: Item, now: datetime) -> bool:
    """Whether an item is a valid one that can be answered, or holds, at a time."""
    return not (
        item.closed
        or (item.until is not None and item.until <= now)
        or (isinstance(item, Request) and item.lacks)
    )


def days_of(items: Iterable[Item]) -> list[date]:
    """Return the days (UTC) on which clips began that may fit one of these."""
    days: set[date] = set()
    for item in items:
        if isinstance(item, Request) and item.window is not None:
            begin, end = item.window
            # What began before may go on in it.
            day, last = (begin - LONGEST_CLIP).date(), end.date()
            while day <= last:
                days.add(day)
                day += _DAY
    return sorted(days)


def day_span(day: date) -> tuple[datetime, datetime]:
    """Return when a day (UTC) begins and ends."""
    begin = datetime.combine(day, datetime.min.time(), UTC)
    return begin, begin + _DAY


class Timeline:
    """When clips of each doorbell began and ended, to count those in many windows."""

    def __init__(self, marks: Iterable[Mark]) -> None:
        """Take the clips."""
        self._begun: dict[str, list[datetime]] = {}
        self._ended: dict[str, list[datetime]] = {}
        for mark in marks:
            self._begun.setdefault(mark.doorbell_id, []).append(mark.started_at)
            self._ended.setdefault(mark.doorbell_id, []).append(mark.ended_at)
        for times in chain(self._begun.values(), self._ended.values()):
            times.sort()

    def counts(self, request: Request, doorbells: Iterable[str]) -> dict[str, int]:
        """Count the clips that touch the window of a request, by doorbell."""
        if request.window is None:
            return {}
        begin, end = request.window
        # Of those that began by its end, all but those that had ended before it began.
        counted = {
            one: bisect_right(self._begun[one], end)
            - bisect_left(self._ended[one], begin)
            for one in doorbells
            if one in self._begun
        }
        return {one: count for one, count in counted.items() if count}


def counted(
    marks: Iterable[Mark], covered: Sequence[Covered]
) -> list[Mapping[str, int]]:
    """Count, for each of these requests, the clips that fit, by doorbell."""
    timeline = Timeline(marks)
    found: list[Mapping[str, int]] = []
    for number, (item, doorbells) in enumerate(covered):
        if not number % _TURN:
            time.sleep(_PAUSE)
        found.append(
            timeline.counts(item, doorbells) if isinstance(item, Request) else {}
        )
    return found


def best_first(marks: Iterable[Mark], request: Request) -> list[Mark]:
    """Return the clips that touch the window of a request, the best first.

    Those with a label that it names; then those near the middle of the window, by its
    quarters; of one quarter, rings before the rest.
    """
    if request.window is None:
        return []
    begin, end = request.window
    middle, half = begin + (end - begin) / 2, (end - begin) / 2

    def merit(mark: Mark) -> tuple[bool, int, bool, timedelta]:
        off = max(mark.started_at - middle, middle - mark.ended_at, timedelta())
        return (
            request.labels.isdisjoint(mark.labels),
            int(min(off / half, 1.0) * 4),
            EventKind.RING not in mark.kinds,
            off,
        )

    return sorted(
        (one for one in marks if request.overlaps(one.started_at, one.ended_at)),
        key=merit,
    )

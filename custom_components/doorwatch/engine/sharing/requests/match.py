"""Which requests and bulletins concern a home: all feeds, all doors, all clips.

Pure work for a thread: a loop beside it is let in again and again. Positions are degrees
(WGS 84), distances metres on a sphere; near a door the Earth is taken to be flat.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import chain, pairwise
import math
from typing import Final, NamedTuple

from ...clips.model import LONGEST_CLIP, Mark
from ...doorbells.base import EventKind
from .area import Polygon, box, corners
from .feed import AREA_LACKS, Bulletin, Feed, Request
from .turns import in_turns

_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_METRES: Final = math.radians(1) * 6_371_008.8  # a degree of latitude
# Nearer to a pole nothing is flat.
_FARTHEST_NORTH: Final = 89.0
_TURN: Final = 100  # items: some tenths of a millisecond

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
    """What of a feed concerns a home.

    Of the valid open requests that do not, only when each ends is kept, the first first.
    """

    covered: tuple[Covered, ...]
    elsewhere: tuple[datetime, ...]

    def open_elsewhere(self, now: datetime) -> tuple[int, datetime | None]:
        """Count those that can be answered at a time, and say when the first ends."""
        still = self.elsewhere[bisect_right(self.elsewhere, now) :]
        return len(still), still[0] if still and still[0] != _NEVER else None


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
        elsewhere: list[datetime] = []
        items: Iterable[Item] = chain(feed.requests, feed.bulletins)
        for item in in_turns(items, _TURN):
            doorbells = self.covering(item)
            if doorbells:
                covered.append(Covered(item, doorbells))
            elif not isinstance(item, Request):
                continue
            elif not item.area:
                covered.append(Covered(item, doorbells))
            elif not item.lacks and not item.closed:
                elsewhere.append(item.until or _NEVER)
        return Matched(tuple(covered), tuple(sorted(elsewhere)))

    def covering(self, item: Item) -> frozenset[str]:
        """Return the doorbells that an item covers."""
        found: frozenset[str] = frozenset()
        # An area that breaks the rules counts for who lies in it: by the radius, a line
        # through a country would reach far more homes.
        bad = isinstance(item, Request) and not item.lacks.isdisjoint(AREA_LACKS)
        radius = 0.0 if bad else self.radius
        for polygon in item.area:
            west, south, east, north = box(polygon[0])
            # Most are elsewhere, and most of those north or south of here.
            near = [
                one for one in self._places if one.low <= north and south <= one.high
            ]
            for place in near:
                if place.doorbells <= found:
                    continue
                for turn in (0.0, 360.0, -360.0):
                    longitude = place.longitude + turn
                    if (
                        west - place.margin <= longitude <= east + place.margin
                        and _reaches(polygon, longitude, place.latitude, radius)
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
        [((x - longitude) * along, (y - latitude) * _METRES) for x, y in corners(ring)]
        for ring in polygon
    ]
    # Holes may overlap: they never add to what is covered.
    if _encloses(rings[0]) and not any(map(_encloses, rings[1:])):
        return True
    # A hole is outside as well: from there its own sides are the nearest.
    return radius > 0 and any(
        _distance(a, b) <= radius for ring in rings for a, b in pairwise(ring)
    )


def _encloses(ring: Sequence[tuple[float, float]]) -> bool:
    """Count how often a ray from here to the east leaves a ring: odd is inside."""
    inside = False
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
    return [
        timeline.counts(item, doorbells) if isinstance(item, Request) else {}
        for item, doorbells in in_turns(covered, _TURN)
    ]


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

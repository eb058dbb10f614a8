"""Match requests and bulletins with the doorbells and clips of a home.

CPU-bound work for a thread, which pauses regularly for the event loop. Positions are
degrees (WGS 84), distances are meters on a sphere, flat around a door.
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
_METRES: Final = math.radians(1) * 6_371_008.8  # meters per degree of latitude
# Closer to a pole, the flat approximation fails.
_FARTHEST_NORTH: Final = 89.0
_TURN: Final = 100  # items; a few tenths of a millisecond

type Item = Request | Bulletin


class Door(NamedTuple):
    """The position of a doorbell."""

    doorbell_id: str
    longitude: float
    latitude: float


class Covered(NamedTuple):
    """An item that concerns a home, and the doorbells that it covers.

    No doorbells if its area is invalid: people see what the request lacks.
    """

    item: Item
    doorbells: frozenset[str]


class Matched(NamedTuple):
    """The items of a feed that concern a home.

    For other valid open requests, only the end times are kept, sorted.
    """

    covered: tuple[Covered, ...]
    elsewhere: tuple[datetime, ...]

    def open_elsewhere(self, now: datetime) -> tuple[int, datetime | None]:
        """Count the other requests open at a time, and return the first end."""
        still = self.elsewhere[bisect_right(self.elsewhere, now) :]
        return len(still), still[0] if still and still[0] != _NEVER else None


class Matcher:
    """Match feeds with the doorbells of a home, and cache the results."""

    def __init__(self, doors: Sequence[Door], radius: float) -> None:
        """Initialize with the doors, and the distance (m) at which areas cover them."""
        self.doors = tuple(doors)
        self.radius = radius
        self._places = _places(doors, radius)
        self._found: dict[str, tuple[Feed, Matched]] = {}

    def match(self, feeds: Mapping[str, Feed]) -> dict[str, Matched]:
        """Match all feeds (by agency); unchanged feeds use the cached result."""
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
        # An area that breaks the rules covers only doors inside it: with the radius, a
        # line across a country would cover far more homes.
        bad = isinstance(item, Request) and not item.lacks.isdisjoint(AREA_LACKS)
        radius = 0.0 if bad else self.radius
        for polygon in item.area:
            west, south, east, north = box(polygon[0])
            # Compare latitudes first, because most areas are elsewhere.
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
    """A position of doorbells, with the reach around it in degrees."""

    longitude: float
    latitude: float
    doorbells: frozenset[str]
    low: float
    high: float
    margin: float


def _places(doors: Iterable[Door], radius: float) -> list[_Place]:
    """Return each position once, because most homes have one; none near a pole."""
    at: dict[tuple[float, float], set[str]] = {}
    for door in doors:
        if abs(door.latitude) <= _FARTHEST_NORTH:
            at.setdefault((door.longitude, door.latitude), set()).add(door.doorbell_id)
    reach = radius / _METRES
    return [
        _Place(
            *(longitude, latitude, frozenset(doorbells)),
            *(latitude - reach, latitude + reach),
            # The width of the reach at its highest latitude.
            reach / math.cos(math.radians(abs(latitude) + reach)),
        )
        for (longitude, latitude), doorbells in at.items()
    ]


def _reaches(
    polygon: Polygon, longitude: float, latitude: float, radius: float
) -> bool:
    """Return whether a place is in a polygon, or within the radius of it."""
    along = _METRES * math.cos(math.radians(latitude))
    rings = [
        [((x - longitude) * along, (y - latitude) * _METRES) for x, y in corners(ring)]
        for ring in polygon
    ]
    # Holes may overlap; this never adds to the covered area.
    if _encloses(rings[0]) and not any(map(_encloses, rings[1:])):
        return True
    # In a hole, the distance to the sides of the hole counts.
    return radius > 0 and any(
        _distance(a, b) <= radius for ring in rings for a, b in pairwise(ring)
    )


def _encloses(ring: Sequence[tuple[float, float]]) -> bool:
    """Return whether the ring contains the origin.

    Counts how often a ray to the east crosses the ring; odd means inside.
    """
    inside = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > 0) != (y2 > 0) and x1 - y1 * (x2 - x1) / (y2 - y1) > 0:
            inside = not inside
    return inside


def _distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the distance of a side from the origin."""
    (x, y), dx, dy = a, b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    part = 0.0 if length == 0 else max(0.0, min(1.0, -(x * dx + y * dy) / length))
    return math.hypot(x + part * dx, y + part * dy)


# Clips


def days_of(items: Iterable[Item]) -> list[date]:
    """Return the UTC days on which clips that match these items can begin."""
    days: set[date] = set()
    for item in items:
        if isinstance(item, Request) and item.window is not None:
            begin, end = item.window
            # Clips that began before the window may extend into it.
            day, last = (begin - LONGEST_CLIP).date(), end.date()
            while day <= last:
                days.add(day)
                day += _DAY
    return sorted(days)


def day_span(day: date) -> tuple[datetime, datetime]:
    """Return the begin and end of a UTC day."""
    begin = datetime.combine(day, datetime.min.time(), UTC)
    return begin, begin + _DAY


def counted(
    marks: Iterable[Mark], covered: Sequence[Covered]
) -> list[Mapping[str, int]]:
    """Count the matching clips for each of these requests, by doorbell."""
    begun: dict[str, list[datetime]] = {}
    ended: dict[str, list[datetime]] = {}
    for mark in marks:
        begun.setdefault(mark.doorbell_id, []).append(mark.started_at)
        ended.setdefault(mark.doorbell_id, []).append(mark.ended_at)
    for times in chain(begun.values(), ended.values()):
        times.sort()

    def count(item: Item, doorbells: Iterable[str]) -> dict[str, int]:
        if not isinstance(item, Request) or item.window is None:
            return {}
        begin, end = item.window
        # All clips that began by the end of the window, minus those that ended before
        # it.
        counts = {
            one: bisect_right(begun[one], end) - bisect_left(ended[one], begin)
            for one in doorbells
            if one in begun
        }
        return {one: clips for one, clips in counts.items() if clips}

    return [count(*each) for each in in_turns(covered, _TURN)]


def best_first(marks: Iterable[Mark], request: Request) -> list[Mark]:
    """Return the clips that overlap the window of a request, best matches first.

    First clips with a label of the request, then by distance from the middle of the
    window in quarters, then rings.
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

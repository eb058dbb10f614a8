"""Parse areas on a map from GeoJSON (RFC 7946), and check the rules for them.

Positions are longitude and latitude in degrees, WGS 84. The number of corners is
limited to bound the time. There may be 100,000 areas, so a ring is stored as bytes
instead of an object for each number, to save memory.
"""

from collections.abc import Mapping, Sequence
from itertools import chain, combinations, groupby, pairwise
import math
import struct
from typing import Final

LARGEST_AREA: Final = 1.3  # km2, half a square mile
# km, all rings together. A narrow strip across a country has a small area, but passes
# many homes.
LONGEST_OUTLINE: Final = 30.0
FARTHEST_CORNERS: Final = 5.0  # km between two corners
SMALLEST_POLYGON: Final = 0.01  # km2 without holes; larger than a single house

_MOST_CORNERS: Final = 64  # of one area; each pair of sides is checked for crossings
_DIGITS: Final = 7  # decimal places of a degree, about 1 cm
_STEPS: Final = 10**_DIGITS
_EARTH: Final = 6371.0088  # km, mean radius
_BOX: Final = struct.Struct("4i")

type Point = tuple[float, float]  # longitude, latitude
# The bounding box, then the corners, with the first one repeated at the end.
type Ring = bytes
type Polygon = tuple[Ring, ...]  # the outer ring, then holes
type Drawn = Sequence[Sequence[Sequence[Point]]]  # the result of `drawn`
type _Exact = tuple[int, int]  # a point in steps; integers avoid rounding errors


def _held(points: Sequence[_Exact]) -> Ring:
    longitudes, latitudes = zip(*points, strict=True)
    ends = min(longitudes), min(latitudes), max(longitudes), max(latitudes)
    numbers = chain(ends, chain.from_iterable(points))
    return struct.pack(f"{4 + 2 * len(points)}i", *numbers)


def corners(ring: Ring) -> list[Point]:
    """Return the corners of a ring, in degrees."""
    found = struct.iter_unpack("2i", ring[_BOX.size :])
    return [(x / _STEPS, y / _STEPS) for x, y in found]


def box(ring: Ring) -> tuple[float, float, float, float]:
    """Return the bounding box of a ring: west, south, east, north."""
    west, south, east, north = _BOX.unpack_from(ring)
    return west / _STEPS, south / _STEPS, east / _STEPS, north / _STEPS


def read_area(geometry: object) -> tuple[Polygon, ...]:
    """Parse a GeoJSON Polygon or MultiPolygon; empty if it is invalid."""
    if not isinstance(geometry, Mapping):
        return ()
    coordinates = geometry.get("coordinates")
    if geometry.get("type") == "Polygon":
        coordinates = [coordinates]
    elif geometry.get("type") != "MultiPolygon":
        return ()
    try:
        area = [
            [_ring(ring) for ring in _list(polygon)] for polygon in _list(coordinates)
        ]
    except ValueError:
        return ()
    count = sum(len(ring) - 1 for polygon in area for ring in polygon)
    if count > _MOST_CORNERS or not all(area):
        return ()
    rings = [ring for polygon in area for ring in polygon]
    # Rings that cross themselves have a wrong size, and rings that are not cut at the
    # 180th meridian (RFC 7946) span the wrong side of the Earth.
    if any(map(_crosses_itself, rings)) or any(map(_spans_half_the_earth, rings)):
        return ()
    return tuple(tuple(map(_held, polygon)) for polygon in area)


def _spans_half_the_earth(ring: Sequence[_Exact]) -> bool:
    longitudes = [longitude for longitude, _ in ring]
    return max(longitudes) - min(longitudes) > 180 * _STEPS


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, list) or len(value) > _MOST_CORNERS + 1:
        raise ValueError("not a list of this size")
    return value


def _ring(value: object) -> list[_Exact]:
    points = [_point(position) for position in _list(value)]
    ring = [point for point, _ in groupby(points)]  # without repeated points
    if len(ring) < 4 or ring[0] != ring[-1]:
        raise ValueError("not closed")
    return ring


def _point(value: object) -> _Exact:
    # The optional third number is the altitude.
    numbers = _list(value)
    if len(numbers) not in (2, 3):
        raise ValueError("not a position")
    return _steps(numbers[0], 180), _steps(numbers[1], 90)


def _steps(value: object, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("not a number")  # noqa: TRY004 - callers catch ValueError
    if not -most <= value <= most:
        raise ValueError("not on Earth")
    steps = round(value * _STEPS)
    if steps / _STEPS == value:
        return steps
    # Round the decimal value, because the product has a rounding error.
    return round(round(value, _DIGITS) * _STEPS)


def _size(ring: Sequence[Point]) -> float:
    """Return the area of a ring (km2), never an underestimate."""
    east, north = _scale(ring)
    doubled = sum(
        (a[0] - ring[0][0]) * (b[1] - ring[0][1])
        - (b[0] - ring[0][0]) * (a[1] - ring[0][1])
        for a, b in pairwise(ring)
    )
    return abs(doubled) / 2 * east * north


def _length(ring: Sequence[Point]) -> float:
    """Return the length of a ring (km), never an underestimate."""
    east, north = _scale(ring)
    return sum(
        math.hypot((b[0] - a[0]) * east, (b[1] - a[1]) * north)
        for a, b in pairwise(ring)
    )


def _scale(ring: Sequence[Point]) -> tuple[float, float]:
    """Return the length (km) of a degree to the east and to the north.

    For the east, it is the largest value in the ring.
    """
    south = min(latitude for _, latitude in ring)
    north = max(latitude for _, latitude in ring)
    nearest = 0.0 if south <= 0 <= north else min(abs(south), abs(north))
    degree = math.radians(1) * _EARTH
    return degree * math.cos(math.radians(nearest)), degree


def _crosses_itself(ring: Sequence[_Exact]) -> bool:
    """Return whether two sides touch, except at their common corner."""
    # From west to east, to stop at the first side that starts east of this one.
    sides = sorted(
        (
            min(a[0], b[0]),
            max(a[0], b[0]),
            min(a[1], b[1]),
            max(a[1], b[1]),
            number,
            a,
            b,
        )
        for number, (a, b) in enumerate(pairwise(ring))
    )
    last = len(sides) - 1
    for at, (_, east, south, north, number, a, b) in enumerate(sides):
        for other in range(at + 1, last + 1):
            west, _, other_south, other_north, other_number, c, d = sides[other]
            if west > east:
                break
            if other_south > north or other_north < south:
                continue
            apart = other_number - number
            if apart in (1, -last):
                crosses = _turns_back(a, b, d)
            elif apart in (-1, last):
                crosses = _turns_back(c, d, b)
            else:
                crosses = _touch(a, b, c, d)
            if crosses:
                return True
    return False


def _turns_back(a: _Exact, b: _Exact, c: _Exact) -> bool:
    """Return whether the side from b to c overlaps the side from a to b."""
    return _turn(a, b, c) == 0 and not _between(a, c, b)


def _turn(a: _Exact, b: _Exact, c: _Exact) -> int:
    """Return the direction of the turn at b: 1 left, -1 right, 0 straight or back."""
    value = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (value > 0) - (value < 0)


def _between(a: _Exact, b: _Exact, point: _Exact) -> bool:
    """Return whether a point on the line through a and b is between them."""
    return min(a[0], b[0]) <= point[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= point[
        1
    ] <= max(a[1], b[1])


def _touch(a: _Exact, b: _Exact, c: _Exact, d: _Exact) -> bool:
    """Return whether the sides from a to b and from c to d have a common point."""
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if turns[0] != turns[1] and turns[2] != turns[3]:
        return True
    return (
        (turns[0] == 0 and _between(a, b, c))
        or (turns[1] == 0 and _between(a, b, d))
        or (turns[2] == 0 and _between(c, d, a))
        or (turns[3] == 0 and _between(c, d, b))
    )


def drawn(area: tuple[Polygon, ...]) -> list[list[list[Point]]]:
    """Return the corners of all rings of each polygon, for the rules below."""
    return [[corners(ring) for ring in polygon] for polygon in area]


def is_too_large(polygons: Drawn) -> bool:
    """Return whether an area exceeds the maximum size of a request.

    Holes add to the size, because a hole may be outside its polygon.
    """
    return sum(map(_size, chain.from_iterable(polygons))) > LARGEST_AREA


def is_outline_too_long(polygons: Drawn) -> bool:
    """Return whether the rings exceed the maximum length of a request."""
    return sum(map(_length, chain.from_iterable(polygons))) > LONGEST_OUTLINE


def is_too_spread(polygons: Drawn) -> bool:
    """Return whether corners exceed the maximum distance of a request."""
    places = {place for rings in polygons for ring in rings for place in ring}
    longitudes, latitudes = zip(*places, strict=True)
    box = [(min(longitudes), min(latitudes)), (max(longitudes), max(latitudes))]
    # The diagonal of the bounding box is the maximum distance.
    if _length(box) <= FARTHEST_CORNERS:
        return False
    return any(
        math.dist(one, other) * _EARTH > FARTHEST_CORNERS
        for one, other in combinations(map(_vector, places), 2)
    )


def has_too_small_polygon(polygons: Drawn) -> bool:
    """Return whether a polygon without its holes is below the minimum."""
    return any(
        _size(outer) - sum(map(_size, holes)) < SMALLEST_POLYGON
        for outer, *holes in polygons
    )


def _vector(place: Point) -> tuple[float, float, float]:
    """Return a place on the unit sphere."""
    longitude, latitude = map(math.radians, place)
    flat = math.cos(latitude)
    return flat * math.cos(longitude), flat * math.sin(longitude), math.sin(latitude)

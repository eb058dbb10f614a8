"""Areas on the map, read from TOML and checked by the rules of homes.

GeoJSON (RFC 7946): positions are longitude, latitude in degrees, WGS 84. Circles are
converted to polygons, the only shape that homes read.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations, groupby, pairwise
import json
import math
from pathlib import Path
from typing import Any

from ..errors import AgencyError

LARGEST_AREA = 1.3  # km2, half a square mile
LONGEST_OUTLINE = 30  # km, all rings together: a thin outline could pass every home
FARTHEST_CORNERS = 5  # km between any two corners
SMALLEST_POLYGON = 0.01  # km2 without holes, so that it cannot select a single house
MOST_CORNERS = 64

_EARTH = 6371.0088  # km, mean radius
_DIGITS = 7  # decimal places of a degree: about 1 cm
_CIRCLE_CORNERS = 32
_SMALLEST_RADIUS = 57  # meters: a circle of SMALLEST_POLYGON
_LARGEST_RADIUS = 640  # meters: a circle of LARGEST_AREA

type Point = tuple[float, float]  # longitude, latitude
type Ring = list[Point]


def read_area(table: object, folder: Path) -> dict[str, object]:
    """Convert the `[area]` of a request to a GeoJSON geometry that homes accept."""
    if not isinstance(table, dict) or len(table) != 1:
        raise AgencyError(
            "area needs one of these: circle, polygon, geojson (rule: a request"
            " covers a limited area)"
        )
    [(how, value)] = table.items()
    if how == "circle":
        rings = [[_circle(value)]]
    elif how == "polygon":
        rings = [[_closed([_point(one[::-1]) for one in _pairs(value)])]]
    elif how == "geojson":
        rings = _from_geojson(value, folder)
    else:
        raise AgencyError(
            f"area does not support {how}. Use circle, polygon, or geojson"
        )
    # Some programs repeat a corner; count it once.
    rings = [
        [[corner for corner, _ in groupby(ring)] for ring in polygon]
        for polygon in rings
    ]
    _check(rings)
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "MultiPolygon", "coordinates": rings}


def size_of(geometry: Mapping[str, object]) -> float:
    """Return an upper limit of the area of a checked geometry in km2."""
    return sum(_size(ring) for rings in _polygons(geometry) for ring in rings)


def _circle(value: object) -> Ring:
    numbers = value if isinstance(value, dict) else {}
    if set(numbers) != {"latitude", "longitude", "radius"}:
        raise AgencyError("circle needs latitude, longitude, and radius (in meters)")
    longitude, latitude = _point((numbers["longitude"], numbers["latitude"]))
    radius = numbers["radius"]
    if (
        isinstance(radius, bool)
        or not isinstance(radius, int | float)
        or not _SMALLEST_RADIUS <= radius <= _LARGEST_RADIUS
    ):
        raise AgencyError(
            f"the radius must be {_SMALLEST_RADIUS} to {_LARGEST_RADIUS} meters (rule:"
            f" {SMALLEST_POLYGON} to {LARGEST_AREA} square kilometers)"
        )
    if abs(latitude) > 85:
        raise AgencyError(
            "a circle this close to a pole is not a circle on a map. Use a polygon"
        )
    up = math.degrees(radius / 1000 / _EARTH)
    across = up / math.cos(math.radians(latitude))
    corners = [
        _point(
            (
                longitude + across * math.cos(2 * math.pi * corner / _CIRCLE_CORNERS),
                latitude + up * math.sin(2 * math.pi * corner / _CIRCLE_CORNERS),
            )
        )
        for corner in range(_CIRCLE_CORNERS)
    ]
    return _closed(corners)


def _pairs(value: object) -> list[tuple[object, object]]:
    if not isinstance(value, list) or any(
        not isinstance(one, list) or len(one) != 2 for one in value
    ):
        raise AgencyError("polygon must list corners, each as [latitude, longitude]")
    return [(one[0], one[1]) for one in value]


def _from_geojson(value: object, folder: Path) -> list[list[Ring]]:
    """Read a Polygon or MultiPolygon, alone, in a Feature, or in a collection of one."""
    if not isinstance(value, str):
        raise AgencyError("geojson must name a file in the same folder as the request")
    path = folder / value
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as err:
        raise AgencyError(f"cannot read {path}: {err.strerror}") from err
    except (ValueError, RecursionError) as err:
        raise AgencyError(f"{path} is not JSON in UTF-8") from err
    if isinstance(found, dict) and found.get("type") == "FeatureCollection":
        features = found.get("features")
        if not isinstance(features, list) or len(features) != 1:
            raise AgencyError(f"{path} must contain exactly one feature")
        found = features[0]
    if isinstance(found, dict) and found.get("type") == "Feature":
        found = found.get("geometry")
    kind = found.get("type") if isinstance(found, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise AgencyError(f"{path} contains no Polygon and no MultiPolygon")
    coordinates: Any = found.get("coordinates")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    try:
        return [
            [[_point(point[:2]) for point in ring] for ring in polygon]
            for polygon in polygons
        ]
    except (TypeError, KeyError) as err:
        raise AgencyError(f"{path} is not valid GeoJSON for an area") from err


def _point(numbers: Sequence[object]) -> Point:
    if len(numbers) != 2 or any(
        isinstance(one, bool) or not isinstance(one, int | float) for one in numbers
    ):
        raise AgencyError("each corner must be two numbers, in degrees")
    longitude, latitude = (round(float(str(one)), _DIGITS) for one in numbers)
    if not (abs(longitude) <= 180 and abs(latitude) <= 90):
        raise AgencyError(
            f"{latitude}, {longitude} is not on Earth. Put latitude first in TOML,"
            " and longitude first in GeoJSON"
        )
    return longitude, latitude


def _closed(corners: Ring) -> Ring:
    return corners if corners[:1] == corners[-1:] else [*corners, corners[0]]


def _check(polygons: list[list[Ring]]) -> None:
    """Raise for an area that homes would reject."""
    rings = [ring for polygon in polygons for ring in polygon]
    if (
        not polygons
        or not all(polygons)
        or any(len(ring) < 4 or ring[0] != ring[-1] for ring in rings)
    ):
        raise AgencyError(
            "an area needs at least three corners, and must end where it began"
        )
    if sum(len(ring) - 1 for ring in rings) > MOST_CORNERS:
        raise AgencyError(f"an area can have at most {MOST_CORNERS} corners")
    if any(_crosses_itself(ring) for ring in rings):
        raise AgencyError("the outline crosses or touches itself")
    if any(_span(ring) > 180 for ring in rings):
        raise AgencyError(
            "the outline crosses the 180th meridian. Split it into two polygons there"
        )
    if (size := sum(map(_size, rings))) > LARGEST_AREA:
        raise AgencyError(
            f"the area is {size:.2f} square kilometers (rule: at most {LARGEST_AREA},"
            " half a square mile)"
        )
    if (length := sum(map(_length, rings))) > LONGEST_OUTLINE:
        raise AgencyError(
            f"the outline is {length:.1f} kilometers long (rule: at most"
            f" {LONGEST_OUTLINE}, since a request covers an area, not a line)"
        )
    if (apart := _farthest(rings)) > FARTHEST_CORNERS:
        raise AgencyError(
            f"two corners are {apart:.2f} kilometers apart (rule: at most"
            f" {FARTHEST_CORNERS}, since a request is about one place)"
        )
    smallest = min(_size(outer) - sum(map(_size, holes)) for outer, *holes in polygons)
    if smallest < SMALLEST_POLYGON:
        raise AgencyError(
            f"a polygon is {smallest:.4f} square kilometers without its holes (rule: at"
            f" least {SMALLEST_POLYGON}, so that no single house is selected)"
        )


def check_geometry(geometry: Mapping[str, object]) -> None:
    """Raise if a geometry of the history does not follow today's rules."""
    _check(_polygons(geometry))


def _polygons(geometry: Mapping[str, object]) -> list[list[Ring]]:
    coordinates = geometry["coordinates"]
    polygons = [coordinates] if geometry["type"] == "Polygon" else coordinates
    assert isinstance(polygons, list)
    return polygons


def _size(ring: Ring) -> float:
    """Return an upper limit of the area of a ring in km2."""
    east, north = _scale(ring)
    doubled = sum(
        (a[0] - ring[0][0]) * (b[1] - ring[0][1])
        - (b[0] - ring[0][0]) * (a[1] - ring[0][1])
        for a, b in pairwise(ring)
    )
    return abs(doubled) / 2 * east * north


def _length(ring: Ring) -> float:
    """Return an upper limit of the length of a ring in km."""
    east, north = _scale(ring)
    return sum(
        math.hypot((b[0] - a[0]) * east, (b[1] - a[1]) * north)
        for a, b in pairwise(ring)
    )


def _span(ring: Ring) -> float:
    """Return the width of a ring in degrees of longitude."""
    longitudes = [longitude for longitude, _ in ring]
    return max(longitudes) - min(longitudes)


def _farthest(rings: list[Ring]) -> float:
    """Return the greatest distance in km between any two corners."""
    places = {(corner[0], corner[1]) for ring in rings for corner in ring}
    return _EARTH * max(
        math.dist(one, other) for one, other in combinations(map(_vector, places), 2)
    )


def _vector(corner: Point) -> tuple[float, float, float]:
    """Return a position as a unit vector."""
    longitude, latitude = map(math.radians, corner)
    flat = math.cos(latitude)
    return flat * math.cos(longitude), flat * math.sin(longitude), math.sin(latitude)


def _scale(ring: Ring) -> tuple[float, float]:
    """Return the greatest km per degree of longitude in the ring, and that of latitude."""
    south = min(latitude for _, latitude in ring)
    north = max(latitude for _, latitude in ring)
    nearest = 0.0 if south <= 0 <= north else min(abs(south), abs(north))
    degree = math.radians(1) * _EARTH
    return degree * math.cos(math.radians(nearest)), degree


def _crosses_itself(ring: Ring) -> bool:
    """Return whether a corner is on another side or two sides cross, in integers."""
    exact = [(round(x * 10**_DIGITS), round(y * 10**_DIGITS)) for x, y in ring]
    if len(set(exact[:-1])) < len(exact) - 1:
        return True
    for (one, a), (other, b) in combinations(enumerate(pairwise(exact)), 2):
        turns = [_turn(*a, b[0]), _turn(*a, b[1]), _turn(*b, a[0]), _turn(*b, a[1])]
        if other - one in (1, len(exact) - 2):
            # Neighboring sides share a corner, but must not overlap.
            shared = a[1] if other == one + 1 else a[0]
            ends = [end for end in (*a, *b) if end != shared]
            if turns == [0] * 4 and _dot(shared, *ends) > 0:
                return True
        elif _between(a, b, turns):
            return True
    return False


type _Whole = tuple[int, int]
type _Side = tuple[_Whole, _Whole]


def _turn(a: _Whole, b: _Whole, c: _Whole) -> int:
    value = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (value > 0) - (value < 0)


def _dot(corner: _Whole, a: _Whole, b: _Whole) -> int:
    return (a[0] - corner[0]) * (b[0] - corner[0]) + (a[1] - corner[1]) * (
        b[1] - corner[1]
    )


def _between(a: _Side, b: _Side, turns: list[int]) -> bool:
    if turns[0] != turns[1] and turns[2] != turns[3]:
        return True
    return any(
        turn == 0 and _dot(point, *side) <= 0
        for turn, side, point in zip(
            turns, (a, a, b, b), (b[0], b[1], a[0], a[1]), strict=True
        )
    )

"""The requests that an agency publishes: verify, read, and match at home.

One signed file for everybody. Its claim `feed` is JSON-FG 1.0 (OGC 21-045r1), a superset
of GeoJSON (RFC 7946): a feature for each request, its area in `geometry`, its window in
`time.interval`. Which of them are about this home is found out here; nobody is told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import combinations, groupby, pairwise
import math
import re
from typing import Final

from ..errors import SharingError
from ..signing.jws import (
    CLOCK_LEEWAY,
    DocumentError,
    DocumentKind,
    PublicKey,
    known_keys,
    thumbprint,
    verify,
)
from ..text import displayable

MOST_REQUESTS: Final = 1000
LONGEST_WINDOW: Final = timedelta(hours=12)
LARGEST_AREA: Final = 1.3  # km2, half a square mile

_MOST_CORNERS: Final = 64  # of one area: who crosses whom is asked of each pair
_DIGITS: Final = 7  # of a degree's fraction: a centimetre
_LONGEST_LINE: Final = 200
_LONGEST_TEXT: Final = 5000
_EARTH: Final = 6371.0088  # km, mean radius
# RFC 3339 (whose days end at 23:59), in UTC as JSON-FG asks for; finer than a
# microsecond, or far from now, is no time of a request.
_TIME: Final = re.compile(
    r"2\d{3}-\d\d-\d\dT(?!24)\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII
)
_ID: Final = re.compile(r"[!-~]{1,200}")  # no two of these look the same

# What a feed that fails means to the person at home; all else is document_invalid.
_PROBLEMS: Final = {
    "wrong_issuer": "issuer_mismatch",
    "expired": "document_expired",
    "not_yet_valid": "clock_behind",
}

type Point = tuple[float, float]  # longitude, latitude: degrees, WGS 84
type Ring = tuple[Point, ...]  # closed: its last corner is its first
type Polygon = tuple[Ring, ...]  # the outer ring, then holes


class Lack(StrEnum):
    """What a request must have before it is shown as a valid one, and has not."""

    CASE_REFERENCE = "case_reference"
    OFFENCE = "offence"
    CONTACT = "contact"
    WINDOW = "window"
    WINDOW_TOO_LONG = "window_too_long"
    AREA = "area"
    AREA_TOO_LARGE = "area_too_large"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """An agency's public ask for footage; not a valid one while it `lacks` something.

    Texts are as they were published: to be shown as text, with no link made of them.
    """

    request_id: str
    title: str | None
    text: str | None
    case_reference: str | None
    offence: str | None
    contact: str | None
    window: tuple[datetime, datetime] | None
    area: tuple[Polygon, ...]
    lacks: frozenset[Lack]

    def covers(self, latitude: float, longitude: float) -> bool:
        """Whether a place (degrees, WGS 84) lies in the area."""
        return any(_inside(polygon, (longitude, latitude)) for polygon in self.area)

    def overlaps(self, begin: datetime, end: datetime) -> bool:
        """Whether something that went on from `begin` to `end` touches the window."""
        if self.window is None:
            return False
        return begin <= self.window[1] and end >= self.window[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedPin:
    """What is remembered of an agency's feed, so that it never goes back.

    `signed_by` is the thumbprint of the key: what somebody counted up to with a stolen
    one is forgotten once the agency has taken it out of its document.
    """

    seq: int
    newest_iat: int
    signed_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """All requests of an agency, as published last."""

    requests: tuple[Request, ...]
    pin: FeedPin
    expires_at: datetime


def read_feed(
    token: str,
    *,
    issuer: str,
    keys: Iterable[PublicKey],
    pin: FeedPin | None,
    now: float,
) -> Feed:
    """Verify a feed that was signed with one of the agency's online keys, and read it.

    `pin` is what is known of this feed, None at first. Raises `SharingError`:
    `document_invalid`, `document_expired`, `issuer_mismatch`, `replayed` (seq or iat
    going back), `clock_behind`. A request that is not complete is no reason to refuse
    the others: it says what it lacks.
    """
    if pin is not None and now < pin.newest_iat - CLOCK_LEEWAY:
        raise SharingError("clock_behind")
    keys = list(keys)
    try:
        document = verify(
            token.strip(),
            DocumentKind.REQUESTS,
            key=known_keys(keys),
            issuer=issuer,
            now=now,
        )
    except DocumentError as err:
        raise SharingError(_PROBLEMS.get(err.problem, "document_invalid")) from err
    seq = document.claims.get("seq")
    if isinstance(seq, bool) or not isinstance(seq, int) or not 0 < seq < 2**53:
        raise SharingError("document_invalid")
    if pin is not None and (
        document.issued_at < pin.newest_iat
        or (seq < pin.seq and pin.signed_by in map(thumbprint, keys))
    ):
        raise SharingError("replayed")
    requests = tuple(_requests(document.claims.get("feed")))
    if len({request.request_id for request in requests}) != len(requests):
        raise SharingError("document_invalid")
    return Feed(
        requests=requests,
        pin=FeedPin(
            seq=seq, newest_iat=document.issued_at, signed_by=document.thumbprint
        ),
        expires_at=datetime.fromtimestamp(document.expires_at or 0, UTC),
    )


def _requests(feed: object) -> Iterator[Request]:
    if not isinstance(feed, Mapping) or feed.get("type") != "FeatureCollection":
        raise SharingError("document_invalid")
    features = feed.get("features")
    if not isinstance(features, list) or len(features) > MOST_REQUESTS:
        raise SharingError("document_invalid")
    for feature in features:
        if not isinstance(feature, Mapping) or feature.get("type") != "Feature":
            raise SharingError("document_invalid")
        yield _request(feature)


def _request(feature: Mapping[str, object]) -> Request:
    # Without a name of its own it could not be told from others, nor shared for.
    request_id = feature.get("id")
    if not isinstance(request_id, str) or not _ID.fullmatch(request_id):
        raise SharingError("document_invalid")
    told = feature.get("properties")
    told = told if isinstance(told, Mapping) else {}
    lines = {
        lack: displayable(told.get(lack.value), _LONGEST_LINE)
        for lack in (Lack.CASE_REFERENCE, Lack.OFFENCE, Lack.CONTACT)
    }
    window = _window(feature.get("time"))
    area = _area(feature.get("geometry"))
    lacks = {lack for lack, line in lines.items() if line is None}
    if window is None:
        lacks.add(Lack.WINDOW)
    elif window[1] - window[0] > LONGEST_WINDOW:
        lacks.add(Lack.WINDOW_TOO_LONG)
    if not area:
        lacks.add(Lack.AREA)
    elif sum(_size(ring) for polygon in area for ring in polygon) > LARGEST_AREA:
        lacks.add(Lack.AREA_TOO_LARGE)
    return Request(
        request_id=request_id,
        title=displayable(told.get("title"), _LONGEST_LINE),
        text=displayable(told.get("text"), _LONGEST_TEXT, lines=True),
        case_reference=lines[Lack.CASE_REFERENCE],
        offence=lines[Lack.OFFENCE],
        contact=lines[Lack.CONTACT],
        window=window,
        area=area,
        lacks=frozenset(lacks),
    )


def _window(time: object) -> tuple[datetime, datetime] | None:
    """Read a JSON-FG interval with two ends."""
    interval = time.get("interval") if isinstance(time, Mapping) else None
    if not isinstance(interval, list) or len(interval) != 2:
        return None
    begin, end = map(_moment, interval)
    if begin is None or end is None or end <= begin:
        return None
    return begin, end


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:  # the 30th of February
        return None


def _area(geometry: object) -> tuple[Polygon, ...]:
    """Read a GeoJSON Polygon or MultiPolygon; empty when it is none that is bounded."""
    if not isinstance(geometry, Mapping):
        return ()
    coordinates = geometry.get("coordinates")
    if geometry.get("type") == "Polygon":
        coordinates = [coordinates]
    elif geometry.get("type") != "MultiPolygon":
        return ()
    try:
        area = tuple(
            tuple(_ring(ring) for ring in _list(polygon))
            for polygon in _list(coordinates)
        )
    except ValueError:
        return ()
    corners = sum(len(ring) - 1 for polygon in area for ring in polygon)
    if corners > _MOST_CORNERS or not all(area):
        return ()
    # One that crosses itself has another size than it seems to have.
    if any(_crosses_itself(_exactly(ring)) for polygon in area for ring in polygon):
        return ()
    return area


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, list) or len(value) > _MOST_CORNERS + 1:
        raise ValueError("not a list of this size")
    return value


def _ring(value: object) -> Ring:
    points = [_point(position) for position in _list(value)]
    ring = tuple(point for point, _ in groupby(points))  # none twice in a row
    if len(ring) < 4 or ring[0] != ring[-1]:
        raise ValueError("not closed")
    return ring


def _point(value: object) -> Point:
    # A third number is the height, which says nothing of where on the map it is.
    numbers = _list(value)
    if len(numbers) not in (2, 3):
        raise ValueError("not a position")
    return _degrees(numbers[0], 180), _degrees(numbers[1], 90)


def _degrees(value: object, most: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("not a number")  # noqa: TRY004 - the caller wants one kind
    if abs(value) > most:
        raise ValueError("not on Earth")
    return round(float(value), _DIGITS)


def _exactly(ring: Ring) -> Ring:
    """Write corners as whole numbers: with them, no product is rounded."""
    steps = 10**_DIGITS
    return tuple(
        (round(longitude * steps), round(latitude * steps))
        for longitude, latitude in ring
    )


def _size(ring: Ring) -> float:
    """Return how much a ring encloses (km2), never less than it does.

    Holes count as well: a hole that lies outside is no hole. A degree of longitude is
    taken to be as long as where it is longest in the ring.
    """
    south = min(latitude for _, latitude in ring)
    north = max(latitude for _, latitude in ring)
    nearest = 0.0 if south <= 0 <= north else min(abs(south), abs(north))
    doubled = sum(
        (a[0] - ring[0][0]) * (b[1] - ring[0][1])
        - (b[0] - ring[0][0]) * (a[1] - ring[0][1])
        for a, b in pairwise(ring)
    )
    per_degree = math.radians(1) * _EARTH
    return abs(doubled) / 2 * per_degree**2 * math.cos(math.radians(nearest))


def _crosses_itself(ring: Ring) -> bool:
    """Whether two sides touch elsewhere than where one follows the other."""
    sides = list(pairwise(ring))
    last = len(sides) - 1
    for (number, one), (other_number, other) in combinations(enumerate(sides), 2):
        if other_number == number + 1:
            crosses = _turns_back(*one, other[1])
        elif (number, other_number) == (0, last):
            crosses = _turns_back(*other, one[1])
        else:
            crosses = _touch(*one, *other)
        if crosses:
            return True
    return False


def _turns_back(a: Point, b: Point, c: Point) -> bool:
    """Whether the side from b to c goes back over the one from a to b."""
    return _turn(a, b, c) == 0 and not _between(a, c, b)


def _turn(a: Point, b: Point, c: Point) -> int:
    """Return to which side one turns at b: 1 left, -1 right, 0 neither."""
    value = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (value > 0) - (value < 0)


def _between(a: Point, b: Point, point: Point) -> bool:
    """Whether a point on the line through a and b lies between them."""
    return min(a[0], b[0]) <= point[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= point[
        1
    ] <= max(a[1], b[1])


def _touch(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the side from a to b and the one from c to d have a point in common."""
    if max(a[0], b[0]) < min(c[0], d[0]) or max(c[0], d[0]) < min(a[0], b[0]):
        return False  # most do not even come near each other
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if turns[0] != turns[1] and turns[2] != turns[3]:
        return True
    return (
        (turns[0] == 0 and _between(a, b, c))
        or (turns[1] == 0 and _between(a, b, d))
        or (turns[2] == 0 and _between(c, d, a))
        or (turns[3] == 0 and _between(c, d, b))
    )


def _inside(polygon: Polygon, point: Point) -> bool:
    """Count how often a ray to the east leaves the rings: odd is inside."""
    x, y = point
    crossed = False
    for ring in polygon:
        for (x1, y1), (x2, y2) in pairwise(ring):
            if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
                crossed = not crossed
    return crossed
